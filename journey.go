package aparte

import "time"

// Bounds of a journey.
const (
	MaxTouches      = 24
	MaxReached      = 8
	MaxTouchChannel = 64 // bytes

	// LookBack is how long a touch is on the way to what follows; a journey on which nothing is met for so long has ended.
	LookBack = 30 * 24 * time.Hour
)

// Journey is what somebody met of the brand on the way to what objectives count: the touches that are not older than
// LookBack. It is the engine's, and no decision reads it: where a record is full, it is the first to give way.
type Journey struct {
	Touches []Touch   // oldest first, the last MaxTouches
	Reached []Reached // by objective: those that were reached since the first touch, the latest MaxReached
}

// Touch is one time that somebody met the brand: something of Aparté's that they saw or clicked, or a visit that came from
// somewhere.
type Touch struct {
	At      time.Time // when it was met, or met again right after
	Channel string    // a Channel of Aparté's; of a visit where it came from: "google / cpc", "news.example / referral"
	What    string    // the content; of a visit its campaign; may be empty
	Device  string    // as Person.Device; empty where it is not known, as of a mail
}

// Reached is when an objective was reached last.
type Reached struct {
	Objective uint64 // hash of its id
	At        time.Time
}

// ReachedAt is when an objective was reached last, the zero time where it was not since the journey began.
func (j *Journey) ReachedAt(objective uint64) time.Time {
	for _, r := range j.Reached {
		if r.Objective == objective {
			return r.At
		}
	}
	return time.Time{}
}
