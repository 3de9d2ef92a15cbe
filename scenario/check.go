package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// Bounds of a brand's scenarios.
const (
	MaxScenarios = 48
	MaxSlots     = 48 // of a person's aparte.MaxTimers that all scenarios together may hold
	MaxEvents    = 32 // of Unless, of Absent and of Until
	MaxSteps     = 8  // After and Then together
	MaxTimes     = 16
	MaxID        = 60                    // bytes: with what stands around it, the name of a timer has at most 80
	MaxDelay     = 3660 * 24 * time.Hour // of every duration here but Within
	MaxWithin    = 7 * 24 * time.Hour
	MaxDays      = 366
	LeastEvery   = 24 * time.Hour
)

// audit is the check of one scenario.
type audit struct {
	brand      *aparte.Brand
	conditions *decide.Conditions
	at         string // its JSON pointer
	errs       []error
}

func (a *audit) fail(pointer, format string, args ...any) {
	a.errs = append(a.errs, fmt.Errorf(a.at+pointer+": "+format, args...))
}

func (a *audit) check(ok bool, pointer, format string, args ...any) {
	if !ok {
		a.fail(pointer, format, args...)
	}
}

// rule checks a scenario and compiles it.
func (a *audit) rule(s *aparte.Scenario) rule {
	r := rule{
		Scenario: *s, name: Name(s.ID), waiting: Waiting(s.ID), ended: endedPrefix + string(s.ID),
		rest: max(s.Rest.Std(), s.Every.Std()), // who is written to every week is not written to twice in one
	}
	a.check(s.ID != "", "/id", "is missing")
	a.check(len(s.ID) <= MaxID, "/id", "%d bytes, at most %d", len(s.ID), MaxID)
	a.check(slices.Contains(channels(), s.Channel), "/channel", "%q is none of %v", s.Channel, channels())
	a.beginning(&r)
	a.events("/unless", s.Unless)
	for i, word := range s.Unless {
		a.check(!slices.ContainsFunc(r.steps, func(p pattern) bool { return p.word == r.word(word) }) && !slices.Contains(r.absent, r.word(word)),
			fmt.Sprintf("/unless/%d", i), "%q is the event it comes after: it would never arise", word)
		r.unless = append(r.unless, r.word(word))
	}
	r.ordered = slices.Contains(s.Unless, orderCompleted)
	a.exits(&r)
	a.audience(s)
	for _, d := range []struct {
		pointer string
		aparte.Duration
	}{{"/delay", s.Delay}, {"/rest", s.Rest}, {"/window", s.Window}, {"/every", s.Every}, {"/most/per", s.Most.Per}} {
		a.check(d.Duration >= 0 && d.Std() <= MaxDelay, d.pointer, "%v is not between 0 and %d days", d.Std(), MaxDelay/(24*time.Hour))
	}
	a.check(s.Most.Times >= 0 && s.Most.Times <= MaxTimes, "/most/times", "%d is not between 1 and %d", s.Most.Times, MaxTimes)
	a.check(s.Most.Times > 0 || s.Most.Per == 0, "/most/times", "is missing: how often it may speak in that time")
	switch {
	case s.Within < 0 || s.Within.Std() > MaxWithin:
		a.fail("/within", "%v is not between 0 and %d days", s.Within.Std(), MaxWithin/(24*time.Hour))
	case s.Within > 0 && !s.Channel.Outbound():
		a.fail("/within", "on channel %q it is now or never: nobody may come by later", s.Channel)
	}
	return r
}

// beginning checks what a scenario begins with: one thing, and nothing that belongs to another.
func (a *audit) beginning(r *rule) {
	s := &r.Scenario
	var kinds []string
	for _, k := range []struct {
		name string
		is   bool
	}{{"after", s.After != ""}, {"absent", len(s.Absent) > 0}, {"on", s.On != nil}, {"every", s.Every != 0}} {
		if k.is {
			kinds = append(kinds, k.name)
		}
	}
	switch {
	case len(kinds) == 0:
		a.fail("/after", "is missing: what it comes after; or absent, on or every")
		return
	case len(kinds) > 1:
		a.fail("/"+kinds[1], "it begins with %s already: one of after, absent, on and every", kinds[0])
		return
	}
	a.check(s.After != "" || s.Where == "", "/where", "belongs to after")
	a.check(s.After != "" || len(s.Then) == 0, "/then", "belongs to after")
	a.check(len(s.Then) > 0 || s.Window == 0, "/window", "belongs to then")
	switch kinds[0] {
	case "after":
		a.steps(r)
	case "absent":
		a.events("/absent", s.Absent)
		a.check(s.Delay > 0, "/delay", "is missing: for how long they do not happen")
		for _, word := range s.Absent {
			if word == aparte.Anything {
				r.nothing = true
			} else {
				r.absent = append(r.absent, r.word(word))
			}
		}
		a.check(!r.nothing || len(s.Absent) == 1, "/absent", "%q is anything at all: nothing else belongs beside it", aparte.Anything)
	default:
		a.check(len(s.Unless) == 0, "/unless", "belongs to after and absent; until ends %s", kinds[0])
		a.check(s.Delay == 0, "/delay", "belongs to after and absent")
		a.clock(r, kinds[0])
	}
}

