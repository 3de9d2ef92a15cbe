package learn

import (
	"math"
	"math/rand/v2"
	"testing"

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
