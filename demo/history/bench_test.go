package history_test

import (
	"testing"

	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/demo/history"
)

// How long the demo waits for its people: reading the slice and telling all of it.
func BenchmarkTell(b *testing.B) {
	furnished, err := brand.Brand()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	events := 0
	for b.Loop() {
		h, err := history.Open(furnished.Items)
		if err != nil {
			b.Fatal(err)
		}
		for range h.Events(noon) {
			events++
		}
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
