package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const (
	hurdleKind    = 'U'
	hurdleVersion = 1
)

// Snapshot implements Model. Its body: the mean as a float64, then the snapshot of the log odds' model.
func (h *Hurdle) Snapshot() []byte {
	return seal(append(appendFloat64([]byte{hurdleKind, hurdleVersion}, h.mean), h.linear.Snapshot()...))
}

// RestoreHurdle reads a snapshot. What is damaged or impossible is an error.
func RestoreHurdle(b []byte) (*Hurdle, error) {
	body, err := unseal(b, hurdleKind, hurdleVersion)
	if err != nil {
		return nil, fmt.Errorf("restore hurdle model: %w", err)
	}
	r := &reader{rest: body}
	mean := math.Float64frombits(binary.LittleEndian.Uint64(r.take(8))) // it may be below 0
	if r.failed || !(math.Abs(mean) <= MaxReward) {
		return nil, fmt.Errorf("restore hurdle model: %w", errors.New("its mean is missing or out of bounds"))
	}
	linear, err := Restore(r.rest)
	if err != nil {
		return nil, fmt.Errorf("restore hurdle model: %w", err)
	}
	return &Hurdle{linear, mean}, nil
}
