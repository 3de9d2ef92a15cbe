package measure

import (
	"fmt"
	"math"
)

// Change gathers a log of one policy to judge a change of it: what the changed policy would have earned a decision, and
// how much more than the live one that is. Decisions come person by person. What one person did may count for several
// of their decisions, and somebody who buys, buys: decisions of one person are no evidence independent of each
// other. So people are the sample: errors are those of sums by person (Liang and Zeger 1986, "Longitudinal data
// analysis using generalized linear models"), and people are the rows of intervals for any time of looking.
//
// Its size is that of one person's sums. The zero value is ready. It is not safe for concurrent use.
type Change struct {
	people  int
	person  sums // of the person under way
	all     sums
	squares [terms][terms]float64 // Σ over people of products of their sums

	weights     weighted
	largest     float64
	unseen      float64
	changed     int
	differing   float64  // Σ |w − 1| of the person under way
	differences weighted // of these, a person a row
	rewarded    weighted // of |w − 1|·|r|, a decision a row
}

// What is summed, by person and over all.
const (
	rows     = iota
	reward   // r
	expected // q
	weight   // w
	earned   // w·r
	doubly   // g + w·(r − q)
	lifted   // g − g₀ + (w − 1)·(r − q)
	dropped  // 1 where the changed policy would never have done what was done
	terms
)

type sums [terms]float64

// Alternative is what a log, the live policy and the changed one say of one decision.
type Alternative struct {
	Choice
	Live   float64 // g₀: what the model expects of the live policy, as Direct of the changed one
	Unseen float64 // with which the changed policy would have done what the live one never did there
}

// Add takes a decision of the person under way in. After an error nothing has changed.
func (c *Change) Add(x Alternative) error {
	if err := x.check(); err != nil {
		return err
	}
	if !finite(x.Live) || !(x.Unseen >= 0 && x.Unseen <= 1+MaxDrift) {
		return &BadImpression{"unseen", fmt.Sprintf("%v is not between 0 and 1, or what is expected is not finite", x.Unseen)}
	}
	w := x.Chance / x.Propensity
	beyond := x.Reward - x.Expected
	gone := 0.0
	if x.Chance == 0 {
		gone = 1
	}
	for i, v := range [terms]float64{1, x.Reward, x.Expected, w, w * x.Reward, x.Direct + w*beyond, x.Direct - x.Live + (w-1)*beyond, gone} {
		c.person[i] += v
	}
	c.weights.add(w, x.Reward)
	c.largest = max(c.largest, w)
	c.unseen += x.Unseen
	if by := math.Abs(w - 1); by > sameWeight {
		c.changed++
		c.differing += by
		c.rewarded.add(by*math.Abs(x.Reward), 0)
	}
	return nil
}

// sameWeight is how far from 1 a weight may be by rounding: chances divide small gaps of values, so that what is lost in these grows. A
// brand judged against itself was seen to be off by 2e-6.
const sameWeight = 1e-4

// Begun reports whether a decision of the person under way was taken in.
func (c *Change) Begun() bool { return c.person[rows] > 0 }

// Next ends a person: what follows is of another.
func (c *Change) Next() {
	if c.person[rows] == 0 {
		return
	}
	c.people++
	for i, a := range c.person {
		c.all[i] += a
		for j, b := range c.person {
			c.squares[i][j] += a * b
		}
	}
	c.differences.add(c.differing, 0)
	c.person, c.differing = sums{}, 0
}

// People and Rows are how many people and decisions were taken in, Changed for how many of these the policies differ.
func (c *Change) People() int { return c.people }

// Rows is as People.
func (c *Change) Rows() int { return int(c.all[rows]) }

// Changed is as People.
func (c *Change) Changed() int { return c.changed }

// ratio is Σ over · x / Σ under · x over people. The standard error is that of its first-order expansion (the delta
// method), with people as the sample.
func (c *Change) ratio(over, under sums, level float64) Estimate {
	below := c.dot(under)
	value := c.dot(over) / below
	var residual sums // its mean is 0
	for i := range residual {
		residual[i] = over[i] - value*under[i]
	}
	square := 0.0
	for i, a := range residual {
		for j, b := range residual {
			square += a * b * c.squares[i][j]
		}
	}
	n := float64(c.people)
	return normal(value, math.Sqrt(max(0, square)*n/(n-1))/math.Abs(below), level)
}

func (c *Change) dot(with sums) (sum float64) {
	for i, a := range with {
		sum += a * c.all[i]
	}
	return sum
}

