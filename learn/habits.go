package learn

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/aparte-dev/aparte"
)

// Habits is what is learned of people at large that is no objective's value: when they go away, when they
// respond, and how much less they come back. The zero value knows nothing.
type Habits struct {
	Departures Departures
	Hours      Hours
	Returns    Returns
}

// The objectives under which lessons for Habits stand in the feed. No objective of a brand begins like them.
const (
	departureLesson aparte.ObjectiveID = "aparte:departure" // one feature, the goodwill; the reward is what was lost
	hourLesson      aparte.ObjectiveID = "aparte:hour"      // one feature, its hash the hour; the reward is the weight

	// Two features, of the intrusion aside with the days before as its hash, and of the days; the reward is what was earned.
	returnLesson aparte.ObjectiveID = "aparte:return"
)

// Departure is the lesson that a week teaches Departures.
func Departure(goodwill, lost float64) Example {
	return Example{
		Objective: departureLesson, Propensity: 1, Reward: lost,
		Features: aparte.Features{Context: []aparte.Feature{{Value: float32(goodwill)}}},
	}
}

// Response is the lesson that a response teaches Hours.
func Response(hour int, weight float64) Example {
	return Example{
		Objective: hourLesson, Propensity: 1, Reward: weight,
		Features: aparte.Features{Context: []aparte.Feature{{Hash: uint32(hour), Value: 1}}},
	}
}

// Return is the lesson that a fortnight teaches Returns.
func Return(aside float64, days, before int, earned float64) Example {
	return Example{
		Objective: returnLesson, Propensity: 1, Reward: earned,
		Features: aparte.Features{Context: []aparte.Feature{
			{Hash: uint32(before), Value: float32(aside)}, {Hash: math.MaxUint32, Value: float32(days)},
		}},
	}
}

// Learn takes a lesson in, where it is one for Habits.
func (h *Habits) Learn(e *Example) (mine bool, err error) {
	told, want := e.Features.Context, 1
	switch e.Objective {
	case departureLesson, hourLesson:
	case returnLesson:
		want = 2
	default:
		return false, nil
	}
	if len(told) != want {
		return true, fmt.Errorf("lesson %s: %d features, want %d", e.Objective, len(told), want)
	}
	switch e.Objective {
	case departureLesson:
		return true, h.Departures.Learn(float64(told[0].Value), e.Reward)
	case returnLesson:
		return true, h.Returns.Learn(float64(told[0].Value), int(told[1].Value), int(told[0].Hash), e.Reward)
	}
	return true, h.Hours.Learn(int(told[0].Hash), e.Reward)
}

const (
	habitsKind    = 'H'
	habitsVersion = 2
	habitsBody    = 8*(7+hoursAWeek) + returnsBody

	// HabitsBytes is the length of a snapshot of Habits: kind and version bytes, numbers, CRC-32C.
	HabitsBytes = 2 + habitsBody + 4
)

// Snapshot is all of it: the same habits give the same bytes.
func (h *Habits) Snapshot() []byte {
	b := h.Departures.append([]byte{habitsKind, habitsVersion})
	for _, w := range h.Hours.weights {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(w))
	}
	return seal(h.Returns.append(b))
}

// RestoreHabits reads a snapshot. What is damaged is an error.
func RestoreHabits(b []byte) (*Habits, error) {
	body, err := unseal(b, habitsKind, habitsVersion)
	if err != nil {
		return nil, fmt.Errorf("restore habits: %w", err)
	}
	if len(body) != habitsBody {
		return nil, fmt.Errorf("restore habits: %d bytes, want %d", len(body), habitsBody)
	}
	h := new(Habits)
	next := func() float64 {
		v := math.Float64frombits(binary.LittleEndian.Uint64(body))
		body = body[8:]
		return v
	}
	d := &h.Departures
	d.learned = binary.LittleEndian.Uint64(body)
	body = body[8:]
	for _, v := range [...]*float64{&d.lost, &d.bias, &d.slope, &d.precision[0], &d.precision[1], &d.precision[2]} {
		*v = next()
	}
	for i := range h.Hours.weights {
		h.Hours.weights[i] = next()
	}
	h.Returns.numbers(func(v *float64) { *v = next() })
	return h, nil
}
