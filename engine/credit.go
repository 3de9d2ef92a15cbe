package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/measure/attribution"
)

// Credit is what journeys toward an objective attribute to what was met on the way, beside what was measured.
type Credit struct {
	Objective aparte.ObjectiveID
	By        attribution.By
	Element   string   // of attribution.ByElement
	Elements  []string // in which anything was said on the way
	Report    *attribution.Report
	From      time.Time // first moment of the period; costs are of it, too
	Rows      []Credited
	Elsewhere int64         // what was spent in the period on what nobody met who is told of here, in minor units
	Families  []Incremental // by what decisions were about
	Audiences []AudienceReturn
	All       *Compared // what being told things is worth, by people held out; nil: nobody is, or it is not told of this objective
	Sight     Sight
}

// Credited is one row of a report, with what it has cost and what was measured of it.
type Credited struct {
	attribution.Row
	Own    bool    // it is Aparté's own: a channel, a content
	Paid   int64   // in the period, in minor units; of what is not own, what the asker says it has cost, or else the costs that are kept
	Known  bool    // Paid is known
	Counts []Count // how often it was chosen, sent, seen, clicked in the period, as far as is counted
	Incremental
}

// Count is how often something happened.
type Count struct {
	What string // "chosen", "sent", "exposed", "clicked"
	N    int64
}

// Incremental is what was earned by something being said, against what would have been done without it.
type Incremental struct {
	Earned *Earned // nil: nothing of it is in the evidence
	At     int     // the objective's place in Earned.By
}

// CreditAsked is a question about credit.
type CreditAsked struct {
	attribution.Asked
	Since time.Time        // zero: from the first week on that is kept
	Spent map[string]int64 // what names that are not Aparté's have cost in the period, as whoever asks says, in minor units
}

// ErrNoObjective says that the brand has no such objective.
var ErrNoObjective = errors.New("there is no such objective")

// Credit answers a question about credit. What was measured is the evidence of the last look; where that is old, another begins,
// and is waited for until patience is out.
func (e *Engine) Credit(ctx context.Context, a CreditAsked, patience time.Duration) (*Credit, error) {
	now := e.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	brand := now.plan.Brand()
	if a.Objective == "" && len(brand.Objectives) > 0 {
		a.Objective = string(brand.Objectives[0].ID)
	}
	if !slices.ContainsFunc(brand.Objectives, func(o aparte.Objective) bool { return string(o.ID) == a.Objective }) {
		return nil, fmt.Errorf("objective %q: %w", a.Objective, ErrNoObjective)
	}
	if !a.Since.IsZero() {
		a.Asked.Since = dayOf(a.Since)
	}
	walks := e.learner.judgement().walks
	report, err := walks.Report(a.Asked)
	if err != nil {
		return nil, err
	}
	c := &Credit{Objective: aparte.ObjectiveID(a.Objective), By: a.By, Element: a.Element, Elements: walks.Elements(a.Objective), Report: report}
	c.From = time.Unix(max(0, int64(report.From))*24*60*60, 0).UTC()
	c.Sight, _ = e.Evidence(ctx, patience) // why there is none, it says itself: what is attributed is told all the same
	if err := c.compare(ctx, e); err != nil {
		return nil, err
	}
	counted, err := e.countedSince(ctx, c.From)
	if err != nil {
		return nil, err
	}
	spent, err := e.spent(ctx, a.By, c.From)
	if err != nil {
		return nil, err
	}
	maps.Copy(spent, a.Spent)
	for i := range report.Rows {
		c.Rows = append(c.Rows, c.row(&report.Rows[i], brand, counted, spent))
		delete(spent, report.Rows[i].Name)
	}
	for _, amount := range spent {
		c.Elsewhere += amount
	}
	return c, nil
}

// compare finds the comparison with people who are held out of everything, and what each family has earned.
func (c *Credit) compare(ctx context.Context, e *Engine) error {
	worth, err := e.Worth(ctx)
	if err != nil {
		return err
	}
	for i := range worth.Compared {
		if x := &worth.Compared[i]; x.Holdout == "" && x.Objective == c.Objective {
			c.All = x
		}
	}
	if v := c.Sight.Evidence; v != nil {
		for i := range v.Families {
			c.Families = append(c.Families, c.incremental(&v.Families[i]))
		}
		for i := range v.Credited {
			c.audience(&v.Credited[i])
		}
	}
	return nil
}

