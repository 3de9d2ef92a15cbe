package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// The shop is at a corner of Paris, open on weekdays, and on Sunday mornings.
var corner = aparte.Point{Lat: 48.853_33, Lon: 2.332_19}

func shopAt(id aparte.PlaceID, at aparte.Point) aparte.Place {
	var hours []aparte.Hours
	for day := 1; day <= 6; day++ {
		hours = append(hours, aparte.Hours{Day: day, From: "10:00", Until: "19:30"})
	}
	return aparte.Place{
		ID: id, Name: aparte.Words{"en": "Saint-Germain", "fr": "Saint-Germain"}, Kind: "shop", At: &at, Radius: 150, Zone: "Europe/Paris",
		Hours: append(hours, aparte.Hours{Day: 7, From: "10:00", Until: "13:00"}), Address: "1 rue du Four, 75006 Paris",
		Items: []aparte.OnShelf{{Item: "lamp", Stock: 3, Offer: aparte.Money{Amount: 1900, Currency: "EUR"}}, {Item: "mug", Stock: 5}},
	}
}

// agreed is somebody who may be met where they are, and pushed.
func agreed(user string, location bool) aparte.Event {
	e := identify(user, "", map[string]any{"consents": []map[string]any{
		{"purpose": "marketing", "channel": "mobile_push", "granted": true, "source": "test"},
		{"purpose": "location", "granted": location, "source": "test"},
	}})
	e.Context, _ = json.Marshal(map[string]any{"device": map[string]any{"token": "token-" + user}})
	return e
}

// fix is what an app tells of where it is, so many metres north of a point.
func fix(user string, p aparte.Point, north float64) aparte.Event {
	return event(aparte.EventLocated, user, "", map[string]any{"lat": p.Lat + north/111_195, "lon": p.Lon, "accuracy": 20})
}

// moved is what somebody's history tells of places, oldest first.
func (h *stepped) moved(user string) (told []string) {
	h.t.Helper()
	for _, s := range slices.Backward(h.story(user)) {
		if e := s.Event; e != nil && slices.Contains([]string{aparte.EventFenceEntered, aparte.EventFenceDwelled, aparte.EventFenceExited}, e.Name) {
			told = append(told, e.Name+" "+string(e.Properties))
		}
	}
	return told
}

