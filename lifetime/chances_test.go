package lifetime

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func drawHistory(t *rapid.T) History {
	h := History{Repeats: float64(rapid.IntRange(0, 40).Draw(t, "repeats")), Age: rapid.Float64Range(0, 200).Draw(t, "age")}
	if h.Repeats > 0 {
		h.Last = h.Age * rapid.Float64Range(0, 1).Draw(t, "last")
	}
	return h
}

// All probabilities together are one, and their mean is what is expected.
func TestTheChancesOfEachNumberAreThoseOfWhatIsExpected(t *testing.T) {
	parameter := rapid.Float64Range(0.1, 8)
	rapid.Check(t, func(t *rapid.T) {
		h, within := drawHistory(t), rapid.Float64Range(0.1, 100).Draw(t, "within")
		a, b, c, d := parameter.Draw(t, "r"), rapid.Float64Range(5, 40).Draw(t, "alpha"), parameter.Draw(t, "s"), 5*parameter.Draw(t, "beta")
		for _, m := range []interface {
			Buying
			Counter
		}{BGNBD{a, b, c, d}, ParetoNBD{a, b, c, d}} {
			sum, mean, n := 0.0, 0.0, 0.0
			for p := range m.Counts(h, within) {
				if p < -1e-9 || math.IsNaN(p) {
					t.Fatalf("%+v %+v: %v has a probability of %v", m, h, n, p)
				}
				sum, mean = sum+p, mean+n*p
				if n++; n > 6000 || sum > 1-1e-12 {
					break
				}
			}
			if want := m.Alive(h) * m.Staying(h, within); math.Abs(sum-1) > 1e-3 || math.Abs(mean-want) > 0.002*want+1e-5 {
				t.Fatalf("%+v %+v within %v: probabilities add up to %v, mean %v, want %v", m, h, within, sum, mean, want)
			}
		}
	})
}

func TestWhatComesLiesInTheRangeAsOftenAsItSays(t *testing.T) {
	m := ParetoNBD{0.8, 12, 0.7, 20}
	lots := rand.New(rand.NewPCG(9, 9))
	const level, within = 0.8, 26.0
	inside, below, above, people := 0, 0, 0, 20_000
	for range people {
		rate, leaving := gammaDraw(lots, m.R)/m.Alpha, gammaDraw(lots, m.S)/m.Beta
		life, h, came := lots.ExpFloat64()/leaving, History{Age: 60 * lots.Float64()}, 0
		for at := lots.ExpFloat64() / rate; at < min(life, h.Age+within); at += lots.ExpFloat64() / rate {
			if at <= h.Age {
				h.Repeats, h.Last = h.Repeats+1, at
			} else {
				came++
			}
		}
		switch low, high := Range(m, h, within, level); {
		case came < low:
			below++
		case came > high:
			above++
		default:
			inside++
		}
	}
	if share := float64(inside) / float64(people); share < level {
		t.Errorf("%.3f lie within, %v were said to", share, level)
	}
	for _, n := range []int{below, above} { // numbers are whole: each side may hold less, never more
		if share := float64(n) / float64(people); share > (1-level)/2+0.005 {
			t.Errorf("%d below, %d above, of %d", below, above, people)
		}
	}
}

func TestAContractIsRenewedSoOftenAtMost(t *testing.T) {
	m := ShiftedBetaGeometric{0.668, 3.806}
	if low, high := Range(m.Paying(Contract{Renewals: 3}, 30), History{}, 365, 0.8); low > 6 || high != 12 {
		t.Errorf("%d to %d renewals in twelve periods", low, high)
	}
	if low, high := Range(m.Paying(Contract{Ended: true}, 30), History{}, 365, 0.8); low != 0 || high != 0 {
		t.Errorf("%d to %d renewals of a contract that has ended", low, high)
	}
	sum, n := 0.0, 0
	for p := range m.Paying(Contract{}, 1).Counts(History{}, 20) {
		sum += float64(n) * p
		if n++; n > 25 {
			break
		}
	}
	if want := m.Expected(Contract{}, 20); !close(sum, want, 1e-9) {
		t.Errorf("mean %v, want %v", sum, want)
	}
}
