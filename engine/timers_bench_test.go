package engine_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

var pendingTimers = flag.Int("timers", 1_000_000, "how many timers are pending in BenchmarkPendingTimers")

// BenchmarkPendingTimers opens an engine over a store on disk in which many people's baskets fall due in the weeks to come,
// and 200 a second for a quarter of a minute after the first few seconds. It says how long the engine takes to open, how much more memory it holds
// than over a store that has none, and how long after they were due moments were decided on.
func BenchmarkPendingTimers(b *testing.B) {
	for range b.N {
		idle, _, _ := awaitTimers(b, 0, 0)
		held, opened, lags := awaitTimers(b, *pendingTimers, 3000)
		slices.Sort(lags)
		b.ReportMetric(opened.Seconds(), "s-to-open")
		b.ReportMetric(idle, "idle-MB")
		b.ReportMetric(held, "pending-MB")
		b.ReportMetric(lags[len(lags)/2].Seconds(), "s-late-p50")
		b.ReportMetric(lags[len(lags)*99/100].Seconds(), "s-late-p99")
		b.ReportMetric(lags[len(lags)-1].Seconds(), "s-late-max")
	}
}

// awaitTimers is what the engine holds in memory while so many timers are pending, how long it took to open, and how late
// those fired that are due soon.
func awaitTimers(b *testing.B, pending, soon int) (megabytes float64, opened time.Duration, lags []time.Duration) {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	composer, err := compose.New(assets())
	must(err)
	open := func() (*pebble.Store, *engine.Engine) {
		s, err := pebble.Open(dir, pebble.Options{Parts: 128})
		must(err)
		e, err := engine.Open(b.Context(), engine.Config{Store: s, Composer: composer, BaseURL: "http://say.example"})
		must(err)
		return s, e
	}
	s, e := open()
	_, err = e.Publish(b.Context(), brand())
	must(err)
	must(e.Close())
	now := time.Now().UTC().Truncate(time.Microsecond)
	leaveBaskets(b, s, soon, pending, func(i int) time.Time { return now.Add(24*time.Hour + time.Duration(i)*5*time.Second) })
	first := time.Now().UTC().Truncate(time.Microsecond).Add(20 * time.Second) // the engine is open by then
	due := leaveBaskets(b, s, 0, soon, func(i int) time.Time { return first.Add(time.Duration(i) * spacing) })
	must(s.Close())

	began := time.Now()
	s, e = open()
	opened = time.Since(began)
	if wait := time.Until(first); soon > 0 && wait < 0 {
		b.Fatalf("the engine was open %v after the first moment: the machine is too slow for this", -wait)
	}
	time.Sleep(5 * time.Second) // what is due in the next minute is loaded
	megabytes = resident(b)
	if soon > 0 {
		time.Sleep(time.Until(first.Add(time.Duration(soon)*spacing + 5*time.Second)))
	}
	for id, at := range due {
		story, err := e.Story(b.Context(), id, engine.StoryPlace{}, 1)
		must(err)
		if len(story) == 0 || story[0].Decision == nil {
			b.Fatalf("%s had no moment", id)
		}
		lags = append(lags, story[0].Decision.At.Sub(at))
	}
	must(e.Close())
	must(s.Close())
	return megabytes, opened, lags
}

const spacing = 5 * time.Millisecond

// leaveBaskets writes people who left a basket, of whom each has a moment due at a time, and says when.
func leaveBaskets(b *testing.B, s store.Store, from, to int, due func(i int) time.Time) map[aparte.PersonID]time.Time {
	b.Helper()
	all := map[aparte.PersonID]time.Time{}
	now := time.Now().UTC().Truncate(time.Microsecond)
	for part := range s.Parts() {
		epoch, err := s.Acquire(b.Context(), store.Part(part), "local", now, time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		batch := store.Batch{Part: store.Part(part), Epoch: epoch, Lazy: true}
		commit := func() {
			slices.SortFunc(batch.People, func(a, b store.PersonRow) int { return cmp.Compare(string(a.ID[:]), string(b.ID[:])) })
			if err := s.Commit(b.Context(), &batch); err != nil {
				b.Fatal(err)
			}
			batch.People, batch.Timers = nil, nil
		}
		for i := from; i < to; i++ {
			if i%s.Parts() != part {
				continue
			}
			p := aparte.Person{ID: personIn(part, s.Parts(), i), FirstSeen: now, LastSeen: now}
			p.Identifiers = []aparte.Identifier{{Kind: aparte.KindUserID, Value: fmt.Sprint("user-", i)}}
			p.Timers = []aparte.Timer{{Name: "scenario:basket", Due: due(i), Gen: 1}}
			all[p.ID] = due(i)
			batch.People = append(batch.People, store.PersonRow{ID: p.ID, State: profile.Encode(nil, &p)})
			batch.Timers = append(batch.Timers, store.Timer{Person: p.ID, Name: "scenario:basket", Due: due(i), Gen: 1})
			if len(batch.People) == 2000 {
				commit()
			}
		}
		commit()
		if err := s.Release(b.Context(), store.Part(part), epoch); err != nil {
			b.Fatal(err)
		}
	}
	return all
}

// resident is the heap of the process after a collection, in megabytes; what the system says it holds is logged.
func resident(b *testing.B) float64 {
	b.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	megabytes := float64(m.HeapAlloc+m.StackInuse) / (1 << 20)
	if text, err := os.ReadFile("/proc/self/status"); err == nil { // the caches of the store are not the heap's
		for line := range strings.Lines(string(text)) {
			if field, of := strings.CutPrefix(line, "VmRSS:"); of {
				b.Logf("heap %.0f MB, resident %s", megabytes, strings.TrimSpace(field))
			}
		}
	}
	return megabytes
}
