package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/aparte-dev/aparte/observe"
)

// collected is an OpenTelemetry collector: it takes spans by OTLP over HTTP, in protobuf.
type collected struct {
	mu  sync.Mutex
	all []*spans.Span
	raw bytes.Buffer // every body, unpacked
}

func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		packed, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = packed
	}
	raw, err := io.ReadAll(body)
	var in collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(raw, &in)
	}
	if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(raw)
	for _, of := range in.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			c.all = append(c.all, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (c *collected) spans() []*spans.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

// path is the names of a span and of all it is part of, outermost first.
func path(all []*spans.Span, s *spans.Span) string {
	for _, p := range all {
		if bytes.Equal(p.SpanId, s.ParentSpanId) && bytes.Equal(p.TraceId, s.TraceId) {
			return path(all, p) + " > " + s.Name
		}
	}
	return s.Name
}

// traced opens a house whose spans go to a collector.
func traced(t *testing.T) (*watched, *collected) { return tracedWith(t, func(*plan) {}) }

// tracedWith is traced, of a house that edit has a say in.
func tracedWith(t *testing.T, edit func(*plan)) (*watched, *collected) {
	t.Helper()
	c := new(collected)
	at := httptest.NewServer(c)
	t.Cleanup(at.Close)
	env := map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": at.URL, "OTEL_BSP_SCHEDULE_DELAY": "20", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
	tracer, err := observe.OpenTracer(t.Context(), func(name string) string { return env[name] })
	if err != nil || tracer == nil {
		t.Fatal(tracer, err)
	}
	t.Cleanup(func() {
		if err := tracer.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return watch(t, func(p *plan) {
		p.tracer = tracer
		edit(p)
	}), c
}

// callersTrace is the W3C traceparent of whoever asks, whose trace goes on.
const callersTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestAnEventIsFollowedToItsMail(t *testing.T) {
	w, c := traced(t)
	told := make(chan string, 100)
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.Header.Get("traceparent") }))
	t.Cleanup(endpoint.Close)
	if status, said, _ := w.ask("PUT", "/v1/admin/webhooks/ears", testSecretKey, fmt.Sprintf(`{"url":%q,"types":["message.sent"],"enabled":true}`, endpoint.URL)); status/100 != 2 {
		t.Fatal(status, said)
	}
	const id, mail, first, phone = "hidden-7f3a", "hidden.7f3a@elsewhere.example", "Hildegund", "+33612345999"
	users := make([]string, 12) // silence is a choice: somebody of these is written to
	for i := range users {
		users[i] = fmt.Sprintf("%s-%d", id, i)
		w.ask("POST", "/v1/identify", testWriteKey, fmt.Sprintf(`{"userId":%q,"traits":{"email":"%d.%s","firstName":%q,"phone":%q}}`, users[i], i, mail, first, phone))
		status, said, _ := w.ask("POST", "/v1/track", testWriteKey, fmt.Sprintf(`{"userId":%q,"event":"Note Wanted","properties":{"from":%q}}`, users[i], first),
			"traceparent", callersTrace, "tracestate", "vendor="+id, "baggage", "who="+id)
		if status != http.StatusOK {
			t.Fatal(status, said)
		}
	}
	w.ask("POST", "/v1/decide", testWriteKey, fmt.Sprintf(`{"person":{"userId":%q},"surface":"web","slots":["hero"]}`, users[0]))
	w.ask("GET", "/console/people/"+users[0], "", "")
	w.ask("GET", "/x/slot/hero/"+users[0]+".png?key="+testWriteKey, "", "")

	const event = "POST /v1/track"
	want := []string{
		event, event + " > wait", event + " > commit", event + " > moment", event + " > moment > decide", event + " > moment > commit",
		event + " > moment > message", event + " > moment > message > wait", event + " > moment > message > compose", event + " > moment > message > send", event + " > moment > message > commit", event + " > moment > message > webhook",
		"POST /v1/decide", "POST /v1/decide > wait", "POST /v1/decide > decide", "POST /v1/decide > compose", "POST /v1/decide > commit",
		"GET /console/people/{id}", "GET /x/slot/{slot}/{file} > decide", "GET /x/slot/{slot}/{file} > compose",
	}
	var missing []string
	defer func() {
		if t.Failed() {
			t.Log("missing:", missing)
		}
	}()
	eventually(t, "followed all", func() bool {
		all := c.spans()
		missing = nil
		for _, p := range want {
			if !slices.ContainsFunc(all, func(s *spans.Span) bool { return path(all, s) == p }) {
				missing = append(missing, p)
			}
		}
		return len(missing) == 0
	})
	all := c.spans()
	known := map[string][]string{ // what may be said, and in which words; nil: a number, or a pattern of an address
		"http.request.method": {"GET", "POST", "PUT"}, "http.route": nil, "http.response.status_code": nil, "aparte.area": {"api", "console", "me", "tag"},
		"aparte.entries": nil, "aparte.candidates": nil, "aparte.attempt": nil, "aparte.cause": {"event", "clock", "reply"}, "aparte.notice": {"message.sent"},
		"aparte.moment": {"request", "open", "scenario"}, "aparte.surface": {"web", "email"}, "aparte.outcome": {"spoke", "silent"}, "aparte.reason": nil,
	}
	decides := 0
	for _, s := range all {
		if p := path(all, s); strings.HasPrefix(p, event) && fmt.Sprintf("%x", s.TraceId) != callersTrace[3:35] {
			t.Errorf("%s is of another trace than its caller's: %x", p, s.TraceId)
		}
		if s.Name == event && fmt.Sprintf("%x", s.ParentSpanId) != callersTrace[36:52] {
			t.Errorf("the request is no part of its caller's span, but of %x", s.ParentSpanId)
		}
		if s.EndTimeUnixNano < s.StartTimeUnixNano || s.TraceState != "" {
			t.Errorf("%s ends before it begins, or says %q", s.Name, s.TraceState)
		}
		for _, a := range s.Attributes {
			words, may := known[a.Key]
			if !may || words != nil && !slices.Contains(words, a.Value.GetStringValue()) {
				t.Errorf("%s says %s = %v", s.Name, a.Key, a.Value)
			}
			if a.Key == "aparte.candidates" && a.Value.GetIntValue() > 0 {
				decides++
			}
		}
	}
	if decides == 0 {
		t.Error("no decision tells its candidates")
	}
	select {
	case traceparent := <-told:
		if !strings.HasPrefix(traceparent, callersTrace[:36]) || !strings.HasSuffix(traceparent, "-01") || strings.Contains(traceparent, callersTrace[36:52]) {
			t.Errorf("an endpoint is told of %q, the trace is %s", traceparent, callersTrace)
		}
	default:
		t.Error("no endpoint was told, though its span was sent")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, secret := range []string{id, "hidden.7f3a", "elsewhere", first, phone[1:], testWriteKey, testSecretKey, "Note Wanted", "It burns"} {
		if bytes.Contains(c.raw.Bytes(), []byte(secret)) {
			t.Errorf("spans tell %q", secret)
		}
	}
	if !bytes.Contains(c.raw.Bytes(), []byte("deployment.environment.name")) {
		t.Error("the resource is not what the environment says")
	}
}

func TestNobodyTracesUnlessTheEnvironmentSaysSo(t *testing.T) {
	for _, env := range []map[string]string{
		nil, {"OTEL_SERVICE_NAME": "x"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
	} {
		if tracer, err := observe.OpenTracer(t.Context(), func(name string) string { return env[name] }); tracer != nil || err != nil {
			t.Errorf("%v: %v %v", env, tracer, err)
		}
	}
}
