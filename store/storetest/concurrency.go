package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

const (
	manyBatches = 25
	manyPeople  = 5
)

// batchOf is the i-th batch of an owner who writes the same few people again and again. Every row says
// which batch it is of.
func (s *site) batchOf(n store.Part, i int) store.Batch {
	b := store.Batch{
		Part:     n,
		Counters: []store.Counter{{Key: "batches", Hour: now.Truncate(time.Hour), N: 1}},
		Letters:  []store.Letter{{Number: uint64(i), Body: batchMark(i)}},
		Feed:     [][]byte{batchMark(i)},
	}
	if i > 1 {
		b.Delivered = []uint64{uint64(i - 1)}
	}
	for j := range manyPeople {
		person := s.person(n, j+1)
		b.People = append(b.People, store.PersonRow{ID: person, State: bytes.Repeat(batchMark(i), 200)}) // 2 KB
		b.Entries = append(b.Entries, store.Entry{
			Person: person, Seq: uint64(i), At: now, Kind: store.EventEntry, Key: eventOf(i, j), Body: batchMark(i),
		})
		due := now.Add(time.Duration(i) * time.Second)
		if i%2 == 0 {
			due = now.Add(time.Duration(-i) * time.Second)
		}
		b.Timers = append(b.Timers, store.Timer{Person: person, Name: "t", Due: due, Gen: uint64(i)})
	}
	return b
}

func batchMark(i int) []byte { return []byte(fmt.Sprintf("batch %d", i)) }

func eventOf(i, person int) store.Key { return key(i*manyPeople + person) }

// knownOf is what the batches up to the i-th wrote, and one more would.
func (s *site) knownOf(n store.Part, i int) known {
	var k known
	for j := range manyPeople {
		k.people = append(k.people, s.person(n, j+1))
		for b := 1; b <= i+1; b++ {
			k.events = append(k.events, eventOf(b, j))
		}
	}
	return k
}

func testConcurrency(t *testing.T, h Harness) {
	t.Run("owners of different parts, and readers, do not disturb one another", func(t *testing.T) {
		s := newSite(t, h)
		owners := store.Part(s.st.Parts())
		for n := range owners {
			s.commit(t, store.Batch{Part: n}) // takes the lease
		}
		want := make([]*oracle, owners)
		var wg sync.WaitGroup
		for n := range owners {
			want[n] = newOracle()
			wg.Go(func() {
				for i := 1; i <= manyBatches; i++ {
					b := s.batchOf(n, i)
					if err := s.try(t, b); err != nil {
						t.Errorf("batch %d of part %d: %v", i, n, err)
						return
					}
					if err := want[n].commit(&b); err != nil {
						t.Errorf("oracle: %v", err)
						return
					}
				}
			})
			wg.Go(func() { s.watch(t, n) })
		}
		wg.Wait()
		for n := range owners {
			k := s.knownOf(n, manyBatches)
			expect(t, fmt.Sprintf("part %d", n), want[n].contents(n, k), s.read(t, n, k))
		}
		sum := must(s.st.Counters(context.Background(), "batches", now.Add(-time.Hour), now))(t)
		expect(t, "counter of all parts", []store.Counter{{Key: "batches", Hour: now.Truncate(time.Hour), N: int64(owners) * manyBatches}}, sum)
	})
	t.Run("of two owners under one epoch, one commits an entry", testRace(h))
	t.Run("a commit is whole or refused while the store closes", func(t *testing.T) { testClosing(t, h) })
}

// watch reads a part that is being written until it is complete: its feed never has a hole, what came
// with a row is there with it, and timers that move are there all the time.
func (s *site) watch(t *testing.T, n store.Part) {
	ctx := context.Background()
	for last := uint64(0); last < manyBatches && !t.Failed(); {
		rows, err := s.st.Feed(ctx, n, last, 100)
		if err != nil {
			t.Errorf("feed: %v", err)
			return
		}
		for _, r := range rows {
			if last++; r.Position != last || string(r.Body) != string(batchMark(int(last))) {
				t.Errorf("row %d of part %d says %q", r.Position, n, r.Body)
			}
			if _, err := s.st.Entry(ctx, n, s.person(n, manyPeople), last); err != nil {
				t.Errorf("the feed is ahead of the history: %v", err)
			}
		}
		timers, err := s.st.Due(ctx, n, now.AddDate(1, 0, 0), 100)
		if err != nil {
			t.Errorf("due: %v", err)
			return
		}
		if last > 0 && (len(timers) != manyPeople || timers[0].Gen < last || timers[0].Gen != timers[manyPeople-1].Gen) {
			t.Errorf("part %d has timers %v after batch %d", n, timers, last)
		}
	}
}

func testRace(h Harness) func(t *testing.T) {
	return func(t *testing.T) {
		s := newSite(t, h)
		s.commit(t, store.Batch{Part: part})
		var committed, conflicts atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for i := 1; i <= manyBatches; i++ {
					b := store.Batch{Part: part, Epoch: s.epochs[part], Feed: [][]byte{batchMark(i)}}
					b.Entries = []store.Entry{event(s.person(part, 1), uint64(i), key(i))}
					switch err := s.st.Commit(context.Background(), &b); {
					case err == nil:
						committed.Add(1)
					case errors.Is(err, store.ErrConflict):
						conflicts.Add(1)
					default:
						t.Errorf("commit: %v", err)
					}
				}
			})
		}
		wg.Wait()
		if committed.Load() != manyBatches || conflicts.Load() != 3*manyBatches {
			t.Errorf("%d committed, %d conflicts, want %d and %d", committed.Load(), conflicts.Load(), manyBatches, 3*manyBatches)
		}
		got := s.read(t, part, known{people: []aparte.PersonID{s.person(part, 1)}})
		expect(t, "entries and rows of the feed", [2]int{manyBatches, manyBatches}, [2]int{len(got.History[s.person(part, 1)]), len(got.Feed)})
	}
}

func testClosing(t *testing.T, h Harness) {
	s := newSite(t, h)
	s.commit(t, store.Batch{Part: part})
	started := make(chan struct{})
	done := make(chan int) // the last batch that was committed
	go func() {
		for i := 1; ; i++ {
			if s.try(t, s.batchOf(part, i)) != nil {
				done <- i - 1
				return
			}
			if i == 3 {
				close(started)
			}
		}
	}()
	<-started
	if err := s.st.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	last := <-done
	s.open(t)
	want := newOracle()
	for i := 1; i <= last; i++ {
		b := s.batchOf(part, i)
		if err := want.commit(&b); err != nil {
			t.Fatal(err)
		}
	}
	k := s.knownOf(part, last)
	expect(t, "contents", want.contents(part, k), s.read(t, part, k))
}
