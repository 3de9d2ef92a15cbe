package measure

import (
	"math"
	"math/rand/v2"
	"testing"
)

// bought is a day of a shop: nine of ten people are treated, which makes 3 % more of them buy, for amounts
// with a long tail.
func bought(t testing.TB, h *Holdout, rng *rand.Rand, amounts bool) {
	treated := rng.Float64() < 0.9
	rate := 0.20
	if treated {
		rate = 0.23
	}
	value := coin(rng, rate)
	if amounts {
		value *= 20 * math.Exp(rng.NormFloat64())
	}
	if err := h.Add(treated, value); err != nil {
		t.Fatal(err)
	}
}

func newHoldout(t testing.TB, share float64) *Holdout {
	t.Helper()
	h, err := NewHoldout(share)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAHoldoutFindsWhatTreatmentAdds(t *testing.T) {
	h := newHoldout(t, 0.9)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200_000 {
		bought(t, h, rng, false)
	}
	d, a := h.Difference(0.95), h.Anytime(0.95)
	for name, i := range map[string]Interval{"one look": d.Interval, "anytime": a.Interval, "exact": h.Exact(0.95)} {
		if !i.Contains(0.03) || i.Contains(0) {
			t.Errorf("%s: %+v", name, i)
		}
	}
	if math.Abs(d.Value-a.Value) > d.SE/4 {
		t.Errorf("difference %v, anytime %v", d, a)
	}
	if treated, holdout := h.People(); treated+holdout != 200_000 || h.Mismatch() < 0.05 {
		t.Errorf("%d and %d people, mismatch %v", treated, holdout, h.Mismatch())
	}
}

func TestADifferenceForOneLookCoversAtItsRate(t *testing.T) {
	misses := 0
	for seed := range 500 {
		h := newHoldout(t, 0.9)
		rng := rand.New(rand.NewPCG(uint64(seed), 2))
		for range 2000 {
			bought(t, h, rng, false)
		}
		if !h.Difference(0.9).Contains(0.03) {
			misses++
		}
	}
	if misses < 30 || misses > 70 { // 50 expected, 6.7 the spread
		t.Errorf("%d of 500 intervals of 90 %% missed", misses)
	}
}

func TestAHoldoutMayBeLookedAtEveryDay(t *testing.T) {
	for name, c := range map[string]struct {
		amounts bool
		first   int
		holds   func(*Holdout) bool
	}{
		"having bought":        {false, 100, func(h *Holdout) bool { return h.Anytime(0.9).Contains(0.03) }},
		"having bought, exact": {false, 1, func(h *Holdout) bool { return h.high.holds(0.23, 0.95) && h.low.holds(0.20, 0.95) }},
		"amounts":              {true, 400, func(h *Holdout) bool { return h.Anytime(0.9).Contains(0.03 * 20 * math.Exp(0.5)) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := missed(200, 2000, c.first, func(rng *rand.Rand) (func(), func() bool) {
				h := newHoldout(t, 0.9)
				return func() { bought(t, h, rng, c.amounts) }, func() bool { return c.holds(h) }
			})
			t.Logf("%.3f of the runs left the 90 %% sequence", got)
			if got > 0.1 {
				t.Errorf("%.3f of the runs left the 90 %% sequence", got)
			}
		})
	}
}

func TestBothIntervalsOfAHoldoutNarrow(t *testing.T) {
	h := newHoldout(t, 0.9)
	rng := rand.New(rand.NewPCG(4, 4))
	width := math.Inf(1)
	for range 4 {
		for range 20_000 {
			bought(t, h, rng, true)
		}
		i := h.Anytime(0.95)
		if i.High-i.Low >= width {
			t.Errorf("%+v is not narrower than %v", i, width)
		}
		width = i.High - i.Low
	}
	if e := h.Exact(0.95); !math.IsInf(e.High-e.Low, 1) {
		t.Errorf("amounts have an exact interval: %+v", e)
	}
}

func TestAHoldoutOfNobodyHasNoInterval(t *testing.T) {
	h := newHoldout(t, 0.5)
	if err := h.Add(true, 1); err != nil {
		t.Fatal(err)
	}
	if d := h.Difference(0.95); !math.IsNaN(d.Value) || !math.IsNaN(d.Low) {
		t.Errorf("%+v", d)
	}
	if err := h.Add(true, math.NaN()); err == nil {
		t.Error("no number was a value")
	}
	if treated, _ := h.People(); treated != 1 {
		t.Errorf("%d treated", treated)
	}
	for _, share := range []float64{0, 1, -1, math.NaN()} {
		if _, err := NewHoldout(share); err == nil {
			t.Errorf("a share of %v was taken", share)
		}
	}
}

func TestARightSplitIsSeldomCalledWrongHoweverOftenOneLooks(t *testing.T) {
	alarms := 0
	for seed := range 1000 {
		s, err := NewSampleRatio(0.8, 0.15, 0.05)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(uint64(seed), 5))
		for range 3000 {
			switch x := rng.Float64(); {
			case x < 0.8:
				s.Add(0)
			case x < 0.95:
				s.Add(1)
			default:
				s.Add(2)
			}
		}
		if s.P() < 0.1 { // it never rises: this is whether it ever was
			alarms++
		}
	}
	if alarms > 100 || alarms == 0 {
		t.Errorf("%d of 1000 right splits had a p below 0.1", alarms)
	}
}

func TestAWrongSplitIsFound(t *testing.T) {
	h := newHoldout(t, 0.9)
	rng := rand.New(rand.NewPCG(6, 6))
	for range 40_000 { // one held-out person in ten is lost
		if treated := rng.Float64() < 0.9; treated || rng.Float64() < 0.9 {
			if err := h.Add(treated, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if p := h.Mismatch(); p > 0.001 {
		t.Errorf("p = %v", p)
	}
	if _, err := NewSampleRatio(0.5, 0.6); err == nil {
		t.Error("shares of 1.1 were taken")
	}
}
