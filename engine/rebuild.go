package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

// Rebuilt is what came of making states and the model anew from the log.
type Rebuilt struct {
	People   int    `json:"people"`   // who were lived again, entry by entry
	Changed  int    `json:"changed"`  // of them, whose state was another
	Lost     int    `json:"lost"`     // of them, whose state could not be read; records that lead to people included
	Kept     int    `json:"kept"`     // whose history is not whole any more: their state is as it was
	Assumed  int    `json:"assumed"`  // entries that do not tell the brand they were applied under: none was
	Rounds   uint64 `json:"rounds"`   // of the learner's journal
	Examples uint64 `json:"examples"` // that the model has learned
	Model    bool   `json:"model"`    // the model was another, or could not be read

	Beyond []string `json:"beyond"` // of whom neither state nor history tells enough, by their p_…: left as they are
}

// Rebuild makes every state of a store anew from its person's history, and the model from the learner's journal. No engine may be at work
// on the store. What a state has that no history tells is kept where the state can be read: windows that are open, comparisons with
// people held out, the journey, places and audiences they are in, who had their devices before. Where it cannot, timers are those of
// the index, audiences are settled at the next pass, and the rest begins anew.
func Rebuild(ctx context.Context, s store.Store, tell func(done, total int)) (*Rebuilt, error) {
	e := newEngine(Config{Store: s, Now: store.ClockOf(s)})
	into, err := allMerges(ctx, e, tell)
	if err != nil {
		return nil, err
	}
	of := make([]rebuilding, e.parts)
	err = eachPart(ctx, e.parts, func(ctx context.Context, part store.Part) error {
		r := &of[part]
		*r = rebuilding{engine: e, ctx: ctx, into: into, shelves: map[uint64]*shelf{}}
		defer func() { r.shelves = nil }()
		return r.part(part)
	}, func(done int) { tell(e.parts+done, 2*e.parts) })
	if err != nil {
		return nil, fmt.Errorf("rebuild: %w", err)
	}
	made := &Rebuilt{Beyond: []string{}}
	for i := range of {
		made.add(&of[i].Rebuilt)
	}
	if err := made.learn(ctx, e); err != nil {
		return nil, fmt.Errorf("rebuild the model: %w", err)
	}
	return made, nil
}

// eachPart does something with every part of a store, with as many at a time as there are processors, and tells how many are done.
func eachPart(ctx context.Context, parts int, do func(ctx context.Context, part store.Part) error, tell func(done int)) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(runtime.GOMAXPROCS(0))
	var telling sync.Mutex
	done := 0
	for part := range store.Part(parts) {
		all.Go(func() error {
			if err := do(ctx, part); err != nil {
				return fmt.Errorf("part %d: %w", part, err)
			}
			telling.Lock()
			defer telling.Unlock()
			done++
			tell(done)
			return nil
		})
	}
	return all.Wait()
}

func (r *Rebuilt) add(of *Rebuilt) {
	r.People += of.People
	r.Changed += of.Changed
	r.Lost += of.Lost
	r.Kept += of.Kept
	r.Assumed += of.Assumed
	r.Beyond = append(r.Beyond, of.Beyond...)
}

// rebuilding is the rebuilding of a part.
type rebuilding struct {
	Rebuilt
	engine  *Engine
	ctx     context.Context
	into    map[aparte.PersonID]absorption // by who was absorbed
	shelves map[uint64]*shelf
}

// absorption is that somebody was absorbed, as the survivor's history tells.
type absorption struct {
	by                 aparte.PersonID
	first, last        time.Time // of who was
	absorbed, formerly []aparte.PersonID
	user               string
}

// pointer is what is left of who was absorbed (pointer, letters.go).
func (a *absorption) pointer(row *store.PersonRow) *aparte.Person {
	was := &aparte.Person{ID: row.ID, Seq: row.Last, FirstSeen: a.first, LastSeen: a.last, Absorbed: a.absorbed, Formerly: a.formerly}
	if a.user != "" {
		was.Identifiers = []aparte.Identifier{{Kind: aparte.KindUserID, Value: a.user}}
	}
	return pointer(was, a.by)
}

// allMerges is who was absorbed by whom. A merge that was undone has left the survivor's history.
func allMerges(ctx context.Context, e *Engine, tell func(done, total int)) (map[aparte.PersonID]absorption, error) {
	of := make([]map[aparte.PersonID]absorption, e.parts)
	err := eachPart(ctx, e.parts, func(ctx context.Context, part store.Part) (err error) {
		of[part], err = merges(ctx, e, part)
		return err
	}, func(done int) { tell(done, 2*e.parts) })
	if err != nil {
		return nil, fmt.Errorf("look for merges: %w", err)
	}
	into := map[aparte.PersonID]absorption{}
	for _, m := range of { // nobody is absorbed twice: the order does not matter
		maps.Copy(into, m)
	}
	return into, nil
}

