package lifetime

import (
	"math"
	"slices"
)

// bound is how far from its scale the logarithm of a parameter may go.
const bound = 7

// objective is a function to be maximised. It adds its gradient to what is given, unless that is nil.
type objective func(at, gradient []float64) float64

// optimum is where a climb ended.
type optimum struct {
	at         []float64 // logarithms of the parameters
	value      float64
	gradient   []float64
	curvature  [][]float64 // minus the matrix of second derivatives
	free       []int       // the coordinates that no bound holds
	iterations int
	converged  bool
}

// climb maximises f from a start by Newton's method, projected on the bounds: coordinates that a bound holds
// back stand still, the others take a Newton step, damped (Levenberg, Marquardt) until it goes uphill.
// Second derivatives are differences of the gradient.
func climb(f objective, start, scales []float64) optimum {
	const most = 200
	o := optimum{at: slices.Clone(start)}
	o.look(f, scales)
	for damping := 0.0; o.iterations < most && !o.converged; o.iterations++ {
		step, gain := o.newton(damping)
		if step == nil { // not uphill: more like steepest ascent
			damping = max(10*damping, 1e-3)
			if damping > 1e12 {
				break
			}
			continue
		}
		enough := damping == 0 && gain < 1e-12*(1+math.Abs(o.value))
		next := o.moved(step, scales)
		if value := f(next, nil); !(value >= o.value-1e-13*math.Abs(o.value)) {
			if enough { // as high as rounding lets it see
				o.converged = true
				break
			}
			damping = max(10*damping, 1e-3)
			if damping > 1e12 {
				break
			}
			continue
		}
		o.at = next
		o.look(f, scales)
		o.converged = enough
		if damping /= 10; damping < 1e-4 {
			damping = 0
		}
	}
	return o
}

// look evaluates f, its gradient and its curvature where the climb stands.
func (o *optimum) look(f objective, scales []float64) {
	const apart = 1e-5
	n := len(o.at)
	o.gradient = make([]float64, n)
	o.value = f(o.at, o.gradient)
	o.free = o.free[:0]
	for i, g := range o.gradient {
		// As moved puts them, for x+bound−x may be less than bound.
		if low, high := scales[i]-bound, scales[i]+bound; !(o.at[i] >= high && g > 0) && !(o.at[i] <= low && g < 0) {
			o.free = append(o.free, i)
		}
	}
	o.curvature = make([][]float64, n)
	for i := range n {
		aside, gradient := slices.Clone(o.at), make([]float64, n)
		aside[i] += apart
		f(aside, gradient)
		for j := range gradient {
			gradient[j] = (o.gradient[j] - gradient[j]) / apart
		}
		o.curvature[i] = gradient
	}
}

// newton is the damped Newton step and by how much it would raise a parabola; nil where the damped curvature
// is none of a maximum.
func (o *optimum) newton(damping float64) (step []float64, gain float64) {
	l, ok := o.factor(damping)
	if !ok {
		return nil, 0
	}
	n := len(o.free)
	y := make([]float64, n)
	for i := range n { // L·y = g
		y[i] = o.gradient[o.free[i]]
		for k := range i {
			y[i] -= l[i][k] * y[k]
		}
		y[i] /= l[i][i]
		gain += y[i] * y[i] / 2
	}
	step = make([]float64, len(o.at))
	for i := n - 1; i >= 0; i-- { // Lᵀ·step = y
		for k := i + 1; k < n; k++ {
			y[i] -= l[k][i] * y[k]
		}
		y[i] /= l[i][i]
		step[o.free[i]] = y[i]
	}
	return step, gain
}

// factor is Cholesky's factor of the curvature among the free coordinates, its diagonal raised by a share of
// itself and of the largest.
func (o *optimum) factor(damping float64) (l [][]float64, ok bool) {
	largest := 0.0
	for _, i := range o.free {
		largest = max(largest, math.Abs(o.curvature[i][i]))
	}
	l = make([][]float64, len(o.free))
	for i, row := range o.free {
		l[i] = make([]float64, i+1)
		for j, column := range o.free[:i+1] {
			sum := (o.curvature[row][column] + o.curvature[column][row]) / 2
			if i == j {
				sum += damping * (math.Abs(sum) + 1e-3*largest)
			}
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i > j {
				l[i][j] = sum / l[j][j]
				continue
			}
			if !(sum > 1e-14*largest) || math.IsInf(sum, 0) {
				return nil, false
			}
			l[i][i] = math.Sqrt(sum)
		}
	}
	return l, true
}

// moved is where a step leads: at most 2 in any coordinate, and within the bounds.
func (o *optimum) moved(step, scales []float64) []float64 {
	longest := 0.0
	for _, d := range step {
		longest = max(longest, math.Abs(d))
	}
	shrink := 1 / max(1, longest/2)
	next := make([]float64, len(step))
	for i := range step {
		next[i] = min(max(o.at[i]+shrink*step[i], scales[i]-bound), scales[i]+bound)
	}
	return next
}

// near reports whether another climb ended in the same place.
func (o *optimum) near(others []optimum) bool {
	return slices.ContainsFunc(others, func(other optimum) bool {
		apart := 0.0
		for i := range o.at {
			apart = max(apart, math.Abs(o.at[i]-other.at[i]))
		}
		return apart < 0.01 || math.Abs(o.value-other.value) < 1e-6*math.Abs(o.value) && len(o.free) < len(o.at)
	})
}

// told is the parameters, and how the climb went.
func (o *optimum) told() ([]float64, Fit) {
	parameters, f := make([]float64, len(o.at)), Fit{
		LogLikelihood: o.value, Iterations: o.iterations, Converged: o.converged, Boundary: len(o.free) < len(o.at),
	}
	for i, log := range o.at {
		parameters[i] = math.Exp(log)
		f.SE = append(f.SE, math.NaN())
	}
	l, ok := o.factor(0)
	if !ok {
		return parameters, f
	}
	for i, coordinate := range o.free { // Σₖ (L⁻¹)ₖᵢ², and the logarithm's share of the parameter
		f.SE[coordinate] = parameters[coordinate] * math.Sqrt(inverseDiagonal(l, i))
	}
	return parameters, f
}

// inverseDiagonal is element i of the diagonal of (L·Lᵀ)⁻¹.
func inverseDiagonal(l [][]float64, i int) (sum float64) {
	column := make([]float64, len(l))
	for r := i; r < len(l); r++ {
		if r == i {
			column[r] = 1
		}
		for k := i; k < r; k++ {
			column[r] -= l[r][k] * column[k]
		}
		column[r] /= l[r][r]
		sum += column[r] * column[r]
	}
	return sum
}
