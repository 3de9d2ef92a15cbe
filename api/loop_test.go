package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// loopBrand can speak in one slot, with a layout for pages and pictures.
func loopBrand() *aparte.Brand {
	b := testBrand()
	b.Style = aparte.Style{Ink: "#111111", Paper: "#ffffff", Accent: "#1d4ed8", OnAccent: "#ffffff", FontFamily: "sans-serif"}
	b.Contents[0].Slots = []string{"hero"}
	b.Contents[0].Link = "/welcome"
	b.Layouts[0].Slots = []string{"hero"}
	b.Layouts[0].HTML = `<a href="{{ link }}">{{ elements.headline }}</a>`
	b.Layouts[0].Banner = &aparte.Banner{Width: 300, Height: 100, Background: "paper", Boxes: []aparte.Box{
		{Kind: "text", Element: "headline", X: 10, Y: 10, W: 280, H: 80, Size: 24, MinSize: 12, Color: "ink", Align: "left", VAlign: "middle"},
	}}
	return b
}

// openLoop is the doors over the real engine and a store on disk.
func openLoop(t *testing.T, keys []Key) (http.Handler, *engine.Engine) {
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
	composer, err := compose.New(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	return openOver(t, keys, s, composer, loopBrand())
}

// openOver is the doors over an engine with a brand.
func openOver(t *testing.T, keys []Key, s store.Store, composer *compose.Composer, b *aparte.Brand) (http.Handler, *engine.Engine) {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Config{Store: s, Composer: composer, BaseURL: "http://aparte.example"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := e.Publish(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	h, err := New(Config{Engine: e, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return h, e
}

// as asks a door as a person's browser does.
func as(h http.Handler, method, address string) *httptest.ResponseRecorder {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(method, u.RequestURI(), nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestTheLoopThroughItsDoors: a visit, a decision, the picture, the click, the order; and all of it told
// to whoever asks about the person.
func TestTheLoopThroughItsDoors(t *testing.T) {
	h, _ := openLoop(t, testKeys)
	ask := `{"event":{"type":"page","anonymousId":"a1","messageId":"p-%d","context":{"page":{"path":"/"},"locale":"en-GB"}},"slots":["hero"],"explain":true}`
	type answer struct {
		Decisions []struct {
			ID, Content, HTML, Image, Link string
			Silent                         bool
			Propensity                     float64
			Why                            []string
		}
	}
	var spoke answer
	for i := range 50 { // silence is a choice too, and sometimes taken to learn
		w := call(h, "POST", "/v1/moment", "wk", fmt.Sprintf(ask, i))
		if w.Code != 200 {
			t.Fatalf("moment answered %d %s", w.Code, w.Body)
		}
		if spoke = decoded[answer](t, w); !spoke.Decisions[0].Silent {
			break
		}
	}
	d := spoke.Decisions[0]
	if d.Silent || d.Content != "welcome" || d.Propensity <= 0 || d.Propensity > 1 || len(d.Why) == 0 || !strings.Contains(d.HTML, "Hello") {
		t.Fatalf("decided %+v", d)
	}
	for _, kind := range []string{"png", "webp", "gif"} {
		if w := as(h, "GET", strings.TrimSuffix(d.Image, "png")+kind); w.Code != 200 || w.Header().Get("Content-Type") != "image/"+kind || w.Body.Len() < 200 {
			t.Errorf("the picture as %s: %d %s, %d bytes", kind, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
	}
	if w := as(h, "GET", d.Link); w.Code != 302 || w.Header().Get("Location") != "https://shop.example/welcome" {
		t.Errorf("the click: %d to %q", w.Code, w.Header().Get("Location"))
	}
	order := `{"type":"track","event":"Order Completed","anonymousId":"a1","userId":"u1","messageId":"o-1","properties":{"order_id":"o1","revenue":30,"currency":"EUR"}}`
	if w := call(h, "POST", "/v1/batch", "wk", `{"batch":[`+order+`,`+order+`]}`); w.Code != 200 {
		t.Fatalf("the order: %d %s", w.Code, w.Body)
	}

	person := decoded[personDocument](t, call(h, "GET", "/v1/admin/people/u1", "sk", ""))
	if person.Orders.Count != 1 || len(person.Identifiers) != 2 || person.ID == "" {
		t.Errorf("the person: %+v", person)
	}
	told := decoded[struct{ Decisions []decisionDocument }](t, call(h, "GET", "/v1/admin/people/u1/decisions", "sk", ""))
	outcomes := map[string]bool{}
	for _, one := range told.Decisions {
		if one.ID.String() == d.ID {
			for _, o := range one.Outcomes {
				outcomes[o.Event] = true
			}
		}
	}
	for _, want := range []string{aparte.EventExposed, aparte.EventClicked, "Order Completed"} {
		if !outcomes[want] {
			t.Errorf("of the decision's outcomes, %q is not told: %v", want, outcomes)
		}
	}
	results := decoded[resultsDocument](t, call(h, "GET", "/v1/admin/results", "sk", ""))
	if results.Contents["welcome"].Chosen == 0 || results.Contents["welcome"].Clicked != 1 || results.Events["web"] == 0 {
		t.Errorf("results: %+v", results)
	}
}

// TestRecordedRequestsChangePeopleOnce replays Segment's own libraries against the real engine: the order
// they repeat is counted once, and who was anonymous before is the same person.
func TestRecordedRequestsChangePeopleOnce(t *testing.T) {
	path := filepath.Join("testdata", "segment", "node-basic.jsonl.gz")
	h, _ := openLoop(t, []Key{{Name: "node", Value: "wk_test_segment_node"}, {Name: "secret", Kind: SecretKey, Value: "sk"}})
	for range 2 { // all of it twice: the second time changes nothing
		for _, rec := range readRecording(t, path) {
			if w := rec.send(t, h); w.Code != 200 {
				t.Fatalf("%s answered %d %s", rec.URL, w.Code, w.Body)
			}
		}
	}
	ann := decoded[personDocument](t, call(h, "GET", "/v1/admin/people/email:ann@example.com", "sk", ""))
	anon := decoded[personDocument](t, call(h, "GET", "/v1/admin/people/anonymousId:anon-1", "sk", ""))
	if ann.ID == "" || ann.ID != anon.ID || ann.Orders.Count != 1 {
		t.Errorf("the person has %d orders as %s, and is %s where anonymous", ann.Orders.Count, ann.ID, anon.ID)
	}
	told := decoded[struct{ Events []eventDocument }](t, call(h, "GET", "/v1/admin/people/u-1/events?limit=500", "sk", ""))
	seen := map[aparte.MessageID]int{}
	for _, e := range told.Events {
		seen[e.MessageID]++
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%s was kept %d times", id, n)
		}
	}
	if seen["fixed-message-id-1"] != 1 {
		t.Errorf("kept %v", seen)
	}
}

// TestAForgedTokenOpensNothing: what is not signed by the engine leads nowhere.
func TestAForgedTokenOpensNothing(t *testing.T) {
	h, _ := openLoop(t, testKeys)
	w := call(h, "POST", "/v1/decide", "wk", `{"person":{"userId":"u1"},"slots":["hero"]}`)
	if w.Code != 200 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	for _, path := range []string{"/x/AAAA.png", "/c/AAAA", "/u/AAAA", "/x/" + strings.Repeat("A", 4000) + ".png"} {
		if w := as(h, "GET", path); w.Code != 404 {
			t.Errorf("%.20s… answered %d", path, w.Code)
		}
	}
	if w := as(h, "GET", "/x/slot/hero/u1.png?key=wk"); w.Code != 200 || w.Header().Get("Content-Type") != "image/png" {
		t.Errorf("the drop-in answered %d", w.Code)
	}
	if w := as(h, "GET", "/c/slot/hero/u1?key=wk"); w.Code != 302 {
		t.Errorf("the drop-in's click answered %d", w.Code)
	}
}

// TestABrandThatDoesNotHoldTogetherIsPointedAt publishes through the door.
func TestABrandThatDoesNotHoldTogetherIsPointedAt(t *testing.T) {
	h, e := openLoop(t, testKeys)
	before := e.Plan().Version()
	bad := loopBrand()
	bad.Rules = []aparte.Rule{{ID: "r", Name: aparte.Words{"en": "R"}, When: "no such thing", Everywhere: true}}
	body, err := json.Marshal(bad)
	if err != nil {
		t.Fatal(err)
	}
	w := call(h, "PUT", "/v1/admin/brand", "sk", string(body))
	if w.Code != 422 || !strings.Contains(w.Body.String(), `"pointer":"/rules/0`) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	bad = loopBrand()
	bad.Contents[0].Elements[0].Variants[0].Words = aparte.Words{"in no language/at all": "x"}
	if body, err = json.Marshal(bad); err != nil {
		t.Fatal(err)
	}
	if w = call(h, "PUT", "/v1/admin/brand", "sk", string(body)); w.Code != 422 || !strings.Contains(w.Body.String(), `"pointer":"/contents/0/elements/0/variants/0/words/in no language~1at all"`) {
		t.Errorf("names with spaces: answered %d %s", w.Code, w.Body)
	}
	if e.Plan().Version() != before {
		t.Error("it went live")
	}
	good := call(h, "GET", "/v1/admin/brand", "sk", "").Body.String()
	if w = call(h, "PUT", "/v1/admin/brand", "sk", good); w.Code != 200 || e.Plan().Version() <= before {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}
