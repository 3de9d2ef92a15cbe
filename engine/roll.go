package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// How often everybody is looked at, and how fast: of the time, as little as visitors do not miss.
const (
	rollEvery  = time.Hour
	rollSeldom = 19 // times as long as a page took, the next one waits
	rollSoon   = 3  // the same, where audiences are new and somebody waits to see who is in them
	rollSaves  = 15 * time.Second
	rollRetry  = time.Minute // after something went wrong
)

const rollDocument = "audiences/roll"

// roll calls everybody's name from time to time and brings their audiences up to date: time passes for those of whom nothing is
// heard, and a version of the brand may bring audiences that nobody was asked about, and scenarios that fall on a day of each. It
// begins when the audiences, or such scenarios, of the brand in force, or what is known of its look-alikes, are not those of its last call, and once an hour while there are any.
//
// People are compared as they were committed, page by page, and only who is in other audiences than their record says is handed to
// the owner of their part, which decides by what they are by then. Membership and event are one batch: wherever a call breaks
// off, and wherever it begins again, nobody enters twice. How far it came is saved from time to time, only to spare work.
type roll struct {
	chore
	diary[rollState]
}

// rollState is what is saved of the calls.
type rollState struct {
	Complete time.Time         `json:"complete,omitzero"` // when the last whole call ended
	Of       []aparte.Audience `json:"of,omitempty"`      // the audiences that it asked for
	Wound    string            `json:"wound,omitempty"`   // the scenarios of days whose timers it set, and the look-alikes that it asked by (clocks)
	Began    time.Time         `json:"began,omitzero"`    // of the last whole call

	Calling time.Time         `json:"calling,omitzero"` // when the call under way began; zero: there is none
	For     []aparte.Audience `json:"for,omitempty"`    // what it asks for
	Winds   string            `json:"winds,omitempty"`
	Part    int               `json:"part,omitempty"` // that it comes to next
}

func newRoll(e *Engine) *roll {
	return &roll{chore: newChore(), diary: diary[rollState]{engine: e, name: rollDocument, every: rollSaves}}
}

// look calls where that is due, and says how long until it is.
func (r *roll) look(ctx context.Context) time.Duration {
	r.engine.kept.expire(r.engine.now())
	if err := r.tend(ctx); err != nil {
		if ctx.Err() == nil {
			r.engine.log.Error("audiences", "error", err)
		}
		return rollRetry
	}
	return min(max(r.wait(), time.Second), keptFor)
}

// wait is how long until a call is due, the engine's time.
func (r *roll) wait() time.Duration {
	now := r.engine.brand.Load()
	if now == nil {
		return rollEvery
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch audiences := now.plan.Brand().Audiences; {
	case !r.state.Calling.IsZero() || !sameAudiences(audiences, r.state.Of) || r.state.Wound != r.clocks(now):
		return 0
	case len(audiences) == 0:
		return rollEvery
	}
	return max(0, r.state.Began.Add(rollEvery).Sub(r.engine.now()))
}

// clocks are the scenarios of days, and what was learned of look-alikes: who is in an audience may be other people by it.
func (r *roll) clocks(now *live) string {
	return now.scenarios.Clocks() + r.engine.Fit().likesEdition()
}

// sameAudiences reports whether the same people are in them.
func sameAudiences(a, b []aparte.Audience) bool {
	return slices.EqualFunc(a, b, func(a, b aparte.Audience) bool { return a.ID == b.ID && a.When == b.When })
}

// tend makes a whole call where one is due.
func (r *roll) tend(ctx context.Context) error {
	for r.wait() == 0 {
		if err := r.call(ctx); err != nil {
			return err
		}
	}
	return nil
}

// call goes on with the call under way, or begins one, and ends it, unless the brand gets other audiences meanwhile.
func (r *roll) call(ctx context.Context) error {
	e := r.engine
	for {
		now := e.brand.Load()
		audiences, clocks := now.plan.Brand().Audiences, r.clocks(now)
		r.mu.Lock()
		s := &r.state
		if s.Calling.IsZero() || !sameAudiences(s.For, audiences) || s.Winds != clocks {
			s.Calling, s.For, s.Winds, s.Part = e.now().UTC(), audiences, clocks, 0
		}
		part, rest := s.Part, time.Duration(rollSeldom)
		if !sameAudiences(s.For, s.Of) || s.Winds != s.Wound {
			rest = rollSoon
		}
		r.mu.Unlock()
		if part >= e.parts {
			break
		}
		if _, err := e.chore(ctx, store.Part(part), &askedChore{Errand: callRoll, Rest: rest}); err != nil {
			return fmt.Errorf("part %d: %w", part, err)
		}
		r.mu.Lock()
		s.Part++
		r.mu.Unlock()
		if err := r.save(ctx, false); err != nil {
			return err
		}
	}
	r.mu.Lock()
	r.state = rollState{Complete: e.now().UTC().Truncate(time.Microsecond), Of: r.state.For, Wound: r.state.Winds, Began: r.state.Calling}
	r.mu.Unlock()
	return r.save(ctx, true)
}

// part looks at everybody of a part, and rests so many times as long as it took. Whoever is born while it does is asked at their first event, by the brand in force.
func (r *roll) part(ctx context.Context, of store.Part, rest time.Duration) error {
	e := r.engine
	if err := e.settled(ctx, of); err != nil { // turns under the brand before are over
		return err
	}
	if err := e.walk(ctx, of, rest, func(rows []store.PersonRow) error { return r.page(ctx, of, rows) }); err != nil {
		return err
	}
	return e.settled(ctx, of)
}

// page has everybody looked at again by the owner of their part whose audiences are not those that their record says, or whose
// scenarios wait for other days.
func (r *roll) page(ctx context.Context, part store.Part, rows []store.PersonRow) error {
	e := r.engine
	now, fit, at := e.brand.Load(), e.fitter.now(), e.now()
	scenarios := now.scenarios.With(e.Fit().Recurrences())
	var changed []aparte.PersonID
	for i := range rows {
		p, err := decode(&rows[i])
		if err != nil {
			return err
		}
		if !p.MergedInto.IsZero() {
			continue
		}
		e.met.meet(&p)
		set, cancel := scenarios.Settle(&p, at)
		if len(set)+len(cancel) > 0 || !slices.Equal(p.Audiences, now.plan.Audiences(&p, fit, at)) {
			changed = append(changed, p.ID)
		}
	}
	all := newPending(len(changed))
	for _, id := range changed {
		if !e.pushHere(part, &task{person: id, lazy: true, cause: all, done: all.finish, run: func(t *turn) error { return t.call(id) }}) {
			all.finish(e.away())
		}
	}
	return all.wait(ctx)
}

// call brings somebody's audiences and days up to date, who may have gone meanwhile.
func (t *turn) call(id aparte.PersonID) error {
	p, err := t.person(id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !p.MergedInto.IsZero():
		return nil
	}
	next, now := *p, t.owner.engine.brand.Load()
	t.rearrange(now, &next)
	if err := t.muster(now, &next); err != nil {
		return err
	}
	if next.Seq != p.Seq || !slices.Equal(next.Audiences, p.Audiences) || !slices.Equal(next.Timers, p.Timers) {
		t.put(&next)
	}
	return nil
}
