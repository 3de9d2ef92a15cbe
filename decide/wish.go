package decide

import (
	"time"

	"github.com/aparte-dev/aparte"
)

// week is over which messages are counted that reach out, where the person says how many they want.
const week = 7 * 24 * time.Hour

// Unwished is why a person does not want a message with a content to reach out to them now, or nothing. Service is no matter of wishes.
func (p *Plan) Unwished(who *aparte.Person, c *aparte.Content, now time.Time) aparte.ReasonCode {
	switch {
	case c.Purpose == aparte.Service || !who.Wishing():
		return ""
	case who.Spares(c.Kind):
		return aparte.KindUnwanted
	}
	return p.unwished(who, now)
}

// unwished is Unwished of marketing of whatever kind.
func (p *Plan) unwished(who *aparte.Person, now time.Time) aparte.ReasonCode {
	if now.Before(who.PausedUntil()) {
		return aparte.Paused
	}
	most, told := who.Weekly()
	if !told {
		return ""
	}
	n, since := 0, now.Add(-week)
	for i := range who.Said {
		if s := &who.Said[i]; s.At.After(since) && s.Channel.Outbound() && counts("", s) && !p.serves(s.Content) {
			n++
		}
	}
	if n >= most {
		return aparte.EnoughWeekly
	}
	return ""
}

// serves reports whether a content is known to be one of service.
func (p *Plan) serves(id aparte.ContentID) bool {
	i, known := p.byContent[id]
	return known && p.contents[i].Purpose == aparte.Service
}

// unwished is why the person does not want to be reached out to now, or nothing.
func (d *deliberation) unwished() aparte.ReasonCode {
	if !d.reaching || !d.wishing {
		return ""
	}
	return d.plan.unwished(d.person, d.now)
}
