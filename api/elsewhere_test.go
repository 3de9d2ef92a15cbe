package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/engine"
)

// TestWhoIsElsewhereIsSaidSo: the node that a request came to sends it on by this answer, which nobody outside sees.
func TestWhoIsElsewhereIsSaidSo(t *testing.T) {
	h, f := testDoors(t)
	f.err = &engine.Elsewhere{Part: 5}
	for _, ask := range []struct{ path, body string }{
		{"/v1/decide", `{"person":{"userId":"u"},"slots":["hero"]}`},
		{"/v1/moment", `{"event":{"type":"track","event":"E","userId":"u"},"slots":["hero"]}`},
		{"/ofrep/v1/evaluate/flags/hero", `{"context":{"targetingKey":"u"}}`},
	} {
		if w := call(h, "POST", ask.path, "wk", ask.body); w.Code != http.StatusMisdirectedRequest || w.Header().Get(ElsewhereHeader) != "5" {
			t.Errorf("%s: answered %d %v %s", ask.path, w.Code, w.Header(), w.Body)
		}
	}
}

// TestABranchKeepsNothingAside: what would be written down is the office's to answer, before anything of it is taken in.
func TestABranchKeepsNothingAside(t *testing.T) {
	f := newFakeEngine(t)
	h, err := New(Config{Engine: f, Branch: true, Keys: testKeys})
	if err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string]string{
		"/v1/batch":  `{"batch":[{"type":"track","userId":"u","event":"Good"},{"type":"track","userId":"u","event":7}]}`,
		"/v1/track":  `{"userId":"u","event":7}`,
		"/v1/moment": `{"batch":[{"type":"track","userId":"u","event":"Good"}],"event":{"type":"track","userId":"u","event":7},"slots":["hero"]}`,
	} {
		w := call(h, "POST", path, "wk", body)
		if w.Code != http.StatusMisdirectedRequest || w.Header().Get(ElsewhereHeader) != "0" {
			t.Errorf("%s: answered %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
	if len(f.kept()) > 0 {
		t.Errorf("a branch took in %v beside what it did not", f.kept())
	}
	r := httptest.NewRequest("POST", "/v1/batch", strings.NewReader(`{"batch":[{"type":"track","userId":"u","event":"Good"}]}`))
	r.SetBasicAuth("wk", "")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK || len(f.kept()) != 1 {
		t.Errorf("what is good is answered %d %s", w.Code, w.Body)
	}
}
