package tag

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// fakeSubscription takes the place of what a browser's maker would answer: no push service is asked. Everything else is the
// browser's own.
const fakeSubscription = `(() => {
	let one = null;
	const make = (how) => one = {
		endpoint: "https://push.example/" + how.applicationServerKey + "-" + (window.subscriptions = (window.subscriptions || 0) + 1),
		toJSON() { return { endpoint: this.endpoint, keys: { p256dh: "p", auth: "a" } } },
		unsubscribe() { one = null; return Promise.resolve(true) },
	};
	PushManager.prototype.subscribe = (how) => Promise.resolve(make(how));
	PushManager.prototype.getSubscription = () => Promise.resolve(one);
	const bell = Object.assign(document.createElement("button"), { textContent: "Notify me" });
	bell.style.cssText = "position:fixed;top:0;left:0;width:90px;height:40px";
	document.body.prepend(bell);
	bell.onclick = () => aparte.push.subscribe("v3").then((said) => window.said = said, (e) => window.said = String(e));
	return true })()`

// bell is a page, in the browser's own profile, where a visitor may ask for notifications; setting is what they say to the browser.
func bell(t *testing.T, b context.Context, setting browser.PermissionSetting, options string) (*doors, string, context.Context) {
	t.Helper()
	d, site := openDoors(t)
	ctx, cancel := chromedp.NewContext(b)
	t.Cleanup(cancel)
	page, stop := context.WithTimeout(ctx, patience)
	t.Cleanup(stop)
	if err := chromedp.Do(page, chromedp.Navigate("about:blank"), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, browser.SetPermission, browser.SetPermissionParams{Origin: site, Setting: setting, Permission: &browser.PermissionDescriptor{Name: "notifications"}})
		return err
	}), chromedp.Navigate(address(site, d, "push-key=BPublic&"+options))); err != nil {
		t.Fatal(err)
	}
	when(t, page, `window.aparte && aparte.initialized`)
	run[bool](t, page, fakeSubscription)
	return d, site, page
}

func press(t *testing.T, page context.Context) string {
	t.Helper()
	run[bool](t, page, `delete window.said`)
	if err := chromedp.Do(page, chromedp.MouseClickXY(45, 20)); err != nil {
		t.Fatal(err)
	}
	when(t, page, `window.said`)
	return run[string](t, page, `window.said`)
}

// told are the consents and tokens that arrived, in order.
func told(all []request) (out []string) {
	for _, e := range events(all) {
		if e.Type != "identify" {
			continue
		}
		if list, ok := e.Traits["consents"].([]any); ok {
			c := list[0].(map[string]any)
			out = append(out, strings.Join([]string{c["purpose"].(string), c["channel"].(string), map[bool]string{true: "yes", false: "no"}[c["granted"].(bool)]}, " "))
		}
		if e.Context.Device.Token != "" {
			out = append(out, e.Context.Device.Type+" "+e.Context.Device.Token)
		}
	}
	return out
}

func TestNotificationsInABrowser(t *testing.T) {
	b := browserFor(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"a visitor who asks for them is told of as a device":  visitorSubscribes,
		"nobody is asked who did not click":                   nobodyIsAskedUnclicked,
		"who says no is told of as nothing":                   refusalIsNothing,
		"Global Privacy Control asks nothing":                 privacyAsksNothing,
		"consent taken back takes the subscription with it":   consentTakesThemBack,
		"what is pushed is shown, and told of when it is":     pushIsShown,
		"a change while no page was open is told at the next": changeIsTold,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

const aToken = `web {"endpoint":"https://push.example/BPublic-1","keys":{"p256dh":"p","auth":"a"}}`

func visitorSubscribes(t *testing.T, b context.Context) {
	d, _, page := bell(t, b, browser.PermissionSettingGranted, "")
	if said := press(t, page); said != "granted" {
		t.Fatalf("subscribed: %s", said)
	}
	all := d.until(t, "the device", func(all []request) bool { return len(told(all)) >= 2 })
	if diff := cmp.Diff([]string{"marketing web_push yes", aToken}, told(all)); diff != "" {
		t.Error(diff)
	}
	shoot(t, page, "push-subscribed")
	run[bool](t, page, `aparte.push.unsubscribe().then(() => true)`)
	all = d.until(t, "the refusal", func(all []request) bool { return slices.Contains(told(all), "marketing web_push no") })
	if len(told(all)) != 3 {
		t.Errorf("told %v", told(all))
	}
	checkNoFaults(t, page)
}

func nobodyIsAskedUnclicked(t *testing.T, b context.Context) {
	_, _, page := bell(t, b, browser.PermissionSettingGranted, "")
	got := run[string](t, page, `new Promise((f) => { const frame = () => navigator.userActivation.isActive ? requestAnimationFrame(frame) : aparte.push.subscribe().then(f); frame() })`)
	if got != "unasked" {
		t.Errorf("subscribed: %s", got)
	}
	checkNoFaults(t, page)
}

func refusalIsNothing(t *testing.T, b context.Context) {
	d, _, page := bell(t, b, browser.PermissionSettingDenied, "")
	if said := press(t, page); said != "denied" {
		t.Errorf("subscribed: %s", said)
	}
	run[bool](t, page, `aparte.track("after").flush() && true`)
	if all := d.until(t, "what follows", sent("after", "")); len(told(all)) > 0 {
		t.Errorf("told %v", told(all))
	}
	checkNoFaults(t, page)
}

func privacyAsksNothing(t *testing.T, b context.Context) {
	_, _, page := bell(t, b, browser.PermissionSettingGranted, "gpc=1")
	if said := press(t, page); said != "refused" {
		t.Errorf("subscribed: %s", said)
	}
	if n := run[int](t, page, `navigator.serviceWorker.getRegistrations().then((all) => all.length)`); n != 0 {
		t.Errorf("%d service workers are registered", n)
	}
	checkNoFaults(t, page)
}

func consentTakesThemBack(t *testing.T, b context.Context) {
	_, _, page := bell(t, b, browser.PermissionSettingGranted, "")
	press(t, page)
	run[bool](t, page, `aparte.consent(false) && true`)
	when(t, page, `window.gone || (PushManager.prototype.getSubscription().then((s) => window.gone = !s), false)`)
	if got := run[string](t, page, `JSON.stringify(localStorage)`); got != `{"aparte_consent":"denied"}` {
		t.Errorf("kept %s", got)
	}
	checkNoFaults(t, page)
}

func changeIsTold(t *testing.T, b context.Context) {
	d, site, page := bell(t, b, browser.PermissionSettingGranted, "")
	press(t, page)
	d.until(t, "the device", func(all []request) bool { return len(told(all)) >= 2 })
	// The visitor forbids notifications in the browser's own settings; then they come again.
	if err := chromedp.Do(page, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, browser.SetPermission, browser.SetPermissionParams{Origin: site, Setting: browser.PermissionSettingDenied, Permission: &browser.PermissionDescriptor{Name: "notifications"}})
		return err
	}), chromedp.Navigate(address(site, d, "push-key=BPublic"))); err != nil {
		t.Fatal(err)
	}
	all := d.until(t, "the refusal", func(all []request) bool { return slices.Contains(told(all), "marketing web_push no") })
	if len(told(all)) != 3 {
		t.Errorf("told %v", told(all))
	}
	checkNoFaults(t, page)
}

