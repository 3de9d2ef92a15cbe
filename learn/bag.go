package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/aparte-dev/aparte"
)

// Bag is linear models that each see every example a random number of times, as if each had been drawn a sample of the past of
// its own: where they differ, the past does not tell (bootstrapped Thompson sampling: Eckles, Kaptein 2014; the online bootstrap is
// that of Oza, Russell 2001, with Poisson weights). Its votes are the chances to choose by.
type Bag struct {
	panel
	seed    uint64
	learned uint64
}

const (
	// BagSize is the usual number of models in a bag.
	BagSize = 10
	// maxPanel bounds the number of models in a bag or a cover.
	maxPanel = 64
)

// NewBag is a bag of n models, at most 64, that know nothing; their samples are drawn by seed.
func NewBag(n int, seed uint64, cfg Config) *Bag {
	return &Bag{panel: newPanel(min(max(n, 1), maxPanel), cfg), seed: seed}
}

// Score implements Model: the models' mean.
func (b *Bag) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	b.panel.score(context, actions, values)
}

// Vote implements Voter.
func (b *Bag) Vote(context []aparte.Feature, actions [][]aparte.Feature, shares []float64) {
	b.panel.vote(context, actions, shares)
}

// Version is the number of examples learned.
func (b *Bag) Version() uint64 { return b.learned }

// Spread is the typical size of a reward, in minor units.
func (b *Bag) Spread() float64 {
	sum := 0.0
	for _, l := range b.panel {
		sum += l.usual()
	}
	return sum / float64(len(b.panel))
}

// Learn implements Model.
func (b *Bag) Learn(e *Example) error {
	if err := e.Validate(); err != nil {
		return err
	}
	var lots rand.PCG
	lots.Seed(b.seed, b.learned)
	b.learned++
	for _, l := range b.panel {
		if times := poisson(lots.Uint64()); times > 0 {
			lesson := *e
			lesson.Weight = e.weight() * times
			l.learn(&lesson, nil, 0)
		}
	}
	return nil
}

// poisson is a number drawn from the Poisson distribution of mean 1 by the bits of u: how many of the limits u reaches. Limit k is
// 2^64·P(N ≤ k); seven or more have a chance of 1 in 10,000 and count as seven.
func poisson(u uint64) (n float64) {
	for _, limit := range [...]float64{0.36787944117144233, 0.7357588823428847, 0.9196986029286058, 0.9810118431238462, 0.9963401531726563, 0.9994058151824183, 0.9999167588507119} {
		if float64(u>>11)/(1<<53) >= limit {
			n++
		}
	}
	return n
}

const (
	bagKind    = 'B'
	bagVersion = 1
)

// Snapshot implements Model. Its body: the seed in eight bytes, the examples and the number of models as uvarints, then their
// snapshots, each after its length as a uvarint.
func (b *Bag) Snapshot() []byte {
	s := binary.LittleEndian.AppendUint64([]byte{bagKind, bagVersion}, b.seed)
	s = binary.AppendUvarint(binary.AppendUvarint(s, b.learned), uint64(len(b.panel)))
	return seal(b.panel.append(s))
}

// RestoreBag reads a snapshot. What is damaged or impossible is an error.
func RestoreBag(s []byte) (*Bag, error) {
	body, err := unseal(s, bagKind, bagVersion)
	if err != nil {
		return nil, fmt.Errorf("restore bag: %w", err)
	}
	r := &reader{rest: body}
	b := &Bag{seed: binary.LittleEndian.Uint64(r.take(8)), learned: r.uvarint()}
	n := r.uvarint()
	if r.failed || n == 0 || n > maxPanel {
		return nil, fmt.Errorf("restore bag: %w", errors.New("its number of models is out of bounds"))
	}
	if b.panel, err = readPanel(r, int(n)); err != nil {
		return nil, fmt.Errorf("restore bag: %w", err)
	}
	return b, nil
}
