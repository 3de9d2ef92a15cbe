package engine

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Family is what a decision is about, by where the person was in their life as a customer when it was taken: to win them,
// to have them buy more, or to keep them.
type Family string

// The families.
const (
	Acquire Family = "acquire" // they had never ordered
	Grow    Family = "grow"    // they were new, active or won back
	Retain  Family = "retain"  // they had fallen silent: at risk, dormant or lost
)

func (f Family) place() int { return slices.Index([]Family{Acquire, Grow, Retain}, f) }

// familyAt is the family of a decision about a person at a time that may be long ago. What they ordered since does not
// count: else whoever was won would not have been to be won.
func familyAt(p *aparte.Person, at time.Time) Family {
	stages := p.StagesUntil(at)
	was := stages[0]
	for _, s := range stages[1:] {
		if !s.Since.After(at) {
			was = s
		}
	}
	switch was.Name {
	case aparte.Prospect:
		return Acquire
	case aparte.AtRisk, aparte.Dormant, aparte.Lost:
		return Retain
	}
	return Grow
}
