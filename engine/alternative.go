package engine

import (
	"context"
	"reflect"
	"slices"

	"github.com/aparte-dev/aparte"
)

// reconsider asks the question of a logged decision of the brand to be judged, about a person who is p now.
func (w *whatIf) reconsider(ctx context.Context, p *aparte.Person, d *aparte.Decision) error {
	then := *p // what p points to goes on changing
	q, err := (&again{engine: w.engine, of: d}).question(ctx, w.under, &then)
	if err != nil {
		return err
	}
	was, err := w.version(ctx, d.Brand)
	if err != nil {
		return err
	}
	for _, c := range d.Candidates {
		if c.Excluded == "" && !c.Action.Silent() && w.kept(was, &c.Action) {
			q.Among = append(q.Among, c.Action)
		}
	}
	w.batch = append(w.batch, reconsidered{decision: *d, question: q})
	return nil
}

// alternative takes a decision again with what was known then, and holds what comes out against what is logged.
func (w *whatIf) alternative(ctx context.Context, one *reconsidered, by *judgement) error {
	d := &one.decision
	was, err := w.version(ctx, d.Brand)
	if err != nil {
		return err
	}
	one.judged = true
	one.Propensity = d.Propensity
	for i := range d.Candidates {
		one.Live += d.Candidates[i].Propensity * d.Candidates[i].Value
	}
	if d.Chosen >= 0 && d.Chosen < len(d.Candidates) {
		one.Expected = d.Candidates[d.Chosen].Value
	}
	other := aparte.Decision{Candidates: []aparte.Candidate{{Propensity: 1}}} // silence, for sure
	if _, known := w.under.scenarios.Fire(d.Trigger); known || kindOf(d.Trigger) != scenarioTimer {
		other = by.decide(w.under, one.question)
	} else {
		w.found.Silenced++
	}
	w.compare(was, one, other.Candidates)
	return nil
}

// compare finds each candidate under the other brand among those of the log. What stands in both is expected to be worth
// what the log says it was, so that the model that both policies are held against is one.
func (w *whatIf) compare(was *aparte.Brand, one *reconsidered, candidates []aparte.Candidate) {
	logged, from := one.decision.Candidates, 0
	for i := range candidates {
		c := &candidates[i]
		if c.Propensity == 0 {
			continue
		}
		at := -1
		for j := range logged { // they mostly stand in the same order
			k := (from + j) % len(logged)
			if logged[k].Propensity > 0 && sameAction(&logged[k].Action, &c.Action) && w.kept(was, &c.Action) {
				at, from = k, k+1
				break
			}
		}
		if at < 0 {
			one.Unseen += c.Propensity
			one.Direct += c.Propensity * c.Value
			continue
		}
		one.Direct += c.Propensity * logged[at].Value
		if at == one.decision.Chosen {
			one.Chance = c.Propensity
		}
	}
}

func sameAction(a, b *aparte.Action) bool {
	return a.Content == b.Content && a.Layout == b.Layout && a.Item == b.Item && slices.Equal(a.Variants, b.Variants)
}

// kept reports whether an action that a version of the brand knows is the same under the brand to be judged: other words,
// another discount or another layout under an old name were never tried.
func (w *whatIf) kept(was *aparte.Brand, a *aparte.Action) bool {
	if a.Silent() {
		return true
	}
	before, after := saidOf(was, a.Content), saidOf(w.brand, a.Content)
	if before == nil || after == nil {
		return false
	}
	if before.Purpose != after.Purpose || before.Incentive != after.Incentive || before.Link != after.Link || !reflect.DeepEqual(before.Elements, after.Elements) {
		return false
	}
	return reflect.DeepEqual(layoutOf(was, a.Layout), layoutOf(w.brand, a.Layout))
}

func saidOf(b *aparte.Brand, id aparte.ContentID) *aparte.Content {
	if i := slices.IndexFunc(b.Contents, func(c aparte.Content) bool { return c.ID == id }); i >= 0 {
		return &b.Contents[i]
	}
	return nil
}

func layoutOf(b *aparte.Brand, id aparte.LayoutID) *aparte.Layout {
	if i := slices.IndexFunc(b.Layouts, func(l aparte.Layout) bool { return l.ID == id }); i >= 0 {
		return &b.Layouts[i]
	}
	return nil
}

// version is a version of the brand that decided.
func (w *whatIf) version(ctx context.Context, version uint64) (*aparte.Brand, error) {
	if b, known := w.versions[version]; known {
		return b, nil
	}
	b, _, err := w.engine.brandAt(ctx, version)
	if err != nil {
		return nil, err
	}
	w.versions[version] = &aparte.Brand{Contents: b.Contents, Layouts: b.Layouts} // of which there are few; items are many
	return w.versions[version], nil
}
