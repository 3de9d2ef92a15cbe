package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// news are what somebody's history tells of items, oldest first: "Price Dropped lamp".
func (h *stepped) news(user string) (told []string) {
	h.t.Helper()
	for _, s := range slices.Backward(h.story(user)) {
		if e := s.Event; e != nil && e.Source == aparte.OwnSource && slices.Contains(newsEvents, e.Name) {
			var p struct {
				Item string `json:"product_id"`
			}
			h.check(json.Unmarshal(e.Properties, &p))
			told = append(told, e.Name+" "+p.Item)
		}
	}
	return told
}

var newsEvents = []string{aparte.EventPriceDropped, aparte.EventBackInStock, aparte.EventSearchMatched}

// costing is the brand of these tests with other prices and stocks of lamp and mug.
func costing(lamp, lamps, mug, mugs int64) *aparte.Brand {
	b := brand()
	b.Items[0].Price.Amount, b.Items[0].Stock = lamp, lamps
	b.Items[1].Price.Amount, b.Items[1].Stock = mug, mugs
	return b
}

func TestAnItemThatCostsLessOrIsBackIsToldToThoseItMattersTo(t *testing.T) {
	h := openStepped(t)
	h.publish(costing(2500, 10, 900, 0))
	h.check(h.Step(t.Context()))
	look := func(user, item string) aparte.Event {
		return event("Product Viewed", user, "", map[string]any{"product_id": item})
	}
	h.accept(look("looked", "lamp"), look("both", "lamp"), look("both", "mug"), identify("nobody", "", nil))
	h.accept(event("Product Added", "basket", "", map[string]any{"product_id": "mug", "quantity": 1}))
	h.accept(look("bought", "lamp"), order("bought", "lamp", "o1", 25))
	h.accept(look("objects", "lamp"), identify("objects", "", map[string]any{"consents": []map[string]any{{"purpose": "profiling", "granted": false}}}))
	h.accept(identify("searches", "", map[string]any{"searches": []map[string]any{{"category": "lanterns", "priceMax": 20}}}))
	h.accept(identify("asked", "", map[string]any{"alert": map[string]any{"mug": "asked@example.com", "lamp": false}, "consents": []map[string]any{{"purpose": "profiling", "granted": false}}}))
	h.pass(29 * 24 * time.Hour)
	h.accept(look("late", "mug"))
	h.publish(costing(1900, 10, 900, 5))
	h.pass(time.Minute)
	h.publish(costing(1950, 10, 900, 5)) // dearer: no news
	h.pass(time.Minute)
	for user, want := range map[string][]string{
		"looked": {"Price Dropped lamp"}, "both": {"Price Dropped lamp", "Back In Stock mug"}, "basket": {"Back In Stock mug"}, "late": {"Back In Stock mug"},
		"asked": {"Back In Stock mug"}, "searches": {"Search Matched lamp"}, "nobody": nil, "bought": nil, "objects": nil,
	} {
		got := h.news(user)
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", user, diff)
		}
	}
	h.pass(31 * 24 * time.Hour)
	h.publish(costing(1000, 10, 900, 5))
	h.pass(time.Minute)
	if got := h.news("looked"); len(got) != 1 {
		t.Errorf("an interest of two months ago: %v", got)
	}
	p, err := h.Person(t.Context(), h.id("looked"))
	h.check(err)
	if p.Session.Count != 1 || p.LastSeen.After(time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("what Aparté told of an item counts as a visit: %d, %v", p.Session.Count, p.LastSeen)
	}
}

func TestASavedSearchThatACarComesToMatchIsWrittenAbout(t *testing.T) {
	outside := newDoor(aparte.Email)
	h := openStepped(t, outside)
	cars := func(stock int64) *aparte.Brand {
		b := brand()
		b.Items = append(b.Items, aparte.Item{
			ID: "car", Name: aparte.Words{"en": "Estate, diesel"}, Category: "cars", Brand: "Marque", Price: aparte.Money{Amount: 1_450_000, Currency: "EUR"},
			Stock: stock, Image: "lamp.png", Link: "/car", Attributes: map[string]string{"colour": "blue"},
		})
		found := b.Contents[2]
		found.ID, found.Items, found.Scenarios, found.Link = "found", aparte.News, []aparte.ScenarioID{"found"}, ""
		b.Contents = append(b.Contents, found)
		b.Scenarios = append(b.Scenarios, aparte.Scenario{ID: "found", Name: aparte.Words{"en": "Found"}, After: aparte.EventSearchMatched, Channel: aparte.Email})
		return b
	}
	h.publish(cars(0))
	h.check(h.Step(t.Context()))
	wishes := map[string]map[string]any{
		"matches": {"category": "cars", "priceMax": 15_000, "attributes": map[string]string{"colour": "blue"}, "words": "estate"},
		"cheaper": {"category": "cars", "priceMax": 14_000},
		"red":     {"category": "cars", "attributes": map[string]string{"colour": "red"}},
	}
	for user, wish := range wishes {
		h.accept(identify(user, "", map[string]any{
			"email": user + "@example.com", "searches": []map[string]any{wish},
			"consents": []map[string]any{{"purpose": "marketing", "channel": "email", "granted": true, "source": "test"}},
		}))
	}
	h.publish(cars(1))
	h.check(h.Step(t.Context()))
	for user := range wishes {
		var items []aparte.ItemID
		for _, s := range h.story(user) {
			if d := s.Decision; d != nil && d.Trigger == "scenario:found" {
				items = append(items, d.Context.Item)
				could := slices.ContainsFunc(d.Candidates, func(c aparte.Candidate) bool { return c.Excluded == "" && c.Action.Item == "car" })
				if replay, err := h.Replay(t.Context(), d.ID); err != nil || !replay.Same || !could {
					t.Errorf("%s: the car could be spoken of: %v; replay: %+v, %v", user, could, replay.Differences, err)
				}
			}
		}
		if want := user == "matches"; want != slices.Equal(items, []aparte.ItemID{"car"}) || !want && items != nil {
			t.Errorf("%s: moments about %v", user, items)
		}
	}
}

