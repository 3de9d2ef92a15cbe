package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// level is that of all intervals of results.
const level = 0.95

// worthDocument is what being told things adds to a person's value, as far as holdouts show it.
type worthDocument struct {
	Trial       uint64               `json:"trial"`
	Began       time.Time            `json:"began"`
	WindowDays  int                  `json:"windowDays"`
	Level       float64              `json:"level"`
	Comparisons []comparisonDocument `json:"comparisons"`
	Note        string               `json:"note,omitempty"` // why there is no comparison
}

// comparisonDocument is one comparison. There is no lift without its interval: where there are too few people, neither
// is there.
type comparisonDocument struct {
	Holdout   aparte.ObjectiveID `json:"holdout"`   // of which people are held out; empty: of everything
	Objective aparte.ObjectiveID `json:"objective"` // whose value is compared; empty: of all together
	Share     float64            `json:"share"`     // of people who are held out
	Treated   armDocument        `json:"treated"`
	HeldOut   armDocument        `json:"heldOut"`
	Lift      *liftDocument      `json:"lift"`    // of value a person, in minor units; null: not enough yet
	Verdict   string             `json:"verdict"` // in words
	Mismatch  float64            `json:"mismatch"`
	Warnings  []string           `json:"warnings"`
}

type armDocument struct {
	People int64 `json:"people"`
	Valued int64 `json:"valued"` // with a value other than 0
}

type liftDocument struct {
	Difference float64    `json:"difference"`
	OneLook    [2]float64 `json:"oneLook"` // for a single look at a time fixed beforehand
	Anytime    [2]float64 `json:"anytime"` // for any number of looks
	Winsorised winsorised `json:"winsorised"`
}

type winsorised struct {
	Bound      int64      `json:"bound"` // to which larger values are drawn in
	Difference float64    `json:"difference"`
	OneLook    [2]float64 `json:"oneLook"`
	Anytime    [2]float64 `json:"anytime"`
}

// worthOf is the part of results that compares treated people with those held out.
func worthOf(ctx context.Context, l Ledger) (worthDocument, []engine.Compared, error) {
	doc := worthDocument{Level: level, Comparisons: []comparisonDocument{}}
	w, err := l.Worth(ctx)
	switch {
	case errors.Is(err, engine.ErrNoBrand):
		doc.Note = "no brand is published yet"
		return doc, nil, nil
	case err != nil:
		return doc, nil, err
	}
	doc.Trial, doc.Began, doc.WindowDays = w.Trial, w.Began, int(w.Window.Hours()/24)
	for i := range w.Compared {
		doc.Comparisons = append(doc.Comparisons, compared(&w.Compared[i]))
	}
	if len(doc.Comparisons) == 0 {
		doc.Note = "nobody is held out: what being told things adds cannot be measured by comparison"
	}
	return doc, w.Compared, nil
}

// leastMismatch is the p-value below which a split is not believed.
const leastMismatch = 0.001

func compared(c *engine.Compared) comparisonDocument {
	doc := comparisonDocument{
		Holdout: c.Holdout, Objective: c.Objective, Share: c.Share, Mismatch: c.Mismatch(), Warnings: []string{},
		Treated: armDocument{c.Treated.People, c.Treated.Valued()}, HeldOut: armDocument{c.Held.People, c.Held.Valued()},
	}
	if doc.Mismatch < leastMismatch {
		doc.Warnings = append(doc.Warnings, "people are not split as stated: nothing here is to be believed before it is known why")
	}
	if c.Crossed > 0 {
		doc.Warnings = append(doc.Warnings, fmt.Sprintf("%d people of both sides proved to be one: they count on the side on which they were first, which draws the difference toward none", c.Crossed))
	}
	difference, anytime := c.Difference(level), c.Anytime(level)
	drawn, drawnAnytime, bound := c.Winsorised(level)
	if !c.Enough() || math.IsNaN(anytime.Low) || math.IsNaN(drawnAnytime.Low) {
		doc.Verdict = fmt.Sprintf("not enough yet: each side needs %d people, %d of them with a value", measure.LeastPeople, measure.LeastValued)
		return doc
	}
	ends := func(e measure.Estimate) [2]float64 { return [2]float64{e.Low, e.High} }
	doc.Lift = &liftDocument{
		Difference: difference.Value, OneLook: ends(difference), Anytime: ends(anytime),
		Winsorised: winsorised{bound, drawn.Value, ends(drawn), ends(drawnAnytime)},
	}
	switch {
	case anytime.Low > 0:
		doc.Verdict = "who is told things is worth more"
	case anytime.High < 0:
		doc.Verdict = "who is told things is worth less"
	default:
		doc.Verdict = "no difference is shown yet: it may be anywhere in the interval, none included"
	}
	if drawnAnytime.Contains(0) != anytime.Contains(0) {
		doc.Warnings = append(doc.Warnings, "with the largest values drawn in, the answer is another: a few people carry it")
	}
	return doc
}
