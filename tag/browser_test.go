package tag

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the recording of the tag's requests that package api replays")

// patience is how long something may take that a test waits for: far longer than it does, as the machine may have other things to do.
const patience = 5 * time.Minute

// browserFor starts one browser for the tests of a run.
func browserFor(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a browser: not in -short")
	}
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless_shell"} {
		if path, err := exec.LookPath(name); err == nil {
			found = path
			break
		}
	}
	if found == "" {
		t.Skip("needs a browser: install chromium (apt-get install chromium)")
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(found), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1000, 800),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the first run must have no deadline: it owns the browser
		t.Fatalf("start %s: %v", found, err)
	}
	return ctx
}

// tab opens an address in a profile of its own.
func tab(t *testing.T, b context.Context, address string) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, patience)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// run evaluates a script in the page.
func run[T any](t *testing.T, tab context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(tab, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// when waits until a condition holds in the page.
func when(t *testing.T, tab context.Context, condition string) {
	t.Helper()
	if _, err := chromedp.Run(tab, chromedp.Poll[bool]("!!("+condition+")", chromedp.WithPollingTimeout(patience))); err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
}

// shoot keeps a picture of the page where APARTE_SHOTS names a folder for them.
func shoot(t *testing.T, tab context.Context, name string) {
	t.Helper()
	folder := os.Getenv("APARTE_SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "tag-"+name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

const states = `Object.fromEntries(Array.from(document.querySelectorAll("[data-aparte-slot]"), e => [e.dataset.aparteSlot, e.dataset.aparteState || ""]))`

func checkNoFaults(t *testing.T, tab context.Context) {
	t.Helper()
	if faults := run[[]string](t, tab, "window.faults"); len(faults) > 0 {
		t.Errorf("the page saw faults: %v", faults)
	}
}

func TestInABrowser(t *testing.T) {
	b := browserFor(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"slots are filled in one round trip and move nothing": slotsAreFilled,
		"what was seen for a second is told once":             exposureIsTold,
		"a dismissed slot goes and is told":                   dismissalIsTold,
		"a question is answered without leaving the page":     questionIsAnswered,
		"every call arrives as Segment words it":              callsArrive,
		"Global Privacy Control is final":                     privacyIsKept,
		"how long a page is looked at is told":                dwellIsTold,
		"nothing happens before consent":                      consentIsAwaited,
		"refusing consent forgets":                            refusalForgets,
		"an answer after the refusal is not shown":            refusalComesBeforeTheAnswer,
		"a change of address is a page view":                  movesAreFollowed,
		"a slot that comes later is asked for":                laterSlotsAreFilled,
		"what failed is sent again":                           faultsAreOutlived,
		"what is left goes when the page goes":                nothingIsLeftBehind,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

func slotsAreFilled(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, ""))
	when(t, page, `!document.querySelector("[data-aparte-slot]:not([data-aparte-state=shown]):not([data-aparte-state=silent])")`)
	want := map[string]string{"hero": "shown", "side": "shown", "quiet": "silent", "banner": "shown", "foot": "shown"}
	if diff := cmp.Diff(want, run[map[string]string](t, page, states)); diff != "" {
		t.Error(diff)
	}
	if got := run[string](t, page, `document.querySelector("[data-aparte-slot=quiet]").textContent.trim()`); got != "kept" {
		t.Errorf("silence shows %q", got)
	}
	if got := run[string](t, page, `document.querySelector("[data-aparte-slot=hero] a").outerHTML`); got != `<a href="/c/t">for one: hero</a>` {
		t.Errorf("hero shows %q", got)
	}
	if got := run[string](t, page, `document.querySelector("[data-aparte-slot=banner] img").alt`); got != "A <banner>" {
		t.Errorf("the picture is called %q", got)
	}
	if got := run[[]int](t, page, `(r => [Math.round(r.width), Math.round(r.height)])(document.querySelector("[data-aparte-slot=banner]").getBoundingClientRect())`); !slices.Equal(got, []int{300, 100}) {
		t.Errorf("the banner is %v", got)
	}
	// Two frames, so that whatever shifted has been observed.
	if shift := run[float64](t, page, `new Promise(f => requestAnimationFrame(() => requestAnimationFrame(() => f(window.shift))))`); shift > 0.001 {
		t.Errorf("the layout shifted by %v: %q", shift, run[[]string](t, page, "window.moved"))
	}
	if got := run[int](t, page, `document.querySelector("[data-aparte-slot=foot]").offsetHeight`); got != 120 {
		t.Errorf("the size reserved at the foot is %d high", got)
	}
	if got := run[[]string](t, page, `window.decisions`); !slices.Equal(got, []string{"hero", "side", "banner", "foot"}) {
		t.Errorf("listeners heard of %v", got)
	}
	all := d.requests()
	if len(all) != 1 || all[0].URL != "/v1/moment" || all[0].Method != "POST" {
		t.Fatalf("%d requests: %+v", len(all), all)
	}
	shoot(t, page, "slots")
	asked := all[0].body()
	if diff := cmp.Diff([]string{"hero", "side", "quiet", "banner", "foot"}, asked.Slots); diff != "" {
		t.Error(diff)
	}
	e := asked.Event
	if asked.WriteKey != "wk_test_tag" || asked.SentAt == "" || e.Type != "page" || e.AnonymousID == "" || e.MessageID == "" ||
		e.Context.Page.Path != "/shop" || e.Context.Item != "tea" || e.Context.Category != "drinks" ||
		e.Context.Timezone == "" || e.Context.Locale != "fr-CA" /* the page’s, not the browser’s */ || e.Context.Campaign["source"] != "letter" || e.Context.Campaign["name"] != "spring" {
		t.Errorf("asked %s", all[0].Body)
	}
	if kept := run[string](t, page, `aparte.user().anonymousId()`); kept != e.AnonymousID {
		t.Errorf("kept %q, sent %q", kept, e.AnonymousID)
	}
	checkNoFaults(t, page)
}

func exposureIsTold(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, ""))
	all := d.until(t, "two exposures", func(all []request) bool {
		return sent("Aparte Exposed", "d_0")(all) && sent("Aparte Exposed", "d_1")(all)
	})
	if sent("Aparte Exposed", "d_4")(all) {
		t.Error("what is out of view was told as seen")
	}
	run[bool](t, page, `document.querySelector("[data-aparte-slot=foot]").scrollIntoView(), true`)
	d.until(t, "the slot scrolled to", sent("Aparte Exposed", "d_4"))
	run[bool](t, page, `scrollTo(0, 0), aparte.track("after").flush() && true`)
	all = d.until(t, "what follows", sent("after", ""))
	count := map[any]int{}
	for _, e := range events(all) {
		if e.Event == "Aparte Exposed" {
			count[e.Properties["decision"]]++
			if e.Properties["decision"] == "d_0" && (e.Properties["content"] != "c-hero" || e.Properties["item"] != "tea" || e.Properties["slot"] != "hero" || e.Properties["channel"] != "web") {
				t.Errorf("told %v", e.Properties)
			}
		}
	}
	for decision, n := range count {
		if n != 1 {
			t.Errorf("%v was told %d times", decision, n)
		}
	}
	checkNoFaults(t, page)
}

func dismissalIsTold(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, ""))
	when(t, page, `document.querySelector("[data-aparte-slot=hero] button")`)
	run[bool](t, page, `document.querySelector("[data-aparte-slot=hero] button").click() || true`)
	d.until(t, "the dismissal", sent("Aparte Dismissed", "d_0"))
	if got := run[string](t, page, `getComputedStyle(document.querySelector("[data-aparte-state=dismissed]")).display`); got != "none" {
		t.Errorf("display is %s", got)
	}
	checkNoFaults(t, page)
}

