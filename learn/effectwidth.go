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
	for len(actions) >= abreast && d.roomy {
		kinds = d.addFour((*[abreast][]aparte.Feature)(actions), kinds, (*[abreast]float64)(variances))
		actions, variances = actions[abreast:], variances[abreast:]
	}
	for i, action := range actions {
		variances[i] += float64(d.unit * d.sum(0, action, kinds))
		kinds = kinds[len(action):]
	}
}

// abreast is how many actions are summed up at a time. Each sum is in the order of its own features, and as each addition
// waits for the one before it, four of them take hardly longer than one.
const abreast = 4

// addFour adds their variances to those of four actions, and returns the kinds of the features after theirs.
func (d *doubts) addFour(actions *[abreast][]aparte.Feature, kinds []uint32, variances *[abreast]float64) (after []uint32) {
	var ofEach [abreast][]uint32
	shortest := len(actions[0])
	for i, action := range actions {
		ofEach[i], kinds = kinds[:len(action)], kinds[len(action):]
		shortest = min(shortest, len(action))
	}
	var sums [abreast]float64
	for j := range shortest {
		d.sumFour(&sums, &[abreast]aparte.Feature{actions[0][j], actions[1][j], actions[2][j], actions[3][j]},
			&[abreast]uint32{ofEach[0][j], ofEach[1][j], ofEach[2][j], ofEach[3][j]})
	}
	for i, action := range actions {
		variances[i] += float64(d.unit * d.sum(sums[i], action[shortest:], ofEach[i][shortest:]))
	}
	return kinds
}

// sumFour adds to each of four sums the row of a feature.
func (d *doubts) sumFour(sums *[abreast]float64, features *[abreast]aparte.Feature, kinds *[abreast]uint32) {
	if clash(features) {
		for i, f := range features {
			for _, v := range d.of(f, kinds[i]) {
				sums[i] += v
			}
		}
		return
	}
	r, s, t, u := d.of(features[0], kinds[0]), d.of(features[1], kinds[1]), d.of(features[2], kinds[2]), d.of(features[3], kinds[3])
	s, t, u = s[:len(r)], t[:len(r)], u[:len(r)]
	a, b, c, e := sums[0], sums[1], sums[2], sums[3]
	for i, v := range r {
		a, b, c, e = a+v, b+s[i], c+t[i], e+u[i]
	}
	sums[0], sums[1], sums[2], sums[3] = a, b, c, e
}

// clash reports whether two of four features would stand in the same row with different values.
func clash(f *[abreast]aparte.Feature) bool {
	for i := range f {
		for j := range i {
			if f[i].Hash == f[j].Hash && f[i].Value != f[j].Value {
				return true
			}
		}
	}
	return false
}

// sum adds the rows of features to a sum.
func (d *doubts) sum(sum float64, features []aparte.Feature, kinds []uint32) float64 {
	for i, f := range features {
		for _, v := range d.of(f, kinds[i]) {
			sum += v
		}
	}
	return sum
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
	roomy         bool // each kind has a row of its own
}

// mostKept bounds what is kept of doubts: 256 KB.
const mostKept = 1 << 15

// keepIn makes the rows, in the memory of a batch: one for each of its kinds, if there is room.
func (d *doubts) keepIn(b *batch) {
	each := 1 + len(d.mixed)
	rows := max(1, min(len(b.mixed), mostKept/each))
	d.roomy = rows >= len(b.mixed)
	b.whose = slices.Grow(b.whose[:0], rows)[:rows]
	b.doubts = slices.Grow(b.doubts[:0], rows*each)[:rows*each]
	d.whose, d.kept = b.whose, b.doubts
	for i := range d.whose {
		d.whose[i].Value = float32(math.NaN()) // nobody's
	}
}

// of is the row of a feature of some kind. It is good until the next call.
func (d *doubts) of(f aparte.Feature, kind uint32) []float64 {
	at, each := int(kind), 1+len(d.mixed)
	if !d.roomy {
		at %= len(d.whose)
	}
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
