package engine

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/scenario"
)

// better is when a scenario's moment is better made than now, and why; the reason is empty where now is the time.
// Only what reaches out may wait: elsewhere the person is there now or is not.
func (t *turn) better(now *live, p *aparte.Person, s *aparte.Scenario, mayWait bool) (time.Time, aparte.ReasonCode) {
	if !s.Channel.Outbound() {
		return t.now, ""
	}
	if now.plan.Brand().Pressure.Apart > 0 {
		if at := onItsWay(p); at.After(t.now) { // what has not left yet cannot be kept apart from
			return at.Add(time.Second), aparte.OnItsWay
		}
	}
	if !mayWait || s.Within <= 0 {
		return t.now, ""
	}
	return now.plan.When(p, s.Channel, t.now, t.now.Add(s.Within.Std()), t.owner.engine.learner.judgement().crowd())
}

// onItsWay is until when a message to a person that was decided on may not have left, zero where there is none.
func onItsWay(p *aparte.Person) time.Time {
	var last time.Time
	for _, timer := range p.Timers {
		if kind := kindOf(timer.Name); (kind == deliverTimer || kind == attemptTimer) && timer.Due.After(last) {
			last = timer.Due
		}
	}
	return last
}

// wait lets a scenario's moment wait until at, when it is decided with what is known then. That it waits and why is
// part of the person's history.
func (t *turn) wait(p *aparte.Person, s *aparte.Scenario, at time.Time, why aparte.ReasonCode) error {
	properties, err := json.Marshal(map[string]any{
		"scenario": s.ID, "channel": s.Channel, "until": at.UTC().Format(time.RFC3339), "reason": why,
	})
	if err != nil {
		return fmt.Errorf("scenario %s waits: %w", s.ID, err)
	}
	name := scenario.Waiting(s.ID)
	event := aparte.Event{
		Type: aparte.Track, Name: aparte.EventDeferred, Properties: properties, Source: aparte.OwnSource,
		MessageID: aparte.MessageID(strings.Join([]string{"aparte-deferred", p.ID.String(), string(s.ID), fmt.Sprint(t.now.Unix())}, ":")),
		Timestamp: t.now.UTC(), OriginalTimestamp: t.now.UTC(), ReceivedAt: t.now.UTC(),
	}
	told, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
	if err != nil {
		return err
	}
	next := *told
	t.setTimer(&next, name, at)
	t.count("waits/"+string(s.ID), 1)
	t.put(&next)
	return nil
}
