package bench_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/bench"
)

// BenchmarkOpenings is a mail that 1,000 people open at the same instant: each on a connection of their own, each
// decided anew, in pixels for dense screens. It reports what was left out of how many pictures, and what an opening cost
// of processors, the asking side included: on a machine with other work that says more than how long it took. As words
// alone (JSON) nothing is painted: what is left is what deciding, keeping and answering cost.
func BenchmarkOpenings(b *testing.B) {
	for _, format := range []string{"png", "json"} {
		b.Run(format, func(b *testing.B) { openings(b, format) })
	}
}

func openings(b *testing.B, format string) {
	const openings = 1000
	d := open(b)
	people(b, d, openings)
	for n := range b.N {
		before, spent := spared(b, d.addr), processorTime(b)
		load := bench.Load{Addr: d.addr, Connections: openings, Request: func(i int64) []byte {
			return []byte(fmt.Sprintf("GET /x/slot/email-hero/user-%d.%s?key=%s&scale=2&n=%d HTTP/1.1\r\nHost: bench\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140\r\n\r\n", i, format, key, n))
		}}
		r, err := load.Run(openings)
		if err != nil || r.Errors > 0 {
			b.Fatalf("%v, %d refused", err, r.Errors)
		}
		spent = processorTime(b) - spent
		b.ReportMetric(float64(spent.Microseconds())/1000/openings, "cpu-ms/opening")
		b.ReportMetric(float64(r.Quantile(0.5).Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(r.Quantile(0.99).Microseconds())/1000, "p99-ms")
		for what, count := range spared(b, d.addr) {
			b.ReportMetric(count-before[what], "spared-"+what)
		}
	}
}

// processorTime is what this process has used of processors so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

var sparedLine = regexp.MustCompile(`(?m)^aparte_pictures_spared_total\{what="(\w+)"\} (\d+)$`)

// spared is of how many pictures something was left out, by what.
func spared(b *testing.B, addr string) map[string]float64 {
	b.Helper()
	answer, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatalf("metrics: %v, %s", err, answer.Status)
	}
	counts := map[string]float64{"density": 0, "person": 0, "sharpness": 0, "all": 0}
	for _, m := range sparedLine.FindAllStringSubmatch(string(text), -1) {
		if counts[m[1]], err = strconv.ParseFloat(m[2], 64); err != nil {
			b.Fatal(err)
		}
	}
	return counts
}
