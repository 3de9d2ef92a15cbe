package storetest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// full is a batch with something in every field but Fired, Delivered and Erased, of two people.
func (s *site) full(base int) (store.Batch, known) {
	p, q := s.person(part, base), s.person(part, base+1)
	k := known{
		people:      []aparte.PersonID{p, q},
		identifiers: []store.Key{key(base), key(base + 1)},
		events:      []store.Key{key(base + 10), key(base + 11)},
	}
	return store.Batch{
		Part:        part,
		People:      []store.PersonRow{{ID: p, State: []byte("state p")}, {ID: q, State: []byte("state q")}},
		Identifiers: []store.IdentifierRow{{Key: key(base), Person: p}, {Key: key(base + 1), Person: q}},
		Entries: []store.Entry{
			event(p, 1, key(base+10)),
			{Person: p, Seq: 2, At: now, Kind: store.DecisionEntry, Body: []byte("decision")},
			event(q, 1, key(base+11)),
		},
		Timers: []store.Timer{
			{Person: p, Name: "basket", Due: now.Add(time.Minute), Gen: 3},
			{Person: q, Name: "basket", Due: now, Gen: 1},
		},
		Counters: []store.Counter{{Key: "decisions/web", Hour: now.Truncate(time.Hour), N: 2}},
		Letters:  []store.Letter{{Number: uint64(base), To: 3, Body: []byte("letter")}},
		Feed:     [][]byte{[]byte("example 1"), []byte("example 2")},
	}, k
}

func testBatches(t *testing.T, h Harness) {
	ctx := context.Background()
	t.Run("everything in a batch can be read, before and after re-opening", func(t *testing.T) {
		s := newSite(t, h)
		b, k := s.full(1)
		s.commit(t, b)
		want := newOracle()
		if err := want.commit(&b); err != nil {
			t.Fatal(err)
		}
		expect(t, "contents", want.contents(part, k), s.read(t, part, k))
		s.reopen(t)
		expect(t, "contents after re-opening", want.contents(part, k), s.read(t, part, k))
	})
	t.Run("a conflict in the middle leaves nothing", func(t *testing.T) { testConflicts(t, h) })
	t.Run("an empty batch changes nothing", func(t *testing.T) {
		s := newSite(t, h)
		s.commit(t, store.Batch{Part: part})
		expect(t, "contents", contents{}, s.read(t, part, known{}))
	})
	t.Run("an entry that is written anew keeps all but its body", func(t *testing.T) {
		s := newSite(t, h)
		b, k := s.full(1)
		s.commit(t, b)
		anew := store.Batch{Part: part, Rewritten: []store.Entry{
			{Person: k.people[0], Seq: 1, Body: []byte("less")},
			{Person: k.people[0], Seq: 9, Body: []byte("of nothing")},
		}}
		s.commit(t, anew)
		want := newOracle()
		for _, b := range []*store.Batch{&b, &anew} {
			if err := want.commit(b); err != nil {
				t.Fatal(err)
			}
		}
		if got := want.part(part).entries[oracleEntry{k.people[0], 1}]; string(got.Body) != "less" || got.Key != key(11) {
			t.Fatalf("the oracle has %v", got)
		}
		expect(t, "contents", want.contents(part, k), s.read(t, part, k))
		s.reopen(t)
		expect(t, "contents after re-opening", want.contents(part, k), s.read(t, part, k))
	})
	t.Run("a batch for a part that does not exist fails", func(t *testing.T) {
		st := newSite(t, h).st
		if err := st.Commit(ctx, &store.Batch{Part: store.Part(st.Parts()), Epoch: 1}); err == nil {
			t.Error("no error")
		}
	})
	t.Run("a cancelled commit writes nothing", func(t *testing.T) {
		s := newSite(t, h)
		b, k := s.full(1)
		s.commit(t, store.Batch{Part: part})
		b.Epoch = s.epochs[part]
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		expectError(t, "commit", context.Canceled, s.st.Commit(cancelled, &b))
		expect(t, "contents", newOracle().contents(part, k), s.read(t, part, k))
	})
	t.Run("rows passed in are not kept, rows returned are the caller's", func(t *testing.T) {
		s := newSite(t, h)
		b, k := s.full(1)
		b.People[0].State = bytes.Repeat([]byte("x"), 100)
		s.commit(t, b)
		want := s.read(t, part, k)
		scribble(b.People[0].State, b.Entries[0].Body, b.Letters[0].Body, b.Feed[0])
		got := s.read(t, part, k)
		scribble(got.People[0].State, got.Letters[0].Body, got.Feed[0].Body, got.History[k.people[0]][0].Body)
		expect(t, "contents", want, s.read(t, part, k))
	})
}

// testConflicts commits batches of which one row in the middle cannot be.
func testConflicts(t *testing.T, h Harness) {
	s := newSite(t, h)
	first, k := s.full(1)
	s.commit(t, first)
	before := s.read(t, part, k)
	for name, spoil := range map[string]func(b *store.Batch){
		"an entry's number is taken":       func(b *store.Batch) { b.Entries[1].Person = first.Entries[0].Person },
		"an event key is taken":            func(b *store.Batch) { b.Entries[1].Key = first.Entries[0].Key },
		"an entry's number comes up twice": func(b *store.Batch) { b.Entries[1].Seq = b.Entries[0].Seq },
		"an event key comes up twice":      func(b *store.Batch) { b.Entries[1].Key = b.Entries[2].Key },
	} {
		t.Run(name, func(t *testing.T) {
			b, k2 := s.full(101)
			spoil(&b)
			expectError(t, "commit", store.ErrConflict, s.try(t, b))
			k2.people, k2.identifiers = append(k2.people, k.people...), append(k2.identifiers, k.identifiers...)
			k2.events = append(k2.events, k.events...)
			after := s.read(t, part, k2)
			for _, person := range k2.people[:2] {
				expect(t, "history of a newcomer", nil, after.History[person])
				delete(after.History, person)
			}
			for _, e := range k2.events[:2] {
				expect(t, "event key of a newcomer", false, after.Seen[e])
				delete(after.Seen, e)
			}
			expect(t, "contents", before, after)
			sum := must(s.st.Counters(context.Background(), "", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0)))(t)
			expect(t, "counters", first.Counters, sum)
		})
	}
	t.Run("and the batch without the conflict goes through", func(t *testing.T) {
		b, k2 := s.full(101)
		s.commit(t, b)
		if got := s.read(t, part, k2); len(got.Feed) != 4 || got.Feed[3].Position != 4 {
			t.Errorf("feed %v: want positions 1 to 4", got.Feed)
		}
	})
	t.Run("the same batch again is a conflict", func(t *testing.T) {
		expectError(t, "commit", store.ErrConflict, s.try(t, first))
		expect(t, "contents", before.History, s.read(t, part, k).History)
	})
}

// scribble writes over a caller's own bytes.
func scribble(rows ...[]byte) {
	for _, r := range rows {
		for i := range r {
			r[i] = '#'
		}
	}
}
