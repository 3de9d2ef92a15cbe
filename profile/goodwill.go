package profile

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// How much of a person's goodwill each thing wears off, of a full 1. It comes back with
// aparte.GoodwillHalfLife. Prices for a first day: what intrusion really costs is learned elsewhere.
const (
	outboundWear    = 0.01 // a message that reaches out, once, however often it is looked at
	dismissalWear   = 0.05
	unsubscribeWear = 0.3
	complaintWear   = 0.6
)

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
