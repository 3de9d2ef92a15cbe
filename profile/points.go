package profile

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Score is the person after an event that the brand gives points for toward its objectives. Points that fade alike are
// one sum, so that what is kept does not grow with what happens. What was given fades as it was said when it was
// given, whatever the brand says later.
func Score(p aparte.Person, e *aparte.Event, scores []aparte.Score) aparte.Person {
	if e.Type != aparte.Track {
		return p
	}
	owned := false
	for i := range scores {
		for _, award := range scores[i].Points {
			if award.Event != e.Name || award.Event == "" {
				continue
			}
			if !owned {
				p.Points, owned = own(p.Points, 2), true
			}
			p.Points = scored(p.Points, aparte.Points{
				Objective: scores[i].Objective.Key(), HalfLife: award.HalfLife.Std().Truncate(time.Second), Value: award.Points, At: when(e),
			})
		}
	}
	if owned {
		p.Points = weightiest(p.Points)
		fit(&p)
	}
	return p
}

// scored adds points to those that fade alike, in place.
func scored(list []aparte.Points, x aparte.Points) []aparte.Points {
	i, found := slices.BinarySearchFunc(list, x, func(a, b aparte.Points) int {
		return cmp.Or(cmp.Compare(a.Objective, b.Objective), cmp.Compare(a.HalfLife, b.HalfLife))
	})
	switch {
	case !found:
		return slices.Insert(list, i, x)
	case x.HalfLife == 0:
		list[i].Value += x.Value
		if x.At.After(list[i].At) {
			list[i].At = x.At
		}
	default:
		list[i].Value, list[i].At = decayedSum(list[i].Value, list[i].At, x.Value, x.At, x.HalfLife)
	}
	return list
}

// bothPoints sums what two people scored.
func bothPoints(a, b []aparte.Points) []aparte.Points {
	if len(b) == 0 {
		return a
	}
	sum := own(a, len(b))
	for _, x := range b {
		sum = scored(sum, x)
	}
	return weightiest(sum)
}

// weightiest keeps the MaxPoints sums that weigh most at the time of the last. There are more only where a brand has
// changed its half-lives often.
func weightiest(list []aparte.Points) []aparte.Points {
	if len(list) <= aparte.MaxPoints {
		return list
	}
	var now time.Time
	for i := range list {
		if list[i].At.After(now) {
			now = list[i].At
		}
	}
	for len(list) > aparte.MaxPoints {
		lightest := 0
		for i := range list {
			if math.Abs(list[i].Now(now)) < math.Abs(list[lightest].Now(now)) {
				lightest = i
			}
		}
		list = slices.Delete(list, lightest, lightest+1)
	}
	return list
}
