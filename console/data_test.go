package console_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/quality"
)

// wrong is an error about a record, as the doors' are.
type wrong string

func (w wrong) Error() string { return string(w) }

func (wrong) StillWrong() {}

// withData has a console with something of everything on its page of data, and a record that is taken in once it says "mended".
func withData(t *testing.T) (*stage, *quality.Keeper, quality.ID) {
	t.Helper()
	s := open(t)
	k, err := quality.Open(t.Context(), nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Declare(t.Context(), quality.Schema{Event: "Tea", Mode: quality.Enforce, Schema: []byte(`{"required":["price"]}`)}); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	tea := aparte.Event{Type: aparte.Track, Name: "Tea", UserID: "u", Source: "web", Timestamp: now, ReceivedAt: now, Properties: []byte(`{"price":"12.5","who":"ann@example.com"}`)}
	k.Observe(quality.Arrived{Source: "web", At: now, Events: []aparte.Event{tea}})
	tea.Properties = nil
	records := []quality.Record{{Reason: quality.Undeclared, At: now, Source: "web", Event: "Tea", Field: "properties", Message: "breaks its schema", Body: []byte(`{"event":"Tea"}`)}}
	if err := k.Aside(t.Context(), records, []*quality.Broken{k.Check(&tea)}); err != nil {
		t.Fatal(err)
	}
	s.serve(console.Config{Quality: k, Resend: func(ctx context.Context, id quality.ID, mended []byte) error {
		if !strings.Contains(string(mended), "mended") {
			return wrong("properties: is still wrong")
		}
		_, err := k.Take(ctx, []quality.ID{id})
		return err
	}})
	return s, k, records[0].ID
}

func TestThePageOfDataTellsWhatComesInAndShowsNoValue(t *testing.T) {
	s, _, id := withData(t)
	for path, wants := range map[string][]string{
		"/console/data": {"web", "Tea", "member price", "/console/data/aside/" + id.String(), "required"},
		"/console/data/event?source=web&type=track&name=Tea": {"price", "99.9", "a@a.a", "string"},
		"/console/data/aside":                                {"Tea", "breaks its schema"},
		"/console/data/aside?reason=schema":                  {"Tea", "/console/data/aside/resend"},
		"/console/data/aside?reason=crawler":                 {},
		"/console/data/aside/" + id.String():                 {"{&#34;event&#34;:&#34;Tea&#34;}"},
	} {
		for _, lang := range []string{"en", "fr"} {
			status, body, _ := s.get(path, lang)
			if status != http.StatusOK || keyShown(body) != "" || strings.Contains(body, "ann@") {
				t.Errorf("%s in %s: %d, key %q\n%s", path, lang, status, keyShown(body), body)
			}
			for _, want := range wants {
				if lang == "fr" && want == "member price" {
					want = "le membre price"
				}
				if !strings.Contains(body, want) {
					t.Errorf("%s in %s lacks %q", path, lang, want)
				}
			}
		}
	}
	for _, path := range []string{"/console/data/event?name=Other", "/console/data/aside/q_0000000000000001", "/console/data/aside/x"} {
		if status, _, _ := s.get(path, "en"); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestWhatIsSetAsideIsMendedAndSentAgainInTheConsole(t *testing.T) {
	s, k, id := withData(t)
	here := "/console/data/aside/" + id.String()
	if status, body := s.post(here+"/resend", url.Values{"body": {`{"event":"Coffee"}`}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "is still wrong") || !strings.Contains(body, "Coffee") {
		t.Errorf("still wrong: %d\n%s", status, body)
	}
	if status, body := s.post("/console/data/aside/resend", url.Values{"reason": {"schema"}}); status != http.StatusOK || !strings.Contains(body, "still wrong") || len(k.List(quality.Filter{Limit: 9})) != 1 {
		t.Errorf("all, as they came: %d\n%s", status, body)
	}
	if status, body := s.post(here+"/resend", url.Values{"body": {`{"event":"mended"}`}}); status != http.StatusOK || !strings.Contains(body, "It was taken in.") || len(k.List(quality.Filter{Limit: 9})) != 0 {
		t.Errorf("mended: %d\n%s", status, body)
	}
	if status, _ := s.post(here+"/resend", nil); status != http.StatusNotFound {
		t.Errorf("again: %d", status)
	}
}

func TestWhatIsSetAsideIsDeletedInTheConsole(t *testing.T) {
	s, k, id := withData(t)
	if status, body := s.post("/console/data/aside/"+id.String()+"/delete", nil); status != http.StatusOK || !strings.Contains(body, "It is deleted.") || len(k.List(quality.Filter{Limit: 9})) != 0 {
		t.Errorf("%d\n%s", status, body)
	}
}
