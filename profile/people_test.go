package profile

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aparte-dev/aparte"
)

// noon is when the tests' stories begin.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// shop is a small catalogue: sku-0 to sku-199 in categories and brands.
type shop map[aparte.ItemID]*aparte.Item

func (s shop) Item(id aparte.ItemID) (*aparte.Item, bool) {
	item, ok := s[id]
	return item, ok
}

// PriceBand follows the length of the item's id.
func (s shop) PriceBand(item *aparte.Item) aparte.PriceBand {
	return []aparte.PriceBand{"", aparte.LowPrice, aparte.MiddlePrice, aparte.HighPrice}[len(item.ID)%4]
}

func newShop() shop {
	s := shop{}
	for i := range 200 {
		id := aparte.ItemID(fmt.Sprintf("sku-%d", i))
		s[id] = &aparte.Item{ID: id, Category: fmt.Sprintf("category-%d", i%12), Brand: fmt.Sprintf("brand-%d", i%7)}
	}
	return s
}

// track is a track event at a time, its properties as JSON.
func track(at time.Time, name, properties string) *aparte.Event {
	return &aparte.Event{
		Type: aparte.Track, Name: name, AnonymousID: "anon-1", Timestamp: at, ReceivedAt: at.Add(time.Second),
		Properties: json.RawMessage(properties),
	}
}

func identify(at time.Time, traits string) *aparte.Event {
	return &aparte.Event{
		Type: aparte.Identify, UserID: "u-1", AnonymousID: "anon-1", Timestamp: at, ReceivedAt: at.Add(time.Second),
		Traits: json.RawMessage(traits),
	}
}

func page(at time.Time, context string) *aparte.Event {
	return &aparte.Event{
		Type: aparte.Page, AnonymousID: "anon-1", Timestamp: at, ReceivedAt: at.Add(time.Second),
		Context: json.RawMessage(context),
	}
}

// live applies events to a person in the order given, in a shop that counts euros.
func live(p aparte.Person, events ...*aparte.Event) aparte.Person {
	items := newShop()
	for _, e := range events {
		p = Apply(p, e, Identifiers(e), items, "EUR")
	}
	return p
}

// same compares people as values: no list and an empty list are the same, numbers to 1e-9.
var same = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateApprox(1e-9, 1e-9)}

// exact compares people as values, to the bit.
var exact = cmpopts.EquateEmpty()

func diff(want, got any, opts ...cmp.Option) string { return cmp.Diff(want, got, opts...) }

// browser is the context that a browser's SDK sends.
const browser = `{"page": {"path": "/p/monopoly", "referrer": "https://www.example.com/", "search": "?utm_source=newsletter",
"title": "Monopoly", "url": "https://shop.example.com/p/monopoly?utm_source=newsletter"},
"userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
"userAgentData": {"brands": [{"brand": "Not:A-Brand", "version": "8"}, {"brand": "Chromium", "version": "156"}], "mobile": false, "platform": "Linux"},
"locale": "fr-FR", "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
"campaign": {"source": "newsletter", "medium": "email", "name": "spring"}, "timezone": "Europe/Paris"}`

// shopper is a plausible customer of half a year: visits, searches, baskets, a few orders, mails.
func shopper(seed uint64) (aparte.Person, time.Time) {
	r := rand.New(rand.NewPCG(seed, 1))
	items := newShop()
	var p aparte.Person
	p.ID[0], p.ID[15] = byte(seed), 7
	at := noon
	do := func(e *aparte.Event) {
		e.Context = json.RawMessage(browser)
		p = Apply(p, e, Identifiers(e), items, "EUR")
		p.Seq++
		p.RecentIDs = append(p.RecentIDs[:len(p.RecentIDs):len(p.RecentIDs)], r.Uint64())
		p.RecentIDs = p.RecentIDs[max(0, len(p.RecentIDs)-aparte.MaxRecentIDs):]
	}
	do(identify(at, `{"email": "ann.example@example.com", "firstName": "Ann", "lastName": "Example", "plan": "gold", "age": 41,
		"address": {"city": "Lyon", "country": "FR", "postalCode": "69001"}, "consents": [{"purpose": "marketing", "channel": "email", "granted": true, "source": "signup", "wording": "2026-01"}]}`))
	for visit := range 12 {
		at = at.Add(time.Duration(r.IntN(20*24)+1) * time.Hour)
		favourite := r.IntN(4)
		for range 2 + r.IntN(6) {
			at = at.Add(time.Duration(r.IntN(120)+5)*time.Second + time.Duration(r.IntN(1000))*time.Millisecond)
			sku := favourite + 12*r.IntN(6)
			do(&aparte.Event{Type: aparte.Page, AnonymousID: "anon-1", Timestamp: at})
			do(track(at, productViewed, fmt.Sprintf(`{"product_id": "sku-%d", "price": %d.99, "currency": "EUR", "name": "Thing"}`, sku, r.IntN(90))))
			if r.IntN(4) == 0 {
				do(track(at, productAdded, fmt.Sprintf(`{"product_id": "sku-%d", "price": %d.99, "quantity": 1}`, sku, r.IntN(90))))
			}
		}
		if visit%4 == 3 {
			do(track(at.Add(time.Minute), orderCompleted, fmt.Sprintf(`{"order_id": "o-%d-%d", "revenue": 42.50, "currency": "EUR",
				"products": [{"product_id": "sku-%d", "price": 21.25, "quantity": 2}]}`, seed, visit, favourite)))
		}
		decision := aparte.DecisionID{Person: p.ID, Seq: p.Seq}
		do(track(at.Add(time.Hour), aparte.EventExposed, fmt.Sprintf(`{"decision": "%s", "content": "welcome-hero", "channel": "email", "slot": "hero", "item": "sku-%d"}`, decision, favourite)))
	}
	return p, at
}
