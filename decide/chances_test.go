package decide

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Every way to explore states its chances, and what is drawn must be drawn with them: over many seeds, the counts by
// candidate against the sums of the stated chances, by Pearson's chi-square. Those of Thompson differ from seed to seed.
func TestWhatIsDrawnIsDrawnWithTheStatedChances(t *testing.T) {
	nets, widths := []float64{3, 5, 4.5, 1}, []float64{1, 0.2, 1.5, 3}
	for name, e := range map[string]Explore{
		"hopeful": {}, "SquareCB": {Hope: -1}, "FastCB": {Way: FastCB, Hope: -1, Top: 6}, "epsilon-greedy": {Way: EpsilonGreedy, Hope: -1},
		"much epsilon": {Way: EpsilonGreedy, Hope: -1, Epsilon: 0.5}, "Thompson": {Way: Thompson},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		e.Scale, e.Gamma = 1, 2
		counts, expected := make([]float64, len(nets)), make([]float64, len(nets))
		hopes, chances := make([]float64, len(nets)), make([]float64, len(nets))
		for range 40_000 {
			e.Chances(nets, widths, 100, rng.Uint64(), hopes, chances)
			sum := 0.0
			for i, p := range chances {
				if !(p > 0) {
					t.Fatalf("%s: a chance of %v", name, p)
				}
				sum += p
				expected[i] += p
			}
			if math.Abs(sum-1) > 1e-12 {
				t.Fatalf("%s: chances add up to %v", name, sum)
			}
			counts[Draw(chances, rng.Float64())]++
		}
		square := 0.0
		for i, n := range counts {
			square += (n - expected[i]) * (n - expected[i]) / expected[i]
		}
		if square > 16.27 { // three degrees of freedom, p = 0.001
			t.Errorf("%s: chi-square %.1f: drawn %v, stated %v", name, square, counts, expected)
		}
	}
}
