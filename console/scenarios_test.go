package console_test

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// A marketer switches a play on, sees it among the scenarios, changes it, tests it and switches it off again.
func TestAPlayIsSwitchedOnTestedChangedAndSwitchedOff(t *testing.T) {
	s := open(t)
	version := func() string { return strconv.FormatUint(s.engine.Plan().Version(), 10) }
	scenario := func(id aparte.ScenarioID) *aparte.Scenario {
		b := s.engine.Plan().Brand()
		for i := range b.Scenarios {
			if b.Scenarios[i].ID == id {
				return &b.Scenarios[i]
			}
		}
		return nil
	}
	_, page, _ := s.get("/console/scenarios", "en")
	for _, want := range []string{"A basket was filled, and left", "2\u00a0minutes after an article was put into the basket, unless an order was placed: by e-mail."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	_, page, _ = s.get("/console/playbook/basket", "fr")
	for _, want := range []string{"Mettre en marche", "1\u00a0heure après qu’un article a été mis au panier, sauf si une commande a été passée", `hx-post="/console/playbook/basket/test"`, "Votre panier vous attend"} {
		if !strings.Contains(page, want) {
			t.Errorf("the play's page does not say %q", want)
		}
	}
	if status, page := s.send("/console/playbook/basket/test", nil); status != http.StatusOK || !strings.Contains(page, "moments it would have raised") || scenario("basket-left") != nil {
		t.Errorf("tested: %d, switched on: %v", status, scenario("basket-left"))
	}
	if _, page := s.send("/console/playbook/basket", url.Values{"version": {"99"}}); !strings.Contains(page, "changed meanwhile") || scenario("basket-left") != nil {
		t.Error("it was switched on over a version that the page did not know")
	}
	if status, page := s.send("/console/playbook/basket", url.Values{"version": {version()}}); status != http.StatusOK || !strings.Contains(page, "Switched on:") || scenario("basket-left") == nil {
		t.Fatalf("not switched on: %d", status)
	}
	if _, page, _ := s.get("/console/playbook/basket", "en"); !strings.Contains(page, "It is switched on.") || strings.Contains(page, `action="/console/playbook/basket"`) {
		t.Error("the play can be switched on twice")
	}
	form := url.Values{
		"version": {version()}, "english": {"Left <behind>"}, "french": {"Laissé"}, "delay": {"3"}, "delay-unit": {"h"}, "rest": {"5"}, "rest-unit": {"d"},
		"within": {"0"}, "within-unit": {"h"}, "channel": {"email"}, "after": {"Product Added"}, "unless": {"Order Completed\r\nProduct Removed\n"},
	}
	before := version()
	if _, page, _ := s.get("/console/scenarios/basket-left?try=1&"+form.Encode(), "en"); !strings.Contains(page, "/console/scenarios/basket-left/test?") || !strings.Contains(page, `value="Left &lt;behind&gt;"`) || version() != before {
		t.Error("trying forgets the form, tests nothing, or saves it")
	}
	if status, page := s.send("/console/scenarios/basket-left/test?"+form.Encode(), nil); status != http.StatusOK || !strings.Contains(page, "moments it would have raised") {
		t.Errorf("not tested: %d", status)
	}
	for field, bad := range map[string]string{"delay": "-1", "rest": "soon", "within": "999999999", "channel": "pigeon", "after": ""} {
		spoiled := url.Values{}
		for k, v := range form {
			spoiled[k] = v
		}
		spoiled.Set(field, bad)
		if _, page := s.send("/console/scenarios/basket-left", spoiled); !strings.Contains(page, "/"+field) || !strings.Contains(page, `role="alert"`) || version() != before {
			t.Errorf("%s: %q is not told", field, bad)
		}
	}
	if s.send("/console/scenarios/basket-left", form); version() == before {
		t.Fatal("not saved")
	}
	hour := aparte.Duration(time.Hour)
	want := &aparte.Scenario{
		ID: "basket-left", Name: aparte.Words{"en": "Left <behind>", "fr": "Laissé"}, After: "Product Added", Unless: []string{"Order Completed", "Product Removed"},
		Delay: 3 * hour, Rest: 120 * hour, Channel: aparte.Email,
	}
	if diff := cmp.Diff(want, scenario("basket-left")); diff != "" {
		t.Error(diff)
	}
	if s.send("/console/scenarios/basket-left/delete", url.Values{"version": {version()}}); scenario("basket-left") != nil {
		t.Error("not switched off")
	}
	for _, c := range s.engine.Plan().Brand().Contents {
		if strings.HasPrefix(string(c.ID), "basket-letter") {
			t.Errorf("%s is left", c.ID)
		}
	}
	for _, there := range []string{"/console/scenarios/basket-left", "/console/playbook/nothing"} {
		if status, _, _ := s.get(there, "en"); status != http.StatusNotFound {
			t.Errorf("%s: %d", there, status)
		}
	}
	if status, _ := s.send("/console/scenarios/basket", url.Values{"after": {strings.Repeat("x", 100_000)}}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge form: %d", status)
	}
}

// What a form cannot say stays as it is.
func TestChangingAScenarioKeepsWhatItsFormDoesNotAsk(t *testing.T) {
	s := open(t)
	b := *s.engine.Plan().Brand()
	day := aparte.Duration(24 * time.Hour)
	was := aparte.Scenario{
		ID: "birthday", Name: aparte.Words{"en": "Soon", "de": "Bald"}, On: &aparte.Day{Trait: "birthday", Yearly: true, Days: -7, At: "09:00"},
		Until: []aparte.Exit{{Event: "Aparte Unsubscribed"}}, Most: aparte.Most{Times: 2, Per: 30 * day}, Rest: 300 * day, Channel: aparte.Email,
	}
	b.Scenarios = append([]aparte.Scenario{was}, b.Scenarios...)
	if _, err := s.engine.Publish(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		"en": {"7\u00a0days before, every year on the day of “birthday” at 09:00: by e-mail.", "At most 2 times in 30\u00a0days.", "It ends when silence was asked for."},
		"fr": {"7\u00a0jours avant, chaque année au jour de «\u00a0anniversaire\u00a0» à 09:00\u00a0: par e-mail.", "2 fois au plus en 30\u00a0jours."},
	} {
		_, page, _ := s.get("/console/scenarios/birthday", lang)
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: the page does not say %q", lang, text)
			}
		}
	}
	form := url.Values{
		"version": {strconv.FormatUint(s.engine.Plan().Version(), 10)}, "english": {"Soon"}, "delay": {"0"}, "delay-unit": {"h"}, "rest": {"200"}, "rest-unit": {"d"},
		"within": {"1"}, "within-unit": {"d"}, "channel": {"email"}, "after": {""}, "unless": {""},
	}
	s.send("/console/scenarios/birthday", form)
	was.Rest, was.Within = 200*day, day
	if diff := cmp.Diff(was, s.engine.Plan().Brand().Scenarios[0]); diff != "" {
		t.Error(diff)
	}
}

