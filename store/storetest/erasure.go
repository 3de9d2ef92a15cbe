package storetest

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

func testErasure(t *testing.T, h Harness) {
	t.Run("nothing is left of an erased person, and all of the others", func(t *testing.T) { eraseEntirely(t, h) })
	t.Run("erasure comes first in its batch", func(t *testing.T) { eraseFirst(t, h) })
	t.Run("a batch that conflicts erases nobody", func(t *testing.T) { eraseNobody(t, h) })
	t.Run("event keys are seen, young and old, for as long as their people are there", func(t *testing.T) { eraseKeys(t, h) })
}

func eraseEntirely(t *testing.T, h Harness) {
	s := newSite(t, h)
	b, k := s.full(1)
	gone, stays := k.people[0], k.people[1]
	for i := range 200 {
		b.Entries = append(b.Entries, event(gone, uint64(i+3), key(1000+i)))
		k.events = append(k.events, key(1000+i))
	}
	b.Timers = append(b.Timers, store.Timer{Person: gone, Name: "visit", Due: now.Add(time.Hour), Gen: 1})
	want := newOracle()
	apply := func(b store.Batch) {
		t.Helper()
		s.commit(t, b)
		if err := want.commit(&b); err != nil {
			t.Fatal(err)
		}
		expect(t, "contents", want.contents(part, k), s.read(t, part, k))
	}
	apply(b)
	apply(store.Batch{
		Part:        part,
		Erased:      []aparte.PersonID{gone, s.person(part, 999), gone},
		Identifiers: []store.IdentifierRow{{Key: k.identifiers[0]}},
	})
	if err := s.st.Purge(context.Background()); err != nil {
		t.Fatal(err)
	}
	expect(t, "contents after a purge", want.contents(part, k), s.read(t, part, k))
	s.reopen(t)
	got := s.read(t, part, k)
	expect(t, "contents after re-opening", want.contents(part, k), got)
	expect(t, "history of the erased", nil, got.History[gone])
	expect(t, "history of the other", 1, len(got.History[stays]))

	apply(store.Batch{ // the person comes back, and so may their events
		Part:    part,
		People:  []store.PersonRow{{ID: gone, State: []byte("new")}},
		Entries: []store.Entry{event(gone, 1, key(1001)), event(gone, 2, key(11))},
		Timers:  []store.Timer{{Person: gone, Name: "visit", Due: now.Add(time.Minute), Gen: 1}},
	})
}

func eraseFirst(t *testing.T, h Harness) {
	s := newSite(t, h)
	b, k := s.full(1)
	s.commit(t, b)
	gone := k.people[0]
	again := store.Batch{
		Part:    part,
		Erased:  []aparte.PersonID{gone},
		People:  []store.PersonRow{{ID: gone, State: []byte("tombstone")}},
		Entries: []store.Entry{event(gone, 1, b.Entries[0].Key)},
		Timers:  []store.Timer{{Person: gone, Name: "basket", Due: now.Add(time.Hour), Gen: 9}},
		Fired:   []store.Timer{b.Timers[0]},
	}
	s.commit(t, again)
	want := newOracle()
	for _, b := range []store.Batch{b, again} {
		if err := want.commit(&b); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "contents", want.contents(part, k), s.read(t, part, k))
}

func eraseNobody(t *testing.T, h Harness) {
	s := newSite(t, h)
	b, k := s.full(1)
	s.commit(t, b)
	before := s.read(t, part, k)
	err := s.try(t, store.Batch{Part: part, Erased: k.people[:1], Entries: []store.Entry{event(k.people[1], 1, store.Key{})}})
	expectError(t, "commit", store.ErrConflict, err)
	expect(t, "contents", before, s.read(t, part, k))
}

func eraseKeys(t *testing.T, h Harness) {
	s := newSite(t, h)
	const people, turns, each = 5, 150, 20
	owners := map[store.Key]int{}
	seqs := make([]uint64, people)
	newest := 0
	for turn := range turns {
		b := store.Batch{Part: part, Lazy: turn%2 == 0}
		if turn%10 == 9 { // somebody is erased; the last of their events is sent again, now as another's
			gone := turn / 10 % people
			b.Erased = []aparte.PersonID{s.person(part, gone)}
			seqs[gone] = 0
			other := (gone + 1) % people
			for n := newest; n > 0; n-- {
				if k := key(n); owners[k] == gone {
					seqs[other]++
					b.Entries = append(b.Entries, event(s.person(part, other), seqs[other], k))
					break
				}
			}
			maps.DeleteFunc(owners, func(_ store.Key, owner int) bool { return owner == gone })
			for _, e := range b.Entries {
				owners[e.Key] = other
			}
		}
		for range each {
			newest++
			owner := newest % people
			seqs[owner]++
			e := event(s.person(part, owner), seqs[owner], key(newest))
			e.Body = append(e.Body, make([]byte, 1000)...)
			b.Entries = append(b.Entries, e)
			owners[e.Key] = owner
		}
		s.commit(t, b)
		if turn == turns/2 {
			s.reopen(t)
		}
		var keys []store.Key
		var want []bool
		for n := newest + 3; n > 0; n -= 1 + (newest-n)/20 { // most of them young
			_, there := owners[key(n)]
			keys, want = append(keys, key(n)), append(want, there)
		}
		got := must(s.st.Seen(context.Background(), part, keys))(t)
		expect(t, fmt.Sprintf("seen after turn %d", turn), want, got)
	}
}
