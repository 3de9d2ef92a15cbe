package scenario

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Bounds of a brand's scenarios.
const (
	MaxScenarios = 48 // each may hold one of a person's aparte.MaxTimers
	MaxUnless    = 32
	MaxID        = 128                   // bytes
	MaxDelay     = 3660 * 24 * time.Hour // of Delay and Rest
	MaxWithin    = 7 * 24 * time.Hour
)

// Set is a brand's scenarios, ready to be asked. It is immutable and safe for concurrent use.
type Set struct {
	rules  []rule
	byName map[string]int
	after  map[string][]int // word of an event → indices of rules, in the brand's order
	unless map[string][]int
}

// rule is one scenario.
type rule struct {
	aparte.Scenario
	name    string // of its timer and its counter
	waiting string // of the timer by which its moment waits for a better hour
	ordered bool   // an order makes it pointless
}

// Compile checks scenarios and indexes them. The error joins everything that is wrong, each with its JSON
// pointer into the brand.
//
// After and Unless name track events as they are spelled; page, screen, identify, group and alias stand
// for the other calls. Aparté's own events of entering and leaving an audience are those of the scenario's Audience alone.
func Compile(scenarios []aparte.Scenario) (*Set, error) {
	if len(scenarios) > MaxScenarios {
		return nil, fmt.Errorf("/scenarios: %d of them, at most %d", len(scenarios), MaxScenarios)
	}
	s := &Set{byName: map[string]int{}, after: map[string][]int{}, unless: map[string][]int{}}
	var errs []error
	for i, scenario := range scenarios {
		for _, err := range check(&scenario) {
			errs = append(errs, fmt.Errorf("/scenarios/%d%w", i, err))
		}
		name := Name(scenario.ID)
		if first, twice := s.byName[name]; twice {
			errs = append(errs, fmt.Errorf("/scenarios/%d/id: %q is the id of /scenarios/%d too", i, scenario.ID, first))
		}
		s.byName[name] = i
		scenario.Unless = slices.Clone(scenario.Unless)
		r := rule{scenario, name, Waiting(scenario.ID), slices.Contains(scenario.Unless, orderCompleted)}
		s.after[r.word(r.After)] = append(s.after[r.word(r.After)], i)
		for _, name := range r.Unless {
			s.unless[r.word(name)] = append(s.unless[r.word(name)], i)
		}
		s.rules = append(s.rules, r)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// Name is the name of a scenario's timer, and of the counter of how often it spoke.
func Name(id aparte.ScenarioID) string { return "scenario:" + string(id) }

// Waiting is the name of the timer by which a moment of the scenario that has fallen due waits for a better hour
// of the person's, at most as long as Within. What makes the moment pointless cancels it, and what begins the delay
// again replaces it.
func Waiting(id aparte.ScenarioID) string { return "wait:" + string(id) }

// check says what is wrong with one scenario; each error begins with a JSON pointer into it.
func check(s *aparte.Scenario) (errs []error) {
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch {
	case s.ID == "":
		wrong("/id: is missing")
	case len(s.ID) > MaxID:
		wrong("/id: %d bytes, at most %d", len(s.ID), MaxID)
	}
	if s.After == "" {
		wrong("/after: is missing: the event that the delay counts from")
	}
	if s.Audience == "" && (ofAudience(s.After) || slices.ContainsFunc(s.Unless, ofAudience)) {
		wrong("/audience: is missing: which audience is entered or left")
	}
	if s.Audience != "" && !ofAudience(s.After) && !slices.ContainsFunc(s.Unless, ofAudience) {
		wrong("/audience: neither after nor unless is %q or %q", aparte.EventEntered, aparte.EventExited)
	}
	if len(s.Unless) > MaxUnless {
		wrong("/unless: %d events, at most %d", len(s.Unless), MaxUnless)
	}
	for i, word := range s.Unless {
		switch {
		case word == "":
			wrong("/unless/%d: is empty", i)
		case word == s.After:
			wrong("/unless/%d: %q is the event it comes after: it would never arise", i, word)
		case slices.Contains(s.Unless[:i], word):
			wrong("/unless/%d: %q stands there twice", i, word)
		}
	}
	if !slices.Contains(channels(), s.Channel) {
		wrong("/channel: %q is none of %v", s.Channel, channels())
	}
	if outside(s.Delay) {
		wrong("/delay: %v is not between 0 and %d days", s.Delay.Std(), MaxDelay/(24*time.Hour))
	}
	if outside(s.Rest) {
		wrong("/rest: %v is not between 0 and %d days", s.Rest.Std(), MaxDelay/(24*time.Hour))
	}
	switch {
	case s.Within < 0 || s.Within.Std() > MaxWithin:
		wrong("/within: %v is not between 0 and %d days", s.Within.Std(), MaxWithin/(24*time.Hour))
	case s.Within > 0 && !s.Channel.Outbound():
		wrong("/within: on channel %q it is now or never: nobody may come by later", s.Channel)
	}
	return errs
}

func outside(d aparte.Duration) bool { return d < 0 || d.Std() > MaxDelay }

func channels() []aparte.Channel {
	return []aparte.Channel{
		aparte.Web, aparte.Email, aparte.MobilePush, aparte.WebPush, aparte.SMS,
		aparte.InApp, aparte.Ads, aparte.Human, aparte.Webhook,
	}
}
