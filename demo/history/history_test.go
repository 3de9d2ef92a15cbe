package history_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/demo/history"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// purchase is what the tests read of an order's or a refund's properties.
type purchase struct {
	OrderID  string  `json:"order_id"`
	Revenue  float64 `json:"revenue"`
	Currency string  `json:"currency"`
	Products []struct {
		ID       aparte.ItemID `json:"product_id"`
		Name     string        `json:"name"`
		Category string        `json:"category"`
		Price    float64       `json:"price"`
		Quantity int64         `json:"quantity"`
	} `json:"products"`
}

func open(t testing.TB) *history.History {
	t.Helper()
	b, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	h, err := history.Open(b.Items)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func pence(pounds float64) int64 { return int64(math.Round(pounds * 100)) }

func properties(t testing.TB, e aparte.Event) purchase {
	t.Helper()
	var p purchase
	if err := json.Unmarshal(e.Properties, &p); err != nil {
		t.Fatalf("%s: %v", e.MessageID, err)
	}
	return p
}

// SOURCE.md states these figures.
func TestTheFiguresAreThoseOfTheSource(t *testing.T) {
	h := open(t)
	got := map[string]int64{"people": int64(len(h.People())), "len": int64(h.Len())}
	for e := range h.Events(noon) {
		got["events"]++
		if e.Type == aparte.Track {
			got[e.Name]++
			got[e.Name+", pence"] += pence(properties(t, e).Revenue)
		}
	}
	want := map[string]int64{
		"people": 495, "len": 2884, "events": 2884,
		"Order Completed": 2177, "Order Completed, pence": 24231070,
		"Order Refunded": 212, "Order Refunded, pence": 338651,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-SOURCE.md +slice)\n%s", diff)
	}
}

func TestTheLastPurchaseWasYesterday(t *testing.T) {
	h := open(t)
	for _, now := range []time.Time{
		noon, noon.Add(12 * time.Hour), time.Date(2031, 3, 1, 0, 0, 0, 0, time.UTC), noon.In(time.FixedZone("east", 13*3600)),
	} {
		var last time.Time
		for e := range h.Events(now) {
			last = e.Timestamp
		}
		if want := now.UTC().AddDate(0, 0, -1).Format(time.DateOnly); last.Format(time.DateOnly) != want {
			t.Errorf("seen from %s the last event is of %s, want %s", now, last.Format(time.DateOnly), want)
		}
	}
}

func TestEventsAreInOrderAndComplete(t *testing.T) {
	h := open(t)
	introduced := map[string]bool{}
	ids := map[aparte.MessageID]bool{}
	var before time.Time
	for e := range h.Events(noon) {
		switch {
		case e.Timestamp.Before(before):
			t.Fatalf("%s is told after something later", e.MessageID)
		case ids[e.MessageID]:
			t.Fatalf("%s is told twice", e.MessageID)
		case e.UserID == "" || e.Source != history.Source || !json.Valid(e.Context):
			t.Fatalf("%s is not complete", e.MessageID)
		case len(e.Properties)+len(e.Traits)+len(e.Context) > 32<<10:
			t.Fatalf("%s is too long for the doors", e.MessageID)
		case e.Type == aparte.Identify:
			introduced[e.UserID] = true
		case !introduced[e.UserID]:
			t.Fatalf("%s: somebody acts who was not introduced", e.MessageID)
		}
		before, ids[e.MessageID] = e.Timestamp, true
	}
	if len(introduced) != len(h.People()) {
		t.Errorf("%d people are introduced, want %d", len(introduced), len(h.People()))
	}
}

func TestTheSameHistoryIsToldOnAnotherDay(t *testing.T) {
	h := open(t)
	tell := func(now time.Time) (all []string) {
		for e := range h.Events(now) {
			all = append(all, fmt.Sprint(e.MessageID, e.UserID, string(e.Properties), string(e.Traits)))
		}
		return all
	}
	if diff := cmp.Diff(tell(noon), tell(noon.AddDate(0, 0, 40))); diff != "" {
		t.Errorf("forty days later:\n%s", diff)
	}
}

func TestNothingIsTakenBackThatWasNotBought(t *testing.T) {
	h := open(t)
	type bought struct {
		order string
		item  aparte.ItemID
	}
	held := map[bought]int64{}
	for e := range h.Events(noon) {
		if e.Type != aparte.Track {
			continue
		}
		p := properties(t, e)
		sum := int64(0)
		for _, line := range p.Products {
			sum += pence(line.Price) * line.Quantity
			n := line.Quantity
			if e.Name == "Order Refunded" {
				n = -n
			}
			if held[bought{p.OrderID, line.ID}] += n; held[bought{p.OrderID, line.ID}] < 0 {
				t.Fatalf("%s takes back more of %s than order %s holds", e.MessageID, line.ID, p.OrderID)
			}
			if line.Quantity < 1 || line.Name == "" || line.Category == "" {
				t.Fatalf("%s: %+v", e.MessageID, line)
			}
		}
		if sum != pence(p.Revenue) || p.Currency != "GBP" {
			t.Fatalf("%s is worth %v %s and its lines %d pence", e.MessageID, p.Revenue, p.Currency, sum)
		}
	}
}

func TestPeopleAreInventedTheSameEachTime(t *testing.T) {
	a, b := open(t).People(), open(t).People()
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	answers, french := map[history.Answer]int{}, 0
	for _, p := range a {
		answers[p.EmailConsent]++
		if p.Locale[:2] == "fr" {
			french++
		}
		if p.Email != "customer-"+p.UserID+"@shop.example" || p.FirstName == "" || p.Orders < 2 || len(p.Likes) == 0 {
			t.Errorf("%+v", p)
		}
	}
	if french != 34 || answers[history.Granted]*100 < 80*len(a) || answers[history.Refused] == 0 || answers[history.Unasked] == 0 {
		t.Errorf("%d speak French; answers %v", french, answers)
	}
}

func TestStoppingEarlyIsAllowed(t *testing.T) {
	n := 0
	for range open(t).Events(noon) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d events were told", n)
	}
}

func TestAnItemOutsideTheCatalogueIsAnError(t *testing.T) {
	if _, err := history.Open([]aparte.Item{{ID: "22423"}}); err == nil {
		t.Error("a slice with items that the catalogue lacks was opened")
	}
}

func ExampleHistory_Events() {
	b, err := brand.Brand()
	if err != nil {
		panic(err)
	}
	h, err := history.Open(b.Items)
	if err != nil {
		panic(err)
	}
	names := map[string]int{}
	for e := range h.Events(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)) {
		names[string(e.Type)+" "+e.Name]++
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Printf("%-22s %d\n", name, names[name])
	}
	// Output:
	// identify               495
	// track Order Completed  2177
	// track Order Refunded   212
}
