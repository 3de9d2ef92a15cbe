package lifetime

import (
	"fmt"
	"math"
)

// History is what the models of buying need to know of a person, in one unit of time.
type History struct {
	Repeats float64 // x: purchases after the first
	Last    float64 // t_x: time from the first purchase to the last; 0 without repeats
	Age     float64 // T: time from the first purchase to now
}

// MaxRepeats bounds the purchases of one person.
const MaxRepeats = 1e6

// Validate says what is wrong with a history.
func (h History) Validate() error {
	switch {
	case !(h.Repeats >= 0 && h.Repeats <= MaxRepeats) || h.Repeats != math.Trunc(h.Repeats):
		return fmt.Errorf("history: %g repeat purchases; they are counted, up to %g", h.Repeats, float64(MaxRepeats))
	case !(h.Age >= 0) || math.IsInf(h.Age, 0):
		return fmt.Errorf("history: an age of %g", h.Age)
	case !(h.Last >= 0 && h.Last <= h.Age):
		return fmt.Errorf("history: the last purchase at %g, outside an age of %g", h.Last, h.Age)
	case h.Repeats == 0 && h.Last != 0:
		return fmt.Errorf("history: no repeat purchase, and the last at %g", h.Last)
	}
	return nil
}

// Buying is a model of how people buy for as long as they are customers, and leave without a word.
type Buying interface {
	// Alive is the probability that the person is still a customer.
	Alive(h History) float64
	// Staying is how many purchases the person will make within so much time from now, if still a customer now.
	Staying(h History, within float64) float64
}

var (
	_ Buying = BGNBD{}
	_ Buying = ParetoNBD{}
)

// Future is what a model foretells of a person.
type Future struct {
	Alive      float64 // the probability of still being a customer
	Purchases  float64 // expected, within the time asked for
	Discounted float64 // the same, each worth exp(−rate·t) of one made now, t being when it will be made
}

// Foretell is a person's future within so much time from now. With E(t) the purchases expected up to t,
//
//	∫ exp(−rate·t) dE(t) = exp(−rate·within)·E(within) + rate·∫ exp(−rate·t)·E(t) dt
//
// by parts, the last integral by three points of Gauss and Legendre in √t: E rises fastest at first. That term
// is small: the whole is exact to 1e-3 for models as CDNOW's, and to 5e-3 where everybody leaves within days.
func Foretell(m Buying, h History, within, rate float64) Future {
	f := Future{Alive: m.Alive(h)}
	f.Purchases = f.Alive * m.Staying(h, within)
	f.Discounted = f.Purchases
	if rate == 0 {
		return f
	}
	sum := 0.0
	for i, root := range legendre.points {
		t := within * root * root
		sum += 2 * root * legendre.weights[i] * math.Exp(-rate*t) * m.Staying(h, t)
	}
	f.Discounted = math.Exp(-rate*within)*f.Purchases + rate*within*f.Alive*sum
	return f
}

// legendre is the quadrature of three points on [0, 1] (Abramowitz and Stegun, 25.4.30).
var legendre = struct{ points, weights [3]float64 }{
	[3]float64{0.1127016653792583, 0.5, 0.8872983346207417},
	[3]float64{5.0 / 18, 8.0 / 18, 5.0 / 18},
}
