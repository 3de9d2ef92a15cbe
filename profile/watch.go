package profile

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// WatchFor is how long a watch lasts: from an exposure on, it is watched whether the person goes away. What it
// finds is what the hazard of departing is learned from (decide.Hazard), with the goodwill at its beginning.
const WatchFor = 7 * 24 * time.Hour

// Away is for how long nothing was heard of somebody who has gone away without a word.
const Away = 90 * 24 * time.Hour

// What share of a person's value is thought to be lost with each departure.
const (
	lostWithRefusal   = 1.0 // unsubscribe, complaint, consent withdrawn, push disabled
	lostWithDismissal = 0.1
)

// watch begins a watch with an exposure, unless one is under way.
func (s *step) watch() {
	if s.p.Watch.Since.IsZero() {
		s.p.Watch = aparte.Watch{Since: s.at, Goodwill: s.p.Goodwill.Now(s.at)}
	}
}

// depart notes a departure, where it is watched for.
func (s *step) depart(lost float64) {
	if w := &s.p.Watch; !w.Since.IsZero() && !s.at.Before(w.Since) {
		w.Lost = max(w.Lost, lost)
	}
}

// Watched is what a watch found that ends now, and the person without it. messages is how many that reached out
// the person was sent meanwhile; lost is 1 too where it is in this week that nothing has been heard of them for
// as long as Away.
func Watched(p aparte.Person, now time.Time) (next aparte.Person, messages int, lost float64) {
	w := p.Watch
	for i := range p.Said {
		s := &p.Said[i]
		message := s.Channel.Outbound() && (s.Slot == "" || s.Slot == string(s.Channel))
		if message && !s.At.Before(w.Since) && !s.At.After(now) {
			messages++
		}
	}
	lost = w.Lost
	if gone := p.LastSeen.Add(Away); gone.After(w.Since) && !gone.After(now) {
		lost = 1
	}
	p.Watch = aparte.Watch{}
	return p, messages, lost
}
