package pebble_test

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	lsm "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"golang.org/x/sync/errgroup"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/bench"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// What BenchmarkRaw has the engine accept: requests of so many events, from so many callers, of so many people.
const (
	rawEvents  = 100
	rawCallers = 32
	rawPeople  = 5_000
	rawAsked   = 600 // requests in a round
)

// BenchmarkRaw holds what the engine takes in against what the database would, if somebody handed it the same bytes: the rows that
// the same events come to (states, entries, event keys, identifiers, timers, counters, marks), in the same batches, synced where
// the engine's are, written by as many goroutines as there are owners. Both go by turns, each time into an empty directory, with
// the same options.
func BenchmarkRaw(b *testing.B) {
	debug.SetGCPercent(200) // as serve does
	requests := rawRequests()
	recorded := &recorder{entries: map[store.EntryKind]int{}, bytes: map[store.EntryKind]int{}}
	var all []written
	takeIn(b, requests, func(s *pebble.Store) store.Store {
		recorded.Store, recorded.from = s, s
		return recorded
	}, func(e *engine.Engine) error {
		all = slices.Clone(recorded.written)
		for i := range 1_000 { // how much is kept of a decision
			who := []aparte.Identifier{{Kind: aparte.KindUserID, Value: fmt.Sprint("user-", i)}}
			if _, err := e.Decide(b.Context(), engine.Request{Identifiers: who, Slots: []string{"hero"}}); err != nil {
				return err
			}
		}
		return nil
	})
	size := 0
	for i := range all {
		size += len(all[i].bytes)
	}
	const rounds = 5
	for range b.N {
		var took, busy, tookRaw, busyRaw []time.Duration
		for range rounds {
			t, s := writeRaw(b, all)
			tookRaw, busyRaw = append(tookRaw, t), append(busyRaw, s)
			t, s = takeIn(b, requests, func(s *pebble.Store) store.Store { return s }, nil)
			took, busy = append(took, t), append(busy, s)
		}
		middle := func(all []time.Duration) float64 { return slices.Sorted(slices.Values(all))[rounds/2].Seconds() }
		const events = rawAsked * rawEvents
		b.ReportMetric(events/middle(took), "events/s")
		b.ReportMetric(events/middle(tookRaw), "raw/s")
		b.ReportMetric(100*middle(tookRaw)/middle(took), "%ofraw")
		b.ReportMetric(1e6*middle(busy)/events, "cpu-µs/event")
		b.ReportMetric(1e6*middle(busyRaw)/events, "cpu-µs/event-raw")
		b.ReportMetric(events/float64(len(all)), "events/batch")
		b.ReportMetric(float64(size)/events, "B/event")
		b.ReportMetric(float64(recorded.bytes[store.EventEntry])/float64(recorded.entries[store.EventEntry]), "B/entry")
		b.ReportMetric(float64(recorded.bytes[store.DecisionEntry])/float64(recorded.entries[store.DecisionEntry]), "B/entry-decision")
	}
}

// rawRequests are views of things, as a Segment SDK sends them, of one person after the other.
func rawRequests() [][]aparte.Event {
	requests := make([][]aparte.Event, rawAsked)
	names := [...]string{"Product Viewed", "Product Viewed", "Product Viewed", "Product Added", "Products Searched"}
	at := time.Now().UTC()
	for r := range requests {
		for i := range rawEvents {
			n := r*rawEvents + i
			requests[r] = append(requests[r], aparte.Event{
				Type: aparte.Track, Name: names[n%len(names)], MessageID: aparte.MessageID(fmt.Sprint("raw-", n)), UserID: fmt.Sprint("user-", n%rawPeople),
				Timestamp: at, OriginalTimestamp: at, SentAt: at, ReceivedAt: at, Source: "bench",
				Properties: fmt.Appendf(nil, `{"product_id":"%d","sku":"%[1]d","category":"category-%d","name":"A thing that somebody may like","brand":"House","price":%d.95,"quantity":1,"currency":"GBP","position":3,"url":"https://shop.example/item/%[1]d","image_url":"https://shop.example/item/%[1]d.jpg"}`, n%500, n%12, 1+n%90),
				Context:    fmt.Appendf(nil, `{"library":{"name":"@segment/analytics-node","version":"3.1.0"},"locale":"en-GB","timezone":"Europe/London","ip":"127.0.0.1","userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36","page":{"path":"/item/%d","referrer":"https://shop.example/","search":"","title":"A thing","url":"https://shop.example/item/%[1]d"}}`, n%500),
			})
		}
	}
	return requests
}

