package profile

import (
	"slices"

	"github.com/aparte-dev/aparte"
)

// A cart listens to nothing older than its last change: which lines a late event would still find there
// cannot be known, and the next look at the cart puts it right.

// add puts a product into the cart.
func (s *step) add(f *facts) {
	if f.item == "" || !s.touch() {
		return
	}
	lines := own(s.p.Cart.Lines, 1)
	if i := findLine(lines, f.item); i >= 0 {
		lines[i].Quantity = min(lines[i].Quantity+f.number.quantity(), maxQuantity)
		if price, ok := s.price(f, &f.product); ok {
			lines[i].Price = price
		}
	} else {
		lines = append(lines, s.line(f, &f.product))
	}
	s.p.Cart.Lines = lastLines(lines)
}

// remove takes a product out of the cart: as many as the event says, else all.
func (s *step) remove(f *facts) {
	if f.item == "" || !s.touch() {
		return
	}
	i := findLine(s.p.Cart.Lines, f.item)
	if i < 0 {
		return
	}
	lines := slices.Clone(s.p.Cart.Lines)
	if n := f.number.quantity(); f.number.known && n < lines[i].Quantity {
		lines[i].Quantity -= n
	} else {
		lines = slices.Delete(lines, i, i+1)
	}
	s.p.Cart.Lines = lastLines(lines)
}

// fill makes the cart what the event says it is, where it says so.
func (s *step) fill(f *facts) {
	if !f.listed || !s.touch() {
		return
	}
	lines := make([]aparte.CartLine, 0, len(f.products))
	for i := range f.products {
		p := &f.products[i]
		if at := findLine(lines, p.item); at >= 0 {
			lines[at].Quantity = min(lines[at].Quantity+p.number.quantity(), maxQuantity)
			continue
		}
		lines = append(lines, s.line(f, p))
	}
	s.p.Cart.Lines = lastLines(lines)
}

// empty takes what was ordered out of the cart: everything where the order does not list what.
func (s *step) empty(ordered []product, listed bool) {
	if len(s.p.Cart.Lines) == 0 || !s.touch() {
		return
	}
	if len(ordered) == 0 && !listed {
		s.p.Cart.Lines = nil
		return
	}
	s.p.Cart.Lines = lastLines(slices.DeleteFunc(slices.Clone(s.p.Cart.Lines), func(l aparte.CartLine) bool {
		return slices.ContainsFunc(ordered, func(p product) bool { return p.item == l.Item })
	}))
}

// touch reports whether the event is news to the cart, and dates the cart if so.
func (s *step) touch() bool {
	if s.at.Before(s.p.Cart.UpdatedAt) {
		return false
	}
	s.p.Cart.UpdatedAt = s.at
	return true
}

func (s *step) line(f *facts, p *product) aparte.CartLine {
	price, _ := s.price(f, p)
	return aparte.CartLine{Item: p.item, Quantity: p.number.quantity(), Price: price}
}

// price is what one of a product costs as the event tells.
func (s *step) price(f *facts, p *product) (aparte.Money, bool) {
	currency := f.in(p, s.currency)
	amount, ok := p.price.minor(currency)
	if !ok {
		return aparte.Money{}, false
	}
	return aparte.Money{Amount: amount, Currency: currency}, true
}

// findLine is the place of an item's line, or -1.
func findLine(lines []aparte.CartLine, item aparte.ItemID) int {
	return slices.IndexFunc(lines, func(l aparte.CartLine) bool { return l.Item == item })
}

// lastLines keeps the last MaxCartLines; of none it is nil.
func lastLines(lines []aparte.CartLine) []aparte.CartLine {
	if len(lines) == 0 {
		return nil
	}
	return lines[max(0, len(lines)-aparte.MaxCartLines):]
}
