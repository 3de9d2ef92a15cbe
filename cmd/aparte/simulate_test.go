package main

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte/simulate"
)

// small is a world that is quick to live in.
func small(t *testing.T) *simulate.Report {
	t.Helper()
	r, err := simulate.New(simulate.Config{Seed: 3, People: 40}).Compare(t.Context(), simulate.Comparison{
		Moments: 300, After: 10, Only: []string{"rules"}, Open: simulatedHouse(t.Context()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestASimulationIsTheSameForASeed(t *testing.T) {
	if underRace {
		t.Skip("takes minutes under the race detector: .ci/run runs it without")
	}
	t.Parallel()
	a, b := small(t), small(t)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	if a.Policies[0].Policy != "aparte" || a.Policies[0].Letters == 0 || a.Calibration.Pairs == 0 || a.Policies[1].Letters != 0 {
		t.Errorf("report %+v", a)
	}
	body, err := json.Marshal((*simulationTable)(a))
	if err != nil {
		t.Fatal(err)
	}
	var back simulate.Report
	if err := json.Unmarshal(body, &back); err != nil || len(back.Policies) != 4 {
		t.Errorf("the report is not one object, %v: %s", err, body)
	}
}

func TestIntervalsAreCountedInWorldsOfTheirOwn(t *testing.T) {
	t.Parallel()
	done := 0
	c, err := simulate.Covered(t.Context(), simulate.Config{Seed: 3, People: 60}, 2, simulate.Comparison{
		Moments: 300, Open: simulatedHouse(t.Context()), Progress: func(n, _ int) { done = n },
	})
	if err != nil {
		t.Fatal(err)
	}
	if done != 2 || c.Width <= 0 || c.Covered*2 != float64(int(c.Covered*2)) {
		t.Errorf("after %d worlds: %+v", done, c)
	}
}

func TestSimulateRefusesWhatMakesNoWorld(t *testing.T) {
	for _, c := range []simulateCommand{{People: 1, Moments: 1, After: 1, Most: 1}, {People: 20, Moments: 1, After: 1, Most: 1, Policy: []string{"luck"}}} {
		if err := c.Run(t.Context()); err == nil {
			t.Errorf("%+v is let run", c)
		}
	}
}
