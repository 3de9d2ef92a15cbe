package measure

import "math"

// The constants of the estimators.
const (
	Clip   = 10  // largest weight of clipped IPW
	Tau    = 5   // weight above which Switch-DR trusts the model alone
	Lambda = 10  // of DRos, how much large weights are shrunk
	Shrink = 100 // impressions at the log's mean reward that the model adds to each item
)

// Estimates are what the policy would have earned an impression, by the estimators of the field. With w
// the weight, r the reward and q the model:
//
//	IPW        mean of w·r                            (Horvitz, Thompson 1952)
//	ClippedIPW mean of min(w, Clip)·r                 (Ionides 2008)
//	SNIPW      Σ w·r / Σ w                            (Swaminathan, Joachims 2015)
//	DM         mean of g, g = Σ over items of π·q     (direct method)
//	DR         mean of g + w·(r − q)                  (Dudík, Langford, Li 2011)
//	SNDR       mean of g + w·(r − q) / mean of w
//	SwitchDR   DR, without the second term if w > Tau (Wang, Agarwal, Dudík 2017)
//	DRos       DR with λw/(w²+λ) for w, λ = Lambda    (Su, Dimakopoulou, Krishnamurthy, Dudík 2020)
//
// The model q is an item's mean reward in this log, drawn toward the mean of all by Shrink impressions. It
// knows neither the position nor the person: DM and, in part, SwitchDR and DRos inherit what it misses,
// and their intervals do not know of it.
type Estimates struct {
	IPW, ClippedIPW, SNIPW, DM, DR, SNDR, SwitchDR, DRos Estimate
}

// Estimates are those after the rows so far, with intervals of one look at a fixed number of rows; where
// the weights do not bear such intervals, they are stretched to the exact one (see Diagnosis).
func (o *OffPolicy) Estimates(level float64) Estimates {
	m := o.model()
	silent := &model{q: make([]float64, o.policy.items), g: make([]float64, o.policy.positions)}
	e := Estimates{
		IPW:        o.doublyRobust(silent, plain, level),
		ClippedIPW: o.doublyRobust(silent, clipped, level),
		SNIPW:      o.selfNormalised(silent, level),
		DM:         o.resting(m, none, level),
		DR:         o.doublyRobust(m, plain, level),
		SNDR:       o.selfNormalised(m, level),
		SwitchDR:   o.resting(m, switched, level),
		DRos:       o.resting(m, shrunk, level),
	}
	if o.Diagnose().Fragile() {
		e.stretch(o.exact.Interval(level))
	}
	return e
}

func (e *Estimates) stretch(to Interval) {
	for _, x := range []*Estimate{&e.IPW, &e.ClippedIPW, &e.SNIPW, &e.DM, &e.DR, &e.SNDR, &e.SwitchDR, &e.DRos} {
		x.stretch(to)
	}
}

// stretch makes the interval reach as far as another, and no farther from there than a mean of rewards can
// lie. It goes on to contain the value.
func (e *Estimate) stretch(to Interval) {
	for _, x := range []float64{e.Low, e.High, e.Value} {
		if !math.IsNaN(x) {
			to.Low, to.High = min(to.Low, max(x, 0)), max(to.High, min(x, 1))
		}
	}
	if !math.IsNaN(e.Value) {
		to.Low, to.High = min(to.Low, e.Value), max(to.High, e.Value)
	}
	e.Interval = to
}

// model is the reward model: q an item's expected reward, g a position's under the policy.
type model struct {
	q, g  []float64
	shown []float64 // impressions of the item
}

func (o *OffPolicy) model() *model {
	p := o.policy
	mean := o.reward / float64(o.rows)
	m := &model{make([]float64, p.items), make([]float64, p.positions), make([]float64, p.items)}
	for i, c := range o.cells {
		m.q[i%p.items] += c.reward
		m.shown[i%p.items] += c.rows
	}
	for i, reward := range m.q {
		m.q[i] = (reward + Shrink*mean) / (m.shown[i] + Shrink)
	}
	for at := range m.g {
		for i, show := range p.at(at) {
			m.g[at] += m.q[i] * show
		}
	}
	return m
}

// doublyRobust is the mean of g + w·(r − q) with the standard error of a mean: right weights make up for
// what the model misses, its own error included.
func (o *OffPolicy) doublyRobust(m *model, by int, level float64) Estimate {
	sum, squares := o.sums(m, by, 0, 0, 1)
	return o.mean(sum, squares, level)
}

