package measure

// Point is one of a curve: what is gained when the first Cases of the ranking are treated.
type Point struct {
	Cases float64
	Gain  float64
}

// Curve is drawn from (0, 0) along a ranking, with a point wherever the score changes: people of equal
// score cannot be told apart, and the curve is straight between them.
type Curve []Point

// Area is the area under the curve, by trapezoids.
func (c Curve) Area() float64 {
	area := 0.0
	for i := 1; i < len(c); i++ {
		area += (c[i].Cases - c[i-1].Cases) * (c[i].Gain + c[i-1].Gain) / 2
	}
	return area
}

// AreaOfChance is the area under the straight line to the curve's end: that of a ranking that knows
// nothing.
func (c Curve) AreaOfChance() float64 {
	last := c[len(c)-1]
	return last.Cases * last.Gain / 2
}

// Qini is the curve of the outcomes that treating the first n of the ranking brings among the treated of
// them: their sum, less that of the others scaled to as many (Radcliffe 2007, "Using control groups to
// target on predicted lift").
func (r *Ranking) Qini() Curve {
	return r.curve(func(p *prefix) float64 {
		if p.control == 0 {
			return p.treatedSum
		}
		return p.treatedSum - p.controlSum*(p.treated/p.control)
	})
}

// Uplift is the curve of the difference of the arms' mean outcomes among the first n, times n. The mean
// of nobody counts as 0.
func (r *Ranking) Uplift() Curve {
	return r.curve(func(p *prefix) float64 {
		gain := 0.0
		if p.treated > 0 {
			gain += p.treatedSum / p.treated
		}
		if p.control > 0 {
			gain -= p.controlSum / p.control
		}
		return gain * p.size()
	})
}

func (r *Ranking) curve(gain func(*prefix) float64) Curve {
	curve := Curve{{}}
	var p prefix
	for i, c := range r.cases {
		p.add(c)
		if i+1 == len(r.cases) || r.cases[i+1].Score != c.Score {
			curve = append(curve, Point{p.size(), gain(&p)})
		}
	}
	return curve
}

// QiniScore is the area between the Qini curve and the line of chance, as a share of the same area for
// a ranking by hindsight: 0 is chance, 1 is those first who responded when treated, and last those who
// responded when not (scikit-uplift: qini_auc_score, with negative effects). False where outcomes are not 0 or 1, or where no ranking differs from chance: QiniPerCase says
// something then.
func (r *Ranking) QiniScore() (float64, bool) {
	if !r.binary {
		return 0, false
	}
	return score(r.Qini(), r.ranked(hindsight).Qini())
}

// AUUC is the same for the uplift curve (scikit-uplift: uplift_auc_score).
func (r *Ranking) AUUC() (float64, bool) {
	if !r.binary {
		return 0, false
	}
	return score(r.Uplift(), r.ranked(r.upliftHindsight()).Uplift())
}

// QiniPerCase is the area between the Qini curve and the line of chance over the square of the number of
// cases, in the outcome's unit: by how much the average case gains over a treatment handed out at random,
// averaged over how many are treated. It needs no outcomes of 0 and 1.
func (r *Ranking) QiniPerCase() float64 {
	curve, n := r.Qini(), float64(len(r.cases))
	return (curve.Area() - curve.AreaOfChance()) / (n * n)
}

func score(actual, best Curve) (float64, bool) {
	room := best.Area() - best.AreaOfChance()
	return (actual.Area() - best.AreaOfChance()) / room, room != 0
}

// ranked is the same cases ranked by another score.
func (r *Ranking) ranked(by func(Case) float64) *Ranking {
	again := &Ranking{cases: make([]Case, len(r.cases)), binary: r.binary}
	for i, c := range r.cases {
		c.Score = by(c)
		again.cases[i] = c
	}
	again.sort()
	return again
}

// hindsight puts those first who responded when treated, and last those who responded when not.
func hindsight(c Case) float64 {
	if c.Treated {
		return c.Outcome
	}
	return -c.Outcome
}

// upliftHindsight is the best score for the uplift curve: those whose outcome equals their treatment come
// first, and what breaks ties depends on which of the other two kinds is the rarer.
func (r *Ranking) upliftHindsight() func(Case) float64 {
	controlResponders, treatedOthers := 0, 0
	for _, c := range r.cases {
		switch {
		case !c.Treated && c.Outcome == 1:
			controlResponders++
		case c.Treated && c.Outcome == 0:
			treatedOthers++
		}
	}
	return func(c Case) float64 {
		treated, best := 0.0, 0.0
		if c.Treated {
			treated = 1
		}
		if c.Outcome == treated {
			best = 2
		}
		if controlResponders > treatedOthers {
			return best + c.Outcome
		}
		return best + treated
	}
}