// By what stands on the pages alone, in a browser: a play is chosen, what it would have raised is read, and it is switched on.
func TestAMarketerSwitchesAPlayOnInABrowser(t *testing.T) {
	ctx := browser(t)
	s := open(t)
	// What is asked of a page while the browser goes to the next one is asked again.
	try := func(what string, ask func() bool) {
		t.Helper()
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			if ask() {
				return
			}
		}
		t.Fatal(what)
	}
	press := func(label, leads string) {
		t.Helper()
		try("no "+label, func() bool {
			there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(function (label) {
				var it = Array.from(document.querySelectorAll("a, button")).find(function (e) { return e.textContent.trim() === label })
				if (it) it.click()
				return !!it
			})("`+label+`")`))
			return err == nil && there
		})
		try(label+" does not lead to "+leads, func() bool {
			at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState + location.pathname`))
			return err == nil && at == "complete"+leads
		})
	}
	read := func(where string) (text string) {
		t.Helper()
		try("nothing at "+where, func() bool {
			var err error
			text, err = chromedp.Run(ctx, chromedp.Evaluate[string](`(document.querySelector("`+where+`") || {textContent: ""}).textContent`))
			return err == nil && text != ""
		})
		return text
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(s.server.URL+"/console/language/en?from=/console/live"), chromedp.WaitReady("#page")); err != nil {
		t.Fatal(err)
	}
	press("Contents", "/console/contents")
	press("Scenarios", "/console/scenarios")
	press("A basket was filled, and left", "/console/playbook/basket")
	if told := read("#told .verdict"); !strings.Contains(told, "moments it would have raised") {
		t.Errorf("told %q", told)
	}
	press("Switch on", "/console/scenarios")
	if told := read(".note[role=status]"); !strings.HasPrefix(told, "Switched on") {
		t.Errorf("told %q", told)
	}
	for _, sc := range s.engine.Plan().Brand().Scenarios {
		if sc.ID == "basket-left" {
			return
		}
	}
	t.Error("it is not switched on")
}

