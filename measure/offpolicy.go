package measure

import (
	"fmt"
	"math"
	"slices"
)

// Bounds of what is taken in.
const (
	MinPropensity = 1e-12   // below it a propensity is a mistake
	MaxCells      = 1 << 20 // items × positions
	MaxDrift      = 1e-3    // by which a distribution's sum may miss 1, for rounding
	MaxExcess     = 0.05    // by which a log's propensities may add up to more than 1, for rounding
)

// Policy is a policy to be judged: how often it would show each item at each position. Items and positions
// are numbered from 0.
type Policy struct {
	items, positions int
	show             []float64 // position by position
}

// NotADistribution says at which position the probabilities of a policy do not add up.
type NotADistribution struct {
	Position int
	Sum      float64
}

func (e *NotADistribution) Error() string {
	return fmt.Sprintf("the probabilities of the items add up to %.6g, not to 1", e.Sum)
}

// NewPolicy makes a policy of the probabilities of all items at the first position, then at the second, and
// so on. They are taken as they are, never rescaled.
func NewPolicy(items, positions int, show []float64) (*Policy, error) {
	if items < 1 || positions < 1 || items > MaxCells/positions || len(show) != items*positions {
		return nil, fmt.Errorf("a policy over %d items and %d positions with %d probabilities", items, positions, len(show))
	}
	p := &Policy{items, positions, show}
	for at := range positions {
		sum := p.Sum(at)
		for _, x := range p.at(at) {
			if !(x >= 0 && x <= 1) {
				return nil, fmt.Errorf("a probability of %v", x)
			}
		}
		if !(math.Abs(sum-1) <= MaxDrift) {
			return nil, &NotADistribution{at, sum}
		}
	}
	return p, nil
}

// Uniform is the policy that shows every item equally often, at one position.
func Uniform(items int) (*Policy, error) {
	show := make([]float64, min(max(items, 0), MaxCells))
	for i := range show {
		show[i] = 1 / float64(items)
	}
	return NewPolicy(items, 1, show)
}

// Sum is what the probabilities at a position add up to: 1, but for rounding.
func (p *Policy) Sum(position int) float64 {
	sum := 0.0
	for _, x := range p.at(position) {
		sum += x
	}
	return sum
}

func (p *Policy) at(position int) []float64 {
	return p.show[position*p.items : (position+1)*p.items]
}

// OffPolicy gathers a log of one policy to judge another by. Its size is that of the policy, however many
// rows there are: every estimator is linear in the reward model, so that sums by item and position are
// enough to build it after the last row. It is not safe for concurrent use.
type OffPolicy struct {
	policy  *Policy
	cells   []cell // as Policy.show
	rows    int
	reward  float64 // Σ r
	reward2 float64 // Σ r²
	largest float64 // weight
	least   float64 // propensity; 0: not known
	exact   Exact
}

// cell gathers the rows of one item at one position.
type cell struct {
	rows, reward, reward2 float64 // Σ 1, Σ r, Σ r²
	propensity            float64 // the least seen
	by                    [weightings]weighted
}

// The weights under which rows are summed.
const (
	plain    = iota // w = π(item|position) / propensity
	clipped         // min(w, Clip)
	switched        // w, or 0 above Tau
	shrunk          // λw/(w²+λ), λ = Lambda
	weightings
)

// weighted are sums over rows of weight w and reward r.
type weighted struct{ w, w2, wr, wr2, w2r, w2r2 float64 }

func (s *weighted) add(w, r float64) {
	s.w += w
	s.w2 += w * w
	s.wr += w * r
	s.wr2 += w * r * r
	s.w2r += w * w * r
	s.w2r2 += w * w * r * r
}

// NewOffPolicy begins to judge a policy. Where it is known that the live one showed every item everywhere with
// some least propensity, exact intervals are much tighter for rare rewards; 0 if it is not known.
func NewOffPolicy(p *Policy, least float64) *OffPolicy {
	o := &OffPolicy{policy: p, cells: make([]cell, len(p.show)), least: least}
	if least > 0 {
		o.exact = *Bounded(slices.Max(p.show) / least)
	}
	return o
}

// BadImpression says what of an impression makes no sense.
type BadImpression struct {
	Field  string // item, position, reward or propensity
	Reason string
}

func (e *BadImpression) Error() string { return e.Field + ": " + e.Reason }

// Add takes an impression in: the item shown, where, its reward from 0 to 1, and the probability with which
// the live policy showed it there. After an error nothing has changed.
func (o *OffPolicy) Add(item, position int, reward, propensity float64) error {
	switch {
	case item < 0 || item >= o.policy.items:
		return &BadImpression{"item", "the policy knows no such item"}
	case position < 0 || position >= o.policy.positions:
		return &BadImpression{"position", "the policy knows no such position"}
	case !(reward >= 0 && reward <= 1):
		return &BadImpression{"reward", fmt.Sprintf("%v is not between 0 and 1", reward)}
	case propensity == 0:
		return &BadImpression{"propensity", "0: what is never shown was shown"}
	case !(propensity > 0 && propensity <= 1):
		return &BadImpression{"propensity", fmt.Sprintf("%v is not between 0 and 1", propensity)}
	case propensity < o.least:
		return &BadImpression{"propensity", fmt.Sprintf("%v is below the least propensity, %v", propensity, o.least)}
	case propensity < MinPropensity:
		return &BadImpression{"propensity", fmt.Sprintf("%v is too small to divide by", propensity)}
	}
	at := position*o.policy.items + item
	w := o.policy.show[at] / propensity
	c := &o.cells[at]
	if c.rows == 0 || propensity < c.propensity {
		c.propensity = propensity
	}
	c.rows++
	c.reward += reward
	c.reward2 += reward * reward
	c.by[plain].add(w, reward)
	c.by[clipped].add(min(w, Clip), reward)
	if w <= Tau {
		c.by[switched].add(w, reward)
	}
	c.by[shrunk].add(Lambda*w/(w*w+Lambda), reward)
	o.rows++
	o.reward += reward
	o.reward2 += reward * reward
	o.largest = max(o.largest, w)
	o.exact.Add(w, reward)
	return nil
}

// Check finds logs whose propensities cannot be right, as a [NotADistribution]: those of different items at one
// position add up to more than 1. It holds of propensities that change from row to row, too: an item's least
// is no more than it had in the others' rows.
func (o *OffPolicy) Check() error {
	if position, sum := o.leastPropensities(); sum > 1+MaxExcess {
		return &NotADistribution{position, sum}
	}
	return nil
}

// leastPropensities is the largest sum over the items of a position of the least propensity each was seen with.
func (o *OffPolicy) leastPropensities() (position int, sum float64) {
	for at := range o.policy.positions {
		here := 0.0
		for _, c := range o.cells[at*o.policy.items : (at+1)*o.policy.items] {
			here += c.propensity
		}
		if here > sum {
			position, sum = at, here
		}
	}
	return position, sum
}

// Rows is how many impressions were taken in.
func (o *OffPolicy) Rows() int { return o.rows }

// OnPolicy is what the live policy earned an impression.
func (o *OffPolicy) OnPolicy(level float64) Estimate { return o.mean(o.reward, o.reward2, level) }

// mean is the mean of numbers, one a row, of which sum and sum of squares are known.
func (o *OffPolicy) mean(sum, squares, level float64) Estimate {
	n := float64(o.rows)
	mean := sum / n
	return normal(mean, math.Sqrt(max(0, squares-n*mean*mean)/(n-1)/n), level)
}
