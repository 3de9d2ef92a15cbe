package learn

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func widthOf(e *Ensemble, action []aparte.Feature) float64 {
	var value, width [1]float64
	e.Predict(nil, [][]aparte.Feature{action}, value[:], width[:])
	return width[0]
}

func TestAnEffectIsSureOfWhatItComparedAndNotOfWhatWasAlwaysDone(t *testing.T) {
	silence, seldom, always := features("silence", 0, 1), features("seldom", 0, 1), features("always", 0, 1)
	rng := rand.New(rand.NewPCG(3, 3))
	e := NewEnsemble(small)
	compared := func(action, rival []aparte.Feature, chance float64) {
		x := Example{Objective: "order", Propensity: chance, RivalPropensity: 1 - chance, Features: aparte.Features{Action: action, Rival: rival}}
		if rng.Float64() < 0.1 {
			x.Reward = 4000
		}
		learnAll(t, e, x)
	}
	for n := range 4000 {
		if n%2 == 0 {
			compared(seldom, silence, 0.5)
		} else {
			compared(silence, seldom, 0.5)
		}
		compared(always, silence, 0.9999)
	}
	m := e.Clone(orders(aparte.LearnEffect))
	known, taken, unheard := widthOf(m, seldom), widthOf(m, always), widthOf(m, features("new", 0, 1))
	if !(known < taken/2 && taken <= unheard) {
		t.Errorf("compared as often as not it is off by %.0f, nearly always taken by %.0f, never by %.0f", known, taken, unheard)
	}
	// The noise is 4000·√(0.1·0.9), of which half weighs: c = ½ in 4000 examples.
	if want := 4000 * math.Sqrt(0.1) / math.Sqrt(4000*0.25+aloneDoubt); known < want/2 || known > 2*want {
		t.Errorf("it is off by %.0f, by its comparisons %.0f", known, want)
	}
}

// How unsure each of many actions is must be what it is alone, feature by feature, to the bit: whatever they have in common,
// with other values or without, and whether or not there is room to keep it.
func TestActionsSummedAbreastAreAsUnsureAsAlone(t *testing.T) {
	e := NewEffect(Config{Bits: MinBits})
	for n := range 300 {
		x := Example{
			Objective: "order", Propensity: 0.5, RivalPropensity: 0.5, Reward: float64(n % 3 * 100),
			Features: aparte.Features{Context: features("c", n%20, 5), Action: features("a", n%30, 3), Rival: features("a", n%17, 2)},
		}
		if err := e.Learn(&x); err != nil {
			t.Fatal(err)
		}
	}
	size := e.amounts.size(e.total)
	unit, ofCross := float64(size*size), crossDoubt*e.norm/e.compared
	rapid.Check(t, func(t *rapid.T) {
		context := features("c", 0, rapid.SampledFrom([]int{0, 3, 20, 250}).Draw(t, "context"))
		actions := make([][]aparte.Feature, rapid.IntRange(0, 13).Draw(t, "actions"))
		for i := range actions {
			actions[i] = features("a", rapid.IntRange(0, 40).Draw(t, "first"), rapid.IntRange(0, 30).Draw(t, "features"))
			for j := range actions[i] {
				actions[i][j].Value = rapid.SampledFrom([]float32{1, 1, 1, 0.5, -2}).Draw(t, "value")
			}
		}
		got := make([]float64, len(actions))
		e.spread(context, actions, got)
		for i, action := range actions {
			sum := 0.0
			for _, f := range action {
				m := mixAction(f.Hash)
				sum += e.beliefs[e.alone(m)].variance(f.Value, aloneDoubt, unit)
				for _, c := range context {
					sum += e.beliefs[e.crossed(mixContext(c.Hash), m)].variance(c.Value*f.Value, ofCross, unit)
				}
			}
			if want := float64(unit * sum); got[i] != want {
				t.Errorf("action %d of %d is unsure by %g, alone by %g", i, len(actions), got[i], want)
			}
		}
	})
}
