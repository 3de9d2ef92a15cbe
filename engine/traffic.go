package engine

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
)

// How much it says that two items were met together.
const (
	togetherSeen   = 1
	togetherAdded  = 3
	togetherBought = 5
	// around is how many items of before a new one is met with.
	around = 8
)

// trace tells the learner what an event made a person do with items: look at one after another, put one in the
// basket beside others, buy some. It is read from what changed in them, so it needs no names of events. What
// somebody does who objects to profiling is not looked at.
func (t *turn) trace(now *live, before, p *aparte.Person, event *aparte.Event) {
	if objects(p) {
		return
	}
	at := earlier(event.Timestamp, t.now)
	if last := before.Session.LastItem; p.Session.LastItem != last {
		if !before.Session.StartedAt.Equal(p.Session.StartedAt) {
			last = "" // of another visit
		}
		t.met(now, at, togetherSeen, []aparte.ItemID{p.Session.LastItem}, []aparte.ItemID{last})
	}
	if p.Orders.Count > before.Orders.Count {
		t.met(now, at, togetherBought, without(p.Orders.Items, before.Orders.Items), before.Orders.Items)
		return
	}
	if had, has := inCart(before), inCart(p); len(has) > len(had) {
		t.met(now, at, togetherAdded, without(has, had), had)
	}
}

// met gives the learner one trace, of items that are in the catalogue.
func (t *turn) met(now *live, at time.Time, weight float64, items, with []aparte.ItemID) {
	unknown := func(id aparte.ItemID) bool {
		_, known := now.plan.Item(id)
		return !known
	}
	items = slices.DeleteFunc(slices.Clone(items), unknown)
	with = slices.DeleteFunc(slices.Clone(with[:min(around, len(with))]), unknown)
	if len(items) > 0 {
		t.teach(learn.Trace{Day: dayOf(at), Weight: weight, Items: items[:min(learn.MaxTogether, len(items))], With: with})
	}
}

// traceShown tells the learner that an item was shown.
func (t *turn) traceShown(item aparte.ItemID, at time.Time) {
	if item != "" {
		t.teach(learn.Trace{Day: dayOf(at), Items: []aparte.ItemID{item}, Shown: true})
	}
}

func (t *turn) teach(trace learn.Trace) {
	t.batch.Feed = append(t.batch.Feed, trace.Append(nil))
}

// dayOf counts days since 1970.
func dayOf(at time.Time) int32 { return int32(max(0, at.Unix()/(24*60*60))) }

// without is those of a that are not in b.
func without[T comparable](a, b []T) []T {
	return slices.DeleteFunc(slices.Clone(a), func(one T) bool { return slices.Contains(b, one) })
}

func inCart(p *aparte.Person) []aparte.ItemID {
	ids := make([]aparte.ItemID, len(p.Cart.Lines))
	for i, l := range p.Cart.Lines {
		ids[i] = l.Item
	}
	return ids
}
