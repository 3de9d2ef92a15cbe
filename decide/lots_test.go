package decide

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAStrideLeadsWhereItsStepsLead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hi, lo := rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")
		var plain rand.PCG
		plain.Seed(hi, lo)
		at := wide{hi, lo}
		for _, steps := range rapid.SliceOfN(rapid.IntRange(1, 40), 1, 5).Draw(t, "strides") {
			s := nowhere
			var want uint64
			for range steps {
				s = s.then(oneStep)
				want = plain.Uint64()
			}
			at = s.from(at)
			if got := at.lot(); got != want {
				t.Fatalf("the lot after %d more is %x, want %x", steps, got, want)
			}
		}
	})
}

// everybodyVotes is Explore.vote with every candidate taking part in every vote.
func (e Explore) everybodyVotes(nets, widths []float64, seed uint64, chances []float64) {
	var lots rand.PCG
	lots.Seed(seed, 3)
	for range votes {
		best, most := 0, math.Inf(-1)
		for i, v := range nets {
			if widths != nil {
				v += float64(float64(max(e.Hope, 0)*finite(widths[i])) * bell(lots.Uint64()))
			}
			if v > most {
				best, most = i, v
			}
		}
		chances[best]++
	}
	for i := range chances {
		chances[i] /= votes + 1
	}
}

func TestLeavingOutWhoCannotWinChangesNoVote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 130).Draw(t, "candidates")
		nets := rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0, 1, 1.5, -3, 40, 41, 1e9}), n, n).Draw(t, "nets")
		var widths []float64
		if rapid.Bool().Draw(t, "unsure") {
			widths = rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0.1, 1, 1, 2, 30, -1, math.NaN(), math.Inf(1), 1e300}), n, n).Draw(t, "widths")
		}
		seed := rapid.Uint64().Draw(t, "seed")
		e := Explore{Hope: rapid.SampledFrom([]float64{-1, 0.5, 1}).Draw(t, "hope")}
		got, want := make([]float64, n), make([]float64, n)
		got[0], want[0] = 1, 1
		e.vote(nets, widths, seed, make([]float64, n), got)
		e.everybodyVotes(nets, widths, seed, want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("shares of the votes (-all +those that can win):\n%s", diff)
		}
	})
}
