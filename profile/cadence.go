package profile

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// buy notes a purchase: the stage it leads to, and the intervals since the last of anything and of each category.
// It comes before the order is counted.
func (s *step) buy(lines []product) {
	s.p.Stages = s.advance()
	cadences := purchased(cadencesOf(&s.p), "", s.at)
	for i := range lines {
		if category := s.category(&lines[i]); category != "" {
			cadences = purchased(cadences, category, s.at)
		}
	}
	s.p.Cadences = frequent(cadences)
}

// cadencesOf is a copy of the person's cadences, with that of all purchases where there were any.
func cadencesOf(p *aparte.Person) []aparte.Cadence {
	list := own(p.Cadences, 4)
	if c, ever := p.Cadence(""); ever && (len(list) == 0 || list[0].Category != "") {
		return slices.Insert(list, 0, c)
	}
	return list
}

// advance is the stages after an order: those that silence led to are kept, so that they are told as they came. One of
// the same day as the last, or from before it, leads nowhere else.
func (s *step) advance() []aparte.Stage {
	last, ever := s.p.Cadence("")
	switch {
	case !ever:
		return []aparte.Stage{{Name: aparte.New, Since: s.at}}
	case s.at.Sub(last.LastAt) < aparte.Occasion:
		return s.p.Stages
	}
	stages := s.p.StagesUntil(s.at)
	next := aparte.Active
	switch stages[len(stages)-1].Name {
	case aparte.Active:
		return s.p.Stages
	case aparte.Dormant, aparte.Lost:
		next = aparte.WonBack
	}
	if stages[0].Name == aparte.Prospect {
		stages = stages[1:] // it is told by FirstSeen
	}
	return lastStages(append(stages, aparte.Stage{Name: next, Since: s.at}))
}

func lastStages(stages []aparte.Stage) []aparte.Stage {
	return stages[max(0, len(stages)-aparte.MaxStages):]
}

// purchased adds a purchase in a category to the cadences, in place, without bound. One of the same day as the last is
// the same purchase; of one from before the last it is not known between which two others it came.
func purchased(list []aparte.Cadence, category string, at time.Time) []aparte.Cadence {
	i, found := findCadence(list, category)
	if !found {
		return slices.Insert(list, i, aparte.Cadence{Category: category, LastAt: at})
	}
	c := &list[i]
	interval := at.Sub(c.LastAt)
	if interval < aparte.Occasion {
		return list
	}
	log := math.Log(interval.Hours() / 24)
	*c = decayedTo(*c, at)
	c.Weight, c.Logs, c.Squares = c.Weight+1, c.Logs+float32(log), c.Squares+float32(log*log)
	return list
}

func findCadence(list []aparte.Cadence, category string) (int, bool) {
	return slices.BinarySearchFunc(list, category, func(c aparte.Cadence, category string) int { return cmp.Compare(c.Category, category) })
}

// decayedTo is a cadence with its sums as of a later purchase.
func decayedTo(c aparte.Cadence, at time.Time) aparte.Cadence {
	left := aparte.Decay(1, c.LastAt, at, aparte.CadenceHalfLife)
	for _, sum := range [...]*float32{&c.Weight, &c.Logs, &c.Squares} {
		*sum = float32(float64(*sum) * left)
	}
	c.LastAt = at
	return c
}

// frequent keeps the MaxCadences categories that are bought in most, of those bought in once the latest, and of equal
// ones the first; in place and in order. That of all purchases stays.
func frequent(list []aparte.Cadence) []aparte.Cadence {
	for len(list) > aparte.MaxCadences {
		var now time.Time
		for i := range list {
			if list[i].LastAt.After(now) {
				now = list[i].LastAt
			}
		}
		rarest := -1
		for i := range list {
			if c := &list[i]; c.Category != "" && (rarest < 0 || !rarer(&list[rarest], c, now)) {
				rarest = i
			}
		}
		list = slices.Delete(list, rarest, rarest+1)
	}
	return list
}

// rarer reports whether a is bought in less than b. A purchase that no other followed yet counts as one interval of its
// day: what is new has time to be bought again.
func rarer(a, b *aparte.Cadence, now time.Time) bool {
	weight := func(c *aparte.Cadence) float64 {
		return aparte.Decay(float64(c.Weight)+1, c.LastAt, now, aparte.CadenceHalfLife)
	}
	return weight(a) < weight(b)
}

// bothCadences is the intervals of both, each person's for themselves.
func bothCadences(a, b *aparte.Person) []aparte.Cadence {
	list := cadencesOf(a)
	for _, c := range cadencesOf(b) {
		i, found := findCadence(list, c.Category)
		if !found {
			list = slices.Insert(list, i, c)
			continue
		}
		x := list[i]
		if at := c.LastAt; at.After(x.LastAt) {
			x = decayedTo(x, at)
		} else {
			c = decayedTo(c, x.LastAt)
		}
		x.Weight, x.Logs, x.Squares = x.Weight+c.Weight, x.Logs+c.Logs, x.Squares+c.Squares
		list[i] = x
	}
	return frequent(list)
}

// bothStages is those of whom ordered last: together they ordered more than once.
func bothStages(a, b *aparte.Person) []aparte.Stage {
	if b.Orders.LastAt.After(a.Orders.LastAt) {
		a, b = b, a
	}
	stages := a.Stages
	if n := len(stages); n > 0 && stages[n-1].Name == aparte.New && b.Orders.Count > 0 {
		stages = own(stages, 0)
		stages[n-1].Name = aparte.Active
	}
	return stages
}
