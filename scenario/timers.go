package scenario

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// MaxOverdue is how long ago a moment may have fallen due when the event it arises from is received, for
// it still to arise: a telephone that was offline for the night is a reason to be late, an imported
// history is none to speak.
const MaxOverdue = 24 * time.Hour

// orderCompleted is the one event of which a person's record says when it last happened.
const orderCompleted = "Order Completed"

// Timers says which timers an event sets and which it cancels, by name. p is the person with the event
// applied (see profile.Apply) and the timers as they were before; what is set replaces the timer of the same
// name. Due is the event's time plus the delay, and Gen is above the Gen of every setting before, as long
// as Seq grew in between.
//
// An event of After begins the delay, or begins it again. An event of Unless cancels what is pending,
// unless it happened before that began. Events may be received in another order than they happened in:
//
//   - What is older never replaces what is newer.
//   - An event older than the newest one known sets no timer that is due already when it is received.
//     If anything was to be said by then, it has been.
//   - An event before the person's last order does not begin a delay that an order cancels.
//   - Nothing is set that has been due for more than MaxOverdue, or that falls due while the scenario rests:
//     see Spoke.
func (s *Set) Timers(p *aparte.Person, e *aparte.Event) (set []aparte.Timer, cancel []string) {
	word := s.wordOf(e)
	at := when(e)
	for _, i := range s.unless[word] {
		r := &s.rules[i]
		if pending, ok := timer(p, r.name); ok && !at.Before(pending.Due.Add(-r.Delay.Std())) {
			cancel = append(cancel, r.name)
		}
		// When its delay began is not known any more, only that it was no earlier than this.
		if waits, ok := timer(p, r.waiting); ok && !at.Before(waits.Due.Add(-r.Within.Std()-r.Delay.Std())) {
			cancel = append(cancel, r.waiting)
		}
	}
	for _, i := range s.after[word] {
		r := &s.rules[i]
		due := at.Add(r.Delay.Std())
		pending, ok := timer(p, r.name)
		if ok && !due.After(pending.Due) || r.pointless(p, e, at, due) {
			continue
		}
		if _, ok := timer(p, r.waiting); ok {
			cancel = append(cancel, r.waiting)
		}
		set = append(set, aparte.Timer{Name: r.name, Due: due, Gen: max(p.Seq, pending.Gen) + 1})
	}
	return set, cancel
}

// pointless reports whether a moment due at due must not arise from e, which happened at at.
func (r *rule) pointless(p *aparte.Person, e *aparte.Event, at, due time.Time) bool {
	late := at.Before(p.LastSeen)
	switch {
	case late && (!due.After(p.LastSeen) || !due.After(e.ReceivedAt)):
		return true
	case late && r.ordered && !p.Orders.LastAt.Before(at):
		return true
	case !e.ReceivedAt.IsZero() && due.Add(MaxOverdue).Before(e.ReceivedAt):
		return true
	}
	i, spoke := counter(p, r.name)
	return spoke && due.Before(p.Counters[i].At.Add(r.Rest.Std()))
}

// Fire is the scenario whose timer has this name, and whether the brand has one: a timer may outlive its
// scenario.
func (s *Set) Fire(name string) (aparte.Scenario, bool) {
	i, ok := s.byName[name]
	if !ok {
		return aparte.Scenario{}, false
	}
	return s.rules[i].Scenario, true
}

// Spoke is the person after the scenario with this timer name has spoken to them at at: from then on it
// rests. A moment at which silence was chosen does not count. The memory is a counter of the same name,
// whose At is the last time; p is not changed. Where the record holds all the counters it may, the
// weakest gives way.
func Spoke(p aparte.Person, name string, at time.Time) aparte.Person {
	at = at.UTC().Truncate(time.Microsecond)
	p.Counters = slices.Clone(p.Counters)
	i, found := counter(&p, name)
	if found {
		c := &p.Counters[i]
		if at.Before(c.At) {
			at = c.At
		}
		*c = aparte.Counter{Name: name, Value: c.Now(at) + 1, At: at}
		return p
	}
	p.Counters = slices.Insert(p.Counters, i, aparte.Counter{Name: name, Value: 1, At: at})
	if len(p.Counters) > aparte.MaxCounters {
		weakest := weakestBeside(p.Counters, i, at)
		p.Counters = slices.Delete(p.Counters, weakest, weakest+1)
	}
	return p
}

// weakestBeside is the index of the counter with the smallest value at now, the one at kept left aside.
func weakestBeside(counters []aparte.Counter, kept int, now time.Time) int {
	weakest := -1
	for i, c := range counters {
		if i != kept && (weakest < 0 || c.Now(now) < counters[weakest].Now(now)) {
			weakest = i
		}
	}
	return weakest
}

// wordOf is the word by which scenarios name an event.
func (s *Set) wordOf(e *aparte.Event) string {
	if e.Type != aparte.Track {
		return string(e.Type)
	}
	if e.Source == aparte.OwnSource && ofAudience(e.Name) {
		var about struct {
			Audience aparte.AudienceID `json:"audience"`
		}
		if json.Unmarshal(e.Properties, &about) == nil {
			return audienceWord(e.Name, about.Audience)
		}
	}
	return e.Name
}

// ofAudience reports whether events of this name tell of an audience.
func ofAudience(name string) bool { return name == aparte.EventEntered || name == aparte.EventExited }

// audienceWord is the word for an event that tells of an audience: each has its own.
func audienceWord(name string, id aparte.AudienceID) string { return name + "\x00" + string(id) }

// word is what a scenario means by one of After and Unless.
func (r *rule) word(name string) string {
	if ofAudience(name) && r.Audience != "" {
		return audienceWord(name, r.Audience)
	}
	return name
}

// when is the time at which an event counts: nothing happens after it was received.
func when(e *aparte.Event) time.Time {
	at := e.Timestamp
	if at.IsZero() || !e.ReceivedAt.IsZero() && at.After(e.ReceivedAt) {
		at = e.ReceivedAt
	}
	return at.UTC().Truncate(time.Microsecond)
}

func timer(p *aparte.Person, name string) (aparte.Timer, bool) {
	i, ok := slices.BinarySearchFunc(p.Timers, name, func(t aparte.Timer, name string) int { return cmp.Compare(t.Name, name) })
	if !ok {
		return aparte.Timer{}, false
	}
	return p.Timers[i], true
}

func counter(p *aparte.Person, name string) (int, bool) {
	return slices.BinarySearchFunc(p.Counters, name, func(c aparte.Counter, name string) int { return cmp.Compare(c.Name, name) })
}
