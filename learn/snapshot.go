package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// A snapshot is, numbers little endian:
//
//	kind byte, version byte, body, CRC-32C of all that in four bytes
//
// The body of a linear model:
//
//	bits, crosses (0 or 1)                    one byte each
//	examples, rewards that were not zero      uvarints
//	Σh, Σh·‖u‖², Σh of those rewards, median  float64s
//	number of cells                           uvarint
//	each cell that was ever touched, in order: uvarint of the distance from the one before, times two, plus
//	one where its scale is not 1; weight and G as float32s; its scale where it is not 1
//
// What was never touched takes no room.
const (
	linearKind    = 'L'
	linearVersion = 1
)

// Snapshot implements Model.
func (l *Linear) Snapshot() []byte {
	cells := 0
	for i := range l.cells {
		if l.cells[i].scale != 0 {
			cells++
		}
	}
	b := make([]byte, 0, 64+11*cells)
	b = append(b, linearKind, linearVersion, byte(l.bits), flag(l.crosses))
	b = binary.AppendUvarint(b, l.learned)
	b = binary.AppendUvarint(b, l.amounts.seen)
	for _, v := range [...]float64{l.total, l.norm, l.amounts.weight, l.amounts.median} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	b = binary.AppendUvarint(b, uint64(cells))
	return seal(l.appendCells(b))
}

func (l *Linear) appendCells(b []byte) []byte {
	last := -1
	for i := range l.cells {
		c := &l.cells[i]
		if c.scale == 0 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(i-last)<<1|uint64(flag(c.scale != 1)))
		b = appendFloat32(b, l.weights[i])
		b = appendFloat32(b, c.squares)
		if c.scale != 1 {
			b = appendFloat32(b, c.scale)
		}
		last = i
	}
	return b
}

// Restore reads a snapshot of a linear model. What is damaged or impossible is an error.
func Restore(b []byte) (*Linear, error) {
	body, err := unseal(b, linearKind, linearVersion)
	if err != nil {
		return nil, fmt.Errorf("restore linear model: %w", err)
	}
	l, err := readLinear(&reader{rest: body})
	if err != nil {
		return nil, fmt.Errorf("restore linear model: %w", err)
	}
	return l, nil
}

func readLinear(r *reader) (*Linear, error) {
	bits, crosses := int(r.byte()), r.byte()
	if r.failed || bits < MinBits || bits > MaxBits || crosses > 1 {
		return nil, errors.New("its shape is out of bounds")
	}
	l := NewLinear(Config{Bits: bits, NoCrosses: crosses == 0})
	l.learned, l.amounts.seen = r.uvarint(), r.uvarint()
	for _, v := range []*float64{&l.total, &l.norm, &l.amounts.weight, &l.amounts.median} {
		*v = r.float64()
	}
	if l.amounts.seen > l.learned || l.amounts.weight > l.total {
		return nil, errors.New("its sums contradict one another")
	}
	index := uint64(math.MaxUint64)
	for cells := r.uvarint(); cells > 0 && !r.failed; cells-- {
		step := r.uvarint()
		index += step >> 1
		if step>>1 == 0 || step>>1 > 1<<bits || index >= 1<<bits {
			return nil, errors.New("its cells are not in order")
		}
		weight, squares, scale := r.float32(), r.float32(), float32(1)
		if step&1 == 1 {
			scale = r.float32()
		}
		if squares < 0 || scale <= 0 {
			return nil, errors.New("a cell is out of bounds")
		}
		l.weights[index], l.cells[index] = weight, cell{squares, scale}
	}
	if r.failed || len(r.rest) > 0 {
		return nil, errors.New("it is cut short or too long, or a number is not finite")
	}
	return l, nil
}

// seal appends the checksum.
func seal(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// ErrOtherVersion: a snapshot was made by another version of its model, which must be learned again.
var ErrOtherVersion = errors.New("the snapshot is of another version")

// unseal checks kind, version and checksum, and returns the body.
func unseal(b []byte, kind, version byte) ([]byte, error) {
	if len(b) < 6 {
		return nil, errors.New("the snapshot is cut short")
	}
	if b[0] != kind {
		return nil, fmt.Errorf("the snapshot is of kind %q, not of kind %q", b[0], kind)
	}
	if b[1] != version {
		return nil, fmt.Errorf("%w: %d, not %d", ErrOtherVersion, b[1], version)
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) != sum {
		return nil, errors.New("the snapshot's checksum does not match: it is damaged")
	}
	return body[2:], nil
}

// reader reads numbers off a body until one fails, and zeros from then on. Floats must be finite, and not
// negative where they are float64s.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if r.failed || len(r.rest) < n {
		r.failed = true
		return make([]byte, 8)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte { return r.take(1)[0] }

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// float64 is a number that is 0 or more.
func (r *reader) float64() float64 {
	v := r.signed()
	if v < 0 {
		r.failed = true
		return 0
	}
	return v
}

// signed is any finite number.
func (r *reader) signed() float64 {
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
	if !(math.Abs(v) <= math.MaxFloat64) {
		r.failed = true
		return 0
	}
	return v
}

func (r *reader) float32() float32 {
	v := math.Float32frombits(binary.LittleEndian.Uint32(r.take(4)))
	if !(math.Abs(float64(v)) <= math.MaxFloat32) {
		r.failed = true
		return 0
	}
	return v
}

func appendFloat32(b []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}
