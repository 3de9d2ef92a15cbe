package measure

import (
	"fmt"
	"math"
)

// Limits beyond which the intervals of the central limit theorem are not believed.
const (
	leastShare   = 0.1  // of the rows, that the effective sample size is
	mostLeverage = 0.05 // of Σ w², that one row has (Noether's condition wants it to vanish)
	leastRewards = 10   // rewards, effectively, that the estimate stands on
	mostUnseen   = 0.01 // of the policy's impressions, of items the log does not show there
	mostTail     = 0.001
)

// Diagnosis says how far a log can carry the judgement of the policy.
type Diagnosis struct {
	Rows       int
	ESS        float64 // (Σ w)² / Σ w²: as many rows of the policy's own as the log is worth (Kish 1965)
	MaxWeight  float64
	MeanWeight float64 // 1, but for chance, if the propensities are right and the log shows everything
	P          float64 // of a mean weight as far from 1, if it should be 1
	Leverage   float64 // share of the largest weight in Σ w²
	Rewards    float64 // (Σ w·r)² / Σ (w·r)²: on how many rewards IPW stands
	Excess     float64 // by which the log's propensities at a position add up to more than 1
	Unseen     float64 // share of the policy's impressions of items the log does not show at that position
}

// Diagnose looks at the weights so far.
func (o *OffPolicy) Diagnose() Diagnosis {
	p, n := o.policy, float64(o.rows)
	var all weighted
	d := Diagnosis{Rows: o.rows, MaxWeight: o.largest}
	for at := range p.positions {
		rows, unseen := 0.0, 0.0
		for i, show := range p.at(at) {
			c := &o.cells[at*p.items+i]
			s := &c.by[plain]
			all.w, all.w2, all.wr, all.w2r2 = all.w+s.w, all.w2+s.w2, all.wr+s.wr, all.w2r2+s.w2r2
			if rows += c.rows; c.rows == 0 {
				unseen += show
			}
		}
		d.Unseen += unseen * rows / n
	}
	d.ESS = ratio(all.w*all.w, all.w2)
	d.Leverage = ratio(o.largest*o.largest, all.w2)
	d.Rewards = ratio(all.wr*all.wr, all.w2r2)
	d.MeanWeight = all.w / n
	_, sum := o.leastPropensities()
	d.Excess = max(0, sum-1)
	d.P = tail(d.MeanWeight-1, math.Sqrt(max(0, all.w2-n*d.MeanWeight*d.MeanWeight)/(n-1)/n))
	return d
}

// ratio is a/b, and 0 where there is nothing to divide.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// tail is the probability of being as far from 0 by chance, for a normal deviation with standard error se.
func tail(deviation, se float64) float64 {
	if se == 0 && math.Abs(deviation) < 1e-9 {
		return 1
	}
	return math.Erfc(math.Abs(deviation) / se / math.Sqrt2)
}

// Fragile reports whether so few rows carry the estimates that a normal interval would be tighter than what
// is known: it is built from the weights that were seen, and the ones that matter may be those that were
// not.
func (d Diagnosis) Fragile() bool { return len(d.doubts()) > 0 }

// Doubt is a reason not to believe an interval.
type Doubt struct {
	Kind DoubtKind
	Text string // with the figures, in English
}

// DoubtKind is what is wrong.
type DoubtKind string

// What may be wrong.
const (
	FewWeights DoubtKind = "few_weights"   // few weights carry everything
	OneRow     DoubtKind = "one_row"       // one does
	FewRewards DoubtKind = "few_rewards"   // there are few rewards where it matters
	FewPeople  DoubtKind = "few_people"    // or few people
	NeverDone  DoubtKind = "never_done"    // the log does not show what the policy would do
	Misweighed DoubtKind = "weights_wrong" // the weights do not add up
)

func texts(doubts []Doubt) (all []string) {
	for _, d := range doubts {
		all = append(all, d.Text)
	}
	return all
}

// Warnings say in plain words what to doubt.
func (d Diagnosis) Warnings() []string {
	all := texts(d.doubts())
	if len(all) > 0 {
		all = append(all, "the intervals are therefore stretched to what holds whatever the weights not seen (exact, at any time of looking)")
	}
	if d.Excess > MaxDrift {
		all = append(all, fmt.Sprintf("the propensities of the items at one position add up to %.4g at least: they are rounded, or wrong", 1+d.Excess))
	}
	return append(all, texts(d.misweighed())...)
}

// Doubts are the warnings about a log for which intervals cannot be stretched: the normal ones are too narrow, then.
func (d Diagnosis) Doubts() []string {
	all := texts(d.doubts())
	if len(all) > 0 {
		all = append(all, "the intervals are too narrow to be believed")
	}
	return append(all, texts(d.misweighed())...)
}

// misweighed says where the weights do not add up.
func (d Diagnosis) misweighed() (all []Doubt) {
	if d.P < mostTail {
		all = append(all, Doubt{Misweighed, fmt.Sprintf("the weights add up to %.6g in %d rows, where right propensities give as much as there are rows (p = %.2g): "+
			"the propensities are wrong, or the log can never show part of what the policy would", d.MeanWeight*float64(d.Rows), d.Rows, d.P)})
	}
	return all
}

func (d Diagnosis) doubts() (all []Doubt) {
	n := float64(d.Rows)
	doubt := func(kind DoubtKind, reason string, args ...any) {
		all = append(all, Doubt{kind, fmt.Sprintf(reason, args...)})
	}
	if d.ESS < leastShare*n {
		doubt(FewWeights, "few weights carry everything: the effective sample size is %.0f of %d rows (largest weight %.4g)", d.ESS, d.Rows, d.MaxWeight)
	}
	if d.Leverage > mostLeverage {
		doubt(OneRow, "one row, of weight %.4g, has %.0f %% of the weights' sum of squares", d.MaxWeight, 100*d.Leverage)
	}
	if d.Rewards < leastRewards {
		doubt(FewRewards, "the estimate stands on %.1f rewards, effectively", d.Rewards)
	}
	if d.Unseen > mostUnseen {
		doubt(NeverDone, "%.1f %% of the policy's impressions are of items the log does not show at that position", 100*d.Unseen)
	}
	return all
}
