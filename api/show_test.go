package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/engine"
	"github.com/google/go-cmp/cmp"
)

func TestASlotAlwaysShowsSomething(t *testing.T) {
	for path, want := range map[string]struct {
		status int
		kind   string
		body   string
	}{
		"/x/good.png":                      {200, "image/png", "\x89PNG…"},
		"/x/good":                          {200, "image/png", "\x89PNG…"},
		"/x/good.html":                     {200, "text/html; charset=utf-8", "<p>Hi</p>"},
		"/x/good.json":                     {200, "application/json", `{"id":"x"}`},
		"/x/broken.png":                    {200, "image/png", string(nothing.Body)},
		"/x/broken.json":                   {200, "application/json", `{"silent":true}`},
		"/x/forged.png":                    {404, "image/png", string(nothing.Body)},
		"/x/forged.html":                   {404, "image/png", string(nothing.Body)},
		"/x/good.exe":                      {404, "image/png", string(nothing.Body)},
		"/x/.png":                          {404, "image/png", string(nothing.Body)},
		"/x/slot/hero/u1.png?key=wk":       {200, "image/png", "\x89PNG…"},
		"/x/slot/hero/a.b%2Fc.html?key=wk": {200, "text/html; charset=utf-8", "<p>Hi</p>"},
		"/x/slot/hero/u1.png?key=nope":     {401, "image/png", string(nothing.Body)},
		"/x/slot/hero/u1.png":              {401, "image/png", string(nothing.Body)},
		"/x/slot/hero/%20.png?key=wk":      {404, "image/png", string(nothing.Body)},
		"/x/slot/" + strings.Repeat("s", 65) + "/u1.png?key=wk": {404, "image/png", string(nothing.Body)},
	} {
		h, _ := testDoors(t)
		w := call(h, "GET", path, "", "")
		if w.Code != want.status || w.Header().Get("Content-Type") != want.kind || w.Body.String() != want.body {
			t.Errorf("%s: answered %d %s %q", path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if w.Header().Get("Cache-Control") != "no-store, private" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, w.Header())
		}
	}
}

func TestTheEngineIsToldHowASlotIsFetched(t *testing.T) {
	h, f := testDoors(t)
	r := httptest.NewRequest("HEAD", "/x/good.png?scale=2", nil)
	r.Header.Set("User-Agent", "GoogleImageProxy")
	h.ServeHTTP(httptest.NewRecorder(), r)
	want := []engine.Fetch{{Format: engine.PNG, UserAgent: "GoogleImageProxy", Head: true, Scale: 2}}
	if diff := cmp.Diff(want, f.fetches); diff != "" {
		t.Error(diff)
	}
}

func TestWhoSaysThatNobodyLooksYetIsAPrefetch(t *testing.T) {
	for header, want := range map[string]bool{
		"Sec-Purpose: prefetch;prerender": true, "Purpose: prefetch": true, "X-Purpose: preview": true, "X-Moz: prefetch": true,
		"Purpose: navigate": false, "Accept: image/png": false,
	} {
		h, f := testDoors(t)
		r := httptest.NewRequest("GET", "/x/good.jpg", nil)
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if len(f.fetches) != 1 || f.fetches[0].Prefetch != want || f.fetches[0].Format != engine.JPEG {
			t.Errorf("%s: %+v", header, f.fetches)
		}
	}
}

func TestAPictureThatIsStillTheSameIsNotSentAgain(t *testing.T) {
	h, f := testDoors(t)
	first := call(h, "GET", "/x/good.png", "", "")
	tag := first.Header().Get("ETag")
	for sent, want := range map[string]int{tag: http.StatusNotModified, `"other"`: http.StatusOK} {
		r := httptest.NewRequest("GET", "/x/good.png", nil)
		r.Header.Set("If-None-Match", sent)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if tag == "" || w.Code != want || (w.Body.Len() == 0) != (want == http.StatusNotModified) || w.Header().Get("Cache-Control") != "no-store, private" {
			t.Errorf("%s: answered %d with %d bytes, %v", sent, w.Code, w.Body.Len(), w.Header())
		}
	}
	if len(f.fetches) != 3 {
		t.Errorf("decided %d times of 3", len(f.fetches))
	}
	if w := call(h, "GET", "/x/forged.png", "", ""); w.Header().Get("ETag") != "" {
		t.Error("what is not ours has a tag")
	}
}

