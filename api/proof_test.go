package api

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// wordedBrand is the brand that asks, with the words by which it does.
func wordedBrand() *aparte.Brand {
	b := askingBrand()
	b.Wordings = []aparte.Wording{
		{ID: "2026-11", Purpose: aparte.Marketing, Channel: aparte.Email, Text: aparte.Words{"en": "I would like your letter <weekly>.", "fr": "Je souhaite votre lettre."}},
		{ID: "account-1", Purpose: aparte.Marketing, Text: aparte.Words{"en": "Write to me.", "fr": "Écrivez-moi."}},
	}
	return b
}

// A consent is shown by what was read, when, where, and when the address was confirmed, and by every answer since; the proof names nobody.
func TestAConsentIsProvedByWhatWasReadWhenAndWhere(t *testing.T) {
	a := openAsking(t)
	published := a.clock()
	if _, err := a.Publish(t.Context(), wordedBrand()); err != nil {
		t.Fatal(err)
	}
	a.pass(time.Hour)
	given := a.clock()
	a.post(a.question("v1", "letters", "letters"), false, url.Values{"answer": {"ada@example.com"}})
	a.pass(time.Hour)
	confirmed := a.clock()
	a.post(a.confirmation(), false, nil)
	a.pass(time.Hour)
	told := a.clock()
	w := call(a.doors, "POST", "/v1/identify", "wk", `{"anonymousId":"v1","messageId":"site-1","context":{"locale":"fr-FR","page":{"url":"https://shop.example/account?email=ada@example.com"}},
		"traits":{"consents":[{"purpose":"marketing","granted":true,"source":"account","wording":"account-1"},{"purpose":"profiling","granted":false,"source":"account","wording":"lost"}]}}`)
	if w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	a.pass(time.Hour)
	w = call(a.doors, "POST", "/v1/track", "wk", `{"anonymousId":"v1","messageId":"u-1","event":"Aparte Unsubscribed","properties":{"channel":"email"}}`)
	if w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	const door = "/v1/admin/people/email:ada@example.com/consents"
	w = call(a.doors, "GET", door+".json", "sk", "")
	doc := decoded[ConsentProof](t, w)
	if w.Code != 200 || strings.Contains(w.Body.String(), "ada@") || doc.Subject == "" || doc.Brand != "Maison" && doc.Brand == "" {
		t.Fatalf("the proof: %d %s", w.Code, w.Body)
	}
	type row struct {
		Purpose                 aparte.Purpose
		Channel                 aparte.Channel
		Granted, Stands         bool
		Source, Page, Lang      string
		Text                    string
		At, Since, Given, Agree time.Time
	}
	var got []row
	for i := range doc.Answers {
		x := &doc.Answers[i]
		r := row{Purpose: x.Purpose, Channel: x.Channel, Granted: x.Granted, Stands: x.Stands, Source: x.Source, Page: x.Page, Lang: x.Language, At: x.At}
		if x.Worded != nil {
			r.Since = x.Worded.Since
			for _, text := range x.Texts() {
				r.Text += text.Text
			}
		}
		if x.Confirmed != nil {
			r.Given, r.Agree = x.Confirmed.Given, x.Confirmed.Confirmed
		}
		got = append(got, r)
	}
	want := []row{
		{Purpose: aparte.Marketing, Channel: aparte.Email, Stands: true, At: told.Add(time.Hour)},
		{Purpose: aparte.Marketing, Granted: true, Stands: true, Source: "account", Page: "https://shop.example/account", Lang: "fr-FR", Text: "Écrivez-moi.", At: told, Since: published},
		{Purpose: aparte.Profiling, Stands: true, Source: "account", Page: "https://shop.example/account", Lang: "fr-FR", At: told},
		{Purpose: aparte.Marketing, Channel: aparte.Email, Granted: true, Source: "confirmed: letters", Lang: "en", Text: "I would like your letter <weekly>.", At: confirmed, Since: published, Given: given, Agree: confirmed},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	page := call(a.doors, "GET", door+".html", "sk", "")
	for _, text := range []string{"I would like your letter &lt;weekly&gt;.", "Écrivez-moi.", "was never published here", doc.Subject, confirmed.Format("2006-01-02 15:04:05")} {
		if page.Code != 200 || !strings.Contains(page.Body.String(), text) {
			t.Errorf("the page, %d, lacks %q", page.Code, text)
		}
	}
	if strings.Contains(page.Body.String(), "ada@") {
		t.Error("the page names the person")
	}
	if w := call(a.doors, "GET", "/v1/admin/people/nobody/consents.json", "sk", ""); w.Code != 404 {
		t.Errorf("of nobody: %d", w.Code)
	}
}

// What a person answers on their own page is proved by that page's words, in the language in which they read them.
func TestAnAnswerOfOnesOwnPageIsProvedByItsWords(t *testing.T) {
	a := openAsking(t)
	if w := call(a.doors, "POST", "/v1/identify", "wk", `{"userId":"bo","messageId":"i","traits":{"email":"bo@example.com"}}`); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	p := a.person(aparte.KindUserID, "bo")
	if err := a.Declare(t.Context(), p.ID, "fr", nil, []aparte.Consent{{Purpose: aparte.Profiling, Source: meSource, Wording: meWording}}); err != nil {
		t.Fatal(err)
	}
	doc := decoded[ConsentProof](t, call(a.doors, "GET", "/v1/admin/people/bo/consents.json", "sk", ""))
	if len(doc.Answers) != 1 || len(doc.Answers[0].Texts()) != 1 || !strings.Contains(doc.Answers[0].Texts()[0].Text, "D’après ce que je regarde") {
		t.Errorf("the proof: %+v", doc.Answers)
	}
}

// What somebody may have read is not written anew under the same name; a language may be added, and what has left the brand is still known.
func TestAWordingThatWasPublishedDoesNotChange(t *testing.T) {
	a := openAsking(t)
	publish := func(change func(b *aparte.Brand)) error {
		b := wordedBrand()
		change(b)
		_, err := a.Publish(t.Context(), b)
		return err
	}
	if err := publish(func(*aparte.Brand) {}); err != nil {
		t.Fatal(err)
	}
	since := a.clock()
	a.pass(24 * time.Hour)
	for pointer, change := range map[string]func(b *aparte.Brand){
		"/wordings/0/text/fr":           func(b *aparte.Brand) { b.Wordings[0].Text["fr"] = "Autre chose." },
		"/wordings/1/purpose":           func(b *aparte.Brand) { b.Wordings[1].Purpose = aparte.Profiling },
		"/wordings/1/channel":           func(b *aparte.Brand) { b.Wordings[1].Channel = aparte.SMS },
		"/wordings/0/since":             func(b *aparte.Brand) { b.Wordings[0].Since = since.Add(time.Second) },
		"/wordings/1/id":                func(b *aparte.Brand) { b.Wordings[1].ID = b.Wordings[0].ID },
		"/wordings/0/text":              func(b *aparte.Brand) { b.Wordings[0].Text = nil },
		"/contents/1/ask/wording: \"ac": func(b *aparte.Brand) { b.Wordings[1].Channel = aparte.SMS; b.Contents[1].Ask.Wording = "account-1" },
	} {
		if err := publish(change); err == nil || !strings.Contains(err.Error(), pointer) {
			t.Errorf("%s: %v", pointer, err)
		}
	}
	if err := publish(func(b *aparte.Brand) { b.Wordings[0].Text["de"] = "Ich möchte Ihren Brief." }); err != nil {
		t.Errorf("a language more: %v", err)
	}
	if err := publish(func(b *aparte.Brand) { b.Wordings = b.Wordings[:1] }); err != nil {
		t.Fatal(err)
	}
	all := decoded[struct{ Wordings []aparte.Wording }](t, call(a.doors, "GET", "/v1/admin/wordings", "sk", "")).Wordings
	if len(all) != 2 || all[0].Text["de"] == "" || !all[0].Since.Equal(since) || all[1].ID != "account-1" {
		t.Errorf("kept: %+v", all)
	}
	if in := a.Plan().Brand().Wordings; len(in) != 1 || !in[0].Since.Equal(since) {
		t.Errorf("the brand has %+v", in)
	}
}

func TestAddressesThatWaitToBeConfirmedAreCounted(t *testing.T) {
	a := openAsking(t)
	expect := func(when string, want engine.Confirmations) {
		t.Helper()
		got, err := a.Confirmations(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
	}
	expect("before", engine.Confirmations{})
	a.post(a.question("v1", "letters", "letters"), false, url.Values{"answer": {"ada@example.com"}})
	link := a.confirmation()
	a.pass(2 * time.Hour)
	a.post(a.question("v2", "letters", "letters"), false, url.Values{"answer": {"bo@example.com"}})
	expect("two were given", engine.Confirmations{Given: 2, Waiting: 2})
	for range 2 { // however often the link is followed
		a.post(link, false, nil)
		a.pass(time.Hour)
	}
	expect("one was confirmed", engine.Confirmations{Given: 2, Confirmed: 1, Waiting: 1})
	a.pass(49 * time.Hour)
	expect("the other's time is over", engine.Confirmations{Given: 2, Confirmed: 1})
	a.pass(31 * 24 * time.Hour)
	expect("a month later", engine.Confirmations{})
}
