package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store"
)

// WhatIf is what the log says of another brand, had it been live: each decision is taken again under it, by the person
// as they were and the model as it stood then, among what was considered then and what only the other brand allows. A
// decision is worth what the person did within the objectives' windows after it, as the other brand values it.
//
// It is about one decision at a time. What a change does to later moments, to fatigue, to when moments arise and to
// what is learned is not in the log.
type WhatIf struct {
	measure.Change

	Since, Until time.Time           // of the decisions that were judged
	Open         int                 // left out: a window after them is not over, and what is not known is no zero
	Forgotten    int                 // records left out: something of them is not in the log any more
	Unlearned    int                 // decisions left out: the log does not hold all that they were taken with
	Assumed      int                 // judged, though an older log does not tell all they were taken from
	Silenced     int                 // judged as silences: the other brand does not have the scenario that made the moment
	Unraised     []aparte.ScenarioID // scenarios of which the log has no moment: what they would do is not in it
}

// WhatIf judges a brand from the log. tell, if not nil, is told how many of how many people are done. The error of a
// brand that would be refused joins everything wrong with it, as that of Publish does.
func (a *Archive) WhatIf(ctx context.Context, b *aparte.Brand, tell func(done, total int)) (*WhatIf, error) {
	w := whatIf{engine: a.engine, found: &WhatIf{}, versions: map[uint64]*version{}, raised: map[string]bool{}, shelves: map[uint64]*shelf{}, tell: tell}
	if err := w.propose(b); err != nil {
		return nil, err
	}
	for _, pass := range []func(context.Context, *aparte.Person) error{w.survey, w.person} {
		if err := w.everybody(ctx, pass); err != nil {
			return nil, fmt.Errorf("what if: %w", err)
		}
	}
	if err := w.judge(ctx); err != nil {
		return nil, fmt.Errorf("what if: %w", err)
	}
	for _, s := range b.Scenarios {
		if !w.raised[scenario.Name(s.ID)] {
			w.found.Unraised = append(w.found.Unraised, s.ID)
		}
	}
	return w.found, nil
}

