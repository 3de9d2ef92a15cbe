package measure_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/measure"
)

// drawn is a log of choices among a few things, stated to be drawn by their propensities and drawn by what twist makes of them.
func drawn(rng *rand.Rand, rows int, twist func(p []float64) []float64) *measure.Truth {
	t := new(measure.Truth)
	for range rows {
		p := make([]float64, 2+rng.IntN(6))
		sum := 0.0
		for i := range p {
			p[i] = math.Exp(3 * rng.NormFloat64())
			sum += p[i]
		}
		for i := range p {
			p[i] /= sum
		}
		chosen, u := 0, rng.Float64()
		for q := twist(p); chosen < len(p)-1 && u >= q[chosen]; chosen++ {
			u -= q[chosen]
		}
		if err := t.Add(p, chosen); err != nil {
			panic(err)
		}
	}
	return t
}

func TestPropensitiesThatAreTrueAreSeldomDoubtedHoweverOftenOneLooks(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	doubted := 0
	for range 200 {
		log := drawn(rng, 500, func(p []float64) []float64 { return p })
		if log.P() < 0.05 {
			doubted++
		}
		if d := log.Diagnose(); d.P < 0.001 && d.Leverage < 0.05 {
			t.Errorf("weights add up to %.0f in %d rows, p = %v", d.MeanWeight*float64(d.Rows), d.Rows, d.P)
		}
	}
	if doubted > 10 { // Ville: 5 % of logs at most would ever be
		t.Errorf("%d of 200 logs are doubted at 0.05", doubted)
	}
}

func TestPropensitiesThatAreNotThoseOfTheDrawAreFoundOut(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	sharper := func(p []float64) []float64 { // what is likely is drawn more often than stated
		q, sum := make([]float64, len(p)), 0.0
		for i := range p {
			q[i] = math.Pow(p[i], 1.3)
			sum += q[i]
		}
		for i := range q {
			q[i] /= sum
		}
		return q
	}
	if log := drawn(rng, 5000, sharper); log.P() > 1e-6 {
		t.Errorf("p = %v", log.P())
	}
}

// The wealth of the bets is a product, draw by draw.
func TestTheEvidenceOfDrawsIsThatOfTheirBets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(rt, "draws")
		var d measure.Draws
		wealth, expected, happened := map[float64]float64{}, 0.0, 0
		for k := range 6 {
			for _, sign := range []float64{1, -1} {
				wealth[math.Exp(sign*math.Pow(0.5, float64(k)))] = 1
			}
		}
		for range n {
			p, is := rapid.Float64Range(0.001, 0.999).Draw(rt, "p"), rapid.Bool().Draw(rt, "happened")
			d.Add(p, is)
			expected += p
			for odds := range wealth {
				if is {
					wealth[odds] *= odds
				}
				wealth[odds] /= 1 - p + odds*p
			}
			if is {
				happened++
			}
		}
		mean := 0.0
		for _, w := range wealth {
			mean += w / float64(len(wealth))
		}
		if p := min(1, 1/mean); math.Abs(d.P()-p) > 1e-9*max(1, p) || d.Rows() != n || d.Happened() != happened || math.Abs(d.Expected()-expected) > 1e-9 {
			rt.Errorf("p = %v, want %v; %d of %d happened, %v were expected", d.P(), p, d.Happened(), d.Rows(), d.Expected())
		}
	})
}

func TestPropensitiesThatDoNotAddUpAreRefused(t *testing.T) {
	var log measure.Truth
	for _, bad := range [][]float64{{0.5, 0.6}, {0.5}, {math.NaN(), 1}, {-0.1, 1.1}, {0, 1}, {}} {
		if err := log.Add(bad, 0); err == nil {
			t.Errorf("%v is taken in", bad)
		}
	}
	if log.Rows() != 0 {
		t.Errorf("%d rows", log.Rows())
	}
}

// A thing that adds 1 to what people buy anyway is said by chance; what it earned each time is found, whatever else people buy.
func TestWhatAThingEarnedEachTimeIsFoundWithItsInterval(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	const logs = 300
	held, said := 0, 0
	for range logs {
		c := new(measure.Change)
		for range 300 {
			habit := 4 * rng.Float64()
			for range 1 + rng.IntN(5) {
				p := 0.1 + 0.6*rng.Float64()
				x := measure.Alternative{Choice: measure.Choice{Propensity: 1 - p, Chance: 1, Reward: habit}}
				if rng.Float64() < p {
					x.Propensity, x.Chance, x.Reward = p, 0, habit+2*float64(rng.IntN(2))
					said++
				}
				if err := c.Add(x); err != nil {
					t.Fatal(err)
				}
			}
			c.Next()
		}
		if c.Earned(0.95).Contains(1) {
			held++
		}
		said -= c.Dropped()
	}
	if share := float64(held) / logs; share < 0.92 || share > 0.98 {
		t.Errorf("%.3f of the intervals hold, at 0.95", share)
	}
	if said != 0 {
		t.Errorf("it was said %d times more than was counted", said)
	}
}

// Earned is what it says: the sum of what the log earned less the doubly robust value of doing without, over the times it was done.
func TestWhatAThingEarnedAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type row struct {
			measure.Alternative
			person int
		}
		rows := []row{}
		c := new(measure.Change)
		for person := range rapid.IntRange(2, 6).Draw(rt, "people") {
			for range rapid.IntRange(1, 4).Draw(rt, "decisions") {
				p, done := rapid.Float64Range(0.05, 0.95).Draw(rt, "p"), rapid.Bool().Draw(rt, "done")
				x := measure.Alternative{Choice: measure.Choice{Propensity: 1 - p, Chance: 1}, Live: rapid.Float64Range(-5, 5).Draw(rt, "live")}
				if done || len(rows) == 0 {
					x.Propensity, x.Chance = p, 0
				}
				x.Reward, x.Expected = rapid.Float64Range(-9, 9).Draw(rt, "reward"), rapid.Float64Range(-5, 5).Draw(rt, "expected")
				x.Direct = rapid.Float64Range(-5, 5).Draw(rt, "direct")
				rows = append(rows, row{x, person})
				if err := c.Add(x); err != nil {
					rt.Fatal(err)
				}
			}
			c.Next()
		}
		base, done := 0.0, 0.0
		for _, x := range rows {
			base += (x.Reward - x.Expected) / float64(len(rows))
			if x.Chance == 0 {
				done++
			}
		}
		earned, by := 0.0, map[int]float64{}
		for _, x := range rows {
			v := x.Live - x.Direct + (1-x.Chance/x.Propensity)*(x.Reward-x.Expected-base)
			earned += v / done
			by[x.person] += v
		}
		for _, x := range rows {
			if x.Chance == 0 {
				by[x.person] -= earned
			}
		}
		square, n := 0.0, float64(len(by))
		for _, v := range by {
			square += v * v
		}
		got, se := c.Earned(0.95), math.Sqrt(square*n/(n-1))/done
		if math.Abs(got.Value-earned) > 1e-6 || math.Abs(got.SE-se) > 1e-6 {
			rt.Errorf("%v ± %v, want %v ± %v", got.Value, got.SE, earned, se)
		}
	})
}
