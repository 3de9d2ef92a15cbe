package profile

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// The brand of live counts in euros.
func TestEachCurrencyHasItsOwnRevenue(t *testing.T) {
	dollars := func(id string, amount int) *aparte.Event {
		return track(noon, orderCompleted, fmt.Sprintf(`{"order_id": %q, "revenue": %d, "currency": "USD"}`, id, amount))
	}
	euros := track(noon, orderCompleted, `{"order_id": "e", "revenue": 25}`)
	yen := track(noon, orderCompleted, `{"order_id": "y", "revenue": 1500, "currency": "jpy"}`)
	for _, c := range []struct {
		name   string
		events []*aparte.Event
		count  int64
		euros  int64
		others []aparte.Money
	}{
		{"beside the brand's", []*aparte.Event{dollars("1", 10), euros, yen}, 3, 2500, []aparte.Money{{Amount: 1500, Currency: "JPY"}, {Amount: 1000, Currency: "USD"}}},
		{"an order told twice", []*aparte.Event{dollars("1", 10), dollars("1", 10)}, 1, 0, []aparte.Money{{Amount: 1000, Currency: "USD"}}},
		{"a refund in part", []*aparte.Event{
			dollars("1", 10), dollars("2", 20), track(noon, orderRefunded, `{"order_id": "1", "total": 4, "currency": "USD"}`),
		}, 2, 0, []aparte.Money{{Amount: 2600, Currency: "USD"}}},
		{"a refund that names no currency means the order's", []*aparte.Event{
			euros, dollars("1", 10), dollars("2", 20), track(noon, orderRefunded, `{"order_id": "1"}`),
		}, 3, 2500, []aparte.Money{{Amount: 2000, Currency: "USD"}}},
		{"a refund in another currency than the order's is none of it", []*aparte.Event{
			euros, dollars("1", 10), track(noon, orderRefunded, `{"order_id": "1", "total": 4, "currency": "EUR"}`),
		}, 2, 2500, []aparte.Money{{Amount: 1000, Currency: "USD"}}},
		{"nor when it comes first", []*aparte.Event{
			euros, track(noon, orderRefunded, `{"order_id": "1", "total": 4, "currency": "EUR"}`), dollars("1", 10),
		}, 2, 2500, []aparte.Money{{Amount: 1000, Currency: "USD"}}},
		{"a refund before its order", []*aparte.Event{
			track(noon, orderRefunded, `{"order_id": "1", "total": 4, "currency": "USD"}`), dollars("1", 10),
		}, 1, 0, []aparte.Money{{Amount: 600, Currency: "USD"}}},
		{"nothing left", []*aparte.Event{dollars("1", 10), track(noon, orderCancelled, `{"order_id": "1"}`)}, 1, 0, nil},
	} {
		o := live(aparte.Person{}, c.events...).Orders
		if d := diff(c.others, o.OtherRevenue); d != "" || o.Count != c.count || o.Revenue != (aparte.Money{Amount: c.euros, Currency: "EUR"}) {
			t.Errorf("%s: %d orders, %v, want %d, %d cents; others (-want +got)\n%s", c.name, o.Count, o.Revenue, c.count, c.euros, d)
		}
	}
}

func TestOneCurrencyTooManyIsCountedAsAnOrder(t *testing.T) {
	p := aparte.Person{}
	for i, currency := range []string{"USD", "GBP", "JPY", "CHF", "SEK"} {
		p = live(p, track(noon, orderCompleted, fmt.Sprintf(`{"order_id": "%d", "revenue": 10, "currency": %q}`, i, currency)))
	}
	p = live(p, track(noon, orderRefunded, `{"order_id": "4", "currency": "SEK"}`))
	if o := p.Orders; o.Count != 5 || len(o.OtherRevenue) != aparte.MaxCurrencies || o.Revenue.Amount != 0 {
		t.Errorf("%+v", o)
	}
	counter(t, p, noon, "orders_other_currency", 5)
}

// However one person's orders are spread over others who turn out to be the same, each currency adds up
// to what the orders say.
func TestMergedRevenueAddsUpInEachCurrency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		brands := []string{"EUR", "USD"}
		people, want := [3]aparte.Person{}, map[string]int64{}
		first := -1
		for i := range rapid.IntRange(1, 20).Draw(t, "orders") {
			who := rapid.IntRange(0, len(people)-1).Draw(t, "who")
			currency := rapid.SampledFrom([]string{"EUR", "USD", "GBP", "JPY", "CHF"}).Draw(t, "currency")
			amount := rapid.Int64Range(1, 1000).Draw(t, "amount")
			digits := aparte.MinorDigits(currency)
			told := fmt.Sprintf(`{"order_id": "%d", "currency": %q, "revenue": %de-%d}`, i, currency, amount, digits)
			people[who] = Apply(people[who], track(noon, orderCompleted, told), nil, nil, brands[who%2])
			want[currency] += amount
			if rapid.Bool().Draw(t, "refunded") {
				back := rapid.Int64Range(1, amount).Draw(t, "back")
				told = fmt.Sprintf(`{"order_id": "%d", "currency": %q, "total": %de-%d}`, i, currency, back, digits)
				to := rapid.IntRange(0, len(people)-1).Draw(t, "to") // who may know nothing of the order
				people[to] = Apply(people[to], track(noon, orderRefunded, told), nil, nil, brands[to%2])
				want[currency] -= back
			}
			first = i
		}
		all := Absorb(Absorb(people[0], people[1]), people[2])
		got := map[string]int64{}
		for _, m := range append(all.Orders.OtherRevenue, all.Orders.Revenue) {
			got[m.Currency] += m.Amount
		}
		for _, m := range []map[string]int64{want, got} {
			for currency, amount := range m {
				if amount == 0 {
					delete(m, currency)
				}
			}
		}
		if d := diff(want, got); d != "" || all.Orders.Count != int64(first+1) {
			t.Fatalf("%d orders of %d; (-want +got)\n%s", all.Orders.Count, first+1, d)
		}
	})
}
