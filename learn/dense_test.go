package learn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/aparte-dev/aparte"
)

// ridge is a ridge regression solved whole: (I + Σ x·xᵀ)·w = Σ x·y, by elimination in double precision. It
// shares nothing with block, which never forms these sums.
type ridge struct {
	gram [][]float64
	sums []float64
}

func newRidge(n int) *ridge {
	r := &ridge{sums: make([]float64, n)}
	for i := range n {
		r.gram = append(r.gram, make([]float64, n))
		r.gram[i][i] = 1
	}
	return r
}

func (r *ridge) add(x []float64, y float64) {
	for i, v := range x {
		for j, u := range x {
			r.gram[i][j] += v * u
		}
		r.sums[i] += v * y
	}
}

// weights solves by Gaussian elimination; the matrix is positive definite, and needs no pivots.
func (r *ridge) weights() []float64 {
	n := len(r.sums)
	m := make([][]float64, n)
	for i := range n {
		m[i] = append(append([]float64{}, r.gram[i]...), r.sums[i])
	}
	for k := range n {
		for i := k + 1; i < n; i++ {
			f := m[i][k] / m[k][k]
			for j := k; j <= n; j++ {
				m[i][j] -= f * m[k][j]
			}
		}
	}
	w := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		w[i] = m[i][n]
		for j := i + 1; j < n; j++ {
			w[i] -= m[i][j] * w[j]
		}
		w[i] /= m[i][i]
	}
	return w
}

// What keeps a block cheap and able to follow costs something: examples whose outcome was nearly certain move P by four at
// a time, or not at all. Its predictions must all the same be those of the regression solved whole: to what single precision
// holds where P takes every example in, and to a small part of the noise, whose deviation is 1, where it is spared some.
func TestABlockPredictsWhatTheRegressionSolvedWholePredicts(t *testing.T) {
	for _, c := range []struct {
		width    int
		share    float64 // of the features that are not 0
		examples int
		exact    bool // P takes every example in
		most     float64
	}{
		{20, 1, 300, true, 1e-4},
		{20, 1, 5000, true, 1e-4},
		{40, 0.1, 5000, true, 1e-4},
		{100, 0.05, 5000, true, 1e-4},
		{20, 1, 3000, false, 0.06},
		{40, 0.1, 5000, false, 0.06},
		{100, 0.05, 5000, false, 0.06},
	} {
		t.Run(fmt.Sprintf("%d features, %g of them, %d examples, exact %v", c.width, c.share, c.examples, c.exact), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(c.width), uint64(c.examples)))
			all, p := features("x", 0, c.width), newNumbers(placeBits)
			for _, f := range all {
				p.add(f.Hash)
			}
			size := (c.width + 1 + lanes - 1) / lanes * lanes
			b, whole := new(block).grown(size, true), newRidge(c.width+1)
			truth := make([]float64, c.width+1)
			for i := range truth {
				truth[i] = rng.NormFloat64()
			}
			draw := func() (s situation, x []float64, mean float64) {
				var context []aparte.Feature
				x, mean = make([]float64, c.width+1), truth[0]
				x[0] = 1
				for i, f := range all {
					if rng.Float64() < c.share {
						f.Value = float32(rng.NormFloat64())
						context = append(context, f)
						x[i+1] = float64(f.Value)
						mean += x[i+1] * truth[i+1]
					}
				}
				s.sees(&p, context)
				return s, x, mean
			}
			for range c.examples {
				s, x, mean := draw()
				y := mean + rng.NormFloat64()
				predicted, _ := b.predict(&s)
				if c.exact {
					learnExactly(b, &s, y-float64(predicted))
				} else {
					b.learn(&s, y-float64(predicted), 1, quiet)
				}
				whole.add(x, y)
			}
			weights, worst := whole.weights(), 0.0
			for range 500 {
				s, x, _ := draw()
				got, _ := b.predict(&s)
				want := 0.0
				for i, v := range x {
					want += v * weights[i]
				}
				worst = max(worst, math.Abs(float64(got)-want))
			}
			t.Logf("off by %.2g at most", worst)
			if worst > c.most {
				t.Errorf("a prediction is off by %g, more than %g", worst, c.most)
			}
		})
	}
}
