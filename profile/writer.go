package profile

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// writer writes the fields of a record; schema.go has their forms, column.go writes those of lists.
type writer struct {
	b    []byte
	self aparte.PersonID
}

// open begins a field of bytes and returns where its content starts, behind room for a short length.
func (w *writer) open(field int) int {
	if field < 16 {
		w.b = append(w.b, byte(field<<3|int(protowire.BytesType)), 0)
	} else {
		w.b = append(appendTag(w.b, field, protowire.BytesType), 0)
	}
	return len(w.b)
}

// close ends the field whose content starts at start: its length goes in front of it. An empty field is
// taken back.
func (w *writer) close(field, start int) {
	n := len(w.b) - start
	switch {
	case n == 0:
		w.b = w.b[:start-1-protowire.SizeTag(protowire.Number(field))]
	case n < 0x80:
		w.b[start-1] = byte(n)
	default:
		var room [10]byte
		more := protowire.SizeVarint(uint64(n)) - 1
		w.b = append(w.b, room[:more]...)
		copy(w.b[start+more:], w.b[start:start+n])
		protowire.AppendVarint(w.b[:start-1], uint64(n))
	}
}

// list begins the field of a list of n entries, kept by column, and returns where its content starts. An empty
// list has no field.
func (w *writer) list(field, n int) int {
	start := w.open(field)
	w.uint(1, uint64(n))
	return start
}

func (w *writer) uint(field int, v uint64) {
	if v != 0 {
		w.b = appendVarint(appendTag(w.b, field, protowire.VarintType), v)
	}
}

func (w *writer) int(field int, v int64) { w.uint(field, protowire.EncodeZigZag(v)) }

func (w *writer) string(field int, s string) {
	if s != "" {
		w.b = appendText(appendTag(w.b, field, protowire.BytesType), s)
	}
}

// id writes the field of a person's id.
func (w *writer) id(field int, id *aparte.PersonID) {
	if !id.IsZero() {
		w.b = protowire.AppendBytes(appendTag(w.b, field, protowire.BytesType), id[:])
	}
}

// time writes the field of a time, nothing for the zero time.
func (w *writer) time(field int, t time.Time) {
	if !t.IsZero() {
		w.b = appendZigzag(appendTag(w.b, field, protowire.VarintType), t.UnixMicro())
	}
}
