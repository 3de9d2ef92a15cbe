package api

import (
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// earning is a thing said to half of so many people, who order for 100 more often than the others do.
func earning(people int) *measure.Change {
	rng, c := rand.New(rand.NewPCG(1, 2)), new(measure.Change)
	for range people {
		x := measure.Alternative{Choice: measure.Choice{Propensity: 0.5, Chance: 1}}
		chance := 0.2
		if rng.IntN(2) == 0 {
			x.Chance, chance = 0, 0.8
		}
		if rng.Float64() < chance {
			x.Reward = 100
		}
		if err := c.Add(x); err != nil {
			panic(err)
		}
		c.Next()
	}
	return c
}

func TestNothingIsToldToHaveEarnedWithoutItsIntervals(t *testing.T) {
	h, f := testDoors(t)
	f.sight.Evidence = &engine.Evidence{Objectives: []aparte.ObjectiveID{"order"}, Earned: []engine.Earned{
		{Way: engine.Way{Content: "known"}, All: earning(2000), By: []*measure.Change{earning(2000)}},
		{Way: engine.Way{Content: "new"}, All: earning(15), By: []*measure.Change{earning(15)}},
		{Way: engine.Way{Content: "only"}, All: new(measure.Change), By: []*measure.Change{new(measure.Change)}},
		{Way: engine.Way{Content: "early"}, Open: 3, All: new(measure.Change), By: []*measure.Change{new(measure.Change)}}, // no window is over
	}}
	got := decoded[resultsDocument](t, call(h, "GET", "/v1/admin/results?lang=fr", "sk", "")).Evidence.Found
	if got == nil || len(got.Earned) != 4 {
		t.Fatalf("%+v", got)
	}
	for i, doubt := range []measure.DoubtKind{"", measure.FewRewards, engine.NoChoice, measure.FewRewards} {
		one := got.Earned[i]
		for _, figure := range []figureDocument{one.All, one.Objectives["order"]} {
			if figure.Doubt != doubt || (figure.Each == nil) != (doubt != "") || (figure.Words == "") != (doubt == "") {
				t.Errorf("%s: %+v, want the doubt %q", one.Content, figure, doubt)
			}
			if e := figure.Each; e != nil && !(e.Anytime[0] < e.OneLook[0] && e.OneLook[0] < 60 && 60 < e.OneLook[1] && e.OneLook[1] < e.Anytime[1]) {
				t.Errorf("%s: %+v, the truth is 60", one.Content, e)
			}
		}
	}
	if got.Trust != engine.LookAt || len(got.Concerns) != 1 || got.Concerns[0].Words != "Il n’y a que 0 décisions\u00a0: trop peu pour vérifier grand-chose." {
		t.Errorf("trust %q: %+v", got.Trust, got.Concerns)
	}
}

func TestEvidenceThatIsStillLookedForIsSaidToBe(t *testing.T) {
	h, f := testDoors(t)
	f.sight = engine.Sight{Looking: true, Done: 0.25}
	got := decoded[resultsDocument](t, call(h, "GET", "/v1/admin/results", "sk", "")).Evidence
	if got == nil || !got.Looking || got.Done != 0.25 || got.Found != nil {
		t.Errorf("%+v", got)
	}
}
