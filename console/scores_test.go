package console_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// Half of the people look at things and order now and then, the others hardly ever do.
func TestScoresAreShownWithWhatCameOfThem(t *testing.T) {
	s := open(t)
	if _, page, _ := s.get("/console/scores", "en"); !strings.Contains(page, "Nothing has been reckoned yet") {
		t.Error("before there is a reckoning the page does not say so")
	}
	lots, now := rand.New(rand.NewPCG(1, 2)), time.Now().UTC()
	var events []aparte.Event
	happen := func(days float64, e aparte.Event) {
		e.MessageID, e.Source = aparte.MessageID(fmt.Sprint("e-", len(events))), "test"
		e.Timestamp, e.ReceivedAt = now.Add(-time.Duration(days*24*float64(time.Hour))), now
		events = append(events, e)
	}
	for i := range 600 {
		user := fmt.Sprint("looker-", i)
		happen(120, aparte.Event{Type: aparte.Identify, UserID: user, Traits: fmt.Appendf(nil, `{"city": "%s"}`, []string{"Lyon", "Lille"}[i%2])})
		for days := 119.0; days > 0; days -= 10 + 5*lots.Float64() {
			happen(days, aparte.Event{Type: aparte.Track, Name: "Product Viewed", UserID: user, Properties: []byte(`{"product_id": "x"}`)})
			if i%2 == 0 && lots.IntN(4) == 0 || lots.IntN(40) == 0 {
				happen(max(0, days-1), aparte.Event{Type: aparte.Track, Name: "Order Completed", UserID: user, Properties: fmt.Appendf(nil, `{"order_id": "%d", "total": 20, "currency": "GBP"}`, len(events))})
			}
		}
	}
	for len(events) > 0 {
		n := min(1000, len(events))
		if err := s.engine.Accept(t.Context(), events[:n]); err != nil {
			t.Fatal(err)
		}
		events = events[n:]
	}
	fit, err := s.engine.Refit(t.Context())
	if err != nil || fit.Scoring("order").Model == nil {
		t.Fatalf("%v, %+v", err, fit)
	}
	for lang, wants := range map[string][]string{
		"en": {"Does it come as foretold?", "<polyline", "people held out", "What weighs", "city: Lyon", "who they are alone", "score%5B%22order%22%5D"},
		"fr": {"Ce qui est prévu arrive-t-il", "tenues à l’écart", "Ce qui pèse", "city\u00a0: Lyon", "qui elles sont"},
	} {
		_, page, _ := s.get("/console/scores", lang)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page leaves out %q", lang, want)
			}
		}
	}
	id, err := s.engine.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "looker-2"})
	if err != nil {
		t.Fatal(err)
	}
	if _, page, _ := s.get("/console/people/"+id.String(), "en"); !strings.Contains(page, "Probability to reach it within") || !strings.Contains(page, "of people like that held out") {
		t.Error("the person's page does not tell their score")
	}
}
