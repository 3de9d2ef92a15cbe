package measure

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// foretell draws people to some of whom it came, with two scores: one that tells, one that tells less, both of the same
// noise.
func foretell(rng *rand.Rand, n int) (better, worse []Judged) {
	for range n {
		came, shared := rng.IntN(3) == 0, rng.NormFloat64()
		x := 0.0
		if came {
			x = 1
		}
		better = append(better, Judged{x + (shared+rng.NormFloat64())/math.Sqrt2, came})
		worse = append(worse, Judged{x/2 + (shared+rng.NormFloat64())/math.Sqrt2, came})
	}
	return better, worse
}

// Pair by pair, whatever ties there are.
func TestAnAUCIsThatOfAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Judged {
			return Judged{float64(rapid.IntRange(0, 8).Draw(t, "score")), rapid.Bool().Draw(t, "came")}
		}), 2, 40).Draw(t, "people")
		above, pairs := 0.0, 0.0
		for _, a := range people {
			for _, b := range people {
				if !a.Came || b.Came {
					continue
				}
				pairs++
				switch {
				case a.Score > b.Score:
					above++
				case a.Score == b.Score:
					above += 0.5
				}
			}
		}
		got, want := DiscriminationWithin(people, 0.95).Value, above/pairs
		if math.IsNaN(want) != math.IsNaN(got) || math.Abs(got-want) > 1e-12 {
			t.Fatalf("AUC %v, pair by pair %v", got, want)
		}
		if other := Discriminate(people).AUC(); math.Abs(got-other) > 1e-12 {
			t.Fatalf("AUC %v, elsewhere %v", got, other)
		}
	})
}

// Of intervals of 95 %, nineteen in twenty hold what they are about: one AUC, and the difference of two.
func TestIntervalsOfAUCsHoldAsOftenAsTheySay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	// Of normal scores of variance 1, d apart, the AUC is Φ(d/√2).
	phi := func(x float64) float64 { return (1 + math.Erf(x/math.Sqrt2)) / 2 }
	one, other := phi(1/math.Sqrt2), phi(0.5/math.Sqrt2)
	const rounds = 1500
	held, heldDifference := 0, 0
	for range rounds {
		better, worse := foretell(rng, 200)
		if a := DiscriminationWithin(better, 0.95); a.Low <= one && one <= a.High {
			held++
		}
		if a := DiscriminationGained(better, worse, 0.95); a.Low <= one-other && one-other <= a.High {
			heldDifference++
		}
	}
	for name, n := range map[string]int{"an AUC": held, "a difference": heldDifference} {
		if share := float64(n) / rounds; share < 0.93 || share > 0.97 {
			t.Errorf("%s: %.3f of intervals hold", name, share)
		}
	}
}
