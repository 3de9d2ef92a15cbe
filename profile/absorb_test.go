package profile

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// drawLives draws two to four people with stories of their own, identified or not.
func drawLives(t *rapid.T) []aparte.Person {
	people := make([]aparte.Person, rapid.IntRange(2, 4).Draw(t, "people"))
	for i := range people {
		events := drawEvents(t)
		for _, e := range events {
			e.AnonymousID = fmt.Sprint("anon-", i)
			if e.Name == orderCompleted || e.Name == orderRefunded {
				e.Properties = []byte(fmt.Sprintf(`{"order_id": "o-%d-%s", "revenue": 10, "product_id": "sku-%d"}`, i, e.Timestamp, i))
			}
		}
		if n := rapid.IntRange(0, 3).Draw(t, "traits"); n > 0 {
			at := noon.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "at"))*time.Hour + time.Duration(i)*time.Minute)
			events = append(events, identify(at, fmt.Sprintf(`{"plan": "p%d", "t%d": %d, "consents": [{"purpose": "marketing", "channel": "email", "granted": %v}]}`, i, n, i, n > 1)))
		}
		people[i] = live(aparte.Person{ID: aparte.PersonID{byte(i + 1)}}, events...)
	}
	return people
}

func absorbAll(people []aparte.Person) aparte.Person {
	p := people[0]
	for _, other := range people[1:] {
		p = Absorb(p, other)
	}
	return p
}

// Nothing of either history is lost, and everything is summed at a common time.
func TestAbsorbLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := drawLives(t)
		p, now := absorbAll(people), noon.Add(365*day)
		counters, affinities := map[string]float64{}, map[string]float64{}
		var orders, revenue int64
		first := now
		for _, q := range people {
			for _, c := range q.Counters {
				counters[c.Name] += c.Now(now)
			}
			for _, a := range q.Affinities {
				affinities[string(a.Kind)+" "+a.Key] += a.Now(now)
			}
			orders, revenue = orders+q.Orders.Count, revenue+q.Orders.Revenue.Amount
			if !q.FirstSeen.IsZero() && q.FirstSeen.Before(first) {
				first = q.FirstSeen
			}
			for _, id := range q.Identifiers {
				if !slices.Contains(p.Identifiers, id) {
					t.Fatalf("identifier %v is lost", id)
				}
			}
			for _, trait := range q.Traits {
				if kept, ok := p.Trait(trait.Name); !ok || kept.At.Before(trait.At) {
					t.Fatalf("trait %v is lost for %v", trait, kept)
				}
			}
			for _, c := range q.Consents {
				if i, ok := findConsent(p.Consents, c); !ok || p.Consents[i].At.Before(c.At) {
					t.Fatalf("consent %v is lost", c)
				}
			}
			for _, s := range q.Said {
				if i := findSaid(p.Said, s.Decision); i < 0 || p.Said[i].Seen < s.Seen || s.Clicked && !p.Said[i].Clicked {
					t.Fatalf("memory of %v is lost", s.Decision)
				}
			}
		}
		got := sum(&p, now)
		for name := range counters {
			if name == "sessions_30d" {
				delete(counters, name)
			}
		}
		if d := diff(counters, got.Counters, same); d != "" {
			t.Fatal("counters (-want +got)\n", d)
		}
		if d := diff(affinities, got.Affinities, same); d != "" {
			t.Fatal("affinities (-want +got)\n", d)
		}
		if p.Orders.Count != orders || p.Orders.Revenue.Amount != revenue {
			t.Fatalf("%d orders of %v, want %d of %d", p.Orders.Count, p.Orders.Revenue, orders, revenue)
		}
		if first != now && p.FirstSeen != first {
			t.Fatalf("first seen %v, want %v", p.FirstSeen, first)
		}
		if !slices.IsSortedFunc(p.Said, func(a, b aparte.Said) int { return a.At.Compare(b.At) }) {
			t.Fatal("memory is not in order of time")
		}
	})
}

// In whatever order people are absorbed, what is documented not to depend on it does not.
func TestTheOrderOfAbsorbingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := drawLives(t)
		a, b := absorbAll(people), absorbAll(rapid.Permutation(people).Draw(t, "order"))
		now := noon.Add(365 * day)
		if d := diff(sum(&a, now), sum(&b, now), same); d != "" {
			t.Fatal(d)
		}
		for _, d := range []string{
			diff(a.Identifiers, b.Identifiers, exact), diff(a.Traits, b.Traits, exact), diff(a.Consents, b.Consents, exact), diff(a.Said, b.Said, exact),
		} {
			if d != "" {
				t.Fatal(d)
			}
		}
	})
}

func TestAnOrderThatBothRememberCountsOnce(t *testing.T) {
	order := track(noon, orderCompleted, `{"order_id": "o-1", "revenue": 25}`)
	refund := track(noon, orderRefunded, `{"order_id": "o-1", "total": 5}`)
	other := track(noon.Add(time.Hour), orderCompleted, `{"order_id": "o-2", "revenue": 10}`)
	a, b := live(aparte.Person{}, order, other), live(aparte.Person{}, order, refund)
	for _, p := range []aparte.Person{Absorb(a, b), Absorb(b, a)} {
		if p.Orders.Count != 2 || p.Orders.Revenue.Amount != 3000 || len(p.Orders.Recent) != 2 {
			t.Errorf("%+v", p.Orders)
		}
		if p = live(p, track(noon, orderRefunded, `{"order_id": "o-1"}`)); p.Orders.Revenue.Amount != 1000 {
			t.Errorf("refunded: %+v", p.Orders)
		}
	}
}

