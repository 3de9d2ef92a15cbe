package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const (
	effectKind    = 'D' // for difference
	effectVersion = 2
)

// Snapshot implements Model. Its body, as in a linear model's: bits, crosses; the examples and the rewards
// that were not zero as uvarints; Σh of those compared, Σh·‖u‖² of those, Σh of all, Σh of the rewards that
// were not zero, and their median; the number of coordinates touched, and for each the distance from
// the one before as a uvarint, weight, G, scale, where the last step led and Σh·c as float32s. Then the baseline's snapshot.
func (e *Effect) Snapshot() []byte {
	touched := 0
	for i := range e.beliefs {
		if e.beliefs[i].scale != 0 {
			touched++
		}
	}
	b := make([]byte, 0, 128+22*touched)
	b = append(b, effectKind, effectVersion, byte(e.bits), flag(e.crosses))
	b = binary.AppendUvarint(b, e.learned)
	b = binary.AppendUvarint(b, e.amounts.seen)
	for _, v := range [...]float64{e.compared, e.norm, e.total, e.amounts.weight, e.amounts.median} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	b = binary.AppendUvarint(b, uint64(touched))
	last := -1
	for i, belief := range e.beliefs {
		if belief.scale == 0 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(i-last))
		b = appendFloat32(b, e.weights[i])
		b = appendFloat32(b, belief.squares)
		b = appendFloat32(b, belief.scale)
		b = appendFloat32(b, belief.step)
		b = appendFloat32(b, belief.heard)
		last = i
	}
	return seal(append(b, e.baseline.Snapshot()...))
}

// RestoreEffect reads a snapshot of an effect model. What is damaged or impossible is an error.
func RestoreEffect(b []byte) (*Effect, error) {
	body, err := unseal(b, effectKind, effectVersion)
	if err != nil {
		return nil, fmt.Errorf("restore effect model: %w", err)
	}
	e, err := readEffect(&reader{rest: body})
	if err != nil {
		return nil, fmt.Errorf("restore effect model: %w", err)
	}
	return e, nil
}

func readEffect(r *reader) (*Effect, error) {
	bits, crosses := int(r.byte()), r.byte()
	if r.failed || bits < MinBits || bits > MaxBits || crosses > 1 {
		return nil, errors.New("its shape is out of bounds")
	}
	e := NewEffect(Config{Bits: bits, NoCrosses: crosses == 0})
	e.learned, e.amounts.seen = r.uvarint(), r.uvarint()
	for _, v := range []*float64{&e.compared, &e.norm, &e.total, &e.amounts.weight, &e.amounts.median} {
		*v = r.float64()
	}
	if e.amounts.seen > e.learned || e.amounts.weight > e.total || e.compared > e.total {
		return nil, errors.New("its sums contradict one another")
	}
	index := uint64(math.MaxUint64)
	for n := r.uvarint(); n > 0 && !r.failed; n-- {
		step := r.uvarint()
		index += step
		if step == 0 || step > 1<<bits || index >= 1<<bits {
			return nil, errors.New("its coordinates are not in order")
		}
		weight, b := r.float32(), belief{squares: r.float32(), scale: r.float32(), step: r.float32(), heard: r.float32()}
		if b.squares < 0 || b.scale <= 0 || b.heard < 0 || b.heard > longest {
			return nil, errors.New("a coordinate is out of bounds")
		}
		e.weights[index], e.beliefs[index] = weight, b
	}
	if r.failed {
		return nil, errors.New("it is cut short, or a number is not finite")
	}
	baseline, err := Restore(r.rest)
	if err != nil {
		return nil, fmt.Errorf("its baseline: %w", err)
	}
	if baseline.bits != bits || baseline.crosses || baseline.learned != e.learned {
		return nil, errors.New("its baseline is of another shape")
	}
	e.baseline = baseline
	return e, nil
}
