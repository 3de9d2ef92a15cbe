package scenario

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// MaxOverdue is how long ago a moment may have fallen due when the event it arises from is received, for
// it still to arise: a telephone that was offline for the night is a reason to be late, an imported
// history is none to speak.
const MaxOverdue = 24 * time.Hour

// Jitter is by how much events may be heard of in another order than they happened in without counting as late: they come by several connections,
// and by servers whose clocks differ a little.
const Jitter = 10 * time.Second

// orderCompleted is the one event of which a person's record says when it last happened.
const orderCompleted = "Order Completed"

// hearing is an event on its way through the scenarios of a person.
type hearing struct {
	of  *Set
	p   *aparte.Person // with the event applied, and the timers as they were before
	e   *aparte.Event  // nil: nothing was heard, only the time is another
	now time.Time

	word       string
	at         time.Time      // when it happened
	properties map[string]any // nil: not asked for yet

	set    []aparte.Timer
	cancel []string
}

// Hear says which timers an event sets and which it cancels, by name. p is the person with the event
// applied (see profile.Apply) and the timers as they were before; now is the time at which it is heard. What is set replaces
// the timer of the same name, and is set after what is cancelled was. Gen is above the Gen of every setting before, as long
// as Seq grew in between.
func (s *Set) Hear(p *aparte.Person, e *aparte.Event, now time.Time) (set []aparte.Timer, cancel []string) {
	h := hearing{of: s, p: p, e: e, now: now, word: s.wordOf(e), at: when(e)}
	for _, i := range s.byWord[h.word] {
		h.tell(&s.rules[i])
	}
	for _, i := range s.always {
		h.tell(&s.rules[i])
	}
	return h.set, h.cancel
}

// Settle is what Hear answers where nothing was heard, but the scenarios are others than before, or the person is, who was
// merged: days are looked up, and what is pending and has become pointless is cancelled. An order of the very instant at which it began
// does not make it so: it may be what began it.
func (s *Set) Settle(p *aparte.Person, now time.Time) (set []aparte.Timer, cancel []string) {
	h := hearing{of: s, p: p, now: now}
	for i := range s.rules {
		r := &s.rules[i]
		if r.next != nil {
			h.wind(r)
			continue
		}
		begun, pending := h.begun(r)
		if pending && (r.ordered && p.Orders.LastAt.After(begun) || begun.Before(h.ended(r))) {
			h.drop(r.name)
		}
	}
	return h.set, h.cancel
}

// tell lets one scenario hear the event: what ends it or makes it pointless first.
func (h *hearing) tell(r *rule) {
	for i := range r.until {
		if x := &r.until[i]; h.is(&x.pattern) {
			h.end(r, x)
		}
	}
	if slices.Contains(r.unless, h.word) {
		h.makePointless(r)
	}
	switch {
	case r.next != nil:
		h.wind(r)
	case len(r.steps) > 1:
		h.advance(r)
	case len(r.steps) == 1 && h.is(&r.steps[0]), len(r.steps) == 0 && h.startsAbsence(r):
		h.begin(r)
	}
}

// is reports whether the event is one that is waited for.
func (h *hearing) is(p *pattern) bool {
	if p.word != h.word {
		return false
	}
	if p.where == nil {
		return true
	}
	if h.properties == nil {
		h.properties = decide.Properties(h.e.Properties)
	}
	return p.where.Holds(h.properties)
}

// startsAbsence reports whether an absence may count from the event: one of those that are missed, or the oldest thing
// known of the person, who may never have done any.
func (h *hearing) startsAbsence(r *rule) bool {
	if r.nothing {
		return h.at.Equal(h.p.LastSeen)
	}
	return slices.Contains(r.absent, h.word) || h.at.Equal(h.p.FirstSeen)
}

// makePointless cancels what began no later than the event happened.
func (h *hearing) makePointless(r *rule) {
	if begun, pending := h.begun(r); pending && !h.at.Before(begun) {
		h.drop(r.name)
	}
	// When the delay of what waits began is not known any more, only that it was no earlier than this.
	if waits, ok := timer(h.p, r.waiting); ok && !h.at.Before(waits.Due.Add(-r.Within.Std()-r.Delay.Std())) {
		h.drop(r.waiting)
	}
	h.leavePaths(r, func(start time.Time) bool { return !h.at.Before(start) })
}

// begun is when the delay of the pending moment began.
func (h *hearing) begun(r *rule) (time.Time, bool) {
	pending, ok := timer(h.p, r.name)
	return pending.Due.Add(-r.Delay.Std()), ok
}

// begin lets the delay of a scenario after one event, or of an absence, begin with the event. Events may be received in
// another order than they happened in: what is older never replaces what is newer.
func (h *hearing) begin(r *rule) {
	due := h.at.Add(r.Delay.Std())
	if h.at.Before(h.p.LastSeen) {
		late := h.at.Add(Jitter).Before(h.p.LastSeen)
		switch {
		case late && (!due.After(h.p.LastSeen) || !due.After(h.e.ReceivedAt)):
			return // if anything was to be said by then, it has been
		case r.ordered && !h.p.Orders.LastAt.Before(h.at):
			return
		}
	}
	h.arise(r, h.at, due)
}

// arise sets the timer of a moment that began at begun, unless nothing may come of it.
func (h *hearing) arise(r *rule, begun, due time.Time) {
	pending, ok := timer(h.p, r.name)
	switch {
	case ok && !h.dropped(r.name) && !due.After(pending.Due):
		return
	case !h.e.ReceivedAt.IsZero() && due.Add(MaxOverdue).Before(h.e.ReceivedAt):
		return
	case begun.Before(h.ended(r)), r.spent(h.p, latest(due, h.now)):
		return
	}
	if _, ok := timer(h.p, r.waiting); ok {
		h.drop(r.waiting)
	}
	h.put(r.name, due)
}

// drop cancels a timer, whether it is there or not.
func (h *hearing) drop(name string) { h.cancel = append(h.cancel, name) }

// dropped reports whether the event has cancelled a timer already.
func (h *hearing) dropped(name string) bool { return slices.Contains(h.cancel, name) }

// put sets a timer.
func (h *hearing) put(name string, due time.Time) { h.set = append(h.set, made(h.p, name, due)) }

// made is a timer of a person, of a higher generation than the one of its name.
func made(p *aparte.Person, name string, due time.Time) aparte.Timer {
	before, _ := timer(p, name)
	return aparte.Timer{Name: name, Due: due, Gen: max(p.Seq, before.Gen) + 1}
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

// word is what a scenario means by the name of an event.
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
	i, ok := find(p.Timers, name)
	if !ok {
		return aparte.Timer{}, false
	}
	return p.Timers[i], true
}

func find(timers []aparte.Timer, name string) (int, bool) {
	return slices.BinarySearchFunc(timers, name, func(t aparte.Timer, name string) int { return cmp.Compare(t.Name, name) })
}

func counter(p *aparte.Person, name string) (int, bool) {
	return slices.BinarySearchFunc(p.Counters, name, func(c aparte.Counter, name string) int { return cmp.Compare(c.Name, name) })
}
