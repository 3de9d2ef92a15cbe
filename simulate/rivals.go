package simulate

import (
	"context"
	"slices"
)

// plain is a policy that needs to be told nothing.
type plain struct{}

func (plain) Meet(context.Context, []Stranger) error                   { return nil }
func (plain) Dawn(context.Context, int) error                          { return nil }
func (plain) Shown(context.Context, *Moment, Action, bool, bool) error { return nil }
func (plain) Ordered(context.Context, *Order) error                    { return nil }

// rival is a policy by what it says at a moment that allows a letter.
type rival struct {
	plain
	name   string
	choose func(*Moment) Action
}

func (r *rival) Name() string { return r.name }

func (r *rival) Choose(_ context.Context, m *Moment) (Action, error) {
	if !m.Allowed {
		return Silence, nil
	}
	return r.choose(m), nil
}

// Quiet says nothing, ever.
func (w *World) Quiet() Policy {
	return &rival{name: "silence", choose: func(*Moment) Action { return Silence }}
}

// Random says anything, or nothing, each as likely.
func (w *World) Random() Policy {
	return &rival{name: "random", choose: func(m *Moment) Action { return Action(m.stream.below(wPolicy, int(actions))) }}
}

// BestToAll says one thing to everybody whenever it may: the letter that is worth most when everybody gets
// it, by the truth. A real one would have to find it out with a test.
func (w *World) BestToAll() Policy {
	best, most := Silence, 0.0
	for a := Silence + 1; a < actions; a++ {
		worth := 0.0
		for _, p := range w.crowd() {
			worth += p.worth(a, 0, 1)
		}
		if best == Silence || worth > most {
			best, most = a, worth
		}
	}
	return &rival{name: "best to all", choose: func(*Moment) Action { return best }}
}

// Told writes to the half of people who are most likely to order after a letter, and says what makes them
// most likely to: response targeting by the true chances of every person, which no real one has.
func (w *World) Told() Policy {
	likely := func(p *person, missing, season float64) (best Action, chance float64) {
		for a := Silence + 1; a < actions; a++ {
			if c := p.orderChance(a, missing, season); c > chance {
				best, chance = a, c
			}
		}
		return best, chance
	}
	var chances []float64
	for _, p := range w.crowd() {
		_, c := likely(p, 0, 1)
		chances = append(chances, c)
	}
	slices.Sort(chances)
	middle := chances[len(chances)/2]
	return &rival{name: "likely, told", choose: func(m *Moment) Action {
		if a, c := likely(m.person, m.missing, season(m.Day)); c >= middle {
			return a
		}
		return Silence
	}}
}

// Rules is what a marketer would write down: after a look at something a letter about it, at most one a
// week; to those who never ordered, or not of late, the offer.
func (w *World) Rules() Policy {
	return &rival{name: "rules", choose: func(m *Moment) Action {
		switch {
		case m.Last < capDays:
			return Silence
		case m.Person.Orders == 0 || m.Person.Since > 90:
			return Offer
		}
		return Action(1 + m.Looked)
	}}
}

// crowd is the people as they are on the first day.
func (w *World) crowd() []*person {
	people := make([]*person, w.People)
	for i := range people {
		people[i] = newPerson(w.stream.at(uint64(i), wKind), i)
	}
	return people
}
