package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/scenario"
)

// Rehearsal is what a scenario that is not live would have raised, had it been: histories are gone through as they were
// recorded, and its timers are set, called off and fired in them by the same functions as in life. It is about when moments
// arise, and whether anything could have been said at them; what would have been chosen, and what would have come of it, is
// not in the log.
//
// Where not everybody's history is read, Moments, Reached, Days and what follows are those of the people who were read:
// about Of ÷ People as many there are in all.
type Rehearsal struct {
	Scenario     aparte.Scenario
	Since, Until time.Time
	People       int64 // whose histories were read
	Of           int64 // people in all; estimated where not everybody was read
	Forgotten    int   // people left out: something of their histories is not in the log any more, or they are longer than anybody's

	Moments int // that would have arisen in the period
	Reached int // people with one at least
	Days    []RehearsedDay

	Began     int          // delays that began in the period; an event that begins one anew is not counted again
	CalledOff []CalledOff  // by what, the most frequent first
	Pending   int          // delays that still run at the end
	Resting   int          // moments that did not arise because it had spoken shortly before
	Inside    int          // people who are in its audience at the end: switched on, all of them enter at once
	Speakable int          // moments at which something could have been said
	Kept      []KeptSilent // the others, by why nothing could, the most frequent first
	Examples  []Rehearsed  // people drawn by chance, the latest moment of each
}

// RehearsedDay is how many moments would have arisen on a day of the brand's zone.
type RehearsedDay struct {
	Day     time.Time
	Moments int
}

// CalledOff is how often an event made a moment pointless.
type CalledOff struct {
	Event string // by the word scenarios have for it
	Times int
}

// KeptSilent is at how many moments nothing could have been said, for a reason that most of what could be said was excluded for.
type KeptSilent struct {
	Reason aparte.ReasonCode
	Times  int
}

// Rehearsed is one moment that would have arisen.
type Rehearsed struct {
	Person  aparte.PersonID
	Name    string // how the console calls them: never an e-mail address or a phone number
	At      time.Time
	Event   string // that began the delay, by the word scenarios have for it
	EventAt time.Time
	Item    aparte.ItemID     // that the event was about, where it was about one
	Silent  aparte.ReasonCode // why nothing could have been said; empty: something could
}

// Rehearsing is what to rehearse.
type Rehearsing struct {
	Brand    *aparte.Brand     // that has the scenario, with what it may say
	Scenario aparte.ScenarioID // which of its scenarios
	Days     int               // how far back, 1 to MaxRehearsedDays
	People   int               // about so many histories are read at most, drawn by chance; 0: everybody's
	Examples int               // how many are told, at most one of each person; 0: ten
}

const (
	// MaxRehearsedDays bounds a rehearsal's period.
	MaxRehearsedDays = 366

	rehearsalExamples = 10
)

// ErrNoScenario says that the brand has no scenario of that id.
var ErrNoScenario = errors.New("the brand has no such scenario")

// Rehearse goes through recorded histories. It ends a minute after somebody was last heard of. tell, if not nil, is told how far it
// is. The error of a brand that would be refused joins everything wrong with it, as that of Publish does.
func (a *Archive) Rehearse(ctx context.Context, asked Rehearsing, tell func(done, total int)) (*Rehearsal, error) {
	survey := whatIf{engine: a.engine}
	if err := survey.everybody(ctx, survey.survey); err != nil {
		return nil, fmt.Errorf("rehearse: %w", err)
	}
	if err := a.engine.places.open(ctx, a.engine.store); err != nil {
		return nil, fmt.Errorf("rehearse: %w", err)
	}
	return a.engine.rehearse(ctx, asked, survey.ends.Add(time.Minute), tell) // within which what was heard was recorded
}

// Rehearse goes through the histories of the store up to now, while the engine is at work. One at a time is done, others
// get ErrBusy.
func (e *Engine) Rehearse(ctx context.Context, asked Rehearsing, tell func(done, total int)) (*Rehearsal, error) {
	if !e.rehearsing.TryLock() {
		return nil, ErrBusy
	}
	defer e.rehearsing.Unlock()
	ctx, leave, err := e.lookout.join(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := e.lookout.written(ctx); err != nil {
		return nil, err
	}
	return e.rehearse(ctx, asked, e.now(), tell)
}

func (e *Engine) rehearse(ctx context.Context, asked Rehearsing, until time.Time, tell func(done, total int)) (*Rehearsal, error) {
	if tell == nil {
		tell = func(int, int) {}
	}
	r, err := e.newRehearsal(ctx, asked, until.UTC())
	if err != nil {
		return nil, err
	}
	share := 1.0
	if asked.People > 0 {
		if share, err = e.shareFor(ctx, asked.People); err != nil {
			return nil, fmt.Errorf("rehearse: %w", err)
		}
	}
	const fine = 100 // steps a part
	for part := range e.parts {
		err := e.EachPerson(ctx, part, func(p *aparte.Person) error {
			if share < 1 && placeOf(p.ID) >= share {
				return errBeyond
			}
			tell(part*fine+int(fine*placeOf(p.ID)/share), fine*e.parts)
			return r.person(ctx, p)
		})
		if err != nil && !errors.Is(err, errBeyond) {
			return nil, fmt.Errorf("rehearse: %w", err)
		}
		tell((part+1)*fine, fine*e.parts)
	}
	r.found.Of = r.found.People
	if share < 1 {
		r.found.Of = int64(math.Round(float64(r.found.People) / share))
	}
	return r.told(), nil
}

// newRehearsal checks what is asked.
func (e *Engine) newRehearsal(ctx context.Context, asked Rehearsing, until time.Time) (*rehearsal, error) {
	if asked.Days < 1 || asked.Days > MaxRehearsedDays {
		return nil, fmt.Errorf("days: %d is not between 1 and %d", asked.Days, MaxRehearsedDays)
	}
	under, err := compile(asked.Brand, 0)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(asked.Brand.Scenarios, func(s aparte.Scenario) bool { return s.ID == asked.Scenario })
	if i < 0 {
		return nil, fmt.Errorf("%q: %w", asked.Scenario, ErrNoScenario)
	}
	r := &rehearsal{
		engine: e, under: under, of: asked.Brand.Scenarios[i], wanted: cmp.Or(asked.Examples, rehearsalExamples), off: map[string]int{}, kept: map[aparte.ReasonCode]int{},
		past: past{engine: e, tell: func(int) {}, shelves: map[uint64]*shelf{}},
	}
	only := *asked.Brand
	only.Scenarios = []aparte.Scenario{r.of}
	if r.set, err = scenario.Compile(&only); err != nil {
		return nil, err
	}
	if err := r.watch(asked.Brand); err != nil {
		return nil, err
	}
	if r.fit, err = e.newestFit(ctx); err != nil {
		return nil, err
	}
	if r.fit != nil {
		r.set = r.set.With(r.fit.Recurrences())
	}
	zone := under.plan.Zone()
	r.found = Rehearsal{Scenario: r.of, Until: until, Since: until.AddDate(0, 0, -asked.Days)}
	first, last := r.found.Since.In(zone), until.In(zone)
	for day := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, zone); !day.After(last); day = day.AddDate(0, 0, 1) {
		r.found.Days = append(r.found.Days, RehearsedDay{Day: day})
	}
	return r, nil
}
