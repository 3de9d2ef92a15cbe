package decide

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// cursor reads from the front of bytes and remembers whether something was amiss.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) varint() uint64 {
	v, n := protowire.ConsumeVarint(c.b)
	return advance(c, v, n)
}

func (c *cursor) fixed32() uint32 {
	v, n := protowire.ConsumeFixed32(c.b)
	return advance(c, v, n)
}

func (c *cursor) fixed64() uint64 {
	v, n := protowire.ConsumeFixed64(c.b)
	return advance(c, v, n)
}

func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.bad, c.b = true, nil
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func advance[T any](c *cursor, v T, n int) T {
	if n < 0 {
		var zero T
		c.bad, c.b = true, nil
		return zero
	}
	c.b = c.b[n:]
	return v
}

// end reports whether all went well and nothing is left.
func (c *cursor) end() error {
	if c.bad || len(c.b) > 0 {
		return errTruncated
	}
	return nil
}

// numbers is a column, in single or double precision.
type numbers struct {
	b      []byte
	single bool
}

func readNumbers(b []byte, n int) (numbers, error) {
	switch len(b) {
	case 4 * n:
		return numbers{b, true}, nil
	case 8 * n:
		return numbers{b, false}, nil
	}
	return numbers{}, errTruncated
}

func (n numbers) at(i int) float64 {
	if n.single {
		v, _ := protowire.ConsumeFixed32(n.b[4*i:])
		return float64(math.Float32frombits(v))
	}
	v, _ := protowire.ConsumeFixed64(n.b[8*i:])
	return math.Float64frombits(v)
}
