package residual

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// Check holds what a model foretold, that was fitted to customers as they were at a time, against what they did since.
type Check struct {
	From        time.Time `json:"from"`
	Days        float64   `json:"days"`
	People      int       `json:"people"`
	Orders      Held      `json:"orders"`      // of all of them
	Value       Held      `json:"value"`       // in minor units, not discounted
	Within      float64   `json:"within"`      // share of the people whose orders came to lie in their Range, four in five at least if it is true
	Correlation float64   `json:"correlation"` // of the orders foretold of each person and those that came
	Bands       []Band    `json:"bands"`       // from whom least is expected to whom most is

	Months []Month `json:"months,omitempty"` // by when people ordered first, oldest first
}

// Month is the people of a check who ordered first in the same month.
type Month struct {
	Month  string `json:"month"` // 2026-05, UTC
	People int    `json:"people"`
	Orders Held   `json:"orders"` // of all of them
	Value  Held   `json:"value"`  // in minor units
}

// mostMonths is how many months are told apart; people of the months before are with those of the first.
const mostMonths = 36

// made is when it was made, or about.
func (c *Check) made() time.Time { return c.From.Add(time.Duration(c.Days * 24 * float64(time.Hour))) }

// Held is what was foretold, and what came.
type Held struct {
	Expected float64 `json:"expected"`
	Came     float64 `json:"came"`
}

// Band is a part of the people of a check, as many in each, by what was expected of them.
type Band struct {
	People   int     `json:"people"`
	Expected float64 `json:"expected"` // orders a person
	Came     float64 `json:"came"`     // likewise
	Low      float64 `json:"low"`      // 95 % interval of the mean that came
	High     float64 `json:"high"`
	Value    Held    `json:"value"` // a person, in minor units
}

const bands = 8

// check fits a model to people as they were at the cut, beginning where the model of now stands, and holds it against what came; nil where too few are known.
func (s *Sample) check(now *Model) *Check {
	var then []bought
	var held []buyer
	for i := range s.buyers {
		if b := &s.buyers[i]; b.known {
			then, held = append(then, b.then), append(held, *b)
		}
	}
	m := &Model{Terms: s.terms}
	m.Terms.Discount = 0
	m.fit(then, now)
	if !m.tellsOfCustomers() {
		return nil
	}
	c := &Check{From: s.cut.UTC(), Days: s.at.Sub(s.cut).Hours() / 24, People: len(held)}
	all := make([]foretold, len(held))
	for i := range held {
		b := &held[i]
		r := m.of(b.then, c.Days)
		all[i] = foretold{Held{r.Orders, b.came}, Held{r.Value, b.brought}}
		c.month(b.first, all[i])
		c.Orders.add(all[i].orders)
		c.Value.add(all[i].value)
		if low, high := m.ranged(b.then.history, c.Days); b.came >= float64(low) && b.came <= float64(high) {
			c.Within += 1 / float64(len(held))
		}
	}
	slices.SortFunc(c.Months, func(a, b Month) int { return strings.Compare(a.Month, b.Month) })
	c.Correlation = correlation(all)
	slices.SortStableFunc(all, func(a, b foretold) int { return cmp.Compare(a.orders.Expected, b.orders.Expected) })
	for i := range bands {
		if band := all[i*len(all)/bands : (i+1)*len(all)/bands]; len(band) > 0 {
			c.Bands = append(c.Bands, bandOf(band))
		}
	}
	return c
}

// month takes in somebody who ordered first at a time.
func (c *Check) month(first time.Time, f foretold) {
	oldest := time.Date(c.From.Year(), c.From.Month()-mostMonths+1, 1, 0, 0, 0, 0, time.UTC)
	if first.Before(oldest) {
		first = oldest
	}
	name := first.UTC().Format("2006-01")
	i := slices.IndexFunc(c.Months, func(m Month) bool { return m.Month == name })
	if i < 0 {
		i = len(c.Months)
		c.Months = append(c.Months, Month{Month: name})
	}
	m := &c.Months[i]
	m.People++
	m.Orders.add(f.orders)
	m.Value.add(f.value)
}

// foretold is what was foretold of one person, and what came.
type foretold struct{ orders, value Held }

func (h *Held) add(o Held) { h.Expected, h.Came = h.Expected+o.Expected, h.Came+o.Came }

func bandOf(people []foretold) Band {
	n := float64(len(people))
	var orders, value Held
	for _, p := range people {
		orders.add(p.orders)
		value.add(p.value)
	}
	b := Band{
		People: len(people), Expected: orders.Expected / n, Came: orders.Came / n,
		Value: Held{value.Expected / n, value.Came / n},
	}
	squares := 0.0
	for _, p := range people {
		squares += (p.orders.Came - b.Came) * (p.orders.Came - b.Came)
	}
	half := 1.959964 * math.Sqrt(squares/max(1, n-1)/n)
	b.Low, b.High = max(0, b.Came-half), b.Came+half
	return b
}

// correlation is Pearson's, of the orders; 0 where one of the two does not vary.
func correlation(people []foretold) float64 {
	n := float64(len(people))
	var x, y, xx, yy, xy float64
	for _, p := range people {
		x, y = x+p.orders.Expected, y+p.orders.Came
	}
	x, y = x/n, y/n
	for _, p := range people {
		dx, dy := p.orders.Expected-x, p.orders.Came-y
		xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}
