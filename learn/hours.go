package learn

import (
	"fmt"
	"math"
)

// Hours learns at which hours of the week people respond to what reaches out: the population's rhythm, from which
// every person's own starts. Hours are local to the person. The zero value knows nothing.
type Hours struct {
	weights [hoursAWeek]float64
}

const hoursAWeek = 7 * 24

// Learn takes a response in, at an hour of the week where the person is (0: Sunday from 0:00), of a weight.
func (h *Hours) Learn(hour int, weight float64) error {
	if hour < 0 || hour >= hoursAWeek || !(weight > 0 && weight <= MaxWeight) {
		return fmt.Errorf("response at hour %d of weight %g: want an hour from 0 to %d, and a weight", hour, weight, hoursAWeek-1)
	}
	h.weights[hour] = math.Min(h.weights[hour]+weight, math.MaxFloat32)
	return nil
}

// Weights are how much was responded in each hour of the week.
func (h *Hours) Weights() [hoursAWeek]float64 { return h.weights }
