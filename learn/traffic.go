package learn

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Bounds of what is known of items.
const (
	MaxItemsKnown = 1 << 18 // of those seen last, once there are more
	MaxCompanions = 12      // of an item
	MaxTogether   = 16      // items of one trace, and of those around them
	// TrafficHalfLife is after how many days what people did with items counts half.
	TrafficHalfLife = 32
	// popular is the weight an item is taken to have on top of its own, so that two things seen once, together, are
	// not the closest there are.
	popular = 8
)

// Traffic is what people in general do with items: which are looked at and bought together, and how often each
// was shown. It is a fold over traces, a pure function of them in their order. Weights fade by the day.
//
// Each item keeps the MaxCompanions it is met with most, by the Space-Saving algorithm (Metwally, Agrawal, El Abbadi
// 2005, "Efficient computation of frequent and top-k elements in data streams"): a new companion takes the place and
// the weight of the least, which is remembered as what may be wrong with it. Companions are ordered by the weight
// that is certain over the root of what they weigh themselves: by cosine, but for the item's own weight (Deshpande
// and Karypis 2004, "Item-based top-N recommendation algorithms", section 4.1.1).
//
// It is safe for concurrent reading. One that learns is published to others as a Clone.
type Traffic struct {
	learned uint64
	known   int
	shelves [shelves]shelf
	clone   uint32 // how many were made
}

// shelves is how many parts items are spread over, each copied by itself when it changes.
const shelves = 1 << 12

type shelf struct {
	items []*item // by id
	clone uint32  // that may still be looking at items
}

// item is what is known of one. Those of an earlier clone are never changed.
type item struct {
	id         aparte.ItemID
	clone      uint32
	day        int32   // as of which the weights are
	weight     float64 // of all that was done with it
	shown      float64
	companions []companion // closest first
}

type companion struct {
	id      aparte.ItemID
	weight  float64
	doubt   float64 // by how much the weight may be too large
	closest float64 // what companions are ordered by
}

// NewTraffic knows nothing.
func NewTraffic() *Traffic { return &Traffic{} }

// Version is the number of traces learned.
func (t *Traffic) Version() uint64 { return t.learned }

// Companions appends to dst the items most met with an item, closest first.
func (t *Traffic) Companions(id aparte.ItemID, dst []aparte.ItemID) []aparte.ItemID {
	if it := t.find(id); it != nil {
		for i := range it.companions {
			if c := &it.companions[i]; c.weight > c.doubt {
				dst = append(dst, c.id)
			}
		}
	}
	return dst
}

// Shown is how often an item was shown, as of the day it was last met: a little more than now.
func (t *Traffic) Shown(id aparte.ItemID) float64 {
	if it := t.find(id); it != nil {
		return it.shown
	}
	return 0
}

// Learn takes a trace in. A bad one is an error and changes nothing.
func (t *Traffic) Learn(tr *Trace) error {
	if err := tr.Validate(); err != nil {
		return err
	}
	t.learned++
	for _, id := range tr.Items {
		it := t.hold(id)
		late := it.age(tr.Day)
		if tr.Shown {
			it.shown += late
			continue
		}
		it.weight += float64(late * tr.Weight)
	}
	if tr.Shown {
		return nil
	}
	for i, a := range tr.Items {
		for _, b := range tr.Items[i+1:] {
			t.meet(a, b, tr)
		}
		for _, b := range tr.With {
			t.meet(a, b, tr)
		}
	}
	return nil
}

// meet has two different items be met together.
func (t *Traffic) meet(a, b aparte.ItemID, tr *Trace) {
	if a == b {
		return
	}
	x, y := t.hold(a), t.hold(b)
	lateX, lateY := x.age(tr.Day), y.age(tr.Day)
	x.meet(b, float64(lateX*tr.Weight), y.weight)
	y.meet(a, float64(lateY*tr.Weight), x.weight)
}

func (it *item) meet(other aparte.ItemID, weight, itsWeight float64) {
	at := slices.IndexFunc(it.companions, func(c companion) bool { return c.id == other })
	switch {
	case at >= 0:
	case len(it.companions) < MaxCompanions:
		at = len(it.companions)
		it.companions = append(it.companions, companion{id: other})
	default:
		at = 0
		for i := range it.companions {
			if it.companions[i].weight < it.companions[at].weight {
				at = i
			}
		}
		it.companions[at] = companion{id: other, weight: it.companions[at].weight, doubt: it.companions[at].weight}
	}
	c := &it.companions[at]
	c.weight += weight
	c.closest = (c.weight - c.doubt) / math.Sqrt(itsWeight+popular)
	slices.SortFunc(it.companions, func(a, b companion) int {
		return cmp.Or(cmp.Compare(b.closest, a.closest), cmp.Compare(a.id, b.id))
	})
}

