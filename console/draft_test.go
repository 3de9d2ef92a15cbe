package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/access"
)

var framedHTML = regexp.MustCompile(`src="(/console/contents/[^"]+format=html)"`)

var revisionShown = regexp.MustCompile(`name="(?:version|revision)" value="(\d+)"`)

func TestEditsAreGatheredInADraftLookedAtAndPublishedAtOnce(t *testing.T) {
	g := gate(t, open(t))
	ada, bob := g.signedIn(access.Marketer), g.signedIn(access.Marketer)
	version := func(c *http.Client, path string) string {
		t.Helper()
		_, page, _ := g.do(c, "GET", path, nil)
		m := revisionShown.FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("%s has no version:\n%s", path, page)
		}
		return m[1]
	}
	begin := func(c *http.Client, form url.Values) string {
		t.Helper()
		_, _, header := g.do(c, "POST", "/console/drafts", form)
		draft, _, _ := strings.Cut(header.Get("Location"), "?")
		if !strings.HasPrefix(draft, "/console/drafts/d") {
			t.Fatalf("begun, it leads to %q", header.Get("Location"))
		}
		return draft
	}
	before := g.version()
	draft := begin(ada, url.Values{"name": {"Winter <b>"}})
	status, _, header := g.do(ada, "POST", "/console/rules", url.Values{"version": {version(ada, "/console/rules")}, "english": {"Cold ones"}, "shown": {""}, "when": {""}, "field": {"orders"}, "sign": {"<="}, "value": {"3"}, "join": {"and"}})
	if status != http.StatusSeeOther || header.Get("Location") != "/console/rules/cold-ones?done=saved" {
		t.Fatalf("saving a rule in a draft: %d, to %q", status, header.Get("Location"))
	}
	g.do(ada, "POST", "/console/contents/gift-wrap/be/alter", url.Values{"version": {version(ada, "/console/contents/gift-wrap")}, "element": {"0"}, "variant": {"0"}, "words-en": {"Wrapped for winter"}, "words-fr": {"Emballé pour l’hiver"}})
	g.do(ada, "POST", "/console/audiences", url.Values{"version": {version(ada, "/console/audiences")}, "id": {"cold"}, "english": {"Cold"}, "when": {"person.orders == 0"}})
	if g.version() != before {
		t.Fatal("a draft was published")
	}
	_, page, _ := g.do(ada, "GET", draft, nil)
	for _, want := range []string{"Winter &lt;b&gt;", `added</span> rule <strong>Cold ones`, `changed</span> content`, "<ins>Wrapped for winter</ins>", "<ins>Emballé pour l’hiver</ins>", `added</span> audience <strong>Cold`} {
		if !strings.Contains(page, want) {
			t.Errorf("the draft does not tell %q:\n%s", want, page)
		}
	}
	for path, want := range map[string]string{"/console/rules": "Cold ones", "/console/rules/cold-ones": "Save in the draft", "/console/contents/gift-wrap": "Wrapped for winter", "/console/audiences": "Cold", "/console/today": "You are working in the draft"} {
		if _, page, _ := g.do(ada, "GET", path, nil); !strings.Contains(page, want) {
			t.Errorf("%s does not show what the draft has: %q", path, want)
		}
		if _, page, _ := g.do(bob, "GET", path, nil); strings.Contains(page, want) {
			t.Errorf("%s shows to others what the draft has: %q", path, want)
		}
	}
	_, page, _ = g.do(ada, "GET", "/console/contents/gift-wrap?as="+g.person.String(), nil)
	shown := framedHTML.FindStringSubmatch(page)
	if shown == nil {
		t.Fatal("there is no preview")
	}
	if _, seen, _ := g.do(ada, "GET", html.UnescapeString(shown[1]), nil); !strings.Contains(seen, "Wrapped for winter") {
		t.Error("a preview does not show the draft")
	}
	if _, seen, _ := g.do(bob, "GET", html.UnescapeString(shown[1]), nil); strings.Contains(seen, "Wrapped for winter") {
		t.Error("a preview shows the draft to others")
	}
	if status, _, _ := g.do(bob, "GET", draft, nil); status != http.StatusNotFound {
		t.Errorf("somebody else's own draft is open to others: %d", status)
	}
	// Bob publishes something of the same, and something else.
	g.do(bob, "POST", "/console/contents/gift-wrap/be/alter", url.Values{"version": {g.version()}, "element": {"0"}, "variant": {"0"}, "words-en": {"Wrapped by Bob"}})
	g.do(bob, "POST", "/console/rules", url.Values{"version": {g.version()}, "english": {"Bob’s"}, "shown": {""}, "when": {"person.known"}})
	publish := func() string {
		t.Helper()
		_, page, header := g.do(ada, "POST", draft+"/publish", url.Values{"revision": {version(ada, draft)}})
		return page + header.Get("Location")
	}
	if page := publish(); !strings.Contains(page, "Others changed this too") || !strings.Contains(page, "<ins>Wrapped by Bob</ins>") || g.rule("cold-ones") != nil {
		t.Errorf("it was published over what others did, or what differs is not told:\n%s", page)
	}
	if _, page, _ := g.do(ada, "GET", draft, nil, "Accept-Language", "fr"); !strings.Contains(page, "D’autres ont aussi changé ceci") {
		t.Error("French readers are not told")
	}
	g.do(ada, "POST", draft+"/mine", url.Values{"revision": {version(ada, draft)}, "kind": {"contents"}, "object": {"gift-wrap"}})
	if to := publish(); to != "/console/changes?done=saved" {
		t.Fatalf("published, it leads to %s", to)
	}
	if g.rule("cold-ones") == nil || g.rule("bob-s") == nil || contentOf(t, g.stage, "gift-wrap").Elements[0].Variants[0].Words["en"] != "Wrapped for winter" {
		t.Error("not all of it is in force, or what others did is lost")
	}
	if all, err := g.engine.Editions(t.Context(), 1); err != nil || all[0].By != "Some marketer" || len(all[0].Changes) != 3 {
		t.Errorf("it is not one version: %+v, %v", all, err)
	}
	if _, page, _ := g.do(ada, "GET", "/console/today", nil); strings.Contains(page, "You are working in the draft") {
		t.Error("a draft that was published is worked in still")
	}
	// One that is shared is everybody's, and one that is thrown away leaves nothing.
	draft = begin(ada, url.Values{"shared": {"1"}})
	g.do(bob, "POST", draft+"/open", nil)
	g.do(bob, "POST", "/console/rules", url.Values{"version": {version(bob, "/console/rules")}, "english": {"Shared"}, "shown": {""}, "when": {"person.known"}})
	if _, page, _ := g.do(ada, "GET", draft, nil); !strings.Contains(page, "<strong>Shared") {
		t.Error("what somebody else did in a shared draft is not there")
	}
	stale := url.Values{"version": {"1"}, "english": {"Mine"}, "shown": {""}, "when": {"person.known"}}
	if _, page, _ := g.do(ada, "POST", "/console/rules", stale); !strings.Contains(page, "The draft was changed meanwhile") || !strings.Contains(page, `value="Mine"`) {
		t.Error("it was kept over what others kept in the draft")
	}
	at := g.version()
	g.do(ada, "POST", draft+"/drop", nil)
	if status, _, _ := g.do(ada, "GET", draft, nil); status != http.StatusNotFound || g.version() != at || g.rule("shared") != nil {
		t.Errorf("thrown away, it is there still: %d", status)
	}
}
