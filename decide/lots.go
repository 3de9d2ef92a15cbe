package decide

import "math/bits"

// Lots are those of a rand.PCG, which is a linear congruential generator of 128 bits, x → x·mul + inc, with a
// permutation of what it has for its output (O'Neill 2014, "PCG: a family of simple fast space-efficient statistically
// good algorithms for random number generation", with the permutation DXSM). Several of its steps are one step of
// another such generator (Brown 1994, "Random number generation with arbitrary strides"): lots that nobody looks at
// need not be drawn.

// wide is a number of 128 bits.
type wide struct{ hi, lo uint64 }

func (a wide) times(b wide) wide {
	hi, lo := bits.Mul64(a.lo, b.lo)
	return wide{hi + a.hi*b.lo + a.lo*b.hi, lo}
}

func (a wide) plus(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return wide{hi, lo}
}

// stride is some steps of the generator at once.
type stride struct{ mul, inc wide }

// nowhere is the stride of no step, oneStep that of one.
var (
	nowhere = stride{mul: wide{lo: 1}}
	oneStep = stride{wide{2549297995355413924, 4865540595714422341}, wide{6364136223846793005, 1442695040888963407}}
)

// from is where the stride leads.
func (s stride) from(x wide) wide { return x.times(s.mul).plus(s.inc) }

// then is the stride and another one after it.
func (s stride) then(next stride) stride { return stride{s.mul.times(next.mul), next.from(s.inc)} }

// lot is what a rand.PCG puts out where it has come to x.
func (x wide) lot() uint64 {
	v := (x.hi ^ x.hi>>32) * 0xda942042e4dd58b5
	return (v ^ v>>48) * (x.lo | 1)
}