// AudienceReturn is what saying things to people in an audience has cost and brought: attributed, and measured.
type AudienceReturn struct {
	Audience   aparte.AudienceID
	Cost       float64
	Attributed Attributed
	Incremental
}

// audience adds an audience's line.
func (c *Credit) audience(owed *AudienceCredit) {
	v := c.Sight.Evidence
	at := slices.Index(v.Objectives, c.Objective)
	if at < 0 {
		return
	}
	line := AudienceReturn{Audience: owed.Audience, Cost: owed.Cost, Attributed: owed.By[at]}
	if i := slices.IndexFunc(v.Audiences, func(e Earned) bool { return e.Audience == owed.Audience }); i >= 0 {
		line.Incremental = c.incremental(&v.Audiences[i])
	}
	c.Audiences = append(c.Audiences, line)
}

// incremental is what something earned toward the objective, where the evidence tells of it.
func (c *Credit) incremental(e *Earned) Incremental {
	return Incremental{Earned: e, At: slices.Index(c.Sight.Evidence.Objectives, c.Objective)}
}

// row joins what a name is owed with what it has cost, how often it was said, and what was measured of it.
func (c *Credit) row(r *attribution.Row, b *aparte.Brand, counted map[string]int64, spent map[string]int64) Credited {
	row := Credited{Row: *r}
	row.Own, row.Earned = c.measured(r.Name, b)
	if row.Earned != nil {
		row.Incremental = c.incremental(row.Earned)
	}
	if !row.Own {
		row.Paid, row.Known = spent[r.Name]
		return row
	}
	kind, told := "channel/", []string{"sent"}
	switch c.By {
	case attribution.ByContent:
		kind, told = "content/", []string{"chosen", "exposed", "clicked"}
	case attribution.ByPersona:
		kind, told = "persona/", nil
	case attribution.ByElement:
		return row // what discounts took off is not told apart by variant
	}
	row.Paid, row.Known = counted[paidPrefix+kind+r.Name], true
	for _, what := range told {
		if n := counted[what+"/"+r.Name]; n > 0 {
			row.Counts = append(row.Counts, Count{what, n})
		}
	}
	return row
}

// measured reports whether a name is of Aparté's own, and what was earned by it.
func (c *Credit) measured(name string, b *aparte.Brand) (own bool, earned *Earned) {
	v := c.Sight.Evidence
	if v == nil {
		v = new(Evidence)
	}
	switch c.By {
	case attribution.ByChannel:
		own = name != attribution.Direct && name != attribution.Other && !strings.Contains(name, betweenSource)
		if i := slices.IndexFunc(v.Channels, func(e Earned) bool { return string(e.Channel) == name }); i >= 0 {
			return own, &v.Channels[i]
		}
	case attribution.ByContent:
		own = hasContent(b, name)
		if i := slices.IndexFunc(v.Earned, func(e Earned) bool { return e.Whole() && string(e.Content) == name }); i >= 0 {
			return own, &v.Earned[i]
		}
	case attribution.ByPersona:
		return true, nil
	case attribution.ByElement:
		content, variant, isVariant := strings.Cut(name, attribution.Between)
		own = isVariant && hasContent(b, content)
		if i := slices.IndexFunc(v.Earned, func(e Earned) bool {
			return string(e.Content) == content && e.Element == c.Element && e.Variant == variant
		}); own && i >= 0 {
			return own, &v.Earned[i]
		}
	}
	return own, nil
}

func hasContent(b *aparte.Brand, id string) bool {
	return slices.ContainsFunc(b.Contents, func(x aparte.Content) bool { return string(x.ID) == id })
}

// countedSince are counters of what was said and paid, by key.
func (e *Engine) countedSince(ctx context.Context, from time.Time) (map[string]int64, error) {
	sums := map[string]int64{}
	for _, what := range []string{"sent/", "chosen/", "exposed/", "clicked/", paidPrefix} {
		counters, err := e.Counters(ctx, what, from, e.now().Add(time.Hour))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", what, err)
		}
		for _, c := range counters {
			sums[c.Key] += c.N
		}
	}
	return sums, nil
}

// Cost is what saying it has cost each time, in the moments of which what was earned is.
func (x *Incremental) Cost() float64 {
	if x.Earned == nil || x.Earned.Open == 0 {
		return 0
	}
	return x.Earned.Cost / float64(x.Earned.Open)
}
