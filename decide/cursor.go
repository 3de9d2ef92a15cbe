package decide

import (
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
