package learn

import (
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Bounds of Config.Bits, and what its zero stands for.
const (
	MinBits     = windowBits
	DefaultBits = 18
	MaxBits     = 20
)

// Config shapes a linear model. The zero value is the one in use.
type Config struct {
	Bits      int  // 2^Bits weights, MinBits to MaxBits (the nearest where outside); 0: DefaultBits
	NoCrosses bool // leave out what features of situation and action say only together
	NoBlocks  bool // a Hybrid or an Ensemble: leave out the contents' own regressions; NoCrosses implies it

	// Drift is how fast what a content means may change: what each example adds to the variances of its
	// block's weights, in units of the noise. Weights follow over about 1/√Drift examples. 0: DefaultDrift.
	Drift float64
}

// normal is the configuration with its defaults and bounds put in.
func (c Config) normal() Config {
	if c.Bits == 0 {
		c.Bits = DefaultBits
	}
	c.Bits = min(max(c.Bits, MinBits), MaxBits)
	if !(c.Drift > 0) {
		c.Drift = DefaultDrift
	}
	c.Drift = min(c.Drift, MaxDrift)
	c.NoBlocks = c.NoBlocks || c.NoCrosses
	return c
}

// rate is η, the learning rate of Linear. It has no unit. It and the power 3/4 of Learn were chosen on the
// four classification sets of the tests, as bandits, and on simulated shops with 3 % conversions of
// log-normal amounts: with the usual 1/2 the former are learned a little faster, but what the latter's values
// are off by, squared, is five to twenty times as much.
const rate = 1

// Linear predicts a reward by a hashed linear regression over the features of the action, of the
// situation, and their crosses. It is safe for concurrent use as Model says.
type Linear struct {
	table
	cells   []cell  // beside table.weights
	learned uint64  // examples
	total   float64 // Σh
	norm    float64 // Σh·‖u‖²
	amounts amounts
	touched touches // of the example at hand, kept for its capacity
}

// cell is what learning keeps of a coordinate.
type cell struct {
	squares float32 // G: the sum of the squared gradients in units of the feature's scale
	scale   float32 // s: the largest size the feature was seen in; 0: never seen
}

// NewLinear is a model that knows nothing: it scores everything 0.
func NewLinear(cfg Config) *Linear {
	cfg = cfg.normal()
	return &Linear{table: newTable(cfg.Bits, !cfg.NoCrosses), cells: make([]cell, 1<<cfg.Bits)}
}

// Score implements Model.
func (l *Linear) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	clear(values[:len(actions)])
	l.add(context, actions, values)
}

// Version is the number of examples learned.
func (l *Linear) Version() uint64 { return l.learned }

// Clone is a copy that shares nothing with l.
func (l *Linear) Clone() *Linear {
	c := *l
	c.weights, c.cells, c.touched = slices.Clone(l.weights), slices.Clone(l.cells), touches{}
	return &c
}

// Learn implements Model. One example moves the prediction p = Σ w·x from where it is towards the reward
// r, by a step of online gradient descent on the squared loss that is
//
//   - adaptive: each coordinate is slowed down by G, the sum of the squares of its own past gradients
//     (Duchi, Hazan, Singer 2011, "Adaptive subgradient methods", diagonal form; theirs is the power 1/2,
//     which never comes to rest when rewards are mostly noise);
//   - normalised: it works on u = x/s, with s the largest |x| seen, so that the unit in which a feature is
//     counted changes nothing (Ross, Mineiro, Langford 2013, "Normalized online learning", algorithm NAG);
//   - importance-invariant: an example of weight h moves p as h small ones would, never past r
//     (Karampatziakis, Langford 2011, "Online importance weight aware updates", squared loss);
//   - equivariant in the currency: gradients are compared with the typical size S of a reward, and rewards
//     far out count no further than the tail's bound: see amounts.
//
// With δ = r − p, bounded, d = u·(S²/G)^¾ and P = Σ u·d, over the example's coordinates:
//
//	Δw = δ·(1 − exp(−h·η'·P))/P · d/s    where η' = η·(Σh / Σh·‖u‖²)^¾
//
// The chosen action's reward is regressed as it is, not weighed by 1/propensity: it is unbiased for
// E[reward | situation, action] without, exploration by inverse gaps asks for the plain regression
// (Foster, Rakhlin 2020, "Beyond UCB"), and weights would let rare explorations of a heavy-tailed reward
// dominate. On the classification sets, weights clipped at 2 did as well, at 5, 20 and 1000 ever worse.
func (l *Linear) Learn(e *Example) error {
	if err := e.Validate(); err != nil {
		return err
	}
	l.learn(e, nil, 0)
	return nil
}

