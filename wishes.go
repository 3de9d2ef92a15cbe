package aparte

import (
	"errors"
	"math"
	"sort"
	"strings"
	"time"
)

// Wishes are what a person asks for themselves beyond yes and no to a channel. They stand in traits that the person declares, so
// that the brand's own preference centre sets them with an identify, as the person's page does. Service messages are no matter of wishes.
const (
	WishPause  = "wishes.pause"  // text, RFC 3339: no marketing reaches out before
	WishWeekly = "wishes.weekly" // number: the most marketing messages that reach out within seven days, all channels together; 0: none
	WishNo     = "wishes.no."    // and a kind of contents (Content.Kind), true: contents of that kind are not said

	wishes = "wishes."
)

// IsWish reports whether a trait of this name is a wish, or meant to be one.
func IsWish(trait string) bool { return strings.HasPrefix(trait, wishes) }

// CheckWish says why a trait that is named as a wish cannot be heard; nil where it can. Null takes a wish back.
func CheckWish(name string, v Value) error {
	kind, no := strings.CutPrefix(name, WishNo)
	switch {
	case v.Kind == Null:
		return nil
	case name == WishPause:
		if _, err := time.Parse(time.RFC3339, v.Str); v.Kind != Text || err != nil {
			return errors.New("must be a time in ISO 8601, such as 2026-05-01T10:00:00Z, or null")
		}
	case name == WishWeekly:
		if v.Kind != Number || v.Num < 0 || v.Num > maxWeekly || v.Num != math.Trunc(v.Num) {
			return errors.New("must be a whole number from 0 to 1000, or null")
		}
	case no && kind != "":
		if v.Kind != Bool {
			return errors.New("must be true, false or null")
		}
	default:
		return errors.New("is no wish: there are wishes.pause, wishes.weekly and wishes.no with a kind of contents")
	}
	return nil
}

const maxWeekly = 1000

// PausedUntil is until when the person wants no marketing to reach out, zero where they never said so.
func (p *Person) PausedUntil() time.Time {
	until, err := time.Parse(time.RFC3339, p.wish(WishPause).Str)
	if err != nil {
		return time.Time{}
	}
	return until.UTC()
}

// Weekly is the most marketing messages that the person wants to reach out to them within seven days, told where they said so.
func (p *Person) Weekly() (most int, told bool) {
	v := p.wish(WishWeekly)
	return int(v.Num), v.Kind == Number
}

// Spares reports whether the person does not want to hear contents of a kind.
func (p *Person) Spares(kind string) bool { return p.wish(WishNo+kind) == BoolValue(true) }

// Spared are the kinds of contents that the person does not want to hear, in order.
func (p *Person) Spared() []string {
	var kinds []string
	for _, t := range p.Traits[p.firstWish():] {
		if !IsWish(t.Name) {
			break
		}
		if kind, no := strings.CutPrefix(t.Name, WishNo); no && p.Spares(kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Wishing reports whether the person has any wish, or had one.
func (p *Person) Wishing() bool {
	at := p.firstWish()
	return at < len(p.Traits) && IsWish(p.Traits[at].Name)
}

func (p *Person) firstWish() int {
	return sort.Search(len(p.Traits), func(i int) bool { return p.Traits[i].Name >= wishes })
}

// wish is what the person declared under a wish's name; null where that is nothing, or cannot be heard.
func (p *Person) wish(name string) Value {
	t, ok := p.Trait(name)
	if !ok || t.Provenance != Declared || CheckWish(name, t.Value) != nil {
		return Value{}
	}
	return t.Value
}
