package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// weighed is a source of importance weights and rewards of a known value.
type weighed struct {
	truth float64
	draw  func(*rand.Rand) (weight, reward float64)
	most  float64 // a weight can be; 0: unknown
}

func coin(rng *rand.Rand, p float64) float64 {
	if rng.Float64() < p {
		return 1
	}
	return 0
}

var sources = map[string]weighed{
	"a coin":         {0.3, func(rng *rand.Rand) (float64, float64) { return 1, coin(rng, 0.3) }, 0},
	"a rare click":   {0.01, func(rng *rand.Rand) (float64, float64) { return 1, coin(rng, 0.01) }, 0},
	"always the one": {1, func(*rand.Rand) (float64, float64) { return 1, 1 }, 0},
	"evenly":         {0.5, func(rng *rand.Rand) (float64, float64) { return 1, rng.Float64() }, 0},
	// Shown in one row of fifty, always by the policy: weights of 50 and 0.
	"weights of fifty":                    {0.2, func(rng *rand.Rand) (float64, float64) { return 50 * coin(rng, 0.02), coin(rng, 0.2) }, 0},
	"weights of fifty at most":            {0.2, func(rng *rand.Rand) (float64, float64) { return 50 * coin(rng, 0.02), coin(rng, 0.2) }, 50},
	"rare clicks, weights of ten at most": {0.01, func(rng *rand.Rand) (float64, float64) { return 10 * coin(rng, 0.1), coin(rng, 0.01) }, 10},
	"plain, known to be":                  {0.3, func(rng *rand.Rand) (float64, float64) { return 1, coin(rng, 0.3) }, 1},
	// Pareto weights with mean 1 and infinite variance, where rewards go with weights.
	"weights without variance": {0.75, func(rng *rand.Rand) (float64, float64) {
		w := math.Pow(1-rng.Float64(), -1/1.5) / 3 // mean 1.5/0.5/3 = 1
		if w > 4.0/3 {                             // E[w; w > 4/3] = (1/4)^(1/3·1.5) = 1/2
			return w, 1
		}
		return w, 0.5
	}, 0},
}

// sequence is one that makes use of what is known of the weights.
func (s weighed) sequence() *Exact {
	if s.most > 0 {
		return Bounded(s.most)
	}
	return new(Exact)
}

// missed is the share of runs in which the truth was outside at any of the looks, one after every row from
// the first look on.
func missed(runs, rows, first int, run func(rng *rand.Rand) (add func(), holds func() bool)) float64 {
	misses := 0
	for seed := range runs {
		add, holds := run(rand.New(rand.NewPCG(uint64(seed), 7)))
		for row := 1; row <= rows; row++ {
			add()
			if row >= first && !holds() {
				misses++
				break
			}
		}
	}
	return float64(misses) / float64(runs)
}

// holds is whether the interval contains a mean, without looking for its ends.
func (e *Exact) holds(mean, level float64) bool {
	each := math.Log(2 / (1 - level))
	return e.above.log(mean) < each && e.below.log(e.top()-mean) < each
}

func TestAnIntervalEndsWhereTheBettorsGrowRich(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	for name, source := range sources {
		e := source.sequence()
		for range 500 {
			e.Add(source.draw(rng))
		}
		for i, at := 0, e.Interval(0.9); i <= 100; i++ {
			if mean := float64(i) / 100; at.Contains(mean) != e.holds(mean, 0.9) {
				t.Errorf("%s: %+v contains %v: %v", name, at, mean, at.Contains(mean))
			}
		}
	}
}

func TestTheExactSequenceCoversAtAllTimesAtOnce(t *testing.T) {
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := missed(200, 600, 1, func(rng *rand.Rand) (func(), func() bool) {
				e := source.sequence()
				return func() { e.Add(source.draw(rng)) }, func() bool { return e.holds(source.truth, 0.9) }
			})
			t.Logf("%.3f of the runs left the 90 %% sequence", got)
			if got > 0.1 { // what Ville's inequality allows, without any slack for chance
				t.Errorf("%.3f of the runs left the 90 %% sequence", got)
			}
		})
	}
}

