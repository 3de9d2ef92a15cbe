package measure

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Case is one person of a randomised test: whether they were treated, what followed, and the score by
// which a model would choose whom to treat, highest first.
type Case struct {
	Score   float64
	Treated bool
	Outcome float64
}

// Ranking is the cases of a test in order of their scores. The curves and areas of this package are drawn
// along it, all as scikit-uplift 0.5 defines them, to the digit.
type Ranking struct {
	cases  []Case
	binary bool // every outcome is 0 or 1
}

// ErrOneArm: a test in which nobody was treated, or everybody, compares nothing.
var ErrOneArm = errors.New("one arm of the test is empty")

// Rank puts cases in order: the highest score first, and of equal scores the later case first, as
// scikit-uplift does by turning a stable ascending order around. The cases are not kept. It is an error
// if an arm is empty or a number is not finite.
func Rank(cases []Case) (*Ranking, error) {
	r := &Ranking{cases: slices.Clone(cases), binary: true}
	treated := 0
	for i, c := range cases {
		if math.IsNaN(c.Score-c.Score) || math.IsNaN(c.Outcome-c.Outcome) {
			return nil, fmt.Errorf("case %d: score %g or outcome %g is not finite", i, c.Score, c.Outcome)
		}
		if c.Treated {
			treated++
		}
		r.binary = r.binary && (c.Outcome == 0 || c.Outcome == 1)
	}
	if treated == 0 || treated == len(cases) {
		return nil, ErrOneArm
	}
	r.sort()
	return r, nil
}

func (r *Ranking) sort() {
	slices.Reverse(r.cases)
	slices.SortStableFunc(r.cases, func(a, b Case) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
}

// Binary reports whether every outcome is 0 or 1.
func (r *Ranking) Binary() bool { return r.binary }

// UpliftAt is the uplift of the share of cases ranked first: the mean outcome of the treated among them
// less that of the others among them (scikit-uplift: uplift_at_k, strategy overall). False where the
// share holds nobody of one of the arms.
func (r *Ranking) UpliftAt(share float64) (float64, bool) {
	var p prefix
	for _, c := range r.cases[:min(int(float64(len(r.cases))*share), len(r.cases))] {
		p.add(c)
	}
	return p.treatedSum/p.treated - p.controlSum/p.control, p.treated > 0 && p.control > 0
}

// prefix is what is known of the cases ranked first.
type prefix struct {
	treated, control       float64 // how many
	treatedSum, controlSum float64 // of their outcomes
}

func (p *prefix) add(c Case) {
	if c.Treated {
		p.treated++
		p.treatedSum += c.Outcome
	} else {
		p.control++
		p.controlSum += c.Outcome
	}
}

func (p *prefix) size() float64 { return p.treated + p.control }
