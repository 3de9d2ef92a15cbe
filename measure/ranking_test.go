package measure

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// anyTest is a small randomised test with many ties, both arms in it.
func anyTest() *rapid.Generator[[]Case] {
	one := rapid.Custom(func(t *rapid.T) Case {
		return Case{
			Score:   float64(rapid.IntRange(-2, 2).Draw(t, "score")),
			Treated: rapid.Bool().Draw(t, "treated"),
			Outcome: float64(rapid.IntRange(0, 1).Draw(t, "outcome")),
		}
	})
	return rapid.SliceOfN(one, 2, 12).Filter(func(cases []Case) bool {
		treated := 0
		for _, c := range cases {
			if c.Treated {
				treated++
			}
		}
		return treated > 0 && treated < len(cases)
	})
}

// arms are the sizes and sums of the treated and of the others among those who score at least as much.
func arms(cases []Case, least float64) (nt, yt, nc, yc float64) {
	for _, c := range cases {
		switch {
		case c.Score < least:
		case c.Treated:
			nt, yt = nt+1, yt+c.Outcome
		default:
			nc, yc = nc+1, yc+c.Outcome
		}
	}
	return nt, yt, nc, yc
}

func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// slowCurve goes through the distinct scores and counts anew for each.
func slowCurve(cases []Case, gain func(nt, yt, nc, yc float64) float64) Curve {
	curve := Curve{{}}
	for least := 2.0; least >= -2; least-- {
		nt, yt, nc, yc := arms(cases, least)
		if nt+nc > curve[len(curve)-1].Cases {
			curve = append(curve, Point{nt + nc, gain(nt, yt, nc, yc)})
		}
	}
	return curve
}

func TestCurvesEqualTheirDefinitionsScoreByScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := anyTest().Draw(t, "cases")
		r := ranked(t, cases)
		near := cmpopts.EquateApprox(0, 1e-12)
		want := slowCurve(cases, func(nt, yt, nc, yc float64) float64 { return yt - yc*over(nt, nc) })
		if diff := cmp.Diff(want, r.Qini(), near); diff != "" {
			t.Fatalf("Qini: %s", diff)
		}
		want = slowCurve(cases, func(nt, yt, nc, yc float64) float64 { return (over(yt, nt) - over(yc, nc)) * (nt + nc) })
		if diff := cmp.Diff(want, r.Uplift(), near); diff != "" {
			t.Fatalf("uplift: %s", diff)
		}
		area := 0.0
		for x := 0.5; x < float64(len(cases)); x++ { // midpoints: the curve is straight between whole cases
			area += height(want, x)
		}
		if math.Abs(want.Area()-area) > 1e-9 {
			t.Fatalf("area %g, want %g", want.Area(), area)
		}
	})
}

// height is the curve's at x.
func height(c Curve, x float64) float64 {
	for i := 1; i < len(c); i++ {
		if x <= c[i].Cases {
			share := (x - c[i-1].Cases) / (c[i].Cases - c[i-1].Cases)
			return c[i-1].Gain + share*(c[i].Gain-c[i-1].Gain)
		}
	}
	panic("beyond the curve")
}

func TestCurvesKnowNoOrderAmongEquals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := anyTest().Draw(t, "cases")
		shuffled := rapid.Permutation(cases).Draw(t, "shuffled")
		a, b := ranked(t, cases), ranked(t, shuffled)
		if diff := cmp.Diff(a.Qini(), b.Qini()); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(a.Uplift(), b.Uplift()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestHindsightScoresOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := anyTest().Draw(t, "cases")
		for i, c := range cases {
			cases[i].Score = hindsight(c)
		}
		if best, ok := ranked(t, cases).QiniScore(); ok && math.Abs(best-1) > 1e-12 {
			t.Fatalf("hindsight scores %g", best)
		}
	})
}

