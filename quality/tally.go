package quality

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// Bounds of what is counted.
const (
	maxSources    = 100
	maxViolations = 1_000
	tallyDays     = 31

	lateAfter = time.Hour      // later than this an event comes late
	silentFor = 24 * time.Hour // a source that was silent for this long is stale

	hurrySlots  = 4096 // identifiers watched at a time
	hurryMinute = 300  // events of one identifier in a minute that nobody makes by hand
)

// Tally is what came from one source, on a day or over several.
type Tally struct {
	Accepted int64          `json:"accepted"` // events taken in, repeated ones among them
	Late     int64          `json:"late"`     // of these, that happened more than an hour before they arrived
	Ahead    int64          `json:"ahead"`    // dated after their arrival, by up to a day: taken as of their arrival
	Headless int64          `json:"headless"` // of a browser without a screen
	Hurried  int64          `json:"hurried"`  // beyond 300 a minute of one identifier
	Warned   int64          `json:"warned"`   // that break a schema which only warns
	Aside    [reasons]int64 `json:"aside"`    // kept aside, by Reason
	Lost     int64          `json:"lost"`     // requests too large to be kept
}

func (t *Tally) add(o *Tally) {
	t.Accepted, t.Late, t.Ahead = sum(t.Accepted, o.Accepted), sum(t.Late, o.Late), sum(t.Ahead, o.Ahead)
	t.Headless, t.Hurried, t.Warned, t.Lost = sum(t.Headless, o.Headless), sum(t.Hurried, o.Hurried), sum(t.Warned, o.Warned), sum(t.Lost, o.Lost)
	for i, n := range o.Aside {
		t.Aside[i] = sum(t.Aside[i], n)
	}
}

// Received is how much came.
func (t *Tally) Received() int64 {
	n := t.Accepted + t.Lost
	for _, aside := range t.Aside {
		n += aside
	}
	return n
}

// Source is what came from one source.
type Source struct {
	Name  string    `json:"name"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Days  []Day     `json:"days"` // oldest first
}

// Day is a day's tally.
type Day struct {
	Day int64 `json:"day"` // days since 1970, UTC
	Tally
}

// Over is the tally of the days since one, inclusive.
func (s *Source) Over(since int64) Tally {
	var t Tally
	for i := range s.Days {
		if s.Days[i].Day >= since {
			t.add(&s.Days[i].Tally)
		}
	}
	return t
}

// Stale reports whether nothing was heard of the source for a day.
func (s *Source) Stale(now time.Time) bool { return now.Sub(s.Last) > silentFor }

// today is the tally of a source on the day of an arrival.
func (s *Source) today(at time.Time) *Tally {
	day := dayOf(at)
	if n := len(s.Days); n == 0 || s.Days[n-1].Day < day {
		s.Days = slices.DeleteFunc(s.Days, func(d Day) bool { return d.Day <= day-tallyDays })
		s.Days = append(s.Days, Day{Day: day})
	}
	s.Last = later(s.Last, at)
	return &s.Days[len(s.Days)-1].Tally
}

// Violation is one way in which events of a source break a schema.
type Violation struct {
	Source   string           `json:"source"`
	Call     aparte.EventType `json:"type"`
	Event    string           `json:"event"`
	Pointer  string           `json:"pointer"`
	Expected string           `json:"expected"`
	Got      string           `json:"got"` // the last time
	Mode     Mode             `json:"mode"`
	Count    int64            `json:"count"`
	First    time.Time        `json:"first"`
	Last     time.Time        `json:"last"`
	Example  ID               `json:"example,omitzero"` // the last one that is kept aside
}

// book is the tracking plan and what is counted beside it. It is not safe for concurrent use.
type book struct {
	plan       plan
	sources    []*Source
	violations []*Violation
	beyond     int64 // violations that found no room
	hurry      [hurrySlots]struct {
		who    uint64
		minute int64
		n      int32
	}
	seed maphash.Seed
}

func newBook() *book {
	return &book{plan: plan{events: map[planKey]*noted{}}, seed: maphash.MakeSeed()}
}

// source is the entry of a source; one beyond maxSources shares the last.
func (b *book) source(name string, at time.Time) *Source {
	for _, s := range b.sources {
		if s.Name == name {
			return s
		}
	}
	if len(b.sources) == maxSources {
		return b.sources[maxSources-1]
	}
	s := &Source{Name: strings.Clone(name), First: at}
	b.sources = append(b.sources, s)
	return s
}

// observe takes in an event that was accepted.
func (b *book) observe(e *aparte.Event, t *Tally) {
	b.plan.observe(e)
	t.Accepted++
	if e.ReceivedAt.Sub(e.Timestamp) > lateAfter {
		t.Late++
	}
	if b.hurried(e) {
		t.Hurried++
	}
}

// hurried reports whether an event is one of too many that bear its identifier. It watches the identifiers that came
// last, and forgets one for another that falls on its place.
func (b *book) hurried(e *aparte.Event) bool {
	id := e.UserID
	if id == "" {
		id = e.AnonymousID
	}
	who := maphash.String(b.seed, id)
	slot, minute := &b.hurry[who%hurrySlots], e.Timestamp.Unix()/60
	if slot.who != who || slot.minute != minute {
		slot.who, slot.minute, slot.n = who, minute, 0
	}
	slot.n++
	return slot.n > hurryMinute
}

// broke counts the faults of an event.
func (b *book) broke(e *aparte.Event, mode Mode, faults []Fault, kept ID) {
	name := ""
	if e.Type == aparte.Track {
		name = shown(e.Name)
	}
	for _, f := range faults {
		v := b.violation(Violation{Source: e.Source, Call: e.Type, Event: name, Pointer: f.Pointer, Expected: f.Expected, First: e.ReceivedAt})
		if v == nil {
			b.beyond++
			continue
		}
		v.Count++
		v.Got, v.Mode, v.Last = f.Got, mode, later(v.Last, e.ReceivedAt)
		if kept != 0 {
			v.Example = kept
		}
	}
}

// violation is the entry of one like another, which it begins as where there is none yet; nil where there is no room.
func (b *book) violation(like Violation) *Violation {
	for _, v := range b.violations {
		if v.Source == like.Source && v.Call == like.Call && v.Event == like.Event && v.Pointer == like.Pointer && v.Expected == like.Expected {
			return v
		}
	}
	if len(b.violations) == maxViolations {
		return nil
	}
	b.violations = append(b.violations, &like)
	return &like
}
