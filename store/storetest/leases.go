package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

const (
	part = store.Part(1) // in which most tests take place
	ttl  = 15 * time.Second
)

func testLeases(t *testing.T, h Harness) {
	ctx := context.Background()
	t.Run("a lease has one owner until it runs out", func(t *testing.T) {
		st := newSite(t, h).st
		first := must(st.Acquire(ctx, part, "anne", now, ttl))(t)
		_, err := st.Acquire(ctx, part, "bob", now.Add(ttl-time.Second), ttl)
		expectError(t, "acquire a lease that runs", store.ErrLeased, err)
		second := must(st.Acquire(ctx, part, "bob", now.Add(ttl), ttl))(t)
		if first == 0 || second <= first {
			t.Errorf("epochs %d, %d do not grow from 1", first, second)
		}
	})
	t.Run("a renewed lease runs longer", func(t *testing.T) {
		st := newSite(t, h).st
		epoch := must(st.Acquire(ctx, part, "anne", now, ttl))(t)
		if err := st.Renew(ctx, part, epoch, now.Add(10*time.Second), ttl); err != nil {
			t.Fatalf("renew: %v", err)
		}
		_, err := st.Acquire(ctx, part, "bob", now.Add(24*time.Second), ttl)
		expectError(t, "acquire a renewed lease", store.ErrLeased, err)
		must(st.Acquire(ctx, part, "bob", now.Add(25*time.Second), ttl))(t)
	})
	t.Run("a lease that ran out can be renewed while nobody has taken it", func(t *testing.T) {
		st := newSite(t, h).st
		epoch := must(st.Acquire(ctx, part, "anne", now, ttl))(t)
		if err := st.Renew(ctx, part, epoch, now.Add(time.Hour), ttl); err != nil {
			t.Fatalf("renew: %v", err)
		}
	})
	t.Run("the owner may take the lease again, under a new epoch", func(t *testing.T) {
		st := newSite(t, h).st
		first := must(st.Acquire(ctx, part, "anne", now, ttl))(t)
		second := must(st.Acquire(ctx, part, "anne", now, ttl))(t)
		if second <= first {
			t.Errorf("epoch %d after %d", second, first)
		}
		expectError(t, "renew under the older epoch", store.ErrFenced, st.Renew(ctx, part, first, now, ttl))
	})
	t.Run("a released lease can be taken at once", func(t *testing.T) {
		st := newSite(t, h).st
		first := must(st.Acquire(ctx, part, "anne", now, ttl))(t)
		if err := st.Release(ctx, part, first); err != nil {
			t.Fatalf("release: %v", err)
		}
		expectError(t, "release again", store.ErrFenced, st.Release(ctx, part, first))
		expectError(t, "renew after release", store.ErrFenced, st.Renew(ctx, part, first, now, ttl))
		expectError(t, "commit after release", store.ErrFenced, st.Commit(ctx, &store.Batch{Part: part, Epoch: first}))
		if second := must(st.Acquire(ctx, part, "bob", now, ttl))(t); second <= first {
			t.Errorf("epoch %d after %d", second, first)
		}
	})
	t.Run("parts are leased one by one", func(t *testing.T) {
		st := newSite(t, h).st
		must(st.Acquire(ctx, 0, "anne", now, ttl))(t)
		must(st.Acquire(ctx, 1, "bob", now, ttl))(t)
	})
	t.Run("who has a part can be read", func(t *testing.T) {
		st := newSite(t, h).st
		expect(t, "a lease never taken", store.Lease{}, must(st.Lease(ctx, part))(t))
		epoch := must(st.Acquire(ctx, part, "anne", now, ttl))(t)
		expect(t, "a lease", store.Lease{Epoch: epoch, Owner: "anne", Until: now.Add(ttl)}, must(st.Lease(ctx, part))(t))
		if err := st.Renew(ctx, part, epoch, now.Add(time.Minute), ttl); err != nil {
			t.Fatalf("renew: %v", err)
		}
		expect(t, "a renewed lease", now.Add(time.Minute+ttl), must(st.Lease(ctx, part))(t).Until)
		if err := st.Release(ctx, part, epoch); err != nil {
			t.Fatalf("release: %v", err)
		}
		expect(t, "a lease given back", store.Lease{Epoch: epoch}, must(st.Lease(ctx, part))(t))
	})
	t.Run("a part that does not exist cannot be leased", func(t *testing.T) {
		st := newSite(t, h).st
		if _, err := st.Acquire(ctx, store.Part(st.Parts()), "anne", now, ttl); err == nil {
			t.Error("no error")
		}
	})
	t.Run("a stale owner can do nothing", func(t *testing.T) { testFencing(t, h) })
}

func testFencing(t *testing.T, h Harness) {
	ctx := context.Background()
	s := newSite(t, h)
	person := s.person(part, 1)
	b := store.Batch{
		Part:     part,
		People:   []store.PersonRow{{ID: person, State: []byte("stale")}},
		Entries:  []store.Entry{event(person, 1, key(1))},
		Timers:   []store.Timer{{Person: person, Name: "basket", Due: now, Gen: 1}},
		Letters:  []store.Letter{{Number: 1, To: 2, Body: []byte("stale")}},
		Counters: []store.Counter{{Key: "stale", Hour: now.Truncate(time.Hour), N: 1}},
		Feed:     [][]byte{[]byte("stale")},
	}
	expectError(t, "commit to a part nobody holds", store.ErrFenced, s.st.Commit(ctx, &b))
	stale := must(s.st.Acquire(ctx, part, "anne", now, ttl))(t)
	must(s.st.Acquire(ctx, part, "bob", now.Add(ttl), ttl))(t)
	b.Epoch = stale
	expectError(t, "commit", store.ErrFenced, s.st.Commit(ctx, &b))
	expectError(t, "renew", store.ErrFenced, s.st.Renew(ctx, part, stale, now, ttl))
	expectError(t, "release", store.ErrFenced, s.st.Release(ctx, part, stale))
	b.Epoch = stale + 1000
	expectError(t, "commit under an epoch never given", store.ErrFenced, s.st.Commit(ctx, &b))

	k := known{people: []aparte.PersonID{person}, events: []store.Key{key(1)}}
	expect(t, "contents", contents{
		Seen:    map[store.Key]bool{key(1): false},
		History: map[aparte.PersonID][]store.Entry{person: nil},
	}, s.read(t, part, k))
	expect(t, "counters", nil, must(s.st.Counters(ctx, "", now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0)))(t))
}
