package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// postOffice counts the letters that are committed.
type postOffice struct {
	*pebble.Store
	letters atomic.Int64
}

func (p *postOffice) Commit(ctx context.Context, b *store.Batch) error {
	p.letters.Add(int64(len(b.Letters)))
	return p.Store.Commit(ctx, b)
}

// A merge of a user with a younger record takes a link and an absorb; with an elder one a link, a yield, an absorb, and a link for
// the userId. Where every step is a letter they are five and six.
func TestAMergeTakesFewLetters(t *testing.T) {
	office := &postOffice{Store: stored(t, 128)}
	e := over(t, engine.Config{Store: office})
	accept := func(event aparte.Event, at time.Time) {
		t.Helper()
		event.Timestamp, event.ReceivedAt = at, at
		if err := e.Accept(t.Context(), []aparte.Event{event}); err != nil {
			t.Fatal(err)
		}
	}
	early := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	const merges = 20
	for _, test := range []struct {
		name   string
		second time.Time // when the second device was first seen; the first was at early
		most   int64     // letters a merge
	}{{"younger", early.Add(time.Hour), 2}, {"elder", early.Add(-time.Hour), 4}} {
		for i := range merges {
			user, first, second := fmt.Sprint(test.name, i), fmt.Sprint(test.name, "-first-", i), fmt.Sprint(test.name, "-second-", i)
			accept(event("Ping", "", first, nil), early)
			accept(identify(user, first, nil), early.Add(2*time.Hour))
			accept(event("Ping", "", second, nil), test.second)
			before := office.letters.Load()
			accept(identify(user, second, nil), early.Add(3*time.Hour))
			if n := office.letters.Load() - before; n > test.most {
				t.Errorf("%s: a merge took %d letters, want at most %d", test.name, n, test.most)
			}
			var who [3]aparte.PersonID
			for k, id := range []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}, {Kind: aparte.KindAnonymousID, Value: first}, {Kind: aparte.KindAnonymousID, Value: second}} {
				var err error
				if who[k], err = e.Find(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			if who[0] != who[1] || who[1] != who[2] {
				t.Errorf("%s: one person is %v", test.name, who)
			}
		}
	}
}

// stored is a store in a directory, until the test ends.
func stored(t *testing.T, parts int) *pebble.Store {
	t.Helper()
	s, err := pebble.Open(t.TempDir(), pebble.Options{Parts: parts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// over is an engine over a store, until the test ends.
func over(t *testing.T, c engine.Config) *engine.Engine {
	t.Helper()
	composer, err := compose.New(assets())
	if err != nil {
		t.Fatal(err)
	}
	c.Composer, c.BaseURL = composer, "http://say.example"
	e, err := engine.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// silent is a store of which half the commits fail while it is told to: of those every second is written all the same.
type silent struct {
	*pebble.Store
	on      atomic.Bool
	commits atomic.Int64
}

var errSilent = errors.New("the store does not answer")

func (s *silent) Commit(ctx context.Context, b *store.Batch) error {
	n := s.commits.Add(1)
	if s.on.Load() && n%4 == 1 {
		return errSilent
	}
	if err := s.Store.Commit(ctx, b); err != nil || !s.on.Load() || n%4 != 3 {
		return err
	}
	return errSilent
}

// Who is one is found out in the end, whatever the store did not answer meanwhile, and without a restart: letters that were written by a commit that
// was not answered are carried, and those on which nobody could act are again.
func TestLettersAreCarriedThoughTheStoreDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := &silent{Store: stored(t, 16)}
	e := over(t, engine.Config{Store: s, Logger: slog.New(slog.DiscardHandler)})
	accept := func(event aparte.Event) {
		for e.Accept(t.Context(), []aparte.Event{event}) != nil && t.Context().Err() == nil {
		}
	}
	const humans, devices = 20, 3
	names := func(i int) []aparte.Identifier {
		all := []aparte.Identifier{{Kind: aparte.KindUserID, Value: fmt.Sprint("u", i)}}
		for n := range devices {
			all = append(all, aparte.Identifier{Kind: aparte.KindAnonymousID, Value: fmt.Sprint("d", i, "-", n)})
		}
		return all
	}
	s.on.Store(true)
	for i := range humans {
		all := names(i)
		for _, device := range all[1:] {
			accept(event("Ping", "", device.Value, nil))
		}
		for _, device := range all[1:] {
			accept(event("Ping", all[0].Value, device.Value, nil))
		}
	}
	s.on.Store(false)
	for i := range humans {
		for tries := 0; ; tries++ {
			var people []aparte.PersonID
			for _, name := range names(i) {
				id, err := e.Find(t.Context(), name)
				if err != nil {
					t.Fatal(err)
				}
				people = append(people, id)
			}
			if people = slices.Compact(people); len(people) == 1 {
				break
			}
			if tries == 6000 { // they are looked for once a minute at least
				t.Fatalf("human %d is %d people after a while", i, len(people))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}
