package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// The body of a hybrid model's snapshot:
//
//	blocks (0 or 1)                            one byte
//	drift, noise                               float64s
//	examples no longer gone by                 uvarint
//	at each pace: weight, earned, its squares  float64s
//	length of the shared model's snapshot, it  uvarint, bytes
//	number of places, their features' hashes   uvarint, four bytes each
//	the block of what is usual
//	number of blocks                           uvarint
//	each block, beginning with the hash of its content in four bytes
//
// A block is: places, in units of lanes, and 1 where it has covariances, one byte
//
//	each; ratio and examples as float64s; how many places were ever touched, and these, one byte each; of each
//	its weight and Λ as float32s; where it has covariances: how many vectors wait, one byte, and of each its numbers at
//	these places as float32s; the lower half of the covariances as float32s, row by row
const (
	hybridKind    = 'H'
	hybridVersion = 3
)

// Snapshot implements Model.
func (h *Hybrid) Snapshot() []byte {
	b := []byte{hybridKind, hybridVersion, flag(!h.plain)}
	b = appendFloat64(b, h.drift)
	b = appendFloat64(b, h.noise)
	b = h.doubt.append(b)
	shared := h.shared.Snapshot()
	b = binary.AppendUvarint(b, uint64(len(shared)))
	b = append(b, shared...)
	b = binary.AppendUvarint(b, uint64(h.places.count()))
	for _, hash := range h.places.hashes {
		b = binary.LittleEndian.AppendUint32(b, hash)
	}
	b = h.usual.append(b)
	b = binary.AppendUvarint(b, uint64(len(h.blocks)))
	for i, block := range h.blocks {
		b = binary.LittleEndian.AppendUint32(b, h.contents.hashes[i])
		b = block.append(b)
	}
	return seal(b)
}

func (d *doubt) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, d.until)
	for _, e := range d.earned {
		dst = appendFloat64(appendFloat64(appendFloat64(dst, e.weight), e.sum), e.squares)
	}
	return dst
}

func readDoubt(r *reader) (d doubt) {
	d.until = r.uvarint()
	for i := range d.earned {
		d.earned[i] = earned{r.float64(), r.signed(), r.float64()}
	}
	return d
}

func (b *block) append(dst []byte) []byte {
	touched := b.touched()
	dst = append(dst, byte(len(b.weights)/lanes), flag(b.cov != nil), b.passed)
	dst = appendFloat64(dst, b.ratio)
	dst = appendFloat64(dst, b.examples)
	dst = append(dst, byte(len(touched)))
	for _, i := range touched {
		dst = append(dst, byte(i))
	}
	for _, i := range touched {
		dst = appendFloat32(appendFloat32(dst, b.weights[i]), b.known[i])
	}
	if b.cov == nil {
		return dst
	}
	size := len(b.weights)
	dst = append(dst, byte(len(b.waiting)/max(size, 1)))
	for u := range slices.Chunk(b.waiting, max(size, 1)) {
		for _, i := range touched {
			dst = appendFloat32(dst, u[i])
		}
	}
	for n, i := range touched {
		for _, j := range touched[:n+1] {
			dst = appendFloat32(dst, b.cov[i*size+j])
		}
	}
	return dst
}

// touched are the places of which a block knows more than at first.
func (b *block) touched() []int {
	var touched []int
	size := len(b.weights)
	for i := range size {
		if b.weights[i] != 0 || b.known[i] != 1 || b.cov != nil && (!unit(b.cov[i*size:(i+1)*size], i) || b.waits(i)) {
			touched = append(touched, i)
		}
	}
	return touched
}

// waits reports whether a vector that waits has a number at a place. A small one can stand there though neither the
// weight nor Λ has moved.
func (b *block) waits(place int) bool {
	for at := place; at < len(b.waiting); at += len(b.weights) {
		if b.waiting[at] != 0 {
			return true
		}
	}
	return false
}

// unit reports whether a row is that of the identity.
func unit(row []float32, diagonal int) bool {
	for i, v := range row {
		if v != float32(flag(i == diagonal)) {
			return false
		}
	}
	return true
}

