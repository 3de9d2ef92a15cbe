package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

func testTimers(t *testing.T, h Harness) {
	ctx := context.Background()
	t.Run("timers come due in order of time, person, name", func(t *testing.T) {
		s := newSite(t, h)
		timer := func(minute, person int, name string) store.Timer {
			return store.Timer{Person: s.person(part, person), Name: name, Due: now.Add(time.Duration(minute) * time.Minute), Gen: 1}
		}
		want := []store.Timer{
			timer(-1_000_000, 3, "old"), timer(0, 1, "a"), timer(0, 1, "ab"), timer(0, 1, "b"),
			timer(0, 2, "a"), timer(1, 1, "c"), timer(2, 1, "d"),
		}
		want[1].Due = want[1].Due.Add(-time.Microsecond)
		s.commit(t, store.Batch{Part: part, Timers: []store.Timer{want[4], want[2], want[6], want[0], want[3], want[5], want[1]}})
		due := func(until time.Time, limit int) []store.Timer { return must(s.st.Due(ctx, part, until, limit))(t) }
		expect(t, "all", want, due(now.Add(time.Hour), 100))
		expect(t, "until now, inclusive", want[:5], due(now, 100))
		expect(t, "until just before now", want[:2], due(now.Add(-time.Microsecond), 100))
		expect(t, "the first three", want[:3], due(now, 3))
		expect(t, "none", nil, due(now, 0))
		expect(t, "the part beside", nil, must(s.st.Due(ctx, part+1, now, 100))(t))
	})
	t.Run("a timer set again moves", func(t *testing.T) {
		s := newSite(t, h)
		timer := store.Timer{Person: s.person(part, 1), Name: "basket", Due: now, Gen: 1}
		for _, later := range []time.Duration{0, time.Minute, -time.Minute, -time.Minute, 0} {
			timer.Due, timer.Gen = now.Add(later), timer.Gen+1
			s.commit(t, store.Batch{Part: part, Timers: []store.Timer{timer}})
			expect(t, "timers", []store.Timer{timer}, s.read(t, part, known{}).Timers)
		}
		first := timer
		first.Due, first.Gen = now.Add(time.Hour), 100
		timer.Due, timer.Gen = now.Add(time.Second), 101
		s.commit(t, store.Batch{Part: part, Timers: []store.Timer{first, timer}})
		expect(t, "set twice in a batch", []store.Timer{timer}, s.read(t, part, known{}).Timers)
	})
	t.Run("a timer fires once", func(t *testing.T) { testFiring(t, h) })
}

func testFiring(t *testing.T, h Harness) {
	s := newSite(t, h)
	p := s.person(part, 1)
	set := func(gen uint64) store.Timer { return store.Timer{Person: p, Name: "basket", Due: now, Gen: gen} }
	pending := func() []store.Timer { return s.read(t, part, known{people: []aparte.PersonID{p}}).Timers }
	s.commit(t, store.Batch{Part: part, Timers: []store.Timer{set(1), {Person: p, Name: "visit", Due: now, Gen: 1}}})

	s.commit(t, store.Batch{Part: part, Timers: []store.Timer{set(2)}, Fired: []store.Timer{set(1)}})
	visit := store.Timer{Person: p, Name: "visit", Due: now, Gen: 1}
	expect(t, "fired under an older gen while set anew", []store.Timer{set(2), visit}, pending())
	s.commit(t, store.Batch{Part: part, Fired: []store.Timer{set(1), set(3), {Person: p, Name: "none", Due: now, Gen: 1}}})
	expect(t, "fired under other gens", []store.Timer{set(2), visit}, pending())

	s.reopen(t)
	expect(t, "after re-opening", []store.Timer{set(2), visit}, pending())
	fired := set(2)
	fired.Due = time.Time{} // only person, name and gen matter
	firing := event(p, 1, key(1))
	s.commit(t, store.Batch{Part: part, Fired: []store.Timer{fired}, Entries: []store.Entry{firing}})
	expect(t, "fired", []store.Timer{visit}, pending())
	s.reopen(t)
	expect(t, "fired, after re-opening", []store.Timer{visit}, pending())
	err := s.try(t, store.Batch{Part: part, Fired: []store.Timer{fired}, Entries: []store.Entry{firing}})
	expectError(t, "the same firing again", store.ErrConflict, err)

	s.commit(t, store.Batch{Part: part, Timers: []store.Timer{set(5)}, Fired: []store.Timer{set(5)}})
	expect(t, "set and fired in one batch", []store.Timer{visit}, pending())
}
