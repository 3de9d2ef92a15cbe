package console_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func TestTrustIsShownOfEachAndOfAll(t *testing.T) {
	s := open(t)
	now := time.Now().UTC()
	if err := s.engine.Accept(t.Context(), []aparte.Event{
		{Type: aparte.Identify, MessageID: "w", UserID: "17850", Timestamp: now, ReceivedAt: now, Traits: []byte(`{"city":"Lyon","wishes.weekly":1,"consents":[{"purpose":"marketing","channel":"email","granted":true,"wording":"v1"}]}`)},
		{Type: aparte.Track, Name: aparte.EventComplained, MessageID: "c", UserID: "17850", Timestamp: now, ReceivedAt: now, Source: aparte.OwnSource, Properties: []byte(`{"channel":"sms"}`)},
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Declare(t.Context(), s.person, "en", map[string]aparte.Value{"city": aparte.TextValue("Paris")}, nil); err != nil {
		t.Fatal(err)
	}
	p, err := s.engine.Person(t.Context(), s.person)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Trust(now); got.Corrections < 0.99 || got.Refusals < 0.99 || got.Complaints < 0.99 || got.Granted == 0 || got.Declared == 0 {
		t.Errorf("of her trust it shows %+v", got)
	}
	if _, err := s.engine.Refit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][2]string{"en": {"topics or frequency refused", "people lost some trust"}, "fr": {"sujets ou fréquence refusés", "ont perdu un peu de confiance"}} {
		if _, page, _ := s.get("/console/people/"+s.person.String(), lang); !strings.Contains(page, want[0]) || keyShown(page) != "" {
			t.Errorf("%s: a person's page does not tell %q", lang, want[0])
		}
		if _, page, _ := s.get("/console/today", lang); !strings.Contains(page, want[1]) || keyShown(page) != "" {
			t.Errorf("%s: Today does not tell %q", lang, want[1])
		}
	}
	if status, body, _ := s.get("/console/figures/trust.csv", "en"); status != http.StatusOK || !strings.Contains(body, "complaints") {
		t.Errorf("as a file: %d, %s", status, body)
	}
}

func TestWorkForEachThousandIsToldWithItsMethod(t *testing.T) {
	s := open(t)
	for i := range 2 {
		b := *s.engine.Plan().Brand()
		b.Name = fmt.Sprint("Shop ", i)
		if _, err := s.engine.PublishOn(t.Context(), &b, s.engine.Plan().Version(), "Ada"); err != nil {
			t.Fatal(err)
		}
	}
	weeks, err := s.engine.Work(t.Context())
	if err != nil || len(weeks) != 1 || weeks[0].Saves != 2 || weeks[0].Worked < 5*time.Minute || weeks[0].Worked > 10*time.Minute {
		t.Fatalf("worked %+v, %v", weeks, err)
	}
	for lang, want := range map[string]string{"en": "the first of a sitting counts five minutes", "fr": "le premier d’une séance compte cinq minutes"} {
		if _, page, _ := s.get("/console/results", lang); !strings.Contains(page, want) || keyShown(page) != "" {
			t.Errorf("%s: the method is not told", lang)
		}
	}
	if status, body, _ := s.get("/console/figures/work.csv", "en"); status != http.StatusOK || !strings.HasPrefix(body, "week,minutes,saves,people,minutes_per_thousand") || strings.Count(body, "\n") != 2 {
		t.Errorf("as a file: %d, %s", status, body)
	}
}

func TestATraitThatNobodyHasIsToldWithTheNearestOne(t *testing.T) {
	s := open(t)
	when := url.Values{"when": {`traits.fristName == "Ada" && item.category != "Ligths"`}, "english": {"x"}, "shown": {""}}
	if _, page, _ := s.get("/console/rules?"+when.Encode(), "en"); strings.Contains(page, "fristName</code> –") {
		t.Error("before anybody was counted a trait is said to be nobody's")
	}
	if _, err := s.engine.Refit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "do you mean <code>firstName</code>?", "fr": "voulez-vous dire <code>firstName</code>"} {
		_, page, _ := s.get("/console/rules?"+when.Encode(), lang)
		if !strings.Contains(html.UnescapeString(page), want) || !strings.Contains(page, "Ligths") {
			t.Errorf("%s: it is not told:\n%s", lang, page)
		}
	}
	form := url.Values{"version": {s.version()}, "element": {"0"}, "variant": {"0"}, "words-en": {`Hi {{ person.fristName | default: "you" }}`}}
	s.send("/console/contents/gift-wrap/be/alter", form)
	if _, page, _ := s.get("/console/contents/gift-wrap", "en"); !strings.Contains(page, "do you mean <code>firstName</code>") {
		t.Error("of a content it is not told, or it was refused")
	}
}
