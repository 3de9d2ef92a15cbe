package learn

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
)

// Voter is a model of several minds.
type Voter interface {
	// Vote fills shares, at least as long as actions, with the share of the minds that hold each action to be the best: the first
	// one of equals. Shares sum to 1.
	Vote(context []aparte.Feature, actions [][]aparte.Feature, shares []float64)
}

// Choice is a decision as a whole, for models that learn from what could have been done, too.
type Choice struct {
	Example                    // of the action that was chosen
	Actions [][]aparte.Feature // all there were
	Chosen  int                // which of them it was
}

// WholeLearner is a model that learns more from a whole choice than from its example alone.
type WholeLearner interface {
	LearnChoice(c *Choice) error
}

var (
	_ Model        = (*Weighted)(nil)
	_ Model        = (*Hurdle)(nil)
	_ WholeLearner = (*Robust)(nil)
	_ Voter        = (*Bag)(nil)
	_ Voter        = (*Cover)(nil)
	_ WholeLearner = (*Cover)(nil)
)

// panel is some linear models of one shape.
type panel []*Linear

func newPanel(n int, cfg Config) panel {
	p := make(panel, n)
	for i := range p {
		p[i] = NewLinear(cfg)
	}
	return p
}

// score is the mean of what the members say.
func (p panel) score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	clear(values[:len(actions)])
	for _, l := range p {
		l.add(context, actions, values)
	}
	for i := range values[:len(actions)] {
		values[i] /= float64(len(p))
	}
}

// vote is Voter's.
func (p panel) vote(context []aparte.Feature, actions [][]aparte.Feature, shares []float64) {
	shares = shares[:len(actions)]
	clear(shares)
	values := make([]float64, len(actions))
	for _, l := range p {
		l.Score(context, actions, values)
		shares[best(values)]++
	}
	for i := range shares {
		shares[i] /= float64(len(p))
	}
}

// best is the index of the largest value, the first of equals.
func best(values []float64) (at int) {
	for i, v := range values {
		if v > values[at] {
			at = i
		}
	}
	return at
}

// append writes the members' snapshots, each after its length.
func (p panel) append(b []byte) []byte {
	for _, l := range p {
		snapshot := l.Snapshot()
		b = append(binary.AppendUvarint(b, uint64(len(snapshot))), snapshot...)
	}
	return b
}

// readPanel reads n snapshots of one shape, after which nothing may come.
func readPanel(r *reader, n int) (panel, error) {
	p := make(panel, n)
	for i := range p {
		var err error
		if p[i], err = Restore(r.bytes(len(r.rest))); err != nil {
			return nil, fmt.Errorf("member %d: %w", i, err)
		}
		if p[i].bits != p[0].bits || p[i].crosses != p[0].crosses {
			return nil, errors.New("its members are of different shapes")
		}
	}
	if r.failed || len(r.rest) > 0 {
		return nil, errors.New("it is cut short or too long")
	}
	return p, nil
}