// WhatIf is as that of an Archive, while the engine is at work. One at a time is judged, others get ErrBusy.
func (e *Engine) WhatIf(ctx context.Context, b *aparte.Brand, tell func(done, total int)) (*WhatIf, error) {
	if !e.judging.TryLock() {
		return nil, ErrBusy
	}
	defer e.judging.Unlock()
	ctx, leave, err := e.lookout.join(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := e.lookout.written(ctx); err != nil {
		return nil, err
	}
	return (&Archive{e}).WhatIf(ctx, b, tell)
}

// whatIf is one under way. Its size is that of batchDecisions decisions, and of one person's history.
type whatIf struct {
	engine *Engine
	found  *WhatIf
	brand  *aparte.Brand // to be judged
	under  *live
	window time.Duration // the longest of its objectives'

	versions map[uint64]*version // those that decided
	shelves  map[uint64]*shelf
	raised   map[string]bool // triggers of decisions
	batch    []reconsidered

	ends  time.Time // when somebody was last heard of: what followed a decision is known until then
	total int       // people
	done  int
	tell  func(done, total int)
}

// reconsidered is a decision to be taken again.
type reconsidered struct {
	decision aparte.Decision
	question *decide.Question
	person   int // which of the people it is of
	judged   bool
	measure.Alternative
}

// batchDecisions is how many decisions at least are taken again in one pass over what was learned.
const batchDecisions = 10_000

// propose compiles the brand.
func (w *whatIf) propose(b *aparte.Brand) (err error) {
	if w.under, err = compile(b, 0); err != nil {
		return err
	}
	w.brand = b
	for _, o := range w.brand.Objectives {
		w.window = max(w.window, o.Window.Std())
	}
	return nil
}

// everybody does something with each person who is not part of another.
func (w *whatIf) everybody(ctx context.Context, with func(context.Context, *aparte.Person) error) error {
	for part := range w.engine.parts {
		err := w.engine.EachPerson(ctx, part, func(p *aparte.Person) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return with(ctx, p)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *whatIf) survey(_ context.Context, p *aparte.Person) error {
	w.total++
	if p.LastSeen.After(w.ends) {
		w.ends = p.LastSeen
	}
	return nil
}

// person reads the histories of somebody, those of the records they are made of included.
func (w *whatIf) person(ctx context.Context, p *aparte.Person) error {
	w.done++
	first := len(w.batch)
	followed := followed{plan: w.under.plan, clicks: map[aparte.DecisionID]time.Time{}}
	for _, id := range append([]aparte.PersonID{p.ID}, p.Absorbed...) {
		if err := w.record(ctx, id, &followed); err != nil {
			return err
		}
	}
	for i := first; i < len(w.batch); i++ {
		w.batch[i].person = w.done
		w.batch[i].Reward = followed.by(&w.batch[i].decision)
	}
	if w.tell != nil {
		w.tell(w.done, w.total)
	}
	if len(w.batch) >= batchDecisions {
		return w.judge(ctx)
	}
	return nil
}

// record reads one history: its decisions, with the person as each found them, and what followed. Of a history that
// is not whole nothing is judged.
func (w *whatIf) record(ctx context.Context, id aparte.PersonID, followed *followed) error {
	newest, err := w.engine.store.History(ctx, w.engine.partOf(id), id, 0, 1)
	if err != nil || len(newest) == 0 {
		return err
	}
	first, open, assumed := len(w.batch), 0, 0
	history := past{engine: w.engine, shelves: w.shelves, tell: func(int) {}}
	_, err = history.walk(ctx, id, newest[0].Seq+1, func(p *aparte.Person, entry *store.Entry) error {
		told, err := readEntry(*entry)
		switch {
		case err != nil:
			return err
		case told.Event != nil:
			followed.note(told.Event, id, entry.Seq)
		case told.Decision != nil:
			d := told.Decision
			history.assumed = d.Brand
			w.raised[d.Trigger] = true
			if d.At.Add(w.window).After(w.ends) {
				open++
				return nil
			}
			if d.Round == 0 || history.missing > 0 {
				assumed++
			}
			return w.reconsider(ctx, p, d)
		}
		return nil
	})
	var lost *gone
	if errors.As(err, &lost) || errors.Is(err, store.ErrNotFound) {
		w.batch = w.batch[:first]
		w.found.Forgotten++
		return nil
	}
	w.found.Open += open
	w.found.Assumed += assumed
	return err
}

// judge takes the decisions of the batch again, in the order in which what they were taken with was learned, and
// takes them into account person by person.
func (w *whatIf) judge(ctx context.Context) error {
	slices.SortStableFunc(w.batch, func(a, b reconsidered) int {
		return cmp.Or(cmp.Compare(a.decision.Model, b.decision.Model), cmp.Compare(a.decision.Round, b.decision.Round))
	})
	f, by := w.engine.newFold(), (*judgement)(nil)
	for i := range w.batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		one := &w.batch[i]
		at := again{engine: w.engine, of: &one.decision}
		for !at.reached(f) {
			more, err := w.engine.replayRound(ctx, f)
			if err != nil {
				return err
			}
			if by = nil; !more {
				break
			}
		}
		if f.model.Version() != one.decision.Model {
			w.found.Unlearned++
			continue
		}
		if by == nil {
			by = &judgement{model: f.model.Under(w.brand.Objectives...), habit: f.habit, items: f.traffic, round: f.round}
		}
		if err := w.alternative(ctx, one, by); err != nil {
			return err
		}
	}
	slices.SortStableFunc(w.batch, func(a, b reconsidered) int { return cmp.Compare(a.person, b.person) })
	for i := range w.batch {
		one := &w.batch[i]
		if i > 0 && one.person != w.batch[i-1].person {
			w.found.Next()
		}
		if !one.judged {
			continue
		}
		if err := w.found.Add(one.Alternative); err != nil {
			return fmt.Errorf("decision %s: %w", one.decision.ID, err)
		}
		w.found.span(one.decision.At)
	}
	w.found.Next()
	w.batch = w.batch[:0]
	return nil
}

func (w *WhatIf) span(at time.Time) {
	if w.Since.IsZero() || at.Before(w.Since) {
		w.Since = at
	}
	if at.After(w.Until) {
		w.Until = at
	}
}
