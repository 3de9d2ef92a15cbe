package profile

import (
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// writer writes the fields of a record; schema.go has their forms. base must be set.
type writer struct {
	b    []byte
	base int64 // last_seen, in microseconds
	self aparte.PersonID

	field, from int   // the column that is being written and where its content starts; field 0: none
	last        int64 // of a column of times or steps, the entry before

	repeats [repeatWindow]string // of a column of repeats, the last different texts, a ring
	seen    int                  // how many different texts there were
}

// open begins a field of bytes and returns where its content starts, behind room for a short length.
func (w *writer) open(field int) int {
	w.b = append(protowire.AppendTag(w.b, protowire.Number(field), protowire.BytesType), 0)
	return len(w.b)
}

// close ends the field whose content starts at start: its length goes in front of it. An empty field is
// taken back.
func (w *writer) close(field, start int) {
	n := len(w.b) - start
	if n == 0 {
		w.b = w.b[:start-1-protowire.SizeTag(protowire.Number(field))]
		return
	}
	var room [10]byte
	more := protowire.SizeVarint(uint64(n)) - 1
	w.b = append(w.b, room[:more]...)
	copy(w.b[start+more:], w.b[start:start+n])
	protowire.AppendVarint(w.b[:start-1], uint64(n))
}

// list begins the field of a list of n entries, kept by column, and returns where its content starts.
func (w *writer) list(field, n int) int {
	start := w.open(field)
	w.uint(1, uint64(n))
	return start
}

// column begins a column of the list, to which its entries then append one value each. The column before
// ends.
func (w *writer) column(field int) {
	w.end()
	w.field, w.from = field, w.open(field)
	w.last, w.seen = 0, 0
}

// end ends a column, if one has begun. One of zeros is taken back.
func (w *writer) end() {
	if w.field == 0 {
		return
	}
	if zeros(w.b[w.from:]) {
		w.b = w.b[:w.from]
	}
	w.close(w.field, w.from)
	w.field = 0
}

// closeList ends the list whose content starts at start.
func (w *writer) closeList(field, start int) {
	w.end()
	w.close(field, start)
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func (w *writer) uint(field int, v uint64) {
	if v != 0 {
		w.b = protowire.AppendTag(w.b, protowire.Number(field), protowire.VarintType)
		w.b = protowire.AppendVarint(w.b, v)
	}
}

func (w *writer) int(field int, v int64) { w.uint(field, protowire.EncodeZigZag(v)) }

func (w *writer) string(field int, s string) {
	if s != "" {
		w.b = protowire.AppendTag(w.b, protowire.Number(field), protowire.BytesType)
		w.b = protowire.AppendString(w.b, s)
	}
}

// id writes the field of a person's id.
func (w *writer) id(field int, id *aparte.PersonID) {
	if !id.IsZero() {
		w.b = protowire.AppendTag(w.b, protowire.Number(field), protowire.BytesType)
		w.b = protowire.AppendBytes(w.b, id[:])
	}
}

// time writes the field of a time as of base, nothing for the zero time.
func (w *writer) time(field int, t time.Time, base int64) {
	if !t.IsZero() {
		w.b = protowire.AppendTag(w.b, protowire.Number(field), protowire.VarintType)
		w.b = protowire.AppendVarint(w.b, protowire.EncodeZigZag(t.UnixMicro()-base))
	}
}

// What follows appends one entry to a column.

func (w *writer) varint(v uint64) {
	if v < 0x80 { // most are: without a call
		w.b = append(w.b, byte(v))
		return
	}
	w.b = protowire.AppendVarint(w.b, v)
}

func (w *writer) zigzag(v int64) { w.varint(protowire.EncodeZigZag(v)) }
func (w *writer) fixed(v uint64) { w.b = protowire.AppendFixed64(w.b, v) }

func (w *writer) text(s string) {
	w.varint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// float appends a number; what cannot be reckoned with is 0.
func (w *writer) float(v float64) { w.fixed(math.Float64bits(finite(v))) }

func (w *writer) single(v float32) {
	w.b = protowire.AppendFixed32(w.b, math.Float32bits(float32(finite(float64(v)))))
}

func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

func (w *writer) flag(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

// word appends a word of a vocabulary.
func (w *writer) word(s string, vocabulary []string) {
	for i, word := range vocabulary {
		if word == s {
			w.varint(uint64(i + 1))
			return
		}
	}
	w.varint(0)
	w.text(s)
}

// step appends v as its difference from the entry before.
func (w *writer) step(v int64) {
	w.zigzag(v - w.last)
	w.last = v
}

// at appends a time as its difference from the entry before, from base for the first.
func (w *writer) at(t time.Time) { w.step(t.UnixMicro() - w.base) }

// repeat appends a text that the column may have had before.
func (w *writer) repeat(s string) {
	if s == "" {
		w.varint(0)
		return
	}
	for ago := 1; ago <= min(w.seen, repeatWindow); ago++ {
		if w.repeats[(w.seen-ago)%repeatWindow] == s {
			w.varint(uint64(ago + 1))
			return
		}
	}
	w.repeats[w.seen%repeatWindow] = s
	w.seen++
	w.varint(1)
	w.text(s)
}

// person appends the id of a person, who is mostly the one whose record it is.
func (w *writer) person(id *aparte.PersonID) {
	if *id == w.self {
		w.varint(0)
		return
	}
	w.varint(1)
	w.key(id)
}

// parent appends the decision that the one of number seq is part of.
func (w *writer) parent(id *aparte.DecisionID, seq uint64) {
	switch {
	case id.IsZero():
		w.varint(0)
		return
	case id.Person == w.self:
		w.varint(1)
	default:
		w.varint(2)
		w.key(&id.Person)
	}
	w.zigzag(int64(seq - id.Seq))
}

func (w *writer) key(id *aparte.PersonID) { w.b = append(w.b, id[:]...) }
