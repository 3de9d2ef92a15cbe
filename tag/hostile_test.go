package tag

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// guarded is a site with a policy of its own (POLICY and DOORS stand for it and for the doors) and a page that works without the tag.
func guarded(t *testing.T, d *doors, policy string) (address string) {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", strings.ReplaceAll(policy, "DOORS", d.url))
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A guarded page</title>
<style nonce="page">body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 700px } [data-aparte-slot] { display: block; height: 200px; background: #f1f5f9 } label { display: block }</style>
<script nonce="page">
window.faults = []; window.broken = []; window.sent = [];
addEventListener("error", (e) => faults.push(String(e.message)));
addEventListener("unhandledrejection", (e) => faults.push(String(e.reason)));
addEventListener("securitypolicyviolation", (e) => broken.push(e.effectiveDirective));
addEventListener("submit", (e) => { e.preventDefault(); sent.push(e.target.id) });
</script>
<script nonce="page" src="%[1]s/tag.js" data-host="%[1]s" data-write-key="wk_test_tag" data-timeout="20000" async></script></head>
<body><h1>A guarded page</h1><div data-aparte-slot="hero"><p>for everybody</p></div>
<form id="login" action="/login" method="post"><label>E-mail <input name="email" type="email" autocomplete="username" value="grace@elsewhere.example"></label>
<label>Password <input name="password" type="password" value="tr0ub4dor"></label><button>Sign in</button></form>
<div data-aparte-slot="quiet"><form id="pay" action="/pay" method="post"><label>Card <input name="card" autocomplete="cc-number" value="4111111111111111"></label>
<label>Code <input name="code" autocomplete="cc-csc" value="737"></label><button>Pay</button></form></div></body></html>`, d.url)
	}))
	t.Cleanup(site.Close)
	return site.URL + "/shop"
}

const strictPolicy = "default-src 'none'; script-src 'nonce-page' DOORS; connect-src DOORS; img-src DOORS; style-src 'nonce-page'; base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types aparte"

func TestOnAHostilePageInABrowser(t *testing.T) {
	b := browserFor(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"a strict policy is kept":                           strictPolicyIsKept,
		"a policy that lets nothing out leaves the page be": closedPolicyLeavesThePage,
		"a slot that goes meanwhile is not missed":          lostSlotIsNotMissed,
		"what is typed into the page's forms is not read":   formsAreNotRead,
		"no secret goes along with an answer":               noSecretIsAnswered,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

// strictPolicyIsKept: no inline style or script, and no mark-up but by a policy of that name. The tag itself breaks nothing of it; what a layout
// brings along in style attributes is not applied.
func strictPolicyIsKept(t *testing.T, b context.Context) {
	d, _ := openDoors(t)
	page := tab(t, b, guarded(t, d, strictPolicy))
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=shown] a")`)
	run[bool](t, page, `new Promise(f => requestAnimationFrame(() => requestAnimationFrame(() => f(true))))`)
	if broken := run[[]string](t, page, `Array.from(new Set(broken))`); !slices.Equal(broken, []string{"style-src-attr"}) {
		t.Errorf("broken: %v, want the layout's own style attribute alone", broken)
	}
	if diff := cmp.Diff(map[string]string{"hero": "shown", "quiet": "silent"}, run[map[string]string](t, page, states)); diff != "" {
		t.Error(diff)
	}
	if height := run[int](t, page, `document.querySelector("[data-aparte-slot=hero]").offsetHeight`); height != 200 {
		t.Errorf("the slot is %d high", height)
	}
	shoot(t, page, "strict-policy")
	checkNoFaults(t, page)
}

// closedPolicyLeavesThePage: the tag may run, and neither ask nor tell. The page keeps what it has, and nothing is thrown into it.
func closedPolicyLeavesThePage(t *testing.T, b context.Context) {
	d, _ := openDoors(t)
	page := tab(t, b, guarded(t, d, strings.Replace(strictPolicy, "connect-src DOORS", "connect-src 'none'", 1)))
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=default]")`)
	if got := run[string](t, page, `aparte.track("x").flush() && document.querySelector("[data-aparte-slot=hero]").textContent.trim()`); got != "for everybody" {
		t.Errorf("hero shows %q", got)
	}
	run[bool](t, page, `document.querySelector("#login button").click() || true`)
	if got := run[[]string](t, page, `sent`); !slices.Equal(got, []string{"login"}) {
		t.Errorf("the page heard of %v", got)
	}
	if all := d.requests(); len(all) != 0 {
		t.Errorf("sent %v", all)
	}
	checkNoFaults(t, page)
}

