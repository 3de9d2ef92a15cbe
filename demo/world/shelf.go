package world

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/aparte-dev/aparte"
)

// shelf is the catalogue as a visitor walks along it.
type shelf struct {
	items      []aparte.Item
	index      map[string]int
	categories []string // in the order of the catalogue
}

func newShelf(items []aparte.Item) shelf {
	s := shelf{items: items, index: make(map[string]int, len(items))}
	for i := range items {
		s.index[string(items[i].ID)] = i
		if !slices.Contains(s.categories, items[i].Category) {
			s.categories = append(s.categories, items[i].Category)
		}
	}
	return s
}

// pick is an item a visitor looks at: by what they like, and by what everybody buys.
func (s *shelf) pick(rng *rand.Rand, likes map[string]float64) int {
	total := 0.0
	for i := range s.items {
		total += s.pull(i, likes)
	}
	at := rng.Float64() * total
	for i := range s.items {
		if at -= s.pull(i, likes); at < 0 {
			return i
		}
	}
	return len(s.items) - 1
}

func (s *shelf) pull(i int, likes map[string]float64) float64 {
	return likes[s.items[i].Category] * (20 + s.items[i].Popularity)
}

// category is that of an item, empty where there is no such item.
func (s *shelf) category(item string) string {
	if i, ok := s.index[item]; ok {
		return s.items[i].Category
	}
	return ""
}

// product is an item in the words of the Segment e-commerce specification.
func (s *shelf) product(i, quantity int) map[string]any {
	item := &s.items[i]
	return map[string]any{
		"product_id": item.ID, "name": item.Name["en"], "category": item.Category, "brand": item.Brand,
		"price": major(item.Price.Amount), "currency": item.Price.Currency, "quantity": quantity,
	}
}

// major is an amount in minor units of a currency with two digits, as a JSON number.
func major(amount int64) number { return number(fmt.Sprintf("%d.%02d", amount/100, amount%100)) }

// number is written into JSON as it stands.
type number string

// MarshalJSON writes the digits.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }
