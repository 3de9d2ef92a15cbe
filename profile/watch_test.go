package profile

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

const sentMail = `{"decision": "d_01000000000000000000000000000007_1", "channel": "email", "slot": "email"`

func TestWhatIsWornIsHowIntrusiveItWasPerceived(t *testing.T) {
	for name, c := range map[string]struct {
		properties string
		worn       float64
	}{
		"told":                  {sentMail + `, "intrusion": 2.5}`, 2.5 * aparte.Wear},
		"not told":              {sentMail + `}`, aparte.Wear},
		"nothing at all":        {sentMail + `, "intrusion": 0}`, 0},
		"beyond belief":         {sentMail + `, "intrusion": 1e9}`, aparte.Wear},
		"no number":             {sentMail + `, "intrusion": "much"}`, aparte.Wear},
		"a slot of a message":   {sentMail + `, "intrusion": 2, "parent": "d_01000000000000000000000000000007_0"}`, 0},
		"on the web":            {`{"decision": "d_01000000000000000000000000000007_1", "channel": "web", "intrusion": 0.04}`, 0.04 * aparte.Wear},
		"on the web, not told":  {`{"decision": "d_01000000000000000000000000000007_1", "channel": "web"}`, 0},
		"about nothing decided": {`{"channel": "email", "intrusion": 2}`, 0},
	} {
		p := live(aparte.Person{}, track(noon, aparte.EventSent, c.properties), track(noon, aparte.EventExposed, c.properties))
		if got := 1 - p.Goodwill.Now(noon); math.Abs(got-c.worn) > 1e-12 {
			t.Errorf("%s: %v is worn off, want %v", name, got, c.worn)
		}
	}
}

func TestAWatchFindsWhoGoesAway(t *testing.T) {
	sent := track(noon, aparte.EventSent, sentMail+`}`)
	hours := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	page := func(n int) *aparte.Event { return page(hours(n), `{}`) }
	phoneOf := func(n int, token string) *aparte.Event {
		e := page(n)
		e.Context = []byte(`{"device": {"token": "` + token + `"}}`)
		return e
	}
	deadPhone := func(token string) *aparte.Event {
		return track(hours(1), aparte.EventFailed, `{"channel": "mobile_push", "suppress": true, "address": "`+token+`"}`)
	}
	for name, c := range map[string]struct {
		events []*aparte.Event
		lost   float64
	}{
		"stays":                        {[]*aparte.Event{page(-1), sent, page(2)}, 0},
		"unsubscribes":                 {[]*aparte.Event{page(-1), sent, track(hours(1), aparte.EventUnsubscribed, `{"channel": "email"}`)}, 1},
		"complains":                    {[]*aparte.Event{page(-1), sent, track(hours(1), aparte.EventComplained, `{}`)}, 1},
		"closes it":                    {[]*aparte.Event{page(-1), sent, track(hours(1), aparte.EventDismissed, `{}`)}, 0.1},
		"disables push":                {[]*aparte.Event{page(-1), sent, track(hours(1), aparte.EventFailed, `{"channel": "web_push", "suppress": true}`)}, 1},
		"has one phone, which is gone": {[]*aparte.Event{phoneOf(-1, "tok-1"), sent, deadPhone("tok-1")}, 1},
		"changes the phone":            {[]*aparte.Event{phoneOf(-1, "tok-1"), phoneOf(-1, "tok-2"), sent, deadPhone("tok-1")}, 0},
		"has a full mailbox":           {[]*aparte.Event{page(-1), sent, track(hours(1), aparte.EventFailed, `{"channel": "email", "suppress": true}`)}, 0},
		"is not heard of":              {[]*aparte.Event{page(-89 * 24), sent}, 1},
		"was gone long before":         {[]*aparte.Event{page(-200 * 24), sent}, 0},
		"left before the watch":        {[]*aparte.Event{track(hours(-1), aparte.EventUnsubscribed, `{}`), sent}, 0},
		"withdraws": {[]*aparte.Event{
			identify(hours(-1), `{"consents": [{"purpose": "marketing", "granted": true}]}`), sent,
			identify(hours(1), `{"consents": [{"purpose": "marketing", "granted": false}]}`),
		}, 1},
	} {
		p := live(aparte.Person{}, c.events...)
		next, messages, lost := Watched(p, noon.Add(WatchFor))
		if messages != 1 || lost != c.lost || !next.Watch.Since.IsZero() {
			t.Errorf("who %s: %d messages, lost %v, want 1 and %v", name, messages, lost, c.lost)
		}
		if want := 1 - aparte.Wear; name == "stays" && p.Watch.Goodwill != want {
			t.Errorf("goodwill at the beginning is %v, want %v", p.Watch.Goodwill, want)
		}
	}
	if p := live(aparte.Person{}, page(0)); !p.Watch.Since.IsZero() {
		t.Error("nobody spoke to them, and they are watched")
	}
}

// A rhythm keeps what an unbounded list of responses, each decayed to now, would give for each hour, as long as no
// hour had to give way.
func TestARhythmAgreesWithTheWholeStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r aparte.Rhythm
		want := map[uint8]float64{}
		now := noon.Add(60 * day)
		for range rapid.IntRange(1, 60).Draw(t, "responses") {
			at := noon.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "hours"))*time.Hour + time.Duration(rapid.IntRange(0, 8).Draw(t, "weeks"))*7*day)
			weight := rapid.Float64Range(0.5, 5).Draw(t, "weight")
			want[HourOfWeek(at)] += aparte.Decay(weight, at, now, aparte.RhythmHalfLife)
			r = beaten(r, at, weight)
		}
		if len(r.Beats) != len(want) {
			t.Fatalf("%d hours, want %d", len(r.Beats), len(want))
		}
		for _, b := range r.Beats {
			got := aparte.Decay(float64(b.Weight), r.At, now, aparte.RhythmHalfLife)
			if math.Abs(got-want[b.Hour]) > 1e-4*want[b.Hour] {
				t.Fatalf("hour %d weighs %v, want %v", b.Hour, got, want[b.Hour])
			}
		}
	})
}

func TestARhythmIsBounded(t *testing.T) {
	var r aparte.Rhythm
	for i := range 1000 {
		r = beaten(r, noon.Add(time.Duration(i)*time.Hour), 1+float64(i%7))
	}
	if len(r.Beats) != aparte.MaxBeats {
		t.Errorf("%d beats, want %d", len(r.Beats), aparte.MaxBeats)
	}
	morning := live(aparte.Person{}, page(noon.Add(-4*time.Hour), `{}`))
	evening := live(aparte.Person{}, page(noon.Add(8*time.Hour), `{}`), page(noon.Add(32*time.Hour), `{}`))
	both := Absorb(morning, evening)
	if n := len(both.Rhythm.Beats); n != 3 {
		t.Errorf("who came at three hours on two devices has %d beats", n)
	}
}
