package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// BenchmarkMatter is what a pass costs a person beside the reading of their record: a tenth of a catalogue of ten thousand items changed.
func BenchmarkMatter(b *testing.B) {
	at := time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC)
	catalogue := func(price int64) *aparte.Brand {
		var b aparte.Brand
		for i := range 10_000 {
			item := aparte.Item{ID: aparte.ItemID(fmt.Sprint("i", i)), Category: fmt.Sprint("c", i%100), Price: aparte.Money{Amount: 1000, Currency: "EUR"}, Stock: 1}
			if i%10 == 0 {
				item.Price.Amount = price
			}
			b.Items = append(b.Items, item)
		}
		return &b
	}
	n := newsOf(catalogue(1000), catalogue(900), 2, at)
	p := &aparte.Person{Traits: []aparte.Trait{{Name: "searches", Value: aparte.Value{Kind: aparte.JSON, Str: `[{"category":"c10","priceMax":9.5}]`}}}}
	for i := range aparte.MaxAffinities {
		p.Affinities = append(p.Affinities, aparte.Affinity{Kind: aparte.ItemAffinity, Key: fmt.Sprint("i", i), Weight: 1, At: at.Add(-time.Hour)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if told := len(n.matter(p)); told != mostNews {
			b.Fatal(told)
		}
	}
}
