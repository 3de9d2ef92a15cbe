package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
)

const (
	ensembleKind    = 'E'
	ensembleVersion = 4
)

// Snapshot implements Model. Its body: bits, crosses and blocks (0 or 1) in one byte each, drift as a
// float64, the examples and the number of objectives as uvarints, and for each the length of its id, the
// id, its examples and the beginning of its period of memory as uvarints, what is known of it, and, where that
// beginning is not 0, what its heir knows. What is known: the lengths of the snapshots of the hybrid, the hurdle and the
// effect model, each before the snapshot, 0 where there is none.
func (e *Ensemble) Snapshot() []byte {
	b := []byte{ensembleKind, ensembleVersion, byte(e.cfg.Bits), flag(!e.cfg.NoCrosses), flag(!e.cfg.NoBlocks)}
	b = appendFloat64(b, e.cfg.Drift)
	b = binary.AppendUvarint(b, e.learned)
	b = binary.AppendUvarint(b, uint64(len(e.members)))
	for _, m := range e.members {
		b = binary.AppendUvarint(b, uint64(len(m.objective)))
		b = append(b, m.objective...)
		b = binary.AppendUvarint(binary.AppendUvarint(b, m.learned), uint64(m.since))
		b = m.knowledge.append(b)
		if m.heir != nil {
			b = m.heir.append(b)
		}
	}
	return seal(b)
}

func (k *knowledge) append(b []byte) []byte {
	var snapshots [3][]byte
	if k.model != nil {
		snapshots[0] = k.model.Snapshot()
	}
	if k.hurdle != nil {
		snapshots[1] = k.hurdle.Snapshot()
	}
	if k.effect != nil {
		snapshots[2] = k.effect.Snapshot()
	}
	for _, s := range snapshots {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
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
		m, err := e.readMember(r)
		if err != nil {
			return nil, err
		}
		learned += m.learned
		e.members = append(e.members, m)
	}
	if len(r.rest) > 0 || learned != e.learned {
		return nil, errors.New("it is too long, or its examples do not add up")
	}
	return e, nil
}

func (e *Ensemble) readMember(r *reader) (m member, err error) {
	m.objective = aparte.ObjectiveID(r.bytes(MaxObjective))
	m.learned = r.uvarint()
	since := r.uvarint()
	m.since = int64(since)
	if i, found := e.find(m.objective); r.failed || m.objective == "" || found || i != len(e.members) || since > math.MaxInt64 {
		return m, errors.New("its objectives are not in order, or cut short")
	}
	if m.knowledge, err = e.readKnowledge(r, m.learned); err != nil {
		return m, fmt.Errorf("objective %q: %w", m.objective, err)
	}
	if m.since == 0 {
		return m, nil
	}
	heir, err := e.readKnowledge(r, m.learned)
	if err != nil {
		return m, fmt.Errorf("heir of objective %q: %w", m.objective, err)
	}
	m.heir = &heir
	return m, nil
}

// readKnowledge reads what was learned from no more than so many examples.
func (e *Ensemble) readKnowledge(r *reader, examples uint64) (k knowledge, err error) {
	if s := r.bytes(len(r.rest)); len(s) > 0 {
		if k.model, err = RestoreHybrid(s); err != nil {
			return k, err
		}
		if m, l := k.model, k.model.shared; l.bits != e.cfg.Bits || l.crosses == e.cfg.NoCrosses || m.plain != e.cfg.NoBlocks ||
			m.drift != e.cfg.Drift || m.Version() > examples {
			return k, errors.New("its model is of another shape")
		}
	}
	if s := r.bytes(len(r.rest)); len(s) > 0 {
		if k.hurdle, err = RestoreHurdle(s); err != nil {
			return k, err
		}
		if l := k.hurdle.linear; l.bits != e.cfg.Bits || l.crosses == e.cfg.NoCrosses || l.learned > examples {
			return k, errors.New("its hurdle model is of another shape")
		}
	}
	if s := r.bytes(len(r.rest)); len(s) > 0 {
		if k.effect, err = RestoreEffect(s); err != nil {
			return k, err
		}
		if m := k.effect; m.bits != e.cfg.Bits || m.crosses == e.cfg.NoCrosses || k.model == nil || m.learned > k.model.Version() || m.compared == 0 {
			return k, errors.New("its effect model is of another shape")
		}
	}
	if r.failed || k.model == nil && k.hurdle == nil {
		return k, errors.New("nothing is known of it, or it is cut short")
	}
	return k, nil
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
