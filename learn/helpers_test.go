package learn

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

func hashOf(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}

// features are n features named after their kind and number, of value 1.
func features(kind string, from, n int) []aparte.Feature {
	f := make([]aparte.Feature, n)
	for i := range f {
		f[i] = aparte.Feature{Hash: hashOf(fmt.Sprint(kind, from+i)), Value: 1}
	}
	return f
}

// features32 are features from hashes and values in turn.
func features32(hashesAndValues ...float32) []aparte.Feature {
	var f []aparte.Feature
	for i := 0; i < len(hashesAndValues); i += 2 {
		f = append(f, aparte.Feature{Hash: uint32(hashesAndValues[i]), Value: hashesAndValues[i+1]})
	}
	return f
}

// anyFeatures are different features with values of ordinary sizes.
func anyFeatures(most int) *rapid.Generator[[]aparte.Feature] {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) aparte.Feature {
		return aparte.Feature{Hash: rapid.Uint32().Draw(t, "hash"), Value: rapid.Float32Range(-8, 8).Draw(t, "value")}
	}), 0, most, func(f aparte.Feature) uint32 { return f.Hash })
}

func anyExample() *rapid.Generator[Example] {
	return rapid.Custom(func(t *rapid.T) Example {
		e := Example{
			Objective:  rapid.SampledFrom([]aparte.ObjectiveID{"click", "order", "visit"}).Draw(t, "objective"),
			Reward:     rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(-1e5, 1e5)).Draw(t, "reward"),
			Propensity: rapid.Float64Range(1e-6, 1).Draw(t, "propensity"),
			Weight:     rapid.SampledFrom([]float64{0, 1, 3.5}).Draw(t, "weight"),
		}
		if context := anyFeatures(6).Draw(t, "context"); len(context) > 0 {
			e.Features.Context = context
		}
		if action := anyFeatures(4).Draw(t, "action"); len(action) > 0 {
			e.Features.Action = action
		}
		if share := rapid.Float64Range(0, 1).Draw(t, "rival's share of the rest"); share*(1-e.Propensity) > 0 {
			e.RivalPropensity = share * (1 - e.Propensity)
			if rival := anyFeatures(4).Draw(t, "rival"); len(rival) > 0 {
				e.Features.Rival = rival
			}
		}
		return e
	})
}

// learnAll teaches a model examples in order.
func learnAll[M Model](tb interface {
	Helper()
	Fatal(...any)
}, m M, examples ...Example) M {
	tb.Helper()
	for i := range examples {
		if err := m.Learn(&examples[i]); err != nil {
			tb.Fatal(err)
		}
	}
	return m
}

// score is the score of one action.
func score(m Model, context, action []aparte.Feature) float64 {
	var v [1]float64
	m.Score(context, [][]aparte.Feature{action}, v[:])
	return v[0]
}

// purchases are n examples of a small shop, always the same: 3 of 10 rewards are not zero.
func purchases(n int, objectives ...aparte.ObjectiveID) []Example {
	rng := rand.New(rand.NewPCG(1, 2))
	out := make([]Example, n)
	for i := range out {
		e := &out[i]
		e.Objective, e.Propensity = objectives[i%len(objectives)], 0.5
		e.Features.Context = features("context", rng.IntN(20), 6)
		e.Features.Action = features("action", rng.IntN(30), 3)
		e.Features.Action[0].Value = float32(rng.IntN(8)) / 4
		if rng.IntN(10) < 3 {
			e.Reward = float64(100 * (1 + rng.IntN(50)))
		}
	}
	return out
}

// taught is an ensemble that has learned a little about each objective.
func taught(tb testing.TB, objectives ...aparte.ObjectiveID) *Ensemble {
	tb.Helper()
	return learnAll(tb, NewEnsemble(Config{}), purchases(300, objectives...)...)
}
