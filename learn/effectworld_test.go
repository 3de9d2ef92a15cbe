package learn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
)

// kind is a kind of people: what they spend anyway, in minor units a decision, and what a message adds.
type kind struct {
	name         string
	anyway, adds float64
}

var kinds = []kind{
	{"persuadable", 400, 300},
	{"sure thing", 1500, 0}, // buys anyway
	{"lost cause", 20, 0},   // buys never
	{"sleeping dog", 600, -200},
}

// season is a world in which the baseline drifts: demand rises fivefold and falls again, three times. The
// policy of the day speaks more in high season and to those who spend, as policies do that learn from
// responses. Nothing in the features tells the season.
type season struct {
	rng    *rand.Rand
	amount func(*rand.Rand) float64 // of one order; its mean is 1
}

// example is the nth of all.
func (w *season) example(n, all int) Example {
	i := w.rng.IntN(len(kinds))
	k := kinds[i]
	demand := 1 + 4*math.Pow(math.Sin(3*math.Pi*float64(n)/float64(all)), 2)
	said := 0.15 + 0.14*demand
	if k.name == "lost cause" {
		said /= 2
	}
	x := Example{
		Objective: "order", Propensity: 1 - said, RivalPropensity: said,
		Features: aparte.Features{Context: features("kind", i, 1), Rival: features("mail", 0, 1)},
	}
	mean := k.anyway * demand
	if w.rng.Float64() < said {
		x.Features.Action, x.Features.Rival = x.Features.Rival, nil
		x.Propensity, x.RivalPropensity = said, 1-said
		mean += k.adds
	}
	const order = 8000
	if w.rng.Float64() < mean/order {
		x.Reward = order * w.amount(w.rng)
	}
	return x
}

func TestDriftAndMainEffectsMisleadARegressionOfTheReward(t *testing.T) {
	const all = 60_000
	mail := features("mail", 0, 1)
	for name, amount := range map[string]func(*rand.Rand) float64{
		"equal amounts": func(*rand.Rand) float64 { return 1 },
		"heavy tail":    func(r *rand.Rand) float64 { return math.Exp(1.2*r.NormFloat64() - 0.72) },
	} {
		t.Run(name, func(t *testing.T) {
			var effect, reward [4]float64 // by kind, over the seeds
			const seeds = 3
			for seed := range uint64(seeds) {
				w := &season{rand.New(rand.NewPCG(seed, 11)), amount}
				e, l := NewEffect(Config{Bits: 14}), NewLinear(Config{Bits: 14})
				for n := range all {
					x := w.example(n, all)
					learnAll(t, e, x)
					learnAll(t, l, x)
				}
				for i := range kinds {
					effect[i] += effectOf(e, features("kind", i, 1), mail) / seeds
					reward[i] += effectOf(l, features("kind", i, 1), mail) / seeds
				}
			}
			worst := 0.0
			for i, k := range kinds {
				t.Logf("%-12s adds %4.0f: effect %4.0f, regression of the reward %4.0f", k.name, k.adds, effect[i], reward[i])
				if math.Abs(effect[i]-k.adds) > 130 {
					t.Errorf("%s: effect %.0f, true %.0f", k.name, effect[i], k.adds)
				}
				worst = max(worst, math.Abs(reward[i]-k.adds))
			}
			if worst < 260 {
				t.Errorf("the regression of the reward is off by no more than %.0f: this world tells the two apart no longer", worst)
			}
		})
	}
}
