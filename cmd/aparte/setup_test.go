package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var setUpLink = regexp.MustCompile(`http://\S+/console/set-up/\S+`)

// TestFromInstallToTheFirstLiveDecisionInABrowser is somebody new who has a browser and nothing else: an empty directory, the link that
// the server prints, the set-up page, examples, the tag's line put into a page, and somebody looks at that page.
func TestFromInstallToTheFirstLiveDecisionInABrowser(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("needs a browser: apt-get install chromium")
	}
	began := time.Now()
	temporary := t.TempDir()
	c := run(t, temporary, "serve", "--addr=127.0.0.1:0", "--data="+t.TempDir())
	link := setUpLink.FindString(c.output())
	if link == "" {
		t.Fatalf("no link is printed:\n%s", c.output())
	}
	ctx := browserAt(t)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	labelled := func(label, value string) {
		t.Helper()
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(function () {
			var l = Array.from(document.querySelectorAll("label")).find(function (l) { return l.textContent.trim() === %q })
			if (!l || !l.control) return false
			l.control.focus(); l.control.value = %q
			return true
		})()`, label, value)))
		if err != nil || !ok {
			t.Fatalf("there is no field %q (%v)", label, err)
		}
	}
	press := func(label, next string) {
		t.Helper()
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`(function () {
			var b = Array.from(document.querySelectorAll("button, a.button")).find(function (b) { return b.textContent.trim() === %q })
			if (b) setTimeout(function () { b.click() })
			return !!b
		})()`, label)))
		if err != nil || !ok {
			t.Fatalf("there is nothing to press called %q (%v)", label, err)
		}
		eventually(t, fmt.Sprintf("said %q after %q was pressed", next, label), func() bool { // while the page changes there is nothing to ask
			said, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState === "complete" ? document.body.innerText : ""`))
			return err == nil && strings.Contains(said, next)
		})
	}
	do(chromedp.Navigate(link), chromedp.WaitReady("#page"))
	labelled("Name", "Zoé")
	labelled("E-mail address", "zoe@lantern.example")
	labelled("Password", "correct horse battery staple")
	labelled("What it is called", "Lantern")
	labelled("Address of its site", "https://www.lantern.example")
	press("Set up", "How to begin")
	line, err := chromedp.Run(ctx, chromedp.Evaluate[string](`Array.from(document.querySelectorAll("code")).map(function (c) { return c.textContent }).find(function (t) { return t.startsWith("<script") })`))
	if err != nil {
		t.Fatal(err)
	}
	press("Furnish it", "The examples are live")

	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { // theirs, with what they were shown pasted into it
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>Lantern</title>`+line+`<h1>Lantern</h1><div id="hero" data-aparte-slot="hero" style="min-height: 300px"></div></html>`)
	}))
	t.Cleanup(site.Close)
	do(chromedp.Navigate(site.URL), chromedp.WaitReady("#hero"))
	decided := func() bool {
		state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.getElementById("hero").dataset.aparteState || ""`))
		return err == nil && (state == "shown" || state == "silent")
	}
	eventually(t, "decided on the page", decided)
	took := time.Since(began)

	// The house says so itself.
	eventually(t, "told in the console", func() bool {
		do(chromedp.Navigate(c.base+"/console/live"), chromedp.WaitReady("#page"))
		done, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`Array.from(document.querySelectorAll(".checklist .done")).map(function (l) { return l.textContent })`))
		return err == nil && regexp.MustCompile(`(?s)sends events.*person is known.*objective.*Two contents.*scenario.*decision`).MatchString(fmt.Sprint(done))
	})
	t.Logf("from install to the first live decision: %v", took.Round(time.Millisecond))

	// Nobody else sets it up, and the key opens what it is for and nothing more.
	c.must(http.StatusGone, "GET", link, "", nil)
	key := regexp.MustCompile(`data-write-key="([^"]+)"`).FindStringSubmatch(html.UnescapeString(line))[1]
	c.must(http.StatusOK, "POST", "/v1/track", key, []byte(`{"event": "Looked", "userId": "u1"}`))
	c.must(http.StatusForbidden, "GET", "/v1/admin/people/u1", key, nil)
	c.must(http.StatusUnauthorized, "GET", "/v1/admin/people/u1", "", nil)
}

// browserAt is a page in headless Chromium.
func browserAt(t *testing.T) context.Context {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en"))
	allocated, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	return ctx
}

// A packed file may hold thousands of times what it weighs. No more of it is unpacked than is taken.
func TestAPackedFileIsUnpackedUpToWhatIsTaken(t *testing.T) {
	packed := func(n int64) *bytes.Buffer {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := io.CopyN(z, endless{}, n); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return &b
	}
	const most = 1 << 20
	for n, taken := range map[int64]bool{0: true, 3: true, most: true, most + 1: false, 200 * most: false} {
		bomb, out := packed(n), new(bytes.Buffer)
		err := unpackTo(out, bomb, most)
		if (err == nil) != taken || taken && int64(out.Len()) != n || out.Len() > most+1 {
			t.Errorf("of %d bytes %d are unpacked: %v", n, out.Len(), err)
		}
	}
	var out bytes.Buffer
	if err := unpackTo(&out, strings.NewReader("day,amount\n"), most); err != nil || out.String() != "day,amount\n" {
		t.Errorf("what is not packed becomes %q: %v", out.String(), err)
	}
	if err := unpackTo(&out, strings.NewReader("\x1f\x8bnothing"), most); err == nil {
		t.Error("what only begins as a packed file is taken")
	}
}

// endless is a text of one letter.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
