package tag

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(headers map[string]string, method string) *http.Response {
	r := httptest.NewRequest(method, "/tag.js", nil)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestTheScriptIsSmall(t *testing.T) {
	const most = 8 << 10
	script := Script()
	if strings.Contains(string(source), "`") {
		t.Error("a template literal may go over lines, which lean does not know")
	}
	if n := len(compressed([]byte(script))); n >= most {
		t.Errorf("tag.js is %d bytes compressed, want fewer than %d", n, most)
	} else {
		t.Logf("tag.js is %d bytes, %d compressed", len(script), n)
	}
}

func TestTheScriptIsServedAsTheBrowserTakesIt(t *testing.T) {
	for accept, want := range map[string]string{"": "", "br": "", "gzip;q=0": "", "deflate, gzip;q=1.0": "gzip", "gzip": "gzip"} {
		answer := get(map[string]string{"Accept-Encoding": accept}, "GET")
		if got := answer.Header.Get("Content-Encoding"); got != want {
			t.Errorf("accepting %q: encoded as %q", accept, got)
			continue
		}
		body := io.Reader(answer.Body)
		if want == "gzip" {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		if text, err := io.ReadAll(body); err != nil || string(text) != Script() {
			t.Errorf("accepting %q: %d bytes, %v", accept, len(text), err)
		}
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/javascript") || answer.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("headers %v", answer.Header)
		}
	}
}

func TestABrowserThatHasTheScriptIsToldSo(t *testing.T) {
	for _, accept := range []string{"", "gzip"} {
		tag := get(map[string]string{"Accept-Encoding": accept}, "GET").Header.Get("ETag")
		for match, want := range map[string]int{tag: 304, `"x", W/` + tag: 304, "*": 304, `"x"`: 200, "": 200} {
			answer := get(map[string]string{"Accept-Encoding": accept, "If-None-Match": match}, "GET")
			if answer.StatusCode != want {
				t.Errorf("If-None-Match %s: answered %d", match, answer.StatusCode)
			}
		}
	}
}

func TestTheScriptIsOnlyRead(t *testing.T) {
	if got := get(nil, "HEAD").StatusCode; got != 200 {
		t.Errorf("HEAD answered %d", got)
	}
	if answer := get(nil, "POST"); answer.StatusCode != 405 || answer.Header.Get("Allow") == "" {
		t.Errorf("POST answered %d", answer.StatusCode)
	}
}
