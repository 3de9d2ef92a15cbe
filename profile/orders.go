package profile

import (
	"cmp"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/aparte-dev/aparte"
)

// order counts an order. An order whose id is among the last MaxOrders counts once, however often it is
// told; an order without an id counts each time. Its money counts in its own currency.
func (s *step) order(f *facts) {
	o := &s.p.Orders
	id := orderID(f.order)
	i := findOrder(o.Recent, id)
	if i >= 0 && !awaited(o.Recent[i]) {
		return
	}
	s.raise("orders_90d")
	s.raise("orders_365d")
	if f.discounted() {
		s.raise("orders_discounted_365d")
	}
	s.beat(OrderBeat)
	told := s.worth(f)
	told.ID, told.At = id, s.at
	switch {
	case i >= 0:
		o.Recent = slices.Clone(o.Recent)
		o.Recent[i] = heard(o, o.Recent[i], told)
	case id != 0:
		o.Recent = lastOrders(append(own(o.Recent, 1), told))
	}
	lines := f.lines()
	s.buy(lines)
	o.Count = plus(o.Count, 1)
	o.Items = bought(o.Items, lines, s.at.Before(o.LastAt))
	o.FirstAt, o.LastAt = stretched(o.FirstAt, o.LastAt, s.at)
	for i := range lines {
		s.attract(&lines[i], orderWeight)
	}
	s.empty(lines, f.listed)
}

// worth adds what an order is worth to the revenue in its currency. Where that is not known, or one too
// many, it is worth nothing.
func (s *step) worth(f *facts) (told aparte.Order) {
	o := &s.p.Orders
	currency, known := s.moneyOf(f)
	if currency != "" || !known {
		s.raise("orders_other_currency")
	}
	if !known {
		return told
	}
	told.Currency = currency
	amount, _ := f.amount(cmp.Or(currency, o.Revenue.Currency))
	if earn(o, currency, amount) {
		told.Left = amount
	}
	return told
}

// heard is an order of which only refunds were heard of before it was told. A refund in another currency
// than the order's was none of it and is given back.
func heard(o *aparte.Orders, before, told aparte.Order) aparte.Order {
	if before.Currency != told.Currency {
		earn(o, before.Currency, -before.Left)
		return told
	}
	both, correction, _ := oneOrder(before, told)
	earn(o, both.Currency, correction)
	return both
}

// refund takes back what an event says, and all that is left of the order where it says nothing. It
// takes back no more than is left of an order still remembered, and nothing in another currency than the
// order's, which is meant where it names none. That of an order not heard of yet, or no longer
// remembered, is taken back as it stands, and set right should the order come.
func (s *step) refund(f *facts) {
	s.raise("refunds_90d")
	o := &s.p.Orders
	currency, known := s.moneyOf(f)
	id := orderID(f.order)
	i := findOrder(o.Recent, id)
	if i >= 0 && f.currency == "" {
		currency, known = o.Recent[i].Currency, true
	}
	if !known || i >= 0 && o.Recent[i].Currency != currency {
		return
	}
	amount, said := f.amount(cmp.Or(currency, o.Revenue.Currency))
	if i >= 0 && !awaited(o.Recent[i]) && (!said || amount > o.Recent[i].Left) {
		amount = o.Recent[i].Left
	}
	if !earn(o, currency, -amount) {
		return
	}
	switch {
	case i >= 0:
		o.Recent = slices.Clone(o.Recent)
		o.Recent[i].Left = plus(o.Recent[i].Left, -amount)
	case id != 0 && amount > 0:
		o.Recent = lastOrders(append(own(o.Recent, 1), aparte.Order{ID: id, Left: -amount, Currency: currency}))
	}
}

// awaited reports whether only refunds of an order were heard of: what is left of it is below zero.
func awaited(o aparte.Order) bool { return o.Left < 0 }

// oneOrder is what two tellings of one order make, of which both are in the revenue; correction is
// what must be added to the revenue so that it is there once, repeated that it was counted twice.
func oneOrder(a, b aparte.Order) (both aparte.Order, correction int64, repeated bool) {
	both = a
	if both.At.IsZero() {
		both.At = b.At
	}
	switch sum := plus(a.Left, b.Left); {
	case awaited(a) && awaited(b):
		both.Left = sum
	case awaited(a) || awaited(b):
		both.Left = max(sum, 0)
		correction = plus(both.Left, -sum)
	default:
		both.Left, correction, repeated = min(a.Left, b.Left), -max(a.Left, b.Left), true
	}
	return both, correction, repeated
}

// orderID is the hash of an order's id, 0 where there is none.
func orderID(id string) uint64 {
	if id == "" {
		return 0
	}
	return max(1, xxhash.Sum64String(id))
}

// findOrder is the place of an order, or -1.
func findOrder(recent []aparte.Order, id uint64) int {
	for i := range recent {
		if recent[i].ID == id && id != 0 {
			return i
		}
	}
	return -1
}

// lastOrders keeps the last MaxOrders.
func lastOrders(recent []aparte.Order) []aparte.Order {
	return recent[max(0, len(recent)-aparte.MaxOrders):]
}

// bought puts the items of an order before those bought earlier, each once, at most MaxOrderItems. Those
// of a late order go behind.
func bought(items []aparte.ItemID, lines []product, late bool) []aparte.ItemID {
	news := make([]aparte.ItemID, 0, len(lines))
	for i := range lines {
		if lines[i].item != "" {
			news = append(news, lines[i].item)
		}
	}
	if len(news) == 0 {
		return items
	}
	if late {
		return distinct(items, news)
	}
	return distinct(news, items)
}

// distinct is a, then b, each item once, at most MaxOrderItems.
func distinct(a, b []aparte.ItemID) []aparte.ItemID {
	list := make([]aparte.ItemID, 0, min(len(a)+len(b), aparte.MaxOrderItems))
	for _, items := range [2][]aparte.ItemID{a, b} {
		for _, item := range items {
			if len(list) < aparte.MaxOrderItems && !slices.Contains(list, item) {
				list = append(list, item)
			}
		}
	}
	return list
}

// stretched is the time from first to last made to hold at; zero times are none.
func stretched(first, last, at time.Time) (time.Time, time.Time) {
	if first.IsZero() || at.Before(first) {
		first = at
	}
	if at.After(last) {
		last = at
	}
	return first, last
}
