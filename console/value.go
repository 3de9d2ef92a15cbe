package console

import (
	"math"
	"net/http"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/residual"
)

// valueView is what people are still expected to bring.
type valueView struct {
	Fit        *engine.Fit // nil: none yet
	Currency   string
	Months     int64
	Group      []groupView // customers, then prospects
	Habits     []habitView
	Check      *checkView
	Ahead      *engine.Ahead
	AheadChart intervalChart
	Notes      []residual.Note
	Cohorts    []cohortRow
}

// cohortRow is people who ordered first in a month: what they brought, what they are expected to bring, and, of those who were
// there at the check, what was foretold of them and what came.
type cohortRow struct {
	engine.Cohort
	Each      float64 // brought so far, a person
	AheadEach float64 // expected, a person
	Width     [2]float64
	Foretold  *residual.Month // nil: not known
}

// cohortsOf are the months, the newest first.
func cohortsOf(fit *engine.Fit) (rows []cohortRow) {
	most := 1.0
	for _, c := range fit.Cohorts {
		most = max(most, (float64(c.Revenue)+c.Ahead)/float64(c.People))
	}
	for i := len(fit.Cohorts) - 1; i >= 0; i-- {
		c := fit.Cohorts[i]
		row := cohortRow{Cohort: c, Each: float64(c.Revenue) / float64(c.People), AheadEach: c.Ahead / float64(c.People)}
		row.Width = [2]float64{round1(100 * max(0, row.Each) / most), round1(100 * row.AheadEach / most)}
		if check := fit.Lifetime.Check; check != nil {
			for k := range check.Months {
				if check.Months[k].Month == c.Month {
					row.Foretold = &check.Months[k]
				}
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// groupView is one kind of people with its tenths, the most valuable first.
type groupView struct {
	Key    string // of a word
	People int64
	Alive  int64
	Value  float64
	Each   float64
	Top    float64 // share of the value that the first tenth will bring
	From   int64   // what somebody of the first tenth will bring at least
	Tenths []tenthView
}

type tenthView struct {
	Place int
	Mean  float64
	Width float64 // of its bar, in per cent
}

// habitView is something the model says of how people buy, in words with a number.
type habitView struct {
	Key   string
	Value float64
}

// checkView is what was foretold beside what came.
type checkView struct {
	*residual.Check
	Share float64 // of what came that was foretold
	Bands []bandView
}

// bandView is a band with its places on a line 100 wide.
type bandView struct {
	residual.Band
	Chart intervalChart // the interval of what came, and in Zero what was foretold
}

func (s *console) value(w http.ResponseWriter, r *http.Request) {
	v := valueView{Fit: s.Engine.Fit()}
	if v.Fit != nil {
		m := v.Fit.Lifetime
		v.Currency, v.Months, v.Notes = m.Terms.Currency, int64(math.Round(m.Terms.Days/30.44)), m.Notes
		v.Group = []groupView{groupOf("value.customers", &v.Fit.Standing.Customers), groupOf("value.prospects", &v.Fit.Standing.Prospects)}
		v.Cohorts = cohortsOf(v.Fit)
		v.Habits, v.Ahead = habitsOf(m), v.Fit.Ahead
		if m.Check != nil {
			v.Check = checkOf(m.Check)
		}
		if v.Ahead != nil {
			from, to := min(v.Ahead.Low, 0), max(v.Ahead.High, 0)
			margin := (to - from) / 20
			v.AheadChart = chartOf(v.Ahead.Low, v.Ahead.High, v.Ahead.More, from-margin, to+margin)
		}
	}
	s.show(w, "value", "frame.html", s.view(r, "value", v))
}

func groupOf(key string, g *residual.Group) groupView {
	v := groupView{Key: key, People: int64(g.People), Alive: int64(math.Round(g.Alive)), Value: g.Value, From: int64(math.Ceil(g.From))}
	if g.People > 0 {
		v.Each = g.Value / float64(g.People)
	}
	sum, most := 0.0, 0.0
	for _, mean := range g.Tenths {
		sum, most = sum+mean, max(most, mean)
	}
	if len(g.Tenths) == 0 || most < 1.05*g.Tenths[0] { // all alike
		return v
	}
	for i := len(g.Tenths) - 1; i >= 0; i-- {
		v.Tenths = append(v.Tenths, tenthView{len(g.Tenths) - i, g.Tenths[i], round1(100 * g.Tenths[i] / most)})
	}
	if sum > 0 {
		v.Top = most / sum
	}
	return v
}

// habitsOf are the parameters of a model as things that can be pictured.
func habitsOf(m *residual.Model) (all []habitView) {
	add := func(key string, value float64) {
		if !math.IsNaN(value) && !math.IsInf(value, 0) && value < 1e5 {
			all = append(all, habitView{key, value})
		}
	}
	switch {
	case m.Pareto != nil:
		add("value.habit.every", m.Pareto.Alpha/m.Pareto.R)
		add("value.habit.half", m.Pareto.Beta*math.Expm1(math.Ln2/m.Pareto.S))
	case m.BG != nil:
		add("value.habit.every", m.BG.Alpha/m.BG.R)
		add("value.habit.leave", m.BG.A/(m.BG.A+m.BG.B))
	case m.Contract != nil:
		add("value.habit.renew", m.Contract.Retention(0))
		add("value.habit.later", m.Contract.Retention(12))
	}
	if m.First != nil {
		add("value.habit.first", m.First.Within(0.5, 30))
	}
	return all
}

func checkOf(c *residual.Check) *checkView {
	v := &checkView{Check: c}
	if c.Orders.Came > 0 {
		v.Share = c.Orders.Expected / c.Orders.Came
	}
	most := 0.0
	for _, b := range c.Bands {
		most = max(most, b.High, b.Expected)
	}
	if most == 0 {
		most = 1
	}
	at := func(x float64) float64 { return round1(100 * x / most) }
	for i := len(c.Bands) - 1; i >= 0; i-- {
		b := c.Bands[i]
		v.Bands = append(v.Bands, bandView{b, intervalChart{Low: at(b.Low), Width: at(b.High - b.Low), Value: at(b.Came), Zero: at(b.Expected)}})
	}
	return v
}

func round1(x float64) float64 { return math.Round(10*x) / 10 }

// residualView is what somebody is still expected to bring; nil where nothing can be said.
type residualView struct {
	aparte.Residual
	Currency  string
	Months    int64
	Low, High int64 // between which orders lie, four times in five
	Ranged    bool
}

func (s *console) residual(p *aparte.Person) *residualView {
	fit := s.Engine.Fit()
	if fit == nil {
		return nil
	}
	r, ok := fit.Residual(p, s.Now())
	if !ok {
		return nil
	}
	v := &residualView{Residual: r, Currency: fit.Lifetime.Terms.Currency, Months: int64(math.Round(fit.Lifetime.Terms.Days / 30.44))}
	low, high, told := fit.Lifetime.Range(p, s.Now())
	v.Low, v.High, v.Ranged = int64(low), int64(high), told
	return v
}
