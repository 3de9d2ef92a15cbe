package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/place"
)

// tellNow tells of something at the hour that it is.
func (h *stepped) tellNow(e aparte.Event) {
	h.t.Helper()
	e.Timestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load()
	h.check(h.Accept(h.t.Context(), []aparte.Event{e}))
}

// tellsOf is whether a slot ever speaks of an item to who has an identifier, in so many decisions.
func (h *stepped) tellsOf(id aparte.Identifier, on aparte.Channel, slot string, item aparte.ItemID, times int) bool {
	h.t.Helper()
	for range times {
		answers, err := h.Decide(h.t.Context(), engine.Request{Identifiers: []aparte.Identifier{id}, Channel: on, Slots: []string{slot}})
		h.check(err)
		if answers[0].Decision.Action.Item == item {
			return true
		}
	}
	return false
}

// TestAJourneyGoesOnWhereItWasOnAnotherChannel lets people begin on a phone, unknown, leave a basket, be written to, go on on a laptop, fill
// the basket again, and buy in the shop, where the till knows their address. Nothing they did is asked of them again on any
// of the ways. With half of them the till takes the address of somebody else: of these the brand does not know that they have bought,
// and to them it goes on; that is what the others are spared.
func TestAJourneyGoesOnWhereItWasOnAnotherChannel(t *testing.T) {
	mails := newDoor(aparte.Email)
	h := openStepped(t, mails)
	const people = 24
	device := func(kind string, i int) aparte.Identifier {
		return aparte.Identifier{Kind: aparte.KindAnonymousID, Value: fmt.Sprint(kind, "-", i)}
	}
	known := func(i int) bool { return i%2 == 0 }
	for i := range people {
		user, phone := fmt.Sprint("u", i), device("phone", i).Value
		h.tellNow(event("Product Viewed", "", phone, map[string]any{"product_id": "lamp"}))
		h.tellNow(event("Product Added", "", phone, map[string]any{"product_id": "lamp", "quantity": 1}))
		h.tellNow(identify(user, phone, map[string]any{"email": user + "@example.com", "consents": []map[string]any{
			{"purpose": "marketing", "channel": "email", "granted": true, "source": "test"}}}))
		h.tellNow(identify(user, device("laptop", i).Value, nil))
	}
	h.pass(time.Hour)
	h.delivered()
	first := mails.empty()
	if len(first) < people/3 {
		t.Fatalf("only %d of %d were written to", len(first), people)
	}
	for i := range people { // what was done on the phone, and nowhere else, is known on the laptop
		if !h.tellsOf(device("laptop", i), aparte.Web, "aside", "lamp", 60) {
			t.Errorf("on the laptop of u%d nothing is known of the phone", i)
		}
		h.tellNow(event("Product Added", "", device("laptop", i).Value, map[string]any{"product_id": "mug", "quantity": 1}))
	}
	h.pass(30 * time.Minute)
	for i := range people {
		email := fmt.Sprintf("u%d@example.com", i)
		if !known(i) {
			email = "somebody-else-" + email
		}
		till := event("Order Completed", "", "", map[string]any{"order_id": fmt.Sprint("till-", i), "total": 34, "currency": "EUR",
			"products": []map[string]any{{"product_id": "lamp", "price": 25, "quantity": 1}, {"product_id": "mug", "price": 9, "quantity": 1}}})
		till.Context = []byte(fmt.Sprintf(`{"traits":{"email":%q}}`, email))
		h.tellNow(till)
	}
	h.pass(3 * time.Hour)
	h.delivered()
	again := map[bool]int{}
	for to := range mails.empty() {
		var i int
		if _, err := fmt.Sscanf(strings.TrimPrefix(to, "somebody-else-"), "u%d@", &i); err != nil {
			t.Fatal(err)
		}
		again[known(i)]++
	}
	if again[true] != 0 || again[false] == 0 {
		t.Errorf("%d who had bought were reminded of their basket, and %d of whom that is not known; want none, and some", again[true], again[false])
	}
	for i := range people {
		for _, kind := range []string{"phone", "laptop"} {
			if told := h.tellsOf(device(kind, i), aparte.Web, "aside", "lamp", 60); told == known(i) {
				t.Errorf("on the %s of u%d, whose order is known: %v, the lamp is spoken of: %v", kind, i, known(i), told)
			}
		}
		hero := ""
		for range 30 {
			h.set(h.now.Load().Add(time.Minute)) // at once the same is shown again
			picture, err := h.ShowSlot(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: fmt.Sprint("u", i)}, "email-hero", engine.Fetch{Format: engine.JSON, UserAgent: browser})
			h.check(err)
			if hero = string(picture.Decision.Action.Content); hero != "" {
				break
			}
		}
		if want := map[bool]string{true: "thanks", false: "opened"}[known(i)]; hero != want {
			t.Errorf("the mail of u%d, opened after, shows %q, want %q", i, hero, want)
		}
	}
}

