package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/aparte-dev/aparte"
	"google.golang.org/protobuf/encoding/protowire"
)

// An example is kept as a version byte, 1, and a message in the protocol buffers wire format:
//
//	message Example {
//	  string objective  = 1;
//	  double reward     = 2;  // absent: 0
//	  double propensity = 3;
//	  double weight     = 4;  // absent: 0
//	  bytes  context    = 5;  // features, end to end
//	  bytes  action     = 6;
//	  double rival's propensity = 7;  // absent: no rival, as in all rows before there were any
//	  bytes  rival      = 8;
//	  bool   hurdle     = 9;  // absent: no
//	  uint64 since      = 10; // absent: nothing is forgotten
//	}
//
// A feature is its hash in four bytes, little endian, and its value as a varint of the bits of the
// float32 in reverse order, which is short for round numbers: two bytes for 1.
const exampleVersion = 1

const maxExample = 16 << 10 // bytes; 768 features take at most 6,912

// Append writes the example to dst, as the learner's feed keeps it. It does not validate.
func (e *Example) Append(dst []byte) []byte {
	dst = append(dst, exampleVersion)
	dst = protowire.AppendTag(dst, 1, protowire.BytesType)
	dst = protowire.AppendString(dst, string(e.Objective))
	dst = appendDouble(dst, 2, e.Reward)
	dst = appendDouble(dst, 3, e.Propensity)
	dst = appendDouble(dst, 4, e.Weight)
	dst = appendFeatures(dst, 5, e.Features.Context)
	dst = appendFeatures(dst, 6, e.Features.Action)
	dst = appendDouble(dst, 7, e.RivalPropensity)
	dst = appendFeatures(dst, 8, e.Features.Rival)
	dst = appendVarint(dst, 9, uint64(flag(e.Hurdle)))
	return appendVarint(dst, 10, uint64(e.Since))
}

// ParseExample reads what Append wrote. An example that Validate would refuse is an error; fields of
// later versions are skipped.
func ParseExample(b []byte) (Example, error) {
	if len(b) == 0 || b[0] != exampleVersion {
		return Example{}, errors.New("example: unknown version")
	}
	if len(b) > maxExample {
		return Example{}, fmt.Errorf("example of %d bytes, at most %d", len(b), maxExample)
	}
	var e Example
	for b = b[1:]; len(b) > 0; {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return Example{}, fmt.Errorf("example: %w", protowire.ParseError(n))
		}
		b = b[n:]
		n = protowire.ConsumeFieldValue(field, kind, b)
		if n < 0 {
			return Example{}, fmt.Errorf("example: field %d: %w", field, protowire.ParseError(n))
		}
		if err := e.take(field, kind, b[:n]); err != nil {
			return Example{}, fmt.Errorf("example: field %d: %w", field, err)
		}
		b = b[n:]
	}
	if err := e.Validate(); err != nil {
		return Example{}, err
	}
	return e, nil
}

// take reads one well-formed field.
func (e *Example) take(field protowire.Number, kind protowire.Type, value []byte) error {
	var double float64
	var whole uint64
	var bytes []byte
	switch {
	case field > 10:
		return nil
	case kind == protowire.VarintType && field >= 9:
		whole, _ = protowire.ConsumeVarint(value)
	case kind == protowire.Fixed64Type && (field >= 2 && field <= 4 || field == 7):
		v, _ := protowire.ConsumeFixed64(value)
		double = math.Float64frombits(v)
	case kind == protowire.BytesType && (field == 1 || field == 5 || field == 6 || field == 8):
		bytes, _ = protowire.ConsumeBytes(value)
	default:
		return errors.New("unexpected wire type")
	}
	var err error
	switch field {
	case 1:
		e.Objective = aparte.ObjectiveID(bytes)
	case 2:
		e.Reward = double
	case 3:
		e.Propensity = double
	case 4:
		e.Weight = double
	case 5:
		e.Features.Context, err = parseFeatures(bytes)
	case 6:
		e.Features.Action, err = parseFeatures(bytes)
	case 7:
		e.RivalPropensity = double
	case 8:
		e.Features.Rival, err = parseFeatures(bytes)
	case 9:
		e.Hurdle = whole != 0
	case 10:
		e.Since = int64(whole)
	}
	return err
}

func appendDouble(dst []byte, field protowire.Number, v float64) []byte {
	if v == 0 {
		return dst
	}
	dst = protowire.AppendTag(dst, field, protowire.Fixed64Type)
	return protowire.AppendFixed64(dst, math.Float64bits(v))
}

func appendVarint(dst []byte, field protowire.Number, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return protowire.AppendVarint(protowire.AppendTag(dst, field, protowire.VarintType), v)
}

func appendFeatures(dst []byte, field protowire.Number, features []aparte.Feature) []byte {
	if len(features) == 0 {
		return dst
	}
	size := 0
	for _, f := range features {
		size += 4 + protowire.SizeVarint(reversed(f.Value))
	}
	dst = protowire.AppendTag(dst, field, protowire.BytesType)
	dst = protowire.AppendVarint(dst, uint64(size))
	for _, f := range features {
		dst = binary.LittleEndian.AppendUint32(dst, f.Hash)
		dst = protowire.AppendVarint(dst, reversed(f.Value))
	}
	return dst
}

func parseFeatures(b []byte) ([]aparte.Feature, error) {
	features := make([]aparte.Feature, 0, min(len(b)/6, MaxFeatures))
	for len(b) > 0 {
		if len(features) == MaxFeatures {
			return nil, fmt.Errorf("more than %d features", MaxFeatures)
		}
		if len(b) < 5 {
			return nil, errors.New("a feature is cut short")
		}
		hash := binary.LittleEndian.Uint32(b)
		v, n := protowire.ConsumeVarint(b[4:])
		if n < 0 || v > math.MaxUint32 {
			return nil, errors.New("a feature's value cannot be read")
		}
		features = append(features, aparte.Feature{Hash: hash, Value: math.Float32frombits(bits.Reverse32(uint32(v)))})
		b = b[4+n:]
	}
	return features, nil
}

func reversed(v float32) uint64 { return uint64(bits.Reverse32(math.Float32bits(v))) }
