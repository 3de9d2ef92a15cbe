package quality_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// open opens a keeper over documents; the caller closes it.
func open(t interface {
	Helper()
	Fatal(...any)
}, docs store.Documents) *quality.Keeper {
	t.Helper()
	k, err := quality.Open(context.Background(), docs, atNoon, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func disk(t testing.TB) *pebble.Store {
	t.Helper()
	s, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func track(name, properties string) aparte.Event {
	return aparte.Event{
		Type: aparte.Track, Name: name, UserID: "u1", Source: "web", Properties: []byte(properties), Timestamp: noon, ReceivedAt: noon,
	}
}

func observe(k *quality.Keeper, events ...aparte.Event) {
	k.Observe(quality.Arrived{Source: "web", At: noon, Events: events})
}

func TestThePlanTellsWhichPropertiesComeAndOfWhichTypes(t *testing.T) {
	k := open(t, nil)
	observe(k,
		track("Order Completed", `{"total":12.5,"email":"Ann@example.com","products":[{"id":"A-12","price":3},{"id":"B"}],"gift":true}`),
		track("Order Completed", `{"total":"12.50","coupon":null,"page":{"path":"/a"}}`),
	)
	plan := k.Plan()
	if len(plan) != 1 || plan[0].Count != 2 || plan[0].Looked != 2 {
		t.Fatalf("plan %+v", plan)
	}
	got := map[string]string{}
	for _, p := range plan[0].Properties {
		got[p.Name] = fmt.Sprint(p.Seen, p.Types, p.Shapes)
	}
	want := map[string]string{
		"total":            "2 [1 0 1 0 0 0 0] [99.9 99.99]",
		"email":            "1 [1 0 0 0 0 0 0] [Aa@a.a]",
		"products":         "1 [0 0 0 0 1 0 0] []",
		"products[]":       "1 [0 0 0 0 0 1 0] []",
		"products[].id":    "1 [1 0 0 0 0 0 0] [A-99]",
		"products[].price": "1 [0 1 0 0 0 0 0] [9]",
		"gift":             "1 [0 0 0 1 0 0 0] []",
		"coupon":           "1 [0 0 0 0 0 0 1] []",
		"page":             "1 [0 0 0 0 0 1 0] []",
		"page.path":        "1 [1 0 0 0 0 0 0] [/a]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOfFrequentEventsSomeAreLookedAtAndAllAreCounted(t *testing.T) {
	k := open(t, nil)
	for range 1000 {
		observe(k, track("E", `{"a":1}`))
	}
	p := k.Plan()[0]
	if p.Count != 1000 || p.Looked != 256+11 || p.Properties[0].Share(p.Looked) != 1 {
		t.Errorf("count %d, looked %d, %+v", p.Count, p.Looked, p.Properties)
	}
}

func TestThePlanIsBounded(t *testing.T) {
	k := open(t, nil)
	for i := range 1200 {
		var body strings.Builder
		for j := range 120 {
			fmt.Fprintf(&body, `"%c%c":1,`, 'a'+j%26, 'a'+j/26)
		}
		observe(k, track(fmt.Sprint("Event ", i), "{"+strings.TrimSuffix(body.String(), ",")+"}"))
	}
	plan, properties := k.Plan(), 0
	for _, p := range plan {
		properties += len(p.Properties)
	}
	if len(plan) != 1000 || len(plan[0].Properties) != 100 || !plan[0].Cut || properties != 20_000 || k.Report().Others != 200 {
		t.Errorf("%d events, %d properties of the first (cut %v), %d in all, %d others", len(plan), len(plan[0].Properties), plan[0].Cut, properties, k.Report().Others)
	}
}

func TestNamesThatMayBeSomebodysAreShownAsShapes(t *testing.T) {
	k := open(t, nil)
	observe(k, track("Seen by ann@example.com", `{"ann@example.com":1,"0612345678":2,"order_id":3}`))
	p := k.Plan()[0]
	got := []string{p.Name}
	for _, x := range p.Properties {
		got = append(got, x.Name)
	}
	if diff := cmp.Diff([]string{"Aa a a@a.a", "a@a.a", "9999999999", "order_id"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestThePlanAndTheCountsSurviveARestart(t *testing.T) {
	s := disk(t)
	k := open(t, s)
	observe(k, track("E", `{"a":"x"}`))
	r := quality.Record{Reason: quality.Malformed, At: noon, Source: "web", Body: []byte(`{`)}
	if err := k.Aside(t.Context(), []quality.Record{r}, []*quality.Broken{nil}); err != nil {
		t.Fatal(err)
	}
	if err := k.Declare(t.Context(), quality.Schema{Event: "E", Mode: quality.Warn, Schema: []byte(`{"type":"object"}`)}); err != nil {
		t.Fatal(err)
	}
	plan, report, kept, schemas := k.Plan(), k.Report(), k.List(quality.Filter{Limit: 9}), k.Schemas()
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	k = open(t, s)
	for what, diff := range map[string]string{
		"plan": cmp.Diff(plan, k.Plan()), "report": cmp.Diff(report, k.Report()),
		"kept": cmp.Diff(kept, k.List(quality.Filter{Limit: 9})), "schemas": cmp.Diff(schemas, k.Schemas()),
	} {
		if diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsLateAheadOrTooFastIsCounted(t *testing.T) {
	k := open(t, nil)
	late := track("E", `{}`)
	late.Timestamp = noon.Add(-2 * time.Hour)
	events := []aparte.Event{late}
	for range 310 {
		events = append(events, track("E", `{}`))
	}
	k.Observe(quality.Arrived{Source: "web", At: noon, Events: events, Ahead: 2, Headless: 3, Lost: 1})
	s := k.Report().Sources[0]
	got := s.Over(0)
	want := quality.Tally{Accepted: 311, Late: 1, Ahead: 2, Headless: 3, Hurried: 10, Lost: 1}
	if diff := cmp.Diff(want, got); diff != "" || got.Received() != 312 || s.Stale(noon) || !s.Stale(noon.Add(25*time.Hour)) {
		t.Errorf("%s, received %d", diff, got.Received())
	}
}

func TestCrawlersAreToldFromVisitors(t *testing.T) {
	for agent, want := range map[string]quality.Agent{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                      quality.Robot,
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)": quality.Robot,
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)":                                     quality.Robot,
		"Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)":                                              quality.Robot,
		"Baiduspider-render/2.0": quality.Robot,
		"UptimeRobot/2.0":        quality.Robot,
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36":       quality.Headless,
		"Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36":                 quality.Visitor,
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0 Safari/537.36": quality.Visitor,
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Robotics Chrome/120.0 Mobile Safari/537.36":                       quality.Visitor,
		"analytics-node-next/latest": quality.Visitor, "": quality.Visitor,
	} {
		if got := quality.AgentOf(agent); got != want {
			t.Errorf("%q is %d, want %d", agent, got, want)
		}
		var agents quality.Agents
		for range 2 { // the second time from memory
			if got, told := agents.In([]byte(fmt.Sprintf(`{"a":1,"userAgent": %q}`, agent))); got != want || !told {
				t.Errorf("in a context, %q is %d (%v), want %d", agent, got, told, want)
			}
		}
	}
	var agents quality.Agents
	for _, context := range []string{`{}`, `{"userAgent":null}`, `{"userAgent":7}`, `{"userAgent"`, `{"userAgent":"x`, `{"userAgent":"x\`, ``} {
		if got, told := agents.In([]byte(context)); told || got != quality.Visitor {
			t.Errorf("%q tells of %d", context, got)
		}
	}
}

func TestAnEventThatBreaksItsSchemaIsToldWhereAndHowWithoutItsValues(t *testing.T) {
	k := open(t, nil)
	schema := `{"required":["total"],"properties":{"total":{"type":"number","minimum":0},"email":{"type":"string","format":"email"},
		"currency":{"enum":["EUR","GBP"]},"lines":{"items":{"properties":{"sku":{"pattern":"^[A-Z]+$"}}}}},"additionalProperties":false}`
	if err := k.Declare(t.Context(), quality.Schema{Event: "Order Completed", Mode: quality.Enforce, Schema: []byte(schema)}); err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string][]quality.Fault{
		`{"total":3,"currency":"EUR"}`:           nil,
		``:                                       {{"", "member total", "object"}},
		`{"total":"secret"}`:                     {{"/total", "number", "string a"}},
		`{"total":-1}`:                           {{"/total", "at least 0", "integer -9"}},
		`{"total":1,"currency":"Ann"}`:           {{"/currency", "one of 2 values", "string Aa"}},
		`{"total":1,"email":"Ann"}`:              {{"/email", "text in the format email", "string Aa"}},
		`{"total":1,"lines":[{"sku":"a1"}]}`:     {{"/lines/*/sku", "text like ^[A-Z]+$", "string a9"}},
		`{"total":1,"ann@example.com":"secret"}`: {{"", "no member a@a.a", "object"}},
	} {
		e := track("Order Completed", body)
		var got []quality.Fault
		if b := k.Check(&e); b != nil {
			got = b.Faults
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
	other := track("Other", `{"total":"x"}`)
	if b := k.Check(&other); b != nil {
		t.Errorf("another event is held to it: %+v", b)
	}
}

func TestTraitsOfACallHaveASchema(t *testing.T) {
	k := open(t, nil)
	if err := k.Declare(t.Context(), quality.Schema{Event: "call:identify", Mode: quality.Warn, Schema: []byte(`{"properties":{"age":{"type":"integer"}}}`)}); err != nil {
		t.Fatal(err)
	}
	e := aparte.Event{Type: aparte.Identify, UserID: "u", Source: "web", Traits: []byte(`{"age":"old"}`), ReceivedAt: noon, Timestamp: noon}
	b := k.Check(&e)
	if b == nil || b.Mode != quality.Warn || b.Faults[0].Pointer != "/age" {
		t.Fatalf("found %+v", b)
	}
	for range 2 {
		k.Observe(quality.Arrived{Source: "web", At: noon, Events: []aparte.Event{e}, Warned: []quality.Broken{*b}})
	}
	v := k.Report().Violations
	if len(v) != 1 || v[0].Count != 2 || v[0].Got != "string a" || v[0].Expected != "integer" {
		t.Errorf("violations %+v", v)
	}
	if err := k.Withdraw(t.Context(), "call:identify"); err != nil || k.Check(&e) != nil {
		t.Errorf("withdrawn: %v, still found %v", err, k.Check(&e))
	}
	if err := k.Withdraw(t.Context(), "call:identify"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("withdrawn twice: %v", err)
	}
}

func TestWhatIsNoSchemaIsRefused(t *testing.T) {
	k := open(t, nil)
	for name, s := range map[string]quality.Schema{
		"no event":           {Mode: quality.Warn, Schema: []byte(`{}`)},
		"no mode":            {Event: "E", Schema: []byte(`{}`)},
		"no schema":          {Event: "E", Mode: quality.Warn},
		"no JSON":            {Event: "E", Mode: quality.Warn, Schema: []byte(`{`)},
		"no type":            {Event: "E", Mode: quality.Warn, Schema: []byte(`{"type":"shout"}`)},
		"a file":             {Event: "E", Mode: quality.Warn, Schema: []byte(`{"$ref":"file:///etc/hostname"}`)},
		"an address":         {Event: "E", Mode: quality.Warn, Schema: []byte(`{"$ref":"http://127.0.0.1/x"}`)},
		"no pattern":         {Event: "E", Mode: quality.Warn, Schema: []byte(`{"pattern":"("}`)},
		"too large":          {Event: "E", Mode: quality.Warn, Schema: []byte(`{"title":"` + strings.Repeat("x", quality.MaxSchema) + `"}`)},
		"a call without any": {Event: "call:alias", Mode: quality.Warn, Schema: []byte(`{}`)},
	} {
		if err := k.Declare(t.Context(), s); !errors.Is(err, quality.ErrSchema) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(k.Schemas()) != 0 {
		t.Errorf("in force: %v", k.Schemas())
	}
}
