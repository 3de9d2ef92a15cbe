package scenario

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// What bounds how often a scenario speaks to a person is kept with its end: a timer for each time it spoke, due when that
// counts no more, and one that is due when a conversion no longer keeps it from beginning. They do nothing when they fall due.
const (
	spokePrefix = "spoke:"
	endedPrefix = "ended:"
)

// forGood is when what is kept for good ends.
var forGood = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// end notes that the event ends a scenario for a person, and cancels what began before that is over. It is remembered for
// MaxOverdue longer, for what is heard of late.
func (h *hearing) end(r *rule, x *exit) {
	until := forGood
	if x.last > 0 {
		until = h.at.Add(x.last)
	}
	if forget := until.Add(MaxOverdue); until.After(h.ended(r)) && forget.After(h.now) {
		h.put(r.ended, forget)
	} else {
		return // it is over, or another event ended it for longer
	}
	if waits, ok := timer(h.p, r.waiting); ok && waits.Due.Add(-r.Within.Std()-r.Delay.Std()).Before(until) {
		h.drop(r.waiting)
	}
	if r.next != nil {
		return // of days it is asked when they come
	}
	if begun, pending := h.begun(r); pending && begun.Before(until) {
		h.drop(r.name)
	}
	h.leavePaths(r, func(start time.Time) bool { return start.Before(until) })
}

// ended is until when nothing begins, this event's ends included; zero where nothing keeps it from beginning.
func (h *hearing) ended(r *rule) time.Time {
	forget := time.Time{}.Add(MaxOverdue)
	if t, ok := timer(h.p, r.ended); ok {
		forget = t.Due
	}
	for i := range h.set {
		if h.set[i].Name == r.ended && h.set[i].Due.After(forget) {
			forget = h.set[i].Due
		}
	}
	return forget.Add(-MaxOverdue)
}

// spent reports whether the scenario has spoken to the person too lately, or too often, for a moment that falls due at due, now
// or later.
func (r *rule) spent(p *aparte.Person, due time.Time) bool {
	if i, spoke := counter(p, r.name); spoke && due.Before(p.Counters[i].At.Add(r.rest)) {
		return true
	}
	return r.Most.Times > 0 && r.times(p, due) >= r.Most.Times
}

// times is how often it spoke, of what counts at due.
func (r *rule) times(p *aparte.Person, due time.Time) (n int) {
	prefix := spokePrefix + string(r.ID) + ":"
	i, _ := find(p.Timers, prefix)
	for ; i < len(p.Timers) && strings.HasPrefix(p.Timers[i].Name, prefix); i++ {
		if p.Timers[i].Due.After(due) {
			n++
		}
	}
	return n
}

// Count is the timer that remembers that a scenario has spoken to a person at a time, by its timer's name, and whether it is
// counted at all. Each time has a timer of its own, so that those of two people who become one add up.
func (s *Set) Count(p *aparte.Person, name string, at time.Time) (aparte.Timer, bool) {
	i, ok := s.byName[name]
	if !ok || s.rules[i].Most.Times == 0 {
		return aparte.Timer{}, false
	}
	r, due := &s.rules[i], forGood
	if at = at.UTC().Truncate(time.Microsecond); r.Most.Per > 0 {
		due = at.Add(r.Most.Per.Std())
	}
	return made(p, spokePrefix+string(r.ID)+":"+strconv.FormatInt(at.UnixMicro(), 36), due), true
}

// KeepsLater reports whether of two timers with this name, of people who become one, it is the later that stays: the newer
// event's, the path that began last, the end that is farther away.
func KeepsLater(name string) bool {
	for _, prefix := range [...]string{Name(""), pathPrefix, endedPrefix, spokePrefix} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
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
