package aparte

import "time"

// Score says how near people are to an objective as the marketer sees it: in points, for what they do and for who they
// are. They come beside the probability that is learned from what people did, and stand in for it while there is none.
type Score struct {
	Objective ObjectiveID `json:"objective"`
	Level     float64     `json:"level"`             // how many points make a maturity of 1
	Points    []Award     `json:"points,omitempty"`  // what they are given for
	Horizon   Duration    `json:"horizon,omitempty"` // within which the learned probability is; 0: DefaultHorizon
}

// DefaultHorizon is within which time a learned score foretells whether an objective is reached, where the brand does
// not say.
const DefaultHorizon = Duration(30 * 24 * time.Hour)

// Award is what points are given for: each time an event happens, or as long as a condition holds. One of Event and
// When is set.
type Award struct {
	Event    string   `json:"event,omitempty"`    // name of a track event
	When     string   `json:"when,omitempty"`     // CEL, as in rules, about the person
	Points   float64  `json:"points"`             // below zero: they lead away from the objective
	HalfLife Duration `json:"halfLife,omitempty"` // of what an event gave, in whole seconds; 0: it stays
}

// ScoreOf is what the brand declares of an objective's score, and whether it does.
func (b *Brand) ScoreOf(id ObjectiveID) (*Score, bool) {
	for i := range b.Scores {
		if b.Scores[i].Objective == id {
			return &b.Scores[i], true
		}
	}
	return nil, false
}

// HorizonOf is within which time an objective's learned score foretells whether it is reached.
func (b *Brand) HorizonOf(id ObjectiveID) time.Duration {
	if s, declared := b.ScoreOf(id); declared && s.Horizon > 0 {
		return s.Horizon.Std()
	}
	return DefaultHorizon.Std()
}

// Key is the hash by which a person's record knows an objective: FNV-1a, 64 bits, as package hash/fnv has it.
func (id ObjectiveID) Key() uint64 {
	h := uint64(14695981039346656037)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return h
}

// Now is what is left of the points at now.
func (p Points) Now(now time.Time) float64 {
	if p.HalfLife == 0 {
		return p.Value
	}
	return Decay(p.Value, p.At, now, p.HalfLife)
}

// PointsToward is what a person has scored toward an objective by what they did, at now.
func (p *Person) PointsToward(id ObjectiveID, now time.Time) float64 {
	key, sum := id.Key(), 0.0
	for i := range p.Points {
		if p.Points[i].Objective == key {
			sum += p.Points[i].Now(now)
		}
	}
	return sum
}
