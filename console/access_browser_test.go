package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/console"
)

// TestPagesOfAccessInABrowser signs in with a browser, and has axe look at every page about who comes in, in both languages and
// themes, and on a phone at how wide it is.
func TestPagesOfAccessInABrowser(t *testing.T) {
	ctx := browser(t)
	g := gate(t, open(t))
	invited, token, err := g.porter.Invite(t.Context(), "Mia", "mia@lantern.example", access.Marketer)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.porter.CreateKey(access.WithUser(t.Context(), invited), "web shop", ""); err != nil {
		t.Fatal(err)
	}
	asked := g.server.URL
	fresh := newcomer(t, g)
	kept := os.Getenv("APARTE_SHOTS")
	looked := 0
	look := func(paths ...string) {
		for _, as := range []struct{ lang, theme string }{{"en", "light"}, {"fr", "dark"}} {
			for _, path := range paths {
				base, _, _ := strings.Cut(path, "/console/")
				if base == "" {
					base = asked
				}
				path = strings.TrimPrefix(path, base)
				there := base + "/console/language/" + as.lang + "?" + url.Values{"from": {path}}.Encode()
				axed(ctx, t, there, path, as.lang, as.theme)
				said, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`))
				if err != nil || said != path {
					t.Errorf("%s is %s (%v)", path, said, err)
				}
				if kept != "" {
					looked++
					shoot(ctx, t, filepath.Join(kept, fmt.Sprintf("access-%02d-%s.png", looked, as.lang)))
				}
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844)); err != nil {
					t.Fatal(err)
				}
				wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
				if err != nil || wide > 0 {
					t.Errorf("%s in %s sticks out by %d on a phone (%v)", path, as.lang, wide, err)
				}
			}
		}
	}
	look("/console/sign-in", "/console/join/"+token, fresh)
	if err := chromedp.Do(ctx, chromedp.Navigate(asked+"/console/sign-in"), chromedp.WaitReady("#email"), chromedp.SendKeys("#email", "zoe@lantern.example"), chromedp.SendKeys("#password", herWords), chromedp.Click(".entry button"), chromedp.WaitReady("nav")); err != nil {
		t.Fatal(err)
	}
	g.wait(t, func() bool {
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`))
		return err == nil && !strings.HasSuffix(at, "sign-in")
	})
	look("/console/account", "/console/account/second", "/console/users", "/console/keys", "/console/channels", "/console/record", "/console/begin", "/console/live")
}

// newcomer is a console that nobody has set up yet: the address of its set-up page.
func newcomer(t *testing.T, g *gated) string {
	t.Helper()
	kept := freshStore(t)
	p, err := access.Open(t.Context(), access.Config{Documents: kept, Secret: kept.Secret()})
	if err != nil {
		t.Fatal(err)
	}
	token, err := p.SetUpToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g.serve(console.Config{Entrance: &access.Entrance{Porter: p}})
	there := g.server.URL + "/console/set-up/" + token
	if res, err := http.Get(there); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the set-up page: %v", err)
	} else {
		res.Body.Close()
	}
	return there
}
