package learn

import (
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// spread adds to each action's variance that of what it is estimated to add. It counts the comparisons that told of
// an action, not how often the action was taken: of one that is always taken nothing is known about what it adds.
//
// A coordinate's variance is S²/(G/S² + λ), in the terms of Learn: that of a mean of so many rewards of typical size,
// those that doubt stands for included. Coordinates are taken as independent.
func (e *Effect) spread(context []aparte.Feature, actions [][]aparte.Feature, variances []float64) {
	size := e.amounts.size(e.total)
	if size == 0 || e.compared == 0 {
		return
	}
	b := batches.take()
	defer batches.put(b)
	b.empty()
	for _, action := range actions {
		b.put(action)
	}
	var room [MaxFeatures]uint32
	d := doubts{effect: e, context: context, mixed: room[:0], unit: float64(size * size), ofCross: crossDoubt * e.norm / e.compared}
	if e.crosses {
		for _, c := range context {
			d.mixed = append(d.mixed, mixContext(c.Hash))
		}
	}
	d.keepIn(b)
	kinds := b.kinds
	for i, action := range actions {
		sum := 0.0
		for j, f := range action {
			for _, v := range d.of(f, kinds[j]) {
				sum += v
			}
		}
		variances[i], kinds = variances[i]+float64(d.unit*sum), kinds[len(action):]
	}
}

// doubts are the variances, in units of S², of the coordinates that features of actions take part in: by themselves, then
// with each of the situation's. Actions have most of their features in common: what was found is kept, in rows.
type doubts struct {
	effect        *Effect
	context       []aparte.Feature
	mixed         []uint32 // the hashes of context, mixed; none where there are no crosses
	unit, ofCross float64
	whose         []aparte.Feature // by row
	kept          []float64
}

// mostKept bounds what is kept of doubts: 256 KB.
const mostKept = 1 << 15

// keepIn makes the rows, in the memory of a batch: one for each of its kinds, if there is room.
func (d *doubts) keepIn(b *batch) {
	each := 1 + len(d.mixed)
	rows := max(1, min(len(b.mixed), mostKept/each))
	b.whose = slices.Grow(b.whose[:0], rows)[:rows]
	b.doubts = slices.Grow(b.doubts[:0], rows*each)[:rows*each]
	d.whose, d.kept = b.whose, b.doubts
	for i := range d.whose {
		d.whose[i].Value = float32(math.NaN()) // nobody's
	}
}

// of is the row of a feature of some kind. It is good until the next call.
func (d *doubts) of(f aparte.Feature, kind uint32) []float64 {
	at, each := int(kind)%len(d.whose), 1+len(d.mixed)
	row := d.kept[at*each : (at+1)*each]
	if d.whose[at] == f {
		return row
	}
	d.whose[at] = f
	e, mixed := d.effect, mixAction(f.Hash)
	row[0] = e.beliefs[e.alone(mixed)].variance(f.Value, aloneDoubt, d.unit)
	for i, with := range d.mixed {
		row[1+i] = e.beliefs[e.crossed(with, mixed)].variance(float32(d.context[i].Value*f.Value), d.ofCross, d.unit)
	}
	return row
}

// variance is that of a coordinate of some value, in units of S².
func (b *belief) variance(value float32, doubt, unit float64) float64 {
	u := 1.0 // of one never seen it is the scale
	if b.scale > 0 {
		u = float64(value) / float64(b.scale)
	}
	return float64(u*u) / (float64(b.squares)/unit + doubt)
}