// What was typed stays when another kind is chosen, of a scenario that is there and of one that is not, and Enter still saves.
func TestWhatWasTypedStaysWhenAnotherKindIsChosen(t *testing.T) {
	s := open(t)
	typed := url.Values{
		"kind": {"after"}, "turn": {"absent"}, "english": {"Weeks of silence"}, "rest": {"23"}, "rest-unit": {"d"}, "until0": {"Order Refunded"}, "unless": {"Support Called"}, "asked-also": {"1"}, "also": {"push"},
	}
	for _, path := range []string{"/console/scenario", "/console/scenarios/basket"} {
		_, page, _ := s.get(path+"?"+typed.Encode(), "en")
		for _, want := range []string{`name="kind" value="absent"`, `value="Weeks of silence"`, `name="rest"`, `value="23"`, `value="Order Refunded"`, "Support Called"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s forgets %s", path, want)
			}
		}
		if first := strings.Index(page, `<button class="entered"`); first < 0 || first > strings.Index(page, `<button class="link"`) {
			t.Errorf("%s: Enter chooses a kind", path)
		}
	}
}

// A scenario of each kind is made in its form, and the same by the text beside it.
func TestAScenarioOfEachKindIsMadeInWordsAndAsText(t *testing.T) {
	s := open(t)
	version := func() string { return strconv.FormatUint(s.engine.Plan().Version(), 10) }
	find := func(id aparte.ScenarioID) (found aparte.Scenario) {
		for _, x := range s.engine.Plan().Brand().Scenarios {
			if x.ID == id {
				found = x
			}
		}
		return found
	}
	hour := aparte.Duration(time.Hour)
	lasting := func(form url.Values, name, number, unit string) {
		form.Set(name, number)
		form.Set(name+"-unit", unit)
	}
	for _, made := range []struct {
		fields map[string]string
		want   aparte.Scenario
	}{
		{map[string]string{"kind": "after", "english": "Hésite!", "after": "Product Viewed", "after-name": "category", "after-sign": "==", "after-value": "Lights", "then0": "Product Added", "then1": "Cart Viewed",
			"then1-where": "properties.total > 50 || properties.vip", "until0": "Order Completed", "until1": "", "until1-objective": "order", "times": "2", "unless": "Product Removed", "channel": "email"},
			aparte.Scenario{ID: "hesite", Name: aparte.Words{"en": "Hésite!"}, After: "Product Viewed", Where: `properties.category == "Lights"`,
				Then: []aparte.Step{{Event: "Product Added"}, {Event: "Cart Viewed", Where: "properties.total > 50 || properties.vip"}}, Window: 72 * hour, Unless: []string{"Product Removed"}, Delay: hour,
				Until: []aparte.Exit{{Event: "Order Completed"}, {Objective: "order"}}, Most: aparte.Most{Times: 2}, Rest: 168 * hour, Channel: aparte.Email}},
		{map[string]string{"kind": "absent", "id": "quiet", "english": "Quiet", "absent": "*", "channel": "email"},
			aparte.Scenario{ID: "quiet", Name: aparte.Words{"en": "Quiet"}, Absent: []string{"*"}, Delay: hour, Rest: 168 * hour, Channel: aparte.Email}},
		{map[string]string{"kind": "on", "id": "soon", "french": "Bientôt", "trait": "birthday", "asked-yearly": "1", "yearly": "1", "days": "7", "way": "before", "at": "09:00", "channel": "email"},
			aparte.Scenario{ID: "soon", Name: aparte.Words{"fr": "Bientôt"}, On: &aparte.Day{Trait: "birthday", Yearly: true, Days: -7, At: "09:00"}, Rest: 168 * hour, Channel: aparte.Email}},
		{map[string]string{"kind": "every", "id": "hello", "english": "Hello", "every": "14", "every-unit": "d", "channel": "sms"},
			aparte.Scenario{ID: "hello", Name: aparte.Words{"en": "Hello"}, Every: 336 * hour, Rest: 168 * hour, Channel: aparte.SMS}},
	} {
		form := url.Values{"version": {version()}}
		lasting(form, "delay", "1", "h")
		lasting(form, "window", "3", "d")
		for k, v := range made.fields {
			form.Set(k, v)
		}
		if status, page := s.send("/console/scenario", form); status != http.StatusOK || !strings.Contains(page, "Saved") {
			_, wrong, _ := strings.Cut(page, `id="wrongs"`)
			t.Errorf("%s is not made: %d %.600s", made.want.ID, status, wrong)
			continue
		}
		if diff := cmp.Diff(made.want, find(made.want.ID)); diff != "" {
			t.Error(diff)
		}
		_, page, _ := s.get("/console/scenarios/"+string(made.want.ID), "en")
		_, text, _ := strings.Cut(page, `name="text"`)
		_, text, _ = strings.Cut(text, ">")
		text, _, _ = strings.Cut(text, "</textarea>")
		text = html.UnescapeString(text)
		if !strings.HasPrefix(text, "- id: "+string(made.want.ID)+"\n") {
			t.Fatalf("the text beside the form is %q", text)
		}
		text = strings.Replace(text, "rest: 7d", "rest: 9d", 1)
		s.send("/console/scenarios/"+string(made.want.ID), url.Values{"version": {version()}, "text": {text}})
		made.want.Rest = 216 * hour
		if diff := cmp.Diff(made.want, find(made.want.ID)); diff != "" {
			t.Errorf("by its text: %s", diff)
		}
	}
}

