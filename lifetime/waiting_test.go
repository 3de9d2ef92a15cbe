package lifetime

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// crowd waits as the model says, each seen for a time of their own.
func crowd(m FirstPurchase, n int, seed uint64) []Waiting {
	lots := rand.New(rand.NewPCG(seed, 0))
	all := make([]Waiting, n)
	for i := range all {
		rate := gammaDraw(lots, m.R) / m.Alpha
		bought, seen := lots.ExpFloat64()/rate, 50*lots.Float64()
		all[i] = Waiting{math.Min(bought, seen), bought <= seen}
	}
	return all
}

func TestAFirstPurchaseIsForetoldAsPeopleMakeThem(t *testing.T) {
	truth := FirstPurchase{0.4, 20}
	m, f, err := FitFirstPurchase(crowd(truth, 40_000, 1))
	if err != nil || !f.Converged || f.Boundary {
		t.Fatalf("%+v, %v", f, err)
	}
	for _, known := range []float64{0, 3, 30} {
		if got, want := m.Within(known, 10), truth.Within(known, 10); math.Abs(got-want) > 0.02 {
			t.Errorf("known for %v: %v within 10, want %v", known, got, want)
		}
	}
	if !(m.Within(0, 10) > m.Within(30, 10)) {
		t.Error("who was long known without buying is as likely to buy as somebody new")
	}
}

func TestTheGradientOfAFirstPurchaseIsThatOfItsLikelihood(t *testing.T) {
	const step = 1e-6
	for _, w := range []Waiting{{0, false}, {0, true}, {3, false}, {3, true}, {1e4, true}} {
		at := []float64{-0.7, 2.1}
		got := make([]float64, 2)
		firstLikelihood(at).of(w, got)
		for i := range at {
			up, down := append([]float64(nil), at...), append([]float64(nil), at...)
			up[i], down[i] = up[i]+step, down[i]-step
			want := (firstLikelihood(up).of(w, nil) - firstLikelihood(down).of(w, nil)) / (2 * step)
			if math.Abs(got[i]-want) > 1e-5*(1+math.Abs(want)) {
				t.Errorf("%+v, parameter %d: %v, want %v", w, i, got[i], want)
			}
		}
	}
}

func TestNothingIsFittedToPeopleOfWhomNobodyBought(t *testing.T) {
	if _, _, err := FitFirstPurchase([]Waiting{{Time: 3}, {Time: 5}}); !errors.Is(err, ErrNothing) {
		t.Errorf("error %v", err)
	}
	if _, _, err := FitFirstPurchase([]Waiting{{Time: math.NaN()}}); err == nil || errors.Is(err, ErrNothing) {
		t.Errorf("error %v", err)
	}
}
