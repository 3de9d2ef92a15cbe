package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
)

// Cover is linear models of which the first goes for reward and each of the others for reward and for what those before it leave
// out, so that together they cover all that may yet prove right (Online Cover: Agarwal, Hsu, Kale, Langford, Li, Schapire 2014,
// "Taming the monster", experimental section). All learn by the doubly robust estimates of Robust. Its votes are the chances to choose
// by.
type Cover struct {
	panel // q, then those that vote
}

const (
	// CoverSize is the usual number of models that vote.
	CoverSize = 5
	// zeal is ψ: how much being left out by all others is worth, in typical rewards shared among the actions.
	zeal = 1
)

// NewCover is a cover of n models that vote, at most 63, and know nothing.
func NewCover(n int, cfg Config) *Cover {
	return &Cover{newPanel(1+min(max(n, 1), maxPanel-1), cfg)}
}

// Score implements Model: what the first one says, which goes for reward alone.
func (c *Cover) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	c.panel[1].Score(context, actions, values)
}

// Vote implements Voter.
func (c *Cover) Vote(context []aparte.Feature, actions [][]aparte.Feature, shares []float64) {
	c.panel[1:].vote(context, actions, shares)
}

// Version is the number of choices learned.
func (c *Cover) Version() uint64 { return c.panel[0].learned }

// Spread is the typical size of a reward, in minor units.
func (c *Cover) Spread() float64 { return c.panel[0].usual() }

// Learn implements Model: the choice is one without alternatives.
func (c *Cover) Learn(e *Example) error {
	return c.LearnChoice(&Choice{Example: *e, Actions: [][]aparte.Feature{e.Features.Action}})
}

// LearnChoice implements WholeLearner. With least the chance that every action is given at least, the model that comes after some
// is taught each action's reward plus ψ·S·least/(K·least + (1 − K·least)·share), share being that of those before it who would
// choose the action now: ψ·S/K for what none of them would choose, next to nothing for what all would.
func (c *Cover) LearnChoice(x *Choice) error {
	if err := x.Validate(); err != nil {
		return err
	}
	k := float64(len(x.Actions))
	targets, values, votes := make([]float64, len(x.Actions)), make([]float64, len(x.Actions)), make([]float64, len(x.Actions))
	c.panel[0].robust(x, targets)
	least := min(1/k, 1/math.Sqrt(k*float64(c.panel[0].learned))) / k
	bonus := zeal * c.Spread() * least
	lesson := x.Example
	for before, l := range c.panel[1:] {
		l.Score(x.Features.Context, x.Actions, values)
		for a, action := range x.Actions {
			lesson.Features.Action, lesson.Reward = action, targets[a]
			if before > 0 {
				lesson.Reward += bonus / (float64(k*least) + (1-float64(k*least))*votes[a]/float64(before))
			}
			l.learn(&lesson, nil, 0)
		}
		votes[best(values)]++
	}
	return nil
}

const (
	coverKind    = 'C'
	coverVersion = 1
)

// Snapshot implements Model. Its body: the number of models as a uvarint, then their snapshots, each after its length as a uvarint.
func (c *Cover) Snapshot() []byte {
	return seal(c.panel.append(binary.AppendUvarint([]byte{coverKind, coverVersion}, uint64(len(c.panel)))))
}

// RestoreCover reads a snapshot. What is damaged or impossible is an error.
func RestoreCover(b []byte) (*Cover, error) {
	body, err := unseal(b, coverKind, coverVersion)
	if err != nil {
		return nil, fmt.Errorf("restore cover: %w", err)
	}
	r := &reader{rest: body}
	n := r.uvarint()
	if r.failed || n < 2 || n > maxPanel {
		return nil, fmt.Errorf("restore cover: %w", errors.New("its number of models is out of bounds"))
	}
	p, err := readPanel(r, int(n))
	if err != nil {
		return nil, fmt.Errorf("restore cover: %w", err)
	}
	return &Cover{p}, nil
}
