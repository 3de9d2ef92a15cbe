package console_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/api"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

func TestWhatAPersonMayAskForIsDoneInTheConsole(t *testing.T) {
	s := open(t)
	s.serve(console.Config{TakeOut: api.TakeOut(s.engine, nil)})
	here := "/console/people/" + s.person.String()
	for lang, want := range map[string][]string{"en": {"What they may ask for", "cannot be undone", "within 25 hours"}, "fr": {"Ce qu’elle peut demander", "sans retour", "en 25 heures"}} {
		status, page, _ := s.get(here+"/asked", lang)
		for _, w := range want {
			if status != http.StatusOK || !strings.Contains(page, w) || keyShown(page) != "" {
				t.Errorf("%s: %d, key %q, without %q", lang, status, keyShown(page), w)
			}
		}
	}
	status, body, header := s.get(here+"/everything/json", "en")
	if status != http.StatusOK || !strings.Contains(body, `"ada@example.com"`) || !strings.Contains(body, "Product Viewed") || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		t.Errorf("for machines: %d, %s", status, body)
	}
	if status, body, header = s.get(here+"/everything/html", "fr"); status != http.StatusOK || !strings.Contains(body, `lang="fr"`) || !strings.Contains(body, "ada@example.com") || header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("to be read: %d", status)
	}
	if status, _, _ := s.get(here+"/everything/xml", "en"); status != http.StatusNotFound {
		t.Errorf("in a form that there is not: %d", status)
	}
	objects := func() bool {
		p, err := s.engine.Person(t.Context(), s.person)
		if err != nil {
			t.Fatal(err)
		}
		granted, told := p.Consented(aparte.Profiling, "")
		return told && !granted
	}
	if _, page := s.send(here+"/objection", url.Values{"objects": {"1"}, "asked": {"2999-01-01"}}); objects() || !strings.Contains(page, "That is no day") {
		t.Error("an objection of the future was noted")
	}
	if _, page := s.send(here+"/objection", url.Values{"objects": {"1"}, "source": {"call"}, "wording": {"leave me be"}}); !objects() || !strings.Contains(page, "Noted: nothing is predicted") {
		t.Error("the objection was not noted")
	}
	if s.send(here+"/objection", url.Values{"source": {"shop"}}); objects() {
		t.Error("it was not taken back")
	}
	if status, page := s.send(here+"/erase", url.Values{}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "confirm it first") {
		t.Errorf("erased without a word: %d", status)
	}
	if status, page := s.send(here+"/erase", url.Values{"sure": {"1"}, "purge": {"1"}}); status != http.StatusOK || !strings.Contains(page, "They are gone") || strings.Contains(page, "Ada") {
		t.Errorf("erased: %d", status)
	}
	if _, err := s.engine.Person(t.Context(), s.person); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("they are there still: %v", err)
	}
	all, err := s.engine.Requests(t.Context(), nil, 0, 10)
	if err != nil || len(all) != 5 || all[0].Kind != engine.ErasureRequest || all[1].Kind != engine.ConsentRequest || all[2].Kind != engine.ObjectionRequest || all[3].Kind != engine.AccessRequest {
		t.Errorf("written down: %+v, %v", all, err)
	}
	if status, _, _ := s.get(here+"/asked", "en"); status != http.StatusNotFound {
		t.Errorf("of nobody: %d", status)
	}
}

func TestOnlyWhoMayTakesOutAndErases(t *testing.T) {
	g := gate(t, open(t))
	here := "/console/people/" + g.person.String()
	marketer := g.signedIn(access.Marketer)
	if _, page, _ := g.do(marketer, "GET", here, nil); strings.Contains(page, "/asked") {
		t.Error("who may not is offered it")
	}
	for _, path := range []string{here + "/erase", here + "/objection"} {
		if status, _, _ := g.do(marketer, "POST", path, url.Values{"sure": {"1"}}); status != http.StatusForbidden {
			t.Errorf("%s: %d", path, status)
		}
	}
	admin := g.signedIn(access.Administrator)
	if _, page, _ := g.do(admin, "GET", here, nil); !strings.Contains(page, here+"/asked#erase") {
		t.Error("who may is not offered it")
	}
	if status, _, _ := g.do(admin, "POST", here+"/erase", url.Values{"sure": {"1"}}); status != http.StatusOK {
		t.Errorf("who may erases: %d", status)
	}
	if all, err := g.engine.Requests(t.Context(), nil, 0, 1); err != nil || len(all) != 1 || all[0].By != "Some administrator" {
		t.Errorf("written down: %+v, %v", all, err)
	}
}
