package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// ErrNotMerged says that somebody is no record that was merged into a person, or was as part of another one, which
// has to be taken out first.
var ErrNotMerged = errors.New("was not merged into this person by themselves")

// ErrTooMany says that a person is made of as many records as one can be.
var ErrTooMany = errors.New("is made of as many records as one person can be")

// maxUnmerge is how many entries a history may have that is taken apart: all of it is rewritten in one batch.
const maxUnmerge = 50_000

// TooLong says that a history is too long to be taken apart.
type TooLong struct{ Entries uint64 }

func (e *TooLong) Error() string {
	return fmt.Sprintf("a history of %d entries cannot be taken apart: at most %d can", e.Entries, maxUnmerge)
}

// Unmerge takes somebody out of the person they were merged into, and keeps the two apart from then on, whatever
// identifiers they share (until Merge). Each is then as if they had never met:
//
//   - Events since the merge go to who left where the strongest of their identifiers that tells the two apart is theirs: they
//     had it and the other did not when they were merged, or it came up in an event of theirs first. So does whoever was
//     absorbed since by such an identifier. All else stays, decisions and what followed them among it: it was said to
//     whom they were taken for.
//   - Their identifiers name them again.
//   - Windows, timers, comparisons and the journey stay with the survivor.
//
// What goes is moved, and not only copied, so that erasing one leaves nothing of them with the other. Decisions taken
// while they were one cannot be replayed any more.
func (e *Engine) Unmerge(ctx context.Context, from, who aparte.PersonID) error {
	e.ledger.acting.Lock()
	defer e.ledger.acting.Unlock()
	const tries = 20 // the person may go on doing things meanwhile
	for range tries {
		p, err := e.Person(ctx, from)
		if err != nil {
			return err
		}
		if !slices.Contains(p.Absorbed, who) {
			return ErrNotMerged
		}
		d, err := e.divide(ctx, p.ID, who)
		if err != nil {
			return fmt.Errorf("unmerge %s: %w", p.ID, err)
		}
		since := Apart{A: p.ID, B: who, Since: e.now().UTC()}
		if err := e.rule(ctx, func(l *entries) {
			if !slices.ContainsFunc(l.Apart, func(p Apart) bool { return p.of(since.A, since.B) }) {
				l.Apart = append(l.Apart, since)
			}
		}); err != nil {
			return err
		}
		done := false
		if err := e.in(ctx, e.partOf(p.ID), func(t *turn) (err error) {
			done, err = t.takeOut(d)
			return err
		}); err != nil {
			return fmt.Errorf("unmerge %s: %w", p.ID, err)
		}
		if done {
			return nil
		}
	}
	return ErrBusy
}

// division is a history taken apart.
type division struct {
	id    aparte.PersonID
	last  uint64 // entries it had
	merge merging
	split splitting
	stays []store.Entry     // with a MovedEntry in the place of what goes
	goes  []store.Entry     // events of who leaves, and merges
	leave []aparte.PersonID // who leaves, and of whom they are made
	left  *aparte.Person    // the survivor, as stays tells of them
}

// divide takes a person's history apart, from the entries that are in the store.
func (e *Engine) divide(ctx context.Context, id, who aparte.PersonID) (*division, error) {
	d := &division{id: id, split: splitting{Person: who}}
	if err := d.read(ctx, e); err != nil {
		return nil, err
	}
	at, err := d.merged(who)
	if err != nil {
		return nil, err
	}
	loser, err := d.merge.record()
	if err != nil {
		return nil, err
	}
	h := past{engine: e, end: d.last + 1, shelves: map[uint64]*shelf{}}
	if d.left, err = h.newborn(ctx, id); err != nil {
		return nil, err
	}
	d.leave = append(d.leave, who)
	d.leave = append(d.leave, loser.Absorbed...)
	meeting := func(id aparte.Identifier) bool { return identifierKey(e.secret, id) == d.merge.key }
	for i := range d.stays {
		entry := &d.stays[i]
		theirs := i == at
		switch {
		case theirs:
			d.claim(loser.Identifiers, d.left.Identifiers)
		case i > at:
			if theirs, err = d.goesWith(entry); err != nil {
				return nil, fmt.Errorf("entry %d: %w", entry.Seq, err)
			}
		}
		if theirs {
			*entry = movedEntry(entry, d.last+1)
			continue
		}
		before := d.left.Identifiers
		if err := h.happen(ctx, d.left, entry); err != nil {
			return nil, fmt.Errorf("entry %d: %w", entry.Seq, err)
		}
		if i < at && !slices.ContainsFunc(before, meeting) && slices.ContainsFunc(d.left.Identifiers, meeting) {
			d.claim(loser.Identifiers, before) // an event of the survivor's named both
		}
	}
	d.split.leave(d.left)
	return d, nil
}

