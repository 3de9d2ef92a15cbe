package learn

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// Whatever features come, in whatever order and however often: in each place stands the sum of what came for it, within
// bounds, with its square beside it; each place that is not 0 is listed once; and what has no place is left aside.
func TestASituationHoldsWhatItsFeaturesAddUpTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := rapid.IntRange(0, MaxPlaces-1).Draw(t, "known")
		places := newNumbers(placeBits)
		for i := range known {
			places.add(uint32(i) * 77)
		}
		var context []aparte.Feature
		var want [MaxPlaces]float32
		want[0] = 1
		var out []uint8
		value := rapid.OneOf(rapid.Float32Range(-20, 20), rapid.Float32Range(-2e-6, 2e-6), rapid.Just(float32(3)), rapid.Just(float32(-3)))
		for i := range rapid.IntRange(0, MaxFeatures).Draw(t, "features") {
			which, v := rapid.IntRange(0, MaxPlaces).Draw(t, "which"), value.Draw(t, "value")
			context = append(context, aparte.Feature{Hash: uint32(which) * 77, Value: v})
			switch {
			case v < 1.0/MaxValue && v > -1.0/MaxValue:
			case which < known:
				want[which+1] += v
			default:
				out = append(out, uint8(i))
			}
		}

		var s situation
		s.sees(&places, context)

		if s.size%lanes != 0 || s.size < known+1 || s.size >= known+1+lanes {
			t.Fatalf("%d places in use of %d known", s.size, known)
		}
		listed := make(map[uint8]bool)
		for _, at := range s.at[:s.n] {
			if listed[at] || s.x[at] == 0 {
				t.Errorf("place %d is listed twice, or is 0", at)
			}
			listed[at] = true
		}
		var norm float64
		for at, v := range want {
			v = min(max(v, -farthest), farthest)
			if got := s.x[at]; got != v && !(v == 0 && got == math.SmallestNonzeroFloat32) {
				t.Errorf("place %d holds %g, want %g", at, got, v)
			}
			if s.squares[at] != v*v || v != 0 && !listed[uint8(at)] {
				t.Errorf("place %d: the square is %g, want %g; listed: %v", at, s.squares[at], v*v, listed[uint8(at)])
			}
			norm += float64(v) * float64(v)
		}
		if math.Abs(float64(s.norm)-norm) > 1e-5*norm {
			t.Errorf("the norm is %g, want %g", s.norm, norm)
		}
		if diff := cmp.Diff(out, append([]uint8(nil), s.beyond()...)); diff != "" {
			t.Errorf("left aside (-want +got):\n%s", diff)
		}
	})
}

// Who decides and then learns sees each situation once. What is learned and what is scored must be what it is for those who
// see it anew each time.
func TestWhatWasSeenLastChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decided, told := NewHybrid(Config{Bits: MinBits}), NewHybrid(Config{Bits: MinBits})
		actions := [][]aparte.Feature{features("a", 0, 2), features("a", 1, 1), nil, features("a", 7, 3)}
		for n := range rapid.IntRange(1, 40).Draw(t, "examples") {
			context := features("c", rapid.IntRange(0, 3).Draw(t, "first"), rapid.IntRange(0, 5).Draw(t, "features"))
			if len(context) > 0 {
				context[0].Value = rapid.Float32Range(-1, 1).Draw(t, "value")
			}
			if rapid.Bool().Draw(t, "decided") {
				var values, widths, anew, widthsAnew [4]float64
				decided.Predict(context, actions, values[:], widths[:])
				decided.Clone().Predict(context, actions, anew[:], widthsAnew[:])
				if values != anew || widths != widthsAnew {
					t.Fatalf("scores %v ± %v, those of a clone %v ± %v", values, widths, anew, widthsAnew)
				}
			}
			e := Example{Objective: "order", Propensity: 1, Reward: float64(n), Features: aparte.Features{Context: context, Action: actions[rapid.IntRange(0, 3).Draw(t, "action")]}}
			for _, h := range []*Hybrid{decided, told} {
				if err := h.Learn(&e); err != nil {
					t.Fatal(err)
				}
			}
			told.last = nil
		}
		if diff := cmp.Diff(told.Snapshot(), decided.Snapshot()); diff != "" {
			t.Errorf("who decided first knows something else (-told +decided):\n%s", diff)
		}
	})
}

// Beyond MaxContents a content has no regression of its own, and is known by its crosses with all features. That is its
// affair: what is scored after it must not be scored so.
func TestAContentWithoutARegressionLeavesOthersAlone(t *testing.T) {
	h, context := NewHybrid(Config{Bits: MinBits}), features("c", 0, 3)
	content := func(n int) []aparte.Feature { return features("content", n, 1) }
	for n := range MaxContents + 50 {
		e := Example{Objective: "order", Propensity: 1, Reward: float64(n % 3 * 100), Features: aparte.Features{Context: context, Action: content(n)}}
		if err := h.Learn(&e); err != nil {
			t.Fatal(err)
		}
	}
	published, beyond := h.Clone(), content(MaxContents+1)
	for n := range 50 {
		var alone [1]float64
		var after [2]float64
		published.Score(context, [][]aparte.Feature{content(n)}, alone[:])
		published.Score(context, [][]aparte.Feature{beyond, content(n)}, after[:])
		if after[1] != alone[0] {
			t.Errorf("content %d scores %g after one without a regression, %g alone", n, after[1], alone[0])
		}
	}
}
