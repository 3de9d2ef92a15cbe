package cluster

import (
	_ "embed"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/go-json-experiment/json"
)

//go:embed measured.json
var measured []byte

// Measured are the figures that ship: measured.json has them, with the command that gave each.
func Measured() (Figures, error) { return ReadFigures(measured) }

// MaxFigures is how large a file of figures may be, in bytes.
const MaxFigures = 1 << 20

// Figures are what single steps take on the machine at hand.
type Figures struct {
	Event    Figure `json:"event"`    // µs of a node's processor: an event taken in, from the door to its answer, but for what follows here
	Decision Figure `json:"decision"` // µs likewise, of a decision
	Message  Figure `json:"message"`  // µs, at each of two nodes, of a request that one hands on to the other
	Learn    Figure `json:"learn"`    // µs: a decision's example learned, by the one learner
	Network  Figure `json:"network"`  // ms from one machine to another
	Lease    Figure `json:"lease"`    // s after which parts whose owner is gone may be taken
	Renewed  Figure `json:"renewed"`  // s after which a lease is renewed
	Opening  Figure `json:"opening"`  // s that whoever takes parts over needs until they are at work

	Pebble   Keeping `json:"pebble"`   // the embedded store
	Postgres Keeping `json:"postgres"` // PostgreSQL

	Person       Figure `json:"person"`       // B that a person's state and identifiers take on disk
	EventKept    Figure `json:"eventKept"`    // B that an event takes on disk
	DecisionKept Figure `json:"decisionKept"` // B likewise, a decision
}

// Keeping is what a batch of a part takes to be kept.
type Keeping struct {
	Batch       Figure `json:"batch"`       // µs of the node's processor for each batch
	Row         Figure `json:"row"`         // µs of the node's processor for each person in it
	BatchServer Figure `json:"batchServer"` // µs of the database's processor for each batch; 0 where there is no database
	RowServer   Figure `json:"rowServer"`   // µs of the database's processor for each person in it
	Sync        Figure `json:"sync"`        // ms until what is written is on disk
}

// Figure is a figure and where it comes from.
type Figure struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	From  string  `json:"from"` // the command that gave it, or the line that says it
	On    string  `json:"on"`   // when: a date, 2026-11-28
}

// ReadFigures reads a file of figures. Each must be there, in its unit; an error names the place as a JSON pointer.
func ReadFigures(body []byte) (Figures, error) {
	var f Figures
	if len(body) > MaxFigures {
		return f, fmt.Errorf("figures: more than %d bytes", MaxFigures)
	}
	if err := json.Unmarshal(body, &f, json.RejectUnknownMembers(true)); err != nil {
		return f, fmt.Errorf("figures: %w", err)
	}
	return f, f.check()
}

// largest bounds a figure of a unit, so that nothing overflows.
var largest = map[string]float64{"µs": 1e6, "ms": 1e4, "s": 3600, "B": 1e6}

func (f *Figures) check() error {
	var errs []error
	one := func(pointer, unit string, is Figure) {
		switch {
		case is.Unit != unit:
			errs = append(errs, fmt.Errorf("figures: %s/unit: want %q", pointer, unit))
		case is.From == "":
			errs = append(errs, fmt.Errorf("figures: %s/from: say what gave it", pointer))
		case !(is.Value >= 0 && is.Value <= largest[unit]): // NaN, too
			errs = append(errs, fmt.Errorf("figures: %s/value: want 0 to %g", pointer, largest[unit]))
		default:
			if _, err := time.Parse(time.DateOnly, is.On); err != nil {
				errs = append(errs, fmt.Errorf("figures: %s/on: want a date such as 2026-11-28", pointer))
			}
		}
	}
	one("/event", "µs", f.Event)
	one("/decision", "µs", f.Decision)
	one("/message", "µs", f.Message)
	one("/learn", "µs", f.Learn)
	one("/network", "ms", f.Network)
	one("/lease", "s", f.Lease)
	one("/renewed", "s", f.Renewed)
	one("/opening", "s", f.Opening)
	for _, k := range []struct {
		name string
		is   *Keeping
	}{{"/pebble", &f.Pebble}, {"/postgres", &f.Postgres}} {
		one(k.name+"/batch", "µs", k.is.Batch)
		one(k.name+"/row", "µs", k.is.Row)
		one(k.name+"/batchServer", "µs", k.is.BatchServer)
		one(k.name+"/rowServer", "µs", k.is.RowServer)
		one(k.name+"/sync", "ms", k.is.Sync)
	}
	one("/person", "B", f.Person)
	one("/eventKept", "B", f.EventKept)
	one("/decisionKept", "B", f.DecisionKept)
	if f.Renewed.Value > f.Lease.Value {
		errs = append(errs, errors.New("figures: /renewed/value: a lease is renewed before it runs out"))
	}
	return errors.Join(errs...)
}

// span is a time figure in nanoseconds.
func (f Figure) span() float64 {
	switch f.Unit {
	case "µs":
		return f.Value * 1e3
	case "ms":
		return f.Value * 1e6
	case "s":
		return f.Value * 1e9
	}
	return math.NaN() // check lets no other be asked
}
