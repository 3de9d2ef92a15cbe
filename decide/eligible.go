package decide

import (
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// maxExcluded bounds how many excluded contents a decision tells of.
const maxExcluded = 100

// exclusion is a content that could not be said, and why.
type exclusion struct {
	content int32
	item    int32 // into the catalogue: the first one that did not fit; -1: none
	reason  aparte.ReasonCode
	rule    int32 // that said no or failed; -1: none
	route   uint8
}

// standing is what the person's answers, addresses, pressure and luck say of all contents of one
// purpose, found out once.
type standing struct {
	known  bool
	before aparte.ReasonCode // consent and reach: asked before the rules
	after  aparte.ReasonCode // quiet hours, pressure and holdout: asked after them
}

// gather goes through the contents that may be said on the surfaces of the moment and sorts them into options and
// exclusions.
func (d *deliberation) gather() {
	for i := range d.routes {
		d.take(i)
		d.gatherThere()
	}
}

// gatherThere is gather on one channel.
func (d *deliberation) gatherThere() {
	for _, at := range d.plan.placedIn(surface{d.channel(), d.routes[d.route].slot}) {
		c := &d.plan.contents[at.content]
		if !d.asked(c) {
			continue
		}
		d.content = c
		o := newOption(at, c)
		o.route = uint8(d.route)
		out := exclusion{content: at.content, item: -1, rule: -1, route: uint8(d.route)}
		if out.reason = d.eligible(c, &o, &out); out.reason == "" {
			d.options = append(d.options, o)
		} else if len(d.excluded) < maxExcluded {
			d.excluded = append(d.excluded, out)
		}
	}
}

// asked reports whether the question is about a content at all. One that names scenarios is said only
// when one of them speaks, and one that waits for approval or is halted never.
func (d *deliberation) asked(c *content) bool {
	if c.State != "" {
		return false
	}
	if len(d.q.Only) > 0 && !slices.Contains(d.q.Only, c.ID) {
		return false
	}
	if slices.Contains(d.q.Except, c.ID) {
		return false
	}
	return len(c.Scenarios) == 0 || slices.Contains(c.Scenarios, d.q.Scenario)
}

// eligible is why a content cannot be said, or nothing. It gives o the items the content can speak of
// and tells in out which rule or item was in the way.
//
// The order is the order of the reasons: the first that applies is told.
func (d *deliberation) eligible(c *content, o *option, out *exclusion) aparte.ReasonCode {
	if d.routes[d.route].unsent {
		return aparte.NoSender
	}
	if !c.From.IsZero() && d.now.Before(c.From) || !c.Until.IsZero() && !d.now.Before(c.Until) {
		return aparte.OutsideValid
	}
	s := d.standing(c.Purpose)
	if s.before != "" {
		return s.before
	}
	if d.wishing && c.Purpose == aparte.Marketing && d.person.Spares(c.Kind) {
		return aparte.KindUnwanted
	}
	if c.Ask != nil {
		if reason := d.unwelcome(c); reason != "" {
			return reason
		}
	}
	for _, i := range c.rules {
		if reason := refusal(d.verdict(i)); reason != "" {
			out.rule = i
			return reason
		}
	}
	if c.Items != aparte.NoItems {
		found := d.offer(c)
		if found.reason != "" {
			out.item, out.rule = found.item, found.rule
			return found.reason
		}
		o.first, o.last = found.first, found.last
		if !d.spare(c, o, out) {
			return aparte.SaidInVain
		}
	}
	if c.Companion != aparte.NoItems {
		d.accompany(c, o)
	}
	if c.budget >= 0 && !d.withinBudget(c, o) {
		return aparte.BudgetSpent
	}
	if s.after == "" && c.Purpose == aparte.Marketing && d.heldOutOf(c) != "" {
		return aparte.InHoldout
	}
	return s.after
}

// heldOutOf is the first objective a content is said toward of which the person is held out; empty: none.
func (d *deliberation) heldOutOf(c *content) aparte.ObjectiveID {
	for _, o := range c.Toward {
		if d.plan.HeldOutOf(o, d.person.ID) {
			return o
		}
	}
	return ""
}

func refusal(v verdict) aparte.ReasonCode {
	switch v {
	case saysNo:
		return aparte.RuleSaidNo
	case failed:
		return aparte.RuleFailed
	}
	return ""
}

func (d *deliberation) standing(purpose aparte.Purpose) *standing {
	s := &d.standings[0]
	if purpose == aparte.Service {
		s = &d.standings[1]
	}
	if !s.known {
		*s = standing{known: true, before: d.mayAddress(purpose), after: d.mayDisturb(purpose)}
	}
	return s
}

// mayAddress asks for consent and an address. Marketing that reaches out needs a consent that was
// given; everything else is allowed until the person says no. No is no for service too.
func (d *deliberation) mayAddress(purpose aparte.Purpose) aparte.ReasonCode {
	granted, told := d.person.Consented(purpose, d.channel())
	switch {
	case told && !granted:
		return aparte.Suppressed
	case !told && purpose == aparte.Marketing && d.reaching:
		return aparte.NoConsent
	case !d.reachable():
		return aparte.NotReachable
	}
	return ""
}

// reachable reports whether the person has an address on the channel.
func (d *deliberation) reachable() bool {
	if !d.reaching {
		return true // they are there already
	}
	switch d.channel() {
	case aparte.Email, aparte.SMS, aparte.MobilePush, aparte.WebPush:
		return len(d.person.Addresses(d.channel())) > 0
	}
	return len(d.person.Identifiers) > 0
}

// mayDisturb asks whether now is a time and this a person for another message. Service keeps quiet
// hours; it knows neither caps nor holdout, as somebody waits for it.
func (d *deliberation) mayDisturb(purpose aparte.Purpose) aparte.ReasonCode {
	switch {
	case d.reaching && d.inQuiet:
		return aparte.QuietHours
	case purpose != aparte.Marketing:
		return ""
	}
	if reason := d.unwished(); reason != "" {
		return reason
	}
	switch {
	case d.tooSoon():
		return aparte.TooSoon
	case d.capped():
		return aparte.PressureCap
	case d.plan.HeldOut(d.person.ID):
		return aparte.InHoldout
	}
	return ""
}

// quietAt reports whether outbound channels are quiet at an hour of the person's day.
func (p *Plan) quietAt(hour int) bool {
	from, until := p.brand.Pressure.QuietFrom, p.brand.Pressure.QuietUntil
	if from <= until {
		return hour >= from && hour < until
	}
	return hour >= from || hour < until
}

// Pressed is why a message with a content that was decided must not reach out to a person now, or nothing: since then others have left,
// and it would be more than the brand wants. Service knows no pressure.
func (p *Plan) Pressed(who *aparte.Person, c *aparte.Content, on aparte.Channel, now time.Time) aparte.ReasonCode {
	switch {
	case c.Purpose == aparte.Service || !on.Outbound():
		return ""
	case p.tooSoon(who, now):
		return aparte.TooSoon
	case p.capped(who, on, true, now, true):
		return aparte.PressureCap
	}
	return ""
}

// tooSoon reports whether the last message that reached out is more recent than the brand wants.
func (d *deliberation) tooSoon() bool { return d.reaching && d.plan.tooSoon(d.person, d.now) }

func (p *Plan) tooSoon(who *aparte.Person, now time.Time) bool {
	apart := p.brand.Pressure.Apart.Std()
	if apart <= 0 {
		return false
	}
	since := now.Add(-apart)
	for i := len(who.Said) - 1; i >= 0; i-- {
		if s := &who.Said[i]; s.At.After(since) && s.Channel.Outbound() && counts("", s) {
			return true
		}
	}
	return false
}

// capped reports whether one more exposure on the channel would be more than some cap allows.
func (d *deliberation) capped() bool {
	if d.q.Moment.Trigger == opened {
		return false // the message was let through when it left
	}
	return d.plan.capped(d.person, d.channel(), d.reaching, d.now, d.terms() >= termsOfTones)
}

// capped reports whether one more exposure on a channel would be more than some cap allows; ads says whether caps on advertisements count those.
func (p *Plan) capped(who *aparte.Person, on aparte.Channel, reaching bool, now time.Time, ads bool) bool {
	for _, c := range p.brand.Pressure.Caps {
		if c.Channel != on && (c.Channel != "" || !reaching) {
			continue
		}
		n, since := 0, now.Add(-c.Within.Std())
		for i := range who.Said {
			if s := &who.Said[i]; s.At.After(since) && (counts(c.Channel, s) || ads && advertised(c.Channel, s)) {
				n++
			}
		}
		if n >= c.Most {
			return true
		}
	}
	return false
}

// advertised reports whether an exposure is an advertisement, for a cap on those. Its slot is a place elsewhere, and no part of a message.
func advertised(on aparte.Channel, s *aparte.Said) bool {
	return on == aparte.Ads && s.Channel == aparte.Ads
}

// counts reports whether an exposure counts for a cap on a channel. A message that reached out counts
// once: what its pictures showed when it was opened is in slots of their own.
func counts(channel aparte.Channel, s *aparte.Said) bool {
	if !s.Channel.Outbound() {
		return s.Channel == channel
	}
	message := s.Slot == "" || s.Slot == string(s.Channel)
	return message && (channel == "" || channel == s.Channel)
}
