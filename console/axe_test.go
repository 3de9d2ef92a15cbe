package console_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/exchange/source"
)

// axe is axe-core, which looks for what WCAG 2.2 AA forbids and a machine can see.
//
//go:embed testdata/axe.min.js
var axe string

// lookedAt has axe look at a page, and answers what it finds: the rule, and where. Frames hold what others wrote.
const lookedAt = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], iframes: false}).then(function (found) {
	return JSON.stringify(found.violations.map(function (v) {
		return v.id + ": " + v.nodes.slice(0, 4).map(function (n) { return n.html.slice(0, 160) + " (" + (n.any.concat(n.all, n.none)[0] || {message: ""}).message.slice(0, 160) + ")" }).join(" | ")
	}))
})`

// dressed shows pages in a theme, and nothing in motion.
func dressed(theme string) chromedp.Action[cdp.Empty] {
	return func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
	}
}

// TestNoPageBreaksARuleOfAccessibility looks at every page in both languages and both themes: what one has to do with the other is
// nothing that axe could see.
func TestNoPageBreaksARuleOfAccessibility(t *testing.T) {
	ctx := browser(t)
	s, pages := everyPage(t)
	kept := os.Getenv("APARTE_SHOTS") // a folder for pictures of the pages
	for _, as := range []struct{ lang, theme string }{{"en", "light"}, {"fr", "dark"}} {
		for i, path := range pages {
			there := s.server.URL + "/console/language/" + as.lang + "?" + url.Values{"from": {path}}.Encode()
			axed(ctx, t, there, path, as.lang, as.theme)
			if kept != "" {
				shoot(ctx, t, filepath.Join(kept, fmt.Sprintf("%02d-%s-%s.png", i, as.lang, as.theme)))
			}
		}
	}
}

// axed has axe look at the page at an address.
func axed(ctx context.Context, t *testing.T, there, path, lang, theme string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, dressed(theme)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(there), chromedp.WaitReady("#page")); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](axe+"; true")); err != nil {
		t.Fatal(err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](lookedAt, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var broken []string
	if err := json.Unmarshal([]byte(found), &broken); err != nil {
		t.Fatal(err)
	}
	for _, rule := range broken {
		t.Errorf("%s in %s, %s: %s", path, lang, theme, rule)
	}
}

// everyPage is a console with something on every page, and where the pages are.
func everyPage(t *testing.T) (*stage, []string) {
	t.Helper()
	s := open(t)
	_, library := withAssets(t)
	if _, err := library.Put(t.Context(), "box.png", dot(t, 3), aparte.Words{"en": "A red box", "fr": "Une boîte rouge"}); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.PutPlaces(t.Context(), fewPlaces(), nil); err != nil {
		t.Fatal(err)
	}
	hooks, err := webhook.Open(t.Context(), webhook.Config{Stepped: true})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := source.Open(t.Context(), source.Config{Stepped: true})
	if err == nil {
		_, err = asked.Put(t.Context(), source.Source{ID: "crm", Address: "env:APARTE_SOURCE_CRM", Query: "select 1", Brings: source.People, Cursor: "at", Every: aparte.Duration(time.Hour), Enabled: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	b := s.engine.Plan().Brand()
	if _, err := s.engine.Publish(t.Context(), b.Liken(aparte.Lookalike{ID: "like-regulars", Seed: b.Audiences[0].When}, 0.05)); err != nil {
		t.Fatal(err)
	}
	s.serve(console.Config{Mailbox: postbox(t, "Subject: x\n\nx\n"), ReadBrand: plainBrand, Assets: library, Webhooks: hooks, Sources: asked, Grants: private(t, s), Simulated: true})
	person := s.person.String()
	pages := []string{
		"/console/today", "/console/letters", "/console/path", "/console/rhythm", "/console/live", "/console/people", "/console/people?where=person.", "/console/people/" + person, "/console/people/" + person + "/identity",
		"/console/people/" + person + "/asked", "/console/contents", "/console/contents/welcome-offer?as=" + person, "/console/drafts", "/console/content", "/console/objectives", "/console/objectives/order", "/console/rules", "/console/rules/loyal", "/console/rules/before-christmas", "/console/changes", "/console/changes?from=1&to=2", "/console/results", "/console/attribution?by=content", "/console/value", "/console/audiences", "/console/audiences/regulars", "/console/audiences/regulars/alike", "/console/audiences/like-regulars",
		"/console/data/sources", "/console/data/webhooks", "/console/privacy", "/console/people/" + person + "/consents",
		"/console/scores", "/console/personas", "/console/whatif", "/console/scenarios", "/console/scenarios/basket", "/console/scenarios/basket?kind=on", "/console/scenario", "/console/scenario?kind=absent",
		"/console/scenarios/basket?try=1&text=-+id%3A+basket%0A++after%3A+Product+Added%0A++delay%3A+never%0A", "/console/playbook/place", "/console/places", "/console/places/germain", "/console/tasks", "/console/assets",
		"/console/data/attributes", "/console/mail", "/console/mail/1", "/console/nowhere",
	}
	for _, path := range pages {
		if status, body, _ := s.get(path, "en"); status != http.StatusOK && path != "/console/nowhere" || len(body) > 300_000 {
			t.Fatalf("%s: %d, %d bytes", path, status, len(body))
		}
	}
	return s, pages
}