// age brings an item to a day, and is how much of what happened on it counts: all, or less where it is late.
func (it *item) age(day int32) (late float64) {
	if day <= it.day {
		return fade(int(it.day) - int(day))
	}
	left := fade(int(day) - int(it.day))
	it.day = day
	it.weight *= left
	it.shown *= left
	for i := range it.companions {
		c := &it.companions[i]
		c.weight *= left
		c.doubt *= left
		c.closest *= left
	}
	return 1
}

// fade is 2^(-days/TrafficHalfLife), by products that round alike on every machine.
func fade(days int) float64 {
	left := 1.0
	if days > 64*TrafficHalfLife {
		return 0
	}
	for ; days >= TrafficHalfLife; days -= TrafficHalfLife {
		left *= 0.5
	}
	for ; days > 0; days-- {
		left *= dayLeft
	}
	return left
}

// dayLeft is 2^(-1/32).
const dayLeft = 0.97857206208770014

// hold is an item that may be changed.
func (t *Traffic) hold(id aparte.ItemID) *item {
	s := &t.shelves[shelfOf(id)]
	at, found := s.find(id)
	if !found && t.known == MaxItemsKnown {
		t.forget()
		at, _ = s.find(id)
	}
	if !found || s.items[at].clone != t.clone {
		if s.clone != t.clone {
			s.items, s.clone = slices.Clone(s.items), t.clone
		}
	}
	switch {
	case !found:
		s.items = slices.Insert(s.items, at, &item{id: id, clone: t.clone})
		t.known++
	case s.items[at].clone != t.clone:
		own := *s.items[at]
		own.clone, own.companions = t.clone, slices.Clone(own.companions)
		s.items[at] = &own
	}
	return s.items[at]
}

// forget leaves out a quarter of the items: those not met for longest. Who keeps company with them may still
// name them.
func (t *Traffic) forget() {
	days := make([]int32, 0, t.known)
	for i := range t.shelves {
		for _, it := range t.shelves[i].items {
			days = append(days, it.day)
		}
	}
	slices.Sort(days)
	before, gone := days[len(days)/4], len(days)/4
	for i := range t.shelves {
		s := &t.shelves[i]
		kept := make([]*item, 0, len(s.items))
		for _, it := range s.items {
			if gone > 0 && it.day <= before {
				gone--
				continue
			}
			kept = append(kept, it)
		}
		s.items, s.clone = kept, t.clone
	}
	t.known -= len(days) / 4
}

func (t *Traffic) find(id aparte.ItemID) *item {
	s := &t.shelves[shelfOf(id)]
	if at, found := s.find(id); found {
		return s.items[at]
	}
	return nil
}

func (s *shelf) find(id aparte.ItemID) (int, bool) {
	return slices.BinarySearchFunc(s.items, id, func(it *item, id aparte.ItemID) int { return cmp.Compare(it.id, id) })
}

// shelfOf is FNV-1a (Fowler, Noll, Vo), folded.
func shelfOf(id aparte.ItemID) uint32 {
	h := uint32(2166136261)
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return (h ^ h>>12) % shelves
}

// Clone is a copy for others to read while t goes on learning: nothing either has is changed any more. Like
// Learn, it runs alone.
func (t *Traffic) Clone() *Traffic {
	c := *t
	t.clone++
	return &c
}

// Trace is what one person did with items at once.
type Trace struct {
	Day    int32           // since 1970
	Weight float64         // of one meeting
	Items  []aparte.ItemID // looked at, put in the basket or bought: each met with each
	With   []aparte.ItemID // met with each of Items
	Shown  bool            // Items were shown, and no more
}

// Validate says what is wrong with a trace.
func (tr *Trace) Validate() error {
	switch {
	case tr.Day < 0:
		return fmt.Errorf("trace: day %d", tr.Day)
	case !(tr.Weight >= 0 && tr.Weight <= MaxWeight):
		return fmt.Errorf("trace: weight %g is not in [0, %g]", tr.Weight, float64(MaxWeight))
	case len(tr.Items) == 0 || len(tr.Items) > MaxTogether || len(tr.With) > MaxTogether:
		return fmt.Errorf("trace of %d items with %d", len(tr.Items), len(tr.With))
	}
	for _, ids := range [2][]aparte.ItemID{tr.Items, tr.With} {
		for _, id := range ids {
			if id == "" || len(id) > MaxObjective {
				return errors.New("trace: an item's id is empty or too long")
			}
		}
	}
	return nil
}
