package profile

import (
	"cmp"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Consents are answers for the purposes and channels that Aparté knows, and for those only: nothing that
// an event invents can crowd out an answer.

// refuse notes that the person wants silence on the channel that the event names, and on all where it
// names none or one unknown.
func (s *step) refuse(f *facts) {
	purpose, ok := knownPurpose(f.purpose)
	if !ok {
		purpose = aparte.Marketing
	}
	channel, _ := knownChannel(f.channel)
	s.answer(aparte.Consent{Purpose: purpose, Channel: channel, Source: f.source, Wording: f.wording, At: s.at})
}

// allow notes that the person opened a channel again, or all where the event names none. An event that
// names a channel or a purpose unknown allows nothing.
func (s *step) allow(f *facts) {
	purpose, ok := knownPurpose(cmp.Or(f.purpose, string(aparte.Marketing)))
	channel, ok2 := knownChannel(f.channel)
	if ok && ok2 {
		s.answer(aparte.Consent{
			Purpose: purpose, Channel: channel, Granted: true, Source: f.source, Wording: f.wording, At: s.at,
		})
	}
}

func (s *step) answer(c aparte.Consent) {
	if c.Purpose == aparte.Location {
		c.Channel = "" // where somebody is, is known or is not, whatever they are told there
	}
	if i, found := findConsent(s.p.Consents, c); found && s.p.Consents[i].Granted && !c.Granted && c.Purpose == aparte.Marketing {
		s.depart(lostWithRefusal)
	}
	s.p.Consents = answered(s.p.Consents, c)
	if s.p.Refuses(aparte.Marketing, aparte.Ads) {
		s.forgetClicks()
	}
	if !c.Granted && !s.p.Locatable() {
		s.p.Fences = nil
	}
}

// answered is the current answers after one more; list is not modified. A newer answer replaces an older
// one for the same purpose and channel; of two at the same time the refusal stands. A refusal for all
// channels takes back what was granted before for single ones. A grant for all channels does not take
// back what was refused for one: who unsubscribed from e-mail has not changed their mind by
// accepting something general.
func answered(list []aparte.Consent, c aparte.Consent) []aparte.Consent {
	if c.Granted && c.Channel != "" {
		all, found := findConsent(list, aparte.Consent{Purpose: c.Purpose})
		if found && !list[all].Granted && !c.At.After(list[all].At) {
			return list
		}
	}
	i, found := findConsent(list, c)
	if found && !outweighs(c, list[i]) || !found && len(list) >= aparte.MaxConsents {
		return list
	}
	next := own(list, 1)
	if found {
		next[i] = c
	} else {
		next = slices.Insert(next, i, c)
	}
	if c.Granted || c.Channel != "" {
		return next
	}
	return slices.DeleteFunc(next, func(x aparte.Consent) bool {
		return x.Purpose == c.Purpose && x.Channel != "" && x.Granted && !x.At.After(c.At)
	})
}

// outweighs reports whether answer a stands and not b.
func outweighs(a, b aparte.Consent) bool {
	if c := a.At.Compare(b.At); c != 0 {
		return c > 0
	}
	if a.Granted != b.Granted {
		return !a.Granted
	}
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Wording, b.Wording)) > 0
}

func findConsent(list []aparte.Consent, c aparte.Consent) (int, bool) {
	return slices.BinarySearchFunc(list, c, func(a, b aparte.Consent) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Channel, b.Channel))
	})
}

// readConsents reads the answers that traits.consents lists, an array of
//
//	{"purpose": "marketing", "channel": "email", "granted": true, "source": "footer form", "wording": "2026-03"}
//
// where channel may be left out for all channels. An entry without a known purpose, with a channel that
// is unknown, or without granted being true or false, says nothing.
func readConsents(r *reader) []aparte.Consent {
	var list []aparte.Consent
	if !r.enter('[') {
		return nil
	}
	for r.more() {
		if !r.enter('{') {
			continue
		}
		if c, ok := readConsent(r); ok && len(list) < aparte.MaxConsents {
			list = append(list, c)
		}
	}
	return list
}

func readConsent(r *reader) (c aparte.Consent, ok bool) {
	purposeKnown, channelKnown, said := false, true, false
	for {
		name, more := r.next()
		if !more {
			return c, purposeKnown && channelKnown && said
		}
		switch string(name) {
		case "purpose":
			c.Purpose, purposeKnown = knownPurpose(r.text(maxWord))
		case "channel":
			if r.peek() == 'n' {
				r.skip()
				continue
			}
			text := r.text(maxWord)
			c.Channel, channelKnown = knownChannel(text)
			channelKnown = channelKnown && text != ""
		case "granted":
			c.Granted, said = r.truth()
		case "source":
			c.Source = r.text(maxSource)
		case "wording":
			c.Wording = r.text(maxSource)
		default:
			r.skip()
		}
	}
}

// knownPurpose is the purpose of this name, ok where there is one.
func knownPurpose(name string) (purpose aparte.Purpose, ok bool) {
	switch p := aparte.Purpose(name); p {
	case aparte.Marketing, aparte.Service, aparte.Profiling, aparte.Location:
		return p, true
	}
	return "", false
}

// knownChannel is the channel of this name, the empty one for all channels; ok where there is one.
func knownChannel(name string) (channel aparte.Channel, ok bool) {
	switch c := aparte.Channel(name); c {
	case "", aparte.Web, aparte.Email, aparte.MobilePush, aparte.WebPush, aparte.SMS, aparte.InApp, aparte.Ads,
		aparte.Human, aparte.Webhook:
		return c, true
	}
	return "", false
}

// Answers are what an event says of consents, as it would be taken in of somebody of whom nothing is known yet: by purpose, then channel.
func Answers(e *aparte.Event) []aparte.Consent {
	return Apply(aparte.Person{}, e, nil, noItems{}, "").Consents
}

// noItems is a catalogue of nothing.
type noItems struct{}

func (noItems) Item(aparte.ItemID) (*aparte.Item, bool) { return nil, false }
func (noItems) PriceBand(*aparte.Item) aparte.PriceBand { return "" }
