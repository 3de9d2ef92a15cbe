package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// What the brand keeps for a time only (aparte.Policy.Keep) is not taken in when it comes too late, leaves the record at the next
// event, and is taken out of records and histories by a slow pass once a day, and at once when what is kept changes. The entries that
// told it stay, without it, and say so.

const (
	forgetEvery    = 24 * time.Hour
	forgetSeldom   = 9 // times as long as a page took, the next one waits
	forgetRetry    = time.Minute
	forgetSaves    = 15 * time.Second
	forgetDocument = "attributes/forgotten"
)

// Counters of values that were not kept, by the hour and by the name that the policy has.
const (
	unkeptPrefix = "attributes/unkept/" // told again, and not taken in
	forgotPrefix = "attributes/forgot/" // taken out of records and entries
)

// keepable is an event as far as the brand keeps what it tells.
func (t *turn) keepable(now *live, event *aparte.Event) *aparte.Event {
	if now == nil || len(now.plan.Brand().Policy.Keep) == 0 {
		return event
	}
	policy := &now.plan.Brand().Policy
	next, names := profile.Without(event, outlived(policy, happened(event), t.now))
	for _, name := range names {
		if kept, stated := policy.Kept(name); stated {
			t.count(unkeptPrefix+kept.Trait, 1)
		}
	}
	return next
}

// outlived are the traits of which what was told at a time is not kept any more.
func outlived(policy *aparte.Policy, told, now time.Time) func(name string) bool {
	return func(name string) bool { return policy.Outlived(name, told, now) }
}

// lapsed takes out of a record what is not kept any more, and says how many traits that were.
func lapsed(policy *aparte.Policy, p *aparte.Person, now time.Time) int {
	if len(policy.Keep) == 0 {
		return 0
	}
	gone := func(t aparte.Trait) bool { return policy.Outlived(t.Name, t.At, now) }
	if !slices.ContainsFunc(p.Traits, gone) {
		return 0
	}
	before := len(p.Traits)
	p.Traits = slices.DeleteFunc(slices.Clone(p.Traits), gone)
	return before - len(p.Traits)
}

// forgetter goes through all records and histories for what is not kept any more.
type forgetter struct {
	chore
	diary[forgetState]
}

// forgetState is what is saved of its passes.
type forgetState struct {
	Of      []aparte.Retention `json:"of,omitempty"`     // what the last whole pass went by
	Began   time.Time          `json:"began,omitzero"`   // of it
	Passing time.Time          `json:"passing,omitzero"` // when the pass under way began; zero: there is none
	For     []aparte.Retention `json:"for,omitempty"`    // what that goes by
	Part    int                `json:"part,omitempty"`   // that it comes to next
	Told    bool               `json:"told,omitempty"`   // something was taken out by it

	Took  map[string]int64 `json:"took,omitempty"`  // by the pass under way, by the name that the policy has
	Taken []Forgotten      `json:"taken,omitempty"` // by whole passes: of each trait what the last took that took anything
}

// Forgotten is what a pass took out of records and histories of a trait that is kept for a time only.
type Forgotten struct {
	Trait string    `json:"trait"`
	At    time.Time `json:"at"`    // when the pass began
	Facts int64     `json:"facts"` // values in records, and in events
}

// Forgetting is how far it is that what is not kept any more is gone.
type Forgetting struct {
	Complete bool      // a whole pass went by what the brand keeps now
	At       time.Time // when it began; zero: never
	Passing  bool
	Taken    []Forgotten // what passes took out last, by trait
	Done     float64     // of the pass under way, from 0 to 1
}

func newForgetter(e *Engine) *forgetter {
	return &forgetter{chore: newChore(), diary: diary[forgetState]{engine: e, name: forgetDocument, every: forgetSaves}}
}

// look makes a pass where one is due, and says how long until the next is.
func (f *forgetter) look(ctx context.Context) time.Duration {
	if err := f.tend(ctx); err != nil {
		if ctx.Err() == nil {
			f.engine.log.Error("attributes", "error", err)
		}
		return forgetRetry
	}
	return max(f.wait(), time.Second)
}

// wait is how long until a pass is due, the engine's time.
func (f *forgetter) wait() time.Duration {
	now := f.engine.brand.Load()
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case now == nil || len(now.plan.Brand().Policy.Keep) == 0:
		return forgetEvery
	case !f.state.Passing.IsZero() || !slices.Equal(f.state.Of, now.plan.Brand().Policy.Keep):
		return 0
	}
	return max(0, f.state.Began.Add(forgetEvery).Sub(f.engine.now()))
}

// tend makes a whole pass where one is due.
func (f *forgetter) tend(ctx context.Context) error {
	for f.wait() == 0 {
		if err := f.pass(ctx); err != nil {
			return err
		}
	}
	return nil
}

