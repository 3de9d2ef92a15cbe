package profile

import (
	"encoding/binary"
	"math"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// What follows writes a list's column of one form, each entry's value being what of says; schema.go has the forms.
// The bytes are a local variable in every loop: kept in the writer, each append would load and store them.

func texts[T any](w *writer, field int, list []T, of func(*T) string) {
	from := w.open(field)
	b := w.b
	for i := range list {
		b = appendText(b, of(&list[i]))
	}
	w.b = b
	w.closeColumn(field, from)
}

func words[T any](w *writer, field int, list []T, vocabulary []string, of func(*T) string) {
	from := w.open(field)
	b := w.b
	last, code := "", -1 // the word before often comes again
	for i := range list {
		word := of(&list[i])
		if code < 0 || word != last {
			last, code = word, slices.Index(vocabulary, word)
		}
		b = appendWord(b, word, code)
	}
	w.b = b
	w.closeColumn(field, from)
}

func repeats[T any](w *writer, field int, list []T, of func(*T) string) {
	from := w.open(field)
	b := w.b
	var ring [repeatWindow]int32 // where the last different texts stand
	seen := 0                    // how many different ones there were
next:
	for i := range list {
		s := of(&list[i])
		if s == "" {
			b = append(b, 0)
			continue
		}
		for ago := 1; ago <= min(seen, repeatWindow); ago++ {
			if of(&list[ring[(seen-ago)%repeatWindow]]) == s {
				b = appendVarint(b, uint64(ago+1))
				continue next
			}
		}
		ring[seen%repeatWindow] = int32(i)
		seen++
		b = appendText(append(b, 1), s)
	}
	w.b = b
	w.closeColumn(field, from)
}

func people[T any](w *writer, field int, list []T, of func(*T) *aparte.PersonID) {
	from := w.open(field)
	b := w.b
	for i := range list {
		if id := of(&list[i]); *id == w.self {
			b = append(b, 0)
		} else {
			b = append(append(b, 1), id[:]...)
		}
	}
	w.b = b
	w.closeColumn(field, from)
}

func flags[T any](w *writer, field int, list []T, of func(*T) bool) {
	from := w.open(field)
	b := w.b
	for i := range list {
		if of(&list[i]) {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	w.b = b
	w.closeColumn(field, from)
}

func uints[T any](w *writer, field int, list []T, of func(*T) uint64) {
	from := w.open(field)
	b := w.b
	for i := range list {
		b = appendVarint(b, of(&list[i]))
	}
	w.b = b
	w.closeColumn(field, from)
}

func ints[T any](w *writer, field int, list []T, of func(*T) int64) {
	from := w.open(field)
	b := w.b
	for i := range list {
		b = appendZigzag(b, of(&list[i]))
	}
	w.b = b
	w.closeColumn(field, from)
}

func steps[T any](w *writer, field int, list []T, of func(*T) uint64) {
	from := w.open(field)
	b, last := w.b, int64(0)
	for i := range list {
		v := int64(of(&list[i]))
		b = appendZigzag(b, v-last)
		last = v
	}
	w.b = b
	w.closeColumn(field, from)
}

func times[T any](w *writer, field int, list []T, of func(*T) time.Time) {
	timesFrom(w, field, 0, list, of)
}

// instants are times of which a zero one is none: so are all those of a column that is not there.
func instants[T any](w *writer, field int, list []T, of func(*T) time.Time) {
	timesFrom(w, field, noTime, list, of)
}

// noTime is the zero time in microseconds.
var noTime = time.Time{}.UnixMicro()

func timesFrom[T any](w *writer, field int, last int64, list []T, of func(*T) time.Time) {
	from := w.open(field)
	b := w.b
	for i := range list {
		at := of(&list[i]).UnixMicro()
		b = appendZigzag(b, at-last)
		last = at
	}
	w.b = b
	w.closeColumn(field, from)
}

func floats[T any](w *writer, field int, list []T, of func(*T) float64) {
	from := w.open(field)
	b := w.b
	for i := range list {
		b = appendFloat(b, of(&list[i]))
	}
	w.b = b
	w.closeColumn(field, from)
}

func singles[T any](w *writer, field int, list []T, of func(*T) float32) {
	from := w.open(field)
	b := w.b
	for i := range list {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(finite(float64(of(&list[i]))))))
	}
	w.b = b
	w.closeColumn(field, from)
}

func hashes[T any](w *writer, field int, list []T, of func(*T) uint64) {
	from := w.open(field)
	b := w.b
	for i := range list {
		b = binary.LittleEndian.AppendUint64(b, of(&list[i]))
	}
	w.b = b
	w.closeColumn(field, from)
}

// closeColumn ends the column whose content starts at from. One of zeros is taken back.
func (w *writer) closeColumn(field, from int) {
	if zeros(w.b[from:]) {
		w.b = w.b[:from]
	}
	w.close(field, from)
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// What follows appends one value.

func appendTag(b []byte, field int, kind protowire.Type) []byte {
	return appendVarint(b, uint64(field)<<3|uint64(kind))
}

func appendVarint(b []byte, v uint64) []byte {
	if v < 0x80 { // most are: without a call
		return append(b, byte(v))
	}
	return protowire.AppendVarint(b, v)
}

func appendZigzag(b []byte, v int64) []byte { return appendVarint(b, protowire.EncodeZigZag(v)) }

func appendText(b []byte, s string) []byte { return append(appendVarint(b, uint64(len(s))), s...) }

// appendFloat appends a number; what cannot be reckoned with is 0.
func appendFloat(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(finite(v)))
}

func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// appendWord appends a word of a vocabulary by its place there, one that is not there (-1) as a text.
func appendWord(b []byte, s string, place int) []byte {
	if b = appendVarint(b, uint64(place+1)); place < 0 {
		b = appendText(b, s)
	}
	return b
}

// appendParent appends the decision that the one of number seq, which self was told, is part of.
func appendParent(b []byte, id *aparte.DecisionID, seq uint64, self *aparte.PersonID) []byte {
	switch {
	case id.IsZero():
		return append(b, 0)
	case id.Person == *self:
		b = append(b, 1)
	default:
		b = append(append(b, 2), id.Person[:]...)
	}
	return appendZigzag(b, int64(seq-id.Seq))
}
