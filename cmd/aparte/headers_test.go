package main

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryPageSaysWhatItMayRun goes to every page of a furnished house that a page, or this list, leads to, so that a new page is looked at by
// itself: none lets a script stand in the page, styles neither but where foreign layouts are shown, and none is sniffed, framed or kept.
func TestEveryPageSaysWhatItMayRun(t *testing.T) {
	t.Parallel()
	c := run(t, t.TempDir(), "demo", "--quiet-world", "--addr=127.0.0.1:0")
	_, past := furniture(c)
	who := c.person(past.People()[0].UserID).ID
	opened := decoded[struct{ URL string }](t, c.must(http.StatusOK, "POST", "/v1/admin/people/"+who+"/page", demoSecretKey, nil).body)
	own := strings.TrimPrefix(opened.URL, c.base)
	w := &walk{c: c, seen: map[string]int{}}
	w.queue = []string{"/", "/console/", "/console/people/" + who, "/shop/", own, own + "/erase", own + "/export.html", "/me/none", "/u/none", "/a/none", "/v/none", "/r/none", "/c/none", "/x/none.html"}
	for len(w.queue) > 0 && w.pages < 400 {
		next := w.queue[0]
		w.queue = w.queue[1:]
		w.visit(next)
	}
	t.Logf("%d pages of %d kinds", w.pages, len(w.seen))
	for _, kind := range []string{"/console/today", "/console/live", "/console/people", "/console/people/*", "/console/contents/*", "/console/results", "/shop/item/*", "/me/*", "/u/*"} {
		if w.seen[kind] == 0 {
			t.Errorf("no page was seen as %s", kind)
		}
	}
}

// walk goes from page to page, to at most sightings of each kind.
type walk struct {
	c     child
	queue []string
	seen  map[string]int // by kind of address
	asked map[string]bool
	pages int
}

const sightings = 3

// kindOf is an address of which what names one thing is left out, so that a hundred items are one kind.
func kindOf(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i := range parts {
		if i > 1 || parts[0] != "console" && parts[0] != "shop" && i > 0 {
			parts[i] = "*"
		}
	}
	if len(parts) > 2 && (parts[1] == "item" || parts[1] == "about") {
		parts[2] = "*"
	}
	return "/" + strings.Join(parts, "/")
}

var links = regexp.MustCompile(`(?:href|src|hx-get)="([^"]+)"`)

func (w *walk) visit(address string) {
	t := w.c.t
	at, err := url.Parse(address)
	if err != nil || at.Host != "" || w.asked[address] {
		return
	}
	kind := kindOf(at.Path)
	if strings.HasPrefix(at.Path, "/console/data/") || strings.HasPrefix(at.Path, "/console/language") {
		kind = at.Path
	}
	if w.seen[kind] >= sightings {
		return
	}
	if w.asked == nil {
		w.asked = map[string]bool{}
	}
	w.asked[address] = true
	got, err := w.c.ask("GET", address, "", nil, "Accept-Language", "fr")
	if err != nil {
		t.Fatal(err)
	}
	h := got.header
	if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Permissions-Policy") == "" || h.Get("Referrer-Policy") == "" {
		t.Errorf("%s: %v", address, h)
	}
	if got.status >= http.StatusInternalServerError {
		t.Errorf("%s: answered %d", address, got.status)
	}
	if to, err := at.Parse(strings.TrimPrefix(h.Get("Location"), w.c.base)); got.status >= 300 && got.status < 400 && err == nil {
		w.queue = append(w.queue, to.String())
		return
	}
	if !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		return
	}
	w.seen[kind]++
	w.pages++
	for _, wrong := range loose(h, address, string(got.body)) {
		t.Errorf("%s: %s: %s", address, wrong, h.Get("Content-Security-Policy"))
	}
	for _, m := range links.FindAllStringSubmatch(string(got.body), -1) {
		if to, err := at.Parse(html.UnescapeString(m[1])); err == nil && to.Host == "" && strings.HasPrefix(to.Path, "/") {
			to.Fragment = ""
			w.queue = append(w.queue, to.String())
		}
	}
}