// pass goes on with the pass under way, or begins one, and ends it; where the brand comes to keep other things meanwhile, it begins anew.
func (f *forgetter) pass(ctx context.Context) error {
	e := f.engine
	for {
		keep := e.brand.Load().plan.Brand().Policy.Keep
		f.mu.Lock()
		s := &f.state
		if s.Passing.IsZero() || !slices.Equal(s.For, keep) {
			s.Passing, s.For, s.Part = e.now().UTC(), keep, 0
		}
		part := s.Part
		f.mu.Unlock()
		if part >= e.parts {
			break
		}
		took, err := e.chore(ctx, store.Part(part), &askedChore{Errand: forgetIn})
		f.mu.Lock()
		all := taking{s.Told, s.Took}
		all.add(took)
		s.Told, s.Took = all.Any, all.Of
		f.mu.Unlock()
		if err != nil {
			return fmt.Errorf("part %d: %w", part, err)
		}
		f.mu.Lock()
		s.Part++
		f.mu.Unlock()
		if err := f.save(ctx, false); err != nil {
			return err
		}
	}
	f.mu.Lock()
	told := f.state.Told
	f.mu.Unlock()
	if told {
		if err := e.purger.mark(ctx); err != nil {
			return err
		}
	}
	f.mu.Lock()
	f.state = forgetState{Of: f.state.For, Began: f.state.Passing, Taken: f.state.taken()}
	f.mu.Unlock()
	return f.save(ctx, true)
}

// Forgetting is how far it is that what is not kept any more is gone.
func (e *Engine) Forgetting() Forgetting { return e.forgetter.told(e.brand.Load()) }

// taken is what was taken out last of each trait, the pass that ends included.
func (s *forgetState) taken() []Forgotten {
	all := slices.DeleteFunc(slices.Clone(s.Taken), func(t Forgotten) bool { return s.Took[t.Trait] > 0 })
	for trait, n := range s.Took {
		all = append(all, Forgotten{trait, s.Passing, n})
	}
	slices.SortFunc(all, func(a, b Forgotten) int { return strings.Compare(a.Trait, b.Trait) })
	return all
}

