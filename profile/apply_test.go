package profile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func counter(t *testing.T, p aparte.Person, at time.Time, name string, want float64) {
	t.Helper()
	if d := diff(want, p.Counter(name, at), same); d != "" {
		t.Errorf("%s (-want +got)\n%s", name, d)
	}
}

func TestEventsCount(t *testing.T) {
	for event, counters := range map[string][]string{
		productViewed: {"product_views_7d", "sessions_30d"}, productListViewed: {"list_views_7d"}, productsSearched: {"searches_7d"},
		productAdded: {"cart_adds_7d"}, productRemoved: {"cart_removals_7d"}, productWished: {"wishlist_adds_30d"},
		cartViewed: {"cart_views_7d"}, checkoutStarted: {"checkouts_7d"}, orderCompleted: {"orders_90d", "orders_365d"},
		orderRefunded: {"refunds_90d"}, orderCancelled: {"refunds_90d"}, aparte.EventClicked: {"clicks_30d", "sessions_30d"},
		aparte.EventDismissed: {"dismissals_90d"}, aparte.EventUnsubscribed: {"unsubscribes_365d"}, aparte.EventComplained: {"complaints_365d"},
		aparte.EventExposed: {"exposures_7d"}, "Signed Up": {"sessions_30d"},
	} {
		p := live(aparte.Person{}, track(noon, event, `{"product_id": "sku-1"}`))
		for _, name := range counters {
			counter(t, p, noon, name, 1)
		}
	}
	for _, channel := range channelWords[1:] {
		p := live(aparte.Person{}, track(noon, aparte.EventExposed, fmt.Sprintf(`{"channel": %q}`, channel)))
		counter(t, p, noon, "exposures_"+channel+"_7d", 1)
	}
	for properties, want := range map[string]float64{
		`{"discount": 5}`: 1, `{"coupon": "TEA"}`: 1, `{"discount": "2.50", "coupon": ""}`: 1,
		`{"discount": 0, "coupon": ""}`: 0, `{"discount": -1}`: 0, `{"discount": "none"}`: 0, `{}`: 0,
	} {
		counter(t, live(aparte.Person{}, track(noon, orderCompleted, properties)), noon, "orders_discounted_365d", want)
	}
	p := live(aparte.Person{}, page(noon, ""), page(noon.Add(day), ""))
	counter(t, p, noon.Add(day), "page_views_1d", 1.5)
}

func TestEveryCounterRaisedIsInTheVocabulary(t *testing.T) {
	p, _ := shopper(5)
	for _, c := range p.Counters {
		if !slices.Contains(counterNames, c.Name) {
			t.Errorf("%s is not in the vocabulary", c.Name)
		}
	}
}

func TestAffinitiesFollowWhatIsDone(t *testing.T) {
	p := live(aparte.Person{},
		track(noon, productViewed, `{"product_id": "sku-1", "category": "ignored: the catalogue knows better"}`),
		track(noon, productAdded, `{"sku": "sku-1"}`),
		track(noon, productWished, `{"product_id": 77, "category": "unheard of", "brand": "Acme"}`),
		track(noon, productRemoved, `{"product_id": "sku-2"}`),
		track(noon, productListViewed, `{"category": "category-1"}`),
		track(noon, orderCompleted, `{"products": [{"product_id": "sku-1"}, {"product_id": "sku-1"}]}`),
	)
	want := map[string]float64{
		"item sku-1": 14, "category category-1": 14.2, "brand brand-1": 14,
		"item 77": 3, "category unheard of": 3, "brand Acme": 3,
		"item sku-2": -1, "category category-2": -1, "brand brand-2": -1,
		"price low": 14 - 1,
	}
	got := map[string]float64{}
	for _, a := range p.Affinities {
		got[string(a.Kind)+" "+a.Key] = a.Weight
	}
	if d := diff(want, got, same); d != "" {
		t.Error("(-want +got)\n", d)
	}
}

