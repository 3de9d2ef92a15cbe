package attribution

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"sync"
)

// By is what touches are told apart by.
type By uint8

// What touches are told apart by.
const (
	ByChannel By = iota
	ByContent    // what was said; of visits, where they came from and their campaign
	ByDevice
	ByPersona // whose journeys they are: the persona of whoever took them
	ByElement // in which variant of one element it was said, where it has that element

	bySale // by the one device on which a conversion was made
)

// views are what walks are entered by; by element they are once for each that was met.
var views = [...]By{ByChannel, ByContent, ByDevice, ByPersona, bySale}

// Bounds of a ledger.
const (
	keptWeeks = 53
	mostNames = 512     // of one table; others are Other
	mostPaths = 200_000 // in all tables; of what comes when there are so many, a path is its last touch

	mostElements = 16 // of one objective and week; others are not told apart
)

// Names of touches that are not told apart.
const (
	Other   = "other"   // there were too many
	Unknown = "unknown" // a device that nobody told of
	Nobody  = "none"    // the persona of whoever is of none
)

// Ledger adds walks up, week by week, for the last 53 weeks in which any ended. It can be asked at any time. What it
// keeps is bounded, and depends on the walks and their order only. It is safe for concurrent use.
type Ledger struct {
	mu     sync.Mutex
	newest int32 // week
	paths  int   // in all tables
	tables map[place]*table
}

// place is where a walk is entered.
type place struct {
	week      int32 // since 1970, from Monday
	objective string
	by        By
	element   string // of ByElement
}

// table is how often each path was taken in a week, and what came of it.
type table struct {
	names   []string
	numbers map[string]int
	paths   map[string]ending // by the numbers of the names along it, as uvarints
	decay   []Credit          // by name: credits by age, for which a path does not tell enough
	cut     float64           // walks of whose path only the last touch is kept
}

// ending is what came of those who took a path.
type ending struct{ converted, value, lost float64 }

// NewLedger has no walks yet.
func NewLedger() *Ledger { return &Ledger{tables: map[place]*table{}} }

// weekOf is the week of a day: 1970 began on a Thursday.
func weekOf(day int32) int32 { return (day + 3) / 7 }

