package console

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// level is that of all intervals of the page.
const level = 0.95

// resultsView is what being told things is worth, as far as can be shown.
type resultsView struct {
	Began    time.Time
	Days     int // how long what a person does counts
	Compared []comparedView
	OverTime overTimeView
	Evidence evidenceView
	Budgets  []budgetView
	Work     workView
	Contents []clicksRow // by click rate, largest first
	Most     float64     // right end of their chart
	Least    int64       // people on either side before anything is said
	Valued   int64       // of them with a value
}

// comparedView is one comparison in words. A difference stands there with its interval or not at all.
type comparedView struct {
	Of            aparte.Words // the objective whose value is compared; nil: of all together
	From          aparte.Words // the objective of which people are held out; nil: of everything
	Share         rate         // held out, in thousandths
	Treated, Held measure.Spread
	Shown         bool // enough people to say anything
	Currency      string
	Difference    measure.Estimate // for any time of looking
	OneLook       measure.Estimate
	Drawn         measure.Estimate // with the largest values drawn in, for any time of looking
	Verdict       string           // key of a word
	Split         float64          // p-value of the split
	SplitWrong    bool
	FewCarry      bool  // with the largest values drawn in, the answer is another
	Crossed       int64 // people of both sides who proved to be one
	Chart         intervalChart
}

// intervalChart is an interval on a line 100 wide.
type intervalChart struct{ Low, Width, Value, Zero float64 }

// clicksRow is one content's click rate with its interval.
type clicksRow struct {
	ID            aparte.ContentID
	Name          aparte.Words
	Seen, Clicked int64
	Few           bool // too few views or clicks for an interval
	Rate          measure.Interval
	Chart         intervalChart
}

// What a click rate stands on before its interval is shown.
const (
	leastSeen    = 100
	leastClicked = 5
)

// mismatch is the p-value below which a split is not believed.
const mismatch = 0.001

func (s *console) results(w http.ResponseWriter, r *http.Request) {
	plan := s.Engine.Plan()
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return
	}
	worth, err := s.Engine.Worth(r.Context())
	if err != nil && !errors.Is(err, engine.ErrNoBrand) {
		s.Logger.ErrorContext(r.Context(), "console results", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	brand := plan.Brand()
	v := resultsView{Began: worth.Began, Days: int(worth.Window.Hours() / 24), Least: measure.LeastPeople, Valued: measure.LeastValued}
	for i := range worth.Compared {
		v.Compared = append(v.Compared, comparison(&worth.Compared[i], brand))
	}
	budgets, err := engine.Budgets(r.Context(), s.Engine, plan, s.Now())
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console results", "error", err)
	}
	for i := range budgets {
		v.Budgets = append(v.Budgets, budgetOf(&budgets[i], brand.Currency))
	}
	sight, err := s.Engine.Evidence(r.Context(), s.Patience)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console results", "error", err)
	}
	v.Evidence = evidenceOf(&sight, worth.Compared, brand)
	v.OverTime = overTimeOf(s.Engine.ValueCourse())
	weeks, err := s.Engine.Work(r.Context())
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console results", "error", err)
	}
	v.Work = workOf(weeks)
	v.Contents = s.clicked(r.Context(), brand)
	v.scale()
	s.show(w, "results", "frame.html", s.view(r, "results", v))
}

// clicked are the click rates of contents, of a day.
func (s *console) clicked(ctx context.Context, b *aparte.Brand) (rows []clicksRow) {
	seen, clicked := s.day(ctx, "exposed/"), s.day(ctx, "clicked/")
	for i := range b.Contents {
		c := &b.Contents[i]
		if n := seen[string(c.ID)]; n > 0 && clicked[string(c.ID)] < n {
			rows = append(rows, clicksOf(c, n, clicked[string(c.ID)]))
		}
	}
	return rows
}

func comparison(c *engine.Compared, b *aparte.Brand) comparedView {
	v := comparedView{
		Of: objectiveName(b, c.Objective), From: objectiveName(b, c.Holdout), Share: rate{int64(math.Round(1000 * c.Share)), 1000},
		Treated: c.Treated, Held: c.Held, Currency: b.Currency, Split: c.Mismatch(), Crossed: c.Crossed,
		OneLook: c.Difference(level), Difference: c.Anytime(level), Verdict: "results.notyet",
	}
	v.SplitWrong = v.Split < mismatch
	_, v.Drawn, _ = c.Winsorised(level)
	if v.Shown = c.Enough() && !math.IsNaN(v.Difference.Low) && !math.IsNaN(v.Drawn.Low); !v.Shown {
		return v
	}
	v.FewCarry = v.Drawn.Contains(0) != v.Difference.Contains(0)
	switch {
	case v.Difference.Low > 0:
		v.Verdict = "results.more"
	case v.Difference.High < 0:
		v.Verdict = "results.less"
	default:
		v.Verdict = "results.open"
	}
	from, to := min(v.Difference.Low, 0), max(v.Difference.High, 0)
	margin := (to - from) / 20
	v.Chart = chartOf(v.Difference.Low, v.Difference.High, v.Difference.Value, from-margin, to+margin)
	return v
}

// chartOf places an interval, its value and zero on a line from one number to another.
func chartOf(low, high, value, from, to float64) intervalChart {
	at := func(x float64) float64 {
		if to <= from {
			return 0
		}
		return min(100, max(0, 100*(x-from)/(to-from)))
	}
	return intervalChart{Low: at(low), Width: at(high) - at(low), Value: at(value), Zero: at(0)}
}

func objectiveName(b *aparte.Brand, id aparte.ObjectiveID) aparte.Words {
	for i := range b.Objectives {
		if b.Objectives[i].ID == id {
			return b.Objectives[i].Name
		}
	}
	return nil
}

func clicksOf(c *aparte.Content, seen, clicked int64) clicksRow {
	row := clicksRow{ID: c.ID, Name: c.Name, Seen: seen, Clicked: clicked, Few: seen < leastSeen || clicked < leastClicked}
	if !row.Few {
		row.Rate = measure.Share(clicked, seen, level).Interval
	}
	return row
}

// scale sorts the contents by what is clicked, those of which too little is known last, and charts them side by side.
func (v *resultsView) scale() {
	slices.SortStableFunc(v.Contents, func(a, b clicksRow) int {
		switch {
		case a.Few != b.Few && b.Few, a.Few == b.Few && ratio(a.Clicked, a.Seen) > ratio(b.Clicked, b.Seen):
			return -1
		case a.Few != b.Few, ratio(a.Clicked, a.Seen) < ratio(b.Clicked, b.Seen):
			return 1
		}
		return 0
	})
	for _, c := range v.Contents {
		v.Most = max(v.Most, c.Rate.High)
	}
	for i := range v.Contents {
		c := &v.Contents[i]
		c.Chart = chartOf(c.Rate.Low, c.Rate.High, ratio(c.Clicked, c.Seen), 0, v.Most)
	}
}