// TestAnAdvertisementFollowsFromDeviceToDeviceUntilItDisturbs: looked at for long on a phone; hours later a news site asks for
// the laptop, weeks later a social feed, when the price has fallen. Each time it was seen the next disturbs more, a cap ends
// them for the day, and an order for good.
func TestAnAdvertisementFollowsFromDeviceToDeviceUntilItDisturbs(t *testing.T) {
	h := openStepped(t)
	b := brand()
	words := func(s string) aparte.Words { return aparte.Words{"en": s, "fr": s} }
	b.Layouts = append(b.Layouts, aparte.Layout{ID: "ad", Name: words("Ad"), Channels: []aparte.Channel{aparte.Ads}, HTML: `<a href="{{ link }}">{{ elements.headline }}{% if item.was %} <s>{{ item.was }}</s>{% endif %} {{ item.price }}</a>`})
	ad := func(id aparte.ContentID, rule aparte.RuleID) aparte.Content {
		return aparte.Content{
			ID: id, Name: words(string(id)), Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Ads}, Layouts: []aparte.LayoutID{"ad"}, Items: aparte.LastViewed,
			Rules: []aparte.RuleID{rule}, Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: words("Again?")}}}},
		}
	}
	b.Rules = append(b.Rules, aparte.Rule{ID: "full", Name: words("Full price"), When: "item.was_price == 0 && session.item_dwell >= 60"}, aparte.Rule{ID: "reduced", Name: words("Reduced"), When: "item.was_price > item.price"})
	b.Contents = append(b.Contents, ad("back", "full"), ad("reduced", "reduced"))
	b.Pressure.Caps = []aparte.Cap{{Channel: aparte.Ads, Most: 3, Within: aparte.Duration(24 * time.Hour)}}
	publish := func() {
		_, err := h.Publish(t.Context(), b)
		h.check(err)
	}
	publish()
	laptop := aparte.Identifier{Kind: aparte.KindAnonymousID, Value: "laptop"}
	h.tellNow(identify("ada", "laptop", map[string]any{"consents": []map[string]any{{"purpose": "marketing", "channel": "ads", "granted": true, "source": "test"}}}))
	h.tellNow(identify("ada", "phone", nil))
	h.tellNow(event("Product Viewed", "", "phone", map[string]any{"product_id": "lamp"}))
	ask := func(slot string) (said *engine.Answer) {
		for range 200 {
			answers, err := h.Decide(t.Context(), engine.Request{Identifiers: []aparte.Identifier{laptop}, Channel: aparte.Ads, Slots: []string{slot}, Formats: engine.Formats{HTML: true}})
			h.check(err)
			if !answers[0].Decision.Action.Silent() {
				return &answers[0]
			}
		}
		return nil
	}
	if a := ask("news"); a != nil {
		t.Errorf("a glance is followed by %q", a.HTML)
	}
	h.tellNow(event(aparte.EventDwelled, "", "phone", map[string]any{"product_id": "lamp", "seconds": 90}))
	h.pass(3 * time.Hour)
	last := 0.0
	for i := range 3 {
		a := ask("news")
		if a == nil || a.Decision.Action.Item != "lamp" || a.Decision.Intrusion <= last {
			t.Fatalf("the %d. time: %+v, want the lamp, more intrusive than %v", i+1, a, last)
		}
		last = a.Decision.Intrusion
		h.tellNow(event(aparte.EventExposed, "", "laptop", map[string]any{"decision": a.Decision.ID.String()}))
		h.pass(time.Minute)
	}
	if a := ask("news"); a != nil {
		t.Errorf("a fourth time in a day: %q", a.HTML)
	}
	h.pass(21 * 24 * time.Hour)
	b.Items[0].WasPrice, b.Items[0].Price.Amount = b.Items[0].Price, 1900
	publish()
	if a := ask("feed"); a == nil || a.Decision.Action.Content != "reduced" || !strings.Contains(a.HTML, "<s>€25.00</s> €19.00") {
		t.Errorf("weeks later %+v, want the old price struck out", a)
	}
	h.tellNow(order("ada", "lamp", "o1", 19))
	if a := ask("feed"); a != nil {
		t.Errorf("after the order %q", a.HTML)
	}
}

