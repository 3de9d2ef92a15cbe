package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

func TestPagesOfAnyOriginMayCallTheWriteDoors(t *testing.T) {
	h, _ := testDoors(t)
	preflight := func(path, asked string) http.Header {
		r := httptest.NewRequest("OPTIONS", path, nil)
		r.Header.Set("Origin", "https://shop.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", asked)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result().Header
	}
	for _, path := range []string{"/v1/track", "/v1/b", "/v1/decide", "/v1/moment"} {
		got := preflight(path, "authorization, content-type")
		if got.Get("Access-Control-Allow-Origin") != "*" || got.Get("Access-Control-Allow-Headers") != "authorization, content-type" ||
			!strings.Contains(got.Get("Access-Control-Allow-Methods"), "POST") || got.Get("Access-Control-Max-Age") == "" {
			t.Errorf("%s: %v", path, got)
		}
	}
	if got := preflight("/v1/track", "x\r\ny: z"); got.Get("Access-Control-Allow-Headers") != "" {
		t.Errorf("what is no header name was repeated: %v", got)
	}
	if got := preflight("/v1/admin/people/u", "authorization"); got.Get("Access-Control-Allow-Origin") != "" || got.Get("Access-Control-Allow-Headers") != "" {
		t.Errorf("a page may call the admin doors: %v", got)
	}
	w := call(h, "POST", "/v1/track", "wk", `{}`)
	if w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a page cannot read what was wrong")
	}
}

// A wrong key is told before anything of the body is read: what is wrong with the body is no stranger's
// business, and reading it is work.
func TestAWrongKeyIsToldBeforeTheBodyIsRead(t *testing.T) {
	h, _ := testDoors(t)
	for _, path := range []string{"/v1/track", "/v1/batch", "/v1/decide", "/v1/moment"} {
		if w := call(h, "POST", path, "no-key", `{"batch":[{`); w.Code != 401 {
			t.Errorf("%s: answered %d %s", path, w.Code, w.Body)
		}
		if w := call(h, "POST", path, "no-key", `{"writeKey":"wk","batch":[]}`); w.Code != 401 {
			t.Errorf("%s: a key in the body covers for one in the header: %d", path, w.Code)
		}
		if w := call(h, "POST", path, "", `{}`); w.Code == 200 {
			t.Errorf("%s: no key opens it", path)
		}
	}
}

func TestWhatIsNoDoorIsNotFound(t *testing.T) {
	h, _ := testDoors(t)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/v1/nothing", 404}, {"GET", "/v1/admin/nothing", 404}, {"POST", "/v1/track/", 404}, {"GET", "/nothing", 404},
		{"OPTIONS", "/v1/nothing", 404}, {"GET", "/v1/track", 405}, {"POST", "/v1/admin/brand", 405}, {"POST", "/healthz", 405},
	} {
		w := call(h, c.method, c.path, "sk", "")
		if said := decoded[failure](t, w); w.Code != c.want || said.Success || len(said.Errors) != 1 || said.Errors[0].Message == "" {
			t.Errorf("%s %s: answered %d %s, want %d and why", c.method, c.path, w.Code, w.Body, c.want)
		}
		if allowed := w.Header().Get("Allow"); (allowed != "") != (c.want == 405) {
			t.Errorf("%s %s: allows %q", c.method, c.path, allowed)
		}
	}
	if w := call(h, "GET", "/v1/track", "", ""); w.Header().Get("Allow") != "OPTIONS, POST" {
		t.Errorf("what intake allows: %q", w.Header().Get("Allow"))
	}
}

