package profile

import (
	"cmp"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// How much each response weighs in a person's rhythm: what it is worth, not how often it happens. An opening alone
// says least: machines open too.
const (
	OrderBeat = 5
	ClickBeat = 2
	VisitBeat = 1
	OpenBeat  = 0.5
)

const hoursAWeek = 7 * 24

// beat notes a response.
func (s *step) beat(weight float64) { s.p.Rhythm = beaten(s.p.Rhythm, s.at, weight) }

// beaten is a rhythm with one response more; the strongest MaxBeats hours are kept. r is not modified.
func beaten(r aparte.Rhythm, at time.Time, weight float64) aparte.Rhythm {
	if r.At.IsZero() {
		r.At = at
	}
	beats := own(r.Beats, 1)
	if at.After(r.At) {
		left := aparte.Decay(1, r.At, at, aparte.RhythmHalfLife)
		for i := range beats {
			beats[i].Weight = float32(float64(beats[i].Weight) * left)
		}
		r.At = at
	}
	more := float32(aparte.Decay(weight, at, r.At, aparte.RhythmHalfLife))
	hour := HourOfWeek(at)
	i, found := slices.BinarySearchFunc(beats, hour, func(b aparte.Beat, hour uint8) int { return cmp.Compare(b.Hour, hour) })
	if found {
		beats[i].Weight += more
	} else {
		beats = slices.Insert(beats, i, aparte.Beat{Hour: hour, Weight: more})
	}
	r.Beats = strongest(beats, i)
	return r
}

// strongest leaves out the weakest beat, but for the newest, where there are too many.
func strongest(beats []aparte.Beat, newest int) []aparte.Beat {
	if len(beats) <= aparte.MaxBeats {
		return beats
	}
	weakest := -1
	for i, b := range beats {
		if i != newest && (weakest < 0 || b.Weight < beats[weakest].Weight) {
			weakest = i
		}
	}
	return slices.Delete(beats, weakest, weakest+1)
}

// HourOfWeek is the hour of the week of an instant as t's zone has it, 0 to 167 from Sunday 0:00.
func HourOfWeek(t time.Time) uint8 { return uint8(int(t.Weekday())*24 + t.Hour()) }

// bothRhythms is the responses of both.
func bothRhythms(a, b aparte.Rhythm) aparte.Rhythm {
	for _, beat := range b.Beats {
		// Its own hour of the week, at b's time as nearly as that hour allows.
		at := b.At.Truncate(time.Hour)
		at = at.Add(-time.Duration((int(HourOfWeek(at))-int(beat.Hour)+hoursAWeek)%hoursAWeek) * time.Hour)
		a = beaten(a, at, float64(beat.Weight)/aparte.Decay(1, at, b.At, aparte.RhythmHalfLife))
	}
	return a
}
