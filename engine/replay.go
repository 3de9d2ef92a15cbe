package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/store"
)

// Replay is a decision of the log beside the same decision taken again.
type Replay struct {
	Decision    aparte.Decision // as it was taken
	Again       aparte.Decision // as it is taken now, from what the log tells of then
	Same        bool            // to the byte, as decide.Marshal writes them
	Bytes       int             // how many they are
	Differences []Difference    // none where Same
	Assumed     []string        // what the log does not tell, and was assumed
	Plan        *decide.Plan    // the version of the brand that decided
}

// Decision is one decision of the log, or store.ErrNotFound.
func (e *Engine) Decision(ctx context.Context, id aparte.DecisionID) (aparte.Decision, error) {
	if err := e.settled(ctx, e.partOf(id.Person)); err != nil {
		return aparte.Decision{}, err
	}
	return e.logged(ctx, id)
}

// Replay takes a decision of the log again and says whether it comes out the same. It reads the person's
// history up to the decision and learns what the model had learned since it was last saved before, so it may
// take seconds; one at a time is done, others get ErrBusy.
func (e *Engine) Replay(ctx context.Context, id aparte.DecisionID) (Replay, error) {
	if !e.replaying.TryLock() {
		return Replay{}, ErrBusy
	}
	defer e.replaying.Unlock()
	if err := e.settled(ctx, e.partOf(id.Person)); err != nil {
		return Replay{}, err
	}
	return (&Archive{e}).Replay(ctx, id, nil)
}

// logged reads a decision from the store.
func (e *Engine) logged(ctx context.Context, id aparte.DecisionID) (aparte.Decision, error) {
	entry, err := e.store.Entry(ctx, e.partOf(id.Person), id.Person, id.Seq)
	if err != nil {
		return aparte.Decision{}, fmt.Errorf("decision %s: %w", id, err)
	}
	return readDecision(id, entry)
}

// Replay takes a decision of the log again: the person as they were, the version of the brand that decided,
// the model with as many examples as it had learned, the same draw. tell, if not nil, is told how far it is.
// The error is store.ErrNotFound where there is no such decision, and says what is gone where something that
// it needs is.
func (a *Archive) Replay(ctx context.Context, id aparte.DecisionID, tell func(done, total int)) (Replay, error) {
	d, err := a.engine.logged(ctx, id)
	if err != nil {
		return Replay{}, err
	}
	again := again{engine: a.engine, of: &d, steps: steps{tell: tell, total: int(id.Seq + d.Model)}}
	r, err := again.take(ctx)
	if err != nil {
		return r, fmt.Errorf("replay %s: %w", id, err)
	}
	return r, nil
}

// steps is how far a replay is: entries of the history, then examples of the model.
type steps struct {
	tell  func(done, total int)
	total int
}

func (s steps) at(done int) {
	if s.tell != nil {
		s.tell(min(done, s.total), s.total)
	}
}

// again is a decision being taken again.
type again struct {
	engine *Engine
	of     *aparte.Decision
	steps  steps
}

func (a *again) take(ctx context.Context) (Replay, error) {
	d := a.of
	r := Replay{Decision: *d}
	b, version, err := a.engine.brandAt(ctx, d.Brand)
	if err != nil {
		return r, err
	}
	under, err := compile(b, version)
	if err != nil {
		return r, fmt.Errorf("brand version %d: %w", version, err)
	}
	r.Plan = under.plan
	history := past{engine: a.engine, tell: a.steps.at, assumed: d.Brand, shelves: map[uint64]*shelf{}}
	p, err := history.before(ctx, d.ID)
	if err != nil {
		return r, err
	}
	if history.missing > 0 {
		r.Assumed = append(r.Assumed, fmt.Sprintf("%d events do not tell under which version of the brand they were applied: version %d was assumed", history.missing, d.Brand))
	}
	q, err := a.question(ctx, under, p)
	if err != nil {
		return r, err
	}
	if d.Round == 0 {
		r.Assumed = append(r.Assumed,
			fmt.Sprintf("the log does not tell which round of learning decided: the one that first had %d examples was assumed, with what it knew of habits and the objectives of brand version %d", d.Model, d.Brand),
			"the log does not tell what other slots of the same request said: nothing was assumed")
	}
	by, err := a.judgement(ctx, b)
	if err != nil {
		return r, err
	}
	r.Again = by.decide(under, q)
	r.Again.ID, r.Again.Parent, r.Again.Earlier = d.ID, d.Parent, d.Earlier
	if d.Round == 0 {
		r.Again.Round = 0
	}
	was, is := decide.Marshal(nil, d), decide.Marshal(nil, &r.Again)
	r.Same, r.Bytes = bytes.Equal(was, is), len(was)
	if !r.Same {
		r.Differences = differences(d, &r.Again)
	}
	a.steps.at(a.steps.total)
	return r, nil
}