func TestWhatIsFollowedSaysWhichKindsTonesAndChannelsDrawSomebody(t *testing.T) {
	tea := shop{"tea": {ID: "tea", Category: "Tea", Attributes: map[string]string{"scent": "bergamot", "colour": "red", "story": strings.Repeat("long", 20)}}}
	p := Apply(aparte.Person{}, track(noon, productViewed, `{"product_id": "tea"}`), nil, tea, "EUR")
	for _, e := range []*aparte.Event{
		track(noon, aparte.EventClicked, `{"content": "letter", "channel": "email", "kind": "article", "tones": ["warm", "question"]}`),
		track(noon, aparte.EventClicked, `{"content": "banner", "channel": "web", "kind": "product", "tones": "not a list"}`),
		track(noon, aparte.EventDismissed, `{"content": "letter", "channel": "email", "kind": "incentive", "tones": ["loud", 7]}`),
		track(noon, aparte.EventClicked, `{"content": "unknown", "channel": "pigeon"}`),
	} {
		p = Apply(p, e, nil, tea, "EUR")
	}
	want := map[string]float64{
		"item tea": 1, "category Tea": 1, "price high": 1, "attribute scent=bergamot": 1, "attribute colour=red": 1,
		"content article": 1, "content product": 1, "content incentive": -1, "tone warm": 1, "tone question": 1, "tone loud": -1, "tone 7": -1,
		"channel email": 0, "channel web": 1,
	}
	got := map[string]float64{}
	for _, a := range p.Affinities {
		got[string(a.Kind)+" "+a.Key] = a.Weight
	}
	if d := diff(want, got, same); d != "" {
		t.Error("(-want +got)\n", d)
	}
}

func TestOrdersSumUp(t *testing.T) {
	order := func(at time.Time, properties string) *aparte.Event { return track(at, orderCompleted, properties) }
	for _, c := range []struct {
		name    string
		events  []*aparte.Event
		count   int64
		revenue int64
	}{
		{"revenue before total", []*aparte.Event{order(noon, `{"order_id": "1", "total": 27.5, "revenue": 25}`)}, 1, 2500},
		{"total where revenue is none", []*aparte.Event{order(noon, `{"order_id": "1", "revenue": "abc", "total": "27.50"}`)}, 1, 2750},
		{"products where nothing is", []*aparte.Event{order(noon, `{"products": [{"product_id": 1, "price": 1.10, "quantity": 3}, {"product_id": 2, "price": "2"}]}`)}, 1, 530},
		{"told twice", []*aparte.Event{order(noon, `{"order_id": 1, "revenue": 25}`), order(noon.Add(time.Hour), `{"order_id": "1", "revenue": 25}`)}, 1, 2500},
		{"two orders", []*aparte.Event{order(noon, `{"order_id": "1", "revenue": 25}`), order(noon, `{"order_id": "2", "revenue": 25}`)}, 2, 5000},
		{"without ids", []*aparte.Event{order(noon, `{"revenue": 25}`), order(noon, `{"revenue": 25}`)}, 2, 5000},
		{"in lower case", []*aparte.Event{order(noon, `{"revenue": 25, "currency": "eur"}`)}, 1, 2500},
		{"another currency", []*aparte.Event{order(noon, `{"revenue": 25, "currency": "GBP"}`)}, 1, 0},
		{"negative", []*aparte.Event{order(noon, `{"revenue": -25}`)}, 1, 0},
		{"refunded in part", []*aparte.Event{
			order(noon, `{"order_id": "1", "revenue": 25}`), track(noon, orderRefunded, `{"order_id": "1", "total": 5}`),
		}, 1, 2000},
		{"refunded whole", []*aparte.Event{
			order(noon, `{"order_id": "1", "revenue": 25}`), track(noon, orderRefunded, `{"order_id": "1", "total": 5}`),
			track(noon, orderRefunded, `{"order_id": "1"}`),
		}, 1, 0},
		{"cancelled for more than is left", []*aparte.Event{
			order(noon, `{"order_id": "1", "revenue": 25}`), order(noon, `{"order_id": "2", "revenue": 10}`),
			track(noon, orderCancelled, `{"order_id": "1", "total": 27.5}`), track(noon, orderCancelled, `{"order_id": "1", "total": 27.5}`),
		}, 2, 1000},
		{"refunded before it is heard of", []*aparte.Event{
			track(noon, orderRefunded, `{"order_id": "1", "total": 5}`), order(noon.Add(-time.Hour), `{"order_id": "1", "revenue": 25}`),
		}, 1, 2000},
		{"refunded for more than it was, before it is heard of", []*aparte.Event{
			track(noon, orderRefunded, `{"order_id": "1", "total": 20}`), track(noon, orderRefunded, `{"order_id": "1", "total": 20}`),
			order(noon.Add(-time.Hour), `{"order_id": "1", "revenue": 25}`), order(noon, `{"order_id": "2", "revenue": 10}`),
		}, 2, 1000},
		{"refunded in another currency", []*aparte.Event{
			order(noon, `{"order_id": "1", "revenue": 25}`), track(noon, orderRefunded, `{"order_id": "1", "total": 5, "currency": "GBP"}`),
		}, 1, 2500},
		{"refunded without saying what", []*aparte.Event{order(noon, `{"revenue": 25}`), track(noon, orderRefunded, `{}`)}, 1, 2500},
	} {
		o := live(aparte.Person{}, c.events...).Orders
		if o.Count != c.count || o.Revenue != (aparte.Money{Amount: c.revenue, Currency: "EUR"}) {
			t.Errorf("%s: %d orders, %v, want %d, %d cents", c.name, o.Count, o.Revenue, c.count, c.revenue)
		}
	}
	p := live(aparte.Person{}, order(noon, `{"revenue": 25, "currency": "GBP"}`))
	counter(t, p, noon, "orders_other_currency", 1)
}