func TestWhoComesToAPlaceStaysAndLeavesIsToldInTheirHistory(t *testing.T) {
	h := openStepped(t)
	h.check(h.PutPlaces(t.Context(), []aparte.Place{shopAt("germain", corner)}, nil))
	h.accept(agreed("ada", true))
	h.accept(fix("ada", corner, 400))
	h.pass(time.Minute)
	h.accept(fix("ada", corner, 100)) // 8:01 in UTC, 9:01 there: not open yet
	h.pass(2 * time.Minute)
	h.accept(fix("ada", corner, 190)) // the edge is no way out
	h.pass(4 * time.Minute)
	h.accept(fix("ada", corner, 500))
	want := []string{
		`Fence Entered {"kind":"shop","open":false,"place":"germain"}`,
		`Fence Dwelled {"kind":"shop","open":false,"place":"germain"}`,
		`Fence Exited {"kind":"shop","open":false,"place":"germain"}`,
	}
	if diff := cmp.Diff(want, h.moved("ada")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p, err := h.Person(t.Context(), h.id("ada"))
	h.check(err)
	if p.Session.Count != 0 || len(p.Fences) != 0 {
		t.Errorf("to be somewhere is no visit: %d visits, fences %v", p.Session.Count, p.Fences)
	}
}

func TestOfWhomNothingIsHeardHasLeftAfterHalfADay(t *testing.T) {
	h := openStepped(t)
	h.check(h.PutPlaces(t.Context(), []aparte.Place{shopAt("germain", corner)}, nil))
	h.accept(agreed("ada", true))
	h.accept(fix("ada", corner, 0))
	h.pass(time.Hour)
	h.accept(fix("ada", corner, 0))
	h.reopen()
	h.pass(11*time.Hour + 59*time.Minute)
	if got := h.moved("ada"); len(got) != 2 {
		t.Errorf("after eleven hours: %q", got)
	}
	h.pass(time.Minute)
	if got := h.moved("ada"); len(got) != 3 || got[2] != `Fence Exited {"kind":"shop","open":false,"place":"germain","unheard":true}` {
		t.Errorf("after twelve hours: %q", got)
	}
}

func TestNobodyIsLookedUpOrKeptWithoutTheirConsent(t *testing.T) {
	h := openStepped(t)
	h.check(h.PutPlaces(t.Context(), []aparte.Place{shopAt("germain", corner)}, nil))
	objects := identify("cyd", "", map[string]any{"consents": []map[string]any{
		{"purpose": "location", "granted": true}, {"purpose": "profiling", "granted": false},
	}})
	h.accept(identify("ada", "", nil), agreed("bob", false), objects, agreed("eve", true))
	for _, user := range []string{"ada", "bob", "cyd", "eve"} {
		h.accept(fix(user, corner, 0))
	}
	for user, want := range map[string]int{"ada": 0, "bob": 0, "cyd": 0, "eve": 1} {
		if got := h.moved(user); len(got) != want {
			t.Errorf("%s: %q", user, got)
		}
	}
	h.accept(agreed("eve", false))
	p, err := h.Person(t.Context(), h.id("eve"))
	h.check(err)
	if len(p.Fences) != 0 {
		t.Errorf("who takes consent back is still at %v", p.Fences)
	}
	h.accept(fix("eve", corner, 0))
	h.pass(24 * time.Hour)
	if got := h.moved("eve"); len(got) != 1 {
		t.Errorf("after consent was taken back: %q", got)
	}
}

func TestNothingThatIsStoredSaysWhereSomebodyWas(t *testing.T) {
	h := openStepped(t)
	h.check(h.PutPlaces(t.Context(), []aparte.Place{shopAt("germain", aparte.Point{Lat: 48.85, Lon: 2.33})}, nil))
	for i, user := range []string{"ada", "bob"} {
		h.accept(agreed(user, i == 0))
		located := event(aparte.EventLocated, user, "", map[string]any{"lat": 48.850123, "lon": 2.330456, "accuracy": 12.75, "nearest": "48.850123,2.330456"})
		located.Context, _ = json.Marshal(map[string]any{"locale": "fr", "location": map[string]any{"city": "Paris", "latitude": 48.850123, "longitude": 2.330456}})
		page := event("", user, "", nil)
		page.Type, page.Context = aparte.Page, located.Context
		escaped := event("Product Viewed", user, "", map[string]any{"product_id": "lamp"})
		escaped.Context = []byte(`{"loc\u0061tion":{"latitude":48.850123,"longitude":2.330456},"locale":"fr"}`)
		h.accept(located, page, escaped)
	}
	h.check(h.Close())
	seen := 0
	for part := range h.store.Parts() {
		rows, err := h.store.People(t.Context(), store.Part(part), aparte.PersonID{}, 100)
		h.check(err)
		for _, row := range rows {
			entries, err := h.store.History(t.Context(), store.Part(part), row.ID, 0, 100)
			h.check(err)
			all := row.State
			for _, e := range entries {
				all, seen = append(all, e.Body...), seen+1
			}
			for _, secret := range []string{"48.85", "2.33", "12.75"} {
				if bytes.Contains(all, []byte(secret)) {
					t.Errorf("%s is stored", secret)
				}
			}
			if !bytes.Contains(all, []byte(`"location":{"city":"Paris"}`)) {
				t.Error("the city is gone")
			}
		}
	}
	if seen != 9 { // four each, and one that Ada came to the shop
		t.Errorf("%d entries were looked at", seen)
	}
	h.start()
}

// withPush is the brand of these tests with a push where somebody comes to a shop that is open and has what they like in stock and on offer.
func withPush() *aparte.Brand {
	b := brand()
	words := func(s string) aparte.Words { return aparte.Words{"en": s} }
	element := func(name, text string) aparte.Element {
		return aparte.Element{Name: name, Variants: []aparte.Variant{{ID: "a", Words: words(text)}}}
	}
	b.Layouts = append(b.Layouts, aparte.Layout{ID: "push", Name: words("Push"), Channels: []aparte.Channel{aparte.MobilePush}, HTML: "{{ elements.headline }}"})
	b.Rules = append(b.Rules, aparte.Rule{
		ID: "here", Name: words("Here"),
		When: `place.kind == "shop" && place.open && place.stock[item.id] > 0.0 && place.offer[item.id] > 0.0 && affinity.item[item.id] > 0.0`,
	})
	b.Contents = append(b.Contents, aparte.Content{
		ID: "nearby", Name: words("Nearby"), Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.MobilePush},
		Layouts: []aparte.LayoutID{"push"}, Items: aparte.AtPlace, Rules: []aparte.RuleID{"here"}, Scenarios: []aparte.ScenarioID{"passing"},
		Elements: []aparte.Element{
			element("subject", "{{ item.name }} at {{ place.name }}"), element("preheader", "Today"),
			element("headline", "{{ item.name }} for {{ place.offer | default: item.price }}"), element("body", "{{ place.address | default: 'Come in' }}"), element("cta", "See"),
		},
	})
	b.Scenarios = append(b.Scenarios, aparte.Scenario{ID: "passing", Name: words("Passing by"), After: aparte.EventFenceEntered, Channel: aparte.MobilePush})
	return b
}

