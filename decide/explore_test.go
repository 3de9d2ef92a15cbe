package decide

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func someNets(t *rapid.T) []float64 {
	return rapid.SliceOfN(rapid.Map(rapid.Float32Range(-1e6, 1e6), func(f float32) float64 { return float64(f) }), 1, 120).Draw(t, "nets")
}

// The formula of the paper, with exact fractions.
func TestInverseGapWeightingAgainstExactArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nets := someNets(t)
		steepness := rapid.Float64Range(1e-3, 1e3).Draw(t, "γ/scale")
		got := make([]float64, len(nets))
		best := inverseGap(nets, steepness, got)

		argmax := 0
		for i := range nets {
			if nets[i] > nets[argmax] {
				argmax = i
			}
		}
		if best != argmax {
			t.Fatalf("best is %d, want %d", best, argmax)
		}
		rest := new(big.Rat).SetInt64(1)
		for i := range nets {
			if i == best {
				continue
			}
			gap := new(big.Rat).Sub(rational(nets[best]), rational(nets[i]))
			p := new(big.Rat).Add(new(big.Rat).SetInt64(int64(len(nets))), gap.Mul(gap, rational(steepness)))
			p.Inv(p)
			if least := rational(leastChance); p.Cmp(least) < 0 {
				p = least
			}
			rest.Sub(rest, p)
			closeTo(t, i, got[i], p)
		}
		closeTo(t, best, got[best], rest)
	})
}

func rational(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }

func closeTo(t *rapid.T, i int, got float64, want *big.Rat) {
	w, _ := want.Float64()
	if math.Abs(got-w) > 1e-12 {
		t.Fatalf("candidate %d has probability %v, want %v", i, got, w)
	}
}

func TestChancesArePositiveSumToOneAndFavourTheBetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nets := someNets(t)
		chances := make([]float64, len(nets))
		best := inverseGap(nets, rapid.Float64Range(0, 1e6).Draw(t, "γ/scale"), chances)
		sum := 0.0
		for i, p := range chances {
			sum += p
			if !(p > 0 && p <= 1) {
				t.Fatalf("candidate %d has probability %v", i, p)
			}
			if p > chances[best]+1e-12 { // of equals, the first takes what rounding leaves
				t.Fatalf("candidate %d has %v, the best %v", i, p, chances[best])
			}
			for j, q := range chances {
				if nets[i] > nets[j] && p < q-1e-12 {
					t.Fatalf("candidate %d is better than %d and has %v, not %v", i, j, p, q)
				}
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("they sum to %v", sum)
		}
	})
}

func TestTheDrawFallsWhereTheChancesLie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nets := someNets(t)
		chances := make([]float64, len(nets))
		inverseGap(nets, rapid.Float64Range(0, 10).Draw(t, "γ/scale"), chances)
		u := rapid.Float64Range(0, 1-1.0/(1<<53)).Draw(t, "u")
		got := fallsOn(chances, u)
		below := 0.0
		for _, p := range chances[:got] {
			below += p
		}
		if u < below || u >= below+chances[got] && got != len(chances)-1 {
			t.Fatalf("u = %v fell on %d, which lies from %v to %v", u, got, below, below+chances[got])
		}
	})
	for _, test := range []struct {
		u    float64
		want int
	}{{0, 1}, {0.24, 1}, {0.25, 3}, {0.99, 3}, {1, 3}} {
		if got := fallsOn([]float64{0, 0.25, 0, 0.75, 0}, test.u); got != test.want {
			t.Errorf("u = %v fell on %d, want %d", test.u, got, test.want)
		}
	}
}

func TestTheLoggedPropensitiesAreThoseOfTheDraw(t *testing.T) {
	p := plan(t, shop())
	rapid.Check(t, func(t *rapid.T) {
		q := something(t, somebody(t))
		q.Explore.Off = rapid.IntRange(0, 3).Draw(t, "off") == 0
		d := p.Decide(q, newLinear(20))
		sum, best := 0.0, -1
		var nets []float64
		for i, c := range d.Candidates {
			if c.Excluded == "" {
				nets = append(nets, c.Value-c.Cost)
			}
			sum += c.Propensity
			if c.Excluded == "" && (best < 0 || c.Value-c.Cost > d.Candidates[best].Value-d.Candidates[best].Cost) {
				best = i
			}
			if c.Excluded != "" && c.Propensity != 0 || c.Excluded == "" && !q.Explore.Off && !(c.Propensity > 0) {
				t.Fatalf("candidate %d is excluded for %q and has propensity %v", i, c.Excluded, c.Propensity)
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("propensities sum to %v", sum)
		}
		again := make([]float64, len(nets)) // from what is logged, to the last bit
		inverseGap(nets, Explore{}.gamma(q.Model)/(4700*purchaseChance), again)
		for i := range nets {
			if !q.Explore.Off && again[i] != d.Candidates[i].Propensity {
				t.Fatalf("candidate %d has propensity %v, its log says %v", i, d.Candidates[i].Propensity, again[i])
			}
		}
		if d.Propensity != d.Candidates[d.Chosen].Propensity || !(d.Propensity > 0) {
			t.Fatalf("propensity %v, the candidate's is %v", d.Propensity, d.Candidates[d.Chosen].Propensity)
		}
		if !same(d.Action, d.Candidates[d.Chosen].Action) {
			t.Fatalf("action %+v is not the chosen candidate's", d.Action)
		}
		if q.Explore.Off && d.Chosen != best {
			t.Fatalf("chose %d, the best is %d", d.Chosen, best)
		}
	})
}

// Over many seeds the frequencies of what is chosen are the propensities, given the same candidates.
func TestFrequenciesFollowPropensities(t *testing.T) {
	b := shop()
	b.Contents = b.Contents[3:4] // one content, two variants, and silence: the set is always the same
	p := plan(t, b)
	q := onWeb(marie())
	q.Model = 50
	s := byContent{"ten-off": 30}
	counts := make([]float64, 3)
	var want [3]float64
	const n = 20_000
	for q.Seed = range n {
		d := p.Decide(q, s)
		counts[d.Chosen]++
		for i := range want {
			want[i] = d.Candidates[i].Propensity
		}
	}
	for i := range counts {
		if sd := math.Sqrt(want[i] * (1 - want[i]) / n); math.Abs(counts[i]/n-want[i]) > 4*sd {
			t.Errorf("candidate %d was chosen in %.4f of all cases, its propensity is %.4f", i, counts[i]/n, want[i])
		}
	}
}

func TestExplorationFadesAsTheModelLearns(t *testing.T) {
	p := plan(t, shop())
	q := onWeb(marie())
	last := 0.0
	for _, n := range []uint64{0, 100, 10_000, 1_000_000} {
		q.Model = n
		d := p.Decide(q, byContent{"ten-off": 80})
		best := 0.0
		for _, c := range d.Candidates {
			if c.Action.Content == "ten-off" {
				best = max(best, c.Propensity)
			}
		}
		if best <= last {
			t.Errorf("after %d examples the best has propensity %v, before that %v", n, best, last)
		}
		last = best
	}
	if last < 0.45 { // its two variants are equals
		t.Errorf("after a million examples the best has propensity %v", last)
	}
	q.Explore = Explore{Gamma: 1, Scale: 1e9}
	d := p.Decide(q, byContent{"ten-off": 80})
	for _, c := range d.Candidates {
		if c.Excluded == "" && math.Abs(c.Propensity-d.Propensity) > 1e-6 {
			t.Errorf("gaps of nothing, and yet %v and %v", c.Propensity, d.Propensity)
		}
	}
}
