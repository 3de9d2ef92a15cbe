package measure

import "math"

// Interval is where a value lies, at some level of confidence.
type Interval struct{ Low, High float64 }

// Overlaps reports whether the two have a point in common.
func (i Interval) Overlaps(o Interval) bool { return i.Low <= o.High && o.Low <= i.High }

// Contains reports whether x lies within.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// Estimate is a value with its standard error and an interval. What cannot be estimated is NaN.
type Estimate struct {
	Value, SE float64
	Interval
}

// normal is an estimate with the interval of the central limit theorem, for one look at a number of rows
// that was fixed beforehand.
func normal(value, se, level float64) Estimate {
	z := quantile(level)
	return Estimate{value, se, Interval{value - z*se, value + z*se}}
}

// quantile is how many standard errors the normal distribution takes to hold a share of level around its middle.
func quantile(level float64) float64 { return math.Sqrt2 * math.Erfinv(level) }

// Share is a part of a whole with its score interval, for one look (Wilson 1927, "Probable inference, the law of succession, and
// statistical inference"), which holds for rare things, too. Of nothing it is NaN, and lies anywhere.
func Share(part, whole int64, level float64) Estimate {
	n, p, z := float64(whole), float64(part)/float64(whole), quantile(level)
	if whole <= 0 {
		return Estimate{math.NaN(), math.NaN(), Interval{0, 1}}
	}
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return Estimate{p, math.Sqrt(p * (1 - p) / n), Interval{max(middle-half, 0), min(middle+half, 1)}}
}

// MeanOf is a mean with its interval, for one look, from how many numbers there were, their sum and that of their squares. Of fewer
// than two there is no interval: it is NaN.
func MeanOf(n int64, sum, squares, level float64) Estimate {
	if n == 0 {
		return normal(math.NaN(), math.NaN(), level)
	}
	mean := sum / float64(n)
	variance := max(squares-sum*mean, 0) / float64(n-1)
	if n < 2 {
		variance = math.NaN()
	}
	return normal(mean, math.Sqrt(variance/float64(n)), level)
}

// Mean is the mean and spread of numbers, one at a time (Welford 1962).
type Mean struct {
	N     int
	mean  float64
	about float64 // sum of squares about the mean
}

// Add takes a number in.
func (m *Mean) Add(x float64) {
	m.N++
	d := x - m.mean
	m.mean += d / float64(m.N)
	m.about += d * (x - m.mean)
}

// Value is the mean; NaN of nothing.
func (m *Mean) Value() float64 {
	if m.N == 0 {
		return math.NaN()
	}
	return m.mean
}

// Variance is the unbiased one; NaN of fewer than two numbers.
func (m *Mean) Variance() float64 {
	if m.N < 2 {
		return math.NaN()
	}
	return m.about / float64(m.N-1)
}

// SE is the standard error of the mean.
func (m *Mean) SE() float64 { return math.Sqrt(m.Variance() / float64(m.N)) }

// Estimate is the mean with the interval of one look.
func (m *Mean) Estimate(level float64) Estimate { return normal(m.Value(), m.SE(), level) }

// Around is an estimate of a value whose standard error is known, with the interval of one look.
func Around(value, se, level float64) Estimate { return normal(value, se, level) }
