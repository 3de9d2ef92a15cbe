package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store"
)

// always is later than anything that is recorded.
var always = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// understudy plays the scenario in the history of one record, and keeps what an owner would keep for it in the record.
type understudy struct {
	rehearsal *rehearsal
	clock     time.Time
	heard     *aparte.Event // the last event: what it does is done when the person is seen with it
	behind    bool          // that was brought in from elsewhere: what was recorded since is of no time of its own
	live      wings         // as it would have been
	restless  wings         // as it would have been if the scenario never rested
	inside    bool          // in its audience
	joined    bool          // another record was taken up: what is pending is looked at when p is both

	fired   time.Time        // when the last moment arose; zero: the log has told of it
	before  []aparte.Counter // it
	counted string           // the timer by which it is remembered that it spoke
}

// cause is the event that a pending moment comes after.
type cause struct {
	word string
	at   time.Time
	item aparte.ItemID
}

// meet takes an entry that is about to happen to p. Of an event it notes what is looked at when it has happened.
func (u *understudy) meet(ctx context.Context, p *aparte.Person, entry *store.Entry) error {
	at := entry.At
	if entry.Kind != store.EventEntry && u.behind {
		at = u.clock
	}
	switch entry.Kind {
	case store.EventEntry:
		event, err := decodeEvent(entry.Body)
		if err != nil {
			return err
		}
		happened := happened(&event)
		if u.behind = happened.Add(scenario.MaxOverdue).Before(at); u.behind { // it is taken as if Aparté had been there
			event.ReceivedAt, at = happened, happened
			u.clock = earlier(u.clock, at) // back, where what is newer was brought in first
		}
		u.heard = &event
	case store.DecisionEntry:
		d, err := decide.Unmarshal(entry.Body)
		if err != nil {
			return err
		}
		defer u.heed(p, &d)
	case store.MergeEntry:
		m, err := readMerging(entry.Body)
		if err != nil {
			return err
		}
		other, err := u.rehearsal.record(ctx, m.loser, entry.At, at)
		var lost *gone
		if err != nil && !errors.As(err, &lost) && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		defer u.adopt(other)
	}
	u.pass(p, at)
	return nil
}

// settle does what the last entry does, now that p is the person with it: to timers, and to the audience.
func (u *understudy) settle(p *aparte.Person) {
	if u.joined {
		u.joined = false
		for _, w := range []*wings{&u.live, &u.restless} {
			seen := w.of(p, u.clock)
			w.wind(u.rehearsal.set.Settle(&seen, u.clock))
		}
		u.muster(p)
	}
	event := u.heard
	if event == nil {
		return
	}
	u.heard = nil
	if u.rehearsal.audience == nil || event.Source != aparte.OwnSource || event.Name != aparte.EventEntered && event.Name != aparte.EventExited {
		u.hear(p, event)
	}
	u.muster(p)
}

// muster asks whether p is in the scenario's audience, and tells the scenario of a change: what the log says of audiences is not
// taken, as it may not have been there, or may have been another.
func (u *understudy) muster(p *aparte.Person) {
	r := u.rehearsal
	if r.audience == nil {
		return
	}
	is, err := r.audience.Holds(p, r.fit, u.clock)
	if is = is && err == nil; is == u.inside {
		return
	}
	u.inside = is
	name := aparte.EventExited
	if is {
		name = aparte.EventEntered
	}
	properties, err := json.Marshal(map[string]any{"audience": r.of.Audience})
	if err != nil {
		return // ids are text
	}
	u.hear(p, &aparte.Event{Type: aparte.Track, Name: name, Properties: properties, Source: aparte.OwnSource, Timestamp: u.clock, ReceivedAt: u.clock})
}

// hear lets an event set and call off timers.
func (u *understudy) hear(p *aparte.Person, event *aparte.Event) {
	r := u.rehearsal
	name := scenario.Name(r.of.ID)
	was, pending := u.live.pending(name)
	seen, free := u.live.of(p, u.clock), u.restless.of(p, u.clock)
	u.live.wind(r.set.Hear(&seen, event, u.clock))
	u.restless.wind(r.set.Hear(&free, event, u.clock))
	is, waits := u.live.pending(name)
	if waits && !is.Equal(was) && r.of.On == nil && r.of.Every == 0 {
		u.live.cause = causeOf(event)
	}
	switch counted := u.counts(u.clock); {
	case counted && waits && !pending:
		r.found.Began++
	case counted && pending && !waits:
		r.off[wordOf(event)]++
	}
}

// pass lets the clock run to a time: moments arise, and once a day the audience is asked for what time alone changes.
func (u *understudy) pass(p *aparte.Person, to time.Time) {
	if u.rehearsal.audience != nil {
		for day := u.look(); day.Before(to); day = day.Add(24 * time.Hour) {
			u.run(p, day)
			u.muster(p)
		}
	}
	u.run(p, to)
}

