package profile

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/aparte-dev/aparte"
)

// What an event adds to the affinities for the item, its category and its brand. A list adds to its
// category alone. Weights may fall below zero: who only ever takes a thing out of the cart is repelled.
const (
	viewWeight     = 1
	listViewWeight = 0.2
	addWeight      = 3
	wishWeight     = 3
	removeWeight   = -1
	orderWeight    = 5 // each line
)

// attract adds weight to what the product is and says what this session is about. Category and brand
// are the catalogue's where it has the item, else what the event says.
func (s *step) attract(p *product, weight float64) {
	category, brand := s.category(p), p.brand
	if item, ok := s.item(p.item); ok {
		brand = cmp.Or(clipped(item.Brand), brand)
	}
	s.incline(aparte.BrandAffinity, brand, weight)
	s.incline(aparte.CategoryAffinity, category, weight)
	s.incline(aparte.ItemAffinity, string(p.item), weight)
	if weight > 0 && category != "" && !s.at.Before(s.p.Session.StartedAt) {
		s.p.Session.Intents = intend(s.p.Session.Intents, category, weight, s.at)
	}
}

// category is the product's category: the catalogue's where it has the item, else what the event says.
func (s *step) category(p *product) string {
	if item, ok := s.item(p.item); ok {
		return cmp.Or(clipped(item.Category), p.category)
	}
	return p.category
}

func (s *step) item(id aparte.ItemID) (*aparte.Item, bool) {
	if s.items == nil || id == "" {
		return nil, false
	}
	return s.items.Item(id)
}

// clipped is a word of the catalogue, empty beyond the bound.
func clipped(word string) string {
	if len(word) > maxWord {
		return ""
	}
	return word
}

// incline adds weight to one affinity.
func (s *step) incline(kind aparte.AffinityKind, key string, weight float64) {
	if key == "" {
		return
	}
	if !s.ownAffinities {
		s.p.Affinities, s.ownAffinities = own(s.p.Affinities, 4), true
	}
	s.p.Affinities = inclined(s.p.Affinities, aparte.Affinity{Kind: kind, Key: key, Weight: weight, At: s.at})
}

// inclined adds a to the affinity of its kind and key, in place, without bound.
func inclined(list []aparte.Affinity, a aparte.Affinity) []aparte.Affinity {
	i := sort.Search(len(list), func(i int) bool {
		if list[i].Kind != a.Kind {
			return list[i].Kind > a.Kind
		}
		return list[i].Key >= a.Key
	})
	if i == len(list) || list[i].Kind != a.Kind || list[i].Key != a.Key {
		return slices.Insert(list, i, a)
	}
	list[i].Weight, list[i].At = decayedSum(list[i].Weight, list[i].At, a.Weight, a.At, aparte.AffinityHalfLife)
	return list
}

// heaviest keeps the most affinities that weigh most, in place and in order; of equal weights the one
// that comes first. As all decay alike, the order at one time is the order at any later one.
func heaviest(list []aparte.Affinity, most int) []aparte.Affinity {
	if len(list) <= most {
		return list
	}
	var now time.Time
	for i := range list {
		if list[i].At.After(now) {
			now = list[i].At
		}
	}
	weights := make([]float64, len(list))
	for i := range list {
		weights[i] = list[i].Now(now)
	}
	for range len(list) - most {
		lightest := 0
		for i, weight := range weights {
			if weight <= weights[lightest] {
				lightest = i
			}
		}
		weights[lightest] = math.Inf(1)
	}
	kept := list[:0]
	for i, a := range list {
		if !math.IsInf(weights[i], 1) {
			kept = append(kept, a)
		}
	}
	return kept
}
