package engine

import (
	"cmp"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/scenario"
)

// wings are where moments wait for their time.
type wings struct {
	timers   []aparte.Timer
	counters []aparte.Counter
	cause    cause
}

// of is p as scenarios find them at a time, where these are their timers and counters.
func (w *wings) of(p *aparte.Person, at time.Time) aparte.Person {
	seen := *p
	seen.Timers, seen.Counters, seen.LastSeen = w.timers, w.counters, earlier(p.LastSeen, at)
	return seen
}

// wind cancels timers, and sets others.
func (w *wings) wind(set []aparte.Timer, cancel []string) {
	for _, name := range cancel {
		w.drop(name)
	}
	for _, timer := range set {
		i, found := w.find(timer.Name)
		if found {
			w.timers[i] = timer
		} else {
			w.timers = slices.Insert(w.timers, i, timer)
		}
	}
}

func (w *wings) find(name string) (int, bool) {
	return slices.BinarySearchFunc(w.timers, name, func(t aparte.Timer, name string) int { return cmp.Compare(t.Name, name) })
}

func (w *wings) drop(name string) {
	if i, found := w.find(name); found {
		w.timers = slices.Delete(w.timers, i, i+1)
	}
}

// pending is when the moment falls due that waits for its time, and whether one does.
func (w *wings) pending(name string) (time.Time, bool) {
	i, found := w.find(name)
	if !found {
		return time.Time{}, false
	}
	return w.timers[i].Due, true
}

// next is the first timer to fire, if it is due by a time.
func (w *wings) next(by time.Time) (aparte.Timer, bool) {
	if len(w.timers) == 0 {
		return aparte.Timer{}, false
	}
	first := slices.MinFunc(w.timers, func(a, b aparte.Timer) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Name, b.Name)) })
	return first, !first.Due.After(by)
}

// fall lets a timer fire, and says whether a moment arises.
func (w *wings) fall(all *scenario.Set, p *aparte.Person, t aparte.Timer, now time.Time) (arises bool) {
	w.drop(t.Name)
	seen := w.of(p, now)
	arises, set := all.Fall(&seen, t.Name, t.Due, now)
	w.wind(set, nil)
	return arises
}
