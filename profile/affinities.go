package profile

import (
	"cmp"
	"maps"
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
	tryOnWeight    = 3 // on a picture of themselves: as much as putting it in the basket
	addWeight      = 3
	wishWeight     = 3
	removeWeight   = -1
	orderWeight    = 5 // each line
)

// What following what was said, or dismissing it, adds to the affinities for its kind, its tones and its channel.
const (
	clickWeight   = 1
	dismissWeight = -1
)

// attract adds weight to what the product is and says what this session is about. Category and brand
// are the catalogue's where it has the item, else what the event says.
func (s *step) attract(p *product, weight float64) {
	category, brand := s.category(p), p.brand
	if item, ok := s.item(p.item); ok {
		brand = cmp.Or(clipped(item.Brand), brand)
		s.lean(aparte.PriceAffinity, string(s.items.PriceBand(item)), weight)
		for _, name := range slices.Sorted(maps.Keys(item.Attributes)) {
			s.lean(aparte.AttributeAffinity, name+"="+item.Attributes[name], weight)
		}
	}
	s.incline(aparte.BrandAffinity, brand, weight)
	s.incline(aparte.CategoryAffinity, category, weight)
	s.incline(aparte.ItemAffinity, string(p.item), weight)
	if weight > 0 && category != "" && !s.at.Before(s.p.Session.StartedAt) {
		s.p.Session.Intents = intend(s.p.Session.Intents, category, weight, s.at)
	}
}

// follow adds weight to what was said and where, as the event tells: its kind, its tones, the channel.
func (s *step) follow(f *facts, channel aparte.Channel, weight float64) {
	s.lean(aparte.ContentAffinity, f.kind, weight)
	for _, tone := range f.tones {
		s.lean(aparte.ToneAffinity, tone, weight)
	}
	s.lean(aparte.ChannelAffinity, string(channel), weight)
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

// maxLeaning bounds the key of an affinity that is not for things, in bytes; longer ones are not kept.
const maxLeaning = 48

// lean is incline for what is not a thing.
func (s *step) lean(kind aparte.AffinityKind, key string, weight float64) {
	if len(key) <= maxLeaning {
		s.incline(kind, key, weight)
	}
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

// heaviest keeps the affinities that weigh most, as many of things and of others as there is room for, in place and in
// order; of equal weights the one that comes first. As all decay alike, the order at one time is the order at any later one.
func heaviest(list []aparte.Affinity) []aparte.Affinity {
	list = heaviestOf(true, list, aparte.MaxAffinities)
	return heaviestOf(false, list, aparte.MaxLeanings)
}

// heaviestOf lets affinities of things, or of others, go, the lightest first, until there are no more than most of them.
func heaviestOf(things bool, list []aparte.Affinity, most int) []aparte.Affinity {
	n := 0
	for i := range list {
		if list[i].Kind.OfThings() == things {
			n++
		}
	}
	if n <= most {
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
		if weights[i] = list[i].Now(now); list[i].Kind.OfThings() != things {
			weights[i] = math.NaN() // lighter than nothing
		}
	}
	for range n - most {
		lightest := -1
		for i, weight := range weights {
			if !math.IsNaN(weight) && (lightest < 0 || weight <= weights[lightest]) {
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