// lostSlotIsNotMissed: one slot is taken away while it is asked for, another is put in the place of one. What is not there was not seen.
func lostSlotIsNotMissed(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	d.hold = make(chan struct{})
	page := tab(t, b, address(site, d, ""))
	d.until(t, "the page view", func(all []request) bool { return slices.ContainsFunc(all, to("/v1/moment")) })
	run[bool](t, page, `(() => {
		document.querySelector("[data-aparte-slot=hero]").remove();
		const side = document.querySelector("[data-aparte-slot=side]"), other = side.cloneNode(true);
		delete other.dataset.aparteState;
		side.replaceWith(other);
		return true })()`)
	close(d.hold)
	when(t, page, `document.querySelector("[data-aparte-slot=banner][data-aparte-state=shown]")`)
	when(t, page, `document.querySelector("[data-aparte-slot=side][data-aparte-state=shown]")`) // the new one is asked for by itself
	d.until(t, "an exposure of what is there", sent("Aparte Exposed", "d_banner"))
	run[bool](t, page, `aparte.track("after").flush() && true`)
	all := d.until(t, "what follows", sent("after", ""))
	for _, e := range events(all) {
		if e.Event == "Aparte Exposed" && (e.Properties["slot"] == "hero" || e.Properties["decision"] == "d_1") { // of side as it was
			t.Errorf("what was taken away is told as seen: %v", e.Properties)
		}
	}
	checkNoFaults(t, page)
}

// formsAreNotRead: the tag hears of every form that is sent, and reads those alone that Aparté put there.
func formsAreNotRead(t *testing.T, b context.Context) {
	d, _ := openDoors(t)
	page := tab(t, b, guarded(t, d, strictPolicy))
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=shown]")`)
	shoot(t, page, "forms")
	run[bool](t, page, `document.querySelector("#login button").click() || document.querySelector("#pay button").click() || aparte.track("after").page().flush() && true`)
	if got := run[[]string](t, page, `sent`); !slices.Equal(got, []string{"login", "pay"}) {
		t.Errorf("the page heard of %v", got)
	}
	run[bool](t, page, `dispatchEvent(new Event("pagehide"))`)
	all := d.until(t, "what follows", sent("after", ""))
	kept := run[string](t, page, `JSON.stringify(localStorage) + document.cookie`)
	for _, secret := range []string{"tr0ub4dor", "4111111111111111", "737", "grace@elsewhere.example"} {
		for _, r := range all {
			if strings.Contains(string(r.Body), secret) && secret != "737" || strings.Contains(string(r.Body), `"737"`) {
				t.Errorf("%s tells %s", r.URL, r.Body)
			}
		}
		if strings.Contains(kept, secret) && secret != "737" {
			t.Errorf("kept %s", kept)
		}
	}
	checkNoFaults(t, page)
}

// noSecretIsAnswered: even a form of a layout sends no password and no card.
func noSecretIsAnswered(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, ""))
	when(t, page, `document.querySelector("[data-aparte-slot=hero] button")`)
	run[bool](t, page, `(() => { const e = document.createElement("div"); e.dataset.aparteSlot = "letters"; e.style.height = "80px"; document.body.prepend(e); return true })()`)
	when(t, page, `document.querySelector("[data-aparte-slot=letters] button")`)
	run[bool](t, page, `document.querySelector("[data-aparte-slot=letters] button").click() || true`)
	all := d.until(t, "the answer", func(all []request) bool { return slices.ContainsFunc(all, to("/a/t")) })
	got := string(all[slices.IndexFunc(all, to("/a/t"))].Body)
	if want := (url.Values{"answer": {"ada@house.example"}}).Encode(); got != want {
		t.Errorf("answered by %s, want %s", got, want)
	}
	checkNoFaults(t, page)
}
