package recurrence

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/lifetime"
)

// Most is of how many customers a brand should show a sample, so that it stays within some ten megabytes.
const Most = 50_000

// Bounds of what is learned from.
const (
	mostOfCategory = 2_000  // people of one category
	mostOfAll      = 20_000 // people in all, and pairs of a person and a category
	mostCategories = 500    // that have a recurrence of their own, those of most people
	mostSeen       = 10_000 // categories that are told apart at all

	leastIntervals = 50 // in all, before anything is learned
	leastReturned  = 5  // people who came back to a category, before it has a recurrence of its own
)

// How far what is learned may lie from what was thought before, as the standard deviation of a logarithm: of a brand from the usual,
// loosely; of a category from the brand's others, within a factor of 1.65 two times in three.
const (
	brandApart    = 1.0
	categoryApart = 0.5
)

// Sample is what is known of how people bought again, as of a time. It is not safe for concurrent use.
type Sample struct {
	at   time.Time
	room int
	all  []lifetime.Recurring
	of   map[string][]lifetime.Recurring
}

// NewSample is one as of a time. It takes nobody before it was given Room.
func NewSample(at time.Time) *Sample { return &Sample{at: at, of: map[string][]lifetime.Recurring{}} }

// Room lets so many customers in from here on, whatever room there was: given for each part of the people, it lets in as many of each.
func (s *Sample) Room(n int) { s.room = n }

// Add takes somebody in.
func (s *Sample) Add(p *aparte.Person) {
	if p.Orders.Count == 0 || s.room <= 0 {
		return
	}
	s.room--
	if c, ok := p.Cadence(""); ok {
		s.all = append(s.all, s.recurring(&c))
	}
	for i := range p.Cadences {
		if c := &p.Cadences[i]; c.Category != "" {
			s.addTo(c.Category, s.recurring(c))
		}
	}
}

func (s *Sample) addTo(category string, r lifetime.Recurring) {
	of, seen := s.of[category]
	if seen || len(s.of) < mostSeen {
		s.of[category] = append(of, r)
	}
}

func (s *Sample) recurring(c *aparte.Cadence) lifetime.Recurring {
	return lifetime.Recurring{
		Intervals: float64(c.Weight), Logs: float64(c.Logs), Squares: float64(c.Squares), Silence: max(0, s.at.Sub(c.LastAt).Hours()/24),
	}
}

// Model is what was learned. It must not be changed.
type Model struct {
	aparte.Recurrences
	People     int             `json:"people"`     // customers who were looked at
	Categories map[string]Seen `json:"categories"` // those that have a recurrence of their own
}

// Seen is what a recurrence was learned from.
type Seen struct {
	People    int     `json:"people"`    // who bought in the category
	Returned  int     `json:"returned"`  // of them, who did again
	Intervals float64 `json:"intervals"` // between their purchases; older ones count less
}

func seenOf(all []lifetime.Recurring) (s Seen) {
	s.People = len(all)
	for i := range all {
		if s.Intervals += all[i].Intervals; all[i].Intervals > 0 {
			s.Returned++
		}
	}
	return s
}

// Fit learns. last is what was learned before, nil: nothing; what has hardly moved since stays as it was, so that dates that
// follow from it stand still. Nil: too little was seen to learn anything.
func (s *Sample) Fit(last *Model) *Model {
	if seenOf(s.all).Intervals < leastIntervals {
		return nil
	}
	m := &Model{People: len(s.all), Categories: map[string]Seen{}}
	m.All = learned(some(s.all, mostOfAll), aparte.UsualRecurrence(""), brandApart)
	m.Category = learned(some(s.anyCategory(), mostOfAll), aparte.UsualRecurrence("any"), brandApart)
	m.Of = map[string]aparte.Recurrence{}
	for _, category := range s.frequent() {
		of := s.of[category]
		m.Categories[category] = seenOf(of)
		m.Of[category] = learned(some(of, mostOfCategory), m.Category, categoryApart)
	}
	if last != nil {
		m.steady(&last.Recurrences)
	}
	return m
}

// anyCategory is all pairs of a person and a category.
func (s *Sample) anyCategory() (all []lifetime.Recurring) {
	for _, category := range slices.Sorted(maps.Keys(s.of)) {
		all = append(all, s.of[category]...)
	}
	return all
}

// frequent are the categories that enough people came back to, those of most people first.
func (s *Sample) frequent() []string {
	names := slices.Sorted(maps.Keys(s.of))
	names = slices.DeleteFunc(names, func(c string) bool { return seenOf(s.of[c]).Returned < leastReturned })
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(len(s.of[b]), len(s.of[a])) })
	return names[:min(len(names), mostCategories)]
}

// some is at most n of them, evenly spread.
func some(all []lifetime.Recurring, n int) []lifetime.Recurring {
	if len(all) <= n {
		return all
	}
	few := make([]lifetime.Recurring, n)
	for i := range few {
		few[i] = all[i*len(all)/n]
	}
	return few
}

// learned is what people teach beside what was thought before; that alone where nothing can be learned.
func learned(all []lifetime.Recurring, before aparte.Recurrence, apart float64) aparte.Recurrence {
	r, f, err := lifetime.FitRecurrence(all, before, apart)
	if err != nil || !f.Converged {
		return before
	}
	return r
}

// steady keeps what was known before where it is nearly the same.
func (m *Model) steady(last *aparte.Recurrences) {
	if near(m.All, last.All) {
		m.All = last.All
	}
	if near(m.Category, last.Category) {
		m.Category = last.Category
	}
	for category, r := range m.Of {
		if before, known := last.Of[category]; known && near(r, before) {
			m.Of[category] = before
		}
	}
}

// near reports whether two lead to nearly the same dates: the interval within a twentieth, how far intervals spread within a fifth, how
// many come back within two in a hundred. How people differ in that is known least.
func near(a, b aparte.Recurrence) bool {
	const interval, spread, returns, differ = 0.05, 0.2, 0.02, 0.5
	apart := func(x, y float64) float64 { return math.Abs(math.Log(x / y)) }
	return math.Abs(a.Mean-b.Mean) < interval && max(apart(a.Strength, b.Strength), apart(a.Rate, b.Rate)) < spread &&
		math.Abs(a.Returns()-b.Returns()) < returns && apart(a.Staying, b.Staying) < differ
}