// goesWith reports whether an entry since the merge is of who leaves, and takes it along where it is.
func (d *division) goesWith(entry *store.Entry) (bool, error) {
	var ids []aparte.Identifier
	var who []aparte.PersonID
	switch entry.Kind {
	case store.EventEntry:
		event, with, err := readApplied(entry)
		if err != nil {
			return false, err
		}
		ids = with.identifiers(&event)
	case store.MergeEntry:
		m, err := readMerging(entry.Body)
		if err != nil {
			return false, err
		}
		p, err := m.record()
		if err != nil {
			return false, err
		}
		ids, who = p.Identifiers, append([]aparte.PersonID{p.ID}, p.Absorbed...)
	}
	if !d.theirs(ids) {
		return false, nil
	}
	d.claim(ids, d.left.Identifiers)
	d.goes, d.leave = append(d.goes, *entry), append(d.leave, who...)
	return true, nil
}

// claim adds identifiers to those of who leaves, as far as the survivor does not have them.
func (d *division) claim(ids, has []aparte.Identifier) {
	for _, id := range ids {
		if !slices.Contains(has, id) && !slices.Contains(d.split.Identifiers, id) {
			d.split.Identifiers = append(d.split.Identifiers, id)
		}
	}
}

// read fills stays with the whole history, oldest first.
func (d *division) read(ctx context.Context, e *Engine) error {
	part := e.partOf(d.id)
	if err := e.settled(ctx, part); err != nil { // what was done so far is in the store
		return err
	}
	for before := uint64(0); ; {
		page, err := e.store.History(ctx, part, d.id, before, historyPage)
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
		if len(page) > 0 && before == 0 {
			if d.last = page[0].Seq; d.last > maxUnmerge {
				return &TooLong{d.last}
			}
		}
		d.stays = append(d.stays, page...)
		if len(page) < historyPage {
			break
		}
		before = page[len(page)-1].Seq
	}
	slices.Reverse(d.stays)
	if uint64(len(d.stays)) != d.last {
		return &gone{"some of the history is gone"}
	}
	return nil
}

// merged finds where who was absorbed.
func (d *division) merged(who aparte.PersonID) (int, error) {
	for i, entry := range slices.Backward(d.stays) {
		if entry.Kind != store.MergeEntry {
			continue
		}
		m, err := readMerging(entry.Body)
		if err != nil {
			return 0, fmt.Errorf("entry %d: %w", entry.Seq, err)
		}
		if m.loser == who {
			d.merge = m
			return i, nil
		}
	}
	return 0, ErrNotMerged
}

// theirs reports whether some identifiers, strongest first, speak of who leaves.
func (d *division) theirs(ids []aparte.Identifier) bool {
	for _, id := range ids {
		if slices.Contains(d.split.Identifiers, id) {
			return true
		}
		if slices.Contains(d.left.Identifiers, id) {
			return false
		}
	}
	return false
}

// movedEntry stands in the place of an entry that has gone, and tells with which one it went.
func movedEntry(was *store.Entry, split uint64) store.Entry {
	return store.Entry{Person: was.Person, Seq: was.Seq, At: was.At, Kind: store.MovedEntry, Body: binary.BigEndian.AppendUint64(nil, split)}
}

// moved passes over what has gone, unless what is asked for was while it was there.
func (h *past) moved(p *aparte.Person, entry *store.Entry) error {
	if len(entry.Body) != 8 {
		return fmt.Errorf("moved entry of %d bytes", len(entry.Body))
	}
	if h.end <= binary.BigEndian.Uint64(entry.Body) {
		return &gone{fmt.Sprintf("history of %s: some of it proved to be somebody else's and is with them now", p.ID)}
	}
	return nil
}

// takeOut rewrites the survivor's history without who leaves, and sends them what is theirs. It does nothing where the
// person is not as they were when the history was read.
func (t *turn) takeOut(d *division) (bool, error) {
	p, err := t.person(d.id)
	if err != nil {
		return false, err
	}
	if p.Seq != d.last || !p.MergedInto.IsZero() {
		return false, nil
	}
	body, err := d.split.encode()
	if err != nil {
		return false, err
	}
	next := *d.left
	next.ID, next.Seq = p.ID, p.Seq
	next.Timers, next.Open, next.RecentIDs, next.Trials = p.Timers, p.Open, p.RecentIDs, p.Trials // of these the history does not tell
	next.Watch, next.Return, next.Journey = p.Watch, p.Return, p.Journey
	next.Absorbed = without(p.Absorbed, d.leave)
	next.Formerly = p.Formerly
	next.Formerly = formerly(&next, d.leave)

	t.batch.Erased = append(t.batch.Erased, p.ID)
	t.batch.Entries = append(t.batch.Entries, d.stays...)
	for _, timer := range p.Timers {
		t.batch.Timers = append(t.batch.Timers, store.Timer{Person: p.ID, Name: timer.Name, Due: timer.Due, Gen: timer.Gen})
	}
	t.append(&next, store.SplitEntry, store.Key{}, body)
	now := t.owner.engine.brand.Load()
	t.countMembers(now, p.Audiences, next.Audiences)
	t.countInside(p.Fences, next.Fences)
	t.rearrange(now, &next)
	if err := t.muster(now, &next); err != nil {
		return false, err
	}
	t.put(&next)
	t.count("identity/unmerged", 1)
	t.send(t.owner.engine.partOf(d.merge.loser), letter{
		Kind: restoreLetter, Person: d.merge.loser, From: append([]aparte.PersonID{p.ID}, next.Absorbed...),
		State: d.merge.state, Entries: d.goes, Identifiers: d.split.Identifiers,
	})
	return true, nil
}

