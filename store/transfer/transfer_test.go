package transfer_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/querytest"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
	"github.com/aparte-dev/aparte/store/postgres"
	"github.com/aparte-dev/aparte/store/transfer"
)

const parts = 4

var noon = time.Date(2026, time.November, 28, 12, 0, 0, 0, time.UTC)

func quiet(int, int) {}

func embedded(t *testing.T, secret []byte) *pebble.Store {
	t.Helper()
	st, err := pebble.Open("store", pebble.Options{FS: pebble.Memory(), Parts: parts, Rand: bytes.NewReader(secret)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

func served(t *testing.T, secret []byte) *postgres.Store {
	t.Helper()
	st, err := postgres.Open(t.Context(), []string{querytest.Start(t, "max_connections=50")}, postgres.Options{Parts: parts, Connections: 4, Rand: bytes.NewReader(secret)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// furnish fills a store with rows of every kind, some of them the remains of what was changed and deleted.
func furnish(t *testing.T, st transfer.Place) {
	t.Helper()
	ctx := t.Context()
	rng := rand.New(rand.NewPCG(7, 7))
	key := func() (k store.Key) {
		binary.BigEndian.PutUint64(k[:], rng.Uint64())
		k[15] = 1
		return k
	}
	for n := range store.Part(parts) {
		epoch, err := st.Acquire(ctx, n, "tester", noon, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		seqs := map[int]uint64{}
		person := func(i int) (id aparte.PersonID) {
			binary.BigEndian.PutUint64(id[:], uint64(i*parts)+uint64(n))
			return id
		}
		for turn := range 40 {
			b := store.Batch{Part: n, Epoch: epoch}
			for range 30 {
				i := 1 + rng.IntN(60)
				seqs[i]++
				b.Entries = append(b.Entries, store.Entry{
					Person: person(i), Seq: seqs[i], At: noon.Add(time.Duration(rng.IntN(1e9)) * time.Microsecond), Kind: store.EntryKind(1 + rng.IntN(5)), Key: key(), Body: make([]byte, rng.IntN(300)),
				})
				b.People = append(b.People, store.PersonRow{ID: person(i), State: bytes.Repeat([]byte{byte(turn)}, rng.IntN(900))})
				b.Timers = append(b.Timers, store.Timer{Person: person(i), Name: fmt.Sprint("t", rng.IntN(3)), Due: noon.Add(time.Duration(rng.IntN(1e6)) * time.Millisecond), Gen: uint64(turn + 1)})
				b.Identifiers = append(b.Identifiers, store.IdentifierRow{Key: key(), Person: person(i)})
				b.Counters = append(b.Counters, store.Counter{Key: fmt.Sprint("count/", rng.IntN(20)), Hour: noon.Add(time.Duration(rng.IntN(50)) * time.Hour), N: int64(rng.IntN(9) - 2)})
				b.Feed = append(b.Feed, make([]byte, rng.IntN(50)))
			}
			b.Letters = []store.Letter{{Number: uint64(turn + 1), To: store.Part(rng.IntN(parts)), Body: []byte("letter")}}
			if turn%3 == 0 {
				b.Delivered = []uint64{uint64(turn)}
				b.People = append(b.People, store.PersonRow{ID: person(1 + rng.IntN(60))}) // merged into somebody
			}
			if err := st.Commit(ctx, &b); err != nil {
				t.Fatal(err)
			}
		}
		if err := st.Commit(ctx, &store.Batch{Part: n, Epoch: epoch, Erased: []aparte.PersonID{person(3), person(4)}}); err != nil {
			t.Fatal(err)
		}
		if err := st.Release(ctx, n, epoch); err != nil {
			t.Fatal(err)
		}
	}
	for version := range 5 {
		for _, name := range []string{"brand", "model", "model\x00"} {
			if _, err := st.PutDocument(ctx, name, fmt.Appendf(nil, "%s %d", name, version)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := st.DropDocuments(ctx, "model", 4); err != nil {
		t.Fatal(err)
	}
}

func sums(t *testing.T, st transfer.Place) []transfer.Sum {
	t.Helper()
	s, err := transfer.Sums(t.Context(), st, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// stopping is a store that stops after a number of batches.
type stopping struct {
	transfer.Place
	left int
}

var errStopped = errors.New("stopped")

func (s *stopping) Commit(ctx context.Context, b *store.Batch) error {
	if s.left--; s.left < 0 {
		return errStopped
	}
	err := s.Place.Commit(ctx, b)
	if s.left == 0 && err == nil {
		return errStopped // it was written, and nobody knows
	}
	return err
}

func TestACopyHoldsWhatItIsOf(t *testing.T) {
	secret := bytes.Repeat([]byte{42}, 32)
	from := embedded(t, secret)
	furnish(t, from)
	for _, s := range sums(t, from) {
		if s.Count == 0 {
			t.Errorf("there are no %s to be copied", s.Kind)
		}
	}
	onServers := served(t, secret)
	for _, to := range []struct {
		name string
		from transfer.Place
		to   transfer.Place
	}{{"embedded to embedded", from, embedded(t, secret)}, {"embedded to PostgreSQL", from, onServers}, {"PostgreSQL to embedded", onServers, embedded(t, secret)}} {
		t.Run(to.name, func(t *testing.T) {
			want := sums(t, to.from)
			newest, err := to.from.Document(t.Context(), "model", 0)
			if err != nil {
				t.Fatal(err)
			}
			tries := 0
			for stopped := true; stopped; tries++ {
				err := transfer.Copy(t.Context(), to.from, &stopping{to.to, 1 + 37*tries}, quiet)
				if stopped = errors.Is(err, errStopped); err != nil && !stopped {
					t.Fatal(err)
				}
			}
			if tries < 5 {
				t.Errorf("it was stopped %d times only", tries-1)
			}
			if diff := cmp.Diff(want, sums(t, to.to)); diff != "" {
				t.Errorf("it differs (-from +to):\n%s", diff)
			}
			if version, err := to.to.PutDocument(t.Context(), "model", nil); err != nil || version != newest.Version+1 {
				t.Errorf("after version %d comes %d, %v", newest.Version, version, err)
			}
		})
	}
	if err := transfer.Copy(t.Context(), from, embedded(t, bytes.Repeat([]byte{43}, 32)), quiet); !errors.Is(err, transfer.ErrOther) {
		t.Errorf("into a store of another secret: %v", err)
	}
}

func TestNobodyCopiesUnderWhoIsAtWork(t *testing.T) {
	secret := bytes.Repeat([]byte{42}, 32)
	from, to := embedded(t, secret), embedded(t, secret)
	epoch, err := from.Acquire(t.Context(), 1, "node", time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- transfer.Copy(t.Context(), from, to, quiet) }()
	for at := time.Now(); ; at = at.Add(time.Second) { // it renews its lease until the copy has seen that
		select {
		case err := <-done:
			if !errors.Is(err, store.ErrLeased) {
				t.Errorf("a copy while somebody is at work: %v", err)
			}
			return
		case <-time.After(10 * time.Millisecond):
			if err := from.Renew(t.Context(), 1, epoch, at, time.Minute); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestACopyWaitsForWhoIsGone(t *testing.T) {
	secret := bytes.Repeat([]byte{42}, 32)
	from, to := embedded(t, secret), embedded(t, secret)
	if _, err := from.Acquire(t.Context(), 1, "node", time.Now(), 300*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := transfer.Copy(t.Context(), from, to, quiet); err != nil {
		t.Error(err)
	}
}

func TestSumsTellWhatDiffers(t *testing.T) {
	secret := bytes.Repeat([]byte{42}, 32)
	one, other := embedded(t, secret), embedded(t, secret)
	furnish(t, one)
	furnish(t, other)
	if diff := cmp.Diff(sums(t, one), sums(t, other)); diff != "" {
		t.Fatalf("what is the same differs:\n%s", diff)
	}
	ctx := t.Context()
	epoch, err := other.Acquire(ctx, 2, "tester", noon, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	id := aparte.PersonID{7: 2 + 4*9}
	for kind, b := range map[string]store.Batch{
		"people":      {People: []store.PersonRow{{ID: id, State: []byte("another")}}},
		"entries":     {Rewritten: []store.Entry{{Person: id, Seq: 1, Body: []byte("another")}}},
		"timers":      {Timers: []store.Timer{{Person: id, Name: "t0", Due: noon, Gen: 99}}},
		"identifiers": {Identifiers: []store.IdentifierRow{{Key: store.Key{1}, Person: id}}},
		"letters":     {Letters: []store.Letter{{Number: 1000}}},
		"feed":        {Feed: [][]byte{{1}}},
		"counters":    {Counters: []store.Counter{{Key: "count/1", Hour: noon, N: 1}}},
	} {
		before := sums(t, other)
		b.Part, b.Epoch = 2, epoch
		if err := other.Commit(ctx, &b); err != nil {
			t.Fatal(err)
		}
		for i, s := range sums(t, other) {
			if differs := s != before[i]; differs != (s.Kind == kind) {
				t.Errorf("after a change of %s: %s differ %v", kind, s.Kind, differs)
			}
		}
	}
}
