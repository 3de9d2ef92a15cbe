package learn

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte/decide"
)

// Departures learns how likely people are to go away within a week of being spoken to, from their goodwill
// and from nothing else: how intrusive a message was is no input, so that it can lower the chance of a return only
// through goodwill (decide.Intrusion says why). The zero value knows what decide assumes.
//
// It is a logistic regression of what was lost, from 0 to 1, on what is missing from full goodwill: two numbers.
// Each example is one step of Newton's method, which keeps them close to where the posterior is the most likely
// given normal priors: the recursive Laplace approximation of Spiegelhalter and Lauritzen, Sequential updating of
// conditional probabilities on directed graphical structures, 1990, section 5.
type Departures struct {
	learned     uint64
	lost        float64    // Σ of what was lost
	bias, slope float64    // beyond what decide assumes
	precision   [3]float64 // beyond the prior's, of bias, of both together, of slope
}

// How sure the prior is, on the scale of log odds: standard deviations of 1 for the bias and of 20 for the slope. How
// much goodwill a message wears is an assumption (aparte.Wear), so that the goodwill that is kept may move by a twentieth
// of what people's own does; the slope has to be free to make up for it.
const (
	biasPrecision  = 1
	slopePrecision = 1. / 400
)

// believed is how many departures it takes to be believed as much as the marketer's price.
const believed = 20

// Learn takes a week in: the goodwill at its beginning, and the share of the person's value that was lost.
func (d *Departures) Learn(goodwill, lost float64) error {
	if !(goodwill >= 0 && goodwill <= 1) || !(lost >= 0 && lost <= 1) {
		return fmt.Errorf("departure: goodwill %g and loss %g must be in [0, 1]", goodwill, lost)
	}
	missing := 1 - goodwill
	odds := decide.PriorBias + d.bias + float64((decide.PriorSlope+d.slope)*missing)
	p := Logistic(odds)
	weight := float64(p * (1 - p))
	d.precision[0] += weight
	d.precision[1] += float64(weight * missing)
	d.precision[2] += float64(float64(weight*missing) * missing)
	a, b, c := biasPrecision+d.precision[0], d.precision[1], slopePrecision+d.precision[2]
	determinant := float64(a*c) - float64(b*b)
	residual := lost - p
	d.bias += float64(residual*(c-float64(b*missing))) / determinant
	d.slope += float64(residual*(float64(a*missing)-b)) / determinant
	d.learned++
	d.lost += lost
	return nil
}

// Hazard is what was learned, as decisions use it.
func (d *Departures) Hazard() decide.Hazard {
	return decide.Hazard{
		Bias: decide.PriorBias + d.bias, Slope: max(0, decide.PriorSlope+d.slope),
		Trust: d.lost / (d.lost + believed),
	}
}

// Logistic is 1/(1+exp(-z)), with the same bits on every machine.
func Logistic(z float64) float64 {
	small := 1 - saturate(math.Abs(z)) // exp(-|z|)
	if z < 0 {
		return small / (1 + small)
	}
	return 1 / (1 + small)
}

// append writes all there is, in seven numbers of eight bytes.
func (d *Departures) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, d.learned)
	for _, v := range [...]float64{d.lost, d.bias, d.slope, d.precision[0], d.precision[1], d.precision[2]} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}