// pushes are the decisions that were taken when somebody came to a place.
func (h *stepped) pushes(user string) (all []*aparte.Decision) {
	h.t.Helper()
	for _, s := range slices.Backward(h.story(user)) {
		if s.Decision != nil && s.Decision.Channel == aparte.MobilePush {
			all = append(all, s.Decision)
		}
	}
	return all
}

func TestWhoPassesAnOpenShopWithWhatTheyLikeOnOfferIsPushedWithinTheSecond(t *testing.T) {
	wednesday := time.Date(2030, 1, 2, 10, 0, 0, 0, time.UTC) // eleven there
	for _, c := range []struct {
		name  string
		at    time.Time
		shop  func(*aparte.Place)
		likes aparte.ItemID
		where bool // they agreed to be met
		said  aparte.ItemID
	}{
		{"all is well", wednesday, func(*aparte.Place) {}, "lamp", true, "lamp"},
		{"Sunday morning", time.Date(2030, 1, 6, 11, 59, 0, 0, time.UTC), func(*aparte.Place) {}, "lamp", true, "lamp"},
		{"Sunday afternoon", time.Date(2030, 1, 6, 12, 0, 0, 0, time.UTC), func(*aparte.Place) {}, "lamp", true, ""},
		{"closed that day", wednesday, func(p *aparte.Place) { p.Except = []aparte.Except{{Date: "2030-01-02"}} }, "lamp", true, ""},
		{"not in stock there", wednesday, func(p *aparte.Place) { p.Items[0].Stock = 0 }, "lamp", true, ""},
		{"not on offer any more", wednesday, func(p *aparte.Place) { p.Items[0].Until = wednesday }, "lamp", true, ""},
		{"not on offer yet", wednesday, func(p *aparte.Place) { p.Items[0].From = wednesday.Add(time.Second) }, "lamp", true, ""},
		{"they like what is not on offer", wednesday, func(*aparte.Place) {}, "mug", true, ""},
		{"they did not agree to be met", wednesday, func(*aparte.Place) {}, "lamp", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := openStepped(t, newDoor(aparte.MobilePush))
			h.publish(withPush())
			shop := shopAt("germain", corner)
			c.shop(&shop)
			h.check(h.PutPlaces(t.Context(), []aparte.Place{shop}, nil))
			h.set(c.at.Add(-time.Hour))
			h.accept(agreed("ada", c.where), event("Product Viewed", "ada", "", map[string]any{"product_id": string(c.likes)}))
			h.set(c.at)
			h.accept(fix("ada", corner, 140))
			h.check(h.Step(t.Context()))
			said := aparte.ItemID("")
			for _, d := range h.pushes("ada") {
				if !d.At.Equal(c.at) {
					t.Errorf("decided at %v, not at %v", d.At, c.at)
				}
				for _, candidate := range d.Candidates {
					if candidate.Excluded == "" {
						said = max(said, candidate.Action.Item)
					}
				}
				replay, err := h.Replay(t.Context(), d.ID)
				h.check(err)
				if !replay.Same {
					t.Errorf("taken again it comes out otherwise: %+v", replay)
				}
			}
			if said != c.said {
				t.Errorf("could be pushed: %q, want %q: %s", said, c.said, why(h.pushes("ada")))
			}
			if n := len(h.pushes("ada")); (n == 1) != c.where {
				t.Errorf("%d moments", n)
			}
		})
	}
}