// RestoreHybrid reads a snapshot of a hybrid model. What is damaged or impossible is an error.
func RestoreHybrid(b []byte) (*Hybrid, error) {
	body, err := unseal(b, hybridKind, hybridVersion)
	if err != nil {
		return nil, fmt.Errorf("restore hybrid model: %w", err)
	}
	h, err := readHybrid(&reader{rest: body})
	if err != nil {
		return nil, fmt.Errorf("restore hybrid model: %w", err)
	}
	return h, nil
}

func readHybrid(r *reader) (*Hybrid, error) {
	blocks, drift, noise := r.byte(), r.float64(), r.float64()
	doubt := readDoubt(r)
	shared, err := Restore(r.bytes(len(r.rest)))
	if r.failed || blocks > 1 || !(drift > 0 && drift <= MaxDrift) {
		return nil, errors.New("its shape is out of bounds")
	}
	if err != nil {
		return nil, err
	}
	h := NewHybrid(Config{Bits: shared.bits, NoCrosses: !shared.crosses, NoBlocks: blocks == 0, Drift: drift})
	if h.plain != (blocks == 0) {
		return nil, errors.New("it has blocks and no crosses")
	}
	if h.doubt = doubt; doubt.until > shared.learned {
		return nil, errors.New("it doubts more examples than it learned")
	}
	shared.aside = h.shared.aside
	h.shared, h.noise = shared, noise
	places := r.uvarint()
	for n := uint64(0); n < places && !r.failed; n++ {
		if h.place(r.uint32()); h.places.count() != int(n)+1 {
			return nil, errors.New("its places are too many, or one is there twice")
		}
	}
	if h.usual, err = readBlock(r, 0); err != nil {
		return nil, err
	}
	contents := r.uvarint()
	for n := uint64(0); n < contents && !r.failed; n++ {
		content := []aparte.Feature{{Hash: r.uint32(), Value: 1}}
		if at := h.begin(content); at != int(n) || h.plain {
			return nil, errors.New("its blocks are too many, or one is there twice")
		}
		b, err := readBlock(r, h.room)
		if err != nil {
			return nil, err
		}
		h.blocks[n], h.room = b, h.room-len(b.cov)
	}
	if r.failed || len(r.rest) > 0 {
		return nil, errors.New("it is cut short or too long, or a number is not finite")
	}
	return h, nil
}

// readBlock reads a block whose covariances are at most room numbers.
func readBlock(r *reader, room int) (*block, error) {
	size, full := int(r.byte())*lanes, r.byte()
	if size > MaxPlaces || full > 1 || int(full)*size*size > room {
		return nil, errors.New("a block is out of bounds")
	}
	b := new(block).grown(size, full == 1)
	if b.passed = r.byte(); b.passed > sparing {
		return nil, errors.New("a block has passed too many examples over")
	}
	b.ratio, b.examples = r.float64(), r.float64()
	touched := make([]int, r.byte())
	for i := range touched {
		touched[i] = int(r.byte())
	}
	if !slices.IsSorted(touched) || len(slices.Compact(slices.Clone(touched))) != len(touched) ||
		len(touched) > 0 && touched[len(touched)-1] >= size {
		return nil, errors.New("a block's places are not in order")
	}
	for _, i := range touched {
		b.weights[i], b.known[i] = r.float32(), r.float32()
		if b.known[i] < 1 {
			return nil, errors.New("a block knows less than nothing")
		}
		b.spreads[i] = 1 / b.known[i]
	}
	if b.cov == nil {
		return b, nil
	}
	waiting := int(r.byte())
	if waiting >= patience || size == 0 && waiting > 0 {
		return nil, errors.New("a block has too many examples waiting")
	}
	b.waiting = b.waiting[:waiting*size]
	for u := range slices.Chunk(b.waiting, max(size, 1)) {
		for _, i := range touched {
			u[i] = r.float32()
		}
	}
	for n, i := range touched {
		for _, j := range touched[:n+1] {
			v := r.float32()
			b.cov[i*size+j], b.cov[j*size+i] = v, v
		}
		if v := b.cov[i*size+i]; !(v > 0 && v <= 1) {
			return nil, errors.New("a variance is out of bounds")
		}
	}
	return b, nil
}

func (r *reader) uint32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }

func appendFloat64(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}
