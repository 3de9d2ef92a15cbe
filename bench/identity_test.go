package bench_test

import (
	"fmt"
	"strings"
	"testing"

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
				r := send(2*users, func(n int) string {
					return fmt.Sprintf(`{"type":"identify","messageId":"known-%d","userId":"user-%d","anonymousId":"device-%d","timestamp":"2026-11-23T10:00:00.000Z","traits":{"plan":"free"}}`, n, n%users, n)
				})
				b.StopTimer()
				b.ReportMetric(float64(2*users)/r.Elapsed.Seconds(), "identifies/s")
				b.ReportMetric(float64(r.Quantile(0.99).Microseconds())/1000, "p99-ms")
				if got := count(b, d); got != users {
					b.Fatalf("%d people, want %d", got, users)
				}
			}
		})
	}
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
