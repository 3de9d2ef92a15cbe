package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store"
)

// rehearsal is one under way. Its size is that of one person's history.
type rehearsal struct {
	engine *Engine
	under  *live
	of     aparte.Scenario
	set    *scenario.Set // of this scenario alone
	fit    decide.Fit    // what is known of people all together now
	past   past
	found  Rehearsal

	wanted   int              // examples
	audience *decide.Audience // that it speaks of; nil: none
	off      map[string]int
	kept     map[aparte.ReasonCode]int
	examples []Rehearsed
}

// newestFit is the newest of the store, nil where there is none: that of the time of a moment is not looked for.
func (e *Engine) newestFit(ctx context.Context) (decide.Fit, error) {
	fit, err := e.fitAt(ctx, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return fit, nil
}

// watch compiles the condition of the audience that the scenario speaks of.
func (r *rehearsal) watch(b *aparte.Brand) (err error) {
	i := slices.IndexFunc(b.Audiences, func(a aparte.Audience) bool { return a.ID == r.of.Audience })
	if r.of.Audience == "" || i < 0 {
		return nil
	}
	r.audience, err = r.under.plan.Audience(b.Audiences[i].When)
	return err
}

// person goes through the history of somebody, those of the records they are made of included.
func (r *rehearsal) person(ctx context.Context, p *aparte.Person) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.found.People++
	if p.Seq > mostRead {
		r.found.Forgotten++
		return nil
	}
	moments, last := r.found.Moments, len(r.examples)
	u, err := r.record(ctx, p.ID, always, r.found.Until)
	var lost *gone
	switch {
	case errors.As(err, &lost) || errors.Is(err, store.ErrNotFound):
		r.found.Forgotten++ // moments before the gap stay: they would have arisen
	case err != nil:
		return err
	default:
		if _, waits := u.live.pending(scenario.Name(r.of.ID)); waits {
			r.found.Pending++
		}
		if u.inside {
			r.found.Inside++
		}
	}
	if r.found.Moments > moments {
		r.found.Reached++
	}
	if len(r.examples) > last { // the latest one of each person, until there are enough
		example := slices.MaxFunc(r.examples[last:], func(a, b Rehearsed) int { return a.At.Compare(b.At) })
		example.Person, example.Name = p.ID, displayName(p)
		r.examples = append(r.examples[:last], example)
		r.examples = r.examples[:min(len(r.examples), r.wanted)]
	}
	return nil
}

// record goes through a history, of which nothing is looked at that was recorded after a time, and on until another.
func (r *rehearsal) record(ctx context.Context, id aparte.PersonID, recorded, until time.Time) (*understudy, error) {
	u := &understudy{rehearsal: r}
	newest, err := r.engine.store.History(ctx, r.engine.partOf(id), id, 0, 1)
	if err != nil || len(newest) == 0 {
		return u, err
	}
	p, err := r.past.walk(ctx, id, newest[0].Seq+1, func(p *aparte.Person, entry *store.Entry) error {
		u.settle(p)
		if entry.At.After(recorded) {
			return errBeyond
		}
		return u.meet(ctx, p, entry)
	})
	if errors.Is(err, errBeyond) {
		return u, nil
	}
	if err != nil {
		return u, err
	}
	u.settle(p)
	u.pass(p, until)
	return u, nil
}

// silence is why nothing could be said to p at a moment of the scenario, empty where something could. What would be chosen is not
// asked: a model that has learned since was not there then.
func (r *rehearsal) silence(p *aparte.Person, name string, about aparte.ItemID, at time.Time) aparte.ReasonCode {
	slot := string(r.of.Channel)
	q := decide.Question{
		Person: p, Slot: slot, Scenario: r.of.ID, Also: r.of.Also, Fit: r.fit, MaxCandidates: r.engine.candidates,
		Moment: aparte.Moment{Person: p.ID, Trigger: name, Channel: r.of.Channel, Slots: []string{slot}, At: at},
	}
	switch r.of.After {
	case aparte.EventPriceDropped, aparte.EventBackInStock, aparte.EventSearchMatched:
		q.Moment.Context.Item = about
	}
	if len(p.Fences) > 0 && p.Locatable() { // what is at the place is what is there now
		q.Moment.Context.Stay = r.engine.places.atlas.Load().Stay(p.Fences, at, r.under.plan.Brand().Currency)
	}
	d := r.under.plan.Decide(&q, nil)
	reasons := map[aparte.ReasonCode]int{}
	for i := range d.Candidates {
		c := &d.Candidates[i]
		switch {
		case c.Action.Silent():
		case c.Excluded == "":
			return ""
		default:
			reasons[c.Excluded]++
		}
	}
	return mostOf(reasons, aparte.NothingToSay)
}

// mostOf is the most frequent key, the first by name of those equally frequent, or another where there is none.
func mostOf(times map[aparte.ReasonCode]int, otherwise aparte.ReasonCode) aparte.ReasonCode {
	most := otherwise
	for _, key := range slices.Sorted(maps.Keys(times)) {
		if times[key] > times[most] {
			most = key
		}
	}
	return most
}

// told is what was found.
func (r *rehearsal) told() *Rehearsal {
	f := &r.found
	f.Examples = r.examples
	f.Resting = max(0, f.Resting-f.Moments)
	for _, event := range slices.Sorted(maps.Keys(r.off)) {
		f.CalledOff = append(f.CalledOff, CalledOff{event, r.off[event]})
	}
	slices.SortStableFunc(f.CalledOff, func(a, b CalledOff) int { return b.Times - a.Times })
	for _, reason := range slices.Sorted(maps.Keys(r.kept)) {
		f.Kept = append(f.Kept, KeptSilent{reason, r.kept[reason]})
	}
	slices.SortStableFunc(f.Kept, func(a, b KeptSilent) int { return b.Times - a.Times })
	return f
}
