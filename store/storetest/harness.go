package storetest

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Harness says how to get at the store under test.
type Harness struct {
	// New is a new place where there is no store yet: a directory, a data source name. It is gone when
	// the test ends.
	New func(t testing.TB) string
	// Open opens the store in a place, and creates it there when it is opened first, with four parts or
	// more. It is called in the processes that are killed, too, where there is no test.
	Open func(place string) (store.Store, error)
}

// Run is the conformance suite.
func Run(t *testing.T, h Harness) {
	for _, subject := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"leases", testLeases},
		{"batches", testBatches},
		{"people", testPeople},
		{"identifiers", testIdentifiers},
		{"history", testHistory},
		{"timers", testTimers},
		{"counters", testCounters},
		{"letters and feed", testQueues},
		{"documents", testDocuments},
		{"erasure", testErasure},
		{"many at once", testConcurrency},
		{"opening and closing", testReopening},
		{"random batches", testRandomBatches},
		{"kill -9", testKill},
	} {
		t.Run(subject.name, func(t *testing.T) { subject.run(t, h) })
	}
}

// now is when the tests take place.
var now = time.Date(2026, time.November, 23, 9, 30, 0, 0, time.UTC)

// tester is what of a *testing.T or a *rapid.T the helpers need.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// site is one store of a test, the leases taken in it, and the place where it can be opened again.
type site struct {
	h      Harness
	place  string
	st     store.Store
	epochs map[store.Part]store.Epoch
}

// newSite opens a new store. It is closed when the test ends.
func newSite(t *testing.T, h Harness) *site {
	t.Helper()
	s := &site{h: h, place: h.New(t)}
	s.open(t)
	t.Cleanup(func() {
		if err := s.st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func (s *site) open(t tester) {
	t.Helper()
	st, err := s.h.Open(s.place)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	if st.Parts() < 4 {
		t.Fatalf("the store has %d parts, the suite needs 4", st.Parts())
	}
	s.st, s.epochs = st, map[store.Part]store.Epoch{}
}

func (s *site) reopen(t tester) {
	t.Helper()
	if err := s.st.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	s.open(t)
}

// try commits a batch as the part's owner.
func (s *site) try(t tester, b store.Batch) error {
	t.Helper()
	if s.epochs[b.Part] == 0 {
		epoch, err := s.st.Acquire(context.Background(), b.Part, "tester", now, time.Hour)
		if err != nil {
			t.Fatalf("acquire part %d: %v", b.Part, err)
		}
		s.epochs[b.Part] = epoch
	}
	b.Epoch = s.epochs[b.Part]
	return s.st.Commit(context.Background(), &b)
}

func (s *site) commit(t tester, b store.Batch) {
	t.Helper()
	if err := s.try(t, b); err != nil {
		t.Fatalf("commit to part %d: %v", b.Part, err)
	}
}

// person is the n-th person of a part.
func (s *site) person(part store.Part, n int) aparte.PersonID {
	var id aparte.PersonID
	binary.BigEndian.PutUint64(id[:], uint64(n)*uint64(s.st.Parts())+uint64(part))
	id[15] = 0xff
	return id
}

// key is a key that is not zero.
func key(n int) store.Key {
	var k store.Key
	binary.BigEndian.PutUint64(k[:], uint64(n)*0x9e3779b97f4a7c15)
	k[15] = 1
	return k
}

// event is an entry with its own key and body.
func event(person aparte.PersonID, seq uint64, k store.Key) store.Entry {
	return store.Entry{
		Person: person,
		Seq:    seq,
		At:     now.Add(time.Duration(seq) * 1234567 * time.Microsecond),
		Kind:   store.EventEntry,
		Key:    k,
		Body:   []byte("event " + person.String()),
	}
}

// must makes one value of a read that may not fail.
func must[V any](v V, err error) func(t tester) V {
	return func(t tester) V {
		t.Helper()
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		return v
	}
}
