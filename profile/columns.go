package profile

import (
	"errors"
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// Bounds of what Decode reads, far above what Encode writes.
const (
	maxDecoded = 1 << 20 // bytes of a record
	maxEntries = 8 << 10 // entries of a list
	maxField   = 40      // fields with a higher number are passed over
)

var errBroken = errors.New("record is broken")

// span is the content of a field: the record's bytes from from to to.
type span struct{ from, to int }

// message is one message's fields by number.
type message struct {
	has    uint64           // which came: what stands for the others below is another message's
	number [maxField]uint64 // of varints and fixed numbers
	bytes  [maxField]span
}

// parser reads a record. The first thing that is broken stops it: what is read afterwards is zero.
type parser struct {
	b    []byte
	s    string // a copy of b, which all texts share
	base int64  // what times are after, in microseconds: 1970, or last_seen in records of versionOfFirst
	self aparte.PersonID
	err  error

	fields message // of the list that is being read

	left   span  // what is left of the column that is being read
	absent bool  // it is all zeros
	last   int64 // of times and steps, the entry before

	repeats [repeatWindow]string // the last different texts of the column, a ring
	seen    int
}

func (d *parser) broken(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", errBroken, what)
	}
}

// message reads the fields of a message. Of a field that comes twice the last counts.
func (d *parser) message(at span, m *message) {
	m.has = 0
	for at.from < at.to && d.err == nil {
		field, kind, n := protowire.ConsumeTag(d.b[at.from:at.to])
		if n < 0 {
			d.broken("tag")
			return
		}
		at.from += n
		value := d.b[at.from:at.to]
		var number uint64
		var content span
		switch kind {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(value)
		case protowire.Fixed64Type:
			number, n = protowire.ConsumeFixed64(value)
		case protowire.BytesType:
			var v []byte
			v, n = protowire.ConsumeBytes(value)
			content = span{at.from + n - len(v), at.from + n}
		default:
			n = protowire.ConsumeFieldValue(field, kind, value)
		}
		if n < 0 {
			d.broken("field")
			return
		}
		at.from += n
		if field < maxField {
			m.number[field], m.bytes[field] = number, content
			m.has |= 1 << field
		}
	}
}

func (d *parser) string(at span) string { return d.s[at.from:at.to] }

func (m *message) came(field int) bool { return m.has&(1<<field) != 0 }

// content is the content of a field, empty where the field did not come.
func (m *message) content(field int) span {
	if !m.came(field) {
		return span{}
	}
	return m.bytes[field]
}

func (m *message) uint(field int) uint64 {
	if !m.came(field) {
		return 0
	}
	return m.number[field]
}

func (m *message) int(field int) int64 { return protowire.DecodeZigZag(m.uint(field)) }

// time is a field's time as of base, the zero time where the field did not come.
func (m *message) time(field int, base int64) time.Time {
	if !m.came(field) {
		return time.Time{}
	}
	return micros(base + m.int(field))
}

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// list begins to read a list and makes its entries, to be read column by column.
func list[T any](d *parser, at span) []T {
	d.left, d.fields.has = span{}, 0
	if d.err != nil {
		return nil
	}
	d.message(at, &d.fields)
	n := d.fields.uint(1)
	if n > maxEntries {
		d.broken("list is too long")
	}
	if d.err != nil || n == 0 {
		d.fields.has = 0
		return nil
	}
	return make([]T, n)
}

// column begins to read a column of the list. The one before must have been read to its end.
func (d *parser) column(field int) {
	d.end()
	d.start(d.fields.content(field))
}

func (d *parser) start(at span) {
	d.left, d.absent, d.last, d.seen = at, at.from == at.to, 0, 0
}

// end checks that a column was read to its end.
func (d *parser) end() {
	if d.left.from != d.left.to {
		d.broken("column is too long")
	}
	d.left = span{}
}

// stop ends a column that is broken.
func (d *parser) stop() {
	d.broken("column is too short")
	d.left.from, d.absent = d.left.to, true
}

// What follows reads one entry of a column.

func (d *parser) varint() uint64 {
	if d.absent {
		return 0
	}
	b := d.b[d.left.from:d.left.to]
	if len(b) > 0 && b[0] < 0x80 { // most are: without a call
		d.left.from++
		return uint64(b[0])
	}
	v, n := protowire.ConsumeVarint(b)
	if n < 0 {
		d.stop()
		return 0
	}
	d.left.from += n
	return v
}

// take is the next n bytes of the column, as a text that shares the record's copy.
func (d *parser) take(n uint64) string {
	if n > uint64(d.left.to-d.left.from) {
		d.stop()
		return ""
	}
	s := d.s[d.left.from : d.left.from+int(n)]
	d.left.from += int(n)
	return s
}

func (d *parser) zigzag() int64 { return protowire.DecodeZigZag(d.varint()) }
func (d *parser) flag() bool    { return d.varint() != 0 }
func (d *parser) text() string  { return d.take(d.varint()) }

func (d *parser) step() int64 {
	d.last += d.zigzag()
	return d.last
}

func (d *parser) at() time.Time { return micros(d.base + d.step()) }

func (d *parser) fixed() uint64 {
	if d.absent {
		return 0
	}
	v, n := protowire.ConsumeFixed64(d.b[d.left.from:d.left.to])
	if n < 0 {
		d.stop()
		return 0
	}
	d.left.from += n
	return v
}

func (d *parser) single() float32 {
	if d.absent {
		return 0
	}
	v, n := protowire.ConsumeFixed32(d.b[d.left.from:d.left.to])
	if n < 0 {
		d.stop()
		return 0
	}
	d.left.from += n
	return float32(finite(float64(math.Float32frombits(v))))
}

func (d *parser) float() float64 { return finite(math.Float64frombits(d.fixed())) }

func (d *parser) word(vocabulary []string) string {
	switch i := d.varint(); {
	case i == 0:
		return d.text()
	case i <= uint64(len(vocabulary)):
		return vocabulary[i-1]
	}
	d.broken("word of a newer version")
	return ""
}

func (d *parser) repeat() string {
	switch code := d.varint(); {
	case code == 0:
		return ""
	case code == 1:
		s := d.text()
		d.repeats[d.seen%repeatWindow] = s
		d.seen++
		return s
	case code-1 <= uint64(min(d.seen, repeatWindow)):
		return d.repeats[(d.seen-int(code-1))%repeatWindow]
	}
	d.broken("text that was never there")
	return ""
}

// parent reads the decision that the one of number seq is part of.
func (d *parser) parent(seq uint64) (id aparte.DecisionID) {
	switch d.varint() {
	case 0:
		return id
	case 1:
		id.Person = d.self
	case 2:
		id.Person = d.key()
	default:
		d.broken("parent of a newer version")
	}
	id.Seq = seq - uint64(d.zigzag())
	return id
}

// speaker reads whose decision it is.
func (d *parser) speaker() aparte.PersonID {
	if !d.flag() {
		return d.self
	}
	return d.key()
}

func (d *parser) key() (id aparte.PersonID) {
	copy(id[:], d.take(uint64(len(id))))
	return id
}
