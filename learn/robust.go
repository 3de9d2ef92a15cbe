package learn

import (
	"fmt"

	"github.com/aparte-dev/aparte"
)

// Robust learns from what was done about what was not: every action there was is taught the doubly robust estimate of what it
// would have brought, q(a) + 1[a was chosen]·(r − q(a))/p, with q a regression of the rewards and p the probability of the choice
// (Dudík, Langford, Li 2011, "Doubly robust policy evaluation and learning"). Probabilities count as no smaller than
// 1/heaviest.
type Robust struct {
	panel // of two: q, and what scores
}

// NewRobust is a model that knows nothing.
func NewRobust(cfg Config) *Robust { return &Robust{newPanel(2, cfg)} }

// Score implements Model.
func (r *Robust) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	r.panel[1].Score(context, actions, values)
}

// Version is the number of choices learned.
func (r *Robust) Version() uint64 { return r.panel[0].learned }

// Learn implements Model: the choice is one without alternatives.
func (r *Robust) Learn(e *Example) error {
	return r.LearnChoice(&Choice{Example: *e, Actions: [][]aparte.Feature{e.Features.Action}})
}

// LearnChoice implements WholeLearner.
func (r *Robust) LearnChoice(c *Choice) error {
	if err := c.Validate(); err != nil {
		return err
	}
	targets := make([]float64, len(c.Actions))
	r.panel[0].robust(c, targets)
	lesson := c.Example
	for a, action := range c.Actions {
		lesson.Features.Action, lesson.Reward = action, targets[a]
		r.panel[1].learn(&lesson, nil, 0)
	}
	return nil
}

// robust fills targets with the doubly robust estimates of a choice's actions by q, then teaches q.
func (q *Linear) robust(c *Choice, targets []float64) {
	q.Score(c.Features.Context, c.Actions, targets)
	targets[c.Chosen] += (c.Reward - targets[c.Chosen]) * min(1/c.Propensity, heaviest)
	q.learn(&c.Example, nil, 0)
}

// Validate says what is wrong with a choice: see Example.Validate. The chosen action must be among those there were.
func (c *Choice) Validate() error {
	if c.Chosen < 0 || c.Chosen >= len(c.Actions) {
		return fmt.Errorf("choice: action %d of %d", c.Chosen, len(c.Actions))
	}
	for i, action := range c.Actions {
		if err := validate(action); err != nil {
			return fmt.Errorf("choice: action %d: %w", i, err)
		}
	}
	return c.Example.Validate()
}

// Spread is how far a reward is from its mean where nothing else is known, in minor units.
func (r *Robust) Spread() float64 { return r.panel[0].usual() }

// usual is the typical size of a reward, those that were zero included.
func (l *Linear) usual() float64 {
	if l.total == 0 {
		return 0
	}
	return l.amounts.size(l.total)
}

const (
	robustKind    = 'O' // R is Traffic's
	robustVersion = 1
)

// Snapshot implements Model. Its body: the snapshots of q and of what scores, each after its length as a uvarint.
func (r *Robust) Snapshot() []byte {
	return seal(r.panel.append([]byte{robustKind, robustVersion}))
}

// RestoreRobust reads a snapshot. What is damaged or impossible is an error.
func RestoreRobust(b []byte) (*Robust, error) {
	body, err := unseal(b, robustKind, robustVersion)
	if err != nil {
		return nil, fmt.Errorf("restore robust model: %w", err)
	}
	p, err := readPanel(&reader{rest: body}, 2)
	if err != nil {
		return nil, fmt.Errorf("restore robust model: %w", err)
	}
	return &Robust{p}, nil
}
