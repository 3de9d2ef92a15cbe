package lifetime

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
)

var kettle = aparte.Recurrence{Mean: 3.4, Strength: 2, Shape: 3, Rate: 0.3, Leaving: 0.4, Staying: 3}

// boughtAgain draws people of a recurrence, watched for so long.
func boughtAgain(r aparte.Recurrence, people int, watched float64, rng *rand.Rand) []Recurring {
	all := make([]Recurring, people)
	for i := range all {
		precision := gammaDraw(rng, r.Shape) / r.Rate
		mean := r.Mean + rng.NormFloat64()/math.Sqrt(r.Strength*precision)
		stays := 1 - betaDraw(rng, r.Leaving, r.Staying)
		at, x := rng.Float64()*watched, &all[i]
		for rng.Float64() < stays {
			log := mean + rng.NormFloat64()/math.Sqrt(precision)
			if at+math.Exp(log) > watched {
				break
			}
			at += math.Exp(log)
			x.Intervals, x.Logs, x.Squares = x.Intervals+1, x.Logs+log, x.Squares+log*log
		}
		x.Silence = watched - at
	}
	return all
}

func TestTheRecurrenceLikelihoodsGradientIsItsSlope(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	at := []float64{3.1, 0.4, -1.2, -0.7, 0.9}
	for _, r := range append(boughtAgain(kettle, 60, 400, rng), Recurring{}, Recurring{Silence: 1e-3}, Recurring{Intervals: 0.3, Logs: 1, Squares: 4, Silence: 900}) {
		gradient := make([]float64, len(at))
		recurrenceAt(at, 3).of(r, gradient)
		for i := range at {
			const h = 1e-5
			up, down := append([]float64(nil), at...), append([]float64(nil), at...)
			up[i], down[i] = up[i]+h, down[i]-h
			slope := (recurrenceAt(up, 3).of(r, nil) - recurrenceAt(down, 3).of(r, nil)) / (2 * h)
			if math.Abs(slope-gradient[i]) > 1e-5*(1+math.Abs(slope)) {
				t.Fatalf("%+v by %d: gradient %g, slope %g", r, i, gradient[i], slope)
			}
		}
	}
}

func TestARecurrenceIsFoundAgain(t *testing.T) {
	all := boughtAgain(kettle, 4000, 700, rand.New(rand.NewPCG(2, 2)))
	about := aparte.Recurrence{Mean: 5, Strength: 0.7, Shape: 3, Rate: 1.5, Leaving: 0.2, Staying: 1.4}
	r, f, err := FitRecurrence(all, about, 1)
	if err != nil || !f.Converged || f.Boundary {
		t.Fatalf("%+v, %v", f, err)
	}
	t.Logf("%+v", r)
	if math.Abs(r.Mean-kettle.Mean) > 0.05 || math.Abs(math.Log(r.Strength/kettle.Strength)) > 0.25 || math.Abs(math.Log(r.Rate/kettle.Rate)) > 0.15 ||
		math.Abs(r.Returns()-kettle.Returns()) > 0.03 {
		t.Errorf("found %+v of %+v", r, kettle)
	}
}

func TestOfNobodyARecurrenceIsWhatWasThought(t *testing.T) {
	r, f, err := FitRecurrence(nil, kettle, 1)
	if err != nil || !f.Converged || math.Abs(r.Mean-kettle.Mean) > 1e-9 || math.Abs(r.Rate-kettle.Rate) > 1e-9 {
		t.Errorf("%+v, %+v, %v", r, f, err)
	}
	for _, bad := range []Recurring{{Intervals: -1}, {Silence: math.NaN()}, {Logs: math.Inf(1)}} {
		if _, _, err := FitRecurrence([]Recurring{bad}, kettle, 1); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
