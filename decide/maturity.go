package decide

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Bounds of what a brand declares of scores.
const (
	MaxAwards  = 64  // of one score
	maxPoints  = 1e6 // of one award, either way
	maxHorizon = 366 * 24 * time.Hour
	mostFading = 100 * 365 * 24 * time.Hour
)

// declared is a score compiled.
type declared struct {
	*aparte.Score
	standing []award // those given as long as a condition holds
}

type award struct {
	rule   *rule
	points float64
}

// Maturity is how near a person is to an objective.
type Maturity struct {
	Objective aparte.ObjectiveID
	Score     float64 // in [0, 1]
	Learned   bool    // Score is the probability that was learned; else it is the points' share of their level
	Points    float64 // as declared
	Declared  bool    // the brand declares points
}

// Maturities are how near a person is at a time to each objective that can be told of, in the brand's order: of those
// for which points are declared or a score was learned. A nil fit knows nothing.
func (p *Plan) Maturities(person *aparte.Person, fit Fit, at time.Time) []Maturity {
	d := p.openOn(person, fit, at)
	defer p.close(d)
	var all []Maturity
	for i := range p.brand.Objectives {
		m := Maturity{Objective: p.brand.Objectives[i].ID}
		score := d.maturity(string(m.Objective))
		if score.kind == missing {
			continue
		}
		m.Score = score.num
		points := d.points(string(m.Objective))
		m.Points, m.Declared = points.num, points.kind != missing
		_, m.Learned = d.learned(string(m.Objective))
		all = append(all, m)
	}
	return all
}

// maturity is what rules know as score["…"]: the probability that was learned, where there is one, else the points that
// were declared, as a share of their level; missing where there is neither.
func (d *deliberation) maturity(objective string) fact {
	if chance, ok := d.learned(objective); ok {
		return double(chance)
	}
	points := d.points(objective)
	if points.kind == missing {
		return points
	}
	return double(min(1, max(0, points.num/d.plan.scores[aparte.ObjectiveID(objective)].Level)))
}

// learned is the probability, from what is known of the person now, that they reach an objective within its horizon.
// Nothing is reckoned of who objects to profiling.
func (d *deliberation) learned(objective string) (float64, bool) {
	if d.q.Fit == nil || d.impersonal {
		return 0, false
	}
	return d.q.Fit.Score(aparte.ObjectiveID(objective), d.plan.brand.Policy.Allowed(d.person), d.now)
}

// points are what the person scored toward an objective, faded, and what they are given for who they are; missing where
// the brand declares none.
func (d *deliberation) points(objective string) fact {
	s, known := d.plan.scores[aparte.ObjectiveID(objective)]
	if !known || len(s.Points) == 0 {
		return fact{kind: missing}
	}
	sum := d.person.PointsToward(s.Objective, d.now)
	for _, a := range s.standing {
		if d.ask(a.rule) == holds {
			sum += a.points
		}
	}
	return double(sum)
}

// compileScores checks what the brand declares of scores.
func (a *audit) compileScores(words language) map[aparte.ObjectiveID]declared {
	compiled := make(map[aparte.ObjectiveID]declared, len(a.brand.Scores))
	a.bounded("/scores", len(a.brand.Scores), MaxObjectives)
	fading := make(map[string]bool) // sums that a person's record keeps
	for i := range a.brand.Scores {
		s, at := &a.brand.Scores[i], fmt.Sprintf("/scores/%d", i)
		if _, again := compiled[s.Objective]; again {
			a.fail(at+"/objective", "%q is scored twice", clip(string(s.Objective)))
			continue
		}
		a.check(a.isObjective(s.Objective), at+"/objective", "%q is no objective of the brand", clip(string(s.Objective)))
		a.check(s.Horizon >= 0 && s.Horizon.Std() <= maxHorizon, at+"/horizon", "is longer than 366 days")
		a.check(s.Level > 0 && s.Level <= maxPoints || s.Level == 0 && len(s.Points) == 0, at+"/level", "%v is not in (0, %v]", s.Level, maxPoints)
		a.bounded(at+"/points", len(s.Points), MaxAwards)
		one := declared{Score: s}
		for k := range s.Points {
			r := a.award(words, &s.Points[k], fmt.Sprintf("%s/points/%d", at, k))
			if r != nil {
				one.standing = append(one.standing, award{r, s.Points[k].Points})
			} else {
				fading[fmt.Sprint(s.Objective, " ", s.Points[k].HalfLife)] = true
			}
		}
		compiled[s.Objective] = one
	}
	a.check(len(fading) <= aparte.MaxPoints, "/scores", "%d different half-lives of objectives, at most %d are kept of a person", len(fading), aparte.MaxPoints)
	return compiled
}

// award checks one award and compiles its condition; nil where an event gives it.
func (a *audit) award(words language, x *aparte.Award, at string) *rule {
	a.check(!math.IsNaN(x.Points) && x.Points != 0 && math.Abs(x.Points) <= maxPoints, at+"/points", "%v is 0 or beyond ±%v", x.Points, maxPoints)
	a.check(x.HalfLife >= 0 && x.HalfLife.Std() <= mostFading, at+"/halfLife", "is longer than 100 years")
	a.check(x.HalfLife.Std()%time.Second == 0, at+"/halfLife", "is no whole number of seconds")
	if !a.check((x.Event == "") != (x.When == ""), at, "has both an event and a condition, or neither") || x.When == "" {
		return nil
	}
	a.check(x.HalfLife == 0, at+"/halfLife", "a condition holds or does not: what it gives does not fade")
	r, err := words.rule(&aparte.Rule{When: x.When})
	if err == nil {
		err = r.aboutPeople("score", "points")
	}
	if err != nil {
		a.fail(at+"/when", "%w", err)
		return nil
	}
	return r
}

func (a *audit) isObjective(id aparte.ObjectiveID) bool {
	for i := range a.brand.Objectives {
		if a.brand.Objectives[i].ID == id {
			return true
		}
	}
	return false
}

// aboutPeople is an error where a rule reads what only a decision has, or one of some other variables.
func (r *rule) aboutPeople(except ...string) error {
	if err := ofPeople(r.reads); err != nil {
		return err
	}
	for _, v := range r.reads {
		if name := variables[v].name; slices.Contains(except, name) {
			return fmt.Errorf("speaks of %s, which it is a part of", name)
		}
	}
	return nil
}
