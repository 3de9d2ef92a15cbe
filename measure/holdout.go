package measure

import (
	"fmt"
	"math"
)

// Holdout compares people who are treated with people for whom silence is kept on purpose: what being
// treated adds to a person's value. Assumed: each person was put on a side by chance, with the stated share
// of being treated, before anything else happened to them. It is not safe for concurrent use.
type Holdout struct {
	share            float64 // of people who are treated
	treated, holdout Mean
	effects          Mean // one a person, see Add
	split            *SampleRatio
	high, low        Exact // of treated, of holdout
	unbounded        bool  // a value outside 0 to 1 was seen
}

// NewHoldout begins a comparison in which the share of people is to be treated, above 0 and below 1.
func NewHoldout(share float64) (*Holdout, error) {
	split, err := NewSampleRatio(share, 1-share)
	if err != nil {
		return nil, fmt.Errorf("holdout: %w", err)
	}
	return &Holdout{share: share, split: split}, nil
}

// Add takes one person's value in. Values that are not finite are an error, and change nothing.
func (h *Holdout) Add(treated bool, value float64) error {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return fmt.Errorf("a value of %v", value)
	}
	// What this one person says of the effect, with expectation the effect whatever the means before them
	// (augmented inverse propensity weighting, Robins, Rotnitzky, Zhao 1994): the closer the means, the less
	// it varies.
	effect := before(&h.treated) - before(&h.holdout)
	if treated {
		effect += (value - before(&h.treated)) / h.share
		h.treated.Add(value)
		h.split.Add(0)
	} else {
		effect -= (value - before(&h.holdout)) / (1 - h.share)
		h.holdout.Add(value)
		h.split.Add(1)
	}
	h.effects.Add(effect)
	if h.unbounded = h.unbounded || value < 0 || value > 1; h.unbounded {
		return nil
	}
	if treated {
		h.high.Add(1, value)
	} else {
		h.low.Add(1, value)
	}
	return nil
}

// before is the mean of those seen before; 0 of nobody.
func before(m *Mean) float64 {
	if m.N == 0 {
		return 0
	}
	return m.Value()
}

// Treated and Holdout are the means of either side, for one look.
func (h *Holdout) Treated(level float64) Estimate { return h.treated.Estimate(level) }

// Holdout is the mean of the people held out, for one look.
func (h *Holdout) Holdout(level float64) Estimate { return h.holdout.Estimate(level) }

// People are how many were treated, and how many held out.
func (h *Holdout) People() (treated, holdout int) { return h.treated.N, h.holdout.N }

// Difference is the difference of the means with the interval of one look at a number of people that was
// fixed beforehand (Welch 1947, for samples large enough that the normal quantile serves). With fewer than two
// people on a side it has no interval.
func (h *Holdout) Difference(level float64) Estimate {
	return normal(h.treated.Value()-h.holdout.Value(), math.Hypot(h.treated.SE(), h.holdout.SE()), level)
}

// Anytime is the effect with an interval for any time of looking: asymptotic, for values of any size with
// finite variance (Waudby-Smith and others 2021, for randomised experiments). Its value differs
// slightly from the difference of means: each person is compared with the means of those before.
func (h *Holdout) Anytime(level float64) Estimate { return h.effects.Anytime(level) }

// Exact is an interval for the effect on values from 0 to 1, such as having bought: for any time of looking
// and any number of people, wider in exchange. Other values, once seen, leave everything possible.
func (h *Holdout) Exact(level float64) Interval {
	if h.unbounded {
		return Interval{math.Inf(-1), math.Inf(1)}
	}
	each := 1 - (1-level)/2
	treated, holdout := h.high.Interval(each), h.low.Interval(each)
	return Interval{treated.Low - holdout.High, treated.High - holdout.Low}
}

// Mismatch is the evidence that people were not split as stated, as a p-value for any time of looking.
// Below a thousandth or so nothing else here is to be believed.
func (h *Holdout) Mismatch() float64 { return h.split.P() }
