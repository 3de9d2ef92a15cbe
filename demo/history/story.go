package history

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// story is what one customer did, oldest first. There is at least one order.
type story struct {
	person  Person
	orders  []order
	refunds []refund
}

// order is one invoice. Its lines are as they stand on it.
type order struct {
	invoice string
	at      time.Time
	lines   []line
}

// refund is what one cancellation invoice takes back of one order.
type refund struct {
	invoice string
	order   string
	at      time.Time
	lines   []line
}

// stories sorts lines by customer, in the order of first purchases.
func stories(lines []line) ([]story, error) {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, byTime)
	index := make(map[string]int)
	var all []story
	var back [][]line
	for _, l := range lines {
		i, known := index[l.customer]
		if !known {
			i = len(all)
			index[l.customer] = i
			all, back = append(all, story{person: invent(l.customer, l.country)}), append(back, nil)
		}
		if l.cancels() {
			back[i] = append(back[i], l)
			continue
		}
		all[i].add(l)
	}
	for i := range all {
		if err := all[i].refund(back[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *story) add(l line) {
	i := slices.IndexFunc(s.orders, func(o order) bool { return o.invoice == l.invoice })
	if i < 0 {
		i = len(s.orders)
		s.orders = append(s.orders, order{invoice: l.invoice, at: l.at})
	}
	s.orders[i].lines = append(s.orders[i].lines, l)
}

// refund finds, for each cancelled line, the orders it takes back from: the data set does not name them.
// They are the latest ones before it that hold the item and are not taken back yet.
func (s *story) refund(cancelled []line) error {
	left := make(map[string]map[aparte.ItemID]int64) // by order: what was not taken back
	for _, o := range s.orders {
		left[o.invoice] = make(map[aparte.ItemID]int64)
		for _, l := range o.lines {
			left[o.invoice][l.item] += l.quantity
		}
	}
	for _, c := range cancelled {
		for i := len(s.orders) - 1; i >= 0 && c.quantity < 0; i-- {
			o := &s.orders[i]
			n := min(-c.quantity, left[o.invoice][c.item])
			if o.at.After(c.at) || n == 0 {
				continue
			}
			left[o.invoice][c.item] -= n
			c.quantity += n
			part := c
			part.quantity = -n
			s.take(part, o.invoice)
		}
		if c.quantity < 0 {
			return fmt.Errorf("purchases: cancellation %s takes back more of %s than was bought", c.invoice, c.item)
		}
	}
	slices.SortStableFunc(s.refunds, func(a, b refund) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return strings.Compare(a.invoice+a.order, b.invoice+b.order)
	})
	return nil
}

func (s *story) take(l line, from string) {
	i := slices.IndexFunc(s.refunds, func(r refund) bool { return r.invoice == l.invoice && r.order == from })
	if i < 0 {
		i = len(s.refunds)
		s.refunds = append(s.refunds, refund{invoice: l.invoice, order: from, at: l.at})
	}
	s.refunds[i].lines = append(s.refunds[i].lines, l)
}