// takeIn says how long an engine over a new store takes for all of them, each durable when its request is answered, and how much of the processors.
// through is what the engine sees of the store, then what is done with it afterwards, nil for nothing.
func takeIn(b *testing.B, requests [][]aparte.Event, through func(*pebble.Store) store.Store, then func(*engine.Engine) error) (took, busy time.Duration) {
	b.Helper()
	must := func(err error) {
		if err != nil {
			b.Helper()
			b.Fatal(err)
		}
	}
	s, err := pebble.Open(b.TempDir(), pebble.Options{})
	must(err)
	composer, err := compose.New(brand.Assets())
	must(err)
	e, err := engine.Open(b.Context(), engine.Config{Store: through(s), Composer: composer, BaseURL: "http://127.0.0.1"})
	must(err)
	furnished, err := brand.Brand()
	must(err)
	_, err = e.Publish(b.Context(), furnished)
	must(err)
	must(e.Furnished(b.Context()))
	began, before := time.Now(), bench.Spent()
	must(together(rawCallers, len(requests), func(i int) error { return e.Accept(b.Context(), requests[i]) }))
	took, busy = time.Since(began), bench.Spent()-before
	if then != nil {
		must(then(e))
	}
	must(e.Close())
	must(s.Close())
	return took, busy
}

// writeRaw says the same of the database alone, for what was recorded.
func writeRaw(b *testing.B, all []written) (took, busy time.Duration) {
	b.Helper()
	db, err := pebble.Bare(b.TempDir(), vfs.Default)
	if err != nil {
		b.Fatal(err)
	}
	began, before := time.Now(), bench.Spent()
	err = together(pebble.DefaultParts, len(all), func(i int) error {
		batch := db.NewBatch()
		defer batch.Close()
		if err := batch.SetRepr(slices.Clone(all[i].bytes)); err != nil { // the database numbers it in place
			return err
		}
		if all[i].lazy {
			return batch.Commit(lsm.NoSync)
		}
		return batch.Commit(lsm.Sync)
	})
	took, busy = time.Since(began), bench.Spent()-before
	if err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	return took, busy
}

// together has workers do all of a number of things, each the next.
func together(workers, things int, do func(int) error) error {
	var next atomic.Int64
	var all errgroup.Group
	for range workers {
		all.Go(func() error {
			for {
				i := int(next.Add(1) - 1)
				if i >= things {
					return nil
				}
				if err := do(i); err != nil {
					return err
				}
			}
		})
	}
	return all.Wait()
}

// recorder is a store that remembers what batches come to in the database.
type recorder struct {
	store.Store
	from *pebble.Store

	mu      sync.Mutex
	written []written
	entries map[store.EntryKind]int // of histories
	bytes   map[store.EntryKind]int // that their bodies have
}

// written is a batch as the database's log has it.
type written struct {
	bytes []byte
	lazy  bool
}

func (r *recorder) Commit(ctx context.Context, b *store.Batch) error {
	is, err := r.from.Bytes(ctx, b)
	if err != nil {
		return err
	}
	if err := r.Store.Commit(ctx, b); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written = append(r.written, written{is, b.Lazy})
	for i := range b.Entries {
		r.entries[b.Entries[i].Kind]++
		r.bytes[b.Entries[i].Kind] += len(b.Entries[i].Body)
	}
	return nil
}
