package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/place"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store"
)

// apply brings a person up to date with an event: state, history, rewards, scenarios, counters. An
// event applied before changes nothing.
func (t *turn) apply(p *aparte.Person, event *aparte.Event, by named, key store.Key) (*aparte.Person, error) {
	if repeated, err := t.applied(p, by.ids, key, ringHash(key)); err != nil {
		return nil, err
	} else if repeated {
		t.repeat(event)
		return p, nil
	}
	now := t.owner.engine.brand.Load()
	next := t.happen(now, p, t.described(now, t.felt(p, t.keepable(now, place.Without(event)))), by, key)
	if err := t.befriend(now, p, next, event); err != nil {
		return nil, err
	}
	if err := t.locate(now, next, event); err != nil {
		return nil, err
	}
	if err := t.muster(now, next); err != nil {
		return nil, err
	}
	t.put(next)
	return next, nil
}

// happen is a person with an event in their state and history, and what it sets off: a state of its own, which whoever calls it puts.
func (t *turn) happen(now *live, p *aparte.Person, event *aparte.Event, by named, key store.Key) *aparte.Person {
	t.repeated[key] = true
	var items profile.Catalogue
	currency := ""
	if now != nil {
		items, currency = now.plan, now.plan.Brand().Currency
	}
	next := new(aparte.Person)
	*next = profile.Apply(*p, event, by.ids, items, currency)
	if now != nil {
		lapsed(&now.plan.Brand().Policy, next, t.now)
		*next = profile.Score(*next, event, now.plan.Brand().Scores)
	}
	next.RecentIDs = slices.Concat(lastN(p.RecentIDs, aparte.MaxRecentIDs-1), []uint64{ringHash(key)})
	since := len(t.bodies)
	t.bodies = encodeEvent(t.bodies, event)
	t.bodies = applyingOf(now, event, by).append(t.bodies)
	t.append(next, store.EventEntry, key, t.body(since))
	if since := next.Watch.Since; !since.IsZero() && !since.Equal(p.Watch.Since) {
		t.setTimer(next, watchTimer, since.Add(profile.WatchFor))
	}
	if now != nil {
		t.arrived(now, p, next, event)
		t.observe(now, p, next, event)
		t.trace(now, p, next, event)
		if next.Orders.Count > p.Orders.Count { // who tells of an order twice has used its code once
			t.redeem(now, next, event)
		}
		t.arrange(now, next, event)
	}
	t.dismissed(next, event)
	t.countInside(p.Fences, next.Fences)
	t.noteEvent(now, p, next, event)
	t.count("events/"+event.Source, 1)
	return next
}

// repeat counts an event that was applied before.
func (t *turn) repeat(event *aparte.Event) { t.count("repeated/"+event.Source, 1) }

// applied reports whether an event was applied before: here, or in another part to somebody who was merged
// into this person, or who had the device that it names. Nothing is applied to who was merged any more, so
// what their part says is final; of a former holder it is, for what was acknowledged before the device went.
func (t *turn) applied(p *aparte.Person, ids []aparte.Identifier, key store.Key, ring uint64) (bool, error) {
	if t.repeated[key] || slices.Contains(p.RecentIDs, ring) {
		return true, nil
	}
	others := p.Absorbed
	if len(ids) > 0 && ids[0].Kind != aparte.KindUserID { // an event that names its user was never another's
		others = slices.Concat(others, p.Formerly)
	}
	return t.loggedBy(others, key)
}

// appliedTo is applied for somebody whom a name of an event leads to, and whom another of its names does not: the two are about to become one, or
// a device to change hands.
func (t *turn) appliedTo(id aparte.PersonID, key store.Key) (bool, error) {
	for hops := 0; !id.IsZero() && hops < maxHops; hops++ {
		p, err := t.anybody(id)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		} else if err != nil {
			return false, err
		}
		if seen, err := t.loggedBy(slices.Concat([]aparte.PersonID{id}, p.Absorbed, p.Formerly), key); err != nil || seen {
			return seen, err
		}
		id = p.MergedInto
	}
	return false, nil
}

// loggedBy reports whether the log has an event in one of the parts of some people.
func (t *turn) loggedBy(people []aparte.PersonID, key store.Key) (bool, error) {
	if t.repeated[key] {
		return true, nil
	}
	asked := []store.Part{t.owner.part} // of this one t.repeated tells
	for _, id := range people {
		part := t.owner.engine.partOf(id)
		if slices.Contains(asked, part) {
			continue
		}
		asked = append(asked, part)
		seen, err := t.owner.engine.store.Seen(t.ctx, part, []store.Key{key})
		if err != nil {
			return false, fmt.Errorf("look for a repeated event in part %d: %w", part, err)
		}
		if seen[0] {
			return true, nil
		}
	}
	return false, nil
}

