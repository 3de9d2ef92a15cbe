package learn

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestTheMedianOfAmountsIsFollowed(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var a amounts
	for _, median := range []float64{4000, 4000, 250} { // the shop lowers its prices
		for range 5000 {
			a.see(0, 1)
			a.see(median*math.Exp(rng.NormFloat64()), 1)
		}
		if math.Abs(math.Log(a.median/median)) > 0.15 {
			t.Errorf("median %.0f, want about %.0f", a.median, median)
		}
	}
}

func TestTheFirstAmountBeingAbsurdIsForgotten(t *testing.T) {
	var a amounts
	a.see(1e9, 1)
	for range 100 {
		a.see(4000, 1)
	}
	if a.median != 4000 {
		t.Errorf("median %.0f", a.median)
	}
}

// One order of a million among ten thousand usual ones must not show in what is expected.
func TestAnAbsurdAmountDoesNotUndoWhatWasLearned(t *testing.T) {
	l := learnAll(t, NewLinear(Config{Bits: 14}), purchases(3000, "order")...)
	e := purchases(1, "order")[0]
	before := score(l, e.Features.Context, e.Features.Action)
	e.Reward = 1e8
	learnAll(t, l, e)
	if after := score(l, e.Features.Context, e.Features.Action); after-before > tail*l.amounts.median/10 {
		t.Errorf("one amount of %g moved the prediction from %.0f to %.0f, with a median of %.0f", e.Reward, before, after, l.amounts.median)
	}
}
