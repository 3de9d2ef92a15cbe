package scenario

import (
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/profile"
)

// Moment is one that arose as a history was replayed.
type Moment struct {
	Scenario aparte.ScenarioID
	At       time.Time // when it fell due; of an event that was heard of later than that, when it was heard of
	Spoke    bool
}

// Replaying is how a history is replayed.
type Replaying struct {
	Items    profile.Catalogue // that events speak of; nil: none
	Currency string            // of the brand
	Until    time.Time         // the end: what falls due no later than that is told

	// Speaks reports whether something is said at a moment: rests and limits count from what was. Nil: always. p is the
	// person at that moment.
	Speaks func(p *aparte.Person, m Moment) bool
}

// Replay is the moments that would have arisen of a person's events, in the order in which they arise. p is the person
// before the first of them, newborn where it is the zero value. Events come in the order in which they were received, and
// are heard of when they were (ReceivedAt, or Timestamp where that is zero); one whose MessageID came before is not heard again. What falls due at the
// instant at which an event is received arises before it is heard of. Nothing waits for a better hour here.
func (s *Set) Replay(p aparte.Person, events []aparte.Event, how Replaying) []Moment {
	w := Walk{Set: s, Speaks: how.Speaks}
	heard := make(map[aparte.MessageID]bool, len(events))
	var moments []Moment
	for i := range events {
		e := &events[i]
		if e.MessageID != "" && heard[e.MessageID] {
			continue
		}
		heard[e.MessageID] = true
		at := e.ReceivedAt
		if at.IsZero() {
			at = e.Timestamp
		}
		if at.After(how.Until) {
			break
		}
		moments = append(moments, w.Pass(&p, at)...)
		p = profile.Apply(p, e, profile.Identifiers(e), how.Items, how.Currency)
		w.Hear(&p, e)
	}
	return append(moments, w.Pass(&p, how.Until)...)
}

// Walk takes one person through a history, a step at a time, for whoever keeps the person. What scenarios remember of them is
// the walk's own: timers and counters of scenarios that stand in the person's record are left aside. A walk is begun with a Set.
type Walk struct {
	Set    *Set
	Speaks func(p *aparte.Person, m Moment) bool // as in Replaying

	now      time.Time
	step     uint64
	timers   []aparte.Timer
	counters []aparte.Counter // how often each scenario spoke
}

// Pass lets time pass, and is what arises until then: the first first, and of equal ones by the name of the scenario. p is the person
// in that time.
func (w *Walk) Pass(p *aparte.Person, until time.Time) (moments []Moment) {
	for {
		next := -1
		for i := range w.timers {
			if t := &w.timers[i]; !t.Due.After(until) && (next < 0 || t.Due.Before(w.timers[next].Due)) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		t := w.timers[next]
		w.timers = slices.Delete(w.timers, next, next+1)
		w.now = latest(w.now, t.Due)
		if m, arises := w.fall(p, t); arises {
			moments = append(moments, m)
		}
	}
	w.now = latest(w.now, until)
	return moments
}

// fall lets a timer fire.
func (w *Walk) fall(p *aparte.Person, t aparte.Timer) (Moment, bool) {
	q := w.of(p)
	arises, set := w.Set.Fall(&q, t.Name, t.Due, w.now)
	w.put(set)
	if !arises {
		return Moment{}, false
	}
	m := Moment{Scenario: w.Set.rules[w.Set.byName[t.Name]].ID, At: w.now}
	if m.Spoke = w.Speaks == nil || w.Speaks(&q, m); m.Spoke {
		w.counters = Spoke(aparte.Person{Counters: w.counters}, t.Name, w.now).Counters
		if counted, ok := w.Set.Count(&q, t.Name, w.now); ok {
			w.put([]aparte.Timer{counted})
		}
	}
	return m, true
}

// Hear takes an event in, at the time to which the walk has passed; p is the person with the event applied.
func (w *Walk) Hear(p *aparte.Person, e *aparte.Event) {
	q := w.of(p)
	set, cancel := w.Set.Hear(&q, e, w.now)
	for _, name := range cancel {
		w.timers = slices.DeleteFunc(w.timers, func(t aparte.Timer) bool { return t.Name == name })
	}
	w.put(set)
}

// of is the person with what the walk remembers of them.
func (w *Walk) of(p *aparte.Person) aparte.Person {
	q := *p
	w.step++
	q.Seq, q.Timers = w.step, w.timers
	q.Counters = slices.DeleteFunc(slices.Clone(p.Counters), func(c aparte.Counter) bool { return strings.HasPrefix(c.Name, Name("")) })
	for _, c := range w.counters {
		i, _ := counter(&q, c.Name)
		q.Counters = slices.Insert(q.Counters, i, c)
	}
	return q
}

// put sets timers.
func (w *Walk) put(set []aparte.Timer) {
	for _, t := range set {
		if i, found := find(w.timers, t.Name); found {
			w.timers[i] = t
		} else {
			w.timers = slices.Insert(w.timers, i, t)
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
