package pebble_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// A world of people as the engine stores them: 2 KB states that compress to about half.
const (
	benchPeople = 100_000
	stateLen    = 2048
	bodyLen     = 300
)

type world struct {
	st     *pebble.Store
	epochs []store.Epoch
	ids    [][]aparte.PersonID // by part
	seqs   [][]uint64
	noise  []byte
}

// newWorld opens a store and writes every person once.
func newWorld(b *testing.B, opts pebble.Options, people int) *world {
	b.Helper()
	st, err := pebble.Open(b.TempDir(), opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	w := &world{st: st, epochs: make([]store.Epoch, st.Parts()), ids: make([][]aparte.PersonID, st.Parts()), seqs: make([][]uint64, st.Parts())}
	rng := rand.New(rand.NewPCG(1, 2))
	w.noise = make([]byte, 1<<20)
	const letters = "etaoin shrdlu0123456789ABCDEF{}:" // 5 bits a byte
	for i := range w.noise {
		w.noise[i] = letters[rng.IntN(len(letters))]
		if i > 64 && i%64 >= 32 {
			w.noise[i] = w.noise[i-64]
		}
	}
	for range people {
		var id aparte.PersonID
		binary.BigEndian.PutUint64(id[:], rng.Uint64())
		binary.BigEndian.PutUint64(id[8:], rng.Uint64())
		part := store.PartOf(id[:8], st.Parts())
		w.ids[part] = append(w.ids[part], id)
	}
	for p := range w.epochs {
		w.epochs[p], err = st.Acquire(b.Context(), store.Part(p), "bench", time.Unix(0, 0), time.Hour)
		if err != nil {
			b.Fatal(err)
		}
		w.seqs[p] = make([]uint64, len(w.ids[p]))
		batch := &store.Batch{Part: store.Part(p), Epoch: w.epochs[p]}
		for i := range w.ids[p] {
			w.add(batch, rng, p, i)
		}
		if err := st.Commit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	return w
}

func (w *world) text(rng *rand.Rand, n int) []byte {
	from := rng.IntN(len(w.noise) - n)
	return w.noise[from : from+n]
}

// add is one person's turn: a state, an event and, for three in ten, a timer.
func (w *world) add(batch *store.Batch, rng *rand.Rand, part, i int) {
	id := w.ids[part][i]
	w.seqs[part][i]++
	e := store.Entry{Person: id, Seq: w.seqs[part][i], At: time.Unix(1_800_000_000, 0), Kind: store.EventEntry, Body: w.text(rng, bodyLen)}
	binary.BigEndian.PutUint64(e.Key[:], rng.Uint64())
	binary.BigEndian.PutUint64(e.Key[8:], rng.Uint64())
	batch.People = append(batch.People, store.PersonRow{ID: id, State: w.text(rng, stateLen)})
	batch.Entries = append(batch.Entries, e)
	if rng.IntN(10) < 3 {
		batch.Timers = append(batch.Timers, store.Timer{Person: id, Name: "basket", Due: time.Unix(1_800_000_000+rng.Int64N(1e6), 0), Gen: e.Seq})
	}
}

func BenchmarkCommit(b *testing.B) {
	for _, people := range []int{1, 32, 128} {
		for _, owners := range []int{1, 16} {
			b.Run(fmt.Sprintf("people=%d/owners=%d", people, owners), func(b *testing.B) {
				w := newWorld(b, pebble.Options{}, benchPeople)
				w.commit(b, people, owners)
			})
		}
	}
}

// commit lets owners commit b.N batches of people each, every owner to its own parts in turn.
func (w *world) commit(b *testing.B, people, owners int) {
	b.ReportAllocs()
	b.ResetTimer()
	done := make(chan error)
	for o := range owners {
		go func() {
			rng := rand.New(rand.NewPCG(3, uint64(o)))
			batch := &store.Batch{}
			for i := o; i < b.N; i += owners {
				part := i%len(w.ids)/owners*owners + o
				if part >= len(w.ids) {
					part = o
				}
				*batch = store.Batch{Part: store.Part(part), Epoch: w.epochs[part], People: batch.People[:0], Entries: batch.Entries[:0], Timers: batch.Timers[:0]}
				start := rng.IntN(len(w.ids[part]))
				for k := range people {
					w.add(batch, rng, part, (start+k/perPerson)%len(w.ids[part]))
				}
				if perPerson > 1 {
					keep := batch.People[:0]
					for i := range batch.People {
						if i%perPerson == 0 {
							keep = append(keep, batch.People[i])
						}
					}
					batch.People = keep
					batch.Timers = batch.Timers[:len(batch.Timers)/perPerson]
				}
				if err := w.st.Commit(context.Background(), batch); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range owners {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(people*b.N)/b.Elapsed().Seconds(), "people/s")
}

var perPerson = func() int { n, _ := strconv.Atoi(os.Getenv("PP")); return max(n, 1) }()