// of is the coefficient 1 of one term.
func of(term int) (s sums) {
	s[term] = 1
	return s
}

// robust is a doubly robust term with a model that expects base more of everything: it is the mean of what the log
// earned beyond the model, so that w·(r − q) varies by what is not known, and not by all that people buy anyway. What it
// adds has mean 0, the weights having mean 1.
func (c *Change) robust(term int) sums {
	s := of(term)
	base := (c.all[reward] - c.all[expected]) / c.all[rows]
	s[rows] += base
	s[weight] -= base
	return s
}

// OnPolicy is what the live policy earned a decision, with the interval of one look.
func (c *Change) OnPolicy(level float64) Estimate { return c.ratio(of(reward), of(rows), level) }

// IPW, SNIPW and DR are what the changed policy would have earned a decision, as in [Estimates].
func (c *Change) IPW(level float64) Estimate { return c.ratio(of(earned), of(rows), level) }

// SNIPW is as IPW.
func (c *Change) SNIPW(level float64) Estimate { return c.ratio(of(earned), of(weight), level) }

// DR is as IPW.
func (c *Change) DR(level float64) Estimate { return c.ratio(c.robust(doubly), of(rows), level) }

// Lift is how much more than the live policy the changed one would have earned a decision: doubly robust, and paired. It
// varies only where the two differ.
func (c *Change) Lift(level float64) Estimate { return c.ratio(c.robust(lifted), of(rows), level) }

// Earned is how much more than the changed policy the live one earned, for each time it did what the changed one never
// would: where the change is to do without something, what that something earned each time it was done.
func (c *Change) Earned(level float64) Estimate {
	kept := c.robust(lifted)
	for i := range kept {
		kept[i] = -kept[i]
	}
	return c.ratio(kept, of(dropped), level)
}

// Dropped is how many times the live policy did what the changed one never would.
func (c *Change) Dropped() int { return int(c.all[dropped]) }

// Anytime is an estimate of c with an interval for any time of looking, as far as the central limit theorem holds at all
// (see [Asymptotic]).
func (c *Change) Anytime(e Estimate, level float64) Estimate {
	e.Interval = Asymptotic(e.Value, e.SE, c.people, level)
	return e
}

// Diagnose looks at the weights so far. Excess is not known of such a log.
func (c *Change) Diagnose() Diagnosis {
	s, n := &c.weights, c.all[rows]
	d := Diagnosis{
		Rows: int(n), ESS: ratio(s.w*s.w, s.w2), MaxWeight: c.largest, MeanWeight: s.w / n, Unseen: c.unseen / n,
		Leverage: ratio(c.largest*c.largest, s.w2), Rewards: ratio(s.wr*s.wr, s.w2r2),
	}
	mean := c.ratio(of(weight), of(rows), 0.5)
	d.P = tail(mean.Value-1, mean.SE)
	return d
}

// leastCarriers is for how many people, effectively, the policies must differ for a lift to be believed.
const leastCarriers = 30

// Carried is on how many people the lift stands, effectively: (Σ d)²/Σ d² with d by how much the policies differ for
// each; and on how many of their rewards.
func (c *Change) Carried() (people, rewards float64) {
	return c.differences.effective(), c.rewarded.effective()
}

// effective is (Σ w)²/Σ w².
func (s *weighted) effective() float64 { return ratio(s.w*s.w, s.w2) }

// Doubts say why intervals are not to be believed, and nothing where they are. Where the policies never differ, there
// is nothing to doubt.
func (c *Change) Doubts() []string { return texts(c.Doubted()) }

// Doubted is Doubts by kind, the most telling first.
func (c *Change) Doubted() (all []Doubt) {
	d := c.Diagnose()
	if c.changed > 0 {
		unseen := d.Unseen
		d.Unseen = 0
		all = d.doubts()
		if unseen > mostUnseen {
			all = append(all, Doubt{NeverDone, fmt.Sprintf("%.1f %% of what the changed policy would do was never done there", 100*unseen)})
		}
		people, rewards := c.Carried()
		if people < leastCarriers {
			all = append(all, Doubt{FewPeople, fmt.Sprintf("the policies differ for %.1f people, effectively", people)})
		}
		if rewards < leastRewards {
			all = append(all, Doubt{FewRewards, fmt.Sprintf("where the policies differ, there are %.1f rewards, effectively", rewards)})
		}
	}
	return append(all, d.misweighed()...)
}
