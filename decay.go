package aparte

import (
	"math"
	"sort"
	"strings"
	"time"
)

// Half-lives: after this long, a count or an affinity weighs half.
const (
	AffinityHalfLife = 30 * 24 * time.Hour
	GoodwillHalfLife = 14 * 24 * time.Hour // of what is missing from full goodwill
	RhythmHalfLife   = 60 * 24 * time.Hour
)

// Wear is how much goodwill one unit of perceived intrusion wears off (Decision.Intrusion), of a full 1.
const Wear = 0.01

// CounterHalfLife is the half-life of the counter with this name: what follows its last underscore
// where that is one of 1h, 1d, 7d, 30d, 90d or 365d ("orders_30d"), else 30 days.
func CounterHalfLife(name string) time.Duration {
	const day = 24 * time.Hour
	switch name[strings.LastIndexByte(name, '_')+1:] {
	case "1h":
		return time.Hour
	case "1d":
		return day
	case "7d":
		return 7 * day
	case "90d":
		return 90 * day
	case "365d":
		return 365 * day
	}
	return 30 * day
}

// Decay is what is left at now of a value as of at that halves every halfLife. Before at it is the
// value itself.
func Decay(value float64, at, now time.Time, halfLife time.Duration) float64 {
	age := now.Sub(at)
	if age <= 0 || value == 0 {
		return value
	}
	return value * math.Exp2(-float64(age)/float64(halfLife))
}

// Now is the affinity's weight at now.
func (a Affinity) Now(now time.Time) float64 { return Decay(a.Weight, a.At, now, AffinityHalfLife) }

// Now is the counter's value at now.
func (c Counter) Now(now time.Time) float64 {
	return Decay(c.Value, c.At, now, CounterHalfLife(c.Name))
}

// Now is the goodwill at now: what was worn off comes back with GoodwillHalfLife.
func (g Goodwill) Now(now time.Time) float64 {
	if g.At.IsZero() {
		return 1
	}
	return 1 - Decay(1-g.Value, g.At, now, GoodwillHalfLife)
}

// Trait is the trait with this name, and whether there is one.
func (p *Person) Trait(name string) (Trait, bool) {
	i := sort.Search(len(p.Traits), func(i int) bool { return p.Traits[i].Name >= name })
	if i < len(p.Traits) && p.Traits[i].Name == name {
		return p.Traits[i], true
	}
	return Trait{}, false
}

// Counter is the counter's value at now, 0 where it was never raised.
func (p *Person) Counter(name string, now time.Time) float64 {
	i := sort.Search(len(p.Counters), func(i int) bool { return p.Counters[i].Name >= name })
	if i < len(p.Counters) && p.Counters[i].Name == name {
		return p.Counters[i].Now(now)
	}
	return 0
}

// Identifier is the first identifier of a kind, and whether there is one.
func (p *Person) Identifier(kind IdentifierKind) (Identifier, bool) {
	for _, id := range p.Identifiers {
		if id.Kind == kind {
			return id, true
		}
	}
	return Identifier{}, false
}

// Addresses are where messages on a channel that reaches out reach the person: one mailbox or number, the first, and every device,
// the first MaxDevices. A channel that goes by no address of its own goes by the e-mail address.
func (p *Person) Addresses(on Channel) []Identifier {
	var all []Identifier
	for _, id := range p.Identifiers {
		if id.Reached(on) && len(all) < most(on) {
			all = append(all, id)
		}
	}
	return all
}

// most is how many addresses of one person a message on a channel goes to.
func most(on Channel) int {
	if on == MobilePush || on == WebPush {
		return MaxDevices
	}
	return 1
}

// Refuses reports whether the person said no to a purpose on a channel. Who was never asked does not refuse.
func (p *Person) Refuses(purpose Purpose, channel Channel) bool {
	granted, told := p.Consented(purpose, channel)
	return told && !granted
}

// Locatable reports whether it may be looked up and kept where the person is: they agreed to it, and do not object to profiling.
func (p *Person) Locatable() bool {
	granted, _ := p.Consented(Location, "")
	return granted && !p.Refuses(Profiling, "")
}

// Consented is the person's answer for a purpose on a channel, and whether they ever gave one. An
// answer for the channel itself outweighs one for all channels.
func (p *Person) Consented(purpose Purpose, channel Channel) (granted, known bool) {
	for _, c := range p.Consents {
		switch {
		case c.Purpose != purpose:
		case c.Channel == channel:
			return c.Granted, true
		case c.Channel == "":
			granted, known = c.Granted, true
		}
	}
	return granted, known
}
