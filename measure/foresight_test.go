package measure

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestForesightOfAFewPeopleIsAsByHand(t *testing.T) {
	got := Foresee([]float64{3, 1, 1, 0, 0, 0, 0, 0, 0, 0}, []float64{4, 0, 2, 0, 0, 0, 0, 0, 0, 2})
	want := Foresight{Expected: 5, Actual: 8, MAE: 0.5, RMSE: math.Sqrt(0.7), Correlation: 10 / math.Sqrt(8.5*17.6), TopDecileShare: 0.5}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Error(diff)
	}
	none := Foresee([]float64{1, 1}, []float64{0, 3})
	if !math.IsNaN(none.Correlation) || math.Abs(none.TopDecileShare-0.1) > 1e-15 {
		t.Errorf("equal expectations tell nobody apart: %+v", none)
	}
}

// The edge's share is what a draw of the order among equals gives on average.
func TestTheTopDecileOfEqualExpectationsIsTheMeanOverTheirOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 10 * rapid.IntRange(1, 3).Draw(t, "tens of people")
		expected, actual := make([]float64, n), make([]float64, n)
		for i := range n {
			expected[i] = float64(rapid.IntRange(0, 3).Draw(t, "expected"))
			actual[i] = float64(rapid.IntRange(0, 4).Draw(t, "actual"))
		}
		rng, sum := rand.New(rand.NewPCG(1, uint64(n))), 0.0
		const draws = 4000
		for range draws {
			jitter := make([]float64, n)
			for i := range n {
				jitter[i] = expected[i] + 0.5*rng.Float64()
			}
			sum += captured(jitter, actual, 0.1) / draws
		}
		if got := captured(expected, actual, 0.1); math.Abs(got-sum) > 0.25 {
			t.Errorf("%g, over %d orders %g", got, draws, sum)
		}
	})
}
