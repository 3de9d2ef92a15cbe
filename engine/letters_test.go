package engine_test

import (
	"context"
	"fmt"
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
	s, err := pebble.Open(t.TempDir(), pebble.Options{Parts: 128})
	if err != nil {
		t.Fatal(err)
	}
	office := &postOffice{Store: s}
	composer, err := compose.New(assets())
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Config{Store: office, Composer: composer, BaseURL: "http://say.example"})
	if err != nil {
		t.Fatal(err)
	}
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
				if who[k], err = e.Find(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			if who[0] != who[1] || who[1] != who[2] {
				t.Errorf("%s: one person is %v", test.name, who)
			}
		}
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
