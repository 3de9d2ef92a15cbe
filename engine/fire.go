package engine

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/scenario"
	"github.com/aparte-dev/aparte/store"
)

// fireTask is what an owner does when a timer is due. The timer is deleted in the same batch as what it
// causes, so it fires once, through a crash too: one that fired without being committed is still there. That of a message
// to be delivered stays until the message begins to leave (courier.go).
func (o *owner) fireTask(due store.Timer) *task {
	return &task{
		person: due.Person,
		run:    func(t *turn) error { return t.fire(due) },
		done: func(err error) {
			if err != nil {
				o.engine.log.Error("timer", "kind", kindOf(due.Name), "person", due.Person, "error", err)
			}
		},
	}
}

// fire does what a timer is for, where the person's state still says so. What it changes in place is a
// copy that nobody else holds yet.
func (t *turn) fire(due store.Timer) error {
	p, err := t.person(due.Person)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	i, found := findTimer(p, due.Name)
	if !found || p.Timers[i].Gen != due.Gen || p.Timers[i].Due.After(t.now) {
		return nil
	}
	if kindOf(due.Name) == deliverTimer {
		return t.deliver(p, due)
	}
	next := *p
	t.clearTimer(&next, due.Name)
	t.put(&next)
	switch kindOf(due.Name) {
	case settleTimer:
		return t.settleDue(&next)
	case scenarioTimer:
		return t.fall(&next, due)
	case "wait":
		return t.raise(&next, scenario.Name(aparte.ScenarioID(strings.TrimPrefix(due.Name, "wait:"))), &due, false)
	case watchTimer:
		return t.watched(&next)
	case returnTimer:
		t.returned(&next)
	case journeyTimer:
		t.quiet(&next)
	case fenceTimer:
		return t.lapseFences(&next)
	case promiseTimer:
		return t.lapse(due.Name)
	case attemptTimer:
		return t.abandon(&next, due.Name)
	}
	return nil
}

// kindOf is what stands before the first colon of a timer's name.
func kindOf(name string) string {
	kind, _, _ := strings.Cut(name, ":")
	return kind
}

// settleDue closes the windows that have run out.
func (t *turn) settleDue(p *aparte.Person) error {
	open := p.Open
	p.Open = slices.Clone(p.Open)
	p.Open = slices.DeleteFunc(p.Open, func(o aparte.Open) bool { return !o.Due.After(t.now) })
	for _, o := range open {
		if !o.Due.After(t.now) {
			t.settle(p, o)
		}
	}
	t.planSettling(p)
	return nil
}

// settle turns a decision whose window is closed into an example for the learner: what was chosen, in
// which situation, with which propensity, and what followed.
func (t *turn) settle(p *aparte.Person, o aparte.Open) {
	d, err := t.decision(o.Decision)
	if err != nil {
		t.owner.engine.log.Error("settle", "decision", o.Decision, "error", err)
		t.count("unsettled", 1)
		return
	}
	example := learn.Example{
		Objective: o.Objective, Features: d.Features, Reward: o.Reward, Propensity: d.Propensity,
	}
	asked := t.lesson(o.Objective)
	if d.Rival == d.Chosen || o.Unpaired || asked.Learn != aparte.LearnEffect {
		example.Features.Rival = nil
	} else {
		example.RivalPropensity = d.Candidates[d.Rival].Propensity
	}
	example.Hurdle = asked.Learn == aparte.LearnHurdle
	if period := int64(asked.Memory.Std() / time.Second); period > 0 {
		example.Since = t.now.Unix() / period * period
	}
	t.batch.Feed = append(t.batch.Feed, example.Append(nil))
	t.count("settled/"+string(o.Objective), 1)
	if o.Reward != 0 && !d.Action.Silent() {
		t.count("earned/"+string(d.Action.Content), int64(o.Reward))
		t.afterCommit(func() { t.owner.engine.pulse.earned(d.Action.Content, int64(o.Reward)) })
	}
}

// lesson is an objective as the brand has it now, which says what is learned of it; nothing where it has left the brand.
func (t *turn) lesson(id aparte.ObjectiveID) (o aparte.Objective) {
	if now := t.owner.engine.brand.Load(); now != nil {
		of := now.plan.Brand().Objectives
		if i := slices.IndexFunc(of, func(o aparte.Objective) bool { return o.ID == id }); i >= 0 {
			return of[i]
		}
	}
	return o
}