func TestARefundFindsItsOrderInTheOther(t *testing.T) {
	order := live(aparte.Person{}, track(noon, orderCompleted, `{"order_id": "o-1", "revenue": 25}`))
	refund := live(aparte.Person{}, track(noon, orderRefunded, `{"order_id": "o-1", "total": 30}`))
	for _, p := range []aparte.Person{Absorb(order, refund), Absorb(refund, order)} {
		if p.Orders.Count != 1 || p.Orders.Revenue.Amount != 0 || p.Orders.Recent[0].Left != 0 {
			t.Errorf("%+v", p.Orders)
		}
	}
	if p := Absorb(refund, refund); p.Orders.Count != 0 || p.Orders.Revenue.Amount != -6000 {
		t.Errorf("two refunds of an order nobody heard of: %+v", p.Orders)
	}
}

func TestRevenueInAnotherCurrencyIsNotAdded(t *testing.T) {
	euros := live(aparte.Person{}, track(noon, orderCompleted, `{"order_id": "1", "revenue": 25}`))
	pounds := Apply(aparte.Person{}, track(noon, orderCompleted, `{"order_id": "2", "revenue": 10}`), nil, nil, "GBP")
	p := Absorb(euros, pounds)
	if p.Orders.Count != 2 || p.Orders.Revenue != (aparte.Money{Amount: 2500, Currency: "EUR"}) {
		t.Errorf("%+v", p.Orders)
	}
	counter(t, p, noon, "orders_other_currency", 1)
	if p = Absorb(aparte.Person{}, pounds); p.Orders.Revenue != pounds.Orders.Revenue {
		t.Errorf("absorbed by nobody: %+v", p.Orders)
	}
}

func TestAbsorbJoinsVisitsAndCarts(t *testing.T) {
	phone := live(aparte.Person{},
		page(noon, `{"device": {"type": "ios"}, "locale": "fr-FR"}`),
		track(noon, productViewed, `{"product_id": "sku-1"}`), track(noon, productAdded, `{"product_id": "sku-1", "quantity": 3}`), track(noon, productAdded, `{"product_id": "sku-2"}`))
	laptop := live(aparte.Person{},
		page(noon.Add(20*time.Minute), browser), page(noon.Add(40*time.Minute), ""),
		track(noon.Add(40*time.Minute), productViewed, `{"product_id": "sku-2"}`), track(noon.Add(40*time.Minute), productAdded, `{"product_id": "sku-1"}`))
	for _, p := range []aparte.Person{Absorb(phone, laptop), Absorb(laptop, phone)} {
		s := p.Session
		if s.StartedAt != noon || s.LastAt != noon.Add(40*time.Minute) || s.Pages != 3 || s.LastItem != "sku-2" || len(s.Intents) != 2 {
			t.Errorf("session %+v", s)
		}
		if d := diff(1.0, s.Intents[0].Weight+s.Intents[1].Weight, same); d != "" {
			t.Error("intents sum to (-want +got)\n", d)
		}
		if lines := p.Cart.Lines; len(lines) != 2 || lines[0].Item != "sku-2" || lines[1].Item != "sku-1" || lines[1].Quantity != 1 {
			t.Errorf("cart %+v", lines)
		}
		if p.Device != desktop || p.Locale != "fr-FR" || p.Zone != "Europe/Paris" {
			t.Errorf("%s %s %s", p.Device, p.Locale, p.Zone)
		}
	}
	later := live(aparte.Person{}, page(noon.Add(2*day), ""))
	if s := Absorb(phone, later).Session; s.StartedAt != noon.Add(2*day) || s.Count != 2 || s.Pages != 1 || s.LastItem != "sku-1" || s.Intents != nil {
		t.Errorf("the later visit: %+v", s)
	}
	if d := diff(phone, Absorb(phone, aparte.Person{}), exact); d != "" {
		t.Error("absorbing nobody changes something\n", d)
	}
}

func TestAbsorbLeavesTheEnginesOwn(t *testing.T) {
	a, b := remarkable(), remarkable()
	b.ID, b.Seq, b.Timers, b.Open, b.RecentIDs, b.Absorbed = aparte.PersonID{9}, 1, nil, nil, nil, nil
	p := Absorb(a, b)
	if p.ID != a.ID || p.Seq != a.Seq || len(p.Timers) != 1 || len(p.Open) != 2 || len(p.RecentIDs) != 2 || len(p.Absorbed) != 1 {
		t.Errorf("%+v", p)
	}
}

func TestIdentifiersAreBounded(t *testing.T) {
	var ids []aparte.Identifier
	for i := range aparte.MaxIdentifiers {
		ids = append(ids, aparte.Identifier{Kind: aparte.KindAnonymousID, Value: fmt.Sprintf("anon-%03d", i)})
	}
	p := Apply(aparte.Person{}, page(noon, ""), ids, nil, "EUR")
	p = Apply(p, page(noon, ""), []aparte.Identifier{{Kind: aparte.KindUserID, Value: "u-1"}, {Kind: aparte.KindEmail, Value: "a@example.com"}}, nil, "EUR")
	if len(p.Identifiers) != aparte.MaxIdentifiers {
		t.Errorf("%d identifiers", len(p.Identifiers))
	}
	for _, kind := range []aparte.IdentifierKind{aparte.KindUserID, aparte.KindEmail} {
		if _, ok := p.Identifier(kind); !ok {
			t.Errorf("%s went before the weakest", kind)
		}
	}
}