// dwellIsTold: by a clock that the test moves, only time counts in which the page is in view of somebody who stirs.
func dwellIsTold(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, ""))
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=shown]")`)
	run[bool](t, page, `(() => {
		let clock = performance.now(), seen = "visible";
		performance.now = () => clock;
		Object.defineProperty(document, "visibilityState", { get: () => seen });
		window.pass = (seconds) => { clock += 1000 * seconds; document.dispatchEvent(new Event("pointermove")); };
		window.look = (how) => { seen = how; document.dispatchEvent(new Event("visibilitychange")); };
		aparte.page();                                    // from here on the clock is the test's
		aparte.track("Product Viewed", { product_id: "kettle" });
		pass(25);
		pass(900);                                        // a minute of it counts: nobody stirred
		look("hidden"); pass(300); look("visible");       // 85 are told, and nothing of what was hidden
		pass(5); dispatchEvent(new Event("pagehide"));
		for (let i = 0; i < 60; i++) pass(59);            // almost an hour
		look("hidden"); look("visible");
		pass(20);
		return true;
	})()`)
	told := func(all []request) (seconds []float64) {
		for _, e := range events(all) {
			if e.Event == "Page Dwelled" && e.Properties["product_id"] == "kettle" && e.Properties["path"] == "/shop" && e.Context.Page.Path == "/shop" {
				seconds = append(seconds, e.Properties["seconds"].(float64))
			}
		}
		return seconds
	}
	all := d.until(t, "three parts of a look", func(all []request) bool { return len(told(all)) >= 3 })
	if got := slices.Sorted(slices.Values(told(all))); !slices.Equal(got, []float64{5, 85, 1710}) { // they come in any order
		t.Errorf("told of %v seconds, want 85 and 5, and half an hour in all", got)
	}
	run[bool](t, page, `aparte.consent(false) && (pass(30), look("hidden"), fetch(query.get("host") + "/v1/last", {method: "POST"})).then(() => true)`)
	if got := told(d.requests()); len(got) != 3 {
		t.Errorf("told of %v seconds, some of them after the refusal", got)
	}
	checkNoFaults(t, page)
}

