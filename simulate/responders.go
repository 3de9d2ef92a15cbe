package simulate

import (
	"context"
	"time"
)

// responders writes to those who are most likely to order after a letter, and says what makes them most likely
// to: response targeting as it is done. The chances are shares, counted by what can be seen of people; a tenth
// of the letters are drawn to go on counting.
type responders struct {
	plain
	counts  map[segment][actions]struct{ orders, letters float64 }
	waiting map[int]waiting // by person: the last letter
	middle  float64         // of the chances met so far, followed as they come
	met     int
}

// segment is what a response model sees of a moment.
type segment struct {
	orders, looked int
	mobile         bool
}

type waiting struct {
	segment segment
	action  Action
	until   time.Time
}

const drawn = .1

// Responders is response targeting that counts for itself.
func (w *World) Responders() Policy {
	return &responders{counts: map[segment][actions]struct{ orders, letters float64 }{}, waiting: map[int]waiting{}}
}

// Name is "likely to buy".
func (*responders) Name() string { return "likely to buy" }

// Choose is what is most often followed by an order, where that is more than what the median person offers.
func (r *responders) Choose(_ context.Context, m *Moment) (Action, error) {
	s := segment{orders: min(m.Person.Orders, 5), looked: m.Looked, mobile: m.Person.Mobile}
	counts := r.counts[s]
	best, chance := Silence, 0.0
	for a := Silence + 1; a < actions; a++ {
		if c := (counts[a].orders + 1) / (counts[a].letters + 10); c > chance {
			best, chance = a, c
		}
	}
	r.met++
	if step := 1 / float64(r.met); chance > r.middle {
		r.middle += max(step, .001) * .1
	} else {
		r.middle -= max(step, .001) * .1
	}
	switch {
	case !m.Allowed:
		return Silence, nil
	case m.stream.unit(wPolicy) < drawn:
		best = Silence + 1 + Action(m.stream.below(wPick, int(actions)-1))
	case chance < r.middle:
		return Silence, nil
	}
	counts[best].letters++
	r.counts[s] = counts
	r.waiting[m.Person.Index] = waiting{s, best, m.At.Add(windowDays * day)}
	return best, nil
}

// Ordered counts an order for the letter before it.
func (r *responders) Ordered(_ context.Context, o *Order) error {
	if w, ok := r.waiting[o.Person.Index]; ok && o.At.Before(w.until) {
		counts := r.counts[w.segment]
		counts[w.action].orders++
		r.counts[w.segment] = counts
		delete(r.waiting, o.Person.Index)
	}
	return nil
}