func TestUpliftAtAShareIsThatOfItsPeople(t *testing.T) {
	cases := []Case{{3, true, 1}, {3, false, 1}, {2, true, 1}, {2, false, 0}, {1, true, 0}, {1, false, 0}, {1, true, 1}, {1, false, 1}, {0, true, 0}, {0, false, 0}}
	r := ranked(t, cases)
	for _, want := range []struct{ share, uplift float64 }{{0.2, 0}, {0.4, 0.5}, {1, 0.2}} {
		if got, ok := r.UpliftAt(want.share); !ok || math.Abs(got-want.uplift) > 1e-12 {
			t.Errorf("at %g: %g, want %g", want.share, got, want.uplift)
		}
	}
	// Of equals the later come first: the case with score 1 that was last is the fifth.
	if got, ok := r.UpliftAt(0.5); !ok || math.Abs(got-(1-2.0/3)) > 1e-12 {
		t.Errorf("at 0.5: %g", got)
	}
	if _, ok := r.UpliftAt(0.1); ok {
		t.Error("one case has an uplift")
	}
}

func TestARankingByChanceScoresNothingOnAverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var m, amounts Mean
	for range 300 {
		cases := make([]Case, 400)
		for i := range cases {
			cases[i] = Case{rng.Float64(), rng.IntN(2) == 0, float64(rng.IntN(2))}
			if cases[i].Treated && rng.IntN(4) == 0 {
				cases[i].Outcome = 1
			}
		}
		score, _ := ranked(t, cases).QiniScore()
		m.Add(score)
		for i := range cases {
			cases[i].Outcome *= 250 * rng.ExpFloat64()
		}
		if _, ok := ranked(t, cases).QiniScore(); ok {
			t.Fatal("amounts have a normalised score")
		}
		amounts.Add(ranked(t, cases).QiniPerCase())
	}
	for _, m := range []Mean{m, amounts} {
		if math.Abs(m.Value()) > 4*m.SE() {
			t.Errorf("mean %g, standard error %g", m.Value(), m.SE())
		}
	}
}

func TestAPolicyTriedByADrawIsWorthWhatItWouldHaveBrought(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Over every way the draws can fall, the value by inverse propensity is the true one on average.
		n := rapid.IntRange(1, 6).Draw(t, "people")
		outcomes := rapid.SliceOfN(rapid.Float64Range(-5, 5), 2*n, 2*n).Draw(t, "outcomes")
		chances := rapid.SliceOfN(rapid.Float64Range(0.05, 0.95), n, n).Draw(t, "chances")
		policy := rapid.SliceOfN(rapid.IntRange(0, 1), n, n).Draw(t, "policy")
		truth, average := 0.0, 0.0
		for i, a := range policy {
			truth += outcomes[2*i+a] / float64(n)
		}
		for draws := range 1 << n {
			trials, chance := make([]Trial, n), 1.0
			for i := range trials {
				drawn, p := draws>>i&1, chances[i]
				if drawn == 0 {
					p = 1 - p
				}
				trials[i] = Trial{drawn == policy[i], p, outcomes[2*i+drawn]}
				chance *= p
			}
			average += chance * PolicyValue(trials, 0.95).Value
		}
		if math.Abs(average-truth) > 1e-9 {
			t.Fatalf("average %g, truth %g", average, truth)
		}
	})
}

func TestATestThatComparesNothingIsRefused(t *testing.T) {
	for _, cases := range [][]Case{nil, {{1, true, 1}}, {{1, false, 0}, {2, false, 1}}} {
		if _, err := Rank(cases); !errors.Is(err, ErrOneArm) {
			t.Errorf("%v: %v", cases, err)
		}
	}
	for _, bad := range []Case{{math.NaN(), true, 0}, {0, true, math.Inf(1)}} {
		if _, err := Rank([]Case{{0, false, 0}, bad}); err == nil {
			t.Errorf("%v was ranked", bad)
		}
	}
}

func ranked(t interface {
	Helper()
	Fatal(...any)
}, cases []Case) *Ranking {
	t.Helper()
	r, err := Rank(cases)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