func TestAClickLeadsOn(t *testing.T) {
	for path, want := range map[string]int{
		"/c/good": 302, "/c/forged": 404, "/c/script": 404, "/c/broken": 503,
		"/r/good": 302, "/r/forged": 404, "/r/broken": 503,
		"/c/slot/hero/u1?key=wk": 302, "/c/slot/hero/u1?key=nope": 401, "/c/slot/hero/%20?key=wk": 404,
	} {
		h, _ := testDoors(t)
		w := call(h, "GET", path, "", "")
		if w.Code != want {
			t.Errorf("%s: answered %d %s", path, w.Code, w.Body)
		}
		if location := w.Header().Get("Location"); (location != "") != (want == 302) {
			t.Errorf("%s: leads to %q", path, location)
		}
		if want == 302 && (w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cache-Control") != "no-store") {
			t.Errorf("%s: headers %v", path, w.Header())
		}
	}
}

func TestAProbeIsNobodysClick(t *testing.T) {
	h, f := testDoors(t)
	for _, path := range []string{"/c/good", "/r/good", "/c/slot/hero/u1?key=wk"} {
		if w := call(h, "HEAD", path, "", ""); w.Code != http.StatusNoContent || f.clicks != 0 {
			t.Errorf("%s: answered %d, %d clicks", path, w.Code, f.clicks)
		}
	}
}

func TestUnsubscribingTakesAPost(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "GET", "/u/good", "", "")
	if w.Code != 200 || len(f.closed) != 0 || !strings.Contains(w.Body.String(), `<form method="post">`) {
		t.Errorf("GET answered %d, closed %v\n%s", w.Code, f.closed, w.Body)
	}
	r := httptest.NewRequest("POST", "/u/good", strings.NewReader("List-Unsubscribe=One-Click"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 200 || len(f.closed) != 1 || len(w.Result().Cookies()) != 0 {
		t.Errorf("POST answered %d, closed %v", w.Code, f.closed)
	}
	for path, want := range map[string]int{"/u/forged": 404, "/u/broken": 503} {
		if w := call(h, "POST", path, "", ""); w.Code != want {
			t.Errorf("POST %s answered %d", path, w.Code)
		}
	}
	if w := call(h, "GET", "/u/forged", "", ""); w.Code != 404 {
		t.Errorf("GET /u/forged answered %d", w.Code)
	}
}

func TestADeviceTellsWhatBecameOfANotification(t *testing.T) {
	h, f := testDoors(t)
	for path, want := range map[string]int{"/n/good/delivered": 204, "/n/good/dismissed": 204, "/n/good/eaten": 404, "/n/forged/delivered": 404} {
		if w := call(h, "POST", path, "", ""); w.Code != want || w.Body.Len() > 0 {
			t.Errorf("POST %s answered %d\n%s", path, w.Code, w.Body)
		}
	}
	if len(f.notified) != 2 {
		t.Errorf("noted %v", f.notified)
	}
	if w := call(h, "GET", "/n/good/dismissed", "", ""); w.Code != 405 {
		t.Errorf("GET answered %d: what follows links dismisses nothing", w.Code)
	}
}

func TestPagesSpeakTheReadersLanguageAndTrustNobody(t *testing.T) {
	for accept, want := range map[string]string{
		"fr-FR,fr;q=0.9,en;q=0.8": "fr", "de-DE,fr;q=0.5": "fr", "en-GB": "en", "de": "en", "": "en",
	} {
		h, _ := testDoors(t)
		r := httptest.NewRequest("GET", "/u/good", nil)
		r.Header.Set("Accept-Language", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		body := w.Body.String()
		if !strings.Contains(body, `<html lang="`+want+`">`) || !strings.Contains(body, pageWords[want][askPage].Button) || !strings.Contains(body, "Maison") {
			t.Errorf("%q: got\n%s", accept, body)
		}
		policy := w.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "style-src 'sha256-", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("policy %q lacks %s", policy, part)
			}
		}
	}
}
