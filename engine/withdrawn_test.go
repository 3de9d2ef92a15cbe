package engine_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// withdrawals are the ways in which somebody takes back that they may be spoken to on a channel, or that their tastes are used.
func withdrawals(user string, on aparte.Channel) map[string]aparte.Event {
	says := func(purpose aparte.Purpose, channel aparte.Channel) aparte.Event {
		answer := map[string]any{"purpose": purpose, "granted": false}
		if channel != "" {
			answer["channel"] = channel
		}
		return identify(user, "", map[string]any{"consents": []map[string]any{answer}})
	}
	return map[string]aparte.Event{
		"marketing there":     says(aparte.Marketing, on),
		"marketing anywhere":  says(aparte.Marketing, ""),
		"profiling":           says(aparte.Profiling, ""),
		"unsubscribed, event": event(aparte.EventUnsubscribed, user, "", map[string]any{"purpose": "marketing"}),
	}
}

// personalBrand speaks to people by their names, in a slot and in mails that are opened.
func personalBrand() *aparte.Brand {
	b := brand()
	for i := range b.Contents {
		for j := range b.Contents[i].Elements {
			if e := &b.Contents[i].Elements[j]; e.Name == "headline" {
				e.Variants[0].Words = aparte.Words{"en": `For {{ person.firstName | default: "you" }}`, "fr": `Pour {{ person.firstName | default: "vous" }}`}
			}
		}
	}
	return b
}

// A picture shows somebody what is theirs until the moment at which they withdraw: from then on, however soon after the decision it is fetched
// and in whichever format, it shows what anybody would be shown.
func TestWhatIsSeenAfterSomebodyWithdrewIsNothingOfTheirs(t *testing.T) {
	for _, why := range []string{"marketing there", "marketing anywhere", "unsubscribed, event", "profiling"} {
		t.Run(why, func(t *testing.T) {
			h := openStepped(t)
			_, err := h.Publish(t.Context(), personalBrand())
			h.check(err)
			var token string
			for i := 0; token == ""; i++ {
				h.check(h.Accept(t.Context(), []aparte.Event{identify("ada", "", map[string]any{"firstName": "Ada"})}))
				if a := h.ask("ada"); !a.Decision.Action.Silent() {
					token = tokenOf(t, a.Image)
				} else if h.pass(time.Hour); i == 500 {
					t.Fatal("nothing but silence in 500 decisions")
				}
			}
			show := func(f engine.Format) engine.Picture {
				p, err := h.Show(t.Context(), token, engine.Fetch{Format: f, UserAgent: browser})
				h.check(err)
				return p
			}
			if before := show(engine.HTML); !bytes.Contains(before.Body, []byte("For Ada")) {
				t.Fatalf("before, it shows %s", before.Body)
			}
			h.accept(withdrawals("ada", aparte.Web)[why]) // within the seconds in which the slot answers as before
			neutral, err := h.ShowSlot(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "nobody"}, "none", engine.Fetch{Format: engine.PNG, UserAgent: browser})
			h.check(err)
			for _, f := range []engine.Format{engine.HTML, engine.JSON, engine.PNG, engine.GIF, engine.WebP, engine.JPEG, engine.MP4} {
				p := show(f)
				if why == "profiling" { // something may be said, chosen without what they like
					if !p.Decision.Action.Silent() && !saysOff(p.Decision.Reasons) {
						t.Errorf("%v: what was chosen by their tastes is still shown", f)
					}
					continue
				}
				if !p.Decision.Action.Silent() || strings.Contains(string(p.Body), "Ada") {
					t.Errorf("%v shows %.200s of %q", f, p.Body, p.Decision.Action.Content)
				}
				if picture := f != engine.HTML && f != engine.JSON && f != engine.MP4; picture && !bytes.Equal(p.Body, neutral.Body) {
					t.Errorf("%v is not the brand's fallback", f)
				}
			}
		})
	}
}

func saysOff(reasons []aparte.Reason) bool {
	for _, r := range reasons {
		if r.Code == aparte.ProfilingOff {
			return true
		}
	}
	return false
}