// told is how far the passes came.
func (f *forgetter) told(now *live) (g Forgetting) {
	var keep []aparte.Retention
	if now != nil {
		keep = now.plan.Brand().Policy.Keep
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	g.Taken = slices.Clone(f.state.Taken)
	g.Complete, g.At, g.Passing = len(keep) == 0 || slices.Equal(f.state.Of, keep), f.state.Began, !f.state.Passing.IsZero()
	if g.Passing {
		g.Done = float64(f.state.Part) / float64(f.engine.parts)
	}
	return g
}

// part goes through everybody of a part, records that were merged into others included: their histories are still theirs.
func (f *forgetter) part(ctx context.Context, part store.Part) (took taking, err error) {
	e := f.engine
	if err := e.settled(ctx, part); err != nil { // turns under the brand before are over
		return took, err
	}
	return took, e.walk(ctx, part, forgetSeldom, func(rows []store.PersonRow) error {
		for i := range rows {
			p, err := decode(&rows[i])
			if err != nil {
				return err
			}
			if err := f.person(ctx, part, &p, &took); err != nil {
				return err
			}
		}
		return nil
	})
}

// person has the owner of the part take out of somebody's record and history what is not kept any more.
func (f *forgetter) person(ctx context.Context, part store.Part, p *aparte.Person, took *taking) error {
	e := f.engine
	now := e.now()
	policy := &e.brand.Load().plan.Brand().Policy
	record := *p
	told := lapsed(policy, &record, now) > 0
	for before, more := uint64(0), true; more; {
		page, err := e.store.History(ctx, part, p.ID, before, historyPage)
		if err != nil {
			return fmt.Errorf("history of %s: %w", p.ID, err)
		}
		more = len(page) == historyPage
		var rewritten []rewriting
		for i := range page {
			before = page[i].Seq
			next, names, err := forgotten(policy, &page[i], now)
			if err != nil {
				return fmt.Errorf("history of %s, entry %d: %w", p.ID, page[i].Seq, err)
			}
			if len(names) > 0 {
				rewritten = append(rewritten, rewriting{was: page[i], body: next, names: names})
			}
		}
		if len(rewritten) == 0 && !told {
			continue
		}
		told = false
		if err := e.inHere(ctx, part, func(t *turn) error { return t.forget(p.ID, rewritten) }); err != nil {
			return fmt.Errorf("forget of %s: %w", p.ID, err)
		}
		took.Any = true
		if took.Of == nil {
			took.Of = map[string]int64{}
		}
		for i := range rewritten {
			for _, name := range rewritten[i].names {
				if kept, stated := policy.Kept(name); stated {
					took.Of[kept.Trait]++
				}
			}
		}
	}
	return nil
}

// taking is what a pass took out of a part.
type taking struct {
	Any bool             `json:"any,omitempty"` // something of somebody
	Of  map[string]int64 `json:"of,omitempty"`  // entries, by trait
}

// add takes in what else was taken.
func (t *taking) add(more taking) {
	t.Any = t.Any || more.Any
	if t.Of == nil && more.Of != nil {
		t.Of = map[string]int64{}
	}
	for trait, n := range more.Of {
		t.Of[trait] += n
	}
}

// rewriting is an entry, and its body without what is not kept any more.
type rewriting struct {
	was   store.Entry
	body  []byte
	names []string // of the traits
}

// forget takes out of somebody's record what is not kept any more, and out of those entries that are as they were when they were read.
func (t *turn) forget(id aparte.PersonID, rewritten []rewriting) error {
	p, err := t.person(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil // erased meanwhile
	} else if err != nil {
		return err
	}
	now := t.owner.engine.brand.Load()
	policy := &now.plan.Brand().Policy
	for i := range rewritten {
		r := &rewritten[i]
		is, err := t.owner.engine.store.Entry(t.ctx, t.owner.part, id, r.was.Seq)
		if errors.Is(err, store.ErrNotFound) || err == nil && !bytes.Equal(is.Body, r.was.Body) {
			continue // it moved meanwhile: the next pass finds it where it is
		} else if err != nil {
			return err
		}
		t.batch.Rewritten = append(t.batch.Rewritten, store.Entry{Person: id, Seq: r.was.Seq, Body: r.body})
		for _, name := range r.names {
			if kept, stated := policy.Kept(name); stated {
				t.count(forgotPrefix+kept.Trait, 1)
			}
		}
	}
	next := *p
	if lapsed(policy, &next, t.now) == 0 {
		return nil
	}
	if next.MergedInto.IsZero() {
		t.rearrange(now, &next)
		if err := t.muster(now, &next); err != nil {
			return err
		}
	}
	t.put(&next)
	return nil
}

// forgotten is the body of an entry without what is not kept any more, and the names of the traits that go: none where nothing does.
func forgotten(policy *aparte.Policy, entry *store.Entry, now time.Time) ([]byte, []string, error) {
	switch entry.Kind {
	case store.EventEntry:
		event, with, err := readApplied(entry)
		if err != nil {
			return nil, nil, err
		}
		next, names := profile.Without(&event, outlived(policy, happened(&event), now))
		if len(names) == 0 {
			return nil, nil, nil
		}
		before, err := readForgotten(entry.Body)
		if err != nil {
			return nil, nil, err
		}
		body := with.append(encodeEvent(nil, next))
		for _, name := range before {
			body = appendText(body, fieldForgotten, name)
		}
		for _, name := range names {
			body = appendText(body, fieldForgotten, name)
		}
		return body, names, nil
	case store.MergeEntry:
		m, err := readMerging(entry.Body)
		if err != nil {
			return nil, nil, err
		}
		record, err := m.record()
		if err != nil {
			return nil, nil, err
		}
		less := record
		if lapsed(policy, &less, now) == 0 {
			return nil, nil, nil
		}
		var names []string
		for i := range record.Traits {
			if _, still := less.Trait(record.Traits[i].Name); !still {
				names = append(names, record.Traits[i].Name)
			}
		}
		m.state, m.forgot = profile.Encode(nil, &less), true
		return m.encode(), names, nil
	}
	return nil, nil, nil
}

// fieldForgotten is the field of an event's entry that names a trait which it told and which is not kept any more.
const fieldForgotten protowire.Number = 19

// readForgotten are the traits that an event's entry does not tell any more.
func readForgotten(body []byte) (names []string, err error) {
	if len(body) == 0 || body[0] != eventVersion {
		return nil, errors.New("event entry: unknown version")
	}
	err = eachField(body[1:], func(n protowire.Number, _ uint64, v []byte) error {
		if n == fieldForgotten {
			names = append(names, string(v))
		}
		return nil
	})
	return names, err
}

// Keep publishes the brand with another retention of a trait: nil keeps it as long as the person. What reads a trait that would not be
// kept at all is a fault of the brand, told by its JSON pointer, and nothing changes then.
func (e *Engine) Keep(ctx context.Context, trait string, how *aparte.Duration) (version uint64, err error) {
	now := e.brand.Load()
	if now == nil {
		return 0, ErrNoBrand
	}
	b := *now.plan.Brand()
	b.Policy.Keep = slices.DeleteFunc(slices.Clone(b.Policy.Keep), func(k aparte.Retention) bool { return k.Trait == trait })
	if how != nil {
		b.Policy.Keep = append(b.Policy.Keep, aparte.Retention{Trait: trait, For: *how})
	}
	return e.Publish(ctx, &b)
}
