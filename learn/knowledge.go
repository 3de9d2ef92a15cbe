package learn

import (
	"fmt"

	"github.com/aparte-dev/aparte"
)

// knowledge is what is known of one objective. Which models that are is what its rows asked for: what is not asked
// for is not kept.
type knowledge struct {
	model  *Hybrid // nil where rows are for a hurdle
	hurdle *Hurdle // nil where no row was
	effect *Effect // nil where no row had a rival
}

// ripe is from how many comparisons on an effect model is believed. Before, what follows an action is the
// better guess at what it adds. A model that takes the place of another is believed from as many examples on.
const ripe = 2000

// learn takes a valid example in. The effect model begins with the first that has a rival, and is taught all from then on.
func (k *knowledge) learn(cfg Config, x *Example) error {
	if x.Hurdle {
		if k.hurdle == nil {
			k.hurdle = NewHurdle(cfg)
		}
		k.hurdle.learn(x)
		if k.model != nil && k.hurdle.Version() >= min(ripe, k.model.Version()) {
			k.model, k.effect = nil, nil
		}
		return nil
	}
	if k.model == nil {
		k.model = NewHybrid(cfg)
	}
	if k.effect == nil && x.RivalPropensity > 0 {
		k.effect = NewEffect(cfg)
	}
	if k.effect != nil {
		if err := k.effect.Learn(x); err != nil {
			return fmt.Errorf("effect of objective %q: %w", x.Objective, err)
		}
	}
	k.model.learn(x)
	if k.hurdle != nil && k.model.Version() >= min(ripe, k.hurdle.Version()) {
		k.hurdle = nil
	}
	return nil
}

// lesson is by which of the models it counts where this is wanted. Of two, one takes the place of the other, which has
// learned more.
func (k *knowledge) lesson(wanted aparte.Lesson) aparte.Lesson {
	switch {
	case k.hurdle != nil && (k.model == nil || k.hurdle.Version() > k.model.Version()):
		return aparte.LearnHurdle
	case wanted == aparte.LearnEffect && k.effect != nil && k.effect.compared >= ripe:
		return aparte.LearnEffect
	}
	return aparte.LearnReward
}

// noise is the variance of rewards around what is predicted.
func (k *knowledge) noise(wanted aparte.Lesson) float64 {
	if k.lesson(wanted) == aparte.LearnHurdle {
		return float64(k.hurdle.Spread() * k.hurdle.Spread())
	}
	return k.model.noise
}

func (k *knowledge) clone() knowledge {
	var c knowledge
	if k.model != nil {
		c.model = k.model.Clone()
	}
	if k.hurdle != nil {
		c.hurdle = k.hurdle.Clone()
	}
	if k.effect != nil {
		c.effect = k.effect.Clone()
	}
	return c
}

// member is one objective. Where it forgets, an heir is begun with each period of memory and learns the same rows; with
// the next period it takes over, so that what counts is never older than two periods, and never of less than one.
type member struct {
	objective aparte.ObjectiveID
	learned   uint64 // examples
	knowledge
	since int64 // when the period of memory began, as rows tell it; 0: nothing is forgotten
	heir  *knowledge
}

// learn takes a valid example in. Rows of several parts come in no common order: one that is late belongs to the period that is.
func (m *member) learn(cfg Config, x *Example) error {
	m.learned++
	switch {
	case x.Since == 0:
		m.since, m.heir = 0, nil
	case x.Since > m.since:
		if m.heir != nil {
			m.knowledge = *m.heir
		}
		m.since, m.heir = x.Since, new(knowledge)
	}
	if m.heir != nil {
		if err := m.heir.learn(cfg, x); err != nil {
			return err
		}
	}
	return m.knowledge.learn(cfg, x)
}
