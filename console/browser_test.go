package console_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/aparte-dev/aparte/console"
)

// patience is how long something may take that a test waits for: far longer than it does, as the machine may have other things to do.
const patience = 5 * time.Minute

// browser is a page in headless Chromium.
func browser(t *testing.T) context.Context {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("needs a browser: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	allocated, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	return ctx
}

func TestADecisionAppearsOnTheLivePageAsItHappens(t *testing.T) {
	ctx := browser(t)
	s := open(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(s.server.URL+"/console/live"), chromedp.WaitReady("#feed")); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) { // the stream may open after the first decisions
		s.decide("17850")
		shown, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll("#feed li a").length`))
		if err != nil {
			t.Fatal(err)
		}
		if shown > 0 {
			return
		}
	}
	t.Error("no decision appeared on the page")
}

// A phone as narrow as most are: nothing is cut or wraps, and no page is wider than the screen.
func TestOnAPhoneTheNavigationIsOneLineAndNothingSticksOut(t *testing.T) {
	ctx := browser(t)
	s := open(t)
	s.serve(console.Config{Mailbox: postbox(t, "Subject: x\n\nx\n"), ReadBrand: plainBrand})
	if err := s.engine.PutPlaces(t.Context(), fewPlaces(), nil); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "fr"} {
		for _, path := range []string{"/console/today", "/console/path", "/console/rhythm", "/console/value", "/console/live", "/console/people", "/console/contents", "/console/contents/welcome-offer", "/console/results", "/console/attribution", "/console/attribution?by=content", "/console/whatif", "/console/scenarios", "/console/scenarios/basket", "/console/playbook/basket", "/console/scenario?kind=on", "/console/places", "/console/places/germain", "/console/tasks", "/console/mail"} {
			there := s.server.URL + "/console/language/" + lang + "?from=" + path
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(390, 844), chromedp.Navigate(there), chromedp.WaitReady("#page")); err != nil {
				t.Fatal(err)
			}
			got, err := chromedp.Run(ctx, chromedp.Evaluate[[]int](`(function () {
				var tops = new Set(Array.from(document.querySelectorAll(".top nav a"), function (a) { return Math.round(a.getBoundingClientRect().top) }))
				return [tops.size, document.documentElement.scrollWidth - document.documentElement.clientWidth]
			})()`))
			if err != nil {
				t.Fatal(err)
			}
			if got[0] != 1 || got[1] > 0 {
				t.Errorf("%s in %s: the navigation has %d lines, the page is %d too wide", path, lang, got[0], got[1])
			}
		}
	}
}