var inline = regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]|\son[a-z]+\s*=\s*"`)

// loose is what a page lets happen that it should not.
func loose(h http.Header, address, body string) (wrong []string) {
	policy := map[string][]string{}
	for d := range strings.SplitSeq(h.Get("Content-Security-Policy"), ";") {
		if words := strings.Fields(d); len(words) > 0 {
			policy[words[0]] = words[1:]
		}
	}
	of := func(directive string) []string {
		if sources, said := policy[directive]; said {
			return sources
		}
		return policy["default-src"]
	}
	_, sandboxed := policy["sandbox"]
	layouts := sandboxed || strings.HasPrefix(address, "/x/") || strings.HasPrefix(address, "/shop/") // they have styles of their own
	if len(policy) == 0 {
		wrong = append(wrong, "says nothing")
	}
	for _, s := range of("script-src") {
		if s == "'unsafe-inline'" || s == "'unsafe-eval'" || s == "*" || s == "data:" {
			wrong = append(wrong, "runs "+s)
		}
	}
	if slices.Contains(of("style-src"), "'unsafe-inline'") && !layouts {
		wrong = append(wrong, "styles may stand in it")
	}
	if len(policy["frame-ancestors"]) == 0 && !strings.HasPrefix(address, "/x/") {
		wrong = append(wrong, "may be framed")
	}
	if len(policy["base-uri"]) == 0 && !sandboxed {
		wrong = append(wrong, "may be given another base")
	}
	if !strings.Contains(h.Get("Cache-Control"), "no-store") {
		wrong = append(wrong, "may be kept")
	}
	if inline.MatchString(body) && !sandboxed {
		wrong = append(wrong, "has a script in it")
	}
	return wrong
}

func TestBrowsersAreToldToComeByHTTPS(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{"https://say.example": "max-age=31536000", "http://127.0.0.1:8080": ""} {
		w := httptest.NewRecorder()
		guarded(base, http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: %q", base, got)
		}
	}
}

func TestThePageOfAClosedGateSaysWhatItMayRun(t *testing.T) {
	t.Parallel()
	var g gate
	w := httptest.NewRecorder()
	guarded("", &g).ServeHTTP(w, httptest.NewRequest("GET", "/console/", nil))
	if wrong := loose(w.Header(), "/console/", w.Body.String()); len(wrong) > 0 || w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d, %v", w.Code, wrong)
	}
}

func TestAPageThatIsLooseIsFound(t *testing.T) {
	t.Parallel()
	const sound = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
	for name, c := range map[string]struct{ policy, kept, body string }{
		"no policy":        {"", "no-store", ""},
		"scripts in it":    {sound + "; script-src 'self' 'unsafe-inline'", "no-store", ""},
		"scripts by all":   {strings.Replace(sound, "default-src 'none'", "default-src *", 1), "no-store", ""},
		"styles in it":     {strings.Replace(sound, "style-src 'self'", "style-src 'unsafe-inline'", 1), "no-store", ""},
		"framed":           {strings.Replace(sound, "frame-ancestors", "x", 1), "no-store", ""},
		"kept":             {sound, "public", ""},
		"a handler in it":  {sound, "no-store", `<a onclick="x()">`},
		"a script element": {sound, "no-store", `<script>x()</script>`},
	} {
		h := http.Header{"Content-Security-Policy": {c.policy}, "Cache-Control": {c.kept}}
		if wrong := loose(h, "/console/x", c.body); len(wrong) == 0 {
			t.Errorf("%s: passes", name)
		}
	}
	if wrong := loose(http.Header{"Content-Security-Policy": {sound}, "Cache-Control": {"no-store"}}, "/console/x", `<script src="/a.js"></script>`); len(wrong) > 0 {
		t.Errorf("a sound page: %v", wrong)
	}
}