func TestEveryAnswerNamesItsRequest(t *testing.T) {
	h, _ := testDoors(t)
	ask := func(id string) string {
		r := httptest.NewRequest("GET", "/healthz", nil)
		if id != "" {
			r.Header.Set("X-Request-Id", id)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Header().Get("X-Request-Id")
	}
	if got := ask("from-the-proxy.1"); got != "from-the-proxy.1" {
		t.Errorf("named %q", got)
	}
	first, second := ask(""), ask("no\nline")
	if first == "" || first == second || strings.Contains(second, "\n") {
		t.Errorf("named %q, then %q", first, second)
	}
}

func TestNothingPersonalIsLoggedOrCounted(t *testing.T) {
	var logged bytes.Buffer
	f := newFakeEngine(t)
	testPeople(f)
	f.prompt = []engine.Promptness{{Cause: engine.CauseReply, Decided: engine.Durations{Count: 3, Sum: time.Second, Within: make([]uint64, len(engine.Bounds()))}, Handed: engine.Durations{Within: make([]uint64, len(engine.Bounds()))}}}
	f.prompt[0].Decided.Within[8] = 2
	registry := prometheus.NewRegistry()
	h, err := New(Config{
		Engine: f, Keys: testKeys, Metrics: registry,
		Logger: slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	call(h, "GET", "/v1/admin/people/email:ann@example.com/events?before=x", "sk", "")
	call(h, "GET", "/v1/admin/people/email:ann@example.com", "sk", "")
	call(h, "POST", "/v1/track", "wk", `{"userId":"ann@example.com","event":7}`)
	call(h, "POST", "/v1/decide", "wk", `{"person":{"email":"ann@example"},"slots":["hero"]}`)
	call(h, "GET", "/x/broken.png", "", "")
	call(h, "GET", "/x/slot/hero/ann@example.com.png?key=wk", "", "")
	call(h, "GET", "/nowhere/ann@example.com", "", "")
	metrics := call(h, "GET", "/metrics", "sk", "").Body.String()
	for what, text := range map[string]string{"log": logged.String(), "metrics": metrics} {
		for _, secret := range []string{"ann@", "wk\"", "broken.png", "sk\""} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s tells %q:\n%s", what, secret, text)
			}
		}
	}
	for _, want := range []string{
		`aparte_http_requests_total{area="api",class="4xx",door="/v1/track",method="POST"} 1`,
		`aparte_http_requests_total{area="api",class="2xx",door="/v1/admin/people/{id}",method="GET"} 1`,
		`aparte_http_request_seconds_count{area="api",door="/v1/decide"} 1`,
		`aparte_events_total{fate="refused"} 1`, `aparte_brand_version 3`, `aparte_model_examples 7`,
		`aparte_moment_decided_seconds_bucket{cause="reply",le="0.5"} 2`, `aparte_moment_decided_seconds_count{cause="reply"} 3`,
		`aparte_moment_decided_seconds_sum{cause="reply"} 1`, `aparte_moment_handed_seconds_count{cause="reply"} 0`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if !strings.Contains(logged.String(), `"door":"GET /v1/admin/people/{id}"`) {
		t.Errorf("the log does not tell the door:\n%s", logged.String())
	}
}

// panicky is an engine in which a bug is.
type panicky struct{ *fakeEngine }

func (panicky) Accept(context.Context, []aparte.Event) error { panic("ann@example.com") }

func TestABugIsAnsweredAndLoggedWithoutWhatItQuotes(t *testing.T) {
	var logged bytes.Buffer
	h, err := New(Config{Engine: panicky{newFakeEngine(t)}, Keys: testKeys, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	w := call(h, "POST", "/v1/track", "wk", `{"userId":"u","event":"E"}`)
	if w.Code != 500 || decoded[failure](t, w).Success {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if !strings.Contains(logged.String(), "panicked") || strings.Contains(logged.String(), "ann@") {
		t.Errorf("logged %s", logged.String())
	}
}

func TestTooMuchAtOnceIsRefused(t *testing.T) {
	b := bodies{most: 3 * maxBody}
	b.held.Store(2 * maxBody)
	request := func() *http.Request {
		return httptest.NewRequest("POST", "/v1/track", io.NopCloser(strings.NewReader("{}")))
	}
	_, held, err := b.read(request(), maxBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.read(request(), maxBody); err != engine.ErrBusy {
		t.Errorf("the second body: %v", err)
	}
	b.release(held)
	if _, _, err := b.read(request(), maxBody); err != nil {
		t.Errorf("after the first was done: %v", err)
	}
}

func TestKeysMustBeTold(t *testing.T) {
	for name, keys := range map[string][]Key{
		"no value": {{Name: "a"}}, "the same value": {{Name: "a", Value: "x"}, {Name: "b", Kind: SecretKey, Value: "x"}},
	} {
		if _, err := New(Config{Engine: newFakeEngine(t), Keys: keys}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestHealthIsTold(t *testing.T) {
	h, f := testDoors(t)
	f.full = store.ErrFull
	if w := call(h, "GET", "/readyz", "", ""); w.Code != 503 || !strings.Contains(w.Body.String(), "the disk is full") {
		t.Errorf("with a full disk, /readyz answers %d %s", w.Code, w.Body)
	}
	f.full, f.err = nil, fmt.Errorf("commit to part 3: %w", store.ErrFull)
	if w := call(h, "POST", "/v1/track", "wk", `{"userId": "u1", "event": "x"}`); w.Code != 503 || !strings.Contains(w.Body.String(), "the disk is full") {
		t.Errorf("with a full disk, an event is answered %d %s", w.Code, w.Body)
	}
	f.err = nil
	if w := call(h, "GET", "/readyz", "", ""); w.Code != 200 {
		t.Errorf("ready: %d", w.Code)
	}
	f.plan = nil
	if w := call(h, "GET", "/healthz", "", ""); w.Code != 200 {
		t.Errorf("healthy: %d", w.Code)
	}
}

func TestOpenAPIDescribesEveryDoorAndNoOther(t *testing.T) {
	h, _ := testDoors(t)
	doc := decoded[struct {
		OpenAPI    string
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]any }
	}](t, call(h, "GET", "/openapi.json", "", ""))
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi %q", doc.OpenAPI)
	}
	var described, built []string
	for path, operations := range doc.Paths {
		for method := range operations {
			if method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	for _, rt := range (&server{}).routes(prometheus.NewRegistry()) {
		if rt.method != http.MethodOptions {
			built = append(built, rt.pattern())
		}
	}
	slices.Sort(described)
	slices.Sort(built)
	if diff := cmp.Diff(built, described); diff != "" {
		t.Errorf("doors and openapi.json differ (-built +described):\n%s", diff)
	}
	for ref := range references(doc.Paths) {
		if _, ok := doc.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")]; !ok && strings.HasPrefix(ref, "#/components/schemas/") {
			t.Errorf("%s is not there", ref)
		}
	}
}

// references are the $refs in a part of a document.
func references(part any) map[string]bool {
	body, _ := json.Marshal(part) // came from JSON
	found := map[string]bool{}
	for _, piece := range strings.Split(string(body), `"$ref":"`)[1:] {
		ref, _, _ := strings.Cut(piece, `"`)
		found[ref] = true
	}
	return found
}
