package measure

import "math"

// Exact is a confidence sequence for the mean of rewards from 0 to 1 under importance weights (all 1: the
// plain mean). With the stated probability the running mean lies in all its intervals at once, after
// every row, for any number of rows: look as often as you like, stop when you like. It is exact: no
// sample size is needed for it to hold.
//
// Assumed: the weights are those of right propensities, and rewards are from 0 to 1. Not assumed: a bound
// on weights, independence of rows, that the mean stays the same (where it moves, the mean so far is
// covered), or that the log can show all that the policy would. Where a bound of the weights is known and the
// log shows everything, Bounded makes use of it.
//
// A bettor starts with 1 and stakes on the mean being above m, a fair game at best if it is m; a wealth of
// 1/α was then an event of probability α at most, whenever it is reached (Ville). The m that made the
// bettor that rich are excluded. Betting on w·r gives the lower end, on w·(1−r) the upper (Waudby-Smith, Wu,
// Ramdas, Karampatziakis, Mineiro 2022, "Anytime-valid off-policy inference for contextual bandits", sections 2
// and 3, from Waudby-Smith and Ramdas 2023, "Estimating means of bounded random variables by betting").
type Exact struct {
	above, below    wealth
	most            float64 // no weight is larger; 0: not known
	rewards, weight float64 // Σ w·r, Σ w
}

// Bounded is a sequence for weights known to be most at most, and 1 on average. That is known beforehand, from
// how the log was made, never from the weights that were seen. Its upper end is much lower where rewards
// are rare: it bets on most − c − w·(r − c), with c the value so far, which varies less than w·(1−r) (a
// control variate: the doubly robust sequence of the paper's section 2, with the simplest of models).
func Bounded(most float64) *Exact { return &Exact{most: max(1, most)} }

// Add takes a row in: its importance weight and its reward from 0 to 1.
func (e *Exact) Add(weight, reward float64) {
	e.above.bet(weight * reward)
	if e.most == 0 {
		e.below.bet(weight * (1 - reward))
		return
	}
	c := min(1, ratio(e.rewards, e.weight))
	e.below.bet(max(0, e.most-c-weight*(reward-c))) // below 0 by rounding only
	e.rewards += weight * reward
	e.weight += weight
}

// Interval is the interval after the rows so far.
func (e *Exact) Interval(level float64) Interval {
	each, top := math.Log(2/(1-level)), e.top()
	return Interval{Low: e.above.least(each, 0), High: top - e.below.least(each, top-1)}
}

// top is what the mean of the bets below is taken from to give the value.
func (e *Exact) top() float64 { return max(1, e.most) }

// stakes are how boldly a bettor may play: from timid, for many rows of wild weights, to bold, for few rows.
// The wealth is spread over them evenly, which costs at most log(stakes) of it (as in Orabona and Jun
// 2024, "Tight concentrations and confidence sequences from the regret of universal portfolio").
const (
	stakes   = 21
	boldest  = 64.0
	carryOut = 1e200
)

// wealth is what bettors hold who stake on the mean of numbers ≥ 0. The one with stake k multiplies his by
// (1+k·x)/(1+k·m) at each x: the expectation of that is 1 or less if the mean of x is m or less. Since the
// divisor is the same for all x, his wealth is known for every m from one sum. Where the mean moves, m is
// the mean of means: log being concave, dividing by it throughout leaves no more than dividing by each
// row's own.
type wealth struct {
	rows     float64
	logs     [stakes]float64 // Σ log(1+k·x), but for what is in products
	products [stakes]float64 // of 1+k·x, less 1, since the last carry
}

func (w *wealth) bet(x float64) {
	w.rows++
	if x == 0 {
		return
	}
	k := boldest
	for i := range w.products {
		p := (1 + w.products[i]) * (1 + k*x)
		if p > carryOut {
			w.logs[i] += math.Log(p)
			p = 1
		}
		w.products[i] = p - 1
		k /= 2
	}
}

// log is the logarithm of the wealth of all together, against the mean m.
func (w *wealth) log(m float64) float64 {
	var each [stakes]float64
	most, k := math.Inf(-1), boldest
	for i := range each {
		each[i] = w.logs[i] + math.Log1p(w.products[i]) - w.rows*math.Log1p(k*m)
		most = max(most, each[i])
		k /= 2
	}
	sum := 0.0
	for _, l := range each {
		sum += math.Exp(l - most)
	}
	return most + math.Log(sum/stakes)
}

// least is the smallest mean, from low to low+1, against which the wealth stays below e^enough.
func (w *wealth) least(enough, low float64) float64 {
	if w.log(low) < enough {
		return low
	}
	high := low + 1
	if w.log(high) >= enough {
		return high
	}
	for range 60 {
		if middle := (low + high) / 2; w.log(middle) >= enough {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
