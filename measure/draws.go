package measure

import (
	"math"
	"math/bits"
)

// Draws weighs whether something happened as often as the probabilities say that were stated for it, draw by draw. The
// evidence against them is what bets would have won that the true odds are so many times the stated ones: with
// stated probability p and odds θ times as large, a bet multiplies by θ/(1 + (θ−1)·p) where it happened and by
// 1/(1 + (θ−1)·p) where not, which is a fair game if p is right, whatever came before (Shafer 2021, "Testing by betting"). So the wealth
// is ever as large as 1/α with probability α at most (Ville 1939). The zero value is ready.
type Draws struct {
	rows     int
	happened int
	expected float64
	wealth   [odds]float64 // logarithms, one an odds ratio
}

// odds is how many ratios of odds are bet on: e^±1, e^±½, e^±¼, … Between two of them little is lost.
const odds = 12

var ratios = func() (all [odds]struct{ odds, log float64 }) {
	at := 1.0
	for i := 0; i < odds; i += 2 {
		all[i].odds, all[i].log = math.Exp(at), at
		all[i+1].odds, all[i+1].log = math.Exp(-at), -at
		at /= 2
	}
	return all
}()

// Add takes a draw in.
func (d *Draws) Add(p float64, happened bool) {
	d.rows++
	d.expected += p
	if happened {
		d.happened++
	}
	for i, ratio := range ratios {
		d.wealth[i] -= math.Log1p((ratio.odds - 1) * p)
		if happened {
			d.wealth[i] += ratio.log
		}
	}
}

// Rows is how many draws were taken in; Happened how often it happened, and Expected how often it should have.
func (d *Draws) Rows() int { return d.rows }

// Happened is as Rows.
func (d *Draws) Happened() int { return d.happened }

// Expected is as Rows.
func (d *Draws) Expected() float64 { return d.expected }

// evidence is the logarithm of the wealth of all bets together.
func (d *Draws) evidence() float64 { return meanOfLogs(d.wealth[:]) }

// P is the p-value of the stated probabilities, for any time of looking.
func (d *Draws) P() float64 { return min(1, math.Exp(-d.evidence())) }

// meanOfLogs is the logarithm of the mean of numbers from their logarithms.
func meanOfLogs(logs []float64) float64 {
	most := math.Inf(-1)
	for _, l := range logs {
		most = max(most, l)
	}
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(l - most)
	}
	return most + math.Log(sum/float64(len(logs)))
}

// Truth weighs whether the propensities that a log states are those by which its choices were drawn. The zero value is ready.
type Truth struct {
	sizes   [sizes]Draws // that something of a propensity of 2^−(i+1) to 2^−i was chosen
	rows    int
	settled int     // of these, with one thing only that could be done
	weights float64 // of the policy that would do each thing that could be done equally often
	squares float64
	spread  float64 // of the sum of weights, as the propensities have it: a variance
	largest float64
}

// sizes is how many sizes of propensity are told apart; the last holds all that are smaller.
const sizes = 16

// Add takes a decision in: the propensities of all that could be done, those that could not being 0, and which of it was. What
// was chosen must have a propensity, and all together add up to 1, but for rounding.
func (t *Truth) Add(propensities []float64, chosen int) error {
	could, sum, inverse := 0, 0.0, 0.0
	for _, p := range propensities {
		if !(p >= 0 && p <= 1+MaxDrift) {
			return &BadImpression{"propensity", "one is not between 0 and 1"}
		}
		if p > 0 {
			could++
			sum += p
			inverse += 1 / p
		}
	}
	if chosen < 0 || chosen >= len(propensities) || !(propensities[chosen] >= MinPropensity) || !(math.Abs(sum-1) <= MaxDrift) {
		return &BadImpression{"propensity", "they do not add up to 1, or what was chosen has none"}
	}
	t.rows++
	if could == 1 {
		t.settled++
	}
	n := float64(could)
	w := 1 / (n * propensities[chosen])
	t.weights += w
	t.squares += w * w
	t.spread += inverse/(n*n) - 1
	t.largest = max(t.largest, w)
	var by [sizes]float64
	for _, p := range propensities {
		if p > 0 {
			by[sizeOf(p)] += p
		}
	}
	for i, p := range by {
		if p > 0 && p < 1-sameWeight {
			t.sizes[i].Add(p, sizeOf(propensities[chosen]) == i)
		}
	}
	return nil
}

func sizeOf(p float64) int {
	return min(bits.Len64(uint64(min(1/p, 1<<sizes)))-1, sizes-1)
}

// Rows is how many decisions were taken in, and Settled how many of them had one thing only that could be done.
func (t *Truth) Rows() int { return t.rows }

// Settled is as Rows.
func (t *Truth) Settled() int { return t.settled }

// Of are the draws among propensities of 2^−(i+1) to 2^−i, for i from 0 to Sizes()-1.
func (t *Truth) Of(i int) *Draws { return &t.sizes[i] }

// Sizes is how many sizes of propensity are told apart.
func (t *Truth) Sizes() int { return sizes }

// P is the p-value of the propensities, for any time of looking. The mean of bets is a bet, however they hang together (Vovk
// and Wang 2021, "E-values: calibration, combination and applications", section 3).
func (t *Truth) P() float64 {
	var logs [sizes]float64
	for i := range t.sizes {
		logs[i] = t.sizes[i].evidence()
	}
	return min(1, math.Exp(-meanOfLogs(logs[:])))
}

// Diagnose looks at the weights of the policy that would do each thing that could be done equally often: how far the log can
// tell of policies other than the live one. Their sum is as large as there are rows, but for chance, if the propensities
// are right. Its spread is known from these, and need not be guessed from the weights that happened to be seen.
func (t *Truth) Diagnose() Diagnosis {
	n := float64(t.rows)
	return Diagnosis{
		Rows: t.rows, ESS: ratio(t.weights*t.weights, t.squares), MaxWeight: t.largest, MeanWeight: ratio(t.weights, n),
		Leverage: ratio(t.largest*t.largest, t.squares), P: tail(t.weights-n, math.Sqrt(max(0, t.spread))),
	}
}