// fall lets the timer of a scenario fire: its moment arises, unless it has spoken too often, and a day has its next.
func (t *turn) fall(p *aparte.Person, due store.Timer) error {
	now := t.owner.engine.brand.Load()
	if now == nil {
		return ErrNoBrand
	}
	arises, set := t.scenarios(now).Fall(p, due.Name, due.Due, t.now)
	t.wind(p, set, nil)
	if !arises {
		return nil
	}
	return t.raise(p, due.Name, &due, true)
}

// raise makes a scenario's moment, by a timer that is due: a decision on its channel, and what it says, if anything, on its
// way. It may wait for a better hour first, once.
func (t *turn) raise(p *aparte.Person, name string, due *store.Timer, mayWait bool) error {
	now := t.owner.engine.brand.Load()
	if now == nil {
		return ErrNoBrand
	}
	s, ok := now.scenarios.Fire(name)
	if !ok {
		return nil // the scenario has left the brand
	}
	from := t.startOf(p, due, s.After)
	if at, why := t.better(now, p, &s, mayWait); why != "" {
		return t.wait(p, &s, at, why)
	}
	var answering []aparte.ContextValue
	if s.After == aparte.EventReplied {
		if answering, ok = t.answering(p, &s); !ok {
			return nil
		}
	}
	done := t.traceMoment(&from)
	defer done()
	slot := string(s.Channel)
	about, err := t.newsItem(p, s.After)
	if err != nil {
		return err
	}
	q := t.question(p, &Request{Channel: s.Channel, Slots: []string{slot}, Context: aparte.Context{Item: about, Values: answering}}, slot)
	q.Moment.Trigger, q.Scenario, q.Also, q.Unsent = name, s.ID, s.Also, t.owner.engine.unsent(&s)
	d := t.decide(now, &q)
	t.record(now, p, &d, byScenario)
	t.count("moment/"+string(s.ID), 1)
	e := t.owner.engine
	t.afterCommit(func() { e.took(&e.prompt.decided, from) })
	if d.Action.Silent() {
		return nil
	}
	*p = scenario.Spoke(*p, name, t.now)
	t.count("spoke/"+string(s.ID), 1)
	if counted, ok := now.scenarios.Count(p, name, t.now); ok {
		t.setTimer(p, counted.Name, counted.Due)
	}
	switch {
	case d.Channel == aparte.InApp:
		t.inboxed(now, p, &d)
		t.afterCommit(func() { e.took(&e.prompt.handed, from) })
	case d.Channel == aparte.Human:
		t.afterCommit(func() { e.took(&e.prompt.handed, from) })
		return t.tasked(p, &d)
	case d.Channel.Outbound():
		t.setTimer(p, deliverName(d.ID, 1), t.now)
		t.owner.starts.put(p.ID, deliverName(d.ID, 1), from)
	}
	return nil
}

const (
	scenarioTimer = "scenario"

	deliverTimer = "deliver" // deliver:DECISION:ATTEMPT  hand the message to its channel
	attemptTimer = "attempt" // attempt:DECISION:ATTEMPT  it was handed over and nothing was heard since
)

func deliverName(id aparte.DecisionID, attempt int) string {
	return deliverTimer + ":" + id.String() + ":" + strconv.Itoa(attempt)
}

func attemptName(id aparte.DecisionID, attempt int) string {
	return attemptTimer + ":" + id.String() + ":" + strconv.Itoa(attempt)
}

// parseDelivery reads the decision and attempt out of a timer's name.
func parseDelivery(name string) (aparte.DecisionID, int, error) {
	parts := strings.Split(name, ":")
	if len(parts) != 3 {
		return aparte.DecisionID{}, 0, fmt.Errorf("timer %q names no delivery", kindOf(name))
	}
	id, err := aparte.ParseDecisionID(parts[1])
	if err != nil {
		return id, 0, fmt.Errorf("timer %q: %w", kindOf(name), err)
	}
	attempt, err := strconv.Atoi(parts[2])
	if err != nil {
		return id, 0, fmt.Errorf("timer %q: attempt is no number", kindOf(name))
	}
	return id, attempt, nil
}