func merges(ctx context.Context, e *Engine, part store.Part) (map[aparte.PersonID]absorption, error) {
	into := map[aparte.PersonID]absorption{}
	return into, e.walk(ctx, part, 0, func(rows []store.PersonRow) error {
		for i := range rows {
			if err := e.eachMerging(ctx, rows[i].ID, func(m merging) (more bool, err error) {
				loser, err := m.record()
				user, _ := loser.Identifier(aparte.KindUserID)
				into[m.loser] = absorption{rows[i].ID, loser.FirstSeen, loser.LastSeen, loser.Absorbed, loser.Formerly, user.Value}
				return true, err
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// part rebuilds everybody of the part.
func (r *rebuilding) part(part store.Part) (err error) {
	s := r.engine.store
	epoch, err := s.Acquire(r.ctx, part, "rebuild", r.engine.now(), time.Minute) // nobody else comes; one that is broken off is not waited for long
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Release(r.ctx, part, epoch)) }()
	return r.engine.walk(r.ctx, part, 0, func(rows []store.PersonRow) error {
		b := store.Batch{Part: part, Epoch: epoch}
		for i := range rows {
			p, err := r.person(part, &rows[i])
			if err != nil {
				return err
			}
			if p != nil {
				b.People = append(b.People, store.PersonRow{ID: p.ID, State: profile.Encode(nil, p)})
			}
		}
		if len(b.People) == 0 {
			return nil
		}
		return s.Commit(r.ctx, &b)
	})
}

// person is somebody anew; nil where they are as they were.
func (r *rebuilding) person(part store.Part, row *store.PersonRow) (*aparte.Person, error) {
	was, unreadable := decode(row)
	if unreadable == nil && !was.MergedInto.IsZero() {
		return nil, nil // all that a pointer says is whom it leads to
	}
	if unreadable != nil {
		r.Lost++
		if m, absorbed := r.into[row.ID]; absorbed {
			return m.pointer(row), nil
		}
	}
	h := past{engine: r.engine, tell: func(int) {}, shelves: r.shelves}
	if unreadable != nil {
		h.named = r.names(part, row.ID)
	}
	p, err := h.walk(r.ctx, row.ID, row.Last+1, func(*aparte.Person, *store.Entry) error { return nil })
	switch past := (*gone)(nil); {
	case r.ctx.Err() != nil:
		return nil, r.ctx.Err()
	case err != nil && unreadable != nil:
		r.Beyond = append(r.Beyond, row.ID.String())
		return nil, nil
	case errors.As(err, &past) || errors.Is(err, store.ErrNotFound):
		r.Kept++
		return nil, nil
	case err != nil:
		return nil, err
	}
	r.People++
	r.Assumed += h.missing
	p.ID, p.Seq = row.ID, row.Last
	if unreadable != nil {
		if err := r.complete(part, p); err != nil {
			return nil, err
		}
		r.Changed++
		return p, nil
	}
	keepUntold(p, &was)
	if bytes.Equal(profile.Encode(nil, p), profile.Encode(nil, &was)) {
		return nil, nil
	}
	r.Changed++
	return p, nil
}

// names are the identifiers that the events of a history name somebody by, as far as they can be read.
func (r *rebuilding) names(part store.Part, who aparte.PersonID) (all []aparte.Identifier) {
	for before, more := uint64(0), true; more; {
		page, err := r.engine.store.History(r.ctx, part, who, before, historyPage)
		if err != nil {
			return all // whoever reads the history next says so
		}
		more = len(page) == historyPage
		for i := range page {
			if before = page[i].Seq; page[i].Kind != store.EventEntry {
				continue
			}
			event, with, err := readApplied(&page[i])
			if err != nil {
				continue
			}
			for _, id := range with.identifiers(&event) {
				if !slices.Contains(all, id) {
					all = append(all, id)
				}
			}
		}
	}
	return all
}

// keepUntold takes over from a state what no history tells.
func keepUntold(p, was *aparte.Person) {
	p.Timers, p.Open, p.RecentIDs, p.Trials = was.Timers, was.Open, was.RecentIDs, was.Trials
	p.Watch, p.Return, p.Journey = was.Watch, was.Return, was.Journey
	p.Absorbed, p.Formerly, p.Audiences, p.Fences = was.Absorbed, was.Formerly, was.Audiences, was.Fences
}

// complete gives somebody whose state is lost what rows beside the history tell: timers, recent ids, who was absorbed.
func (r *rebuilding) complete(part store.Part, p *aparte.Person) error {
	timers, err := r.engine.store.Due(r.ctx, part, time.Unix(farthest, 0), math.MaxInt)
	if err != nil {
		return err
	}
	for _, timer := range timers {
		if timer.Person == p.ID {
			p.Timers = append(p.Timers, aparte.Timer{Name: timer.Name, Due: timer.Due, Gen: timer.Gen})
		}
	}
	slices.SortFunc(p.Timers, func(a, b aparte.Timer) int { return strings.Compare(a.Name, b.Name) })
	recent, err := r.engine.store.History(r.ctx, part, p.ID, 0, aparte.MaxRecentIDs)
	if err != nil {
		return err
	}
	for _, entry := range slices.Backward(recent) {
		if entry.Key != (store.Key{}) {
			p.RecentIDs = append(p.RecentIDs, ringHash(entry.Key))
		}
	}
	for who := range r.into {
		if r.leadsTo(who, p.ID) {
			p.Absorbed = append(p.Absorbed, who)
		}
	}
	slices.SortFunc(p.Absorbed, func(a, b aparte.PersonID) int { return bytes.Compare(a[:], b[:]) })
	return nil
}

// leadsTo reports whether somebody was absorbed by another, or by who was.
func (r *rebuilding) leadsTo(who, survivor aparte.PersonID) bool {
	for range maxHops {
		m, absorbed := r.into[who]
		if !absorbed {
			return false
		}
		if who = m.by; who == survivor {
			return true
		}
	}
	return false
}

// learn learns all rounds of the journal again, and saves what is learned where it is another model than the one that is saved.
func (r *Rebuilt) learn(ctx context.Context, e *Engine) error {
	f := e.newFold()
	if err := e.replay(ctx, f); err != nil {
		return err
	}
	r.Rounds, r.Examples = f.round, f.model.Version()
	saved, err := e.savedFold(ctx)
	if err == nil {
		err = e.replay(ctx, saved)
	}
	if err == nil && bytes.Equal(saved.encode(), f.encode()) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.Model = true
	_, err = store.Replace(ctx, e.store, modelDocument, f.encode())
	return err
}