// questionIsAnswered: what is no answer is told above the form, and can be given again; then the thanks take its place.
func questionIsAnswered(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, ""))
	when(t, page, `document.querySelector("[data-aparte-slot=hero] button")`)
	d.unread.Store(1)
	run[bool](t, page, `aparte.on("answer", (a, e) => { window.answered = a.id + " " + e.dataset.aparteSlot });
		document.body.prepend(Object.assign(document.createElement("div"), {style: "height:80px", id: "asks"})) ||
		document.getElementById("asks").setAttribute("data-aparte-slot", "asks") || true`)
	when(t, page, `document.querySelector("[data-aparte-slot=asks] button")`)
	run[bool](t, page, `document.querySelector("[data-aparte-slot=asks] button").click() || true`)
	when(t, page, `document.querySelector("[data-aparte-slot=asks] [role=alert]")`)
	shoot(t, page, "form-refused")
	run[bool](t, page, `document.querySelector("[data-aparte-slot=asks] button").click() || true`)
	when(t, page, `window.answered`)
	shoot(t, page, "form-answered")
	got := run[[]string](t, page, `[window.answered, document.querySelector("[data-aparte-slot=asks]").textContent, document.activeElement.textContent, location.pathname]`)
	if diff := cmp.Diff([]string{"d_asks asks", "Thank you.", "Thank you.", "/shop"}, got); diff != "" {
		t.Error(diff)
	}
	answers := 0
	for _, r := range d.requests() {
		if r.URL == "/a/t" {
			answers++
			if r.Method != "POST" || string(r.Body) != "answer=garden" {
				t.Errorf("answered by %s %s", r.Method, r.Body)
			}
		}
	}
	if answers != 2 {
		t.Errorf("%d answers, want two and no preflight", answers)
	}
	checkNoFaults(t, page)
}

func callsArrive(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, "calls=1"))
	when(t, page, `!document.querySelector("[data-aparte-state=asked]") && aparte.initialized`)
	run[bool](t, page, `aparte.track("Order Completed", {order_id: "o-1", revenue: 25, currency: "EUR"}, {context: {ip: "203.0.113.7"}}, () => window.done = true)
		.flush() && window.done`)
	all := d.until(t, "the order", sent("Order Completed", ""))
	got := map[string]event{}
	for _, e := range events(all) {
		if _, twice := got[e.Type+" "+e.Event]; twice && e.Event != "Aparte Exposed" {
			t.Errorf("%s %s came twice", e.Type, e.Event)
		}
		if _, err := time.Parse(time.RFC3339, e.Timestamp); err != nil {
			t.Error(err)
		}
		got[e.Type+" "+e.Event] = e
	}
	if e := got["identify "]; e.UserID != "w-1" || e.Traits["email"] != "web@example.com" {
		t.Errorf("identify %+v", e)
	}
	if e := got["track Product Viewed"]; e.UserID != "w-1" || e.Properties["price"] != 18.99 {
		t.Errorf("track %+v", e)
	}
	if e := got["group "]; e.GroupID != "g-web" || e.Traits["name"] != "Initech" {
		t.Errorf("group %+v", e)
	}
	if e := got["screen "]; e.Name != "Cart" || e.Properties["items"] != 2.0 {
		t.Errorf("screen %+v", e)
	}
	if e := got["alias "]; e.UserID != "w-1-new" || e.PreviousID != "w-1" {
		t.Errorf("alias %+v", e)
	}
	if e := got["page "]; e.UserID != "w-1-new" || e.Properties["path"] != "/shop" {
		t.Errorf("page %+v", e)
	}
	if i := slices.IndexFunc(all, to("/v1/moment")); i < 0 || len(all[i].body().Batch) != 5 {
		t.Error("the calls before the page view did not go along with it")
	}
	run[bool](t, page, `aparte.reset() && true`)
	if got := run[[]any](t, page, `[aparte.user().id(), aparte.user().anonymousId()]`); got[0] != nil || got[1] == got[0] {
		t.Errorf("after reset: %v", got)
	}
	checkNoFaults(t, page)
	if *update {
		writeRecording(t, all)
	}
}

