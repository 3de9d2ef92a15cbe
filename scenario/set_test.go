package scenario

import (
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
		{"/scenarios/1/id: 129 bytes", func(s *aparte.Scenario) { s.ID = aparte.ScenarioID(strings.Repeat("x", 129)) }},
		{`/scenarios/1/id: "basket" is the id of /scenarios/0 too`, func(*aparte.Scenario) {}},
		{"/scenarios/1/after: is missing", func(s *aparte.Scenario) { s.After = "" }},
		{"/scenarios/1/audience: is missing", func(s *aparte.Scenario) { s.After = aparte.EventEntered }},
		{"/scenarios/1/audience: is missing", func(s *aparte.Scenario) { s.Unless[1] = aparte.EventExited }},
		{"/scenarios/1/audience: neither", func(s *aparte.Scenario) { s.Audience = "regulars" }},
		{"/scenarios/1/unless/0: is empty", func(s *aparte.Scenario) { s.Unless = []string{""} }},
		{`/scenarios/1/unless/1: "Product Added" is the event it comes after`, func(s *aparte.Scenario) { s.Unless[1] = "Product Added" }},
		{"/scenarios/1/unless/1: \"Order Completed\" stands there twice", func(s *aparte.Scenario) { s.Unless[1] = s.Unless[0] }},
		{"/scenarios/1/unless: 33 events", func(s *aparte.Scenario) { s.Unless = make([]string, 33) }},
		{`/scenarios/1/channel: "pigeon" is none of`, func(s *aparte.Scenario) { s.Channel = "pigeon" }},
		{"/scenarios/1/delay: -1ns is not between", func(s *aparte.Scenario) { s.Delay = -1 }},
		{"/scenarios/1/within: ", func(s *aparte.Scenario) { s.Within = aparte.Duration(MaxWithin + 1) }},
		{`/scenarios/1/within: on channel "web"`, func(s *aparte.Scenario) { s.Channel, s.Within = aparte.Web, 1 }},
		{"/scenarios/1/rest: ", func(s *aparte.Scenario) { s.Rest = aparte.Duration(MaxDelay + 1) }},
	} {
		t.Run(c.want, func(t *testing.T) {
			bad := basket()
			c.spoil(&bad)
			_, err := Compile([]aparte.Scenario{basket(), bad})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	_, err := Compile([]aparte.Scenario{{}, {}})
	for _, want := range []string{"/scenarios/0/id", "/scenarios/0/after", "/scenarios/0/channel", "/scenarios/1/after"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v leaves out %s", err, want)
		}
	}
	if _, err := Compile(make([]aparte.Scenario, MaxScenarios+1)); err == nil {
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
	set, cancel := compiled(t).Timers(&aparte.Person{}, &aparte.Event{Type: aparte.Track, Name: "Product Added"})
	if len(set) != 0 || len(cancel) != 0 {
		t.Errorf("set %v, cancel %v", set, cancel)
	}
}

func compiled(tb testing.TB, scenarios ...aparte.Scenario) *Set {
	tb.Helper()
	s, err := Compile(scenarios)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}
