package console

import (
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// side is people of whom some brought a value of 1024, with the sums that go with them.
func side(people, valued int64) measure.Spread {
	const value = 1024
	s := measure.Spread{People: people}
	of := s.Of(measure.SizeOf(value))
	high, low := measure.SquareOf(value)
	of.People, of.Sum, of.High, of.Low = valued, valued*value, valued*high, valued*low
	return s
}

func TestADifferenceIsNeverShownWithoutItsInterval(t *testing.T) {
	brand := &aparte.Brand{Currency: "GBP"}
	compare := func(treated, held measure.Spread) comparedView {
		return comparison(&engine.Compared{Comparison: measure.Comparison{
			Share: .5, Treated: treated, Held: held, EnteredTreated: treated.People, EnteredHeld: held.People,
		}}, brand)
	}
	for _, c := range []struct {
		name          string
		treated, held measure.Spread
		verdict       string
	}{
		{"few people", side(99, 50), side(99, 10), "results.notyet"},
		{"few of them with a value", side(1000, 50), side(1000, 9), "results.notyet"},
		{"much more", side(1000, 500), side(1000, 100), "results.more"},
		{"much less", side(1000, 100), side(1000, 500), "results.less"},
		{"the same", side(1000, 300), side(1000, 300), "results.open"},
	} {
		v := compare(c.treated, c.held)
		if v.Verdict != c.verdict {
			t.Errorf("%s: %s, want %s", c.name, v.Verdict, c.verdict)
		}
		if v.Shown != (c.verdict != "results.notyet") || v.Shown && !(v.Difference.Low < v.Difference.Value && v.Difference.Value < v.Difference.High) {
			t.Errorf("%s: shown %v, %+v", c.name, v.Shown, v.Difference)
		}
		if v.SplitWrong {
			t.Errorf("%s: an even split is said to be wrong", c.name)
		}
	}
	if !compare(side(1000, 300), side(500, 150)).SplitWrong {
		t.Error("two thirds where a half was stated, and nothing is said of it")
	}
}
