package learn

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// MaxObjectives is how many objectives an ensemble holds a model for. A brand has a few.
const MaxObjectives = 32

// ErrTooManyObjectives: an example is about one objective more than an ensemble can hold.
var ErrTooManyObjectives = errors.New("too many objectives")

// Ensemble is what is known of each objective, in order of their ids: a hybrid model, and beside it an effect model where
// examples have a rival, or instead of them a hurdle model where examples ask for one. What an action is worth is the sum over the objectives. It is safe
// for concurrent use as Model says: one that learns is published to others as a Clone.
type Ensemble struct {
	cfg     Config
	learned uint64
	members []member
	counted []aparte.Objective // those that count in the sum; nil: all, by their rewards

	// sum is the sum of what the members' contents share, so that a clone scores at little more than the
	// cost of one model; it is empty where the ensemble has learned since.
	sum table
}

// NewEnsemble is an ensemble without a model: it scores everything 0. A model begins with the first
// example of its objective, so that an ensemble is a function of the examples alone and does not
// change with the brand's objectives.
func NewEnsemble(cfg Config) *Ensemble { return &Ensemble{cfg: cfg.normal()} }

// Version is the number of examples learned.
func (e *Ensemble) Version() uint64 { return e.learned }

// Distrusted is how many of the examples learned it no longer goes by: those before the world last changed, as its models
// saw it. Where it is much, exploration has to begin again.
func (e *Ensemble) Distrusted() uint64 {
	var n uint64
	for i := range e.members {
		if m := &e.members[i]; e.lesson(m) == aparte.LearnReward {
			n += m.model.doubt.until
		}
	}
	return n
}

// Objectives are those a model was begun for, in order.
func (e *Ensemble) Objectives() []aparte.ObjectiveID {
	ids := make([]aparte.ObjectiveID, len(e.members))
	for i, m := range e.members {
		ids[i] = m.objective
	}
	return ids
}

// Score implements Model. Clones sum in another order than the ensemble they were made from, and may
// differ from it in the last bits.
func (e *Ensemble) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	e.Predict(context, actions, values, nil)
}

// Predict scores like Score and says how far off each score may be: widths, where it is not nil, is the
// standard deviation of what the score estimates, in minor units.
func (e *Ensemble) Predict(context []aparte.Feature, actions [][]aparte.Feature, values, widths []float64) {
	clear(values[:len(actions)])
	if widths != nil {
		clear(widths[:len(actions)])
	}
	if e.sum.weights != nil {
		e.sum.add(context, actions, values)
	}
	for i := range e.members {
		m := &e.members[i]
		switch e.lesson(m) {
		case aparte.LearnReward:
			if e.sum.weights == nil {
				m.model.shared.add(context, actions, values)
			}
			m.model.refine(context, actions, values, widths)
		case aparte.LearnEffect:
			m.effect.addAll(context, actions, values)
			if widths != nil {
				m.effect.spread(context, actions, widths)
			}
		case aparte.LearnHurdle:
			m.hurdle.refine(context, actions, values, widths)
		}
	}
	roots(widths, len(actions))
}

// Learn implements Model: the example goes to its objective's models. ErrTooManyObjectives where there is
// none and no room for one.
func (e *Ensemble) Learn(x *Example) error {
	if err := x.Validate(); err != nil {
		return err
	}
	i, found := e.find(x.Objective)
	if !found {
		if len(e.members) == MaxObjectives {
			return fmt.Errorf("objective %q: %w, at most %d", x.Objective, ErrTooManyObjectives, MaxObjectives)
		}
		e.members = slices.Insert(e.members, i, member{objective: x.Objective})
	}
	e.learned++
	e.sum = table{}
	return e.members[i].learn(e.cfg, x)
}

// Spread is how far what follows a decision usually is from its prediction, over all objectives that
// count, in minor units: the unit in which a difference between two actions is large or small. 0 with
// nothing learned.
func (e *Ensemble) Spread() float64 {
	var squares float64
	for i := range e.members {
		if m := &e.members[i]; e.lesson(m) != uncounted {
			squares += m.noise(e.lesson(m))
		}
	}
	return math.Sqrt(squares)
}

// Clone is a copy that shares nothing with e, for others to score with while e goes on learning. Where
// objectives are given, only those count in the clone's scores, the ones the brand still has, each by what it
// says is to be learned of it. Its snapshot is whole all the same. Like Learn, it runs alone.
func (e *Ensemble) Clone(counted ...aparte.Objective) *Ensemble {
	c := &Ensemble{cfg: e.cfg, learned: e.learned, counted: slices.Clone(counted), members: slices.Clone(e.members)}
	for i := range c.members {
		m := &c.members[i]
		m.knowledge = m.clone()
		if m.heir != nil {
			heir := m.heir.clone()
			m.heir = &heir
		}
		if c.lesson(m) != aparte.LearnReward {
			continue
		}
		if c.sum.weights == nil {
			c.sum = m.model.shared.table
			c.sum.weights = slices.Clone(m.model.shared.weights)
			continue
		}
		for j, w := range m.model.shared.weights {
			c.sum.weights[j] += w
		}
	}
	return c
}

// Under is e as it stands, with only these objectives counting as in a Clone. It costs nothing and shares everything:
// it is good until e learns again.
func (e *Ensemble) Under(counted ...aparte.Objective) *Ensemble {
	view := *e
	view.counted, view.sum = counted, table{}
	return &view
}

// uncounted is the lesson of an objective that does not count.
const uncounted aparte.Lesson = ""

// lesson is by which of its models a member counts.
func (e *Ensemble) lesson(m *member) aparte.Lesson {
	if len(e.counted) == 0 {
		return m.knowledge.lesson(aparte.LearnReward)
	}
	i := slices.IndexFunc(e.counted, func(o aparte.Objective) bool { return o.ID == m.objective })
	if i < 0 {
		return uncounted
	}
	return m.knowledge.lesson(e.counted[i].Learn)
}

func (e *Ensemble) find(id aparte.ObjectiveID) (int, bool) {
	return slices.BinarySearchFunc(e.members, id, func(m member, id aparte.ObjectiveID) int {
		switch {
		case m.objective < id:
			return -1
		case m.objective > id:
			return 1
		}
		return 0
	})
}