// question is what was asked when the decision was taken.
func (a *again) question(ctx context.Context, under *live, p *aparte.Person) (*decide.Question, error) {
	d := a.of
	q := &decide.Question{
		Person: p, Slot: d.Slot, Seed: d.Seed, Funds: d.Funds, Fixed: d.Trigger == openTrigger, Edition: d.Terms + 1, MaxCandidates: a.engine.candidates,
		Moment: aparte.Moment{Person: p.ID, Trigger: d.Trigger, Channel: d.Channel, Context: d.Context, At: d.At},
	}
	if d.Fit != 0 {
		fit, err := a.engine.fits.at(ctx, a.engine, d.Fit)
		if err != nil {
			return nil, err
		}
		q.Fit = fit
	}
	raised := d.Trigger // what may have made a scenario speak
	if q.Fixed && !d.Parent.IsZero() {
		parent, err := a.engine.logged(ctx, d.Parent)
		if err != nil {
			return nil, fmt.Errorf("the message it stood in: %w", err)
		}
		raised = parent.Trigger
	}
	if s, ok := under.scenarios.Fire(raised); ok {
		q.Scenario = s.ID
		answerOn(&s, d.Context.Values)
		if !q.Fixed { // it may have been said on another of the scenario's channels
			q.Moment.Channel, q.Slot, q.Also, q.Unsent = s.Channel, string(s.Channel), s.Also, closed(d)
		}
	}
	for i := range uint64(d.Earlier) {
		other, err := a.engine.logged(ctx, aparte.DecisionID{Person: d.ID.Person, Seq: d.ID.Seq - 1 - i})
		if err != nil {
			return nil, fmt.Errorf("another slot of the same request: %w", err)
		}
		if !other.Action.Silent() {
			q.Except = append(q.Except, other.Action.Content)
		}
	}
	return q, nil
}

// judgement is what the decision was taken with.
func (a *again) judgement(ctx context.Context, b *aparte.Brand) (*judgement, error) {
	version := a.of.Brand
	if a.of.Counted != 0 {
		var err error
		if b, version, err = a.engine.brandAt(ctx, a.of.Counted); err != nil {
			return nil, err
		}
	}
	f, err := a.engine.savedWhere(ctx, a.within)
	if err != nil {
		return nil, err
	}
	for !a.reached(f) {
		more, err := a.engine.replayRound(ctx, f)
		if err != nil {
			return nil, err
		}
		if !more {
			return nil, fmt.Errorf("the journal ends with round %d and %d examples: the decision was taken later", f.round, f.model.Version())
		}
		a.steps.at(int(a.of.ID.Seq + f.model.Version()))
	}
	if f.model.Version() != a.of.Model {
		return nil, fmt.Errorf("round %d of the journal ends with %d examples, the decision was taken with %d", f.round, f.model.Version(), a.of.Model)
	}
	return judge(f, b, version), nil
}

// reached reports whether a fold has learned what was known when the decision was taken.
func (a *again) reached(f *fold) bool {
	if a.of.Round == 0 {
		return f.model.Version() >= a.of.Model
	}
	return f.round+1 >= a.of.Round
}

// within reports whether a fold has learned nothing that was not known then. Where the round is not told, it is
// the first with so many examples, and what is saved may be of a later one.
func (a *again) within(f *fold) bool {
	if a.of.Round == 0 {
		return !a.reached(f)
	}
	return f.round < a.of.Round
}

// savedWhere is the newest saved model of those wanted, or an ignorant one.
func (e *Engine) savedWhere(ctx context.Context, wanted func(*fold) bool) (*fold, error) {
	for version := uint64(0); ; {
		doc, err := e.store.Document(ctx, modelDocument, version)
		if errors.Is(err, store.ErrNotFound) {
			return e.newFold(), nil
		} else if err != nil {
			return nil, fmt.Errorf("read model: %w", err)
		}
		f, err := parseFold(doc.Body, e.parts)
		switch {
		case errors.Is(err, learn.ErrOtherVersion): // it is learned again from the log
		case err != nil:
			return nil, fmt.Errorf("model version %d: %w", doc.Version, err)
		case wanted(f):
			return f, nil
		}
		if doc.Version == 1 {
			return e.newFold(), nil
		}
		version = doc.Version - 1
	}
}
