package scenario

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// basket is a scenario as a brand has it.
func basket() aparte.Scenario {
	return aparte.Scenario{
		ID: "basket", After: "Product Added", Unless: []string{"Order Completed", "Product Removed"},
		Delay: aparte.Duration(time.Hour), Rest: aparte.Duration(72 * time.Hour), Channel: aparte.Email,
	}
}

func TestEverythingWrongIsNamedByItsJSONPointer(t *testing.T) {
	for _, c := range []struct {
		want  string
		spoil func(*aparte.Scenario)
	}{
		{"/scenarios/1/id: is missing", func(s *aparte.Scenario) { s.ID = "" }},
		{"/scenarios/1/id: 61 bytes", func(s *aparte.Scenario) { s.ID = aparte.ScenarioID(strings.Repeat("x", 61)) }},
		{`/scenarios/1/id: "basket" is the id of /scenarios/0 too`, func(*aparte.Scenario) {}},
		{"/scenarios/1/after: is missing", func(s *aparte.Scenario) { s.After = "" }},
		{"/scenarios/1/audience: is missing", func(s *aparte.Scenario) { s.After = aparte.EventEntered }},
		{"/scenarios/1/audience: is missing", func(s *aparte.Scenario) { s.Unless[1] = aparte.EventExited }},
		{"/scenarios/1/audience: nothing here", func(s *aparte.Scenario) { s.Audience = "regulars" }},
		{"/scenarios/1/unless/0: is empty", func(s *aparte.Scenario) { s.Unless = []string{""} }},
		{`/scenarios/1/unless/1: "Product Added" is the event it comes after`, func(s *aparte.Scenario) { s.Unless[1] = "Product Added" }},
		{"/scenarios/1/unless/1: \"Order Completed\" stands there twice", func(s *aparte.Scenario) { s.Unless[1] = s.Unless[0] }},
		{"/scenarios/1/unless: 33 events", func(s *aparte.Scenario) { s.Unless = make([]string, 33) }},
		{"/scenarios/1/after: is missing", func(s *aparte.Scenario) { s.After, s.Where = "", "true" }},
		{"/scenarios/1/where: ", func(s *aparte.Scenario) { s.Where = "properties.category ==" }},
		{"/scenarios/1/where: yields double", func(s *aparte.Scenario) { s.Where = "1 + 1" }},
		{"/scenarios/1/window: is missing", func(s *aparte.Scenario) { s.Then = []aparte.Step{{Event: "page"}} }},
		{"/scenarios/1/window: belongs to then", func(s *aparte.Scenario) { s.Window = 1 }},
		{"/scenarios/1/then/0/event: is missing", func(s *aparte.Scenario) { s.Then, s.Window = []aparte.Step{{}}, 1 }},
		{"/scenarios/1/then/0/where: ", func(s *aparte.Scenario) { s.Then, s.Window = []aparte.Step{{Event: "page", Where: "x"}}, 1 }},
		{`/scenarios/1/unless/0: "Order Completed" is the event it comes after`, func(s *aparte.Scenario) { s.Then, s.Window = []aparte.Step{{Event: "Order Completed"}}, 1 }},
		{"/scenarios/1/then: 8 events, at most 7", func(s *aparte.Scenario) { s.Then, s.Window = slices.Repeat([]aparte.Step{{Event: "page"}}, 8), 1 }},
		{"/scenarios/1/absent: it begins with after already", func(s *aparte.Scenario) { s.Absent = []string{"page"} }},
		{"/scenarios/1/delay: is missing: for how long", func(s *aparte.Scenario) { s.After, s.Absent, s.Delay = "", []string{"page"}, 0 }},
		{`/scenarios/1/absent: "*" is anything`, func(s *aparte.Scenario) { s.After, s.Absent = "", []string{"page", "*"} }},
		{"/scenarios/1/where: belongs to after", func(s *aparte.Scenario) { s.After, s.Absent, s.Where = "", []string{"page"}, "true" }},
		{"/scenarios/1/unless: belongs to", func(s *aparte.Scenario) { s.After, s.Every = "", aparte.Duration(week) }},
		{"/scenarios/1/every: 1h0m0s is less than a day", func(s *aparte.Scenario) { *s = waking(time.Hour) }},
		{"/scenarios/1/within: is longer than every", func(s *aparte.Scenario) { *s = waking(day); s.Within = aparte.Duration(2 * day) }},
		{"/scenarios/1/on: names neither", func(s *aparte.Scenario) { *s = onDay(aparte.Day{}) }},
		{"/scenarios/1/on: names both", func(s *aparte.Scenario) { *s = onDay(aparte.Day{Trait: "birthday", Buying: "Cream"}) }},
		{"/scenarios/1/on/yearly: ", func(s *aparte.Scenario) { *s = onDay(aparte.Day{Yearly: true, Buying: "Cream"}) }},
		{"/scenarios/1/on/at: ", func(s *aparte.Scenario) { *s = onDay(aparte.Day{Trait: "birthday", At: "9 o'clock"}) }},
		{"/scenarios/1/on/at: ", func(s *aparte.Scenario) { *s = onDay(aparte.Day{Trait: "birthday", At: "9:00"}) }},
		{"/scenarios/1/on/days: ", func(s *aparte.Scenario) { *s = onDay(aparte.Day{Trait: "birthday", Days: -367}) }},
		{"/scenarios/1/until/0: names neither", func(s *aparte.Scenario) { s.Until = []aparte.Exit{{}} }},
		{"/scenarios/1/until/0: names both", func(s *aparte.Scenario) { s.Until = []aparte.Exit{{Event: "page", Objective: "order"}} }},
		{`/scenarios/1/until/0/objective: "order" is no objective`, func(s *aparte.Scenario) { s.Until = []aparte.Exit{{Objective: "order"}} }},
		{"/scenarios/1/until/0/where: ", func(s *aparte.Scenario) { s.Until = []aparte.Exit{{Event: "page", Where: "("}} }},
		{"/scenarios/1/until/0/for: ", func(s *aparte.Scenario) { s.Until = []aparte.Exit{{Event: "page", For: -1}} }},
		{"/scenarios/1/most/times: 17", func(s *aparte.Scenario) { s.Most.Times = 17 }},
		{"/scenarios/1/most/times: is missing", func(s *aparte.Scenario) { s.Most.Per = 1 }},

		{`/scenarios/1/channel: "pigeon" is none of`, func(s *aparte.Scenario) { s.Channel = "pigeon" }},
		{"/scenarios/1/delay: -1ns is not between", func(s *aparte.Scenario) { s.Delay = -1 }},
		{"/scenarios/1/within: ", func(s *aparte.Scenario) { s.Within = aparte.Duration(MaxWithin + 1) }},
		{`/scenarios/1/within: on channel "web"`, func(s *aparte.Scenario) { s.Channel, s.Within = aparte.Web, 1 }},
		{"/scenarios/1/rest: ", func(s *aparte.Scenario) { s.Rest = aparte.Duration(MaxDelay + 1) }},
	} {
		t.Run(c.want, func(t *testing.T) {
			bad := basket()
			c.spoil(&bad)
			_, err := Compile(&aparte.Brand{Scenarios: []aparte.Scenario{basket(), bad}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	_, err := Compile(&aparte.Brand{Scenarios: make([]aparte.Scenario, 2)})
	for _, want := range []string{"/scenarios/0/id", "/scenarios/0/after", "/scenarios/0/channel", "/scenarios/1/after"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v leaves out %s", err, want)
		}
	}
	if _, err := Compile(&aparte.Brand{Scenarios: make([]aparte.Scenario, MaxScenarios+1)}); err == nil {
		t.Error("too many scenarios were taken")
	}
}

func TestATimerFindsItsScenario(t *testing.T) {
	set := compiled(t, basket())
	if s, ok := set.Fire("scenario:basket"); !ok || s.ID != "basket" || s.Channel != aparte.Email {
		t.Errorf("%+v, %v", s, ok)
	}
	for _, name := range []string{"", "basket", "scenario:", "scenario:gone", "settle"} {
		if _, ok := set.Fire(name); ok {
			t.Errorf("timer %q found a scenario", name)
		}
	}
}

func TestABrandMayHaveNoScenarios(t *testing.T) {
	set, cancel := compiled(t).Hear(&aparte.Person{}, &aparte.Event{Type: aparte.Track, Name: "Product Added"}, clock("09:00"))
	if len(set) != 0 || len(cancel) != 0 {
		t.Errorf("set %v, cancel %v", set, cancel)
	}
}

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// waking is a scenario that asks from time to time.
func waking(every time.Duration) aparte.Scenario {
	return aparte.Scenario{ID: "wake", Every: aparte.Duration(every), Channel: aparte.Email}
}

// onDay is a scenario of a day.
func onDay(d aparte.Day) aparte.Scenario {
	return aparte.Scenario{ID: "day", On: &d, Channel: aparte.Email}
}

func TestScenariosTogetherHoldABoundedNumberOfTimers(t *testing.T) {
	long := basket()
	long.Most = aparte.Most{Times: 16, Per: aparte.Duration(week)}
	b := aparte.Brand{}
	for _, id := range []aparte.ScenarioID{"a", "b", "c"} {
		long.ID = id
		b.Scenarios = append(b.Scenarios, long)
	}
	if _, err := Compile(&b); err == nil || !strings.Contains(err.Error(), "/scenarios/2: from here on") {
		t.Errorf("error %v", err)
	}
	b.Scenarios[2].Most.Times = 13
	if _, err := Compile(&b); err != nil {
		t.Error(err)
	}
}

func compiled(tb testing.TB, scenarios ...aparte.Scenario) *Set {
	tb.Helper()
	s, err := Compile(&aparte.Brand{Scenarios: scenarios, Zone: "Europe/Paris"})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}
