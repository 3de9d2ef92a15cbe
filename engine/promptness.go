package engine

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/store"
)

// Cause is what a scenario's moment arose from, and so from when on it is told how soon it was acted upon.
type Cause string

// The causes. A moment that waited for a better hour is due by the clock then.
const (
	CauseEvent Cause = "event" // an event after which it is due at once: from when the event was taken in
	CauseReply Cause = "reply" // the same, of somebody who wrote back: a turn of a conversation
	CauseClock Cause = "clock" // a delay that ended, a day, a period: from when it was due
)

var causes = [...]Cause{CauseEvent, CauseReply, CauseClock}

// Promptness is how soon moments of one cause were acted upon, since the engine was opened.
type Promptness struct {
	Cause   Cause
	Decided Durations // until what was decided, silence too, was durable
	Handed  Durations // until what was to be said was handed to its channel, or lay in the inbox or among the tasks; what had to wait for quiet hours or the brand's pace is left out
}

// Durations is a distribution of durations.
type Durations struct {
	Count  uint64
	Sum    time.Duration
	Within []uint64 // how many were no longer than each of Bounds
}

// Bounds are the durations at which Durations are counted, ascending.
func Bounds() []time.Duration { return slices.Clone(bounds[:]) }

var bounds = [...]time.Duration{
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 10 * time.Second, time.Minute,
}

// durations counts. It is safe for concurrent use; the zero value has counted nothing.
type durations struct {
	sum   atomic.Int64
	count [len(bounds) + 1]atomic.Uint64 // by the first bound that is no shorter; the last: longer than all
}

func (d *durations) add(took time.Duration) {
	took = max(took, 0) // a clock that was put back
	i, _ := slices.BinarySearch(bounds[:], took)
	d.count[i].Add(1)
	d.sum.Add(int64(took))
}

func (d *durations) read() Durations {
	out := Durations{Sum: time.Duration(d.sum.Load()), Within: make([]uint64, len(bounds))}
	for i := range d.count {
		out.Count += d.count[i].Load()
		if i < len(bounds) {
			out.Within[i] = out.Count
		}
	}
	return out
}

// Promptness is how soon moments were acted upon since the engine was opened, for each cause.
func (e *Engine) Promptness() []Promptness {
	out := make([]Promptness, len(causes))
	for i, c := range causes {
		out[i] = Promptness{Cause: c, Decided: e.prompt.decided[i].read(), Handed: e.prompt.handed[i].read()}
	}
	return out
}

// start is from when on it is counted how soon a moment is acted upon.
type start struct {
	cause Cause
	at    time.Time
	span  *observe.Span // of what is traced with it; nil: nothing is
}

// prompt counts how soon moments are acted upon.
type prompt struct {
	decided, handed [len(causes)]durations
}

// took counts how long it was from a start until now.
func (e *Engine) took(what *[len(causes)]durations, s start) {
	what[slices.Index(causes[:], s.cause)].add(e.now().Sub(s.at))
}

// starts are the timers of an owner that were set to fire at once, each with its start. They are in memory only: what a
// process that ended left behind counts by the clock.
type starts map[startKey]start

type startKey struct {
	person aparte.PersonID
	timer  string
}

// mostStarts bounds what is remembered of timers that do not fire after all, as they were called off at once.
const mostStarts = 4096

func (s starts) put(person aparte.PersonID, timer string, from start) {
	if len(s) >= mostStarts {
		clear(s)
	}
	s[startKey{person, timer}] = from
}

// take is the start of a timer that fires, which is forgotten, and whether it was noted.
func (s starts) take(person aparte.PersonID, timer string) (start, bool) {
	key := startKey{person, timer}
	from, noted := s[key]
	delete(s, key)
	return from, noted
}

// startHere notes that moments which an event just set off are due at once.
func (t *turn) startHere(p *aparte.Person, set []aparte.Timer) {
	for _, timer := range set {
		if kindOf(timer.Name) == scenarioTimer && !timer.Due.After(t.now) {
			t.owner.starts.put(p.ID, timer.Name, start{CauseEvent, earlier(t.since, t.now), t.span})
		}
	}
}

// startOf is from when on the moment of a scenario counts whose timer fires.
func (t *turn) startOf(p *aparte.Person, due *store.Timer, after string) start {
	from, noted := t.owner.starts.take(p.ID, due.Name)
	switch {
	case !noted:
		return start{CauseClock, due.Due, nil}
	case after == aparte.EventReplied:
		from.cause = CauseReply
	}
	return from
}
