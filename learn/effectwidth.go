package learn

import "github.com/aparte-dev/aparte"

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
	unit, ofCross := float64(size*size), crossDoubt*e.norm/e.compared
	for i, action := range actions {
		sum := 0.0
		for _, f := range action {
			mixed := mixAction(f.Hash)
			sum += e.beliefs[e.alone(mixed)].variance(f.Value, aloneDoubt, unit)
			if !e.crosses {
				continue
			}
			for _, c := range context {
				sum += e.beliefs[e.crossed(mixContext(c.Hash), mixed)].variance(float32(c.Value*f.Value), ofCross, unit)
			}
		}
		variances[i] += float64(unit * sum)
	}
}

// variance is that of a coordinate of some value, in units of S².
func (b *belief) variance(value float32, doubt, unit float64) float64 {
	u := 1.0 // of one never seen it is the scale
	if b.scale > 0 {
		u = float64(value) / float64(b.scale)
	}
	return float64(u*u) / (float64(b.squares)/unit + doubt)
}
