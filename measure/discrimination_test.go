package measure

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

var anyJudged = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Judged {
	return Judged{float64(rapid.IntRange(1, 9).Draw(t, "tenths")) / 10, rapid.Bool().Draw(t, "came")}
}), 1, 40)

func TestAUCIsTheShareOfPairsInTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := anyJudged.Draw(t, "people")
		right, pairs := 0.0, 0.0
		for _, a := range people {
			for _, b := range people {
				if !a.Came || b.Came {
					continue
				}
				pairs++
				if a.Score > b.Score {
					right++
				} else if a.Score == b.Score {
					right += 0.5
				}
			}
		}
		got := Discriminate(people).AUC()
		if pairs == 0 && !math.IsNaN(got) || pairs > 0 && !(math.Abs(got-right/pairs) < 1e-12) {
			t.Errorf("%g, want %g of %g", got, right, pairs)
		}
	})
}

func TestLogLossAndReliabilityAreAsDefined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := anyJudged.Draw(t, "people")
		d, loss, came := Discriminate(people), 0.0, 0.0
		for _, p := range people {
			if p.Came {
				loss -= math.Log(p.Score)
				came++
			} else {
				loss -= math.Log(1 - p.Score)
			}
		}
		if n := float64(len(people)); math.Abs(d.LogLoss()-loss/n) > 1e-12 {
			t.Errorf("log loss %g, want %g", d.LogLoss(), loss/n)
		}
		seen, sum, before := 0, 0.0, 1.0
		for _, c := range d.Reliability(4, 0.95) {
			seen, sum = seen+c.People, sum+c.Observed*float64(c.People)
			if c.Predicted > before+1e-12 || c.Low > c.Observed+1e-12 || c.High < c.Observed-1e-12 {
				t.Errorf("%+v after %g", c, before)
			}
			before = c.Predicted
		}
		if seen != len(people) || math.Abs(sum-came) > 1e-9 {
			t.Errorf("%d of %d people, %g of %g", seen, len(people), sum, came)
		}
	})
}

// Agresti, Coull 1998 give 0 of 20 as (0, 0.161); 10 of 20 follows from the formula.
func TestWilsonsIntervalsAreThoseOfTheBooks(t *testing.T) {
	if i := wilson(0, 20, 0.95); i.Low != 0 || math.Abs(i.High-0.1611) > 1e-4 {
		t.Errorf("%+v", i)
	}
	if i := wilson(0.5, 20, 0.95); math.Abs(i.Low-0.2993) > 1e-4 || math.Abs(i.High-0.7007) > 1e-4 {
		t.Errorf("%+v", i)
	}
}
