package learn

import "github.com/aparte-dev/aparte"

// Clone is a copy that shares nothing with h.
func (h *Hurdle) Clone() *Hurdle { return &Hurdle{h.linear.Clone(), h.mean} }

// many is how many actions are scored at a time.
const many = 64

// refine adds each action's score to values, and to variances that of the score, where they are not nil.
//
// With p the chance and m the mean, the score m·p varies with the log odds z by m·p·(1−p). The variance of z is that of the
// normal approximation around what was learned, Σ u²/(G + λ) with the coordinates as independent (Chapelle, Li 2011, "An
// empirical evaluation of Thompson sampling", algorithm 3): G, the sum of the squared gradients (y−p)²·u², is an estimate of
// the information of the logistic loss. λ is oddsDoubt, and for all crosses of a feature together as much.
func (h *Hurdle) refine(context []aparte.Feature, actions [][]aparte.Feature, values, variances []float64) {
	var room [many]float64
	usual := h.usual()
	for from := 0; from < len(actions); from += many {
		some := actions[from:min(from+many, len(actions))]
		odds := room[:len(some)]
		h.linear.Score(context, some, odds)
		for i, z := range odds {
			p := Logistic(usual + z)
			values[from+i] += float64(h.mean * p)
			if variances != nil {
				slope := float64(h.mean * float64(p*(1-p)))
				variances[from+i] += float64(float64(slope*slope) * min(h.linear.doubt(context, some[i]), widest))
			}
		}
	}
}

// oddsDoubt is λ for a feature by itself: log odds are expected to differ by about a half from one to the next. It was set by judgement.
const oddsDoubt = 4

// doubt is the variance of what an action adds to the log odds.
func (l *Linear) doubt(context, action []aparte.Feature) (sum float64) {
	if l.total == 0 {
		return widest
	}
	ofCross := oddsDoubt * max(1, float64(len(context)))
	for _, f := range action {
		mixed := mixAction(f.Hash)
		sum += l.cells[l.alone(mixed)].variance(f.Value, oddsDoubt)
		if !l.crosses {
			continue
		}
		for _, c := range context {
			sum += l.cells[l.crossed(mixContext(c.Hash), mixed)].variance(float32(c.Value*f.Value), ofCross)
		}
	}
	return sum
}

// variance is that of a coordinate of some value.
func (c *cell) variance(value float32, doubt float64) float64 {
	u := 1.0 // of one never seen it is the scale
	if c.scale > 0 {
		u = float64(value) / float64(c.scale)
	}
	return float64(u*u) / (float64(c.squares) + doubt)
}

// contribute adds to amounts what each feature adds to the score: what it adds to the log odds, times by how much the score
// varies with them there.
func (h *Hurdle) contribute(context, action []aparte.Feature, amounts []float64) {
	var odds [1]float64
	h.linear.Score(context, [][]aparte.Feature{action}, odds[:])
	p := Logistic(h.usual() + odds[0])
	h.linear.contribute(context, action, float64(h.mean*float64(p*(1-p))), amounts)
}