// The picture beside a notification's words is not decided again when a phone fetches it. It is gone all the same when its person has withdrawn.
func TestThePictureOfANotificationGoesWithTheConsent(t *testing.T) {
	for why := range withdrawals("", "") {
		t.Run(why, func(t *testing.T) {
			phones := newDoor(aparte.MobilePush)
			h := openStepped(t, phones)
			_, err := h.Publish(t.Context(), pushing())
			h.check(err)
			user, m := h.pushed(phones)
			fetch := func() engine.Picture {
				p, err := h.Show(t.Context(), addressIn(t, m.Image, "http://say.example/x/"), engine.Fetch{Format: engine.PNG, UserAgent: "Phone/1"})
				h.check(err)
				return p
			}
			if fetch().Decision.Action.Content != "basket" {
				t.Fatal("before, its picture is not its own")
			}
			h.accept(withdrawals(user, aparte.MobilePush)[why])
			if p := fetch(); !p.Decision.Action.Silent() || len(p.Body) == 0 {
				t.Errorf("after, it shows %q, %d bytes", p.Decision.Action.Content, len(p.Body))
			}
		})
	}
}

// Whatever somebody withdrew after a message was decided keeps it from leaving.
func TestWhoWithdrewSinceTheDecisionIsToldNothing(t *testing.T) {
	for why := range withdrawals("", "") {
		t.Run(why, func(t *testing.T) {
			phones := newDoor(aparte.MobilePush)
			h := openStepped(t, phones)
			_, err := h.Publish(t.Context(), pushing())
			h.check(err)
			phones.refuse(true) // for now: it is tried again
			for i := range byte(10) {
				user := "u" + string('0'+rune(i))
				h.accept(consented(user, aparte.MobilePush), device(user, phone(i)),
					event("Product Added", user, "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
			}
			h.pass(61 * time.Minute)
			h.pass(time.Minute)
			h.delivered()
			phones.refuse(false)
			for i := range 10 {
				h.accept(withdrawals("u"+string('0'+rune(i)), aparte.MobilePush)[why])
			}
			h.pass(time.Hour)
			h.delivered()
			if got := phones.empty(); len(got) > 0 {
				t.Errorf("%d were told", len(got))
			}
			withheld, err := h.Counters(t.Context(), "withheld/mobile_push", time.Time{}, h.now.Load().Add(time.Hour))
			h.check(err)
			if len(withheld) == 0 {
				t.Error("nobody was to be told, so that nothing was withheld")
			}
		})
	}
}

// granted says which channels may send.
type granted struct {
	mu   sync.Mutex
	shut bool
	sent int
}

func (g *granted) Sends(aparte.Channel) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.shut
}

func (g *granted) Sent(aparte.Channel) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sent++
}

func (g *granted) turn(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
}

// A channel whose grant is taken back hands over nothing more, not what was decided before either, and nothing is decided for it; what it
// handed over is counted.
func TestAChannelWhoseGrantIsTakenBackHandsNothingOver(t *testing.T) {
	phones, grants := newDoor(aparte.MobilePush), &granted{}
	h := openStepped(t, phones)
	h.grants = grants
	h.reopen()
	_, err := h.Publish(t.Context(), pushing())
	h.check(err)
	h.pushed(phones)
	grants.mu.Lock()
	first := grants.sent
	grants.mu.Unlock()
	if phones.count == 0 || first != phones.count {
		t.Errorf("%d are counted of %d", first, phones.count)
	}
	phones.refuse(true) // for now: they wait
	for i := range byte(10) {
		h.accept(event("Product Added", fmt.Sprint("u", i), "", map[string]any{"product_id": "lamp", "price": 25, "quantity": 1, "currency": "EUR"}))
	}
	h.pass(61 * time.Minute)
	h.pass(time.Minute)
	h.delivered()
	before := phones.count
	grants.turn(true)
	phones.refuse(false)
	h.pass(time.Hour)
	h.delivered()
	if phones.count != before {
		t.Errorf("%d were handed over after it was taken back", phones.count-before)
	}
	withheld, err := h.Counters(t.Context(), "withheld/mobile_push", time.Time{}, h.now.Load().Add(time.Hour))
	h.check(err)
	if len(withheld) == 0 {
		t.Error("nothing waited, so that nothing was withheld")
	}
	if unsent := h.Unsent(); len(unsent) != 1 || unsent[0].Channel != aparte.MobilePush {
		t.Errorf("channels on which nothing leaves: %+v", unsent)
	}
}
