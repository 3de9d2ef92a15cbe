package engine

import (
	"slices"

	"github.com/aparte-dev/aparte"
)

// Unsent is a channel of a scenario on which nothing can leave, as no sender was given for it. Nothing is said there: no candidate takes it.
type Unsent struct {
	Scenario aparte.ScenarioID
	Channel  aparte.Channel
}

// Unsent are those of the brand in force, in its order; none before the first Publish.
func (e *Engine) Unsent() []Unsent {
	now := e.brand.Load()
	if now == nil {
		return nil
	}
	var all []Unsent
	for _, s := range now.plan.Brand().Scenarios {
		for _, c := range e.unsent(&s) {
			all = append(all, Unsent{s.ID, c})
		}
	}
	return all
}

// unsent are the channels of one scenario on which nothing can leave.
func (e *Engine) unsent(s *aparte.Scenario) (closed []aparte.Channel) {
	for _, c := range append([]aparte.Channel{s.Channel}, s.Also...) {
		if c.Outbound() && c != aparte.Human && e.sender(c) == nil { // people need no sender: see task.go
			closed = append(closed, c)
		}
	}
	return closed
}

// warnUnsent tells the operator. It is called when a brand comes into force.
func (e *Engine) warnUnsent() {
	for _, u := range e.Unsent() {
		e.log.Warn("nothing sends on a channel of a scenario: nothing will be said there", "scenario", u.Scenario, "channel", u.Channel)
	}
	now := e.brand.Load()
	if now == nil || e.sender(aparte.Email) != nil {
		return
	}
	for _, c := range now.plan.Brand().Contents {
		if c.Ask != nil && c.Ask.Kind == aparte.AskAddress {
			e.log.Warn("nothing sends e-mail here: an address that is given cannot be confirmed", "content", c.ID)
		}
	}
}

// closed are the channels that had no sender when a decision was taken. Its reasons name them all.
func closed(d *aparte.Decision) (channels []aparte.Channel) {
	for _, r := range d.Reasons {
		if c := aparte.Channel(r.Detail); r.Code == aparte.NoSender && !slices.Contains(channels, c) {
			channels = append(channels, c)
		}
	}
	return channels
}