// look is the next time at which the audience is asked without an event: midnights, from before the first that could lead to
// a moment of the period.
func (u *understudy) look() time.Time {
	first := u.rehearsal.found.Since.Add(-u.rehearsal.of.Delay.Std() - 48*time.Hour)
	return latest(u.clock, first).Truncate(day).Add(day)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// run lets what is due fire, as an owner does: a moment, or what the scenario only remembered until now.
func (u *understudy) run(p *aparte.Person, to time.Time) {
	name := scenario.Name(u.rehearsal.of.ID)
	clock := u.clock
	for t, due := u.restless.next(to); due; t, due = u.restless.next(to) {
		clock = latest(t.Due, clock)
		if u.restless.fall(u.rehearsal.set, p, t, clock) && t.Name == name && u.counts(clock) {
			u.rehearsal.found.Resting++ // those that arose are taken off in the end
		}
	}
	for t, due := u.live.next(to); due; t, due = u.live.next(to) {
		u.clock = latest(t.Due, u.clock)
		if u.live.fall(u.rehearsal.set, p, t, u.clock) && t.Name == name {
			u.fire(p, t.Name)
		}
	}
	u.clock = latest(to, u.clock)
}

func (u *understudy) counts(at time.Time) bool {
	return !at.Before(u.rehearsal.found.Since) && !at.After(u.rehearsal.found.Until)
}

// fire makes the moment. Where something could be said it is taken to have been, unless the log tells otherwise: see heed.
func (u *understudy) fire(p *aparte.Person, name string) {
	r := u.rehearsal
	silent := r.silence(p, name, u.live.cause.item, u.clock)
	u.before, u.fired, u.counted = u.live.counters, u.clock, ""
	if silent == "" {
		u.spoke(p, name, u.clock)
	}
	if !u.counts(u.clock) {
		return
	}
	r.found.Moments++
	if silent == "" {
		r.found.Speakable++
	} else {
		r.kept[silent]++
	}
	day, _ := slices.BinarySearchFunc(r.found.Days, u.clock, func(d RehearsedDay, at time.Time) int {
		if d.Day.After(at) {
			return 1
		}
		return -1
	})
	r.found.Days[max(0, day-1)].Moments++
	r.examples = append(r.examples, Rehearsed{
		Person: p.ID, At: u.clock, Event: u.live.cause.word, EventAt: u.live.cause.at, Item: u.live.cause.item, Silent: silent,
	})
}

// spoke has the scenario remember that it spoke.
func (u *understudy) spoke(p *aparte.Person, name string, at time.Time) {
	w := &u.live
	seen := w.of(p, at)
	w.counters = scenario.Spoke(seen, name, at).Counters
	if counted, ok := u.rehearsal.set.Count(&seen, name, at); ok {
		w.wind([]aparte.Timer{counted}, nil)
		u.counted = counted.Name
	}
}

// heed takes the log's word for whether a moment that arose in life, too, was spoken at.
func (u *understudy) heed(p *aparte.Person, d *aparte.Decision) {
	if d.Trigger != scenario.Name(u.rehearsal.of.ID) || u.fired.IsZero() || d.At.After(u.fired.Add(u.rehearsal.of.Within.Std()+time.Minute)) {
		return
	}
	u.live.counters, u.fired = u.before, time.Time{}
	u.live.drop(u.counted)
	if !d.Action.Silent() {
		u.spoke(p, d.Trigger, d.At)
	}
}

// adopt takes up what waits for its time in a record that was merged into this one, as an owner does.
func (u *understudy) adopt(other *understudy) {
	u.joined, u.inside = true, u.inside || other.inside
	for _, pair := range [][2]*wings{{&u.live, &other.live}, {&u.restless, &other.restless}} {
		mine, theirs := pair[0], pair[1]
		for _, timer := range theirs.timers {
			i, found := mine.find(timer.Name)
			if found && timer.Due.Before(mine.timers[i].Due) == scenario.KeepsLater(timer.Name) {
				continue
			}
			mine.wind([]aparte.Timer{timer}, nil)
			if timer.Name == scenario.Name(u.rehearsal.of.ID) {
				mine.cause = theirs.cause
			}
		}
		for _, counter := range theirs.counters {
			i, found := slices.BinarySearchFunc(mine.counters, counter.Name, func(c aparte.Counter, name string) int { return cmp.Compare(c.Name, name) })
			switch {
			case !found:
				mine.counters = slices.Insert(slices.Clone(mine.counters), i, counter)
			case counter.At.After(mine.counters[i].At):
				mine.counters = slices.Clone(mine.counters)
				mine.counters[i] = counter
			}
		}
	}
}

// wordOf is the word by which scenarios name an event.
func wordOf(e *aparte.Event) string {
	if e.Type != aparte.Track {
		return string(e.Type)
	}
	return e.Name
}

func causeOf(e *aparte.Event) cause {
	var about struct {
		Item string `json:"product_id"`
	}
	_ = json.Unmarshal(e.Properties, &about) // what is about no item is about none
	return cause{wordOf(e), happened(e), aparte.ItemID(about.Item)}
}