// selfNormalised is the mean of g plus Σ w·(r − q) / Σ w. The standard error is that of the first-order
// expansion of the ratio (the delta method): of terms g − ḡ + w/w̄·(r − q − ē), ē the second part.
func (o *OffPolicy) selfNormalised(m *model, level float64) Estimate {
	n := float64(o.rows)
	direct, _ := o.sums(m, none, 0, 0, 0)
	direct /= n
	residual, weight := 0.0, 0.0
	for i := range o.cells {
		s := &o.cells[i].by[plain]
		residual += s.wr - m.q[i%o.policy.items]*s.w
		weight += s.w
	}
	residual /= weight
	_, squares := o.sums(m, plain, direct, residual, n/weight)
	return normal(direct+residual, math.Sqrt(max(0, squares)/(n-1)/n), level)
}

// none is no weighting: the second term is left out.
const none = -1

// sums are the sum and the sum of squares over the rows of (g − less) + scale·w·(r − q − lift).
func (o *OffPolicy) sums(m *model, by int, less, lift, scale float64) (sum, squares float64) {
	for i := range o.cells {
		c := &o.cells[i]
		if c.rows == 0 {
			continue
		}
		g := m.g[i/o.policy.items] - less
		sum += c.rows * g
		squares += c.rows * g * g
		if by == none {
			continue
		}
		s, q := &c.by[by], m.q[i%o.policy.items]+lift
		second := scale * (s.wr - q*s.w)
		sum += second
		squares += 2*g*second + scale*scale*(s.w2r2-2*q*s.w2r+q*q*s.w2)
	}
	return sum, squares
}

// resting is the same mean for estimators that rest on the model: DM, and those that shrink weights so that
// what the model misses is not made up for. Their standard error must know that the model was learned
// from the same rows. It comes from how the estimate moves when one row counts a little more (the
// infinitesimal jackknife, Jaeckel 1972): by its own term, and through its item's q and the log's mean.
func (o *OffPolicy) resting(m *model, by int, level float64) Estimate {
	p, n, mean := o.policy, float64(o.rows), o.reward/float64(o.rows)
	sum, _ := o.sums(m, by, 0, 0, 1)
	value := sum / n
	lean := o.lean(by) // what an item's q adds to the estimate
	throughMean := 0.0
	for item := range lean {
		lean[item] /= m.shown[item] + Shrink
		throughMean += lean[item] * Shrink / n
	}
	squares := 0.0
	for i := range o.cells {
		c, item := &o.cells[i], i%p.items
		if c.rows == 0 {
			continue
		}
		// A row moves the estimate by slope·r + still + w·(r − q)/n.
		q, slope := m.q[item], lean[item]+throughMean
		still := (m.g[i/p.items]-value)/n - lean[item]*q - throughMean*mean
		squares += slope*slope*c.reward2 + 2*slope*still*c.reward + still*still*c.rows
		if by == none {
			continue
		}
		s := &c.by[by]
		squares += (s.w2r2 - 2*q*s.w2r + q*q*s.w2) / n / n
		squares += 2 * (slope*(s.wr2-q*s.wr) + still*(s.wr-q*s.w)) / n
	}
	return normal(value, math.Sqrt(max(0, squares)*n/(n-1)), level)
}

// lean is the derivative of the estimate by the q of each item: how often the policy shows it, less what the
// log's own rows of it make up for.
func (o *OffPolicy) lean(by int) []float64 {
	p, n := o.policy, float64(o.rows)
	lean := make([]float64, p.items)
	for at := range p.positions {
		rows := 0.0
		for i := range p.items {
			c := &o.cells[at*p.items+i]
			rows += c.rows
			if by != none {
				lean[i] -= c.by[by].w / n
			}
		}
		for i, show := range p.at(at) {
			lean[i] += show * rows / n
		}
	}
	return lean
}

// Anytime is the doubly robust estimate with an interval that holds at all times of looking at once, as
// far as the weights let the central limit theorem hold at all.
func (o *OffPolicy) Anytime(level float64) Estimate {
	e := o.doublyRobust(o.model(), plain, level)
	e.Interval = Asymptotic(e.Value, e.SE, o.rows, level)
	if o.Diagnose().Fragile() {
		e.stretch(o.exact.Interval(level))
	}
	return e
}

// Exact is where the policy's value lies whatever the weights that were not seen: at all times of looking
// at once, without any approximation.
func (o *OffPolicy) Exact(level float64) Interval { return o.exact.Interval(level) }
