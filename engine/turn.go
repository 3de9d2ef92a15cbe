package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/store"
)

// turn is what an owner changes between two commits: the new states of people, and the batch that will
// make them durable. Tasks read and write through it and so see one another's changes.
type turn struct {
	owner    *owner
	ctx      context.Context
	now      time.Time
	people   map[aparte.PersonID]*aparte.Person // changed in this turn
	rewrite  map[aparte.PersonID]bool           // of those, whose state is more than its Seq away from the stored one
	names    map[store.Key]aparte.PersonID      // identifiers set in this turn
	repeated map[store.Key]bool                 // event keys that the log already has
	batch    store.Batch
	letters  []sent
	own      []letter // of the running task to its own part, to be acted upon when it is done
	waiting  []*task
	after    []func()           // run once the batch is durable
	cause    *pending           // who waits for what the running task sets off
	since    time.Time          // when what the running task brings came in
	room     []aparte.Candidate // of the decision at hand, used again by the next
	bodies   []byte             // of the batch's entries, end to end; those already there stay where they are when it grows
	states   []byte             // of the batch's people, likewise
	given    []given            // from budgets
	notices  []aparte.Notice    // written
	again    bool               // this turn repeats one that met a conflict
	span     *observe.Span      // of what the running task is part
	traced   []*observe.Span    // of what the batch is part
}

// sent is a letter with who waits for its delivery.
type sent struct {
	letter store.Letter
	body   letter
	cause  *pending
}

func newTurn(o *owner) *turn {
	return &turn{
		owner:    o,
		people:   map[aparte.PersonID]*aparte.Person{},
		rewrite:  map[aparte.PersonID]bool{},
		names:    map[store.Key]aparte.PersonID{},
		repeated: map[store.Key]bool{},
		batch:    store.Batch{Part: o.part, Epoch: o.epoch},
	}
}

// reset makes a turn that is over ready to be another, in the memory it has.
func (t *turn) reset() {
	clear(t.people)
	clear(t.rewrite)
	clear(t.names)
	clear(t.repeated)
	clear(t.letters)
	clear(t.waiting)
	clear(t.after)
	clear(t.batch.Entries)
	clear(t.batch.People)
	t.letters, t.waiting, t.after, t.cause, t.again = t.letters[:0], t.waiting[:0], t.after[:0], nil, false
	t.given, t.notices = t.given[:0], nil
	clear(t.traced)
	t.span, t.traced = nil, t.traced[:0]
	t.batch = store.Batch{
		Part: t.owner.part, Epoch: t.owner.epoch, Entries: t.batch.Entries[:0], People: t.batch.People[:0],
	}
	t.bodies, t.states = emptied(t.bodies), emptied(t.states)
}

// emptied is the memory of b for the next turn, unless it is that of a huge one.
func emptied(b []byte) []byte {
	const most = 128 << 10
	if cap(b) > most {
		return nil
	}
	return b[:0]
}

// body is what was appended to bodies since it had a length.
func (t *turn) body(since int) []byte { return t.bodies[since:len(t.bodies):len(t.bodies)] }

// dirty reports whether there is anything to commit.
func (t *turn) dirty() bool {
	return len(t.people) > 0 || len(t.batch.Entries) > 0 || len(t.letters) > 0 || len(t.notices) > 0 || len(t.names) > 0 ||
		len(t.batch.Erased) > 0 || len(t.batch.Rewritten) > 0 || len(t.owner.delivered) > 0
}

// person is someone of this part as they are now, this turn's changes included, or ErrNotFound.
func (t *turn) person(id aparte.PersonID) (*aparte.Person, error) {
	if p := t.people[id]; p != nil {
		return p, nil
	}
	if p := t.owner.people.get(id); p != nil {
		return p, nil
	}
	if slices.Contains(t.batch.Erased, id) {
		return nil, store.ErrNotFound
	}
	if err := t.owner.people.load(t.ctx, t.owner, []aparte.PersonID{id}); err != nil {
		return nil, err
	}
	if p := t.owner.people.get(id); p != nil {
		return p, nil
	}
	return nil, store.ErrNotFound
}

