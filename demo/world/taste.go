package world

import (
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// kind is the sort of person a visitor is. The engine is never told.
type kind string

const (
	host     kind = "host"     // sets tables
	gardener kind = "gardener" // is outdoors
	parent   kind = "parent"   // buys for children
	giver    kind = "giver"    // buys presents
	nester   kind = "nester"   // arranges a home
	thrifty  kind = "thrifty"  // waits for a discount
)

var kinds = []kind{host, gardener, parent, giver, nester, thrifty}

// leanings is what each kind looks at, by category, before noise.
var leanings = map[kind]map[string]float64{
	host:     {"Tea": 5, "Kitchen": 4, "Home": 1, "Lights": 1},
	gardener: {"Garden": 6, "Lights": 2, "Kitchen": 1},
	parent:   {"Children": 6, "Bags": 3, "Stationery": 1, "Christmas": 1},
	giver:    {"Stationery": 3, "Christmas": 3, "Keepsakes": 3, "Tea": 1, "Lights": 1},
	nester:   {"Home": 5, "Lights": 4, "Keepsakes": 2, "Christmas": 1},
	thrifty:  {"Bags": 3, "Kitchen": 2, "Home": 2, "Stationery": 2, "Tea": 1},
}

// kindOf is the kind that somebody who bought in a category most likely is.
var kindOf = map[string]kind{
	"Tea": host, "Kitchen": host, "Garden": gardener, "Children": parent, "Bags": thrifty,
	"Stationery": giver, "Christmas": giver, "Keepsakes": nester, "Home": nester, "Lights": nester,
}

// taste is what one visitor likes.
type taste struct {
	kind     kind
	likes    map[string]float64 // by category, summing to 1
	bargains float64            // how far a discount moves them, in [0, 1]
}

// tasteOf draws the taste of a kind. bought is what they really bought by category, nil for a stranger.
func tasteOf(rng *rand.Rand, categories []string, bought map[string]int) taste {
	t := taste{kind: kinds[rng.IntN(len(kinds))], likes: make(map[string]float64, len(categories))}
	total := 0
	for _, c := range categories { // not the map's order: it is not the same twice
		total += bought[c]
	}
	if total > 0 {
		at := rng.IntN(total)
		for _, c := range categories {
			if at -= bought[c]; at < 0 {
				if k, ok := kindOf[c]; ok {
					t.kind = k
				}
				break
			}
		}
	}
	sum := 0.0
	for _, c := range categories {
		like := (leanings[t.kind][c] + .2) * math.Exp(.4*rng.NormFloat64())
		if total > 0 {
			like += 8 * float64(bought[c]) / float64(total)
		}
		t.likes[c] = like
		sum += like
	}
	for _, c := range categories {
		t.likes[c] /= sum
	}
	t.bargains = .25 * rng.Float64()
	if t.kind == thrifty {
		t.bargains = .6 + .4*rng.Float64()
	}
	return t
}

// appeal is how much a content is liked, on the logistic scale: by everybody, and by some kinds more or
// less.
type appeal struct {
	all  float64
	some map[kind]float64
}

// appeals is the truth about the furnished brand's contents. One that is not here is neither liked nor
// disliked.
var appeals = map[string]appeal{
	"welcome-offer":   {.5, map[kind]float64{thrifty: 1.5, giver: .3}},
	"letters":         {-1.2, map[kind]float64{nester: .7}},
	"recommended":     {.2, nil},
	"looked-at":       {.5, nil},
	"basket":          {.4, map[kind]float64{thrifty: -.3}},
	"in-basket":       {.3, map[kind]float64{thrifty: -.3}},
	"gift-wrap":       {-.3, map[kind]float64{giver: 2}},
	"advice":          {-1.4, map[kind]float64{nester: .9}},
	"dress-a-table":   {-.4, map[kind]float64{host: 2.2}},
	"christmas":       {.6, map[kind]float64{giver: 1, nester: .6, gardener: -.8}},
	"garden-evenings": {-.3, map[kind]float64{gardener: 2.2}},
	"come-back":       {.3, map[kind]float64{thrifty: 1.8}},
	"kitchen-new":     {.2, map[kind]float64{host: 1}},
	"nursery":         {-.4, map[kind]float64{parent: 2.3}},
	"our-story":       {-1.7, map[kind]float64{nester: .4}},
	"who-for":         {-1.1, map[kind]float64{giver: 1.1, parent: .4}},
}

// truth is how visitors react. Its seed decides which variants and layouts happen to work.
type truth struct{ seed uint64 }

const (
	heroAppeal  = -2.4 // about one in twelve clicks on what leaves them cold
	otherAppeal = -2.9
	wearing     = .15 // every time that it was seen lately
)

// clicks is the probability that the visitor clicks on what a decision shows, in (0, 1).
func (t truth) clicks(p *person, d *decision, category string) float64 {
	x := float64(otherAppeal)
	if d.Slot == "hero" {
		x = heroAppeal
	}
	a := appeals[d.Content]
	x += a.all + a.some[p.taste.kind]
	if category != "" {
		x += 2.6*p.taste.likes[category] - .35
	}
	switch {
	case d.Content == "looked-at" && d.Item == p.lastItem:
		x += .5
	case (d.Content == "basket" || d.Content == "in-basket") && len(p.basket) > 0:
		x += .8
	}
	for _, element := range slices.Sorted(maps.Keys(d.Variants)) { // in order: sums depend on it
		x += .35 * t.quirk(d.Content, element, d.Variants[element])
	}
	x += .6 * t.quirk(d.Layout, p.device)
	x -= wearing * p.seen[d.Content]
	return logistic(x)
}

// adds is the probability that the visitor puts an item they look at into the basket.
func (t truth) adds(p *person, category string, ledThere bool) float64 {
	x := -2.6 + 3*p.taste.likes[category]
	if ledThere {
		x += 1
	}
	return logistic(x)
}

// orders is the probability that a visitor with a basket orders. The loyal do, whatever they are told; a
// discount moves those who wait for one.
func (t truth) orders(p *person, discount bool) float64 {
	x := -.4
	if p.orders >= 3 {
		x += .9
	}
	if discount {
		x += 2 * p.taste.bargains
	}
	return logistic(x)
}

// quirk is what happens to work, in [-1, 1].
func (t truth) quirk(about ...string) float64 {
	h := fnv.New64a()
	for _, s := range about {
		_, _ = h.Write([]byte(s)) // never fails
		_, _ = h.Write([]byte{0})
	}
	rng := rand.New(rand.NewPCG(t.seed, h.Sum64()))
	return 2*rng.Float64() - 1
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