// learn takes a valid example in and returns what was predicted for it. beyond is as for touches.list; besides
// is what others predict of the same reward.
func (l *Linear) learn(e *Example, beyond []uint8, besides float64) (prediction float64) {
	h := e.weight()
	l.touched.list(&l.table, &e.Features, beyond)
	prediction, norm := l.look()
	l.amounts.see(e.Reward, h)
	l.learned++
	l.total += h
	l.norm += float64(h * norm)
	residual := l.amounts.bound(e.Reward - besides - prediction)
	if residual != 0 {
		l.accumulate(float64(h * float64(residual*residual)))
		l.step(residual, h*rate*threeHalves(math.Sqrt(l.total/l.norm)))
	}
	return prediction
}

// look brings the scales up to date and returns the prediction and ‖u‖². Where a feature is larger than
// ever before, its weight shrinks as much as its unit grew.
func (l *Linear) look() (prediction, norm float64) {
	for _, t := range l.touched.all {
		c, size := &l.cells[t.index], float32(math.Abs(float64(t.value)))
		if size > c.scale {
			ratio := c.scale / size
			l.weights[t.index] *= ratio
			c.squares *= float32(ratio * ratio)
			c.scale = size
		}
		prediction += float64(float64(l.weights[t.index]) * float64(t.value))
		u := float64(t.value) / float64(c.scale)
		norm += float64(u * u)
	}
	return prediction, norm
}

// accumulate adds the squared gradient to each coordinate's G.
func (l *Linear) accumulate(square float64) {
	for _, t := range l.touched.all {
		c := &l.cells[t.index]
		u := float64(t.value) / float64(c.scale)
		c.squares = float32(float64(c.squares) + float64(square*float64(u*u)))
	}
}

// step moves the weights so that the prediction moves towards what it missed.
func (l *Linear) step(residual, pace float64) {
	if power := l.pulls(); power > 0 {
		l.move(residual * saturate(pace*power) / power)
	}
}

// pulls sets each coordinate's d and returns P = Σ u·d.
func (l *Linear) pulls() (power float64) {
	size := l.amounts.size(l.total)
	for i := range l.touched.all {
		t := &l.touched.all[i]
		u := float64(t.value) / float64(l.cells[t.index].scale)
		t.pull = 0
		if squares := float64(l.cells[t.index].squares); squares > 0 {
			t.pull = u * threeHalves(size/math.Sqrt(squares))
		}
		power += float64(u * t.pull)
	}
	return power
}

// move moves the weights, and by them the prediction by P·by.
func (l *Linear) move(by float64) {
	for _, t := range l.touched.all {
		scale := float64(l.cells[t.index].scale)
		l.weights[t.index] = float32(float64(l.weights[t.index]) + float64(by*t.pull)/scale)
	}
}

// threeHalves is v^(3/2).
func threeHalves(v float64) float64 { return v * math.Sqrt(v) }

// saturate is 1 − exp(−z) for z ≥ 0 to within 1e-12, with the same bits on every machine, which the
// standard library's assembly does not promise: a short series, doubled as often as z was halved.
func saturate(z float64) float64 {
	if z > 40 {
		return 1
	}
	doublings := 0
	for ; z > 1.0/32; z /= 2 {
		doublings++
	}
	f := 1 - float64(z/7)
	for n := 6.0; n >= 2; n-- {
		f = 1 - float64(z/n*f)
	}
	f *= z
	for ; doublings > 0; doublings-- {
		f *= 2 - f
	}
	return f
}
