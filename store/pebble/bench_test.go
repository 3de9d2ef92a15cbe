package pebble_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// A world of people as the engine stores them.
const (
	benchPeople = 100_000
	benchState  = 2048 // bytes of a state, about half of which compress away
	benchBody   = 300  // bytes of an event
)

// world is a store in which every person has been written once.
type world struct {
	st     *pebble.Store
	epochs []store.Epoch       // by part
	people [][]aparte.PersonID // by part
	seqs   [][]uint64          // of their last entries
	text   []byte
}

func newWorld(b *testing.B, people int) *world {
	b.Helper()
	st, err := pebble.Open(b.TempDir(), pebble.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	w := &world{
		st:     st,
		epochs: make([]store.Epoch, st.Parts()),
		people: make([][]aparte.PersonID, st.Parts()),
		seqs:   make([][]uint64, st.Parts()),
		text:   benchText(1 << 20),
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range people {
		id := aparte.PersonID(randomKey(rng))
		part := store.PartOf(id[:8], st.Parts())
		w.people[part] = append(w.people[part], id)
		w.seqs[part] = append(w.seqs[part], 0)
	}
	for part := range w.epochs {
		if w.epochs[part], err = st.Acquire(b.Context(), store.Part(part), "bench", time.Now(), time.Hour); err != nil {
			b.Fatal(err)
		}
		var batch store.Batch
		for first := 0; first < len(w.people[part]); first += 128 {
			w.fill(&batch, rng, part, first, min(128, len(w.people[part])-first), 1)
			if err := st.Commit(b.Context(), &batch); err != nil {
				b.Fatal(err)
			}
		}
	}
	return w
}

// fill makes a batch of the turns of a part's people from the first on: a state, some events and, for
// three in ten, a timer each.
func (w *world) fill(b *store.Batch, rng *rand.Rand, part, first, people, events int) {
	*b = store.Batch{
		Part: store.Part(part), Epoch: w.epochs[part],
		People: b.People[:0], Entries: b.Entries[:0], Timers: b.Timers[:0],
	}
	piece := func(n int) []byte {
		from := rng.IntN(len(w.text) - n)
		return w.text[from : from+n]
	}
	at := time.Unix(1_800_000_000, 0)
	for i := range people {
		i = (first + i) % len(w.people[part])
		id, seq := w.people[part][i], &w.seqs[part][i]
		for range events {
			*seq++
			b.Entries = append(b.Entries, store.Entry{
				Person: id, Seq: *seq, At: at, Kind: store.EventEntry, Key: randomKey(rng), Body: piece(benchBody),
			})
		}
		b.People = append(b.People, store.PersonRow{ID: id, State: piece(benchState)})
		if rng.IntN(10) < 3 {
			due := at.Add(time.Duration(rng.IntN(1e6)) * time.Second)
			b.Timers = append(b.Timers, store.Timer{Person: id, Name: "basket", Due: due, Gen: *seq})
		}
	}
}

// benchText is text of which every other 32 bytes repeat the 32 bytes before.
func benchText(n int) []byte {
	rng := rand.New(rand.NewPCG(3, 4))
	const letters = "etaoin shrdlu0123456789ABCDEF{}:"
	text := make([]byte, n)
	for i := range text {
		text[i] = letters[rng.IntN(len(letters))]
		if i%64 >= 32 {
			text[i] = text[i-32]
		}
	}
	return text
}

func randomKey(rng *rand.Rand) store.Key {
	var k store.Key
	binary.BigEndian.PutUint64(k[:], rng.Uint64())
	binary.BigEndian.PutUint64(k[8:], rng.Uint64())
	return k
}

// BenchmarkCommit commits batches of people as the parts' owners do, one batch after another or several
// parts at once.
func BenchmarkCommit(b *testing.B) {
	w := newWorld(b, benchPeople)
	for _, c := range []struct{ people, events, owners int }{
		{1, 1, 1}, {1, 1, 32}, {32, 1, 1}, {32, 1, 32}, {128, 1, 1}, {128, 1, 32}, {13, 10, 32},
	} {
		b.Run(fmt.Sprintf("people=%d/events=%d/owners=%d", c.people, c.events, c.owners), func(b *testing.B) {
			b.ReportAllocs()
			var owners errgroup.Group
			for o := range c.owners {
				owners.Go(func() error {
					rng := rand.New(rand.NewPCG(rand.Uint64(), uint64(o)))
					var batch store.Batch
					for i := o; i < b.N; i += c.owners {
						part := o + c.owners*rng.IntN(len(w.people)/c.owners) // no other owner's
						w.fill(&batch, rng, part, rng.IntN(len(w.people[part])), c.people, c.events)
						if err := w.st.Commit(context.Background(), &batch); err != nil {
							return err
						}
					}
					return nil
				})
			}
			if err := owners.Wait(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(c.people*b.N)/b.Elapsed().Seconds(), "people/s")
			b.ReportMetric(float64(c.people*c.events*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkReads reads from a store larger than its cache.
func BenchmarkReads(b *testing.B) {
	w := newWorld(b, benchPeople)
	rng := rand.New(rand.NewPCG(5, 6))
	one := func(b *testing.B, among int) {
		b.ReportAllocs()
		for range b.N {
			part := rng.IntN(len(w.people))
			id := w.people[part][rng.IntN(min(among, len(w.people[part])))]
			states, err := w.st.States(b.Context(), store.Part(part), []aparte.PersonID{id})
			if err != nil || states[0].State == nil {
				b.Fatal("no state", err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "people/s")
	}
	b.Run("state of anyone", func(b *testing.B) { one(b, benchPeople) })
	b.Run("state of one in 100", func(b *testing.B) { one(b, 8) })
	b.Run("128 event keys never seen", func(b *testing.B) {
		b.ReportAllocs()
		keys := make([]store.Key, 128)
		for range b.N {
			for i := range keys {
				keys[i] = randomKey(rng)
			}
			if _, err := w.st.Seen(b.Context(), store.Part(rng.IntN(len(w.people))), keys); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(keys)*b.N)/b.Elapsed().Seconds(), "keys/s")
	})
	b.Run("scan", func(b *testing.B) {
		b.ReportAllocs()
		people := 0
		for range b.N {
			var after aparte.PersonID
			part := store.Part(rng.IntN(len(w.people)))
			for {
				page, err := w.st.People(b.Context(), part, after, 256)
				if err != nil {
					b.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				people += len(page)
				after = page[len(page)-1].ID
			}
		}
		b.ReportMetric(float64(people)/b.Elapsed().Seconds(), "people/s")
	})
	b.Run("resident", func(b *testing.B) {
		for range b.N {
			debug.FreeOSMemory()
		}
		b.ReportMetric(residentMB(b), "MB")
	})
}

// BenchmarkReopen opens a store whose process died with two full memtables.
func BenchmarkReopen(b *testing.B) {
	fs := vfs.NewCrashableMem()
	opts := pebble.Options{FS: fs}
	st, err := pebble.Open("data", opts)
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	epoch, err := st.Acquire(b.Context(), 0, "bench", time.Now(), time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	w := &world{st: st, epochs: []store.Epoch{epoch}, people: make([][]aparte.PersonID, 1), seqs: [][]uint64{make([]uint64, 5000)}, text: benchText(1 << 20)}
	rng := rand.New(rand.NewPCG(7, 8))
	for range 5000 {
		w.people[0] = append(w.people[0], aparte.PersonID(randomKey(rng)))
	}
	var batch store.Batch
	for i := range 300 {
		w.fill(&batch, rng, 0, i*128, 128, 1)
		if err := st.Commit(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		opts.FS = fs.CrashClone(vfs.CrashCloneCfg{})
		b.StartTimer()
		again, err := pebble.Open("data", opts)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := again.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// residentMB is the process's resident memory, 0 where the system does not say.
func residentMB(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("resident memory is read from /proc, which is not there")
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kb float64
	if _, err := fmt.Sscan(rest, &kb); err != nil {
		b.Fatal(err)
	}
	return kb / 1024
}

// BenchmarkFire sets a hundred timers and fires them as they come due, again and again in one part.
func BenchmarkFire(b *testing.B) {
	w := newWorld(b, 1000)
	at := time.Unix(1_800_000_000, 0)
	b.ReportAllocs()
	for i := range b.N {
		batch := store.Batch{Part: 0, Epoch: w.epochs[0]}
		for j := range 100 {
			timer := store.Timer{Person: aparte.PersonID{0: byte(j)}, Name: "visit", Due: at.Add(time.Duration(100*i+j) * time.Second), Gen: uint64(i)}
			batch.Timers = append(batch.Timers, timer)
		}
		if err := w.st.Commit(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
		due, err := w.st.Due(b.Context(), 0, at.Add(1e6*time.Hour), 100)
		if err != nil || len(due) != 100 {
			b.Fatal(len(due), err)
		}
		if err := w.st.Commit(b.Context(), &store.Batch{Part: 0, Epoch: w.epochs[0], Fired: due}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(100*b.N)/b.Elapsed().Seconds(), "timers/s")
}

// BenchmarkReplace puts a document in the place of the one before it, as chores do that write down how far they are, and reads it.
func BenchmarkReplace(b *testing.B) {
	st, err := pebble.Open(b.TempDir(), pebble.Options{FS: vfs.NewMem()}) // the disk is not asked
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	}()
	for b.Loop() {
		version, err := store.Replace(b.Context(), st, "how far", []byte("far"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := st.Document(b.Context(), "how far", version); err != nil {
			b.Fatal(err)
		}
	}
}
