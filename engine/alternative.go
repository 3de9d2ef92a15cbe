package engine

import (
	"cmp"
	"context"
	"encoding/json"
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
		if c.Excluded == "" && !c.Action.Silent() && was.kept(&c.Action) {
			c.Action.Channel = cmp.Or(c.Action.Channel, d.Channel)
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
func (w *whatIf) compare(was *version, one *reconsidered, candidates []aparte.Candidate) {
	logged, from := one.decision.Candidates, 0
	for i := range candidates {
		c := &candidates[i]
		if c.Propensity == 0 {
			continue
		}
		at := -1
		for j := range logged { // they mostly stand in the same order
			k := (from + j) % len(logged)
			on := cmp.Or(c.Action.Channel, one.question.Moment.Channel)
			if logged[k].Propensity > 0 && sameAction(&logged[k].Action, &c.Action) && (c.Action.Silent() || on == cmp.Or(logged[k].Action.Channel, one.decision.Channel)) && was.kept(&c.Action) {
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

// version is one of the brand that decided, as far as its actions are those of the brand to be judged: other words,
// another discount or another layout under an old name were never tried.
type version struct {
	contents map[aparte.ContentID]bool
	layouts  map[aparte.LayoutID]bool
}

// kept reports whether an action is the same in both.
func (v *version) kept(a *aparte.Action) bool {
	return a.Silent() || v.contents[a.Content] && (a.Layout == "" || v.layouts[a.Layout])
}

// version compares a version of the brand that decided with the one to be judged.
func (w *whatIf) version(ctx context.Context, number uint64) (*version, error) {
	if v, known := w.versions[number]; known {
		return v, nil
	}
	b, _, err := w.engine.brandAt(ctx, number)
	if err != nil {
		return nil, err
	}
	v := &version{contents: map[aparte.ContentID]bool{}, layouts: map[aparte.LayoutID]bool{}}
	for _, c := range b.Contents {
		if i := slices.IndexFunc(w.brand.Contents, func(o aparte.Content) bool { return o.ID == c.ID }); i >= 0 {
			v.contents[c.ID] = alike(said(&c), said(&w.brand.Contents[i]))
		}
	}
	for _, l := range b.Layouts {
		if i := slices.IndexFunc(w.brand.Layouts, func(o aparte.Layout) bool { return o.ID == l.ID }); i >= 0 {
			v.layouts[l.ID] = alike(l, w.brand.Layouts[i])
		}
	}
	w.versions[number] = v
	return v, nil
}

// said is what of a content is said; the rest is when, where and to whom.
func said(c *aparte.Content) any {
	return []any{c.Purpose, c.Elements, c.Incentive, c.Link}
}

// alike reports whether two parts of brands are stored alike, where a list without anything in it and none are one.
func alike(a, b any) bool { return reflect.DeepEqual(stored(a), stored(b)) }

func stored(part any) any {
	var plain any
	if body, err := json.Marshal(part); err != nil || json.Unmarshal(body, &plain) != nil {
		return nil // a brand that was stored, or could be: cannot happen
	}
	return withoutEmpty(plain)
}

// withoutEmpty drops what has nothing in it.
func withoutEmpty(x any) any {
	switch x := x.(type) {
	case map[string]any:
		for k, v := range x {
			if x[k] = withoutEmpty(v); x[k] == nil {
				delete(x, k)
			}
		}
		if len(x) == 0 {
			return nil
		}
	case []any:
		for i := range x {
			x[i] = withoutEmpty(x[i])
		}
		if len(x) == 0 {
			return nil
		}
	}
	return x
}
