package api

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/aparte-dev/aparte"
)

// In a browser as people have them: no page breaks a rule of accessibility that a machine can see, none is wider than a phone, and
// what is chosen with the page's own buttons is what counts.
func TestAPersonsPageInABrowser(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("needs a browser: apt-get install chromium")
	}
	axe, err := os.ReadFile("../console/testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true))
	allocated, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)

	shots := os.Getenv("APARTE_SHOTS") // a folder for pictures of the pages
	for _, dressed := range []string{"brand", "plain"} {
		b := pageBrand()
		if dressed == "plain" {
			b.Style = aparte.Style{}
		}
		o := openPages(t, b)
		link := o.basket()
		whole := o.whole()
		server := httptest.NewServer(o.doors)
		t.Cleanup(server.Close)
		for _, as := range []struct {
			lang, theme string
			width       int64
		}{{"en", "light", 1280}, {"fr", "dark", 1280}, {"en", "dark", 390}, {"fr", "light", 390}} {
			for name, path := range map[string]string{"choices": link, "whole": whole, "erase": whole + "/erase", "dead": "/me/none"} {
				theme := func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
					return cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
						Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: as.theme}},
					})
				}
				if _, err := chromedp.Run(ctx, theme); err != nil {
					t.Fatal(err)
				}
				there := server.URL + path + "?" + url.Values{"lang": {as.lang}}.Encode()
				if err := chromedp.Do(ctx, chromedp.EmulateViewport(as.width, 844), chromedp.Navigate(there), chromedp.WaitReady("h1")); err != nil {
					t.Fatal(err)
				}
				if wide, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); err != nil || wide > as.width {
					t.Errorf("%s in %s is %d wide on %d (%v)", name, as.lang, wide, as.width, err)
				}
				for _, broken := range brokenRules(t, ctx, string(axe)) {
					t.Errorf("%s, %s in %s, %s, %d: %s", dressed, name, as.lang, as.theme, as.width, broken)
				}
				if shots != "" {
					picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
					if err != nil {
						t.Fatal(err)
					}
					file := strings.Join([]string{dressed, name, as.lang, as.theme, map[bool]string{true: "phone", false: "desk"}[as.width < 500]}, "-") + ".png"
					if err := os.WriteFile(filepath.Join(shots, file), picture, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if dressed == "plain" {
			continue
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+link+"?lang=fr"), chromedp.WaitReady("h1"),
			chromedp.Click(`input[name=pause][value=month]`), chromedp.Click(`button[value=choose]`), chromedp.WaitReady(`[role=status]`)); err != nil {
			t.Fatal(err)
		}
		p := o.ada()
		if until := p.PausedUntil(); !until.Equal(o.clock().Add(30 * 24 * time.Hour)) {
			t.Errorf("paused until %v", until)
		}
	}
}

// brokenRules has axe-core look at the page, and answers what it finds: the rule, and where.
func brokenRules(t *testing.T, ctx context.Context, axe string) (broken []string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](axe+"; true")); err != nil {
		t.Fatal(err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]}).then(function (found) {
		return JSON.stringify(found.violations.map(function (v) { return v.id + ": " + v.nodes.slice(0, 4).map(function (n) { return n.html.slice(0, 160) + (n.any.concat(n.all, n.none)[0] || {message: ""}).message.slice(0, 160) }).join(" | ") }))
	})`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(found), &broken); err != nil {
		t.Fatal(err)
	}
	return broken
}
