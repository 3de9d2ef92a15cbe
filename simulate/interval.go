package simulate

import "math"

// Interval is an estimate with where the truth lies at a confidence level.
type Interval struct{ Value, Low, High float64 }

// Difference is that of the means of two samples, with the normal interval of Welch's standard error (Welch
// 1947). It has none with fewer than two values on a side.
func Difference(a, b []float64, level float64) Interval {
	ma, va := moments(a)
	mb, vb := moments(b)
	z := math.Sqrt2 * math.Erfinv(level)
	half := z * math.Sqrt(va/float64(len(a))+vb/float64(len(b)))
	return Interval{ma - mb, ma - mb - half, ma - mb + half}
}

// moments are a sample's mean and variance.
func moments(xs []float64) (mean, variance float64) {
	mean = sum(xs) / float64(len(xs))
	for _, x := range xs {
		variance += (x - mean) * (x - mean)
	}
	return mean, variance / float64(len(xs)-1)
}
