package learn

import (
	"math/rand/v2"
	"testing"
)

// changes is how many examples of a world in which so many are rewarded it takes until doubt sees a change; 0 where it
// sees none, in as many examples.
func changes(rng *rand.Rand, d *doubt, rewarded float64, examples int) int {
	for i := range examples {
		reward := 0.0
		if rng.Float64() < rewarded {
			reward = 100 * rng.ExpFloat64()
		}
		if d.sees(reward) {
			return i + 1
		}
	}
	return 0
}

func TestAWorldThatStaysAsItIsIsHardlyEverDoubted(t *testing.T) {
	for _, rate := range []float64{0.5, 0.05, 0.005} {
		doubted := 0
		for seed := range uint64(200) {
			if changes(rand.New(rand.NewPCG(seed, 1)), new(doubt), rate, 20_000) > 0 {
				doubted++
			}
		}
		t.Logf("where %g are rewarded: %d of 200 worlds doubted within 20,000 examples", rate, doubted)
		if doubted > 10 {
			t.Errorf("where %g are rewarded, %d of 200 worlds are doubted", rate, doubted)
		}
	}
}

func TestAWorldThatHasChangedIsSeenAsSoonAsItsRewardsAllow(t *testing.T) {
	for _, of := range []struct {
		rate, left float64
		within     int
	}{{0.5, 0.03, 300}, {0.5, 0.15, 1000}, {0.05, 0.01, 8000}} {
		latest, missed := 0, 0
		for seed := range uint64(100) {
			rng, d := rand.New(rand.NewPCG(seed, 2)), new(doubt)
			changes(rng, d, of.rate, 20_000)
			n := changes(rng, d, of.left, of.within)
			if n == 0 {
				missed++ // what was longer ago has become what is usual
			}
			latest = max(latest, n)
		}
		t.Logf("from %g to %g: seen after %d examples at the latest, not seen in %d of 100 worlds", of.rate, of.left, latest, missed)
		if missed > 3 {
			t.Errorf("from %g to %g: not seen in %d of 100 worlds within %d examples", of.rate, of.left, missed, of.within)
		}
	}
}
