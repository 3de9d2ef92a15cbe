package learn

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
)

const (
	ensembleKind    = 'E'
	ensembleVersion = 3
)

// Snapshot implements Model. Its body: bits, crosses and blocks (0 or 1) in one byte each, drift as a
// float64, the examples and the number of objectives as uvarints, and for each the length of its id, the
// id, the length of its hybrid model's snapshot, that, the length of its effect model's, 0 where there is none,
// and that.
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
		var effect []byte
		if m.effect != nil {
			effect = m.effect.Snapshot()
		}
		b = binary.AppendUvarint(b, uint64(len(effect)))
		b = append(b, effect...)
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
		effect, err := e.readEffect(r.bytes(len(r.rest)), model.Version())
		if err != nil {
			return nil, fmt.Errorf("objective %q: %w", id, err)
		}
		learned += model.Version()
		e.members = append(e.members, member{id, model, effect})
	}
	if len(r.rest) > 0 || learned != e.learned {
		return nil, errors.New("it is too long, or its examples do not add up")
	}
	return e, nil
}

// readEffect reads the effect model of an objective of which so many examples were learned, if it has one.
func (e *Ensemble) readEffect(snapshot []byte, examples uint64) (*Effect, error) {
	if len(snapshot) == 0 {
		return nil, nil
	}
	m, err := RestoreEffect(snapshot)
	if err != nil {
		return nil, err
	}
	if m.bits != e.cfg.Bits || m.crosses == e.cfg.NoCrosses || m.learned > examples || m.compared == 0 {
		return nil, errors.New("its effect model is of another shape")
	}
	return m, nil
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