// writeRecording keeps what the tag sent for package api to replay, with a preflight such as a browser
// sends before calls that carry the key in a header.
func writeRecording(t *testing.T, all []request) {
	t.Helper()
	var out strings.Builder
	all = append(all, request{
		N: len(all) + 1, Method: "OPTIONS", URL: "/v1/t", Body: json.RawMessage(`""`),
		Headers: map[string]string{"origin": "http://127.0.0.1", "access-control-request-method": "POST", "access-control-request-headers": "authorization"},
	})
	for _, r := range all {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(line, '\n'))
	}
	if err := os.WriteFile(filepath.Join("..", "api", "testdata", "tag.jsonl"), []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func privacyIsKept(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, "gpc=1&calls=1"))
	when(t, page, `document.querySelector("[data-aparte-slot=foot][data-aparte-state=default]")`)
	run[bool](t, page, `new Promise(ready => { aparte.consent(true).track("x").identify("y").flush().page().ready(() => ready(true)) })`)
	if got := run[string](t, page, `document.querySelector("[data-aparte-slot=hero]").textContent.trim()`); got != "for everybody" {
		t.Errorf("hero shows %q", got)
	}
	if got := run[string](t, page, `JSON.stringify(localStorage) + document.cookie + aparte.user().id() + aparte.user().anonymousId()`); got != "{}nullnull" {
		t.Errorf("kept %s", got)
	}
	// The page's own request, sent last, arrives after anything the tag would have sent.
	run[bool](t, page, `dispatchEvent(new Event("pagehide")), fetch(query.get("host") + "/v1/last", {method: "POST"}).then(() => true)`)
	if all := d.requests(); len(all) != 1 {
		t.Errorf("sent %v", all)
	}
	checkNoFaults(t, page)
}

func consentIsAwaited(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, "consent=required&calls=1"))
	when(t, page, `aparte.initialized`)
	run[bool](t, page, `dispatchEvent(new Event("pagehide")), fetch(query.get("host") + "/v1/last", {method: "POST"}).then(() => true)`)
	if all := d.requests(); len(all) != 1 {
		t.Errorf("sent %v", all)
	}
	if got := run[string](t, page, `JSON.stringify(localStorage) + document.cookie`); got != "{}" {
		t.Errorf("kept %s", got)
	}
	shoot(t, page, "consent-awaited")
	run[bool](t, page, `aparte.consent(true) && true`)
	all := d.until(t, "what was held back", func(all []request) bool { return slices.ContainsFunc(all, to("/v1/moment")) })
	if got := eventNames(all); !slices.Equal(got, []string{"identify", "track Product Viewed", "group", "screen", "alias", "page"}) {
		t.Errorf("sent %v", got)
	}
	if e := events(all)[0]; e.UserID != "w-1" || e.Traits["plan"] != "free" {
		t.Errorf("identify %+v", e)
	}
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=shown]")`)
	shoot(t, page, "consent-given")
	checkNoFaults(t, page)
}

func refusalForgets(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	d.hold = make(chan struct{}) // the refusal comes while the page view is on its way, ...
	d.faults["/v1/moment"] = 1   // ... which will fail and would be sent again
	page := tab(t, b, address(site, d, "calls=1"))
	d.until(t, "the page view", func(all []request) bool { return slices.ContainsFunc(all, to("/v1/moment")) })
	run[bool](t, page, `aparte.consent(false).track("x").flush() && true`)
	refusalIsKept(t, page)
	close(d.hold)
	// Longer than the tag waits before it sends again what failed.
	run[bool](t, page, `new Promise(f => setTimeout(f, 1500)).then(() => (dispatchEvent(new Event("pagehide")), fetch(query.get("host") + "/v1/last", {method: "POST"}))).then(() => true)`)
	if all := d.requests(); len(all) != 2 || sent("x", "")(all) {
		t.Errorf("sent after the refusal: %v", eventNames(all))
	}
	refusalIsKept(t, page)
	checkNoFaults(t, page)
}

