package engine

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn/residual"
)

// PathStages are the stages of the life of a customer in the order in which they usually come: the steps of the one path on which
// everybody is.
var PathStages = [...]string{aparte.Prospect, aparte.New, aparte.Active, aparte.AtRisk, aparte.Dormant, aparte.Lost, aparte.WonBack}

// PathDays is over how many days it is counted who moved on.
const PathDays = 28

// PathRow is where people of one persona stand on the path, and who moved on from where in the last PathDays.
type PathRow struct {
	Persona aparte.PersonaID `json:"persona"` // empty: people of none
	People  int              `json:"people"`
	Now     []int            `json:"now"`   // in each of PathStages
	Moved   [][]int          `json:"moved"` // of those who were in a stage PathDays ago and of whom that is known, how many are in each now
}

func newPathRow(id aparte.PersonaID) PathRow {
	r := PathRow{Persona: id, Now: make([]int, len(PathStages)), Moved: make([][]int, len(PathStages))}
	for i := range r.Moved {
		r.Moved[i] = make([]int, len(PathStages))
	}
	return r
}

// Then is how many were in a stage PathDays ago, and how many of these are in another now.
func (r *PathRow) Then(stage int) (then, moved int) {
	for to, n := range r.Moved[stage] {
		if then += n; to != stage {
			moved += n
		}
	}
	return then, moved
}

// add takes somebody in.
func (r *PathRow) add(p *aparte.Person, at time.Time) {
	stages := p.StagesUntil(at)
	now := slices.Index(PathStages[:], stages[len(stages)-1].Name)
	if now < 0 {
		return
	}
	r.People++
	r.Now[now]++
	if before := at.AddDate(0, 0, -PathDays); !p.FirstSeen.After(before) {
		then := -1
		for _, s := range stages {
			if !s.Since.After(before) {
				then = slices.Index(PathStages[:], s.Name)
			}
		}
		if then >= 0 { // not of whom older stages are forgotten
			r.Moved[then][now]++
		}
	}
}

// Cohort is people who ordered first in the same month.
type Cohort struct {
	Month   string  `json:"month"` // 2026-05, UTC; the last of those that are told together may stand for all before it
	People  int     `json:"people"`
	Alive   float64 `json:"alive"`   // how many are expected to be customers still
	Orders  int64   `json:"orders"`  // so far
	Revenue int64   `json:"revenue"` // so far, in minor units of the brand's currency
	Ahead   float64 `json:"ahead"`   // what they are still expected to bring, likewise
}

// cohortsMost is how many months are told apart; people of the months before are with those of the first.
const cohortsMost = 36

// crossing is one pass over people that tells how far each is: it keeps sums, and nobody.
type crossing struct {
	at     time.Time
	fit    *Fit
	groups *decide.Groups
	rows   []PathRow
	sorted []sorting
	months map[string]*Cohort
	oldest string
}

func newCrossing(f *Fit, now *live) (*crossing, error) {
	rows := rowsOf(now.plan.Brand(), f)
	groups, err := now.plan.Groups(conditions(rows))
	if err != nil {
		return nil, err
	}
	sorted, err := sortings(now, rows)
	if err != nil {
		return nil, err
	}
	first := time.Date(f.At.Year(), f.At.Month()-cohortsMost+1, 1, 0, 0, 0, 0, time.UTC)
	c := &crossing{at: f.At, fit: f, groups: groups, sorted: sorted, months: map[string]*Cohort{}, oldest: monthOf(first)}
	for _, r := range rows {
		c.rows = append(c.rows, newPathRow(r.Persona))
	}
	return c, nil
}

// monthOf is the month of a time as it is named.
func monthOf(at time.Time) string { return at.UTC().Format("2006-01") }

// add takes somebody in, and what is said of them: where told is false, nothing is.
func (c *crossing) add(p *aparte.Person, r aparte.Residual, told bool) {
	row := len(c.rows) - 1 // who objects to being sorted is of no persona
	if !objects(p) {
		if i := c.groups.Of(p, c.fit, c.at); i >= 0 {
			row = i
		}
	}
	c.rows[row].add(p, c.at)
	for i := range c.sorted {
		c.sorted[i].add(row, p, r.Value, c.fit, c.at)
	}
	o := &p.Orders
	if o.Count == 0 || o.FirstAt.IsZero() || !told {
		return
	}
	month := max(monthOf(o.FirstAt), c.oldest)
	of := c.months[month]
	if of == nil {
		of = &Cohort{Month: month}
		c.months[month] = of
	}
	of.People++
	of.Orders, of.Revenue = of.Orders+o.Count, of.Revenue+o.Revenue.Amount
	of.Alive, of.Ahead = of.Alive+r.Alive, of.Ahead+r.Value
}

// told puts what was found into the fit.
func (c *crossing) told() {
	c.fit.Path, c.fit.Cohorts = c.rows, nil
	for _, m := range c.months {
		c.fit.Cohorts = append(c.fit.Cohorts, *m)
	}
	slices.SortFunc(c.fit.Cohorts, func(a, b Cohort) int {
		if a.Month < b.Month {
			return -1
		}
		return 1
	})
}

// Tree is the value that people are still expected to bring, taken apart: People × Alive × Orders × Amount, but for rounding.
type Tree struct {
	People int
	Alive  float64 // the share who are customers still
	Orders float64 // that each of these is expected to place within the horizon
	Amount float64 // of each order, discounted to now, in minor units
	Value  float64
}

// TreeOf takes the value of a group apart; false where it cannot be.
func TreeOf(g *residual.Group) (Tree, bool) {
	if g.People == 0 || !(g.Alive > 0) || !(g.Orders > 0) {
		return Tree{People: g.People, Value: g.Value}, false
	}
	return Tree{People: g.People, Alive: g.Alive / float64(g.People), Orders: g.Orders / g.Alive, Amount: g.Value / g.Orders, Value: g.Value}, true
}

// StageDecided is how much was decided about people who are in a stage of the path now.
type StageDecided struct {
	Stage     string
	Decisions int
	Said      int // of these, where something was
}

// decided counts decisions by stage.
type decided map[string]StageDecided

func (s decided) add(stage string, d *aparte.Decision) {
	one := s[stage]
	if one.Decisions++; !d.Action.Silent() {
		one.Said++
	}
	s[stage] = one
}

// told are the stages in which anything was decided, in the order of life.
func (s decided) told() (all []StageDecided) {
	for _, stage := range PathStages {
		if one := s[stage]; one.Decisions > 0 {
			one.Stage = stage
			all = append(all, one)
		}
	}
	return all
}
