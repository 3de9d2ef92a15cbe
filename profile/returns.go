package profile

import (
	"math/bits"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// When it counts that somebody comes back: aparte.ReturnDays days, from ReturnsFrom after the decision on. What a
// message brings at once is the business of objectives; what is counted here is what it does to the person's habit of
// coming, and a fortnight is the half-life of what it wears (aparte.GoodwillHalfLife).
const (
	ReturnsFrom = 3 * 24 * time.Hour
	ReturnsFor  = ReturnsFrom + aparte.ReturnDays*24*time.Hour
)

// WatchReturns is the person with a new fortnight in which their returns are counted, after a decision at a time. aside is
// how much more intrusive what was decided is than what chance would have decided on average.
func WatchReturns(p aparte.Person, at time.Time, aside float64) aparte.Person {
	p.Return = aparte.Return{Since: at.UTC().Truncate(time.Microsecond), Aside: aside, Before: p.Return.Before}
	return p
}

// Returned ends the fortnight in which a person's returns were counted: the person without it, and on how many
// days they came back.
func Returned(p aparte.Person) (next aparte.Person, days int) {
	days = bits.OnesCount16(p.Return.Days)
	p.Return = aparte.Return{Before: 1 + days}
	return p, days
}

// Earn is the person to whom value came at a time, in minor units: it counts where it is watched what they bring.
func Earn(p aparte.Person, at time.Time, value float64) aparte.Person {
	if w := &p.Watch; !w.Since.IsZero() && !at.Before(w.Since) {
		w.Earned += value
	}
	if _, counts := dayOf(&p.Return, at); counts {
		p.Return.Earned += value
	}
	return p
}

// dayOf is which of the days on which it counts a time is.
func dayOf(r *aparte.Return, at time.Time) (day int, counts bool) {
	after := at.Sub(r.Since)
	if r.Since.IsZero() || after < ReturnsFrom || after >= ReturnsFor {
		return 0, false
	}
	return int((after - ReturnsFrom) / (24 * time.Hour)), true
}

// comeBack notes that the person is there by themselves: not by a message that brought them, and not in what a server
// tells of them.
func (s *step) comeBack(e *aparte.Event) {
	switch {
	case e.Type != aparte.Page && e.Type != aparte.Screen && e.Type != aparte.Track:
		return
	case done(e) || strings.HasPrefix(e.Name, "Aparte "):
		return
	}
	if day, counts := dayOf(&s.p.Return, s.at); counts {
		s.p.Return.Days |= 1 << day
	}
}
