package measure

import (
	"math"
	"math/big"
	"math/bits"
)

// Sizes of a value: 1 for one of 1, 2 for one of 2 or 3, 3 for 4 to 7, and so on; negative for values below 0; 0 for
// none at all. MaxValue is the largest value, and MaxSize its size.
const (
	MaxSize  = 37
	MaxValue = 100_000_000_000
)

// Spread is the values of many people, whole numbers within ±MaxValue, kept as sums by size. The sums are whole
// numbers too: values may come and go in any order, in parts, and what is told is exact. Sizes allow to tell
// what the mean would be without the few who carry it.
type Spread struct {
	People int64                 // all, those whose value is 0 included
	Sizes  [2*MaxSize + 1]SumsOf // by MaxSize + size; that of 0 is not used
}

// SumsOf are the sums over the people whose values have one size.
type SumsOf struct {
	People    int64
	Sum       int64
	High, Low int64 // Σ v² = High·2³² + Low
}

// SizeOf is a value's size.
func SizeOf(v int64) int {
	if v < 0 {
		return -bits.Len64(uint64(-v))
	}
	return bits.Len64(uint64(v))
}

// SquareOf is v² in the two parts in which it is summed.
func SquareOf(v int64) (high, low int64) {
	magnitude := uint64(max(v, -v))
	above, below := bits.Mul64(magnitude, magnitude)
	return int64(above<<32 | below>>32), int64(below & math.MaxUint32)
}

// Of are the sums of a size, from -MaxSize to MaxSize.
func (s *Spread) Of(size int) *SumsOf { return &s.Sizes[MaxSize+size] }

// Add takes in a person of some value; Remove takes them out again.
func (s *Spread) Add(v int64) { s.change(v, 1) }

// Remove takes out a person of some value.
func (s *Spread) Remove(v int64) { s.change(v, -1) }

func (s *Spread) change(v, by int64) {
	s.People += by
	if v == 0 {
		return
	}
	of := s.Of(SizeOf(v))
	high, low := SquareOf(v)
	of.People += by
	of.Sum += by * v
	of.High += by * high
	of.Low += by * low
}

// Valued is how many people have a value other than 0.
func (s *Spread) Valued() (n int64) {
	for i := range s.Sizes {
		n += s.Sizes[i].People
	}
	return n
}

// Mean is the mean of the values, and their spread.
func (s *Spread) Mean() Mean { return s.Within(MaxSize) }

// Within is the mean of the values where those larger than size, on either side of 0, are drawn in to 2^size
// (winsorised, as Tukey had it).
func (s *Spread) Within(size int) Mean {
	sum, squares := new(big.Int), new(big.Int)
	for i := range s.Sizes {
		of := &s.Sizes[i]
		if of.People == 0 {
			continue
		}
		if at := i - MaxSize; at > size || at < -size {
			bound := new(big.Int).Lsh(big.NewInt(of.People), uint(size))
			if at < 0 {
				bound.Neg(bound)
			}
			sum.Add(sum, bound)
			squares.Add(squares, new(big.Int).Lsh(big.NewInt(of.People), uint(2*size)))
			continue
		}
		sum.Add(sum, big.NewInt(of.Sum))
		squares.Add(squares, new(big.Int).Lsh(big.NewInt(of.High), 32))
		squares.Add(squares, big.NewInt(of.Low))
	}
	return meanOf(s.People, sum, squares)
}

// meanOf is the mean of n whole numbers of known sum and sum of squares. n·Σv² − (Σv)² is formed before anything
// is rounded: nothing cancels.
func meanOf(n int64, sum, squares *big.Int) Mean {
	if n <= 0 {
		return Mean{}
	}
	about := new(big.Int).Mul(big.NewInt(n), squares)
	about.Sub(about, new(big.Int).Mul(sum, sum))
	return Mean{N: int(n), mean: quotient(sum, n), about: quotient(about, n)}
}

func quotient(a *big.Int, n int64) float64 {
	q, _ := new(big.Rat).SetFrac(a, big.NewInt(n)).Float64()
	return q
}
