package console_test

import (
	"fmt"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/demo/brand"
)

// crowd has people come who buy, and people who only look.
func (s *stage) crowd(each int) {
	s.t.Helper()
	now := time.Now().UTC()
	var events []aparte.Event
	add := func(user, name string, days int, properties string) {
		events = append(events, aparte.Event{
			Type: aparte.Track, Name: name, MessageID: aparte.MessageID(fmt.Sprint("c-", len(events))), UserID: user, Source: "test",
			Timestamp: now.Add(-time.Duration(days) * 24 * time.Hour), ReceivedAt: now, Properties: []byte(properties),
		})
	}
	for i := range each {
		for n := range 4 {
			add(fmt.Sprint("buyer-", i), "Order Completed", 100-20*n-i%7, fmt.Sprintf(`{"order_id": "%d-%d", "total": 30, "currency": "GBP"}`, i, n))
			add(fmt.Sprint("looker-", i), "Product Viewed", 90-20*n-i%5, `{"product_id": "85123A"}`)
		}
	}
	if err := s.engine.Accept(s.t.Context(), events); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.engine.Refit(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestPersonasAreShownWithWhatSetsThemApartAndWherePeopleStand(t *testing.T) {
	s := open(t)
	if _, page, _ := s.get("/console/personas", "en"); !strings.Contains(page, "No type has been looked for yet") {
		t.Error("before there is a fit the page does not say so")
	}
	s.crowd(80)
	b, err := brand.Brand()
	if err != nil {
		t.Fatal(err)
	}
	b.Personas = []aparte.Persona{
		{ID: "reader", Name: aparte.Words{"en": "Readers", "fr": "Lecteurs"}, When: `person.sessions > 40`},
		{ID: "p1", Name: aparte.Words{"en": "Named by hand", "fr": "Nommé à la main"}},
	}
	if _, err := s.engine.Publish(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for lang, wants := range map[string][]string{
		"en": {"Named by hand", "Readers", "never bought", "everybody:", "who they are", "prospect", "How many types there are", "likelihood of an order"},
		"fr": {"Nommé à la main", "Lecteurs", "n’a jamais acheté", "tout le monde", "qui elles sont", "prospect", "Combien il y a de types", "probabilité d’une commande"},
	} {
		_, page, _ := s.get("/console/personas", lang)
		for _, want := range wants {
			if !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
				t.Errorf("%s: the page leaves out %q", lang, want)
			}
		}
		if lack := untranslated.FindString(page); lack != "" {
			t.Errorf("%s: no words for %s", lang, lack)
		}
	}
	if status, page, _ := s.get("/console/personas?by=order", "en"); status != 200 || !strings.Contains(page, "50–100%") {
		t.Errorf("by likelihood: %d", status)
	}
	cell := `/console/people?where=persona+%3D%3D+%22p1%22+%26%26+person.lifecycle+%3D%3D+%22prospect%22`
	_, page, _ := s.get("/console/personas", "en")
	if page = html.UnescapeString(page); !strings.Contains(page, cell) && !strings.Contains(page, strings.Replace(cell, "p1", "p2", 1)) {
		t.Error("no cell leads to its people")
	}
	if _, page, _ := s.get(cell, "en"); !strings.Contains(page, "role=\"status\"") {
		t.Error("the people of a cell are not counted")
	}
	id, err := s.engine.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "buyer-1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, page, _ := s.get("/console/people/"+id.String(), "en"); !strings.Contains(page, `href="/console/personas">Personas</a></h2>`) || !strings.Contains(page, "100.0%") && !strings.Contains(page, "99.") {
		t.Error("the person's page does not tell of which types they are")
	}
}