func refusalComesBeforeTheAnswer(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	d.hold = make(chan struct{})
	page := tab(t, b, address(site, d, ""))
	d.until(t, "the page view", func(all []request) bool { return slices.ContainsFunc(all, to("/v1/moment")) })
	run[bool](t, page, `aparte.consent(false) && true`)
	close(d.hold)
	run[bool](t, page, `fetch(query.get("host") + "/v1/last", {method: "POST"}).then(() => new Promise(f => setTimeout(f, 200))).then(() => true)`)
	refusalIsKept(t, page)
	checkNoFaults(t, page)
}

// refusalIsKept checks that the page shows its own and that nothing but the refusal is remembered.
func refusalIsKept(t *testing.T, page context.Context) {
	t.Helper()
	if got := run[string](t, page, `document.querySelector("[data-aparte-slot=hero]").textContent.trim()`); got != "for everybody" {
		t.Errorf("hero shows %q", got)
	}
	if got := run[string](t, page, `JSON.stringify(localStorage)`); got != `{"aparte_consent":"denied"}` {
		t.Errorf("kept %s", got)
	}
}

func movesAreFollowed(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, ""))
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=shown]")`)
	run[bool](t, page, `history.pushState({}, "", "/cart") || true`)
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=silent]")`)
	if got := run[string](t, page, `document.querySelector("[data-aparte-slot=hero]").textContent.trim()`); got != "for everybody" {
		t.Errorf("on a page where hero is silent it shows %q", got)
	}
	d.until(t, "the second page view", func(all []request) bool {
		return slices.ContainsFunc(events(all), func(e event) bool { return e.Type == "page" && e.Context.Page.Path == "/cart" })
	})
	run[bool](t, page, `history.replaceState({}, "", "/cart#here") || history.pushState({}, "", "/cart#there") || aparte.track("after").flush() && true`)
	all := d.until(t, "what follows", sent("after", ""))
	views := slices.DeleteFunc(events(all), func(e event) bool { return e.Type != "page" })
	if len(views) != 2 || views[0].AnonymousID != views[1].AnonymousID {
		t.Errorf("page views: %+v", views)
	}
	checkNoFaults(t, page)
}

func laterSlotsAreFilled(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, ""))
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=shown]")`)
	run[bool](t, page, `["late", "later"].forEach(name => {
		const e = document.createElement("div"); e.dataset.aparteSlot = name; e.style.height = "50px"; document.body.append(e) }) || true`)
	when(t, page, `document.querySelector("[data-aparte-slot=later][data-aparte-state=shown]")`)
	all := d.requests()
	i := slices.IndexFunc(all, to("/v1/decide"))
	if i < 0 {
		t.Fatalf("asked %v", all)
	}
	asked := all[i].body()
	if !slices.Equal(asked.Slots, []string{"late", "later"}) || asked.Person["anonymousId"] == "" {
		t.Errorf("asked %s", all[i].Body)
	}
	checkNoFaults(t, page)
}

func faultsAreOutlived(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	d.faults["/v1/moment"], d.faults["/v1/batch"] = 1, 1
	page := tab(t, b, address(site, d, ""))
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=default]")`)
	if got := run[string](t, page, `document.querySelector("[data-aparte-slot=hero]").textContent.trim()`); got != "for everybody" {
		t.Errorf("hero shows %q", got)
	}
	all := d.until(t, "the page view a third time", func(all []request) bool { return len(events(all)) == 3 })
	sent := events(all)
	if sent[0].MessageID != sent[1].MessageID || sent[1].MessageID != sent[2].MessageID || sent[0].Type != "page" {
		t.Errorf("sent %+v", sent)
	}
	checkNoFaults(t, page)
}

func nothingIsLeftBehind(t *testing.T, b context.Context) {
	d, site := openDoors(t)
	page := tab(t, b, address(site, d, ""))
	when(t, page, `document.querySelector("[data-aparte-slot=hero][data-aparte-state=shown]")`)
	run[bool](t, page, `aparte.track("last words", {at: "the door"}) && true`)
	if err := chromedp.Do(page, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	all := d.until(t, "the last words", sent("last words", ""))
	if last := all[len(all)-1]; last.URL != "/v1/batch" || last.body().WriteKey != "wk_test_tag" || !strings.HasPrefix(last.Headers["content-type"], "text/plain") {
		t.Errorf("sent %+v", last)
	}
	for _, r := range all {
		if r.Method == "OPTIONS" {
			t.Error("a preflight was needed")
		}
	}
}