// Before a brand is published nobody has said which currency counts: the first order does.
func TestWithoutABrandRevenueIsInTheFirstOrdersCurrency(t *testing.T) {
	p := aparte.Person{}
	for _, e := range []*aparte.Event{
		track(noon, orderCompleted, `{"order_id": "1", "revenue": 25, "currency": "USD"}`), track(noon, orderCompleted, `{"order_id": "2", "revenue": 10, "currency": "USD"}`),
		track(noon, orderCompleted, `{"order_id": "3", "revenue": 7, "currency": "GBP"}`),
	} {
		p = Apply(p, e, nil, nil, "")
	}
	if o := p.Orders; o.Count != 3 || o.Revenue != (aparte.Money{Amount: 3500, Currency: "USD"}) {
		t.Errorf("%d orders, %v, want 3 and 35 dollars", o.Count, o.Revenue)
	}
}

func TestItemsBoughtAreNewestFirst(t *testing.T) {
	p := live(aparte.Person{},
		track(noon, orderCompleted, `{"products": [{"product_id": "a"}, {"product_id": "b"}, {"name": "nameless"}]}`),
		track(noon.Add(time.Hour), orderCompleted, `{"product_id": "c"}`),
		track(noon.Add(2*time.Hour), orderCompleted, `{"product_id": "a"}`),
		track(noon.Add(-time.Hour), orderCompleted, `{"product_id": "late"}`),
	)
	if d := diff([]aparte.ItemID{"a", "c", "b", "late"}, p.Orders.Items); d != "" {
		t.Error("(-want +got)\n", d)
	}
	if !p.Orders.FirstAt.Equal(noon.Add(-time.Hour)) || !p.Orders.LastAt.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("from %v to %v", p.Orders.FirstAt, p.Orders.LastAt)
	}
	if p = live(p, track(noon, orderCompleted, orderOf(100))); len(p.Orders.Items) != aparte.MaxOrderItems {
		t.Errorf("%d items", len(p.Orders.Items))
	}
}