func pushIsShown(t *testing.T, b context.Context) {
	d, site, page := bell(t, b, browser.PermissionSettingGranted, "")
	registration := make(chan serviceworker.RegistrationID, 16)
	worker := make(chan target.ID, 64)
	if err := chromedp.Listen(page, func(ev any) {
		switch ev := ev.(type) {
		case *serviceworker.EventWorkerRegistrationUpdated:
			for _, r := range ev.Registrations {
				if strings.HasPrefix(r.ScopeURL, site) {
					select {
					case registration <- r.RegistrationID:
					default:
					}
				}
			}
		case *serviceworker.EventWorkerVersionUpdated:
			for _, v := range ev.Versions {
				if strings.HasPrefix(v.ScriptURL, site) && v.TargetID != "" {
					select {
					case worker <- v.TargetID:
					default:
					}
				}
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(page, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, serviceworker.Enable, cdp.Empty{})
		return err
	})); err != nil {
		t.Fatal(err)
	}
	if said := press(t, page); said != "granted" {
		t.Fatalf("subscribed: %s", said)
	}
	id := <-registration
	push := func(data string) {
		t.Helper()
		if err := chromedp.Do(page, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: site, RegistrationID: id, Data: data})
			return err
		})); err != nil {
			t.Fatal(err)
		}
	}
	message := `{"title": "Votre lampe", "body": "Elle <vous> attend.", "tag": "t1", "image": "javascript:alert(1)", "link": "` + d.url + `/c/t", "report": "` + d.url + `/n/t"}`
	push(`not ours`)
	push(message)
	push(message) // sent twice, shown once
	d.until(t, "both deliveries", func(all []request) bool { return count(all, "/n/t/delivered") == 2 })
	const shown = `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map((n) => [n.title, n.body, n.tag, n.image || "", n.data.link].join(" | ")))`
	if diff := cmp.Diff([]string{"Votre lampe | Elle <vous> attend. | t1 |  | " + d.url + "/c/t"}, run[[]string](t, page, shown)); diff != "" {
		t.Error(diff)
	}
	latest := <-worker
	for len(worker) > 0 { // a browser ends a worker that rests, and starts another
		latest = <-worker
	}
	closeIt(t, b, latest)
	d.until(t, "the dismissal", func(all []request) bool { return count(all, "/n/t/dismissed") == 1 })
	checkNoFaults(t, page)
}

// closeIt has the worker hear that its notification was closed, as nobody can close one without a screen. The worker is let go of
// after the test: let go of at once, it could end before what it tells has left.
func closeIt(t *testing.T, b context.Context, worker target.ID) {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b, chromedp.WithTargetID(worker))
	t.Cleanup(cancel)
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`registration.getNotifications().then((all) =>
		self.dispatchEvent(new NotificationEvent("notificationclose", {notification: all[0]})))`, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
}

func count(all []request, path string) (n int) {
	for _, r := range all {
		if r.URL == path {
			n++
		}
	}
	return n
}
