package aparte_test

import (
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
)

func TestEachPriceBandHasAThirdOfItsCategory(t *testing.T) {
	lots := rand.New(rand.NewPCG(1, 1))
	var items []aparte.Item
	for i := range 300 {
		items = append(items, aparte.Item{Category: []string{"Tea", "Lamps"}[i%2], Price: aparte.Money{Amount: int64(100 + i%2*10_000 + lots.IntN(900))}})
	}
	items = append(items, aparte.Item{Category: "Rare", Price: aparte.Money{Amount: 20_000}}, aparte.Item{Category: "Tea"})
	scales := aparte.ScalePrices(items)
	count := map[string]map[aparte.PriceBand]int{"Tea": {}, "Lamps": {}, "Rare": {}}
	for i := range items {
		count[items[i].Category][scales.Band(&items[i])]++
	}
	for _, category := range []string{"Tea", "Lamps"} {
		for _, band := range []aparte.PriceBand{aparte.LowPrice, aparte.MiddlePrice, aparte.HighPrice} {
			if n := count[category][band]; n < 45 || n > 55 {
				t.Errorf("%s: %d of 150 are in band %s", category, n, band)
			}
		}
	}
	if count["Rare"][aparte.HighPrice] != 1 {
		t.Errorf("the only one of its category is not held against all: %v", count["Rare"])
	}
	if count["Tea"][""] != 1 {
		t.Error("what has no price has a band")
	}
	few := aparte.ScalePrices(items[:5])
	if band := few.Band(&items[0]); band != "" {
		t.Errorf("among five items the band is %q", band)
	}
}