// restore makes a pointer to a survivor the person again that they were, with what is theirs since.
func (t *turn) restore(l letter) error {
	pointer, err := t.person(l.Person)
	if errors.Is(err, store.ErrNotFound) {
		return nil // erased meanwhile
	} else if err != nil {
		return err
	}
	p, err := merging{loser: l.Person, state: l.State}.record()
	if err != nil {
		return err
	}
	if !slices.Contains(l.From, pointer.MergedInto) || pointer.Seq != p.Seq {
		return nil // done before, and perhaps merged again since
	}
	body, err := splitting{Person: pointer.MergedInto}.encode()
	if err != nil {
		return err
	}
	p.Open, p.Timers, p.Trials, p.Journey = nil, nil, nil, aparte.Journey{}
	p.Formerly = formerly(&p, l.From)
	h := past{engine: t.owner.engine, shelves: map[uint64]*shelf{}}
	for i := range l.Entries {
		entry := &l.Entries[i]
		seq := p.Seq + 1
		if err := h.happen(t.ctx, &p, entry); err != nil {
			return fmt.Errorf("entry %d of %s: %w", entry.Seq, entry.Person, err)
		}
		p.Seq = seq
		if entry.Kind == store.MergeEntry {
			if err := t.follow(&p, entry, l.From); err != nil {
				return err
			}
		} else {
			p.RecentIDs = lastN(append(slices.Clone(p.RecentIDs), ringHash(entry.Key)), aparte.MaxRecentIDs)
		}
		t.batch.Entries = append(t.batch.Entries, store.Entry{
			Person: p.ID, Seq: seq, At: entry.At, Kind: entry.Kind, Key: entry.Key, Body: entry.Body,
		})
	}
	for _, id := range l.Identifiers {
		key := identifierKey(t.owner.engine.secret, id)
		t.send(t.owner.engine.partOfKey(key), letter{
			Kind: linkLetter, Key: key, Strength: id.Kind != aparte.KindAnonymousID, Person: p.ID, From: l.From,
		})
	}
	t.append(&p, store.SplitEntry, store.Key{}, body)
	now := t.owner.engine.brand.Load()
	t.countMembers(now, nil, p.Audiences)
	t.countInside(nil, p.Fences)
	t.rearrange(now, &p)
	if err := t.muster(now, &p); err != nil {
		return err
	}
	t.put(&p)
	return nil
}

// follow has somebody who was absorbed because of p go with p.
func (t *turn) follow(p *aparte.Person, entry *store.Entry, from []aparte.PersonID) error {
	m, err := readMerging(entry.Body)
	if err != nil {
		return err
	}
	with, err := m.record()
	if err != nil {
		return err
	}
	p.Absorbed = slices.Concat(p.Absorbed, []aparte.PersonID{with.ID}, with.Absorbed)
	t.send(t.owner.engine.partOf(with.ID), letter{Kind: redirectLetter, Loser: with.ID, Person: p.ID, From: from})
	return nil
}

// redirect has a pointer to a survivor point to whom they really were merged into.
func (t *turn) redirect(l letter) error {
	pointer, err := t.person(l.Loser)
	if errors.Is(err, store.ErrNotFound) {
		return nil // erased meanwhile
	} else if err != nil {
		return err
	}
	if slices.Contains(l.From, pointer.MergedInto) {
		next := *pointer
		next.MergedInto = l.Person
		t.put(&next)
	}
	return nil
}

// Merge makes one person of two, as an alias would, and whoever was said to be two no longer is. It is ErrTooMany where one of them is made
// of too many already.
func (e *Engine) Merge(ctx context.Context, a, b aparte.PersonID) error {
	e.ledger.acting.Lock()
	defer e.ledger.acting.Unlock()
	var both [2]aparte.Person
	for i, id := range [...]aparte.PersonID{a, b} {
		p, err := e.Person(ctx, id)
		if err != nil {
			return err
		}
		both[i] = p
	}
	if both[0].ID == both[1].ID {
		return nil
	}
	if err := e.rule(ctx, func(l *entries) {
		l.Apart = slices.DeleteFunc(l.Apart, func(p Apart) bool {
			return among([]aparte.PersonID{p.A}, &both[0]) && among([]aparte.PersonID{p.B}, &both[1]) ||
				among([]aparte.PersonID{p.B}, &both[0]) && among([]aparte.PersonID{p.A}, &both[1])
		})
	}); err != nil {
		return err
	}
	if err := e.in(ctx, e.partOf(both[0].ID), func(t *turn) error {
		t.meet(both[0].ID, both[1].ID, letter{Strength: true, Forced: true})
		return nil
	}); err != nil {
		return err
	}
	p, err := e.Person(ctx, a)
	if err == nil && !among([]aparte.PersonID{both[1].ID}, &p) {
		return ErrTooMany
	}
	return err
}
