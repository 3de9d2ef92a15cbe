package decide

import (
	"math"
	"math/bits"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// What follows the head of a candidate's row, in this order: what differs from the row before it, or
// from nothing in the first row.
const (
	newContent  = 1 << iota // an index
	newLayout               // an index
	newItem                 // an index
	newLength               // a varint: how many variants there are
	newExcluded             // an index
	newValue                // a fixed32, or a fixed64 with inDoubles
	newCost                 // likewise
	inDoubles               // value and cost are not exact in single precision
)

// rows writes the candidates but for their chances: the number of bits a variant takes, then for each
// candidate a head, what the head says, and the variants, packed. Neighbours are much alike: they say
// the same content, or speak of the same item at the same cost.
func (w *writer) rows(all []aparte.Candidate) {
	if len(all) == 0 {
		return
	}
	width := variantWidth(all)
	b := append(w.part[:0], byte(width))
	var none aparte.Candidate
	last := &none
	for i := range all {
		c := &all[i]
		b = w.row(b, c, last)
		b = appendPacked(b, c.Action.Variants, width)
		last = c
	}
	w.bytes(fieldRows, b)
}

func (w *writer) row(b []byte, c, last *aparte.Candidate) []byte {
	at := len(b)
	b = append(b, 0)
	var head byte
	a, before := &c.Action, &last.Action
	if a.Content != before.Content {
		head |= newContent
		b = w.index(b, string(a.Content))
	}
	if a.Layout != before.Layout {
		head |= newLayout
		b = w.index(b, string(a.Layout))
	}
	if a.Item != before.Item {
		head |= newItem
		b = w.index(b, string(a.Item))
	}
	if n := len(a.Variants); n != len(before.Variants) {
		head |= newLength
		b = appendVarint(b, uint64(n))
	}
	if c.Excluded != last.Excluded {
		head |= newExcluded
		b = w.index(b, string(c.Excluded))
	}
	if !isSingle(c.Value) || !isSingle(c.Cost) {
		head |= inDoubles
	}
	if math.Float64bits(c.Value) != math.Float64bits(last.Value) {
		head |= newValue
		b = appendNumber(b, c.Value, head&inDoubles != 0)
	}
	if math.Float64bits(c.Cost) != math.Float64bits(last.Cost) {
		head |= newCost
		b = appendNumber(b, c.Cost, head&inDoubles != 0)
	}
	b[at] = head
	return b
}

// index appends a text's place in the table.
func (w *writer) index(b []byte, text string) []byte { return appendVarint(b, w.table.place(text)) }

// appendVarint is protowire.AppendVarint, made for numbers that are small most often.
func appendVarint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return protowire.AppendVarint(b, v)
}

// readRows reads what rows wrote.
func (r *reader) readRows(b []byte) error {
	c := cursor{b: b}
	width := uint(c.take(1)[0]) // the field is not empty
	if width < 1 || width > 8 {
		return errTruncated
	}
	var last aparte.Candidate
	var variants []uint8 // of all rows
	n := uint64(0)
	for len(c.b) > 0 && !c.bad {
		if len(r.d.Candidates) == maxWireCandidates {
			return errTruncated
		}
		r.readRow(&c, &last, &n)
		packed := c.take((n*uint64(width) + 7) / 8)
		if n > maxWireBytes || c.bad {
			return errTruncated
		}
		last.Action.Variants = nil
		if from := len(variants); n > 0 {
			variants = unpack(variants, packed, int(n), width)
			last.Action.Variants = variants[from:len(variants):len(variants)]
		}
		r.d.Candidates = append(r.d.Candidates, last)
	}
	return c.end()
}

// readRow reads one row into the one before it.
func (r *reader) readRow(c *cursor, row *aparte.Candidate, variants *uint64) {
	head := c.take(1)[0] // the caller saw that there is one
	if head&newContent != 0 {
		row.Action.Content = aparte.ContentID(r.text(c))
	}
	if head&newLayout != 0 {
		row.Action.Layout = aparte.LayoutID(r.text(c))
	}
	if head&newItem != 0 {
		row.Action.Item = aparte.ItemID(r.text(c))
	}
	if head&newLength != 0 {
		*variants = c.varint()
	}
	if head&newExcluded != 0 {
		row.Excluded = aparte.ReasonCode(r.text(c))
	}
	if head&newValue != 0 {
		row.Value = c.number(head&inDoubles != 0)
	}
	if head&newCost != 0 {
		row.Cost = c.number(head&inDoubles != 0)
	}
}

// variantWidth is how many bits the largest variant takes, at least one.
func variantWidth(all []aparte.Candidate) uint {
	var union uint8
	for i := range all {
		for _, v := range all[i].Action.Variants {
			union |= v
		}
	}
	return uint(max(1, bits.Len8(union)))
}

// appendPacked appends small numbers of some width each, the lowest bits first.
func appendPacked(b []byte, numbers []uint8, width uint) []byte {
	var waiting, n uint
	for _, v := range numbers {
		waiting |= uint(v) << n
		for n += width; n >= 8; n -= 8 {
			b = append(b, byte(waiting))
			waiting >>= 8
		}
	}
	if n > 0 {
		b = append(b, byte(waiting))
	}
	return b
}

// unpack appends n numbers that appendPacked packed.
func unpack(to []uint8, packed []byte, n int, width uint) []uint8 {
	var waiting, have uint
	for range n {
		if have < width {
			waiting |= uint(packed[0]) << have
			packed, have = packed[1:], have+8
		}
		to = append(to, uint8(waiting&(1<<width-1)))
		waiting >>= width
		have -= width
	}
	return to
}

// isSingle reports whether nothing is lost of a number in single precision.
func isSingle(v float64) bool {
	return math.Float64bits(float64(float32(v))) == math.Float64bits(v)
}

func appendNumber(b []byte, v float64, double bool) []byte {
	if double {
		return protowire.AppendFixed64(b, math.Float64bits(v))
	}
	return protowire.AppendFixed32(b, math.Float32bits(float32(v)))
}

func (c *cursor) number(double bool) float64 {
	if double {
		return math.Float64frombits(c.fixed64())
	}
	return float64(math.Float32frombits(c.fixed32()))
}
