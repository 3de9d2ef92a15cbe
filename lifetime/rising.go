package lifetime

import "math"

// rising is ln Γ(a+n) − ln Γ(a) for n = 0, 1, …, and its derivative by a: sums of ln(a+j) and 1/(a+j), which
// many histories share. They are as exact as sums are, where differences of ln Γ are not.
type rising struct {
	base        float64
	log, byBase []float64
}

// risingBase begins the sums for a.
func risingBase(a float64) *rising {
	return &rising{base: a, log: []float64{0}, byBase: []float64{0}}
}

// at is the sum for n, whole.
func (r *rising) at(n float64) (log, byBase float64) {
	i := int(n)
	for j := len(r.log); j <= i; j++ {
		next := r.base + float64(j-1)
		r.log = append(r.log, r.log[j-1]+math.Log(next))
		r.byBase = append(r.byBase, r.byBase[j-1]+1/next)
	}
	return r.log[i], r.byBase[i]
}
