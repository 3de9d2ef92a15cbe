package profile

import (
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// writer writes the fields of a record; schema.go has their forms. base must be set.
type writer struct {
	b    []byte
	base int64 // last_seen, in microseconds
	self aparte.PersonID
	last int64 // of a column of times or steps, the entry before

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

// list writes a list by its columns, which begin with field 2; put appends one entry to one of them.
func list[T any](w *writer, field int, entries []T, put ...func(w *writer, b []byte, entry *T) []byte) {
	if len(entries) == 0 {
		return
	}
	start := w.open(field)
	w.uint(1, uint64(len(entries)))
	for column, put := range put {
		w.last, w.seen = 0, 0
		from := w.open(2 + column)
		b := w.b
		for i := range entries {
			b = put(w, b, &entries[i])
		}
		w.b = b
		if !slices.ContainsFunc(w.b[from:], func(c byte) bool { return c != 0 }) {
			w.b = w.b[:from]
		}
		w.close(2+column, from)
	}
	w.close(field, start)
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

func appendVarint(b []byte, v uint64) []byte {
	if v < 0x80 { // most are: without a call
		return append(b, byte(v))
	}
	return protowire.AppendVarint(b, v)
}

func appendZigzag(b []byte, v int64) []byte { return appendVarint(b, protowire.EncodeZigZag(v)) }
func appendFixed(b []byte, v uint64) []byte { return protowire.AppendFixed64(b, v) }
func appendText(b []byte, s string) []byte  { return append(appendVarint(b, uint64(len(s))), s...) }

// float appends a number; what cannot be reckoned with is 0.
func appendFloat(b []byte, v float64) []byte { return appendFixed(b, math.Float64bits(finite(v))) }

func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

func appendFlag(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// word appends a word of a vocabulary.
func appendWord(b []byte, s string, vocabulary []string) []byte {
	for i, word := range vocabulary {
		if word == s {
			return appendVarint(b, uint64(i+1))
		}
	}
	return appendText(append(b, 0), s)
}

// step appends v as its difference from the entry before.
func (w *writer) step(b []byte, v int64) []byte {
	difference := v - w.last
	w.last = v
	return appendZigzag(b, difference)
}

// at appends a time as its difference from the entry before, from base for the first.
func (w *writer) at(b []byte, t time.Time) []byte { return w.step(b, t.UnixMicro()-w.base) }

// repeat appends a text that the column may have had before.
func (w *writer) repeat(b []byte, s string) []byte {
	if s == "" {
		return append(b, 0)
	}
	for ago := 1; ago <= min(w.seen, repeatWindow); ago++ {
		if w.repeats[(w.seen-ago)%repeatWindow] == s {
			return appendVarint(b, uint64(ago+1))
		}
	}
	w.repeats[w.seen%repeatWindow] = s
	w.seen++
	return appendText(append(b, 1), s)
}

// person appends the id of a person, who is mostly the one whose record it is.
func (w *writer) person(b []byte, id *aparte.PersonID) []byte {
	if *id == w.self {
		return append(b, 0)
	}
	return append(append(b, 1), id[:]...)
}

// parent appends the decision that the one of number seq is part of.
func (w *writer) parent(b []byte, id *aparte.DecisionID, seq uint64) []byte {
	switch {
	case id.IsZero():
		return append(b, 0)
	case id.Person == w.self:
		b = append(b, 1)
	default:
		b = append(append(b, 2), id.Person[:]...)
	}
	return appendZigzag(b, int64(seq-id.Seq))
}