// anybody is someone of any part, of another as the store has them, or ErrNotFound.
func (t *turn) anybody(id aparte.PersonID) (*aparte.Person, error) {
	part := t.owner.engine.partOf(id)
	if part == t.owner.part {
		return t.person(id)
	}
	rows, err := t.owner.engine.store.States(t.ctx, part, []aparte.PersonID{id})
	if err != nil {
		return nil, fmt.Errorf("read a person of part %d: %w", part, err)
	}
	if rows[0].State == nil {
		return nil, store.ErrNotFound
	}
	p, err := decode(&rows[0])
	return &p, err
}

// put replaces someone's state.
func (t *turn) put(p *aparte.Person) { t.people[p.ID], t.rewrite[p.ID] = p, true }

// putCounted replaces someone's state by one in which nothing but Seq is new, which the store knows from the
// entries.
func (t *turn) putCounted(p *aparte.Person) { t.people[p.ID] = p }

// append adds an entry to someone's history and counts it in their state.
func (t *turn) append(p *aparte.Person, kind store.EntryKind, key store.Key, body []byte) uint64 {
	p.Seq++
	t.batch.Entries = append(t.batch.Entries, store.Entry{
		Person: p.ID, Seq: p.Seq, At: t.now, Kind: kind, Key: key, Body: body,
	})
	return p.Seq
}

// count adds to the counter of this hour.
func (t *turn) count(key string, n int64) {
	t.countAt(key, t.now.Truncate(time.Hour), n)
}

func (t *turn) countAt(key string, hour time.Time, n int64) {
	if n == 0 {
		return
	}
	for i := range t.batch.Counters {
		if c := &t.batch.Counters[i]; c.Key == key && c.Hour.Equal(hour) {
			c.N += n
			return
		}
	}
	t.batch.Counters = append(t.batch.Counters, store.Counter{Key: key, Hour: hour, N: n})
}

// send has another part act on a letter once the batch is durable, or this one as soon as the running task is done.
func (t *turn) send(to store.Part, l letter) {
	if to == t.owner.part {
		t.own = append(t.own, l)
		return
	}
	t.enclose(to, l)
}

// heed acts on what the task that has run wrote to its own part, and on what that led to. What fails becomes a letter, which
// is acted upon again.
func (t *turn) heed() {
	for i := 0; i < len(t.own); i++ {
		l := t.own[i]
		if err := t.act(&l); err != nil {
			t.enclose(t.owner.part, t.own[i])
		}
	}
	clear(t.own)
	t.own = t.own[:0]
}

// enclose puts a letter into the batch.
func (t *turn) enclose(to store.Part, l letter) {
	t.owner.lastLetter++
	t.cause.add(1)
	t.letters = append(t.letters, sent{
		letter: store.Letter{Number: t.owner.lastLetter, To: to, Body: l.encode()},
		body:   l,
		cause:  t.cause,
	})
}

// setTimer sets or moves a timer of p, which the caller has made its own to change.
func (t *turn) setTimer(p *aparte.Person, name string, due time.Time) {
	timer := aparte.Timer{Name: name, Due: due.UTC().Truncate(time.Microsecond), Gen: p.Seq + 1}
	i, found := findTimer(p, name)
	p.Timers = slices.Clone(p.Timers)
	if found {
		p.Timers[i] = timer
	} else {
		p.Timers = slices.Insert(p.Timers, i, timer)
	}
	t.batch.Fired = slices.DeleteFunc(t.batch.Fired, func(f store.Timer) bool { return f.Person == p.ID && f.Name == name })
	t.batch.Timers = append(t.batch.Timers, store.Timer{Person: p.ID, Name: name, Due: timer.Due, Gen: timer.Gen})
}

