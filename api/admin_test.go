package api

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
	"github.com/aparte-dev/aparte/store"
	"github.com/google/go-cmp/cmp"
)

// testPeople gives the engine one person, "u/1", known also by an address, with a story of two
// decisions, an exposure, an order, and some page views.
func testPeople(f *fakeEngine) aparte.PersonID {
	id := aparte.PersonID{0xab, 1}
	f.people[id] = aparte.Person{
		ID: id, Seq: 12, FirstSeen: noon.Add(-time.Hour), LastSeen: noon, Locale: "fr",
		Identifiers: []aparte.Identifier{{Kind: aparte.KindEmail, Value: "ann@example.com"}, {Kind: aparte.KindUserID, Value: "u/1"}},
		Traits:      []aparte.Trait{{Name: "plan", Value: aparte.TextValue("gold"), At: noon}},
		Counters:    []aparte.Counter{{Name: "orders_30d", Value: 2, At: noon.Add(-30 * 24 * time.Hour)}},
		Orders:      aparte.Orders{Count: 2, Revenue: aparte.Money{Amount: 2400, Currency: "EUR"}, LastAt: noon, OtherRevenue: []aparte.Money{{Amount: 900, Currency: "USD"}}},
		Absorbed:    []aparte.PersonID{{7}},
	}
	f.names[aparte.Identifier{Kind: aparte.KindUserID, Value: "u/1"}] = id
	f.names[aparte.Identifier{Kind: aparte.KindEmail, Value: "ann@example.com"}] = id
	decision := func(seq uint64, at time.Time, slot string) *aparte.Decision {
		return &aparte.Decision{
			ID: aparte.DecisionID{Person: id, Seq: seq}, At: at, Trigger: "request", Channel: aparte.Web, Slot: slot,
			Action:     aparte.Action{Content: "welcome", Layout: "card", Variants: []uint8{0}},
			Propensity: 0.75, Chosen: 1,
			Reasons: []aparte.Reason{{Code: aparte.BestValue, Amount: 12}},
			Candidates: []aparte.Candidate{
				{Propensity: 0.25},
				{Action: aparte.Action{Content: "welcome", Layout: "card", Variants: []uint8{0}}, Value: 20, Cost: 8, Propensity: 0.75},
				{Action: aparte.Action{Content: "gone"}, Excluded: aparte.OutOfStock},
			},
			Context: aparte.Context{Device: "mobile"}, Brand: 3, Model: 7, Seed: 1<<63 + 1,
		}
	}
	track := func(name, properties string, at time.Time) *aparte.Event {
		return &aparte.Event{Type: aparte.Track, MessageID: aparte.MessageID(name), UserID: "u/1", Name: name, Properties: []byte(properties), Timestamp: at, ReceivedAt: at}
	}
	first, second := noon.Add(-10*time.Minute), noon.Add(-9*time.Minute)
	f.story = []engine.StoryEntry{
		{Seq: 12, At: noon, Event: track("Order Completed", `{"order_id":"o1"}`, noon)},
		{Seq: 11, At: noon.Add(-time.Minute), Event: track(aparte.EventExposed, `{"decision":"`+aparte.DecisionID{Person: id, Seq: 9}.String()+`"}`, noon.Add(-time.Minute))},
		{Seq: 10, At: second, Decision: decision(10, second, "side")},
		{Seq: 9, At: second, Decision: decision(9, second, "hero")},
		{Seq: 8, At: first, Decision: decision(8, first, "hero")},
		{Seq: 7, At: first, Merged: aparte.PersonID{7}},
		{Seq: 6, At: first.Add(-time.Second), Event: &aparte.Event{Type: aparte.Page, Name: "Home", MessageID: "p", Timestamp: first}},
	}
	return id
}

func TestOnlySecretKeysReadPeople(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	for key, want := range map[string]int{"": 401, "nope": 401, "wk": 403, "sk": 200} {
		if w := call(h, "GET", "/v1/admin/people/u%2F1", key, ""); w.Code != want {
			t.Errorf("key %q: answered %d", key, w.Code)
		}
	}
}

