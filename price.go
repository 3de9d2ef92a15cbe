package aparte

import "slices"

// PriceBand is where the price of an item stands among those of its category: what is dear for tea is cheap for a lamp.
type PriceBand string

// The bands, a third of the items each.
const (
	LowPrice    PriceBand = "low"
	MiddlePrice PriceBand = "middle"
	HighPrice   PriceBand = "high"
)

// PriceScales part the items of each category in three by their prices.
type PriceScales struct {
	by  map[string]priceScale
	all priceScale // of categories with too few items
}

// priceScale is the lowest prices of the two upper bands; zero: there are too few items to tell.
type priceScale struct{ middle, high int64 }

// leastPriced is how many items with a price a scale needs.
const leastPriced = 6

// ScalePrices makes the scales of a catalogue. Items without a price count nowhere.
func ScalePrices(items []Item) PriceScales {
	prices := map[string][]int64{}
	var all []int64
	for i := range items {
		if it := &items[i]; it.Price.Amount > 0 {
			prices[it.Category] = append(prices[it.Category], it.Price.Amount)
			all = append(all, it.Price.Amount)
		}
	}
	s := PriceScales{by: make(map[string]priceScale, len(prices)), all: scaleOf(all)}
	for category, of := range prices {
		if scale := scaleOf(of); scale != (priceScale{}) {
			s.by[category] = scale
		}
	}
	return s
}

func scaleOf(prices []int64) priceScale {
	n := len(prices)
	if n < leastPriced {
		return priceScale{}
	}
	slices.Sort(prices)
	return priceScale{prices[n/3], prices[2*n/3]}
}

// Band is the band of an item; empty where it has no price, or there are too few others.
func (s *PriceScales) Band(item *Item) PriceBand {
	scale, known := s.by[item.Category]
	if !known {
		scale = s.all
	}
	switch price := item.Price.Amount; {
	case price <= 0 || scale == priceScale{}:
		return ""
	case price >= scale.high:
		return HighPrice
	case price >= scale.middle:
		return MiddlePrice
	}
	return LowPrice
}
