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
	maxField   = 32      // fields with a higher number are passed over
)

var errBroken = errors.New("record is broken")

// span is the content of a field: the record's bytes from from to to.
type span struct{ from, to int }

// message is one message's fields by number.
type message struct {
	number [maxField]uint64 // of varints and fixed numbers
	bytes  [maxField]span
	has    uint32 // which numbers came
}

// parser reads a record. The first thing that is broken stops it: what is read afterwards is zero.
type parser struct {
	b    []byte
	s    string // a copy of b, which all texts share
	base int64  // last_seen, in microseconds
	self aparte.PersonID
	err  error

	columns [10]column // of the list that is being read
}

func (d *parser) broken(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", errBroken, what)
	}
}

// message reads the fields of a message. Of a field that comes twice the last counts.
func (d *parser) message(at span, m *message) {
	*m = message{}
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

func (d *parser) text(at span) string { return d.s[at.from:at.to] }

func (m *message) int(field int) int64 { return protowire.DecodeZigZag(m.number[field]) }

// time is a field's time as of base, the zero time where the field did not come.
func (m *message) time(field int, base int64) time.Time {
	if m.has&(1<<field) == 0 {
		return time.Time{}
	}
	return micros(base + m.int(field))
}

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// read reads a list of which each calls for its columns entry by entry. Every column must have been
// read to its end.
func read[T any](d *parser, at span, columns int, entry func(c []column, e *T)) []T {
	if at.from == at.to || d.err != nil {
		return nil
	}
	var m message
	d.message(at, &m)
	n := m.number[1]
	if n > maxEntries {
		d.broken("list is too long")
	}
	if d.err != nil || n == 0 {
		return nil
	}
	c := d.columns[:columns]
	for i := range c {
		c[i].start(d, m.bytes[2+i])
	}
	list := make([]T, n)
	for i := range list {
		entry(c, &list[i])
	}
	for i := range c {
		if c[i].from != c[i].to {
			d.broken("column is too long")
		}
	}
	return list
}

// column is what is left of a column. One that is absent is all zeros.
type column struct {
	d *parser
	span
	absent bool
	last   int64 // of times and steps, the entry before

	repeats [repeatWindow]string // as in writer
	seen    int
}

func (c *column) start(d *parser, at span) {
	c.d, c.span, c.absent, c.last, c.seen = d, at, at.from == at.to, 0, 0
}

func (c *column) varint() uint64 {
	if c.absent {
		return 0
	}
	v, n := protowire.ConsumeVarint(c.d.b[c.from:c.to])
	if n < 0 {
		c.stop()
		return 0
	}
	c.from += n
	return v
}

// stop ends a column that is broken.
func (c *column) stop() {
	c.d.broken("column is too short")
	c.from, c.absent = c.to, true
}

// take is the next n bytes of the column, as a text that shares the record's copy.
func (c *column) take(n uint64) string {
	if n > uint64(c.to-c.from) {
		c.stop()
		return ""
	}
	s := c.d.s[c.from : c.from+int(n)]
	c.from += int(n)
	return s
}

func (c *column) zigzag() int64 { return protowire.DecodeZigZag(c.varint()) }
func (c *column) flag() bool    { return c.varint() != 0 }
func (c *column) text() string  { return c.take(c.varint()) }

func (c *column) step() int64 {
	c.last += c.zigzag()
	return c.last
}

func (c *column) at() time.Time { return micros(c.d.base + c.step()) }

func (c *column) fixed() uint64 {
	if c.absent {
		return 0
	}
	v, n := protowire.ConsumeFixed64(c.d.b[c.from:c.to])
	if n < 0 {
		c.stop()
		return 0
	}
	c.from += n
	return v
}

func (c *column) float() float64 { return finite(math.Float64frombits(c.fixed())) }

func (c *column) word(vocabulary []string) string {
	switch i := c.varint(); {
	case i == 0:
		return c.text()
	case i <= uint64(len(vocabulary)):
		return vocabulary[i-1]
	}
	c.d.broken("word of a newer version")
	return ""
}

func (c *column) repeat() string {
	switch code := c.varint(); {
	case code == 0:
		return ""
	case code == 1:
		s := c.text()
		c.repeats[c.seen%repeatWindow] = s
		c.seen++
		return s
	case code-1 <= uint64(min(c.seen, repeatWindow)):
		return c.repeats[(c.seen-int(code-1))%repeatWindow]
	}
	c.d.broken("text that was never there")
	return ""
}

// parent reads the decision that the one of number seq is part of.
func (c *column) parent(seq uint64) (id aparte.DecisionID) {
	switch c.varint() {
	case 0:
		return id
	case 1:
		id.Person = c.d.self
	case 2:
		id.Person = c.key()
	default:
		c.d.broken("parent of a newer version")
	}
	id.Seq = seq - uint64(c.zigzag())
	return id
}

func (c *column) person() (id aparte.PersonID) {
	if !c.flag() {
		return c.d.self
	}
	return c.key()
}

func (c *column) key() (id aparte.PersonID) {
	copy(id[:], c.take(uint64(len(id))))
	return id
}
