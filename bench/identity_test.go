package bench_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/bench"
)

// BenchmarkIdentify measures identify calls of people who were seen on two devices before they are known: with the second device two
// records become one, mostly across parts. At the end there must be as many people as there are users: a million identifiers
// for 333,333 of them.
func BenchmarkIdentify(b *testing.B) {
	for _, users := range []int{20_000, 333_333} {
		b.Run(fmt.Sprintf("identifiers=%d", 3*users), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				d := open(b)
				const size = 100
				send := func(calls int, call func(n int) string) *bench.Result {
					load := bench.Load{Addr: d.addr, Connections: 32, Request: func(i int64) []byte {
						var out strings.Builder
						out.WriteString(`{"batch":[`)
						for n := int(i) * size; n < min(calls, (int(i)+1)*size); n++ {
							if n > int(i)*size {
								out.WriteByte(',')
							}
							out.WriteString(call(n))
						}
						out.WriteString(`],"sentAt":"2026-11-23T10:00:00.000Z"}`)
						return request("POST", "/v1/batch", out.String())
					}}
					r, err := load.Run(int64((calls + size - 1) / size))
					if err != nil || r.Errors > 0 {
						b.Fatalf("%v, %d refused", err, r.Errors)
					}
					return r
				}
				send(2*users, func(n int) string {
					return fmt.Sprintf(`{"type":"page","messageId":"seen-%d","anonymousId":"device-%d","timestamp":"2026-11-23T09:00:00.000Z"}`, n, n)
				})
				b.StartTimer()
				before := spent(b)
				r := send(2*users, func(n int) string {
					return fmt.Sprintf(`{"type":"identify","messageId":"known-%d","userId":"user-%d","anonymousId":"device-%d","timestamp":"2026-11-23T10:00:00.000Z","traits":{"plan":"free"}}`, n, n%users, n)
				})
				b.StopTimer()
				b.ReportMetric(float64((spent(b)-before).Microseconds())/float64(2*users), "cpu-µs/identify")
				b.ReportMetric(float64(2*users)/r.Elapsed.Seconds(), "identifies/s")
				b.ReportMetric(float64(r.Quantile(0.99).Microseconds())/1000, "p99-ms")
				if got := count(b, d); got != users {
					b.Fatalf("%d people, want %d", got, users)
				}
			}
		})
	}
}

var importedHumans = flag.Int("humans", 292_000, "how many humans BenchmarkImport brings in; 3.4 identifiers of each are named")

// BenchmarkImport brings a million identifiers in as an import does: humans with a userId, two devices and an e-mail address
// each, of whom three events name two each, in any order. How many people there must be at the end, and who is who, is told by
// union-find.
func BenchmarkImport(b *testing.B) {
	const names, events = 4, 3
	humans := *importedHumans
	for range b.N {
		b.StopTimer()
		d := open(b)
		lots := rand.New(rand.NewPCG(1, 2))
		parent := make([]int32, names*humans)
		for i := range parent {
			parent[i] = int32(i)
		}
		root := func(i int32) int32 {
			for parent[i] != i {
				parent[i] = parent[parent[i]]
				i = parent[i]
			}
			return i
		}
		named := make([]bool, len(parent))
		pairs := make([][2]int32, events*humans)
		for i := range pairs {
			pair := pairsOfNames[lots.IntN(len(pairsOfNames))]
			one, other := pair[0], pair[1]
			first := names * int32(i%humans)
			pairs[i] = [2]int32{first + one, first + other}
			named[first+one], named[first+other] = true, true
			parent[root(first+one)] = root(first + other)
		}
		lots.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		want, identifiers := 0, 0
		for i, is := range named {
			if !is {
				continue
			}
			if identifiers++; root(int32(i)) == int32(i) {
				want++
			}
		}
		const size = 100
		var next atomic.Int64
		var wg sync.WaitGroup
		errs := make([]error, 32)
		before := spent(b)
		b.StartTimer()
		began := time.Now()
		for w := range errs {
			wg.Go(func() {
				for errs[w] == nil {
					n := int(next.Add(size)) - size
					if n >= len(pairs) {
						return
					}
					batch := make([]aparte.Event, 0, size)
					for i := n; i < min(n+size, len(pairs)); i++ {
						batch = append(batch, naming(i, pairs[i]))
					}
					_, errs[w] = d.engine.Import(b.Context(), batch)
				}
			})
		}
		wg.Wait()
		took := time.Since(began)
		b.StopTimer()
		if err := errors.Join(errs...); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(identifiers), "identifiers")
		b.ReportMetric(float64(len(pairs))/took.Seconds(), "events/s")
		b.ReportMetric(float64((spent(b)-before).Microseconds())/float64(len(pairs)), "cpu-µs/event")
		if runtime.GOOS == "linux" {
			b.ReportMetric(residentMB(b, os.Getpid()), "resident-MB")
		}
		b.ReportMetric(float64(want), "people")
		if got := count(b, d); got != want {
			b.Fatalf("%d people, union-find says %d", got, want)
		}
		for range 1000 {
			i := names * lots.Int32N(int32(humans))
			who := map[int32]aparte.PersonID{}
			for n := i; n < i+names; n++ {
				if !named[n] {
					continue
				}
				id, err := d.engine.Find(b.Context(), nameOf(n))
				if err != nil {
					b.Fatal(err)
				}
				for other, known := range who {
					if (root(other) == root(n)) != (known == id) {
						b.Fatalf("%v and %v: one person %v, union-find says %v", nameOf(n), nameOf(other), known == id, root(other) == root(n))
					}
				}
				who[n] = id
			}
		}
	}
}

// pairsOfNames is which two of a human's names an event can state: not both devices.
var pairsOfNames = [...][2]int32{{0, 1}, {0, 2}, {0, 3}, {1, 3}, {2, 3}}

// nameOf is an identifier of BenchmarkImport: each fourth a userId, then two devices, then an e-mail address.
func nameOf(n int32) aparte.Identifier {
	switch n % 4 {
	case 0:
		return aparte.Identifier{Kind: aparte.KindUserID, Value: fmt.Sprint("user-", n/4)}
	case 3:
		return aparte.Identifier{Kind: aparte.KindEmail, Value: fmt.Sprintf("mail-%d@example.com", n/4)}
	}
	return aparte.Identifier{Kind: aparte.KindAnonymousID, Value: fmt.Sprint("device-", n)}
}

// naming is an event that names two identifiers.
func naming(n int, pair [2]int32) aparte.Event {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Millisecond)
	e := aparte.Event{
		Type: aparte.Identify, MessageID: aparte.MessageID(fmt.Sprint("import-", n)), Timestamp: at, ReceivedAt: at, Source: "import",
	}
	for _, i := range pair {
		switch id := nameOf(i); {
		case id.Kind == aparte.KindUserID:
			e.UserID = id.Value
		case id.Kind == aparte.KindEmail:
			e.Traits = fmt.Appendf(nil, `{"email":%q}`, id.Value)
		default:
			e.AnonymousID = id.Value
		}
	}
	return e
}

// count is how many people there are.
func count(b *testing.B, d doors) (n int) {
	b.Helper()
	for last := (aparte.PersonID{}); ; {
		page, err := d.engine.People(b.Context(), last, 1000)
		if err != nil {
			b.Fatal(err)
		}
		if n += len(page); len(page) < 1000 {
			return n
		}
		last = page[len(page)-1].ID
	}
}
