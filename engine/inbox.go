package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// What a scenario says on the channel in_app waits in an inbox until the person comes. Nothing of it is kept twice: the decision
// stands in the history, and that it waits is a timer of the person, which ends with the message. So erasing the person takes the
// inbox along, and a merge joins two. What a message shows is composed when the inbox is looked into; one that could not be said
// any more, as what it offers was bought, is left out for as long as that holds.

// How much an inbox holds, and for how long.
const (
	mostInbox = 20 // the latest
	inboxFor  = 30 * 24 * time.Hour
)

// inboxTimer is inbox:DECISION, due when the message ends.
const inboxTimer = "inbox"

// InboxMessage is what waits for somebody.
type InboxMessage struct {
	Answer
	Until time.Time // when it ends
	Read  bool
}

// inboxed puts what was decided into the person's inbox, and drops the oldest where it is full.
func (t *turn) inboxed(now *live, p *aparte.Person, d *aparte.Decision) {
	until := t.now.Add(inboxFor)
	if content, ok := now.plan.Content(d.Action.Content); ok && !content.Until.IsZero() && content.Until.Before(until) {
		until = content.Until
	}
	waiting := inboxOf(p)
	for len(waiting) >= mostInbox {
		t.clearTimer(p, inboxName(waiting[0]))
		waiting = waiting[1:]
	}
	t.setTimer(p, inboxName(d.ID), until)
	t.count("inbox/"+string(d.Action.Content), 1)
	t.afterCommit(func() { t.owner.engine.inboxes.poke(p.ID) })
}

// dismissed takes a message out of the inbox that the person closed. p is the caller's to change.
func (t *turn) dismissed(p *aparte.Person, event *aparte.Event) {
	if event.Type != aparte.Track || event.Name != aparte.EventDismissed {
		return
	}
	if name := inboxName(decisionOf(event)); slices.ContainsFunc(p.Timers, func(x aparte.Timer) bool { return x.Name == name }) {
		t.clearTimer(p, name)
		t.afterCommit(func() { t.owner.engine.inboxes.poke(p.ID) })
	}
}

func inboxName(id aparte.DecisionID) string { return inboxTimer + ":" + id.String() }

// inboxOf are the decisions in a person's inbox, oldest first.
func inboxOf(p *aparte.Person) (waiting []aparte.DecisionID) {
	var due []time.Time
	for _, timer := range p.Timers {
		text, ok := strings.CutPrefix(timer.Name, inboxTimer+":")
		if !ok {
			continue
		}
		id, err := aparte.ParseDecisionID(text)
		if err != nil {
			continue
		}
		at := len(waiting)
		for at > 0 && laterIn(waiting[at-1], due[at-1], id, timer.Due) {
			at--
		}
		waiting, due = slices.Insert(waiting, at, id), slices.Insert(due, at, timer.Due)
	}
	return waiting
}

// laterIn orders the messages of an inbox: of one record by their numbers, of two that were merged by when they end.
func laterIn(a aparte.DecisionID, aDue time.Time, b aparte.DecisionID, bDue time.Time) bool {
	if a.Person == b.Person {
		return a.Seq > b.Seq
	}
	return aDue.After(bDue)
}

