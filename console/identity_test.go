package console_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// knownTwice has somebody seen on a device who proves to be the person of the stage.
func (s *stage) knownTwice() {
	s.t.Helper()
	p, err := s.engine.Person(s.t.Context(), s.person)
	if err != nil {
		s.t.Fatal(err)
	}
	user, _ := p.Identifier(aparte.KindUserID)
	now := time.Now().UTC()
	traits, err := json.Marshal(map[string]string{"plan": "free"})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range []aparte.Event{
		{Type: aparte.Page, MessageID: "twice-1", AnonymousID: "second-device", Timestamp: now, ReceivedAt: now, Source: "test"},
		{Type: aparte.Identify, MessageID: "twice-2", AnonymousID: "second-device", UserID: user.Value, Traits: traits, Timestamp: now, ReceivedAt: now, Source: "test"},
	} {
		if err := s.engine.Accept(s.t.Context(), []aparte.Event{e}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// post sends a form, and is the page it leads to.
func (s *stage) post(path string, form url.Values) (int, string) {
	s.t.Helper()
	res, err := http.PostForm(s.server.URL+path, form)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var page strings.Builder
	if _, err := io.Copy(&page, res.Body); err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, page.String()
}

func TestWhoWasTakenForSomebodyElseIsTakenApartInTheConsole(t *testing.T) {
	s := open(t)
	s.knownTwice()
	here := "/console/people/" + s.person.String()
	for lang, want := range map[string]string{"en": "Came by", "fr": "Venue par"} {
		status, body, _ := s.get(here+"/identity", lang)
		if status != http.StatusOK || !strings.Contains(body, want) || !strings.Contains(body, "second-device") || keyShown(body) != "" {
			t.Errorf("%s: %d, key %q:\n%s", lang, status, keyShown(body), body)
		}
	}
	p, err := s.engine.Person(t.Context(), s.person)
	if err != nil || len(p.Absorbed) != 1 {
		t.Fatalf("absorbed %v (%v)", p.Absorbed, err)
	}
	form := url.Values{"who": {p.Absorbed[0].String()}}
	if status, body := s.post(here+"/unmerge", form); status != http.StatusOK || !strings.Contains(body, "They are two people now.") || !strings.Contains(body, "is kept apart") {
		t.Errorf("taken apart: %d\n%s", status, body)
	}
	if status, body := s.post(here+"/unmerge", form); status != http.StatusOK || !strings.Contains(body, "no record that was joined") {
		t.Errorf("taken apart twice: %d\n%s", status, body)
	}
	if _, body, _ := s.get(here, "en"); !strings.Contains(body, "taken apart again") {
		t.Error("the story does not tell of it")
	}
	if status, body := s.post(here+"/merge", form); status != http.StatusOK || !strings.Contains(body, "They are one person now.") {
		t.Errorf("made one again: %d\n%s", status, body)
	}
	if status, body := s.post(here+"/merge", url.Values{"who": {"ann"}}); status != http.StatusOK || !strings.Contains(body, "Nobody has that id.") {
		t.Errorf("with nobody: %d\n%s", status, body)
	}
}