func TestAPersonIsFoundByAnyOfTheirNames(t *testing.T) {
	h, f := testDoors(t)
	id := testPeople(f)
	for path, want := range map[string]int{
		"u%2F1": 200, "userId:u%2F1": 200, "email:ANN@example.com": 200, id.String(): 200,
		"nobody": 404, "email:bob@example.com": 404, "email:nobody": 400, "phone:": 400,
		"p_00000000000000000000000000000009": 404, "shop:9": 404,
	} {
		w := call(h, "GET", "/v1/admin/people/"+path, "sk", "")
		if w.Code != want {
			t.Errorf("%s: answered %d %s", path, w.Code, w.Body)
		}
		if want == 200 && decoded[personDocument](t, w).ID != id.String() {
			t.Errorf("%s: answered %s", path, w.Body)
		}
	}
}

func TestAPersonIsToldWhole(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	w := call(h, "GET", "/v1/admin/people/u%2F1", "sk", "")
	got := decoded[map[string]any](t, w)
	if told := got["predictions"].(map[string]any); told["churn"].(float64) <= 0 || told["order"].(float64) <= 0 || told["next"] == nil {
		t.Errorf("of a customer is foretold %v", told)
	}
	delete(got, "predictions")
	want := map[string]any{
		"stages": []any{map[string]any{"name": "active", "since": "2026-05-01T12:00:00Z"}},
		"id":     "p_ab010000000000000000000000000000", "firstSeen": "2026-05-01T11:00:00Z", "lastSeen": "2026-05-01T12:00:00Z",
		"lifecycle": "active", "locale": "fr", "timezone": "", "device": "", "goodwill": 1.0, "entries": 12.0,
		"identifiers": []any{map[string]any{"kind": "email", "value": "ann@example.com"}, map[string]any{"kind": "userId", "value": "u/1"}},
		"traits":      []any{map[string]any{"name": "plan", "value": "gold", "provenance": "declared", "at": "2026-05-01T12:00:00Z"}},
		"counters":    []any{map[string]any{"name": "orders_30d", "value": 1.0}},
		"orders":      map[string]any{"count": 2.0, "revenue": map[string]any{"amount": 2400.0, "currency": "EUR"}, "otherRevenue": []any{map[string]any{"amount": 900.0, "currency": "USD"}}, "lastAt": "2026-05-01T12:00:00Z", "items": []any{}},
		"session":     map[string]any{"count": 0.0, "pages": 0.0, "intents": []any{}, "lastItem": "", "search": "", "dwell": 0.0, "itemDwell": 0.0},
		"merged":      []any{"p_07000000000000000000000000000000"},
		"scores":      []any{}, "consents": []any{}, "affinities": []any{}, "cart": []any{}, "said": []any{}, "open": []any{}, "timers": []any{}, "audiences": []any{}, "personas": []any{}, "places": []any{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecisionsAreToldWithTheirWhyAndWhatFollowed(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	w := call(h, "GET", "/v1/admin/people/u%2F1/decisions?lang=fr", "sk", "")
	got := decoded[struct{ Decisions []decisionDocument }](t, w)
	if w.Code != 200 || len(got.Decisions) != 3 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	hero := got.Decisions[1]
	if hero.Slot != "hero" || hero.Content != "welcome" || hero.Variants["headline"] != "plain" || hero.Propensity != 0.75 || hero.Seed != 1<<63+1 {
		t.Errorf("decision %+v", hero)
	}
	if len(hero.Why) == 0 || len(hero.Candidates) != 3 || !hero.Candidates[0].Silent || hero.Candidates[2].Excluded != aparte.OutOfStock {
		t.Errorf("decision %+v", hero)
	}
	wantOutcomes := []outcome{
		{Event: aparte.EventExposed, At: noon.Add(-time.Minute)},
		{Event: "Order Completed", At: noon, Objective: "order", Value: hero.Outcomes[len(hero.Outcomes)-1].Value},
	}
	if diff := cmp.Diff(wantOutcomes, hero.Outcomes); diff != "" {
		t.Error(diff)
	}
}

func TestMomentsPutTogetherWhatWasDecidedAtOnce(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	got := decoded[struct{ Moments []momentDocument }](t, call(h, "GET", "/v1/admin/people/u%2F1/moments", "sk", ""))
	slots := each(got.Moments, func(m momentDocument) string { return strings.Join(m.Slots, "+") })
	if diff := cmp.Diff([]string{"side+hero", "hero"}, slots); diff != "" {
		t.Error(diff)
	}
}

func TestEventsAreToldUnderTheNamesTheyCameBy(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	got := decoded[struct{ Events []map[string]any }](t, call(h, "GET", "/v1/admin/people/u%2F1/events", "sk", ""))
	if len(got.Events) != 3 {
		t.Fatalf("told %v", got.Events)
	}
	if e := got.Events[0]; e["event"] != "Order Completed" || e["userId"] != "u/1" || e["properties"].(map[string]any)["order_id"] != "o1" {
		t.Errorf("told %v", e)
	}
	if e := got.Events[2]; e["type"] != "page" || e["name"] != "Home" {
		t.Errorf("told %v", e)
	}
}

func TestPagesOfAStoryLoseNothing(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	f.story = nil
	for i := range 300 { // in groups of up to seven that happened at the same instant
		at := noon.Add(-time.Duration(i/7) * time.Second)
		f.story = append(f.story, engine.StoryEntry{Seq: uint64(1000 - i), At: at, Event: &aparte.Event{Type: aparte.Track, Name: fmt.Sprint(i), Timestamp: at}})
	}
	for _, limit := range []int{1, 3, 7, 8, 50, 299, 300, 500} {
		seen := 0
		for next, pages := "", 0; ; pages++ {
			got := decoded[struct {
				Events []eventDocument
				Next   string
			}](t, call(h, "GET", fmt.Sprintf("/v1/admin/people/u%%2F1/events?limit=%d&before=%s", limit, next), "sk", ""))
			if full := got.Next != ""; full && len(got.Events) != limit || len(got.Events) > limit {
				t.Fatalf("limit %d, page %d: %d events", limit, pages, len(got.Events))
			}
			for _, e := range got.Events {
				if e.Event != fmt.Sprint(seen) {
					t.Fatalf("limit %d, page %d: event %s, want %d", limit, pages, e.Event, seen)
				}
				seen++
			}
			if next = got.Next; next == "" || pages > 300 {
				break
			}
		}
		if seen != 300 {
			t.Errorf("limit %d: told %d of 300", limit, seen)
		}
	}
}

// What was brought in from elsewhere came in long after it happened: before means when it happened.
func TestAStoryIsReadFromATimeOn(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	f.story = nil
	for i := range 10 { // all of them came in at once; the newest is number 0
		f.story = append(f.story, engine.StoryEntry{Seq: uint64(10 - i), At: noon, Event: &aparte.Event{
			Type: aparte.Track, Name: fmt.Sprint(i), Timestamp: noon.AddDate(0, 0, -i),
		}})
	}
	var told []string
	for before := noon.AddDate(0, 0, -4).Format(time.RFC3339); before != ""; {
		got := decoded[struct {
			Events []eventDocument
			Next   string
		}](t, call(h, "GET", "/v1/admin/people/u%2F1/events?limit=2&before="+before, "sk", ""))
		for _, e := range got.Events {
			told = append(told, e.Event)
		}
		before = got.Next
	}
	if diff := cmp.Diff([]string{"5", "6", "7", "8", "9"}, told); diff != "" {
		t.Error(diff)
	}
}

func TestMomentsAreNotTornApartByPages(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	f.story = nil
	for i := range 12 { // four moments of three slots
		at := noon.Add(-time.Duration(i/3) * time.Minute)
		f.story = append(f.story, engine.StoryEntry{Seq: uint64(12 - i), At: at, Decision: &aparte.Decision{At: at, Channel: aparte.Web, Slot: fmt.Sprint(i)}})
	}
	var slots [][]string
	for next, pages := "", 0; pages == 0 || next != ""; pages++ {
		got := decoded[struct {
			Moments []momentDocument
			Next    string
		}](t, call(h, "GET", "/v1/admin/people/u%2F1/moments?limit=1&before="+next, "sk", ""))
		if len(got.Moments) != 1 {
			t.Fatalf("page %d has %d moments", pages, len(got.Moments))
		}
		slots, next = append(slots, got.Moments[0].Slots), got.Next
	}
	if diff := cmp.Diff([][]string{{"0", "1", "2"}, {"3", "4", "5"}, {"6", "7", "8"}, {"9", "10", "11"}}, slots); diff != "" {
		t.Error(diff)
	}
}

func TestAStoryIsAskedForInSensiblePieces(t *testing.T) {
	h, f := testDoors(t)
	testPeople(f)
	for query, want := range map[string]int{
		"limit=0": 400, "limit=x": 400, "before=yesterday": 400, "before=~": 400, "before=2026-05-01T12:00:00Z~-1": 400,
		"before=2026-05-01T12:00:00Z~999999": 400, "before=2026-05-01T12:00:00Z~1~x": 400, "before=2026-05-01T12:00:00Z~1": 200, "limit=100000": 200, "before=2026-05-01T12:00:00Z": 200, "before=2026-05-01": 200,
	} {
		if w := call(h, "GET", "/v1/admin/people/u%2F1/decisions?"+query, "sk", ""); w.Code != want {
			t.Errorf("%s: answered %d %s", query, w.Code, w.Body)
		}
	}
}

func TestPartsOfTheBrandAreRead(t *testing.T) {
	h, _ := testDoors(t)
	for _, part := range []string{"contents", "rules", "objectives", "scenarios"} {
		got := decoded[map[string]any](t, call(h, "GET", "/v1/admin/"+part, "sk", ""))
		if _, ok := got[part].([]any); !ok || got["version"] != 3.0 {
			t.Errorf("%s: %v", part, got)
		}
	}
	type catalogue struct {
		Items []aparte.Item
		Next  string
	}
	first := decoded[catalogue](t, call(h, "GET", "/v1/admin/catalogue?limit=1", "sk", ""))
	rest := decoded[catalogue](t, call(h, "GET", "/v1/admin/catalogue?limit=1&after="+first.Next, "sk", ""))
	if first.Items[0].ID != "tea" || rest.Items[0].ID != "cup" || rest.Next != "" {
		t.Errorf("catalogue: %v then %v", first, rest)
	}
	if w := call(h, "GET", "/v1/admin/catalogue?after=nope", "sk", ""); w.Code != 400 {
		t.Errorf("answered %d", w.Code)
	}
}

func TestWithoutABrandTheDoorsSaySo(t *testing.T) {
	h, f := testDoors(t)
	f.plan = nil
	for _, path := range []string{"/v1/admin/contents", "/v1/admin/catalogue", "/v1/admin/brand"} {
		if w := call(h, "GET", path, "sk", ""); w.Code != 503 {
			t.Errorf("%s: answered %d", path, w.Code)
		}
	}
	if w := call(h, "GET", "/u/good", "", ""); w.Code != 200 {
		t.Errorf("a page needs no brand: %d", w.Code)
	}
	if w := call(h, "GET", "/readyz", "", ""); w.Code != 200 || w.Body.String() != `{"status":"ready","brand":false}` {
		t.Errorf("who would bring a brand is not sent: %d %s", w.Code, w.Body)
	}
}

func TestABrandIsPublished(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "GET", "/v1/admin/brand", "sk", "")
	w = call(h, "PUT", "/v1/admin/brand", "sk", w.Body.String())
	if w.Code != 200 || decoded[map[string]any](t, w)["version"] != 4.0 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff(testBrand().Objectives, f.published.Objectives); diff != "" {
		t.Error(diff)
	}
}

func TestWhoPublishesIsToldOnWhichChannelsNothingSends(t *testing.T) {
	h, f := testDoors(t)
	publish := func(body string) []fault {
		return decoded[struct{ Warnings []fault }](t, call(h, "PUT", "/v1/admin/brand", "sk", body)).Warnings
	}
	body := `{"scenarios": [{"id": "other"}, {"id": "basket", "channel": "sms", "also": ["email", "mobile_push"]}]}`
	if got := publish(body); got == nil || len(got) > 0 {
		t.Errorf("all channels have a sender, told %+v", got)
	}
	f.unsent = []engine.Unsent{{Scenario: "basket", Channel: aparte.SMS}, {Scenario: "basket", Channel: aparte.MobilePush}, {Scenario: "gone", Channel: aparte.Email}}
	want := []fault{
		{"/scenarios/1/channel", `nothing sends on "sms" here: scenario "basket" says nothing there`},
		{"/scenarios/1/also/1", `nothing sends on "mobile_push" here: scenario "basket" says nothing there`},
	}
	if diff := cmp.Diff(want, publish(body)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWrongWithABrandIsPointedAt(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		err  error
		want []fault
	}{
		"not JSON":     {`{"name":`, nil, []fault{{"/name", "is not JSON from line 1 on"}}},
		"unknown name": {`{"contents":[{"id":"a","titel":{}}]}`, nil, []fault{{"/contents/0/titel", "is not known here"}}},
		"wrong type":   {`{"items":[{"id":"a","stock":"many"}]}`, nil, []fault{{"/items/0/stock", "cannot be text"}}},
		"bad duration": {`{"objectives":[{"window":"-1h"}]}`, nil, []fault{{"/objectives/0/window", `duration "-1h" is negative`}}},
		"invalid": {`{}`, fmt.Errorf("publish: %w", errors.Join(
			fmt.Errorf("/rules/3/when: %w", errors.New("/ is not expected: here")), errors.New("/contents/0/layouts: names no layout"))),
			[]fault{{"/rules/3/when", "/ is not expected: here"}, {"/contents/0/layouts", "names no layout"}}},
	} {
		t.Run(name, func(t *testing.T) {
			h, f := testDoors(t)
			f.err = c.err
			w := call(h, "PUT", "/v1/admin/brand", "sk", c.body)
			got := decoded[struct{ Errors []fault }](t, w)
			if diff := cmp.Diff(c.want, got.Errors); w.Code != 422 || diff != "" {
				t.Errorf("answered %d\n%s", w.Code, diff)
			}
		})
	}
	h, f := testDoors(t)
	f.err = fmt.Errorf("publish: %w", errBroken)
	if w := call(h, "PUT", "/v1/admin/brand", "sk", `{}`); w.Code != 503 {
		t.Errorf("trouble in the store answered %d", w.Code)
	}
}

func TestResultsAddUpAPeriod(t *testing.T) {
	h, f := testDoors(t)
	hour := func(ago int) time.Time { return noon.Add(-time.Duration(ago) * time.Hour) }
	f.counters = []store.Counter{
		{Key: "chosen/welcome", Hour: hour(1), N: 5}, {Key: "chosen/welcome", Hour: hour(2), N: 6}, {Key: "chosen/welcome", Hour: hour(24 * 8), N: 100},
		{Key: "exposed/welcome", Hour: hour(1), N: 4}, {Key: "clicked/welcome", Hour: hour(1), N: 1},
		{Key: "silent/hero", Hour: hour(1), N: 2}, {Key: "value/order", Hour: hour(0), N: 1200},
		{Key: "sent/email", Hour: hour(3), N: 9}, {Key: "events/web", Hour: hour(3), N: 50}, {Key: "other-currency/order", Hour: hour(1), N: 3},
	}
	got := decoded[resultsDocument](t, call(h, "GET", "/v1/admin/results", "sk", ""))
	want := resultsDocument{
		From: noon.Add(-usualPeriod), To: noon, Currency: "EUR", Evidence: &evidenceDocument{},
		Contents: map[string]contentResults{"welcome": {11, 4, 1}},
		Silences: map[string]int64{"hero": 2}, Sent: map[string]int64{"email": 9}, Value: map[string]int64{}, OtherCurrency: map[string]int64{"order": 3}, Events: map[string]int64{"web": 50},
		Doses: []doseDocument{},
		Worth: worthDocument{Level: 0.95, Comparisons: []comparisonDocument{}, Note: "nobody is held out: what being told things adds cannot be measured by comparison"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = decoded[resultsDocument](t, call(h, "GET", "/v1/admin/results?from=2026-05-01T10:30:00Z&to=2026-05-01T12:01:00Z", "sk", ""))
	if got.Contents["welcome"].Chosen != 11 || got.Value["order"] != 1200 {
		t.Errorf("touched hours: %+v", got)
	}
	for _, query := range []string{"from=x", "to=x", "from=2026-05-02&to=2026-05-01"} {
		if w := call(h, "GET", "/v1/admin/results?"+query, "sk", ""); w.Code != 400 {
			t.Errorf("%s: answered %d", query, w.Code)
		}
	}
}

func TestResultsTellWhatBecameOfBudgets(t *testing.T) {
	h, f := testDoors(t)
	if doc := call(h, "GET", "/v1/admin/results", "sk", "").Body.String(); strings.Contains(doc, "budgets") {
		t.Error("a brand without budgets tells of them")
	}
	b := *f.plan.Brand()
	b.Budgets = []aparte.Budget{{ID: "gifts", Name: aparte.Words{"en": "Gifts"}, Contents: []aparte.ContentID{b.Contents[0].ID}, Amount: 1000, Per: aparte.PerDay}}
	plan, err := decide.Compile(&b, 2)
	if err != nil {
		t.Fatal(err)
	}
	f.plan = plan
	hour := func(ago int) time.Time { return noon.Add(-time.Duration(ago) * time.Hour) }
	f.counters = []store.Counter{
		{Key: "budget/spent/gifts", Hour: hour(20), N: 700}, {Key: "budget/asked/gifts", Hour: hour(20), N: 3}, // yesterday's
		{Key: "budget/spent/gifts", Hour: hour(2), N: 120}, {Key: "budget/promised/gifts", Hour: hour(2), N: 30},
		{Key: "budget/asked/gifts", Hour: hour(2), N: 4}, {Key: "budget/refused/gifts", Hour: hour(2), N: 1}, {Key: "budget/price/gifts", Hour: hour(2), N: 1_000_000},
		{Key: "budget/spent/other", Hour: hour(2), N: 999},
	}
	got := decoded[resultsDocument](t, call(h, "GET", "/v1/admin/results", "sk", "")).Budgets
	if len(got) != 1 {
		t.Fatalf("%d budgets", len(got))
	}
	price := got[0].Price
	want := []budgetDocument{{
		ID: "gifts", Name: aparte.Words{"en": "Gifts"}, Amount: 1000, Per: aparte.PerDay, From: hour(14), Until: hour(-10),
		Spent: 120, Promised: 30, Left: 850, Price: price,
		Hours: []budgetHourDocument{{Hour: hour(2), Asked: 4, Refused: 1, Given: 150, Price: 0.25}},
	}}
	if diff := cmp.Diff(want, got); diff != "" || !(price > 0) {
		t.Errorf("price %v (-want +got):\n%s", price, diff)
	}
}

func TestWeeksAreToldByHowManyMessagesTheyHad(t *testing.T) {
	h, f := testDoors(t)
	for key, n := range map[string]int64{
		"dose/0/weeks": 400, "dose/0/departures": 4, "dose/0/value": 40_000, "dose/0/squares": 40_000_000,
		"dose/10/weeks": 1, "dose/10/value": 500, "dose/10/squares": 250_000, "dose/what/weeks": 7,
	} {
		f.counters = append(f.counters, store.Counter{Key: key, Hour: noon.Add(-time.Hour), N: n})
	}
	got := decoded[resultsDocument](t, call(h, "GET", "/v1/admin/results", "sk", "")).Doses
	if len(got) != 2 || got[0].Messages != 0 || got[1].Messages != 10 {
		t.Fatalf("got %+v", got)
	}
	if d := got[0]; d.Departures.Share != 0.01 || d.Departures.Interval[0] <= 0 || d.Departures.Interval[1] < 0.015 || d.Value.Mean != 100 || d.Value.Interval[0] >= 100 {
		t.Errorf("without a message: %+v, value %+v", d, d.Value)
	}
	if d := got[1]; d.Value != nil || d.Departures.Share != 0 || d.Departures.Interval[1] < 0.5 {
		t.Errorf("of one week: %+v", d)
	}
}

func TestALiftNeverComesWithoutItsInterval(t *testing.T) {
	h, f := testDoors(t)
	few := engine.Compared{Comparison: measure.Comparison{Share: 0.5}}
	many := few
	for i := range int64(2000) {
		many.Treated.Add(500 + i%100)
		many.Held.Add(100 + i%100)
	}
	many.EnteredTreated, many.EnteredHeld = 2000, 2000
	few.Treated.Add(500)
	f.worth = engine.Worth{Trial: 2, Window: 28 * 24 * time.Hour, Compared: []engine.Compared{few, many}}
	got := decoded[resultsDocument](t, call(h, "GET", "/v1/admin/results", "sk", "")).Worth.Comparisons
	if len(got) != 2 || got[0].Lift != nil || !strings.HasPrefix(got[0].Verdict, "not enough yet") {
		t.Fatalf("of one person: %+v", got)
	}
	if l := got[1].Lift; l == nil || l.Difference != 400 || !(l.Anytime[0] < l.OneLook[0] && l.OneLook[0] < 400 && 400 < l.OneLook[1] && l.OneLook[1] < l.Anytime[1]) || l.Anytime[0] <= 0 {
		t.Errorf("of many: %+v", got[1])
	}
}

func TestEachContentTellsWhatItRevealsIsKnown(t *testing.T) {
	h, f := testDoors(t)
	told := decoded[struct {
		Reveals map[aparte.ContentID][]compose.Reveal
	}](t, call(h, "GET", "/v1/admin/contents", "sk", "")).Reveals
	for _, c := range f.plan.Brand().Contents {
		if got := told[c.ID]; len(got) != 1 || got[0].Kind != compose.RevealsItem || got[0].Name != string(c.Items) {
			t.Errorf("%s tells %v", c.ID, got)
		}
	}
	if len(told) == 0 {
		t.Error("no content told anything")
	}
}
