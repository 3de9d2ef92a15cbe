package console_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func TestWhatPeopleAreStillExpectedToSpendIsToldWithHowItCameTrue(t *testing.T) {
	s := open(t)
	if _, page, _ := s.get("/console/value", "en"); !strings.Contains(page, "Nothing has been reckoned yet") {
		t.Error("before there is a reckoning the page does not say so")
	}
	lots, now := rand.New(rand.NewPCG(1, 2)), time.Now().UTC()
	var events []aparte.Event
	for i := range 200 {
		for days, every := 320*lots.Float64(), 15+40*lots.Float64(); days > 0; days -= every * lots.ExpFloat64() {
			if lots.Float64() < 0.05 {
				break // gone
			}
			events = append(events, aparte.Event{
				Type: aparte.Track, Name: "Order Completed", MessageID: aparte.MessageID(fmt.Sprint("o-", len(events))), UserID: fmt.Sprint("buyer-", i), Source: "test",
				Timestamp: now.Add(-time.Duration(days*24) * time.Hour), ReceivedAt: now,
				Properties: fmt.Appendf(nil, `{"order_id": "%d", "total": %.2f, "currency": "GBP"}`, len(events), 10+40*lots.Float64()),
			})
		}
	}
	if err := s.engine.Accept(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	if _, err := s.engine.Refit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for lang, wants := range map[string][]string{
		"en": {"Lifetime value", "What the first tenth", "were foretold", "A customer buys every", "held out of everything", "What came since was not told"},
		"fr": {"Valeur vie client", "premier dixième", "étaient prévues", "Un client achète", "tient à l’écart", "n’a pas été montré"},
	} {
		_, page, _ := s.get("/console/value", lang)
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page leaves out %q", lang, want)
			}
		}
	}
	id, err := s.engine.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "buyer-1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, page, _ := s.get("/console/people/"+id.String(), "en"); !strings.Contains(page, "expected, next 12 months") || !strings.Contains(page, "still a customer:") {
		t.Error("the person's page does not tell what is expected of them")
	}
}
