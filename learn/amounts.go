package learn

import "math"

// amounts knows how large rewards are. Rewards are money: most are zero, and of the rest a few are a
// hundred times the usual. One such must not undo what thousands taught.
type amounts struct {
	seen   uint64  // rewards that were not zero
	weight float64 // of those
	median float64 // of their sizes, followed as they come
}

const (
	// tail is how many times the median size of the rewards a residual may be. Of log-normal amounts as
	// spread as orders usually are (σ = 1), 0.3 % lie beyond it, and their mean is underestimated by 1 %.
	tail = 16
	// slowest is the smallest relative step of the median, so that it follows a drift.
	slowest = 1.0 / 128
)

// see takes a reward in. The median moves by a factor up or down as the reward's size lies above or below
// it, in steps that shrink as 1/√n: Robbins and Monro's (1951) search for a quantile, on the logarithm.
func (a *amounts) see(reward, h float64) {
	size := math.Abs(reward)
	if size == 0 {
		return
	}
	a.seen++
	a.weight += h
	step := 1 + max(1/math.Sqrt(float64(a.seen)), slowest)
	switch {
	case a.seen == 1:
		a.median = size
	case size > a.median:
		a.median = min(a.median*step, size)
	case size < a.median:
		a.median = max(a.median/step, size)
	}
}

// bound is a residual, no further from 0 than the tail's bound.
func (a *amounts) bound(residual float64) float64 {
	return min(max(residual, -tail*a.median), tail*a.median)
}

// size is the typical size of a reward, those that were zero included, given the weight of all examples:
// what the root mean square would be, were all that are not zero of the median's size.
func (a *amounts) size(total float64) float64 {
	return float64(a.median * math.Sqrt(a.weight/total))
}
