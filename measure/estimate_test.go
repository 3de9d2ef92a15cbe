package measure

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Both ends of the interval are where the share would be one quantile off: what defines it.
func TestASharesIntervalIsWilsons(t *testing.T) {
	const quantile = 1.959963984540054
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(1, 1e6).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		i := Share(part, whole, 0.95)
		p := float64(part) / float64(whole)
		for _, end := range []float64{i.Low, i.High} {
			if off := math.Abs(p-end) - quantile*math.Sqrt(max(0, end*(1-end))/float64(whole)); math.Abs(off) > 1e-7 {
				t.Fatalf("%d of %d: %v is off by %v", part, whole, end, off)
			}
		}
	})
}

// Exact coverage: the binomial probabilities of the counts whose interval holds the truth.
func TestSharesOfRareThingsAreHeldAsOftenAsTheyAreSaidToBe(t *testing.T) {
	for _, n := range []int64{20, 200, 2000} {
		for _, p := range []float64{0.003, 0.02, 0.1, 0.5, 0.9} {
			held, chance := 0.0, math.Pow(1-p, float64(n))
			for k := range n + 1 {
				if Share(k, n, 0.95).Contains(p) {
					held += chance
				}
				chance *= float64(n-k) / float64(k+1) * p / (1 - p)
			}
			if chance0 := math.Pow(1-p, float64(n)); chance0 > 0 && (held < 0.88 || held > 1.0001) {
				t.Errorf("%g of %d: held %.3f of the time", p, n, held)
			}
		}
	}
	if e := Share(0, 0, 0.95); !math.IsNaN(e.Value) || e.Interval != (Interval{0, 1}) {
		t.Errorf("of nothing: %+v", e)
	}
}

func TestAMeanOfSumsIsThatOfTheNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var m Mean
	var sum, squares float64
	for range 500 {
		x := 100 + 30*rng.NormFloat64()
		m.Add(x)
		sum += x
		squares += x * x
	}
	got, want := MeanOf(500, sum, squares, 0.95), m.Estimate(0.95)
	if math.Abs(got.Value-want.Value) > 1e-9 || math.Abs(got.Low-want.Low) > 1e-6 || math.Abs(got.High-want.High) > 1e-6 {
		t.Errorf("%+v, want %+v", got, want)
	}
	if e := MeanOf(1, 5, 25, 0.95); e.Value != 5 || !math.IsNaN(e.Low) {
		t.Errorf("of one: %+v", e)
	}
}
