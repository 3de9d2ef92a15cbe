package decide

import (
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// appendStay appends the place where a decision found somebody: id, kind, when they came in microseconds after 1970, whether it was
// open, then item, stock and offer of each item.
func appendStay(b []byte, s *aparte.Stay) []byte {
	b = protowire.AppendString(b, string(s.Place))
	b = protowire.AppendString(b, s.Kind)
	b = protowire.AppendVarint(b, protowire.EncodeZigZag(s.Since.UnixMicro()))
	b = append(b, byte(oneIf(s.Open)))
	b = protowire.AppendVarint(b, uint64(len(s.Items)))
	for _, o := range s.Items {
		b = protowire.AppendString(b, string(o.Item))
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(o.Stock))
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(o.Offer))
	}
	return b
}

func readStay(c *cursor) (s aparte.Stay) {
	s.Place, s.Kind = aparte.PlaceID(c.take(c.varint())), string(c.take(c.varint()))
	s.Since = time.UnixMicro(protowire.DecodeZigZag(c.varint())).UTC()
	open := c.take(1)
	s.Open = len(open) == 1 && open[0] == 1
	items := c.varint()
	if items > uint64(len(c.b)) {
		c.bad = true
		return s
	}
	for range items {
		o := aparte.Offered{Item: aparte.ItemID(c.take(c.varint()))}
		o.Stock, o.Offer = protowire.DecodeZigZag(c.varint()), protowire.DecodeZigZag(c.varint())
		s.Items = append(s.Items, o)
	}
	return s
}

// appendNear appends the shop nearest to somebody: id, whether it was open, and how many metres away.
func appendNear(b []byte, n *aparte.Near) []byte {
	b = protowire.AppendString(b, string(n.Place))
	b = append(b, byte(oneIf(n.Open)))
	return protowire.AppendVarint(b, uint64(max(0, n.Distance)))
}

func readNear(c *cursor) (n aparte.Near) {
	n.Place = aparte.PlaceID(c.take(c.varint()))
	open := c.take(1)
	n.Open = len(open) == 1 && open[0] == 1
	n.Distance = int64(c.varint() & math.MaxInt64)
	return n
}
