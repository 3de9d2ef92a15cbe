package profile

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func TestConsents(t *testing.T) {
	grant := identify(noon, `{"consents": [
		{"purpose": "marketing", "channel": "email", "granted": true, "source": "signup", "wording": "2026-01"},
		{"purpose": "marketing", "channel": "sms", "granted": true},
		{"purpose": "profiling", "granted": false}, {"purpose": "espionage", "granted": true}, {"purpose": "marketing", "channel": "pigeon", "granted": true},
		{"purpose": "marketing", "granted": "yes"}, {"purpose": "marketing", "channel": 7, "granted": true}, {"granted": true}, 3]}`)
	say := func(minutes time.Duration, name, properties string) *aparte.Event {
		return track(noon.Add(minutes*time.Minute), name, properties)
	}
	for _, c := range []struct {
		name   string
		events []*aparte.Event
		want   string // e-mail, SMS, push, web, profiling by e-mail: + granted, - refused, ? never said
	}{
		{"granted", nil, "++??-"},
		{"unsubscribed from a channel", []*aparte.Event{say(1, aparte.EventUnsubscribed, `{"channel": "email"}`)}, "-+??-"},
		{"unsubscribed", []*aparte.Event{say(1, aparte.EventUnsubscribed, `{}`)}, "-----"},
		{"unsubscribed from what nobody knows", []*aparte.Event{say(1, aparte.EventUnsubscribed, `{"channel": "newsletter", "purpose": "fun"}`)}, "-----"},
		{"unsubscribed from profiling", []*aparte.Event{say(1, aparte.EventUnsubscribed, `{"purpose": "profiling"}`)}, "++??-"},
		{"complained", []*aparte.Event{say(1, aparte.EventComplained, `{"channel": "email"}`)}, "-+??-"},
		{"unsubscribed before", []*aparte.Event{say(-1, aparte.EventUnsubscribed, `{"channel": "email"}`)}, "++??-"},
		{"unsubscribed at the same time", []*aparte.Event{say(0, aparte.EventUnsubscribed, `{"channel": "email"}`)}, "-+??-"},
		{"unsubscribed before from everything", []*aparte.Event{say(-1, aparte.EventUnsubscribed, ``)}, "++---"},
		{"back again", []*aparte.Event{say(1, aparte.EventUnsubscribed, ``), say(2, aparte.EventResubscribed, `{"channel": "sms"}`)}, "-+---"},
		{"back by a way nobody knows", []*aparte.Event{say(1, aparte.EventUnsubscribed, ``), say(2, aparte.EventResubscribed, `{"channel": "pigeon"}`)}, "-----"},
		{"a general yes leaves a no", []*aparte.Event{say(1, aparte.EventUnsubscribed, `{"channel": "email"}`), say(2, aparte.EventResubscribed, `{}`)}, "-+++-"},
		{"a cookie banner opens no letter box", []*aparte.Event{
			say(1, aparte.EventUnsubscribed, ``), page(noon.Add(2*time.Minute), `{"consent": {"version": 1, "categoryPreferences": {"marketing": true, "profiling": true, "C0004": true}}}`),
		}, "---++"},
		{"a cookie banner says no", []*aparte.Event{page(noon.Add(2*time.Minute), `{"consent": {"categoryPreferences": {"marketing": false, "profiling": "no"}}}`)}, "++?--"},
		{"a cookie banner says nothing", []*aparte.Event{page(noon.Add(2*time.Minute), `{"consent": {"categoryPreferences": 3}}`), page(noon.Add(2*time.Minute), `{"consent": []}`)}, "++??-"},
	} {
		p := live(aparte.Person{}, append([]*aparte.Event{grant}, c.events...)...)
		got := ""
		for _, q := range []struct {
			purpose aparte.Purpose
			channel aparte.Channel
		}{{aparte.Marketing, aparte.Email}, {aparte.Marketing, aparte.SMS}, {aparte.Marketing, aparte.MobilePush}, {aparte.Marketing, aparte.Web}, {aparte.Profiling, aparte.Email}} {
			got += answer(&p, q.purpose, q.channel)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	p := live(aparte.Person{}, grant)
	if _, ok := p.Trait("consents"); ok || len(p.Traits) != 0 {
		t.Error("consents are kept as a trait")
	}
	want := aparte.Consent{Purpose: aparte.Marketing, Channel: aparte.Email, Granted: true, Source: "signup", Wording: "2026-01", At: noon}
	if d := diff(want, p.Consents[0]); d != "" || len(p.Consents) != 3 {
		t.Errorf("%d consents, the first (-want +got)\n%s", len(p.Consents), d)
	}
}

func answer(p *aparte.Person, purpose aparte.Purpose, channel aparte.Channel) string {
	switch granted, known := p.Consented(purpose, channel); {
	case !known:
		return "?"
	case granted:
		return "+"
	}
	return "-"
}

// Whatever was answered, in whatever order it is heard: a channel is open only if the newest answer for
// it, and any refusal of everything since, leave it open; and answers heard out of order never open what
// they would not have opened in order.
func TestConsentsAgreeWithTheirHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7}).Draw(t, "minutes")
		history := make([]aparte.Consent, len(minutes))
		for i := range minutes {
			history[i] = aparte.Consent{
				Purpose: aparte.Marketing, Channel: rapid.SampledFrom([]aparte.Channel{"", aparte.Email}).Draw(t, "channel"),
				Granted: rapid.Bool().Draw(t, "granted"), At: noon.Add(time.Duration(i) * time.Minute),
			}
		}
		var ordered, shuffled aparte.Person
		for i, m := range minutes {
			ordered.Consents = answered(ordered.Consents, history[i])
			shuffled.Consents = answered(shuffled.Consents, history[m-1])
		}
		want := opinion(history)
		if got := answer(&ordered, aparte.Marketing, aparte.Email); got != want {
			t.Fatalf("%s, want %s after %s", got, want, fmt.Sprint(history))
		}
		if got := answer(&shuffled, aparte.Marketing, aparte.Email); got == "+" && want != "+" {
			t.Fatalf("heard as %v, %v opens e-mail", minutes, history)
		}
	})
}

// opinion is what a history of answers says about e-mail: a brute-force reading of the rules.
func opinion(history []aparte.Consent) string {
	specific, general := "?", "?"
	for _, c := range history {
		switch {
		case c.Channel != "" && c.Granted:
			specific = "+"
		case c.Channel != "":
			specific = "-"
		case c.Granted:
			general = "+"
		default:
			general = "-"
			if specific == "+" {
				specific = "?"
			}
		}
	}
	if specific != "?" {
		return specific
	}
	return general
}
