package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// testRandomBatches commits random batches, of rows so few that they keep meeting, and compares all
// that can be read with the oracle after each.
func testRandomBatches(t *testing.T, h Harness) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &site{h: h, place: h.New(t)}
		s.open(rt)
		defer func() {
			if err := s.st.Close(); err != nil {
				rt.Fatalf("close: %v", err)
			}
		}()
		want := newOracle()
		k := drawable(s)
		for range rapid.IntRange(1, 12).Draw(rt, "batches") {
			b := drawBatch(rt, k)
			wantErr, gotErr := want.commit(&b), s.try(rt, b)
			if !errors.Is(gotErr, wantErr) {
				rt.Fatalf("commit: got %v, want %v", gotErr, wantErr)
			}
			if rapid.IntRange(0, 9).Draw(rt, "reopen") == 0 {
				s.reopen(rt)
			}
			for n := range store.Part(2) {
				expect(rt, fmt.Sprintf("part %d", n), want.contents(n, k), s.read(rt, n, k))
			}
			for _, prefix := range []string{"", "a", "a\x00"} {
				from, to := now.Add(-2*time.Hour).Truncate(time.Hour), now
				sums := must(s.st.Counters(context.Background(), prefix, from, to))(rt)
				expect(rt, "counters", want.sums(prefix, from, to), sums)
			}
		}
	})
}

// drawable is all that random batches can be about, in both of their parts.
func drawable(s *site) known {
	var k known
	for i := range 3 {
		k.people = append(k.people, s.person(0, i+1))
		k.identifiers = append(k.identifiers, key(i))
	}
	for i := range 6 {
		k.events = append(k.events, key(i))
	}
	return k
}

func drawBatch(rt *rapid.T, k known) store.Batch {
	person := rapid.SampledFrom(k.people)
	mark := rapid.SliceOfN(rapid.Byte(), 0, 5)
	few := func(name string, most int) int { return rapid.IntRange(0, most).Draw(rt, name) }
	minute := rapid.IntRange(-2, 2)
	drawTimer := func() store.Timer {
		return store.Timer{
			Person: person.Draw(rt, "person"),
			Name:   rapid.SampledFrom([]string{"", "a", "ab"}).Draw(rt, "name"),
			Due:    now.Add(time.Duration(minute.Draw(rt, "due")) * time.Minute),
			Gen:    uint64(few("gen", 2)),
		}
	}
	b := store.Batch{Part: store.Part(few("part", 1))}
	for range few("people", 2) {
		r := store.PersonRow{ID: person.Draw(rt, "person")}
		if rapid.Bool().Draw(rt, "there") {
			r.State = mark.Draw(rt, "state")
		}
		b.People = append(b.People, r)
	}
	for range few("identifiers", 2) {
		owner := rapid.SampledFrom([]aparte.PersonID{{}, k.people[0], k.people[1]}).Draw(rt, "owner")
		b.Identifiers = append(b.Identifiers, store.IdentifierRow{Key: rapid.SampledFrom(k.identifiers).Draw(rt, "identifier"), Person: owner})
	}
	for range few("entries", 3) {
		e := event(person.Draw(rt, "person"), uint64(1+few("seq", 7)), store.Key{})
		if rapid.Bool().Draw(rt, "keyed") {
			e.Key = rapid.SampledFrom(k.events).Draw(rt, "key")
		}
		e.Body = mark.Draw(rt, "body")
		b.Entries = append(b.Entries, e)
	}
	for range few("rewritten", 2) {
		b.Rewritten = append(b.Rewritten, store.Entry{Person: person.Draw(rt, "person"), Seq: uint64(1 + few("seq", 7)), Body: mark.Draw(rt, "body")})
	}
	for range few("timers", 3) {
		b.Timers = append(b.Timers, drawTimer())
	}
	for range few("fired", 2) {
		b.Fired = append(b.Fired, drawTimer())
	}
	if few("uncount", 4) == 0 {
		b.Uncounted = append(b.Uncounted, rapid.SampledFrom([]string{"a", "a\x00b", "ab", "b"}).Draw(rt, "uncounted"))
	}
	for range few("counters", 2) {
		hour := now.Add(time.Duration(few("hour", 3)-2) * time.Hour).Truncate(time.Hour)
		b.Counters = append(b.Counters, store.Counter{Key: rapid.SampledFrom([]string{"a", "a\x00b", "ab"}).Draw(rt, "counter"), Hour: hour, N: rapid.SampledFrom([]int64{-2, -1, 1, 2, 9}).Draw(rt, "n")})
	}
	for range few("letters", 2) {
		b.Letters = append(b.Letters, store.Letter{Number: uint64(1 + few("number", 4)), To: 2, Body: mark.Draw(rt, "letter")})
	}
	for range few("delivered", 2) {
		b.Delivered = append(b.Delivered, uint64(1+few("number", 4)))
	}
	for range few("feed", 2) {
		b.Feed = append(b.Feed, mark.Draw(rt, "row"))
	}
	if few("erase", 4) == 0 {
		b.Erased = append(b.Erased, person.Draw(rt, "erased"))
	}
	return b
}
