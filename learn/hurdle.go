package learn

import (
	"math"

	"github.com/aparte-dev/aparte"
)

// Hurdle predicts a reward in two parts, the chance that there is any and how large it is where there is one
// (Cragg 1971, "Some statistical models for limited dependent variables"). The chance is a logistic regression over
// the features of Linear, of how the log odds differ from those of all examples together: steps that begin there need not first find out that
// rewards are seldom. The size is the mean of all rewards that were not zero, whatever was done: where rewards are
// always of one size, as one for each registration, that is all there is to know.
type Hurdle struct {
	linear *Linear // of the log odds
	mean   float64 // of the rewards that were not zero
}

// NewHurdle is a model that knows nothing: it scores everything 0.
func NewHurdle(cfg Config) *Hurdle { return &Hurdle{linear: NewLinear(cfg)} }

// Score implements Model.
func (h *Hurdle) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	h.linear.Score(context, actions, values)
	usual := h.usual()
	for i, z := range values[:len(actions)] {
		values[i] = h.mean * Logistic(usual+z)
	}
}

// curvature is that of the loss where nothing sets an example apart, p·(1−p): the flatter the loss, the longer a step has to be
// to get as far down. Of the squared loss it is 1.
func (h *Hurdle) curvature() float64 {
	p := Logistic(h.usual())
	return float64(p * (1 - p))
}

// usual is the log odds of a reward among all examples, half of one more with and half without (Haldane 1956, Anscombe 1956: the
// least biased for small numbers).
func (h *Hurdle) usual() float64 {
	l := h.linear
	return logarithm((l.amounts.weight + 0.5) / (l.total - l.amounts.weight + 0.5))
}

// Version is the number of examples learned.
func (h *Hurdle) Version() uint64 { return h.linear.learned }

// Spread is how far a reward is from its mean where nothing else is known, in minor units.
func (h *Hurdle) Spread() float64 {
	l := h.linear
	if l.total == 0 {
		return 0
	}
	share := l.amounts.weight / l.total
	return math.Abs(h.mean) * math.Sqrt(float64(share*(1-share)))
}

// Learn implements Model. It minimises the logistic loss of the chance, by steps that are adaptive, normalised and
// invariant to importance as those of Linear.Learn are: an example of weight h moves the log odds z as h small ones would, along
// dz/dt = η·P·(y − σ(z)) for a time h, with y 1 where there was a reward and 0 where not (Karampatziakis, Langford 2011,
// "Online importance weight aware updates", logistic loss).
func (h *Hurdle) Learn(e *Example) error {
	if err := e.Validate(); err != nil {
		return err
	}
	h.learn(e)
	return nil
}

// learn takes a valid example in.
func (h *Hurdle) learn(e *Example) {
	l, weight, y := h.linear, e.weight(), 0.0
	if e.Reward != 0 {
		y = 1
	}
	l.touched.list(&l.table, &e.Features, nil)
	differs, norm := l.look()
	z := h.usual() + differs
	l.amounts.see(y, weight)
	l.learned++
	l.total += weight
	l.norm += float64(weight * norm)
	if y == 1 && weight > 0 {
		h.mean += float64(weight / l.amounts.weight * (e.Reward - h.mean))
	}
	missed := y - Logistic(z)
	l.accumulate(float64(weight * float64(missed*missed)))
	if power := l.pulls(); power > 0 {
		pace := weight * rate * threeHalves(math.Sqrt(l.total/l.norm)) / h.curvature()
		l.move((shifted(z, y, pace*power) - z) / power)
	}
}

// shifted is where the log odds are that start at z and follow dz/dt = y − σ(z) for a time t. For y = 1, z + exp(z) grows as t
// does; for y = 0 it is the same with the sign of z turned. Newton's method comes down to the root from above, as the function
// is convex and what the first slope would reach is beyond it.
func shifted(z, y, t float64) float64 {
	if y == 0 {
		return -shifted(-z, 1, t)
	}
	end := float64(z+exponential(z)) + t
	at := z + float64(t*(1-Logistic(z)))
	if at > 1 {
		at = min(at, upper(end)) // else Newton might come down in many steps of 1
	}
	for range newtons {
		grown := exponential(at)
		at -= (float64(at+grown) - end) / (1 + grown)
	}
	return at
}

// newtons is how many steps of Newton's method are enough for 1e-9.
const newtons = 8

// upper is a bound from above of the logarithm of v ≥ 1, closer than log 2.
func upper(v float64) float64 {
	_, exponent := math.Frexp(v)
	return float64(exponent) * math.Ln2
}

// logarithm is log(v) to within 1e-15 for v > 0 between the smallest and the largest weights there are, with the same bits on every machine: log(2^e·m)
// = e·log 2 + 2·artanh((m−1)/(m+1)), by the series of artanh.
func logarithm(v float64) float64 {
	m, e := math.Frexp(v)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	t := (m - 1) / (m + 1)
	square, sum := float64(t*t), 0.0
	for n := 21.0; n >= 1; n -= 2 {
		sum = 1/n + float64(square*sum)
	}
	return float64(float64(e)*math.Ln2) + float64(2*float64(t*sum))
}

// exponential is exp(z) to within 1e-12 of itself for |z| ≤ 40, with the same bits on every machine.
func exponential(z float64) float64 {
	if z < 0 {
		return 1 / exponential(-z)
	}
	doublings := 0
	for ; z > 1.0/32; z /= 2 {
		doublings++
	}
	e := 1 + float64(z/7)
	for n := 6.0; n >= 1; n-- {
		e = 1 + float64(z/n*e)
	}
	for ; doublings > 0; doublings-- {
		e *= e
	}
	return e
}
