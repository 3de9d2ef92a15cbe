package scenario

import (
	"slices"
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
	w := walk{set: s, p: p, how: how}
	heard := make(map[aparte.MessageID]bool, len(events))
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
		w.pass(at)
		w.hear(e)
	}
	w.pass(how.Until)
	return w.moments
}

// walk is a person on their way through a history.
type walk struct {
	set     *Set
	p       aparte.Person
	now     time.Time
	how     Replaying
	moments []Moment
}

// pass lets time pass, and what falls due arise: the first first, and of equal ones by name.
func (w *walk) pass(until time.Time) {
	for {
		next := -1
		for i := range w.p.Timers {
			if t := &w.p.Timers[i]; !t.Due.After(until) && (next < 0 || t.Due.Before(w.p.Timers[next].Due)) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		t := w.p.Timers[next]
		w.p.Timers = slices.Delete(slices.Clone(w.p.Timers), next, next+1)
		w.now = latest(w.now, t.Due)
		w.fall(t)
	}
	w.now = latest(w.now, until)
}

// fall lets a timer fire.
func (w *walk) fall(t aparte.Timer) {
	arises, set := w.set.Fall(&w.p, t.Name, t.Due, w.now)
	w.put(set)
	if !arises {
		return
	}
	r := &w.set.rules[w.set.byName[t.Name]]
	m := Moment{Scenario: r.ID, At: w.now}
	if m.Spoke = w.how.Speaks == nil || w.how.Speaks(&w.p, m); m.Spoke {
		w.p = Spoke(w.p, t.Name, w.now)
		if counted, ok := w.set.Count(&w.p, t.Name, w.now); ok {
			w.put([]aparte.Timer{counted})
		}
	}
	w.moments = append(w.moments, m)
}

// hear takes an event in.
func (w *walk) hear(e *aparte.Event) {
	w.p = profile.Apply(w.p, e, profile.Identifiers(e), w.how.Items, w.how.Currency)
	w.p.Seq++
	set, cancel := w.set.Hear(&w.p, e, w.now)
	for _, name := range cancel {
		w.p.Timers = slices.DeleteFunc(slices.Clone(w.p.Timers), func(t aparte.Timer) bool { return t.Name == name })
	}
	w.put(set)
}

// put sets timers.
func (w *walk) put(set []aparte.Timer) {
	for _, t := range set {
		w.p.Timers = slices.Clone(w.p.Timers)
		i, found := find(w.p.Timers, t.Name)
		if found {
			w.p.Timers[i] = t
		} else {
			w.p.Timers = slices.Insert(w.p.Timers, i, t)
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
