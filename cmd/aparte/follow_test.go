package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/observe"
)

// logPage is what was logged.
type logPage struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *logPage) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

// lines are those of a request.
func (p *logPage) lines(t *testing.T, request string) (found []map[string]any) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range strings.Lines(p.text.String()) {
		var l map[string]any
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if l["request"] == request {
			found = append(found, l)
		}
	}
	return found
}

func TestARequestIsFollowedThroughTheLogAndItsTrace(t *testing.T) {
	logged := new(logPage)
	w, _ := tracedWith(t, func(p *plan) {
		p.log = slog.New(observe.Logs(slog.NewJSONHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
	})
	for _, door := range []string{"/v1/admin/results", "/v1/admin/people/email:hidden.7f3a@elsewhere.example", "/nowhere/hidden-7f3a", "/console/today", "/tag.js", "/healthz"} {
		_, _, h := w.ask("GET", door, testSecretKey, "", observe.RequestHeader, "ticket-7.a_B", "traceparent", callersTrace)
		if got := h.Get(observe.RequestHeader); got != "ticket-7.a_B" {
			t.Errorf("%s answers as %q", door, got)
		}
	}
	lines := logged.lines(t, "ticket-7.a_B")
	if len(lines) < 4 { // those of the API
		t.Errorf("%d lines are of the request: %v", len(lines), lines)
	}
	for _, l := range lines {
		if l["trace"] != callersTrace[3:35] {
			t.Errorf("a line is of the trace %v: %v", l["trace"], l)
		}
	}
	seen := map[string]bool{}
	for _, id := range []string{"", "two words", "quote\"d", "hidden@elsewhere.example", strings.Repeat("x", 65), "é"} {
		_, _, h := w.ask("GET", "/v1/admin/results", testSecretKey, "", observe.RequestHeader, id)
		got := h.Get(observe.RequestHeader)
		if got == id || !observe.IsRequestID(got) || seen[got] {
			t.Errorf("%q was answered as %q", id, got)
		}
		seen[got] = true
		if n := len(logged.lines(t, got)); n != 1 {
			t.Errorf("%d lines are of %q", n, got)
		}
	}
	logged.mu.Lock()
	defer logged.mu.Unlock()
	if text := logged.text.String(); strings.Contains(text, "hidden") || strings.Contains(text, "elsewhere") || strings.Contains(text, "two words") {
		t.Errorf("the log tells what was asked for:\n%s", text)
	}
}

func TestProfilesAreForAdministrators(t *testing.T) {
	w := watch(t, func(p *plan) {
		p.visitor = access.User{}
	})
	_, viewer, err := w.porter.CreateKey(t.Context(), "reader", access.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path, key string
		want            int
	}{
		{"nobody", "heap", "", http.StatusUnauthorized},
		{"a page", "heap", testWriteKey, http.StatusForbidden},
		{"who only sees", "heap", viewer, http.StatusForbidden},
		{"an administrator", "heap", testSecretKey, http.StatusOK},
		{"an administrator", "goroutine", testSecretKey, http.StatusOK},
		{"an administrator", "profile?seconds=1", testSecretKey, http.StatusOK},
		{"an administrator", "trace?seconds=1", testSecretKey, http.StatusOK},
		{"an administrator", "profile?seconds=31", testSecretKey, http.StatusBadRequest},
		{"an administrator", "trace?seconds=11", testSecretKey, http.StatusBadRequest},
		{"an administrator", "profile?seconds=0", testSecretKey, http.StatusBadRequest},
		{"an administrator", "profile?seconds=1e9", testSecretKey, http.StatusBadRequest},
		{"an administrator", "cmdline", testSecretKey, http.StatusNotFound},
		{"an administrator", "symbol", testSecretKey, http.StatusNotFound},
	} {
		status, said, _ := w.ask("GET", "/debug/pprof/"+c.path, c.key, "")
		if status != c.want {
			t.Errorf("%s asking for %s: %d", c.name, c.path, status)
		}
		if profile := len(said) > 100 && !strings.HasPrefix(said, "{"); profile != (c.want == http.StatusOK) {
			t.Errorf("%s asking for %s has a profile: %t, of %d bytes", c.name, c.path, profile, len(said))
		}
		if strings.Contains(said, testSecretKey) {
			t.Errorf("%s tells the key", c.path)
		}
	}
}