func TestTheExactSequenceFollowsAMeanThatMoves(t *testing.T) {
	misses := 0
	for seed := range 200 {
		rng := rand.New(rand.NewPCG(uint64(seed), 8))
		e, sum := new(Exact), 0.0
		for row := 1; row <= 600; row++ {
			rate := 0.5 + 0.4*math.Sin(float64(row)/100)
			sum += rate
			w := 2 * coin(rng, 0.5)
			e.Add(w, coin(rng, rate))
			if !e.holds(sum/float64(row), 0.9) {
				misses++
				break
			}
		}
	}
	if misses > 20 {
		t.Errorf("%d of 200 runs left the 90 %% sequence", misses)
	}
}

func TestTheAsymptoticSequenceCoversAtAllTimesAtOnce(t *testing.T) {
	for name, draw := range map[string]func(*rand.Rand) float64{
		"a coin":         func(rng *rand.Rand) float64 { return coin(rng, 0.3) - 0.3 },
		"skewed amounts": func(rng *rand.Rand) float64 { return rng.ExpFloat64() - 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := missed(200, 2000, 50, func(rng *rand.Rand) (func(), func() bool) {
				m := new(Mean)
				return func() { m.Add(draw(rng)) }, func() bool { return m.Anytime(0.9).Contains(0) }
			})
			t.Logf("%.3f of the runs left the 90 %% sequence", got)
			if got > 0.1 {
				t.Errorf("%.3f of the runs left the 90 %% sequence", got)
			}
		})
	}
}

func TestAnIntervalForOneLookDoesNotHoldForMany(t *testing.T) {
	got := missed(200, 2000, 50, func(rng *rand.Rand) (func(), func() bool) {
		m := new(Mean)
		return func() { m.Add(coin(rng, 0.3)) }, func() bool { return m.Estimate(0.9).Contains(0.3) }
	})
	if got < 0.3 { // which is why there are sequences, and shows that the test above could fail
		t.Errorf("%.3f of the runs left the intervals", got)
	}
}

func TestSequencesNarrowAsRowsCome(t *testing.T) {
	for name, source := range sources {
		rng := rand.New(rand.NewPCG(9, 9))
		e, widths := source.sequence(), ""
		last := 1.0
		for row := 1; row <= 100_000; row++ {
			e.Add(source.draw(rng))
			switch row {
			case 100, 1000, 10_000, 100_000:
				i := e.Interval(0.95)
				if widths += fmt.Sprintf(" %.4f", i.High-i.Low); i.High-i.Low > last || i.Low > i.High {
					t.Errorf("%s: %+v after %d rows is wider than %.4f", name, i, row, last)
				}
				last = i.High - i.Low
			}
		}
		t.Logf("%s: widths after 100, 1000, ... rows:%s", name, widths)
		if last > 0.15 {
			t.Errorf("%s: %.4f wide after 100,000 rows", name, last)
		}
	}
}

func TestWealthKeptInSumsIsTheProductOfItsBets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 60).Draw(t, "numbers")
		m := rapid.Float64Range(0.001, 1).Draw(t, "mean")
		w := new(wealth)
		for _, x := range xs {
			w.bet(x)
		}
		each, most := make([]float64, stakes), math.Inf(-1)
		for i := range each {
			k := 64 / math.Pow(2, float64(i))
			for _, x := range xs {
				each[i] += math.Log((1 + k*x) / (1 + k*m))
			}
			most = max(most, each[i])
		}
		sum := 0.0
		for _, l := range each {
			sum += math.Exp(l-most) / 21
		}
		if want, got := most+math.Log(sum), w.log(m); math.Abs(want-got) > 1e-6*(1+math.Abs(want)) {
			t.Fatalf("log wealth %v, want %v", got, want)
		}
	})
}

func BenchmarkExactInterval(b *testing.B) {
	e := new(Exact)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		e.Add(1, coin(rng, 0.3))
	}
	for b.Loop() {
		e.Interval(0.95)
	}
}
