package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/google/go-cmp/cmp"
)

func TestADecisionIsAskedForAndAnswered(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/decide", "wk", `{"person":{"userId":"u1","anonymousId":"a1","email":"Ann@Example.com"},
		"surface":"web","slots":["hero","quiet"],"explain":true,"unheard":{"of":1},
		"context":{"device":"mobile","locale":"fr-FR","timezone":"Europe/Paris","country":"FR",
			"page":{"path":"/tea","url":"https://shop.example/tea?x=1","title":"Tea"},
			"item":"tea","category":"drinks","search":"green","weather":"rain","campaign":{"source":"letter","utm":{"deep":{"er":1}}},
			"score":3.5,"first":true,"nothing":null,"traits":{"email":"x@example.com"},"library":{"name":"l"}}}`)
	want := `{"decisions":[{"id":"d_01020000000000000000000000000000_10","slot":"hero","silent":false,"channel":"web",` +
		`"content":"welcome","layout":"card","item":"tea","variants":{"headline":"warm"},` +
		`"elements":{"cta":"Go","headline":"Hello <dear>"},"html":"<p>Hello &lt;dear&gt;</p>",` +
		`"image":"https://t.example/x/good.png","link":"https://t.example/c/good","propensity":0.25,"why":["because"]},` +
		`{"id":"d_01020000000000000000000000000000_10","slot":"quiet","silent":true,"channel":"web","propensity":0.25,"why":["because"]}]}`
	if w.Code != 200 || w.Body.String() != want {
		t.Errorf("answered %d\n%s", w.Code, cmp.Diff(want, w.Body.String()))
	}
	question := engine.Request{
		Within: decideTimeout,
		Identifiers: []aparte.Identifier{
			{Kind: aparte.KindUserID, Value: "u1"}, {Kind: aparte.KindEmail, Value: "ann@example.com"},
			{Kind: aparte.KindAnonymousID, Value: "a1"},
		},
		Channel: aparte.Web, Slots: []string{"hero", "quiet"}, Explain: true, Formats: engine.Formats{HTML: true, Members: true},
		Context: aparte.Context{
			Device: "mobile", Locale: "fr-FR", Zone: "Europe/Paris", Country: "FR", Page: "/tea",
			Item: "tea", Category: "drinks", Search: "green",
			Values: []aparte.ContextValue{
				{Name: "campaign.source", Value: aparte.TextValue("letter")},
				{Name: "campaign.utm.deep.er", Value: aparte.NumberValue(1)},
				{Name: "first", Value: aparte.BoolValue(true)},
				{Name: "score", Value: aparte.NumberValue(3.5)},
				{Name: "weather", Value: aparte.TextValue("rain")},
			},
		},
	}
	if diff := cmp.Diff([]engine.Request{question}, f.requests); diff != "" {
		t.Error(diff)
	}
}

func TestAQuestionThatSaysLittleGetsTheUsual(t *testing.T) {
	h, f := testDoors(t)
	if w := call(h, "POST", "/v1/decide", "", `{"writeKey":"wk","person":{"anonymousId":7},"slots":["hero"],"context":null,"surface":null}`); w.Code != 200 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	want := engine.Request{
		Identifiers: []aparte.Identifier{{Kind: aparte.KindAnonymousID, Value: "7"}},
		Channel:     aparte.Web, Slots: []string{"hero"}, Formats: engine.Formats{HTML: true, Members: true}, Within: decideTimeout,
	}
	if diff := cmp.Diff([]engine.Request{want}, f.requests); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyTheFormatsAskedForAreMade(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/decide", "wk", `{"person":{"userId":"u"},"slots":["hero"],"formats":["json"]}`)
	if w.Code != 200 || f.requests[0].Formats.HTML || strings.Contains(w.Body.String(), `"html"`) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

func TestWhatIsWrongWithAQuestionIsSaid(t *testing.T) {
	seventeen := `"s"` + strings.Repeat(`,"s"`, 16)
	for name, c := range map[string]struct{ body, field string }{
		"not an object":         {`[]`, "body"},
		"not JSON":              {`{"person"`, "body"},
		"nobody":                {`{"slots":["hero"]}`, "person"},
		"nobody said":           {`{"person":{},"slots":["hero"]}`, "person"},
		"unknown identifiers":   {`{"person":{"name":"x"},"slots":["hero"]}`, "person"},
		"person is text":        {`{"person":"u","slots":["hero"]}`, "person"},
		"user id is an object":  {`{"person":{"userId":{}},"slots":["hero"]}`, "person.userId"},
		"user id is long":       {`{"person":{"userId":"` + strings.Repeat("x", 257) + `"},"slots":["hero"]}`, "person.userId"},
		"e-mail is none":        {`{"person":{"email":"nobody"},"slots":["hero"]}`, "person.email"},
		"no slots":              {`{"person":{"userId":"u"}}`, "slots"},
		"slots are empty":       {`{"person":{"userId":"u"},"slots":[]}`, "slots"},
		"slots are text":        {`{"person":{"userId":"u"},"slots":"hero"}`, "slots"},
		"a slot is a number":    {`{"person":{"userId":"u"},"slots":[1]}`, "slots"},
		"a slot has no name":    {`{"person":{"userId":"u"},"slots":[""]}`, "slots"},
		"a slot's name is long": {`{"person":{"userId":"u"},"slots":["` + strings.Repeat("x", 65) + `"]}`, "slots"},
		"too many slots":        {`{"person":{"userId":"u"},"slots":[` + seventeen + `]}`, "slots"},
		"unknown surface":       {`{"person":{"userId":"u"},"slots":["hero"],"surface":"billboard"}`, "surface"},
		"surface is a number":   {`{"person":{"userId":"u"},"slots":["hero"],"surface":1}`, "surface"},
		"context is an array":   {`{"person":{"userId":"u"},"slots":["hero"],"context":[]}`, "context"},
		"explain is text":       {`{"person":{"userId":"u"},"slots":["hero"],"explain":"yes"}`, "explain"},
		"unknown format":        {`{"person":{"userId":"u"},"slots":["hero"],"formats":["smell"]}`, "formats"},
		"formats are text":      {`{"person":{"userId":"u"},"slots":["hero"],"formats":"html"}`, "formats"},
	} {
		t.Run(name, func(t *testing.T) {
			h, f := testDoors(t)
			w := call(h, "POST", "/v1/decide", "wk", c.body)
			got := decoded[failure](t, w)
			if w.Code != 400 || len(got.Errors) != 1 || got.Errors[0].Field != c.field {
				t.Errorf("answered %d %+v", w.Code, got)
			}
			if len(f.requests) != 0 {
				t.Error("the engine was asked")
			}
		})
	}
}

func TestTheContextOfAQuestionIsBounded(t *testing.T) {
	h, f := testDoors(t)
	var context strings.Builder
	for i := range 100 {
		fmt.Fprintf(&context, `"v%d":"%s",`, i, strings.Repeat("é", 200))
	}
	deep := strings.Repeat(`{"a":`, 30) + "1" + strings.Repeat("}", 30)
	w := call(h, "POST", "/v1/decide", "wk", `{"person":{"userId":"u"},"slots":["hero"],"context":{`+context.String()+`"deep":`+deep+`}}`)
	if w.Code != 200 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	values := f.requests[0].Context.Values
	if len(values) != maxValues {
		t.Errorf("%d values", len(values))
	}
	for _, v := range values {
		if len(v.Value.Str) > maxValue || strings.Trim(v.Value.Str, "é") != "" {
			t.Errorf("%s is %q", v.Name, v.Value.Str)
		}
	}
}

func TestTheDeviceIsToldFromTheBrowser(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148":       "mobile",
		"Mozilla/5.0 (Linux; Android 16; Pixel 9) Chrome/156.0 Mobile Safari/537.36": "mobile",
		"Mozilla/5.0 (Linux; Android 16; SM-X700) Chrome/156.0 Safari/537.36":        "tablet",
		"Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) Mobile/15E148":                "tablet",
		"Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36":                 "desktop",
		"": "",
	} {
		if got := deviceOf(agent); got != want {
			t.Errorf("%q is a %q, want %q", agent, got, want)
		}
	}
}

func TestAMomentIsAnEventAndADecision(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/v1/moment", "", `{"writeKey":"wk","sentAt":"2026-05-01T11:00:00Z","slots":["hero"],
		"batch":[{"type":"identify","userId":"u1","anonymousId":"a1","messageId":"m0"},{"type":"track","userId":"u1"}],
		"event":{"type":"page","userId":"u1","anonymousId":"a1","messageId":"m1","timestamp":"2026-05-01T10:59:00Z","context":{"page":{"path":"/"}}}}`)
	got := decoded[struct {
		Decisions []map[string]any
		Errors    []problem
	}](t, w)
	if w.Code != 200 || len(got.Decisions) != 1 || got.Decisions[0]["content"] != "welcome" {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff([]problem{{1, "event", "is required: the name of what happened"}}, got.Errors); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]aparte.MessageID{"m0", "m1"}, f.order); diff != "" {
		t.Error(diff)
	}
	page := f.events["m1"]
	if page.Source != "web" || !page.Timestamp.Equal(noon.Add(-time.Minute)) {
		t.Errorf("kept %+v", page)
	}
	if got := f.requests[0].Context; got.Page != "/" {
		t.Errorf("the situation is not the event's: %+v", got)
	}
	who := []aparte.Identifier{{Kind: aparte.KindUserID, Value: "u1"}, {Kind: aparte.KindAnonymousID, Value: "a1"}}
	if diff := cmp.Diff(who, f.requests[0].Identifiers); diff != "" {
		t.Error(diff)
	}
}

func TestAMomentWithoutASoundEventIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		body  string
		index int
		field string
	}{
		"no event":                       {`{"slots":["hero"]}`, -1, "event"},
		"event is text":                  {`{"slots":["hero"],"event":"x"}`, 0, "event"},
		"event of nobody, after another": {`{"slots":["hero"],"batch":[{}],"event":{"type":"page"}}`, 1, "event.userId"},
		"batch is text":                  {`{"slots":["hero"],"batch":"x","event":{"type":"page","userId":"u"}}`, -1, "batch"},
	} {
		t.Run(name, func(t *testing.T) {
			h, f := testDoors(t)
			w := call(h, "POST", "/v1/moment", "wk", c.body)
			got := decoded[failure](t, w)
			if w.Code != 400 || len(got.Errors) != 1 || got.Errors[0].Index != c.index || got.Errors[0].Field != c.field {
				t.Errorf("answered %d %+v", w.Code, got)
			}
			if len(f.kept())+len(f.requests) != 0 {
				t.Error("the engine was asked")
			}
		})
	}
}

func TestAQuestionKnowsNothingOfTheOneBefore(t *testing.T) {
	h, f := testDoors(t)
	call(h, "POST", "/v1/moment", "wk", `{"slots":["a","b"],"explain":true,"context":{"x":1},"event":{"type":"page","userId":"u"}}`)
	call(h, "POST", "/v1/decide", "wk", `{"person":{"userId":"v"},"slots":["c"]}`)
	want := engine.Request{
		Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "v"}}, Channel: aparte.Web,
		Slots: []string{"c"}, Formats: engine.Formats{HTML: true, Members: true}, Within: decideTimeout,
	}
	if diff := cmp.Diff(want, f.requests[1]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, f.requests[0].Slots); diff != "" {
		t.Error(diff)
	}
}

// How much somebody is expected to bring is told to who has a secret key, as a bid needs it, and not to a browser. Where they are goes to the
// engine and no further.
func TestWhatIsExpectedIsToldToWhoHasASecretKey(t *testing.T) {
	type answer struct {
		Decisions []struct {
			Expected *struct {
				Value, Cost int64
				Currency    string
			}
		}
	}
	body := `{"person":{"userId":"u"},"slots":["hero"],"surface":"ads","context":{"search":"crimson lipstick","location":{"latitude":48.85,"longitude":2.33,"accuracy":40,"speed":3,"city":"Paris"}}}`
	for key, told := range map[string]bool{"wk": false, "sk": true} {
		h, f := testDoors(t)
		w := call(h, "POST", "/v1/decide", key, body)
		got := decoded[answer](t, w)
		if w.Code != 200 || len(got.Decisions) != 1 || (got.Decisions[0].Expected != nil) != told {
			t.Fatalf("with %s answered %d %s", key, w.Code, w.Body)
		}
		if e := got.Decisions[0].Expected; told && (e.Value != 124 || e.Cost != 12 || e.Currency == "") {
			t.Errorf("expected %+v", *e)
		}
		r := f.requests[0]
		if r.Context.Search != "crimson lipstick" || r.At == nil || r.At.Lat != 48.85 || r.At.Lon != 2.33 || r.At.Accuracy != 40 {
			t.Errorf("asked %+v", r)
		}
		if v := r.Context.Values; len(v) != 1 || v[0].Name != "location.city" {
			t.Errorf("the context keeps %+v", v)
		}
	}
}
