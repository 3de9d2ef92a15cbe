package profile

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// How much of a person's goodwill each thing wears off, of a full 1, what is said aside: that wears
// aparte.Wear for each unit of how intrusive it was perceived to be (Decision.Intrusion). It comes back with
// aparte.GoodwillHalfLife.
const (
	dismissalWear   = 0.05
	unsubscribeWear = 0.3
	complaintWear   = 0.6
)

// mostIntrusive bounds what an event may tell: more is not believed.
const mostIntrusive = 100

// intrude wears goodwill off by what was said: once, however often it is looked at, and the slots of a message
// and what replaces them are part of it. An event that does not tell how intrusive it was is taken for an irrelevant
// message where it reached out, and for nothing where the person was there by themselves.
func (s *step) intrude(f *facts, channel aparte.Channel) {
	if !f.parent.IsZero() {
		return
	}
	millionths, told := f.intrusion.scaled(6, mostIntrusive*1e6)
	switch {
	case told && millionths > 0:
		s.wear(aparte.Wear * float64(millionths) / 1e6)
	case !told && channel != "" && channel.Outbound():
		s.wear(aparte.Wear)
	}
}

// wear wears goodwill off.
func (s *step) wear(by float64) {
	s.p.Goodwill = worn(s.p.Goodwill, aparte.Goodwill{Value: 1 - by, At: s.at})
}

// worn is the goodwill where what is missing from both is missing, at the later of their times. It
// never falls below zero.
func worn(a, b aparte.Goodwill) aparte.Goodwill {
	if a.At.IsZero() {
		return b
	}
	if b.At.IsZero() {
		return a
	}
	var missing float64
	var at time.Time
	missing, at = decayedSum(1-a.Value, a.At, 1-b.Value, b.At, aparte.GoodwillHalfLife)
	return aparte.Goodwill{Value: 1 - min(missing, 1), At: at}
}