func TestCartFollowsWhatIsDone(t *testing.T) {
	cart := func(events ...*aparte.Event) string {
		var b strings.Builder
		for _, l := range live(aparte.Person{}, events...).Cart.Lines {
			fmt.Fprintf(&b, "%d×%s@%s ", l.Quantity, l.Item, l.Price)
		}
		return strings.TrimSpace(b.String())
	}
	add := func(after time.Duration, sku string) *aparte.Event {
		return track(noon.Add(after), productAdded, fmt.Sprintf(`{"product_id": %q, "price": 2.5, "quantity": 2}`, sku))
	}
	for _, c := range []struct {
		name, want string
		events     []*aparte.Event
	}{
		{"added twice", "4×a@2.50 EUR 2×b@2.50 EUR", []*aparte.Event{add(0, "a"), add(1, "b"), add(2, "a")}},
		{"some removed", "1×a@2.50 EUR", []*aparte.Event{add(0, "a"), track(noon, productRemoved, `{"product_id": "a", "quantity": 1}`)}},
		{"all removed", "", []*aparte.Event{add(0, "a"), track(noon, productRemoved, `{"product_id": "a"}`)}},
		{"removed what is not there", "2×a@2.50 EUR", []*aparte.Event{add(0, "a"), track(noon, productRemoved, `{"product_id": "b"}`)}},
		{"seen", "3×c@1.00 GBP", []*aparte.Event{
			add(0, "a"), track(noon, cartViewed, `{"currency": "GBP", "products": [{"product_id": "c", "price": 1}, {"product_id": "c", "quantity": 2}]}`),
		}},
		{"seen without saying what", "2×a@2.50 EUR", []*aparte.Event{add(0, "a"), track(noon, checkoutStarted, `{"value": 2.5}`)}},
		{"seen empty", "", []*aparte.Event{add(0, "a"), track(noon, cartViewed, `{"products": []}`)}},
		{"bought in part", "2×b@2.50 EUR", []*aparte.Event{add(0, "a"), add(1, "b"), track(noon.Add(2), orderCompleted, `{"products": [{"product_id": "a"}]}`)}},
		{"bought without saying what", "", []*aparte.Event{add(0, "a"), add(1, "b"), track(noon.Add(2), orderCompleted, `{"revenue": 5}`)}},
		{"added late, after it was bought", "", []*aparte.Event{add(0, "a"), track(noon.Add(time.Hour), orderCompleted, `{}`), add(time.Minute, "a")}},
		{"seen late", "2×a@2.50 EUR", []*aparte.Event{add(time.Hour, "a"), track(noon, cartViewed, `{"products": []}`)}},
	} {
		if got := cart(c.events...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	p := live(aparte.Person{}, track(noon, cartViewed, orderOf(100)), add(time.Hour, "last"))
	if lines := p.Cart.Lines; len(lines) != aparte.MaxCartLines || lines[len(lines)-1].Item != "last" {
		t.Errorf("%d lines, the last of %s", len(lines), lines[len(lines)-1].Item)
	}
}

func TestSessionsEndInSilence(t *testing.T) {
	p := live(aparte.Person{}, page(noon, ""), page(noon.Add(30*time.Minute), ""), track(noon.Add(time.Hour), productsSearched, `{"query": " shoes "}`))
	if s := p.Session; s.Count != 1 || s.Pages != 2 || s.StartedAt != noon || s.LastAt != noon.Add(time.Hour) || s.Search != "shoes" {
		t.Errorf("first session: %+v", s)
	}
	p = live(p, track(noon.Add(2*time.Hour), productViewed, `{"product_id": "sku-1"}`))
	if s := p.Session; s.Count != 2 || s.Pages != 0 || s.StartedAt != noon.Add(2*time.Hour) || s.Search != "" || s.LastItem != "sku-1" {
		t.Errorf("second session: %+v", s)
	}
	counter(t, p, noon.Add(2*time.Hour), "sessions_30d", 1+aparte.Decay(1, noon, noon.Add(2*time.Hour), 30*day))
	for name, e := range map[string]*aparte.Event{
		"a mail that is sent": track(noon.Add(day), aparte.EventSent, `{}`), "a refund": track(noon.Add(day), orderRefunded, `{}`),
		"an import": identify(noon.Add(day), `{"plan": "gold"}`), "a picture seen": track(noon.Add(day), aparte.EventExposed, `{}`),
	} {
		if got := live(p, e).Session; diff(p.Session, got) != "" {
			t.Errorf("%s begins a session: %+v", name, got)
		}
	}
}

func TestLateEventsLeaveTheSessionAlone(t *testing.T) {
	p := live(aparte.Person{}, page(noon, ""), track(noon.Add(time.Minute), productViewed, `{"product_id": "sku-1"}`), track(noon.Add(time.Minute), productsSearched, `{"query": "b"}`))
	old := live(p, page(noon.Add(-day), ""), track(noon.Add(-day), productViewed, `{"product_id": "sku-2"}`), track(noon.Add(-day), productsSearched, `{"query": "a"}`))
	if d := diff(p.Session, old.Session); d != "" {
		t.Error("an earlier visit changed it\n", d)
	}
	counter(t, old, noon.Add(time.Minute), "searches_7d", 1+aparte.Decay(1, noon.Add(-day), noon.Add(time.Minute), 7*day))
	stretched := live(p, page(noon.Add(-10*time.Minute), ""), track(noon, productViewed, `{"product_id": "sku-2"}`))
	if s := stretched.Session; s.StartedAt != noon.Add(-10*time.Minute) || s.Pages != 2 || s.Count != 1 || s.LastItem != "sku-1" || s.LastAt != p.Session.LastAt {
		t.Errorf("its own beginning came late: %+v", s)
	}
}

func TestIntentsSumToOne(t *testing.T) {
	var p aparte.Person
	for i := range 30 {
		p = live(p, track(noon.Add(time.Duration(i)*time.Minute), productViewed, fmt.Sprintf(`{"product_id": "sku-%d"}`, i%11)))
		sum := 0.0
		for _, a := range p.Session.Intents {
			sum += a.Weight
		}
		if d := diff(1.0, sum, same); d != "" || len(p.Session.Intents) > aparte.MaxIntents {
			t.Fatalf("after %d views %d intents sum to %v", i+1, len(p.Session.Intents), sum)
		}
	}
	if first := p.Session.Intents[0]; first.Key != "category-7" {
		t.Errorf("the session is first about %s, want what was looked at last", first.Key)
	}
}

func TestTheEventsTime(t *testing.T) {
	e := track(noon.Add(time.Hour), "Early", `{}`)
	e.ReceivedAt = noon.Add(1234567 * time.Nanosecond)
	p := live(aparte.Person{}, e)
	if want := noon.Add(1234 * time.Microsecond); p.LastSeen != want || p.FirstSeen != want {
		t.Errorf("seen at %v, want %v: nothing happens after it was received", p.LastSeen, want)
	}
	e.Timestamp = time.Time{}
	if p := live(aparte.Person{}, e); p.LastSeen != noon.Add(1234*time.Microsecond) {
		t.Errorf("seen at %v", p.LastSeen)
	}
	p = live(aparte.Person{}, track(noon, "A", ""), track(noon.Add(-day), "B", ""), track(noon.Add(day), aparte.EventSent, ""), track(noon.Add(day), orderRefunded, ""))
	if p.FirstSeen != noon.Add(-day) || p.LastSeen != noon {
		t.Errorf("seen from %v to %v", p.FirstSeen, p.LastSeen)
	}
}

func TestApplyDoesNotChangeWhatItIsGiven(t *testing.T) {
	p, at := shopper(2)
	before := Encode(nil, &p)
	for _, e := range []*aparte.Event{
		view(at), page(at, browser), track(at, orderCompleted, orderOf(20)), track(at, orderRefunded, `{"order_id": "o-2-3"}`),
		track(at, productAdded, `{"product_id": "sku-1"}`), track(at, productRemoved, `{"product_id": "sku-1"}`), track(at, cartViewed, orderOf(3)),
		identify(at, `{"plan": "silver", "consents": [{"purpose": "marketing", "granted": false}]}`), track(at, aparte.EventComplained, `{"channel": "email"}`),
		track(at, aparte.EventClicked, fmt.Sprintf(`{"decision": %q}`, p.Said[3].Decision)), track(at, aparte.EventExposed, `{"decision": "d_01000000000000000000000000000007_zz"}`),
	} {
		first, second := live(p, e), live(p, e)
		if d := diff(first, second, exact); d != "" {
			t.Errorf("%s: twice the same gives not the same\n%s", e.Name, d)
		}
	}
	Absorb(p, p)
	Expose(p, aparte.Said{Decision: p.Said[0].Decision, Seen: 1})
	if string(before) != string(Encode(nil, &p)) {
		t.Error("the person given was modified")
	}
}

func TestWhatIsNotUnderstoodIsLeft(t *testing.T) {
	seen := live(aparte.Person{}, track(noon, productViewed, `{}`))
	for _, properties := range []string{
		``, `null`, `[]`, `"text"`, `{`, `{"product_id": `, `{"product_id": null, "price": {}, "products": {}}`, `{"product_id": ["sku-1"], "category": true}`,
		`{"product_id": "` + strings.Repeat("x", maxWord+1) + `"}`, `{"product_id": "  "}`, `{"products": [1, null, [], {"product_id": {}}]}`,
		`{"products": [{"broken" 1}], "product_id": "sku-1"}`, `{"price": 1 "product_id": "sku-1"}`, `{"price": nothing, "product_id": "sku-1"}`,
	} {
		if d := diff(seen, live(aparte.Person{}, track(noon, productViewed, properties)), exact); d != "" {
			t.Errorf("%s\n%s", properties, d)
		}
	}
	odd := live(aparte.Person{}, track(noon, productViewed, `{"product_\u0069d": "sku-\ud83d1", "product_id": "sku-2", "product_id": "sku-\u0031"}`))
	if odd.Session.LastItem != "sku-1" {
		t.Errorf("last item %q, want the last that was said", odd.Session.LastItem)
	}
	group := &aparte.Event{Type: aparte.Group, GroupID: "g-1", UserID: "u", Timestamp: noon, Traits: json.RawMessage(`{"name": "Initech"}`), Context: json.RawMessage(`{"traits": {"a": 1}}`)}
	if d := diff([]aparte.Trait{{Name: "groupId", Value: aparte.TextValue("g-1"), Provenance: aparte.Observed, At: noon}}, live(aparte.Person{}, group).Traits); d != "" {
		t.Error("(-want +got)\n", d)
	}
}

func TestHowLongSomethingIsLookedAtCounts(t *testing.T) {
	look := func(at time.Time, properties string) *aparte.Event { return track(at, aparte.EventDwelled, properties) }
	viewed := track(noon, productViewed, `{"product_id": "sku-1", "category": "Tea"}`)
	p := live(aparte.Person{}, viewed, look(noon.Add(time.Minute), `{"seconds": 40, "product_id": "sku-1"}`), look(noon.Add(2*time.Minute), `{"seconds": 20.4, "product_id": "sku-1"}`),
		look(noon.Add(3*time.Minute), `{"seconds": 15, "path": "/help"}`))
	if s := p.Session; s.Dwell != 75 || s.ItemDwell != 60 || s.LastItem != "sku-1" {
		t.Errorf("%+v, want 75 s in view, 60 of them of the item", s)
	}
	weight := func(p aparte.Person) (w float64) {
		for _, a := range p.Affinities {
			if a.Kind == aparte.ItemAffinity && a.Key == "sku-1" {
				w = a.Now(noon)
			}
		}
		return w
	}
	if got := weight(p); got < 1.99 || got > 2.01 { // what came later weighs a little more at noon
		t.Errorf("the item weighs %v, want a view and a minute: 2", got)
	}
	if once := live(aparte.Person{}, viewed, look(noon.Add(time.Hour/3), `{"seconds": 1200, "product_id": "sku-1"}`)); weight(once) > 2.01 {
		t.Errorf("one look of twenty minutes weighs %v, want no more than a minute's", weight(once))
	}
	p = live(p, track(noon.Add(4*time.Minute), productViewed, `{"product_id": "sku-2"}`))
	if p.Session.ItemDwell != 0 || p.Session.Dwell != 75 {
		t.Errorf("%+v after another item, want none of it yet", p.Session)
	}
	p = live(p, look(noon.Add(5*time.Minute), `{"seconds": 30, "product_id": "sku-2"}`), page(noon.Add(26*time.Hour), ""))
	if p.Session.ItemDwell != 30 || p.Session.Dwell != 0 {
		t.Errorf("%+v on the next visit, want what was looked at last and for how long", p.Session)
	}
	for _, wrong := range []string{`{"seconds": -5}`, `{"seconds": 1e9}`, `{"seconds": "long"}`, `{"seconds": 1801, "product_id": "sku-1"}`, `{}`, `[]`} {
		if got := live(aparte.Person{}, viewed, look(noon.Add(time.Second), wrong)); got.Session.Dwell != 0 || weight(got) > 1.01 {
			t.Errorf("%s is taken for a look: %+v", wrong, got.Session)
		}
	}
}
