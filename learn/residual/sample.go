package residual

import (
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/lifetime"
)

// Sample is what is known of how people bought, as of a time. It is not safe for concurrent use.
type Sample struct {
	terms    Terms
	at, cut  time.Time
	buyers   []buyer
	waiting  []lifetime.Waiting
	room     int // for so many more customers
	waits    int // for so many more of waiting
	People   int // shown
	Foreign  int // of these, customers whose money is in another currency
	LeftOut  int // customers beyond as many as are learned from
	Unplaced int // customers of whom is not known what they had bought at the cut
}

// buyer is a customer, now and as of the cut.
type buyer struct {
	now, then bought
	first     time.Time
	known     bool    // then is
	came      float64 // orders since
	brought   float64 // and what they were worth, in minor units
}

// bought is what somebody has bought up to a time, in days.
type bought struct {
	history lifetime.History
	spent   lifetime.Spending // no purchases: of no worth
}

// NewSample is one as of a time. It takes nobody before it was given Room.
func NewSample(terms Terms, at time.Time) *Sample {
	return &Sample{terms: terms, at: at, cut: at.Add(-terms.checked())}
}

// Room lets so many customers and so many times of waiting in from here on, whatever room there was: given for each part of the people, it
// bounds what is kept, and lets in as many of each.
func (s *Sample) Room(n int) { s.room, s.waits = n, n }

// Add takes somebody in.
func (s *Sample) Add(p *aparte.Person) {
	s.People++
	if wait, ok := waited(p, s.at); ok && s.waits > 0 {
		s.waiting = append(s.waiting, wait)
		s.waits--
	}
	o := &p.Orders
	switch {
	case o.Count == 0:
		return
	case o.Revenue.Currency != s.terms.Currency:
		s.Foreign++
		return
	case s.room <= 0:
		s.LeftOut++
		return
	}
	b := buyer{first: o.FirstAt, now: boughtUpto(o, o.Count, o.LastAt, o.Revenue.Amount, s.at)}
	b.known = b.lookBack(o, s.cut)
	if !b.known && o.FirstAt.Before(s.cut) {
		s.Unplaced++
	}
	s.buyers = append(s.buyers, b)
	s.room--
}

// lookBack works out what somebody had bought at the cut and what came since, and reports whether that is known: they were a
// customer then, and the orders that are remembered reach back so far.
func (b *buyer) lookBack(o *aparte.Orders, cut time.Time) bool {
	if !o.FirstAt.Before(cut) {
		return false
	}
	count, last, revenue := o.Count, time.Time{}, o.Revenue.Amount
	for i := range o.Recent {
		r := &o.Recent[i]
		if r.Left < 0 { // nothing but refunds
			continue
		}
		if r.At.IsZero() {
			return false
		}
		if !r.At.After(cut) {
			if r.At.After(last) {
				last = r.At
			}
			continue
		}
		b.came++
		if count--; r.Currency == "" {
			b.brought += float64(r.Left)
			revenue -= r.Left
		}
	}
	if last.IsZero() { // the last before the cut is forgotten, unless it is the first
		if count != 1 {
			return false
		}
		last = o.FirstAt
	}
	if count < 1 {
		return false
	}
	b.then = boughtUpto(o, count, last, revenue, cut)
	return true
}

// boughtUpto sums up a customer who had so many orders at a time, the last of them at last.
func boughtUpto(o *aparte.Orders, count int64, last time.Time, revenue int64, at time.Time) bought {
	repeats := float64(min(count-1, lifetime.MaxRepeats))
	age := wholeDays(at.Sub(o.FirstAt))
	b := bought{history: lifetime.History{Repeats: repeats, Age: age}}
	if repeats > 0 {
		b.history.Last = min(age, wholeDays(last.Sub(o.FirstAt)))
	}
	if s := (lifetime.Spending{Purchases: repeats + 1, Mean: float64(revenue) / (repeats + 1)}); s.Validate() == nil {
		b.spent = s
	}
	return b
}

// waited is how long somebody went without a first order, where they were known before it.
func waited(p *aparte.Person, at time.Time) (lifetime.Waiting, bool) {
	if p.FirstSeen.IsZero() || p.FirstSeen.After(at) {
		return lifetime.Waiting{}, false
	}
	if p.Orders.Count == 0 {
		return lifetime.Waiting{Time: wholeDays(at.Sub(p.FirstSeen))}, true
	}
	first := p.Orders.FirstAt.Sub(p.FirstSeen)
	return lifetime.Waiting{Time: wholeDays(first), Over: true}, first > 0
}

// wholeDays is a span in days, of which part of one counts as one half: nobody waits for no time.
func wholeDays(d time.Duration) float64 {
	const day = 24 * time.Hour
	return max(0, float64(d/day)) + 0.5
}
