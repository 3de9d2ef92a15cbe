package measure

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Of people of equal score any order is as likely, so that the oracle lets them in one after another in parts as small as can be told.
func TestReachedIsTheShareOfThemAboveTheSameShareOfOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := anyJudged.Draw(t, "people")
		share := float64(rapid.IntRange(0, 10).Draw(t, "share")) / 10
		var came, others []float64
		for _, p := range people {
			if p.Came {
				came = append(came, p.Score)
			} else {
				others = append(others, p.Score)
			}
		}
		if len(came) == 0 || len(others) == 0 {
			return
		}
		// With each of the others having room of its own share, somebody at a score is in as far as those before and beside them are.
		want := 0.0
		for _, score := range came {
			var above, beside float64
			for _, o := range others {
				if o > score {
					above++
				} else if o == score {
					beside++
				}
			}
			switch room := share * float64(len(others)); {
			case room <= above:
			case beside == 0 || room >= above+beside:
				want += 1 / float64(len(came))
			default:
				want += (room - above) / beside / float64(len(came))
			}
		}
		got, interval := Discriminate(people).Reached(share, 0.95)
		if math.Abs(got-want) > 1e-9 || interval.Low > got+1e-9 || interval.High < got-1e-9 {
			t.Errorf("%g (%v), want %g", got, interval, want)
		}
	})
}
