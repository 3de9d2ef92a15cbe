package measure

import (
	"fmt"
	"math"
)

// Contextual gathers a log of one policy to judge another whose choices go by the situation, decision by
// decision. The other may learn from the log as it goes: each term then has the mean it should have, given
// what came before, so that estimates are without bias and the intervals hold for the mean of the policies on the way.
// The zero value is ready. It is not safe for concurrent use.
type Contextual struct {
	ipw, direct, onPolicy Mean
	weights               weighted
	doubly                Mean
	largest               float64
}

// Choice is what a log and the policy to be judged say of one decision.
type Choice struct {
	Reward     float64 // of what was chosen
	Propensity float64 // with which the live policy chose it, in (0, 1]
	Chance     float64 // with which the policy to be judged would have, in [0, 1]
	Expected   float64 // q: what a model that has not seen the decision expects of what was chosen
	Direct     float64 // g: what it expects of the policy to be judged, Σ π·q over all that could be chosen
}

// Add takes a decision in. After an error nothing has changed.
func (c *Contextual) Add(x Choice) error {
	if err := x.check(); err != nil {
		return err
	}
	w := x.Chance / x.Propensity
	c.onPolicy.Add(x.Reward)
	c.ipw.Add(w * x.Reward)
	c.direct.Add(x.Direct)
	c.doubly.Add(x.Direct + w*(x.Reward-x.Expected))
	c.weights.add(w, x.Reward)
	c.largest = max(c.largest, w)
	return nil
}

func (x *Choice) check() error {
	switch {
	case !finite(x.Reward) || !finite(x.Expected) || !finite(x.Direct):
		return &BadImpression{"reward", "a reward, or what is expected of one, is not finite"}
	case !(x.Propensity >= MinPropensity && x.Propensity <= 1):
		return &BadImpression{"propensity", fmt.Sprintf("%v is not between %v and 1", x.Propensity, MinPropensity)}
	case !(x.Chance >= 0 && x.Chance <= 1+MaxDrift):
		return &BadImpression{"chance", fmt.Sprintf("%v is not between 0 and 1", x.Chance)}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Rows is how many decisions were taken in.
func (c *Contextual) Rows() int { return c.ipw.N }

// OnPolicy is what the live policy earned a decision.
func (c *Contextual) OnPolicy(level float64) Estimate { return c.onPolicy.Estimate(level) }

// IPW, SNIPW and DR are what the judged policy would have earned a decision, as in [Estimates], with
// intervals for one look.
func (c *Contextual) IPW(level float64) Estimate { return c.ipw.Estimate(level) }

// DR is as IPW.
func (c *Contextual) DR(level float64) Estimate { return c.doubly.Estimate(level) }

// DM is what the model alone says, as in [Estimates]: what it misses is not in the interval.
func (c *Contextual) DM(level float64) Estimate { return c.direct.Estimate(level) }

// SNIPW is as IPW. The standard error is that of terms w·(r − value)/w̄ (the delta method). NaN where the policy
// would have done nothing of what was done.
func (c *Contextual) SNIPW(level float64) Estimate {
	s, n := &c.weights, float64(c.ipw.N)
	value := s.wr / s.w
	squares := max(0, s.w2r2-2*value*s.w2r+value*value*s.w2)
	return normal(value, math.Sqrt(squares*n/(n-1))/s.w, level)
}

// Diagnose looks at the weights so far. Unseen and Excess are not known of such a log.
func (c *Contextual) Diagnose() Diagnosis {
	s, n := &c.weights, float64(c.ipw.N)
	d := Diagnosis{
		Rows: c.ipw.N, ESS: ratio(s.w*s.w, s.w2), MaxWeight: c.largest, MeanWeight: s.w / n,
		Leverage: ratio(c.largest*c.largest, s.w2), Rewards: ratio(s.wr*s.wr, s.w2r2),
	}
	d.P = tail(d.MeanWeight-1, math.Sqrt(max(0, s.w2-n*d.MeanWeight*d.MeanWeight)/(n-1)/n))
	return d
}
