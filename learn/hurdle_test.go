package learn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

// The oracle goes along the curve in small steps.
func TestLogOddsMoveAlongTheirCurve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.Float64Range(-15, 15).Draw(t, "z")
		y := float64(rapid.IntRange(0, 1).Draw(t, "y"))
		time := rapid.OneOf(rapid.Float64Range(0, 0.1), rapid.Float64Range(0, 30)).Draw(t, "time")
		slope := func(z float64) float64 { return y - 1/(1+math.Exp(-z)) }
		const steps = 20_000
		want, dt := z, time/steps
		for range steps {
			middle := want + dt/2*slope(want)
			want += dt * slope(middle)
		}
		if got := shifted(z, y, time); math.Abs(got-want) > 1e-4 {
			t.Fatalf("from %g for %g towards %g: %g, want %g", z, time, y, got, want)
		}
		half := shifted(shifted(z, y, time/2), y, time/2)
		if got := shifted(z, y, time); math.Abs(got-half) > 1e-7 {
			t.Fatalf("from %g for %g towards %g: %g at once, %g in two halves", z, time, y, got, half)
		}
	})
}

func TestExponentialIsOne(t *testing.T) {
	for z := -40.0; z <= 40; z += 0.37 {
		if got, want := exponential(z), math.Exp(z); math.Abs(got/want-1) > 1e-11 {
			t.Errorf("exp(%g) is %g, want %g", z, got, want)
		}
	}
}

func TestLogarithmIsOne(t *testing.T) {
	for v := 1e-15; v < 1e15; v *= 1.07 {
		if got, want := logarithm(v), math.Log(v); math.Abs(got-want) > 1e-14*max(1, math.Abs(want)) {
			t.Errorf("log(%g) is %g, want %g", v, got, want)
		}
	}
}

// Registrations are worth 500 each; how likely one is, is a logistic function of what was said to whom.
func TestChancesOfRewardsOfOneSizeAreLearnedAsTheyAre(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	h := NewHurdle(Config{Bits: 14})
	odds := func(context, action int) float64 {
		return -3 + float64(context)*0.5 + float64(action) + float64(oneWhere(context == action))
	}
	example := func(context, action int) Example {
		return Example{Objective: "register", Propensity: 0.5, Features: aparte.Features{
			Context: features("context", context, 1), Action: features("action", action, 1),
		}}
	}
	for range 60_000 {
		context, action := rng.IntN(3), rng.IntN(3)
		e := example(context, action)
		if rng.Float64() < Logistic(odds(context, action)) {
			e.Reward = 500
		}
		learnAll(t, h, e)
	}
	for context := range 3 {
		for action := range 3 {
			e := example(context, action).Features
			got, want := score(h, e.Context, e.Action), 500*Logistic(odds(context, action))
			if math.Abs(got-want) > 0.15*want+5 {
				t.Errorf("action %d in situation %d scores %.1f, want %.1f", action, context, got, want)
			}
		}
	}
}

func oneWhere(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestARewardBelowZeroIsLearnedAsALoss(t *testing.T) {
	h := NewHurdle(Config{Bits: MinBits})
	e := purchases(1, "return")[0]
	e.Reward = -900
	for range 50 {
		learnAll(t, h, e)
	}
	if got := score(h, e.Features.Context, e.Features.Action); got > -800 || got < -900 {
		t.Errorf("what always loses 900 scores %g", got)
	}
}
