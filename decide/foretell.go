package decide

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/aparte-dev/aparte"
)

// forecast foretells the candidates' chances from their values and costs, as inverse gap weighting
// gives them (explore.go). What is written of a chance is by how many units in the last place it is
// another, most often none or one: any chance can be written so, and comes back to the bit.
//
// The reader has to foretell what the writer did, on any machine: every product is rounded by itself.
type forecast struct {
	can       float64 // how many can be chosen
	best      int     // -1: none
	net       float64 // of the best
	steepness float64 // infinite where only the best is ever chosen
	rest      float64 // the chances of all but the best
}

func newForecast(all []aparte.Candidate) forecast {
	f := forecast{best: -1}
	for i := range all {
		if c := &all[i]; c.Excluded == "" {
			f.can++
			if net := c.Value - c.Cost; f.best < 0 || net > f.net {
				f.best, f.net = i, net
			}
		}
	}
	return f
}

func (f *forecast) gap(c *aparte.Candidate) float64 { return f.net - (c.Value - c.Cost) }

// measure finds the steepness from the chance of the one that falls short most, where it tells best.
func (f *forecast) measure(all []aparte.Candidate) {
	f.steepness = math.Inf(1)
	widest := -1.0
	for i := range all {
		c := &all[i]
		if gap := f.gap(c); i != f.best && c.Excluded == "" && c.Propensity > leastChance && gap > widest {
			widest, f.steepness = gap, 0
			if gap > 0 {
				f.steepness = (1/c.Propensity - f.can) / gap
			}
		}
	}
}

// bits are those of a chance foretold. The best is asked for last, when rest is known.
func (f *forecast) bits(i int, c *aparte.Candidate) uint64 {
	chance := 0.0
	switch {
	case i == f.best:
		chance = 1 - f.rest
	case c.Excluded == "" && !math.IsInf(f.steepness, 1):
		chance = max(leastChance, 1/(f.can+float64(f.steepness*f.gap(c))))
	}
	if math.IsNaN(chance) {
		return 0 // which NaN it is depends on the machine
	}
	return math.Float64bits(chance)
}

// chances writes the steepness as a fixed64, then for each candidate but the best, and at last for the
// best, what its chance's bits are more than foretold, as a zigzag varint.
func (w *writer) chances(all []aparte.Candidate) {
	if len(all) == 0 {
		return
	}
	f := newForecast(all)
	f.measure(all)
	b := protowire.AppendFixed64(w.part[:0], math.Float64bits(f.steepness))
	tell := func(i int) {
		c := &all[i]
		more := math.Float64bits(c.Propensity) - f.bits(i, c)
		b = appendVarint(b, protowire.EncodeZigZag(int64(more)))
		f.rest += c.Propensity
	}
	for i := range all {
		if i != f.best {
			tell(i)
		}
	}
	if f.best >= 0 {
		tell(f.best)
	}
	w.bytes(fieldForetold, b)
}

// readChances reads what chances wrote.
func (r *reader) readChances(b []byte) error {
	all := r.d.Candidates
	f := newForecast(all)
	c := cursor{b: b}
	f.steepness = math.Float64frombits(c.fixed64())
	hear := func(i int) {
		more := protowire.DecodeZigZag(c.varint())
		all[i].Propensity = math.Float64frombits(f.bits(i, &all[i]) + uint64(more))
		f.rest += all[i].Propensity
	}
	for i := range all {
		if i != f.best {
			hear(i)
		}
	}
	if f.best >= 0 {
		hear(f.best)
	}
	return c.end()
}
