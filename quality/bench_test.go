package quality_test

import (
	"fmt"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/quality"
)

// BenchmarkObserve: what the tracking plan and the counts cost an event of a batch.
func BenchmarkObserve(b *testing.B) {
	k := open(b, nil)
	events := make([]aparte.Event, 100)
	for i := range events {
		events[i] = track(fmt.Sprint("Product ", i%5), `{"product_id":"sku-1001","sku":"G-32","category":"Games","name":"A thing","brand":"House","price":18.99,"quantity":1,"currency":"GBP","position":3,"url":"https://shop.example/item/1"}`)
		events[i].UserID = fmt.Sprint("user-", i)
	}
	for b.Loop() {
		k.Observe(quality.Arrived{Source: "web", At: noon, Events: events})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}
