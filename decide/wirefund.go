package decide

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// funds writes the budgets that had a say, if any.
func (w *writer) funds(all []aparte.Fund) {
	b := w.part[:0]
	for i := range all {
		f := &all[i]
		b = w.index(b, string(f.Budget))
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(f.Left))
		b = protowire.AppendFixed64(b, math.Float64bits(f.Price))
	}
	w.bytes(fieldFunds, b)
}

// readFunds reads what funds wrote.
func (r *reader) readFunds() error {
	c := cursor{b: r.funds}
	for len(c.b) > 0 {
		r.d.Funds = append(r.d.Funds, aparte.Fund{
			Budget: aparte.BudgetID(r.text(&c)), Left: protowire.DecodeZigZag(c.varint()), Price: math.Float64frombits(c.fixed64()),
		})
	}
	return c.end()
}