// observe credits an event to the decisions it is an outcome of, and tells who counts. What was said to
// the person before the event tells a first click from a second.
func (t *turn) observe(now *live, before, p *aparte.Person, event *aparte.Event) {
	if event.Type != aparte.Track {
		return
	}
	about := decisionOf(event)
	if (event.Name == aparte.EventClicked || event.Name == aparte.EventAnswered) && !seen(before, about) { // nobody clicks on what they did not see, or answers it
		t.exposed(now, p, about, earlier(event.Timestamp, t.now))
	}
	earned := t.earn(now, p, event, about)
	t.respond(now, before, p, event, about)
	for _, x := range earned {
		t.reached(p, x.objective, x.value, event.Timestamp)
	}
}

// earning is what an event is worth to an objective.
type earning struct {
	objective aparte.ObjectiveID
	value     float64
}

// earn credits what an event is worth to the decisions it is an outcome of.
func (t *turn) earn(now *live, p *aparte.Person, event *aparte.Event, about aparte.DecisionID) (all []earning) {
	for i := range now.plan.Brand().Objectives {
		o := &now.plan.Brand().Objectives[i]
		if o.Event != event.Name {
			continue
		}
		value, err := now.plan.Value(o.ID, event)
		switch {
		case errors.Is(err, decide.ErrOtherCurrency):
			t.count("other-currency/"+string(o.ID), 1)
			continue
		case err != nil:
			t.count("objective-error/"+string(o.ID), 1)
			continue
		}
		t.count("value/"+string(o.ID), int64(value))
		credit(p, o, about, event.Timestamp, value)
		*p = profile.Earn(*p, event.Timestamp, value)
		t.credited(now, p, o.ID, value, event.Timestamp)
		all = append(all, earning{o.ID, value})
	}
	return all
}

// respond notes what an event says about what was said, and when they respond.
func (t *turn) respond(now *live, before, p *aparte.Person, event *aparte.Event, about aparte.DecisionID) {
	switch event.Name {
	case orderCompleted:
		t.responded(now, p, event.Timestamp, profile.OrderBeat)
	case aparte.EventTriedOn: // what they did themselves led to what followed as much as what they were told
		if item := p.Session.LastItem; item != "" {
			t.touch(now, p, aparte.Touch{At: earlier(event.Timestamp, t.now), Channel: triedOn, What: string(item), Device: p.Device})
		}
	case aparte.EventExposed:
		t.exposed(now, p, about, t.now)
	case aparte.EventComplained, aparte.EventUnsubscribed:
		t.distrust(before, event, about)
	case aparte.EventClicked:
		if clicked(before, about) { // who clicks twice is counted once
			return
		}
		t.tell(about, func(d *aparte.Decision) {
			if d.Channel.Outbound() {
				t.responded(now, p, event.Timestamp, profile.ClickBeat)
			}
			t.touch(now, p, aparte.Touch{At: earlier(event.Timestamp, t.now), Channel: string(d.Channel), What: string(d.Action.Content), Device: deviceOf(p, d)})
			for _, content := range sights(p, d, wasClicked) {
				t.count("clicked/"+string(content), 1)
				t.afterCommit(func() { t.owner.engine.pulse.clicked(d.At, content) })
			}
		})
	}
}

// credit adds value to the decisions of p that wait for it: those whose window holds at, and only the
// one the event names where it names one, and only those that were clicked where the objective asks for it.
func credit(p *aparte.Person, objective *aparte.Objective, about aparte.DecisionID, at time.Time, value float64) {
	owned := false
	for i, o := range p.Open {
		if o.Objective != objective.ID || objective.Credit == aparte.CreditClicked && !clicked(p, o.Decision) || at.Before(o.At) || at.After(o.Due) || !about.IsZero() && about != o.Decision {
			continue
		}
		if !owned {
			p.Open, owned = slices.Clone(p.Open), true
		}
		p.Open[i].Reward += value
	}
}

func clicked(p *aparte.Person, id aparte.DecisionID) bool {
	return slices.ContainsFunc(p.Said, func(s aparte.Said) bool { return s.Decision == id && s.Clicked })
}

