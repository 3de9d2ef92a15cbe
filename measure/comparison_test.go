package measure

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestASpreadTellsWhatOneWouldCountPersonByPerson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(-MaxValue, MaxValue), rapid.Int64Range(-50, 50)), 2, 60).Draw(t, "values")
		gone := rapid.SliceOf(rapid.Int64Range(-MaxValue, MaxValue)).Draw(t, "gone")
		size := rapid.IntRange(1, MaxSize).Draw(t, "size")
		var s Spread
		for _, v := range gone {
			s.Add(v)
		}
		var plain, within Mean
		bound := math.Pow(2, float64(size))
		for _, v := range values {
			s.Add(v)
			plain.Add(float64(v))
			if SizeOf(v) > size || SizeOf(v) < -size {
				within.Add(math.Copysign(bound, float64(v)))
			} else {
				within.Add(float64(v))
			}
		}
		for _, v := range gone {
			s.Remove(v)
		}
		for name, pair := range map[string][2]Mean{"plain": {plain, s.Mean()}, "within": {within, s.Within(size)}} {
			want, got := pair[0], pair[1]
			if got.N != want.N || !near(got.Value(), want.Value()) || !near(got.Variance(), want.Variance()) {
				t.Fatalf("%s: %d people, %v ± %v; want %d, %v ± %v", name, got.N, got.Value(), got.Variance(), want.N, want.Value(), want.Variance())
			}
		}
	})
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*(1+math.Abs(a)+math.Abs(b)) }

func TestValuesThatCameAndWentLeaveNoTrace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Spread
		values := rapid.SliceOf(rapid.Int64Range(-MaxValue, MaxValue)).Draw(t, "values")
		for _, v := range values {
			s.Add(v)
		}
		for _, v := range values {
			s.Remove(v)
		}
		if diff := cmp.Diff(Spread{}, s); diff != "" {
			t.Fatal(diff)
		}
	})
}

// compared are a holdout and a comparison of the same people.
func compared(seed uint64, people int, share, effect float64) (*Holdout, *Comparison) {
	rng := rand.New(rand.NewPCG(seed, 3))
	h, err := NewHoldout(1 - share)
	if err != nil {
		panic(err)
	}
	c := &Comparison{Share: share}
	for range people {
		held := rng.Float64() < share
		v := int64(rng.ExpFloat64() * 1000 * coin(rng, 0.4))
		if !held {
			v += int64(effect)
		}
		if err := h.Add(!held, float64(v)); err != nil {
			panic(err)
		}
		if held {
			c.Held.Add(v)
			c.EnteredHeld++
		} else {
			c.Treated.Add(v)
			c.EnteredTreated++
		}
	}
	return h, c
}

func TestAComparisonSaysWhatAHoldoutSays(t *testing.T) {
	h, c := compared(1, 20_000, 0.2, 50)
	a, b := h.Difference(0.95), c.Difference(0.95)
	if !near(a.Value, b.Value) || !near(a.Low, b.Low) || !near(a.High, b.High) {
		t.Errorf("%+v, want %+v", b, a)
	}
	any, all := h.Anytime(0.95), c.Anytime(0.95)
	if width := (all.High - all.Low) / (any.High - any.Low); math.Abs(width-1) > 0.02 {
		t.Errorf("the interval for any time is %.3f times as wide as the holdout's", width)
	}
	if all.High-all.Low < b.High-b.Low {
		t.Errorf("the interval for any time, %+v, is narrower than that of one look, %+v", all, b)
	}
	if p, q := h.split.log, -math.Log(c.Mismatch()); q > 0 && math.Abs(p-q) > 1e-6 {
		t.Errorf("evidence of a mismatch: %v, want %v", q, p)
	}
}

func TestAComparisonOfAlikeSidesClaimsNothingMoreOftenThanStated(t *testing.T) {
	claimed, covered := 0, 0
	for seed := range uint64(200) {
		if _, c := compared(seed, 3000, 0.2, 0); !c.Anytime(0.9).Contains(0) {
			claimed++
		}
		if _, c := compared(seed, 3000, 0.2, 60); c.Difference(0.9).Contains(60) {
			covered++
		}
	}
	t.Logf("of 200 alike, %d were told apart; of 200 that differ by 60, %d intervals hold it", claimed, covered)
	if claimed > 20 {
		t.Errorf("an effect was claimed in %d of 200 comparisons without one, at 90 %%", claimed)
	}
	if covered < 168 { // 180 ± three standard errors
		t.Errorf("%d of 200 intervals hold the effect, at 90 %%", covered)
	}
}

func TestASplitThatIsNotAsStatedIsFound(t *testing.T) {
	c := Comparison{Share: 0.1, EnteredHeld: 1150, EnteredTreated: 8850}
	if p := c.Mismatch(); p > 0.05 {
		t.Errorf("11.5 %% of 10,000 where 10 %% were intended: p = %v", p)
	}
	c = Comparison{Share: 0.1, EnteredHeld: 1000, EnteredTreated: 9000}
	if p := c.Mismatch(); p < 0.5 {
		t.Errorf("as intended: p = %v", p)
	}
}

func TestTheFewWhoCarryADifferenceAreDrawnIn(t *testing.T) {
	c := Comparison{Share: 0.5}
	for range 1000 {
		c.Treated.Add(900)
		c.Held.Add(900)
	}
	c.Treated.Add(MaxValue)
	e, _, bound := c.Winsorised(0.95)
	if bound != 1024 || math.Abs(e.Value) > 1 {
		t.Errorf("drawn in to %d, the difference is %+v", bound, e)
	}
	if whole := c.Difference(0.95); whole.Value < 1e7 {
		t.Errorf("as it is, the difference is %+v", whole)
	}
}