// Learn takes a walk in. One that ended more than a year before others is left out.
func (l *Ledger) Learn(w *Walk) error {
	if err := w.Validate(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	week := weekOf(w.Day)
	if week <= l.newest-keptWeeks {
		return nil
	}
	if week > l.newest {
		l.newest = week
		l.forget()
	}
	for _, by := range views {
		if by != bySale || w.Converted {
			l.enter(place{week: week, objective: w.Objective, by: by}, w)
		}
	}
	for _, element := range w.elements() {
		l.enter(place{week, w.Objective, ByElement, element}, w)
	}
	return nil
}

// enter enters a walk in a table.
func (l *Ledger) enter(at place, w *Walk) {
	t := l.tables[at]
	if t == nil {
		if at.by == ByElement && l.elements(at) >= mostElements {
			return
		}
		t = newTable()
		l.tables[at] = t
	}
	l.paths += t.learn(w, at, l.paths >= mostPaths)
}

// elements is how many elements there are tables of, in one week of one objective.
func (l *Ledger) elements(of place) (n int) {
	for at := range l.tables {
		if at.by == ByElement && at.week == of.week && at.objective == of.objective {
			n++
		}
	}
	return n
}

// elements are those in which something was said on the way, in order.
func (w *Walk) elements() (all []string) {
	for i := range w.Touches {
		for _, x := range w.Touches[i].Ways {
			if at, known := slices.BinarySearch(all, x.Element); !known {
				all = slices.Insert(all, at, x.Element)
			}
		}
	}
	return all
}

// forget drops the weeks that are too old.
func (l *Ledger) forget() {
	for at, t := range l.tables {
		if at.week <= l.newest-keptWeeks {
			l.paths -= len(t.paths)
			delete(l.tables, at)
		}
	}
}

func newTable() *table { return &table{numbers: map[string]int{}, paths: map[string]ending{}} }

// learn takes a walk in and says how many more paths there are.
func (t *table) learn(w *Walk, at place, full bool) (more int) {
	walked, ages := make([]int, 0, MaxWalk), make([]int, 0, MaxWalk)
	switch at.by {
	case bySale:
		walked = append(walked, t.number(device(w.Device)))
	case ByPersona:
		walked, ages = append(walked, t.number(cmp.Or(w.Persona, Nobody))), append(ages, 0)
	default:
		for i := range w.Touches {
			if !w.again(i, at) {
				walked, ages = append(walked, t.number(w.Touches[i].name(at))), append(ages, w.Touches[i].Age)
			}
		}
	}
	key := pathKey(walked)
	if _, known := t.paths[key]; !known {
		if full && len(walked) > 1 {
			t.cut++
			key = pathKey(walked[len(walked)-1:])
		}
		if _, known := t.paths[key]; !known {
			more++
		}
	}
	e := t.paths[key]
	if w.Converted {
		e.converted++
		e.value += w.Value
	} else {
		e.lost++
	}
	t.paths[key] = e
	if w.Converted && at.by != bySale {
		t.fade(w.Value, walked, ages)
	}
	return more
}

func pathKey(walked []int) string {
	b := make([]byte, 0, 2*MaxWalk)
	for _, n := range walked {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return string(b)
}

// again reports whether a touch is the one before it, met once more on the same day: two banners on a page are one touch
// of the page's channel.
func (w *Walk) again(i int, at place) bool {
	return i > 0 && w.Touches[i].Age == w.Touches[i-1].Age && w.Touches[i].name(at) == w.Touches[i-1].name(at)
}

// name is what a touch is called.
func (t *Touch) name(at place) string {
	switch {
	case at.by == ByDevice:
		return device(t.Device)
	case at.by == ByElement:
		for _, x := range t.Ways {
			if x.Element == at.element {
				return t.What + Between + x.Variant
			}
		}
		return t.Channel // it has no such element
	case at.by == ByChannel || t.What == "":
		return t.Channel
	case t.Own:
		return t.What
	}
	return t.Channel + Between + t.What
}

// Between stands between the two halves of a name: a content and a variant, a source and its campaign.
const Between = " · "

func device(name string) string {
	if name == "" {
		return Unknown
	}
	return name
}

// number is that of a name.
func (t *table) number(name string) int {
	n, known := t.numbers[name]
	if known {
		return n
	}
	if len(t.names) >= mostNames {
		if n, known = t.numbers[Other]; known {
			return n
		}
		name = Other
	}
	n = len(t.names)
	name = strings.Clone(name)
	t.numbers[name] = n
	t.names = append(t.names, name)
	t.decay = append(t.decay, Credit{})
	return n
}

// halves are 2^(−d/7) for d from 0 to 6: tabled, so that all machines add up the same bits.
var halves = [7]float64{1, 0.9057236642639067, 0.820335356007638, 0.7429971445684742, 0.6729500963161781, 0.6095068271022377, 0.5520447568369062}

// HalfLife is after how many days a touch counts half, by age.
const HalfLife = len(halves)

// fade gives each touch its share of a conversion by its age.
func (t *table) fade(value float64, walked, ages []int) {
	sum := 0.0
	weights := make([]float64, 0, MaxWalk)
	for _, age := range ages {
		weight := math.Ldexp(halves[age%HalfLife], -(age / HalfLife))
		weights = append(weights, weight)
		sum += weight
	}
	for i, n := range walked {
		share := 1 / float64(len(walked)) // all so old that nothing is left of any: alike
		if sum > 0 {
			share = weights[i] / sum
		}
		t.decay[n].Conversions += share
		t.decay[n].Value += float64(share * value)
	}
}
