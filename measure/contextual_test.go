package measure_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte/measure"
)

// Two situations, three actions; what each earns in each is known, and so is what the policy would.
func contextualLog(rng *rand.Rand, n int) (log *measure.Contextual, truth float64) {
	earns := [2][3]float64{{0.2, 0.5, 0.1}, {0.7, 0.3, 0.4}}
	live := [2][3]float64{{0.5, 0.2, 0.3}, {0.25, 0.5, 0.25}}
	judged := [2][3]float64{{0.1, 0.8, 0.1}, {0.6, 0.2, 0.2}}
	model := [2][3]float64{{0.3, 0.4, 0.1}, {0.5, 0.5, 0.5}} // wrong, on purpose
	log = new(measure.Contextual)
	direct := [2]float64{}
	for x := range 2 {
		for a := range 3 {
			truth += earns[x][a] * judged[x][a] / 2
			direct[x] += model[x][a] * judged[x][a]
		}
	}
	for range n {
		x, a := rng.IntN(2), 0
		for u := rng.Float64(); u >= live[x][a]; a++ {
			u -= live[x][a]
		}
		reward := 0.0
		if rng.Float64() < earns[x][a] {
			reward = 1
		}
		if err := log.Add(measure.Choice{Reward: reward, Propensity: live[x][a], Chance: judged[x][a], Expected: model[x][a], Direct: direct[x]}); err != nil {
			panic(err)
		}
	}
	return log, truth
}

func TestIntervalsOfAPolicyThatLooksAtTheSituationHoldForMany(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	const logs = 400
	held := map[string]int{}
	for range logs {
		log, truth := contextualLog(rng, 500)
		for name, e := range map[string]measure.Estimate{"ipw": log.IPW(0.95), "snipw": log.SNIPW(0.95), "dr": log.DR(0.95)} {
			if e.Contains(truth) {
				held[name]++
			}
		}
	}
	for name, n := range held {
		if share := float64(n) / logs; share < 0.92 || share > 0.98 {
			t.Errorf("%s: %.3f of the intervals hold, at 0.95", name, share)
		}
	}
	log, truth := contextualLog(rng, 50_000)
	if dm := log.DM(0.95); dm.Contains(truth) {
		t.Errorf("the wrong model is right: %+v, truth %v", dm, truth)
	}
	if d := log.Diagnose(); d.MaxWeight != 4 || d.P < 0.001 || len(d.Doubts()) > 0 {
		t.Errorf("%+v: %q", d, d.Doubts())
	}
}

func TestAPolicyJudgedByItsOwnLogEarnsWhatTheLogSays(t *testing.T) {
	var log measure.Contextual
	for _, reward := range []float64{-3, 0, 1.5, 2} {
		if err := log.Add(measure.Choice{Reward: reward, Propensity: 0.3, Chance: 0.3}); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range []measure.Estimate{log.IPW(0.9), log.SNIPW(0.9), log.DR(0.9)} {
		if want := log.OnPolicy(0.9); math.Abs(e.Value-want.Value) > 1e-15 || math.Abs(e.SE-want.SE) > 1e-15 {
			t.Errorf("%+v, on policy %+v", e, want)
		}
	}
}

func TestAChoiceThatMakesNoSenseIsRefusedAndChangesNothing(t *testing.T) {
	var log measure.Contextual
	for _, c := range []measure.Choice{
		{Reward: math.NaN(), Propensity: 1}, {Propensity: 0}, {Propensity: -1}, {Propensity: 2}, {Propensity: 1, Chance: 1.5},
		{Propensity: 1, Chance: -0.1}, {Propensity: math.NaN()}, {Propensity: 1, Direct: math.Inf(1)}, {Propensity: 1, Chance: math.NaN()},
	} {
		if err := log.Add(c); err == nil || log.Rows() != 0 {
			t.Errorf("%+v is taken in", c)
		}
	}
}