// Inbox is what waits for somebody, oldest first; nothing where nobody is known by the identifiers.
func (e *Engine) Inbox(ctx context.Context, ids []aparte.Identifier, locale string) ([]InboxMessage, error) {
	person, err := e.firstOf(ctx, ids)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	now := e.brand.Load()
	if now == nil {
		return nil, ErrNoBrand
	}
	var p *aparte.Person
	var decisions []aparte.Decision
	err = e.visitLazily(ctx, person, func(t *turn, found *aparte.Person) error {
		p, decisions = found, nil
		for _, id := range inboxOf(found) {
			d, err := t.decision(id)
			if errors.Is(err, store.ErrNotFound) {
				continue // went with somebody who was taken out of this person
			} else if err != nil {
				return err
			}
			if t.still(now, found, &d) {
				decisions = append(decisions, d)
			}
		}
		return nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("inbox: %w", err)
	}
	return e.inboxAnswers(now, p, decisions, locale)
}

// firstOf is whom the first known of some identifiers names.
func (e *Engine) firstOf(ctx context.Context, ids []aparte.Identifier) (aparte.PersonID, error) {
	for _, id := range ids {
		person, err := e.Find(ctx, id)
		if !errors.Is(err, store.ErrNotFound) {
			return person, err
		}
	}
	return aparte.PersonID{}, store.ErrNotFound
}

// still reports whether a message of an inbox could be said now.
func (t *turn) still(now *live, p *aparte.Person, d *aparte.Decision) bool {
	if p.Refuses(aparte.Marketing, d.Channel) && !isService(now, d) {
		return false
	}
	q := t.question(p, &Request{Channel: d.Channel, Slots: []string{d.Slot}, Context: d.Context}, d.Slot)
	q.Seed = seedOf(t.owner.engine.secret, d.ID)
	q.Funds, q.Fit = t.owner.engine.budgets.now(now.plan, t.now), t.owner.engine.fitter.now()
	if s, ok := now.scenarios.Fire(d.Trigger); ok {
		q.Scenario = s.ID
	}
	return now.plan.Still(&q, &d.Action)
}

func isService(now *live, d *aparte.Decision) bool {
	content, ok := now.plan.Content(d.Action.Content)
	return ok && content.Purpose == aparte.Service
}

// inboxAnswers composes messages. One whose words have left the brand is left out.
func (e *Engine) inboxAnswers(now *live, p *aparte.Person, decisions []aparte.Decision, locale string) ([]InboxMessage, error) {
	var all []InboxMessage
	for i := range decisions {
		d := &decisions[i]
		token := e.token(tokenSlot, d.ID, d.At)
		at := addresses{link: e.baseURL + "/c/" + token, image: e.baseURL + "/x/" + token + ".png"}
		if asks(now, d) {
			at.answer = e.answerAddress(d)
		}
		m := InboxMessage{Read: seen(p, d.ID)}
		if timer, ok := findTimer(p, inboxName(d.ID)); ok {
			m.Until = p.Timers[timer].Due
		}
		if err := e.answer(&m.Answer, now, p, d, &Request{Formats: Formats{HTML: true}, Context: aparte.Context{Locale: locale}}, at); err != nil {
			e.log.Warn("a message of an inbox cannot be composed", "decision", d.ID, "error", err)
			continue
		}
		all = append(all, m)
	}
	return all, nil
}

// inboxes are those who follow an inbox as it changes.
type inboxes struct {
	mu   sync.Mutex
	open map[aparte.PersonID]map[chan struct{}]struct{}
	all  int
}

// mostFollowers is how many follow inboxes at once.
const mostFollowers = 2000

// FollowInbox is a channel that holds something whenever the inbox of the person may have changed, until end is called. ErrBusy
// where too many follow. A person nobody knows yet is followed under no name: what is told of them is told at the next look.
func (e *Engine) FollowInbox(ctx context.Context, ids []aparte.Identifier) (changed <-chan struct{}, end func(), err error) {
	person, err := e.firstOf(ctx, ids)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, fmt.Errorf("follow inbox: %w", err)
	}
	if !person.IsZero() {
		p, err := e.Person(ctx, person) // merged: whom they were merged into
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, nil, fmt.Errorf("follow inbox: %w", err)
		}
		person = p.ID
	}
	x, c := &e.inboxes, make(chan struct{}, 1)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all >= mostFollowers {
		return nil, nil, ErrBusy
	}
	if x.open == nil {
		x.open = map[aparte.PersonID]map[chan struct{}]struct{}{}
	}
	if x.open[person] == nil {
		x.open[person] = map[chan struct{}]struct{}{}
	}
	x.open[person][c] = struct{}{}
	x.all++
	return c, sync.OnceFunc(func() { x.leave(person, c) }), nil
}

func (x *inboxes) leave(person aparte.PersonID, c chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if delete(x.open[person], c); len(x.open[person]) == 0 {
		delete(x.open, person)
	}
	x.all--
}

func (x *inboxes) poke(person aparte.PersonID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for c := range x.open[person] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
