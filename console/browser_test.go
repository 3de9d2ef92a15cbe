package console_test

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a page in headless Chromium.
func browser(t *testing.T) context.Context {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("needs a browser: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
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
	deadline := time.Now().Add(30 * time.Second)
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