// What is wrong in the text is told at its line and column, in the reader's language, and nothing is saved.
func TestWhatIsWrongInAScenarioIsToldWhereItStands(t *testing.T) {
	s := open(t)
	before := s.engine.Plan().Version()
	for text, wants := range map[string][]string{
		"- id: basket\n  after: Product Added\n  channel: email\n  delay: soon\n": {"4:", "durée", `id="line4" class="faulty"`},
		"- id: basket\n  after: Product Added\n  channel: pigeon\n":               {"3:3", "/channel", `id="line3" class="faulty"`},
		"- id: other\n  after: Product Added\n  channel: email\n":                 {"1:1", "doit rester"},
		"- id: basket\n  after: [\n":                                              {"n’est pas du YAML"},
		"- id: basket\n  after: x\n  channel: email\n- id: b\n":                   {"un seul scénario va ici, pas 2"},
		"- id: basket\n  after: x\n  where: properties.x >\n  channel: email\n":   {"3:3", "/where"},
	} {
		_, page, _ := s.get("/console/scenarios/basket?"+url.Values{"try": {"1"}, "text": {text}}.Encode(), "fr")
		page = html.UnescapeString(page)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not told of %q", want, text)
			}
		}
		if !strings.Contains(page, text[:20]) || strings.Contains(page, "/test?") {
			t.Errorf("the text is lost, or tested: %q", text)
		}
		s.send("/console/scenarios/basket", url.Values{"version": {strconv.FormatUint(before, 10)}, "text": {text}})
	}
	if s.engine.Plan().Version() != before {
		t.Error("something wrong was saved")
	}
}

// A content is shown on each of its channels as somebody would get it, with what is not known of them.
func TestAContentIsShownOnEachChannelAsSomebody(t *testing.T) {
	s := open(t)
	b := *s.engine.Plan().Brand()
	b.Contents = append([]aparte.Content{}, b.Contents...)
	channels := []aparte.Channel{aparte.Email, aparte.SMS, aparte.MobilePush, aparte.InApp}
	b.Layouts = append([]aparte.Layout{{ID: "said-plainly", Name: aparte.Words{"en": "Plainly"}, Channels: channels, HTML: "<p>{{ elements.headline | default: brand.name }}</p>"}}, b.Layouts...)
	i := slices.IndexFunc(b.Contents, func(c aparte.Content) bool { return c.ID == "basket" })
	c := &b.Contents[i]
	c.Channels, c.Layouts = channels, []aparte.LayoutID{"said-plainly"}
	c.Elements = append([]aparte.Element{
		{Name: "text", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "Hello {{ person.nickname | default: 'you' }}, ça va?"}}}},
	}, c.Elements...)
	if _, err := s.engine.Publish(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	_, page, _ := s.get("/console/contents/"+string(c.ID)+"?as="+s.person.String(), "fr")
	page = html.UnescapeString(page)
	for _, want := range []string{"Sur chaque canal", "1 segment", "UCS-2", "à cause de <code>ç</code>", "<code>person.nickname</code>", "Hello you", "push mobile", "dans l’application", "/mail/" + s.person.String()} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	status, mail, header := s.get("/console/contents/"+string(c.ID)+"/mail/"+s.person.String(), "fr")
	if status != http.StatusOK || !strings.Contains(header.Get("Content-Security-Policy"), "sandbox") || !strings.Contains(mail, "<table") {
		t.Errorf("the mail: %d", status)
	}
}
