package score

import (
	"math"

	"github.com/aparte-dev/aparte/learn"
)

// regression is a logistic regression: the log odds are weights[0] + Σ weights[1+j]·x[j].
type regression struct{ weights []float64 }

func (r regression) odds(x []float64) float64 {
	z := r.weights[0]
	for j, v := range x {
		z += float64(r.weights[1+j] * v)
	}
	return z
}

// regress finds the weights of the largest likelihood of what came, less ridge/2 for each square of a weight but the
// first, by Newton's method. A step is halved until the gradient is shorter after it: for a function that bends one way
// alone it always is, at last (Boyd, Vandenberghe 2004, "Convex Optimization", section 10.2, of the residual).
//
// x has width numbers a row; came is 1, 0 or between. All sums are in the order of the rows, each product rounded by
// itself, so that any machine finds the same bits.
func regress(x []float64, width int, came []float64, ridge float64) (regression, bool) {
	n := width + 1
	at := slope{x: x, width: width, came: came, ridge: ridge, gradient: make([]float64, n), bend: make([]float64, n*n)}
	r := regression{make([]float64, n)}
	at.look(r)
	next := at
	next.gradient, next.bend = make([]float64, n), make([]float64, n*n)
	const most, halvings, enough = 60, 40, 1e-9
	for range most {
		if at.length() <= enough*float64(1+len(came)) {
			return r, true
		}
		step, ok := solve(at.bend, at.gradient)
		if !ok {
			return r, false
		}
		tried := regression{make([]float64, n)}
		for half := 0; ; half++ {
			for j := range step {
				tried.weights[j] = r.weights[j] + step[j]
			}
			next.look(tried)
			if next.length() < at.length() {
				break
			}
			if half == halvings {
				return r, at.length() <= 1e-6*float64(1+len(came)) // as near as rounding lets it come
			}
			for j := range step {
				step[j] /= 2
			}
		}
		r = tried
		at, next = next, at
	}
	return r, false
}

// slope is the gradient of the likelihood somewhere and minus its second derivatives.
type slope struct {
	x        []float64
	width    int
	came     []float64
	ridge    float64
	gradient []float64
	bend     []float64 // the lower half, row by row
}

func (s *slope) look(r regression) {
	n := s.width + 1
	clear(s.gradient)
	clear(s.bend)
	for j := 1; j < n; j++ {
		s.gradient[j] = -float64(s.ridge * r.weights[j])
		s.bend[j*n+j] = s.ridge
	}
	row := make([]float64, n)
	row[0] = 1
	for i, came := range s.came {
		copy(row[1:], s.x[i*s.width:(i+1)*s.width])
		p := learn.Logistic(r.odds(row[1:]))
		missed, spread := came-p, float64(p*(1-p))
		for j, v := range row {
			if v == 0 {
				continue
			}
			s.gradient[j] += float64(missed * v)
			weighed := float64(spread * v)
			line := s.bend[j*n : j*n+j+1]
			for k := range line {
				line[k] += float64(weighed * row[k])
			}
		}
	}
}

func (s *slope) length() float64 {
	sum := 0.0
	for _, g := range s.gradient {
		sum += float64(g * g)
	}
	return math.Sqrt(sum)
}

// solve finds v of A·v = b by Cholesky's decomposition; A is symmetric and its lower half is given, row by row. It fails
// where A is not positive definite.
func solve(a, b []float64) ([]float64, bool) {
	n := len(b)
	l := make([]float64, n*n)
	v := make([]float64, n)
	for i := range n {
		for j := range i + 1 {
			sum := a[i*n+j]
			for k := range j {
				sum -= float64(l[i*n+k] * l[j*n+k])
			}
			if i > j {
				l[i*n+j] = sum / l[j*n+j]
				continue
			}
			if !(sum > 1e-12) {
				return nil, false
			}
			l[i*n+i] = math.Sqrt(sum)
		}
		v[i] = b[i]
		for k := range i {
			v[i] -= float64(l[i*n+k] * v[k])
		}
		v[i] /= l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			v[i] -= float64(l[k*n+i] * v[k])
		}
		v[i] /= l[i*n+i]
	}
	return v, true
}
