package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/grant"
)

// private furnishes what the page of privacy shows.
func private(t *testing.T, s *stage) *grant.Ledger {
	t.Helper()
	l, err := grant.Open(t.Context(), grant.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []grant.Grant{
		{ID: "channel:email", Host: "smtp.example", Purposes: []aparte.Purpose{aparte.Service, aparte.Marketing}, Channel: aparte.Email, Fields: []grant.Field{grant.Address}},
		{ID: "webhook:crm", Host: "crm.example", Purposes: []aparte.Purpose{aparte.Service}, Fields: []grant.Field{grant.People, grant.Events, grant.Identifiers}},
	} {
		if err := l.Declare(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	b := *s.engine.Plan().Brand()
	b.Wordings = append(b.Wordings, aparte.Wording{ID: "letter-1", Purpose: aparte.Marketing, Channel: aparte.Email, Text: aparte.Words{"en": "I would like your <letter>.", "fr": "Je souhaite votre lettre."}})
	b.Policy.Keep = []aparte.Retention{{Trait: "shoe", For: aparte.Duration(30 * 24 * time.Hour)}}
	if _, err := s.engine.Publish(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	err = s.engine.Accept(t.Context(), []aparte.Event{{
		Type: aparte.Identify, MessageID: "agreed", UserID: "17850", Timestamp: now, ReceivedAt: now, Source: "web", Context: []byte(`{"locale":"fr-FR","page":{"url":"https://shop.example/letter?x=1"}}`),
		Traits: []byte(`{"consents":[{"purpose":"marketing","channel":"email","granted":true,"source":"footer","wording":"letter-1"},{"purpose":"profiling","granted":false,"source":"footer","wording":"of before"}]}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.engine.Refit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestWhatPeopleAgreedToAndAskedForIsShownWithWhereItMayGo(t *testing.T) {
	s := open(t)
	l := private(t, s)
	s.serve(console.Config{Grants: l})
	shows := func(when, lang string, texts ...string) string {
		t.Helper()
		status, page, _ := s.get("/console/privacy", lang)
		for _, text := range texts {
			if status != http.StatusOK || !strings.Contains(page, text) {
				t.Errorf("%s, %s: %d, nothing of %q", when, lang, status, text)
			}
		}
		return page
	}
	shows("at first", "en", "letter-1", "I would like your &lt;letter&gt;.", `<td class="num">1 <span class="soft small">100`, "smtp.example", "crm.example", "names and identifiers", "<code>shoe</code>", "30 days", "Nobody has asked for anything yet.")
	shows("at first", "fr", "Je souhaite votre lettre.", "Consentements", "noms et identifiants", "Rien n’était encore assez ancien.", "1 personne, comptée", "Les fichiers n’ont pas encore été purgés.")

	// A request is noted, is due in a month, late after that, and done when it is carried out.
	asked := time.Now().UTC().AddDate(0, -2, 0)
	note := func(who, kind, on string) (int, string) {
		return s.send("/console/privacy/requests", url.Values{"who": {who}, "kind": {kind}, "asked": {on}})
	}
	if status, page := note("nobody@example.com", "access", asked.Format(time.DateOnly)); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Nobody of that name is known.") {
		t.Errorf("of nobody: %d", status)
	}
	if status, _ := note("17850", "access", time.Now().AddDate(0, 0, 2).Format(time.DateOnly)); status != http.StatusUnprocessableEntity {
		t.Errorf("of the day after tomorrow: %d", status)
	}
	note("17850", "access", asked.Format(time.DateOnly))
	note("17850", "access", time.Now().UTC().Format(time.DateOnly)) // the same again
	page := shows("asked", "en", "everything that is known", "overdue", s.person.String())
	if strings.Count(page, "overdue") != 1 || strings.Contains(page, "to do</span>") {
		t.Error("one request stands there twice")
	}
	p, err := s.engine.Person(t.Context(), s.person)
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.engine.Answered(t.Context(), engine.AccessRequest, &p, engine.Asking{By: "Ada"})
	if err != nil || done.Asked.Format(time.DateOnly) != asked.Format(time.DateOnly) {
		t.Errorf("carried out: %+v, %v", done, err)
	}
	if page := shows("carried out", "en", "done</span>"); strings.Contains(page, "overdue") {
		t.Error("what is done still waits")
	}

	// A wording is published like every change, and what was published does not change.
	word := func(id, text string) (int, string) {
		return s.send("/console/privacy/wordings", url.Values{"version": {fmt.Sprint(s.engine.Plan().Version())}, "id": {id}, "purpose": {"marketing"}, "channel": {"sms"}, "english": {text}, "french": {"Oui."}})
	}
	word("texts-1", "Text me.")
	shows("a wording more", "en", "texts-1", "Text me.")
	if all, err := s.engine.Editions(t.Context(), 1); err != nil || len(all[0].Changes) != 1 || all[0].Changes[0].Kind != "wordings" {
		t.Errorf("the changes of the brand tell %+v, %v", all, err)
	}
	if status, page := word("texts-1", "Something else."); status != http.StatusUnprocessableEntity || !strings.Contains(page, `role="alert"`) || !strings.Contains(page, "Something else.") {
		t.Errorf("the same version with other words: %d", status)
	}

	// A grant is taken back and given again, and exports are granted to somebody.
	s.send("/console/privacy/grants/webhook:crm/revoke", nil)
	if _, err := l.Find("webhook:crm", "", grant.People); err == nil {
		t.Error("it is still granted")
	}
	shows("taken back", "en", "taken back</span>")
	s.send("/console/privacy/grants/webhook:crm/grant", nil)
	if _, err := l.Find("webhook:crm", "", grant.People); err != nil {
		t.Errorf("granted again: %v", err)
	}
	files := url.Values{"name": {"agency"}, "host": {"An agency"}, "purpose": {"marketing"}, "channel": {"email"}, "days": {"30"}, "fields": {"people"}}
	s.send("/console/privacy/grants", files)
	if g, err := l.Find("file:agency", "", grant.People); err != nil || g.Until.IsZero() || g.Channel != aparte.Email || g.Covers(grant.Identifiers) {
		t.Errorf("granted: %+v, %v", g, err)
	}
	files.Del("fields")
	if status, page := s.send("/console/privacy/grants", files); status != http.StatusUnprocessableEntity || !strings.Contains(page, "/fields") || !strings.Contains(page, "An agency") {
		t.Errorf("a grant of nothing: %d", status)
	}
	for path, want := range map[string]int{"/console/privacy/grants/webhook:none/revoke": 404, "/console/privacy/grants/webhook:crm/polish": 404} {
		if status, _ := s.send(path, nil); status != want {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestTheProofOfAConsentIsOnItsPersonsPage(t *testing.T) {
	s := open(t)
	private(t, s)
	here := "/console/people/" + s.person.String()
	if _, page, _ := s.get(here, "en"); !strings.Contains(page, here+"/consents") {
		t.Error("the person's page does not lead there")
	}
	status, page, _ := s.get(here+"/consents", "en")
	for _, text := range []string{"Je souhaite votre lettre.", "https://shop.example/letter", "footer", "of before", "was never published here", "/consents.json", "/consents.html"} {
		if status != http.StatusOK || !strings.Contains(page, text) {
			t.Errorf("%d, nothing of %q", status, text)
		}
	}
	if strings.Contains(page, "I would like your") {
		t.Error("it shows another language than the one that was read")
	}
	if status, _, _ := s.get("/console/people/p_00000000000000000000000000000000/consents", "en"); status != http.StatusNotFound {
		t.Errorf("of nobody: %d", status)
	}
}
