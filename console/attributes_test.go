package console_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func TestWhatIsKeptOfPeopleIsShownAndChangedOnItsPage(t *testing.T) {
	s := open(t)
	version := func() string { return strconv.FormatUint(s.engine.Plan().Version(), 10) }
	now := time.Now().UTC()
	if err := s.engine.Accept(t.Context(), []aparte.Event{{
		Type: aparte.Identify, MessageID: "hobby", UserID: "grower", Traits: []byte(`{"hobby": "dahlias", "firstName": "Ann"}`), Timestamp: now, ReceivedAt: now, Source: "test",
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.engine.Refit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "nothing reads it", "fr": "rien ne le lit"} {
		_, page, _ := s.get("/console/data/attributes", lang)
		if !strings.Contains(page, want) || !strings.Contains(page, "<code>hobby</code>") {
			t.Errorf("%s: the page tells of no trait, or not that nothing reads it", lang)
		}
	}
	if _, page, _ := s.get("/console/data/attributes", "en"); strings.Contains(page, "Ann") || strings.Contains(page, "dahlias") {
		t.Error("the page shows somebody's value")
	}
	form := url.Values{"version": {version()}, "name": {"hobby"}, "for": {"90d"}}
	if status, page := s.send("/console/data/attributes", form); status != http.StatusOK || !strings.Contains(page, "hobby</code>: saved") {
		t.Errorf("not saved: %d", status)
	}
	if got, stated := s.engine.Plan().Brand().Policy.Kept("hobby"); !stated || got.For.Std().Hours() != 90*24 {
		t.Errorf("kept for %v", got)
	}
	if status, page := s.send("/console/data/attributes", form); status != http.StatusConflict || !strings.Contains(page, "changed meanwhile") {
		t.Errorf("saved over a version that the page did not know: %d", status)
	}
	b := *s.engine.Plan().Brand()
	b.Rules = append(b.Rules[:len(b.Rules):len(b.Rules)], aparte.Rule{ID: "named", When: `has(traits.hobby)`})
	if _, err := s.engine.Publish(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	form.Set("version", version())
	form.Set("for", "0s")
	if status, page := s.send("/console/data/attributes", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, "/when") || version() != form.Get("version") {
		t.Errorf("dropped what a rule reads: %d", status)
	}
	form.Set("for", "")
	if s.send("/console/data/attributes", form); len(s.engine.Plan().Brand().Policy.Keep) != 0 {
		t.Errorf("still %v", s.engine.Plan().Brand().Policy.Keep)
	}
	form.Set("version", version())
	form.Set("for", "whenever")
	if status, _ := s.send("/console/data/attributes", form); status != http.StatusUnprocessableEntity {
		t.Errorf("a time that is none: %d", status)
	}
}