// clearTimer removes a timer of p, where there is one.
func (t *turn) clearTimer(p *aparte.Person, name string) {
	i, found := findTimer(p, name)
	if !found {
		return
	}
	gone := p.Timers[i]
	p.Timers = slices.Delete(slices.Clone(p.Timers), i, i+1)
	t.batch.Timers = slices.DeleteFunc(t.batch.Timers, func(s store.Timer) bool { return s.Person == p.ID && s.Name == name })
	t.batch.Fired = append(t.batch.Fired, store.Timer{Person: p.ID, Name: name, Due: gone.Due, Gen: gone.Gen})
}

func findTimer(p *aparte.Person, name string) (int, bool) {
	return slices.BinarySearchFunc(p.Timers, name, func(t aparte.Timer, name string) int {
		if t.Name < name {
			return -1
		}
		if t.Name > name {
			return 1
		}
		return 0
	})
}

// nameOf is whom an identifier of this part names, zero where nobody.
func (t *turn) nameOf(k store.Key) (aparte.PersonID, error) {
	if id, ok := t.names[k]; ok {
		return id, nil
	}
	return t.owner.engine.nameOf(t.ctx, t.owner.part, k)
}

// nameSince is nameOf, for who knows that the identifier named nobody at a time of this part's namings, less one; 0: nothing
// is known.
func (t *turn) nameSince(k store.Key, nobody uint64) (aparte.PersonID, error) {
	if _, changed := t.names[k]; !changed && nobody > 0 && t.owner.namings.unchanged(k, nobody-1) {
		return aparte.PersonID{}, nil
	}
	return t.nameOf(k)
}

// entry is one entry of a person of any part: of this turn, or committed before.
func (t *turn) entry(id aparte.DecisionID) (store.Entry, error) {
	for i := range t.batch.Entries {
		if e := &t.batch.Entries[i]; e.Person == id.Person && e.Seq == id.Seq {
			return *e, nil
		}
	}
	return t.owner.engine.store.Entry(t.ctx, t.owner.engine.partOf(id.Person), id.Person, id.Seq)
}

// commit makes the turn durable, then lets its effects out: caches, letters, answers, timers.
func (t *turn) commit(ctx context.Context) error {
	o := t.owner
	for id := range t.rewrite {
		since := len(t.states)
		t.states = o.people.encode(t.states, t.people[id])
		t.batch.People = append(t.batch.People, store.PersonRow{ID: id, State: t.states[since:len(t.states):len(t.states)]})
	}
	slices.SortFunc(t.batch.People, func(a, b store.PersonRow) int { return slices.Compare(a.ID[:], b.ID[:]) })
	for k, id := range t.names {
		t.batch.Identifiers = append(t.batch.Identifiers, store.IdentifierRow{Key: k, Person: id})
	}
	slices.SortFunc(t.batch.Identifiers, func(a, b store.IdentifierRow) int { return slices.Compare(a.Key[:], b.Key[:]) })
	for _, s := range t.letters {
		t.batch.Letters = append(t.batch.Letters, s.letter)
	}
	t.batch.Delivered = o.delivered
	t.batch.Lazy = len(t.waiting) == 0
	if err := o.engine.store.Commit(ctx, &t.batch); err != nil {
		for _, s := range t.letters {
			s.cause.finish(nil) // whoever wrote it runs again or reports the failure itself
		}
		return fmt.Errorf("commit part %d: %w", o.part, err)
	}
	o.delivered = nil
	t.publish()
	return nil
}

// publish lets out what is now durable.
func (t *turn) publish() {
	o := t.owner
	for _, id := range t.batch.Erased {
		o.people.drop(id)
	}
	for _, p := range t.people {
		o.people.put(p)
	}
	o.namings.changed(t.names)
	for k, id := range t.names {
		o.engine.names.set(k, id)
	}
	for _, timer := range t.batch.Timers {
		o.schedule.add(timer)
	}
	for _, s := range t.letters {
		o.engine.post(o, s.letter, s.body, s.cause)
	}
	if len(t.notices) > 0 {
		o.engine.outbox.Written(int(o.part), t.notices)
	}
	for _, f := range t.after {
		f()
	}
	if len(t.batch.Feed) > 0 && !o.engine.branch {
		o.engine.learner.notify(o.part, len(t.batch.Feed))
	}
}
