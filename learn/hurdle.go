package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
)

// Hurdle predicts a reward in two parts, the chance that there is any and how large it is where there is one
// (Cragg 1971, "Some statistical models for limited dependent variables"). The chance is a logistic regression over
// the features of Linear; the size is the mean of all rewards that were not zero, whatever was done: where rewards are
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
	for i, z := range values[:len(actions)] {
		values[i] = h.mean * logistic(z)
	}
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
	l, weight, y := h.linear, e.weight(), 0.0
	if e.Reward != 0 {
		y = 1
	}
	l.touched.list(&l.table, &e.Features, nil)
	z, norm := l.look()
	l.amounts.see(y, weight)
	l.learned++
	l.total += weight
	l.norm += float64(weight * norm)
	if y == 1 && weight > 0 {
		h.mean += float64(weight / l.amounts.weight * (e.Reward - h.mean))
	}
	missed := y - logistic(z)
	l.accumulate(float64(weight * float64(missed*missed)))
	if power := l.pulls(); power > 0 {
		pace := weight * rate * threeHalves(math.Sqrt(l.total/l.norm))
		l.move((shifted(z, y, pace*power) - z) / power)
	}
	return nil
}

// shifted is where the log odds are that start at z and follow dz/dt = y − σ(z) for a time t. For y = 1, z + exp(z) grows as t
// does; for y = 0 it is the same with the sign of z turned. Newton's method comes down to the root from above, as the function
// is convex and what the first slope would reach is beyond it.
func shifted(z, y, t float64) float64 {
	if y == 0 {
		return -shifted(-z, 1, t)
	}
	end := float64(z+exponential(z)) + t
	at := z + float64(t*(1-logistic(z)))
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

const (
	hurdleKind    = 'U'
	hurdleVersion = 1
)

// Snapshot implements Model. Its body: the mean as a float64, then the snapshot of the log odds' model.
func (h *Hurdle) Snapshot() []byte {
	return seal(append(appendFloat64([]byte{hurdleKind, hurdleVersion}, h.mean), h.linear.Snapshot()...))
}

// RestoreHurdle reads a snapshot. What is damaged or impossible is an error.
func RestoreHurdle(b []byte) (*Hurdle, error) {
	body, err := unseal(b, hurdleKind, hurdleVersion)
	if err != nil {
		return nil, fmt.Errorf("restore hurdle model: %w", err)
	}
	r := &reader{rest: body}
	mean := math.Float64frombits(binary.LittleEndian.Uint64(r.take(8))) // it may be below 0
	if r.failed || !(math.Abs(mean) <= MaxReward) {
		return nil, fmt.Errorf("restore hurdle model: %w", errors.New("its mean is missing or out of bounds"))
	}
	linear, err := Restore(r.rest)
	if err != nil {
		return nil, fmt.Errorf("restore hurdle model: %w", err)
	}
	return &Hurdle{linear, mean}, nil
}
