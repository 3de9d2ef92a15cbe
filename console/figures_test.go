package console_test

import (
	"encoding/csv"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

var exportLink = regexp.MustCompile(`href="(/console/figures/[^"]+)" download`)

// buyers are so many customers, each with some orders over the last year.
func (s *stage) buyers(many int) {
	s.t.Helper()
	day := time.Now().UTC()
	letter := func(i int) string { return string(rune('a' + i%26)) }
	var events []aparte.Event
	for i := range many {
		user := "buyer-" + letter(i) + letter(i/26) + letter(i/676)
		for k := range 1 + i%4 {
			at := day.AddDate(0, 0, -10-(i*7+k*31)%200)
			id := user + letter(k)
			events = append(events, aparte.Event{
				Type: aparte.Track, Name: "Order Completed", MessageID: aparte.MessageID(id), UserID: user, Timestamp: at, ReceivedAt: day, Source: "test",
				Properties: []byte(`{"order_id": "` + id + `", "total": ` + string(rune('2'+i%7)) + `5.00, "currency": "GBP"}`),
			})
		}
	}
	if err := s.engine.Accept(s.t.Context(), events); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.engine.Refit(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestEveryFigureCanBeTakenAsAFileAndSaysHowItIsComputed(t *testing.T) {
	s := open(t)
	s.buyers(200)
	files := map[string]bool{}
	for _, path := range []string{"/console/today", "/console/results", "/console/value", "/console/attribution?by=content&since=year", "/console/path", "/console/rhythm", "/console/changes"} {
		_, body, _ := s.get(path, "en")
		for _, m := range exportLink.FindAllStringSubmatch(body, -1) {
			files[html.UnescapeString(m[1])] = true
		}
		if m := keyShown(body); m != "" {
			t.Errorf("%s shows %s", path, m)
		}
	}
	if len(files) < 12 {
		t.Errorf("%d figures can be taken as files: %v", len(files), files)
	}
	filled := 0
	for path := range files {
		status, body, header := s.get(path, "fr")
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if status != http.StatusOK || err != nil || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") || !strings.Contains(header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d, %v, %v", path, status, header, err)
		}
		if len(rows) > 1 {
			filled++
		}
	}
	if filled < 6 {
		t.Errorf("only %d files have rows", filled)
	}
	for _, none := range []string{"/console/figures/none.csv", "/console/figures/hours", "/console/figures/attribution.csv?objective=none"} {
		if status, _, _ := s.get(none, "en"); status != http.StatusNotFound {
			t.Errorf("%s: %d", none, status)
		}
	}
}

func TestAFileOfAFigureHoldsNoFormula(t *testing.T) {
	s := open(t)
	b := *s.engine.Plan().Brand()
	b.Objectives = append([]aparte.Objective(nil), b.Objectives...)
	b.Objectives[0].Name = aparte.Words{"en": `=HYPERLINK("http://evil.example")`}
	b.Holdout = 0.1
	if _, err := s.engine.Publish(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	_, body, _ := s.get("/console/figures/worth.csv", "en")
	if !strings.Contains(body, `'=HYPERLINK`) {
		t.Errorf("a name stands as a formula:\n%s", body)
	}
}

func TestThePathCountsEverybodyOnce(t *testing.T) {
	s := open(t)
	s.buyers(200)
	_, body, _ := s.get("/console/figures/path.csv", "en")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	people := 0
	for _, row := range rows[1:] {
		n := 0
		for _, digit := range row[3] {
			n = 10*n + int(digit-'0')
		}
		people += n
	}
	if fit := s.engine.Fit(); people != fit.People || people != 201 {
		t.Errorf("%d people stand on the path, of %d", people, fit.People)
	}
	_, page, _ := s.get("/console/path", "en")
	if got := strings.Count(page, `<div class="step-head">`); got != 7 {
		t.Errorf("the path has %d stages", got)
	}
}