// steps checks the events of After and Then.
func (a *audit) steps(r *rule) {
	s := &r.Scenario
	r.steps = append(r.steps, a.pattern(r, s.After, s.Where, "/where"))
	a.check(len(s.Then) < MaxSteps, "/then", "%d events, at most %d", len(s.Then), MaxSteps-1)
	a.check(len(s.Then) == 0 || s.Window > 0, "/window", "is missing: how long they may take from the first to the last")
	for i, step := range s.Then {
		at := fmt.Sprintf("/then/%d", i)
		a.check(step.Event != "", at+"/event", "is missing")
		r.steps = append(r.steps, a.pattern(r, step.Event, step.Where, at+"/where"))
	}
}

// pattern compiles an event and the condition that it must keep.
func (a *audit) pattern(r *rule, event, where, pointer string) pattern {
	p := pattern{word: r.word(event)}
	if where == "" {
		return p
	}
	var err error
	if p.where, err = a.conditions.Compile(where); err != nil {
		a.fail(pointer, "%w", err)
	}
	return p
}

// events checks a list of names of events.
func (a *audit) events(pointer string, words []string) {
	a.check(len(words) <= MaxEvents, pointer, "%d events, at most %d", len(words), MaxEvents)
	for i, word := range words {
		a.check(word != "", fmt.Sprintf("%s/%d", pointer, i), "is empty")
		a.check(!slices.Contains(words[:i], word), fmt.Sprintf("%s/%d", pointer, i), "%q stands there twice", word)
	}
}

// exits checks and compiles what ends a scenario.
func (a *audit) exits(r *rule) {
	a.check(len(r.Until) <= MaxEvents, "/until", "%d events, at most %d", len(r.Until), MaxEvents)
	for i, x := range r.Until {
		at := fmt.Sprintf("/until/%d", i)
		event := x.Event
		switch {
		case x.Event == "" && x.Objective == "":
			a.fail(at, "names neither an event nor an objective")
		case x.Event != "" && x.Objective != "":
			a.fail(at, "names both an event and an objective")
		case x.Objective != "":
			j := slices.IndexFunc(a.brand.Objectives, func(o aparte.Objective) bool { return o.ID == x.Objective })
			if j < 0 {
				a.fail(at+"/objective", "%q is no objective of the brand", x.Objective)
				continue
			}
			event = a.brand.Objectives[j].Event
		}
		a.check(x.For >= 0 && x.For.Std() <= MaxDelay, at+"/for", "%v is not between 0 and %d days", x.For.Std(), MaxDelay/(24*time.Hour))
		r.until = append(r.until, exit{a.pattern(r, event, x.Where, at+"/where"), x.For.Std()})
	}
}

// audience checks that an audience is named where one is meant, and only there.
func (a *audit) audience(s *aparte.Scenario) {
	meant := ofAudience(s.After) || slices.ContainsFunc(s.Unless, ofAudience) || slices.ContainsFunc(s.Absent, ofAudience) ||
		slices.ContainsFunc(s.Then, func(x aparte.Step) bool { return ofAudience(x.Event) }) ||
		slices.ContainsFunc(s.Until, func(x aparte.Exit) bool { return ofAudience(x.Event) })
	a.check(!meant || s.Audience != "", "/audience", "is missing: which audience is entered or left")
	a.check(meant || s.Audience == "", "/audience", "nothing here is %q or %q", aparte.EventEntered, aparte.EventExited)
}

// clock checks a day or a period.
func (a *audit) clock(r *rule, kind string) {
	if kind == "every" {
		a.check(r.Every.Std() >= LeastEvery, "/every", "%v is less than a day", r.Every.Std())
		a.check(r.Within <= r.Every, "/within", "is longer than every: the next would be due before")
		r.next = every
		return
	}
	d := r.On
	at, fixed := timeOfDay(d.At)
	a.check(fixed || d.At == "", "/on/at", "%q is no time of day such as \"09:00\"", d.At)
	a.check(d.Days >= -MaxDays && d.Days <= MaxDays, "/on/days", "%d is not between -%d and %d", d.Days, MaxDays, MaxDays)
	switch {
	case d.Trait == "" && d.Buying == "":
		a.fail("/on", "names neither a trait nor what they buy")
	case d.Trait != "" && d.Buying != "":
		a.fail("/on", "names both a trait and what they buy")
	case d.Trait != "":
		a.check(strings.TrimSpace(d.Trait) == d.Trait, "/on/trait", "has spaces around it")
		r.next = dated(d, at)
	default:
		a.check(!d.Yearly, "/on/yearly", "belongs to a trait")
		r.next, r.buys = buying(d, at, fixed), true
	}
}

func channels() []aparte.Channel {
	return []aparte.Channel{
		aparte.Web, aparte.Email, aparte.MobilePush, aparte.WebPush, aparte.SMS,
		aparte.InApp, aparte.Ads, aparte.Human, aparte.Webhook,
	}
}