func TestNobodyIsToldTwiceHoweverOftenARoundIsBroken(t *testing.T) {
	h := openStepped(t)
	h.publish(costing(2500, 10, 900, 10))
	h.check(h.Step(t.Context()))
	const people = 40
	for i := range people {
		h.accept(event("Product Viewed", fmt.Sprint("u", i), "", map[string]any{"product_id": "lamp"}))
	}
	h.pass(time.Minute)
	h.publish(costing(2000, 10, 900, 10))
	// What is saved of the round is set back to its beginning, as if the last writes of it had been lost.
	for range 3 {
		h.check(h.Step(t.Context()))
		h.check(h.Close())
		_, err := h.store.PutDocument(context.WithoutCancel(t.Context()), "items/told", []byte(`{"told":2,"telling":3,"since":"2030-01-01T08:01:00Z","part":0}`))
		h.check(err)
		h.start()
	}
	h.check(h.Step(t.Context()))
	for i := range people {
		if got := h.news(fmt.Sprint("u", i)); len(got) != 1 {
			t.Errorf("u%d: %v", i, got)
		}
	}
	if _, err := h.store.Document(t.Context(), "items/told", 0); err != nil {
		t.Error(err)
	}
}

// TestNewsAreThoseThatTheDefinitionNames compares with a reading of the definition over everybody and every item.
func TestNewsAreThoseThatTheDefinitionNames(t *testing.T) {
	t.Parallel()
	h := openStepped(t)
	version := 0
	rapid.Check(t, func(rt *rapid.T) {
		version++
		amount := func(name string) int64 { return rapid.SampledFrom([]int64{800, 900, 1000}).Draw(rt, name) }
		stock := func(name string) int64 { return rapid.Int64Range(0, 1).Draw(rt, name) }
		old := costing(amount("lamp"), stock("lamps"), amount("mug"), stock("mugs"))
		h.publish(old)
		h.check(h.Step(t.Context()))
		type doing struct{ user, name, item string }
		var done []doing
		for i := range rapid.IntRange(1, 6).Draw(rt, "doings") {
			d := doing{
				user: fmt.Sprintf("v%d-%d", version, rapid.IntRange(0, 2).Draw(rt, "user")),
				name: rapid.SampledFrom([]string{"Product Viewed", "Product Viewed", "Order Completed"}).Draw(rt, "name"),
				item: rapid.SampledFrom([]string{"lamp", "mug"}).Draw(rt, "item"),
			}
			done = append(done, d)
			if d.name == "Order Completed" {
				h.accept(order(d.user, d.item, fmt.Sprint("o-", version, "-", i), 10))
			} else {
				h.accept(event(d.name, d.user, "", map[string]any{"product_id": d.item}))
			}
		}
		h.pass(time.Second)
		now := costing(amount("lamp now"), stock("lamps now"), amount("mug now"), stock("mugs now"))
		h.publish(now)
		h.pass(time.Second)
		for _, d := range done {
			var want []string
			for i, item := range now.Items {
				looked, bought := false, false
				for _, x := range done {
					looked = looked || x.user == d.user && x.item == string(item.ID) && x.name == "Product Viewed"
					bought = bought || x.user == d.user && x.item == string(item.ID) && x.name == "Order Completed"
				}
				switch was := old.Items[i]; {
				case !looked || bought || item.Stock == 0:
				case was.Stock == 0:
					want = append(want, "Back In Stock "+string(item.ID))
				case item.Price.Amount < was.Price.Amount:
					want = append(want, "Price Dropped "+string(item.ID))
				}
			}
			got := h.news(d.user)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				rt.Fatalf("%s: %v, want %v", d.user, got, want)
			}
		}
	})
}
