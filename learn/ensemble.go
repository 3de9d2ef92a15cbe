package learn

import (
	"encoding/binary"
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

// Ensemble is one hybrid model an objective, in order of the objectives' ids. What an action is worth is
// the sum over the objectives. It is safe for concurrent use as Model says: one that learns is published
// to others as a Clone.
type Ensemble struct {
	cfg     Config
	learned uint64
	members []member
	counted []aparte.ObjectiveID // those that count in the sum; nil: all

	// sum is the sum of what the members' contents share, so that a clone scores at little more than the
	// cost of one model; it is empty where the ensemble has learned since.
	sum table
}

type member struct {
	objective aparte.ObjectiveID
	model     *Hybrid
}

// NewEnsemble is an ensemble without a model: it scores everything 0. A model begins with the first
// example of its objective, so that an ensemble is a function of the examples alone and does not
// change with the brand's objectives.
func NewEnsemble(cfg Config) *Ensemble { return &Ensemble{cfg: cfg.normal()} }

// Version is the number of examples learned.
func (e *Ensemble) Version() uint64 { return e.learned }

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
	for _, m := range e.members {
		if !e.counts(m.objective) {
			continue
		}
		if e.sum.weights == nil {
			m.model.shared.add(context, actions, values)
		}
		m.model.refine(context, actions, values, widths)
	}
	roots(widths, len(actions))
}

// Learn implements Model: the example goes to its objective's model. ErrTooManyObjectives where there is
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
		e.members = slices.Insert(e.members, i, member{x.Objective, NewHybrid(e.cfg)})
	}
	e.learned++
	e.sum = table{}
	e.members[i].model.learn(x)
	return nil
}

// Spread is how far what follows a decision usually is from its prediction, over all objectives that
// count, in minor units: the unit in which a difference between two actions is large or small. 0 with
// nothing learned.
func (e *Ensemble) Spread() float64 {
	var squares float64
	for _, m := range e.members {
		if e.counts(m.objective) {
			squares += m.model.noise
		}
	}
	return math.Sqrt(squares)
}

// Clone is a copy that shares nothing with e, for others to score with while e goes on learning. Where
// objectives are named, only those count in the clone's scores: the ones the brand still has. Its
// snapshot is whole all the same. Like Learn, it runs alone.
func (e *Ensemble) Clone(counted ...aparte.ObjectiveID) *Ensemble {
	c := &Ensemble{cfg: e.cfg, learned: e.learned, counted: slices.Clone(counted), members: slices.Clone(e.members)}
	for i := range c.members {
		m := &c.members[i]
		m.model = m.model.Clone()
		if !c.counts(m.objective) {
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

func (e *Ensemble) counts(id aparte.ObjectiveID) bool {
	return len(e.counted) == 0 || slices.Contains(e.counted, id)
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

const (
	ensembleKind    = 'E'
	ensembleVersion = 2
)

// Snapshot implements Model. Its body: bits, crosses and blocks (0 or 1) in one byte each, drift as a
// float64, the examples and the number of objectives as uvarints, and for each the length of its id, the
// id, the length of its model's snapshot and that.
func (e *Ensemble) Snapshot() []byte {
	b := []byte{ensembleKind, ensembleVersion, byte(e.cfg.Bits), flag(!e.cfg.NoCrosses), flag(!e.cfg.NoBlocks)}
	b = appendFloat64(b, e.cfg.Drift)
	b = binary.AppendUvarint(b, e.learned)
	b = binary.AppendUvarint(b, uint64(len(e.members)))
	for _, m := range e.members {
		model := m.model.Snapshot()
		b = binary.AppendUvarint(b, uint64(len(m.objective)))
		b = append(b, m.objective...)
		b = binary.AppendUvarint(b, uint64(len(model)))
		b = append(b, model...)
	}
	return seal(b)
}

// RestoreEnsemble reads a snapshot of an ensemble. What is damaged or impossible is an error.
func RestoreEnsemble(b []byte) (*Ensemble, error) {
	body, err := unseal(b, ensembleKind, ensembleVersion)
	if err != nil {
		return nil, fmt.Errorf("restore ensemble: %w", err)
	}
	e, err := readEnsemble(&reader{rest: body})
	if err != nil {
		return nil, fmt.Errorf("restore ensemble: %w", err)
	}
	return e, nil
}

func readEnsemble(r *reader) (*Ensemble, error) {
	bits, crosses, blocks, drift := int(r.byte()), r.byte(), r.byte(), r.float64()
	e := NewEnsemble(Config{Bits: bits, NoCrosses: crosses == 0, NoBlocks: blocks == 0, Drift: drift})
	e.learned = r.uvarint()
	n := r.uvarint()
	if r.failed || bits < MinBits || bits > MaxBits || crosses > 1 || blocks > 1 || n > MaxObjectives ||
		e.cfg.Drift != drift || e.cfg.NoBlocks != (blocks == 0) {
		return nil, errors.New("its shape is out of bounds")
	}
	learned := uint64(0)
	for range n {
		id := aparte.ObjectiveID(r.bytes(MaxObjective))
		snapshot := r.bytes(len(r.rest))
		if i, found := e.find(id); r.failed || id == "" || found || i != len(e.members) {
			return nil, errors.New("its objectives are not in order")
		}
		model, err := RestoreHybrid(snapshot)
		if err != nil {
			return nil, fmt.Errorf("objective %q: %w", id, err)
		}
		if l := model.shared; l.bits != bits || l.crosses != (crosses == 1) || model.plain != (blocks == 0) || model.drift != drift {
			return nil, fmt.Errorf("objective %q: its model is of another shape", id)
		}
		learned += model.Version()
		e.members = append(e.members, member{id, model})
	}
	if len(r.rest) > 0 || learned != e.learned {
		return nil, errors.New("it is too long, or its examples do not add up")
	}
	return e, nil
}

// bytes reads a length, at most limit, and as many bytes.
func (r *reader) bytes(limit int) []byte {
	n := r.uvarint()
	if n > uint64(limit) || n > uint64(len(r.rest)) {
		r.failed = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}
