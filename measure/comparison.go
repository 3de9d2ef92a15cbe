package measure

import "math"

// Comparison is what being treated adds to a person's value, from sums alone: those of Holdout without its order.
// It is for values that go on growing while one looks. Assumed, as there: each person was put on a side by
// chance, with the stated share of being held out, before anything else happened to them.
type Comparison struct {
	Share   float64 // of people who are held out
	Treated Spread
	Held    Spread

	// How many ever entered on each side, those included who have left (people who proved to be one).
	EnteredTreated, EnteredHeld int64
}

// What a comparison stands on before it says anything.
const (
	LeastPeople = 100 // on either side
	LeastValued = 10  // of them with a value other than 0
)

// Enough reports whether both sides have people enough for the intervals to mean what they say: the central limit
// theorem is behind all of them.
func (c *Comparison) Enough() bool {
	return min(c.Treated.People, c.Held.People) >= LeastPeople && min(c.Treated.Valued(), c.Held.Valued()) >= LeastValued
}

// Difference is the difference of the means, treated less held out, with the interval of one look (Welch 1947; see
// Holdout.Difference).
func (c *Comparison) Difference(level float64) Estimate {
	return difference(c.Treated.Mean(), c.Held.Mean(), level)
}

// Anytime is the same difference with an interval for any time of looking: asymptotic, tuned as Asymptotic is, with the
// people of both sides as its rows (Waudby-Smith and others 2021, on randomised experiments; by weighing each
// person with their side's share, the variance of the effect a person is n times the squared standard
// error of the difference).
func (c *Comparison) Anytime(level float64) Estimate { return c.anytime(c.Difference(level), level) }

func (c *Comparison) anytime(e Estimate, level float64) Estimate {
	e.Interval = Asymptotic(e.Value, e.SE, int(c.Treated.People+c.Held.People), level)
	return e
}

// mostOutside is the share of people with a value whose value is drawn in.
const mostOutside = 0.01

// Winsorised is the difference where the largest values are drawn in to bound: a power of two above which not more than
// one valued person in a hundred lies, both sides together. It is less than the whole truth, and does not
// hang on a few; where it and Difference disagree, a few people carry the difference.
func (c *Comparison) Winsorised(level float64) (oneLook, anytime Estimate, bound int64) {
	valued := c.Treated.Valued() + c.Held.Valued()
	outside, size := int64(0), MaxSize
	for size > 1 {
		at := c.Treated.Of(size).People + c.Treated.Of(-size).People + c.Held.Of(size).People + c.Held.Of(-size).People
		if float64(outside+at) > mostOutside*float64(valued) {
			break
		}
		outside += at
		size--
	}
	e := difference(c.Treated.Within(size), c.Held.Within(size), level)
	return e, c.anytime(e, level), 1 << size
}

func difference(treated, held Mean, level float64) Estimate {
	return normal(treated.Value()-held.Value(), math.Hypot(treated.SE(), held.SE()), level)
}

// Mismatch is the evidence that people were not split as stated, as a p-value for any time of looking: that of
// SampleRatio, as it stands now. Its evidence does not depend on the order in which people came, so that
// counts are enough: a Dirichlet prior's likelihood of the counts, over that of the stated shares.
func (c *Comparison) Mismatch() float64 {
	if !(c.Share > 0 && c.Share < 1) {
		return 1
	}
	held, treated := float64(c.EnteredHeld), float64(c.EnteredTreated)
	a, b := priorPeople*c.Share, priorPeople*(1-c.Share)
	evidence := logBeta(a+held, b+treated) - logBeta(a, b) - held*math.Log(c.Share) - treated*math.Log1p(-c.Share)
	return min(1, math.Exp(-evidence))
}

func logBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}