func TestWhatIsPushedAtAPlaceSpeaksOfIt(t *testing.T) {
	outside := newDoor(aparte.MobilePush)
	h := openStepped(t, outside)
	h.publish(withPush())
	h.check(h.PutPlaces(t.Context(), []aparte.Place{shopAt("germain", corner)}, nil))
	h.set(time.Date(2030, 1, 2, 10, 0, 0, 0, time.UTC))
	for i := range 8 { // of whom some are told nothing, so that it is learned what telling is worth
		user := fmt.Sprint("user-", i)
		h.accept(agreed(user, true), event("Product Viewed", user, "", map[string]any{"product_id": "lamp"}), fix(user, corner, 0))
	}
	h.check(h.Step(t.Context()))
	h.delivered()
	taken := outside.empty()
	for to, m := range taken {
		if m.Subject != "Lamp for €19.00" || !strings.Contains(m.Text, "1 rue du Four") {
			t.Errorf("%s is told %q: %q", to, m.Subject, m.Text)
		}
	}
	if len(taken) == 0 {
		t.Error("nobody was told anything")
	}
}

// why is what decisions say of themselves.
func why(all []*aparte.Decision) (told string) {
	for _, d := range all {
		for _, c := range d.Candidates {
			told += fmt.Sprintf("%s %s %s; ", c.Action.Content, c.Action.Item, c.Excluded)
		}
	}
	return told
}

func TestPlacesSurviveARestartAndALongLog(t *testing.T) {
	h := openStepped(t)
	var all []aparte.Place
	for i := range 3 {
		all = append(all, shopAt(aparte.PlaceID(fmt.Sprintf("p%d", i)), corner))
	}
	h.check(h.PutPlaces(t.Context(), all, nil))
	all[1].Kind = "showroom"
	h.check(h.PutPlaces(t.Context(), all[1:2], []aparte.PlaceID{"p0", "unknown"}))
	for range 2 {
		got, n := h.Places("", 10)
		if diff := cmp.Diff(all[1:], got); diff != "" || n != 2 {
			t.Errorf("%d places (-want +got):\n%s", n, diff)
		}
		h.reopen()
	}
	bad := shopAt("p3", corner)
	bad.Items[0].Offer.Currency = "GBP"
	if err := h.PutPlaces(t.Context(), []aparte.Place{all[1], bad}, nil); err == nil || err.Error() != `/1/items/0/offer/currency: "GBP" is not the brand's, EUR` {
		t.Errorf("%v", err)
	}
	if page, n := h.Places("p1", 1); n != 2 || page[0].ID != "p2" {
		t.Errorf("after p1: %v of %d", page, n)
	}
}
