package decide

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// legacyVersion is the first byte of a decision of version 1. It kept candidates as columns, reasons
// one a field, and features with a value each:
//
//	11 reasons     bytes, repeated: code and detail as indices, amount as fixed64
//	12 actions     bytes: for each candidate an action, then excluded as an index
//	13 values      bytes: a fixed32 for each candidate where that is exact for all, else a fixed64
//	14 costs       likewise
//	15 chances     bytes: a fixed64 for each candidate
//	17 situation   bytes: hash and value, a fixed32 each, for each feature of the context
//	18 doing       likewise, of the action
const legacyVersion = 1

// legacy is what version 1 has of its own.
type legacy struct {
	actions, values, costs, chances []byte
	reasons                         [][]byte
}

func (l *legacy) field(n protowire.Number, b []byte, d *aparte.Decision) (err error) {
	switch n {
	case legacyReason:
		l.reasons = append(l.reasons, b)
	case legacyActions:
		l.actions = b
	case legacyValues:
		l.values = b
	case legacyCosts:
		l.costs = b
	case legacyChances:
		l.chances = b
	case legacySituation:
		d.Features.Context, err = legacyFeatures(b)
	case legacyDoing:
		d.Features.Action, err = legacyFeatures(b)
	}
	return err
}

func (r *reader) legacyReasons() error {
	for _, b := range r.legacy.reasons {
		c := cursor{b: b}
		reason := aparte.Reason{Code: aparte.ReasonCode(r.text(&c)), Detail: r.text(&c), Amount: math.Float64frombits(c.fixed64())}
		if err := c.end(); err != nil {
			return fmt.Errorf("reason: %w", err)
		}
		r.d.Reasons = append(r.d.Reasons, reason)
	}
	return nil
}

func (r *reader) legacyCandidates() error {
	l := &r.legacy
	n := len(l.chances) / 8
	if len(l.chances)%8 != 0 || n > maxWireCandidates {
		return errTruncated
	}
	values, err := readNumbers(l.values, n)
	if err != nil {
		return err
	}
	costs, err := readNumbers(l.costs, n)
	if err != nil {
		return err
	}
	rows, chances := cursor{b: l.actions}, cursor{b: l.chances}
	if n > 0 {
		r.d.Candidates = make([]aparte.Candidate, n)
	}
	for i := range r.d.Candidates {
		r.d.Candidates[i] = aparte.Candidate{
			Action:     r.readAction(&rows),
			Excluded:   aparte.ReasonCode(r.text(&rows)),
			Value:      values.at(i),
			Cost:       costs.at(i),
			Propensity: math.Float64frombits(chances.fixed64()),
		}
	}
	return rows.end()
}

func legacyFeatures(b []byte) ([]aparte.Feature, error) {
	if len(b)%8 != 0 {
		return nil, errTruncated
	}
	features := make([]aparte.Feature, len(b)/8)
	c := cursor{b: b}
	for i := range features {
		features[i] = aparte.Feature{Hash: c.fixed32(), Value: math.Float32frombits(c.fixed32())}
	}
	return features, c.end()
}

// numbers is a column, in single or double precision.
type numbers struct {
	b      []byte
	single bool
}

func readNumbers(b []byte, n int) (numbers, error) {
	switch len(b) {
	case 4 * n:
		return numbers{b, true}, nil
	case 8 * n:
		return numbers{b, false}, nil
	}
	return numbers{}, errTruncated
}

func (n numbers) at(i int) float64 {
	if n.single {
		v, _ := protowire.ConsumeFixed32(n.b[4*i:])
		return float64(math.Float32frombits(v))
	}
	v, _ := protowire.ConsumeFixed64(n.b[8*i:])
	return math.Float64frombits(v)
}