func TestWhoIsAtNoPlaceIsToldOfTheNearestShopWhereItIsKnownWhereTheyAre(t *testing.T) {
	h := openStepped(t)
	b := brand()
	b.Contents = b.Contents[:1]
	b.Contents[0].Elements[0].Variants[0].Words = aparte.Words{"en": `{% if nearest %}{{ nearest.name }}, {{ nearest.distance }}{% else %}Welcome{% endif %}`}
	b.Contents[0].Rules = []aparte.RuleID{"near"}
	b.Rules = append(b.Rules, aparte.Rule{ID: "near", Name: aparte.Words{"en": "Near"}, When: `nearest.id == "" || nearest.open && nearest.metres < 5000`})
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	h.check(h.PutPlaces(t.Context(), []aparte.Place{shopAt("germain", corner), shopAt("lille", aparte.Point{Lat: 50.63, Lon: 3.06})}, nil))
	h.set(h.now.Load().Add(4 * time.Hour)) // noon, on a Tuesday
	h.tellNow(agreed("ada", true))
	h.tellNow(agreed("bob", false))
	say := func(user string, north, accuracy float64) string {
		fix, ok := placeAt(corner.Lat+north/111_195, corner.Lon, accuracy)
		if !ok {
			t.Fatal("no fix")
		}
		for range 200 {
			answers, err := h.Decide(t.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"hero"}, At: fix})
			h.check(err)
			if a := answers[0]; !a.Decision.Action.Silent() {
				return a.Elements["headline"]
			}
		}
		return ""
	}
	for _, c := range []struct {
		user            string
		north, accuracy float64
		want            string
	}{
		{"ada", 1_240, 30, "Saint-Germain, 1.2 km"},
		{"ada", 460, 30, "Saint-Germain, 500 m"},
		{"ada", 100_000, 30, "Welcome"}, // none within 25 km
		{"ada", 1_240, 9_000, "Welcome"},
		{"bob", 1_240, 30, "Welcome"}, // did not agree
	} {
		if got := say(c.user, c.north, c.accuracy); got != c.want {
			t.Errorf("%s, %v m from the shop, is told %q, want %q", c.user, c.north, got, c.want)
		}
	}
	h.tellNow(fix("ada", corner, 20))
	if got := say("ada", 20, 20); got != "Welcome" {
		t.Errorf("in the shop: %q", got)
	}
	for _, entry := range h.story("ada") {
		if d := entry.Decision; d != nil {
			if body := fmt.Sprintf("%+v", d.Context); strings.Contains(body, "48.8") {
				t.Errorf("a decision keeps %s", body)
			}
			again, err := h.Replay(t.Context(), d.ID)
			h.check(err)
			if !again.Same {
				t.Fatalf("a decision is taken again otherwise: %v", again.Differences)
			}
			break
		}
	}
}

func placeAt(lat, lon, accuracy float64) (*place.Fix, bool) {
	fix, ok := place.FixAt(lat, lon, &accuracy)
	return &fix, ok
}
