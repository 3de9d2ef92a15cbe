package console_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tabbable numbers all that Tab is to reach on a page, and answers how many there are. What a frame shows is its own.
const tabbable = `(function () {
	var n = 0
	document.querySelectorAll("a[href], button, input, select, textarea, summary").forEach(function (e) {
		if (e.tabIndex >= 0 && e.checkVisibility()) e.dataset.stop = ++n
	})
	return n
})()`

// focused is where the focus is: the number of a stop, 0 for what has none, and whether it is drawn and in sight.
const focused = `(function () {
	var e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect()
	var drawn = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2
	var inSight = box.width > 0 && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight
	return [e.dataset.stop ? +e.dataset.stop : 0, drawn && inSight ? 1 : 0, e === document.body || e === document.documentElement ? 1 : 0, e.tagName === "IFRAME" ? 1 : 0]
})()`

// loadFrames loads every frame of a page anew, those too that wait until they come into sight, and counts those that are not
// there yet: the focus that comes to a frame while it loads is lost with what the frame was before.
const loadFrames = `(function () {
	window.loading = 0
	document.querySelectorAll("iframe").forEach(function (frame) {
		window.loading++
		frame.addEventListener("load", function () { window.loading-- }, {once: true})
		frame.loading = "eager"
		frame.src = frame.src
	})
	return window.loading
})()`

// settle waits until all frames of the page are there.
func settle(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, ready := range []string{`document.readyState === "complete"`, loadFrames + ` >= 0`, `window.loading === 0`} {
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](ready, chromedp.WithPollingTimeout(patience))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryLinkAndButtonIsReachedByTabAndShowsIt(t *testing.T) {
	ctx := browser(t)
	s := open(t)
	for _, path := range []string{
		"/console/today", "/console/live", "/console/people", "/console/people/" + s.person.String(), "/console/contents", "/console/contents/welcome-offer",
		"/console/results", "/console/attribution?by=device", "/console/value", "/console/personas", "/console/scores", "/console/audiences", "/console/audiences/regulars", "/console/audiences/regulars/alike", "/console/whatif", "/console/scenarios", "/console/scenarios/basket", "/console/playbook/basket", "/console/scenario", "/console/tasks", "/console/nowhere",
	} {
		if err := chromedp.Do(ctx, chromedp.Navigate(s.server.URL+path), chromedp.WaitReady("#page")); err != nil {
			t.Fatal(err)
		}
		settle(ctx, t)
		stops, err := chromedp.Run(ctx, chromedp.Evaluate[int](tabbable))
		if err != nil {
			t.Fatal(err)
		}
		if stops < 5 {
			t.Errorf("%s has %d links and buttons: not even the navigation", path, stops)
		}
		var reached []int
		for range 3*stops + 50 { // frames may hold stops of their own
			if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Tab)); err != nil {
				t.Fatal(err)
			}
			at, err := chromedp.Run(ctx, chromedp.Evaluate[[]int](focused))
			if err != nil {
				t.Fatal(err)
			}
			stop, seen, end, frame := at[0], at[1] == 1, at[2] == 1, at[3] == 1
			if stop > 0 && len(reached) > 1 && stop == reached[0] {
				break // round
			}
			if end { // of the page; or what a frame held is another by now, and Tab goes on from there
				continue
			}
			if stop > 0 && (len(reached) == 0 || stop != reached[len(reached)-1]) { // a busy browser may move the focus late
				reached = append(reached, stop)
			}
			if !seen && !frame {
				t.Errorf("%s: the focus on stop %d cannot be seen", path, stop)
			}
		}
		var want []int
		for i := range stops {
			want = append(want, i+1)
		}
		if fmt.Sprint(reached) != fmt.Sprint(want) {
			t.Errorf("%s: Tab reaches %v of %d stops, or in another order than they stand", path, reached, stops)
		}
	}
}

func TestTheSkipLinkLeadsPastTheNavigation(t *testing.T) {
	ctx := browser(t)
	s := open(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(s.server.URL+"/console/people"), chromedp.WaitReady("#page"), chromedp.KeyEvent(kb.Tab)); err != nil {
		t.Fatal(err)
	}
	first, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.activeElement.className`))
	if err != nil {
		t.Fatal(err)
	}
	if first != "skip" {
		t.Fatalf("the first stop is %q, not the skip link", first)
	}
	if err := chromedp.Do(ctx, chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab)); err != nil {
		t.Fatal(err)
	}
	within, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.getElementById("page").contains(document.activeElement) && document.activeElement !== document.body`))
	if err != nil {
		t.Fatal(err)
	}
	if !within {
		t.Error("after the skip link, Tab is not on the page")
	}
}

// The live page renews its figures every few seconds: who stands on a link there by keyboard goes on standing there.
func TestTheFocusStaysWhereFiguresAreRenewed(t *testing.T) {
	ctx := browser(t)
	s := open(t)
	for i := range 20 { // somebody is told something
		s.decide(fmt.Sprint("visitor-", i))
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(s.server.URL+"/console/live"), chromedp.WaitReady("#page")); err != nil {
		t.Fatal(err)
	}
	there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(function () {
		window.link = document.querySelector("#pulse table a")
		if (link) link.focus()
		return link !== null && document.activeElement === link
	})()`))
	if err != nil || !there {
		t.Fatalf("there is no link to stand on: %v", err)
	}
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		renewed, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!document.contains(link)`))
		if err != nil {
			t.Fatal(err)
		}
		if !renewed {
			continue
		}
		kept, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`link.id !== "" && document.activeElement.id === link.id`))
		if err != nil {
			t.Fatal(err)
		}
		if !kept {
			t.Error("the focus is lost when the figures are renewed")
		}
		return
	}
	t.Error("the figures were not renewed")
}