func seen(p *aparte.Person, id aparte.DecisionID) bool {
	return slices.ContainsFunc(p.Said, func(s aparte.Said) bool { return s.Decision == id && s.Seen > 0 })
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// exposed counts a decision that was seen for the first time and opens its windows at that time. Those of
// a message are open since it left.
func (t *turn) exposed(now *live, p *aparte.Person, about aparte.DecisionID, at time.Time) {
	t.tell(about, func(d *aparte.Decision) {
		if d.Action.Silent() {
			return
		}
		for _, s := range p.Said {
			if s.Decision == d.ID && s.Seen > 1 {
				return
			}
		}
		if !slices.ContainsFunc(p.Open, func(o aparte.Open) bool { return o.Decision == d.ID }) {
			t.await(now, p, d, at)
		}
		if !d.Channel.Outbound() || !d.Parent.IsZero() { // a message reached them when it was sent
			t.countReached(p, d.ID, at)
		}
		if d.Channel.Outbound() {
			t.responded(now, p, at, profile.OpenBeat)
		}
		t.touch(now, p, aparte.Touch{At: at, Channel: string(d.Channel), What: string(d.Action.Content), Device: deviceOf(p, d)})
		t.traceShown(d.Action.Item, at)
		t.traceShown(d.Companion, at)
		for _, content := range sights(p, d, wasSeen) {
			t.count("exposed/"+string(content), 1)
			t.afterCommit(func() { t.owner.engine.pulse.exposed(d.At, content) })
		}
	})
}

// tell reads the decision an event is about; an event about none, or about one that was lost, is only
// an event.
func (t *turn) tell(about aparte.DecisionID, f func(*aparte.Decision)) {
	if about.IsZero() {
		return
	}
	d, err := t.decision(about)
	if err != nil {
		t.count("unknown-decision", 1)
		return
	}
	f(&d)
}

// await opens a decision's window for each objective at a time, and sees to it that they are settled.
func (t *turn) await(now *live, p *aparte.Person, d *aparte.Decision, at time.Time) {
	silence, unpaired := "", false
	if d.Action.Silent() {
		silence = d.Slot
	} else {
		unpaired = awaitsSilence(p, d.Slot, d.At)
	}
	p.Open = slices.Clone(p.Open)
	for i := range now.plan.Brand().Objectives {
		o := &now.plan.Brand().Objectives[i]
		if len(p.Open) >= aparte.MaxOpen {
			p.Open = p.Open[1:] // what may still follow it will not be known: it teaches nothing, not even zero
			t.count("unsettled", 1)
		}
		p.Open = append(p.Open, aparte.Open{
			Decision: d.ID, Silence: silence, Objective: o.ID, At: at.UTC(), Due: at.Add(o.Window.Std()).UTC(), Unpaired: unpaired,
		})
	}
	t.planSettling(p)
}

const settleTimer = "settle"

// planSettling sets the timer by which the next window closes.
func (t *turn) planSettling(p *aparte.Person) {
	if len(p.Open) == 0 {
		t.clearTimer(p, settleTimer)
		return
	}
	first := p.Open[0].Due
	for _, o := range p.Open[1:] {
		if o.Due.Before(first) {
			first = o.Due
		}
	}
	if i, found := findTimer(p, settleTimer); found && p.Timers[i].Due.Equal(first.Truncate(time.Microsecond)) {
		return
	}
	t.setTimer(p, settleTimer, first)
}

// scenarios are the brand's, going by how often its people buy again.
func (t *turn) scenarios(now *live) *scenario.Set {
	return now.scenarios.With(t.owner.engine.Fit().Recurrences())
}

// arrange sets and clears the timers of the scenarios that an event concerns.
func (t *turn) arrange(now *live, p *aparte.Person, event *aparte.Event) {
	set, cancel := t.scenarios(now).Hear(p, event, t.now)
	t.wind(p, set, cancel)
	t.startHere(p, set)
}

// rearrange does so where no event was heard of, but the scenarios are others than before, or the person is.
func (t *turn) rearrange(now *live, p *aparte.Person) {
	if now == nil {
		return
	}
	set, cancel := t.scenarios(now).Settle(p, t.now)
	t.wind(p, set, cancel)
}

// wind cancels timers of scenarios, and sets others.
func (t *turn) wind(p *aparte.Person, set []aparte.Timer, cancel []string) {
	for _, name := range cancel {
		t.clearTimer(p, name)
	}
	for _, timer := range set {
		t.setTimer(p, timer.Name, timer.Due)
	}
}

// afterCommit runs f once what this turn holds is durable.
func (t *turn) afterCommit(f func()) { t.after = append(t.after, f) }

// decisionOf is the decision that one of Aparté's own events is about, zero where it names none.
func decisionOf(event *aparte.Event) aparte.DecisionID {
	if !strings.HasPrefix(event.Name, "Aparte ") {
		return aparte.DecisionID{}
	}
	return decisionIn(event)
}

// decisionIn is the decision that an event's properties name.
func decisionIn(event *aparte.Event) aparte.DecisionID {
	var about struct {
		Decision string `json:"decision"`
	}
	if json.Unmarshal(event.Properties, &about) != nil {
		return aparte.DecisionID{}
	}
	id, err := aparte.ParseDecisionID(about.Decision)
	if err != nil {
		return aparte.DecisionID{}
	}
	return id
}
