package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

func TestPeopleAreFoundByAnyIdentifierAndNoneStandsInAnAddress(t *testing.T) {
	s := open(t)
	now := time.Now().UTC()
	if err := s.engine.Accept(t.Context(), []aparte.Event{
		{Type: aparte.Identify, MessageID: "all", UserID: "17850", AnonymousID: "anon-ada", Timestamp: now, ReceivedAt: now, Source: "test", Traits: []byte(`{"phone": "+33612345678"}`)},
	}); err != nil {
		t.Fatal(err)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	find := func(what string) (int, string) {
		res, err := client.PostForm(s.server.URL+"/console/people/find", url.Values{"q": {what}})
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode, res.Header.Get("Location")
	}
	for _, what := range []string{"17850", " 17850 ", "ada@example.com", "email:ADA@example.com", "userId:17850", "anon-ada", "anonymousId:anon-ada", "+33 6 12 34 56 78", s.person.String()} {
		if status, location := find(what); status != http.StatusSeeOther || location != "/console/people/"+s.person.String() {
			t.Errorf("%q: %d, %q", what, status, location)
		}
	}
	for _, what := range []string{"nobody@example.com", "userId:ada@example.com", "ada", strings.Repeat("x", 1000)} {
		if status, location := find(what); status != http.StatusOK || location != "" {
			t.Errorf("%q: %d, %q", what, status, location)
		}
	}
	if _, body, _ := s.get("/console/people", "en"); strings.Contains(body, `action="/console/people" role="search"`) || !strings.Contains(body, `method="post" action="/console/people/find"`) {
		t.Error("what is searched for would stand in the address")
	}
}

// Pages of a listing, one after the other, list everybody who is meant once.
func TestPeopleAreListedByAudienceStageAndPersona(t *testing.T) {
	s := open(t)
	s.buyers(130)
	audience := string(s.engine.Plan().Brand().Audiences[0].ID)
	listed := regexp.MustCompile(`<td><a href="/console/people/([^"]+)">`)
	further := regexp.MustCompile(`<a href="(/console/people\?after=[^"]+|/console/people\?audience=[^"]+)">`)
	list := func(path string) map[string]int {
		t.Helper()
		seen := map[string]int{}
		for range 20 {
			status, body, _ := s.get(path, "en")
			if status != http.StatusOK {
				t.Fatalf("%s: %d", path, status)
			}
			for _, m := range listed.FindAllStringSubmatch(body, -1) {
				seen[m[1]]++
			}
			next := further.FindStringSubmatch(body)
			if next == nil {
				return seen
			}
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
		t.Fatal("it never ends")
		return nil
	}
	want, all := map[string]int{}, map[string]int{}
	for part := range s.engine.Parts() {
		if err := s.engine.EachPerson(t.Context(), part, func(p *aparte.Person) error {
			want[p.Lifecycle(time.Now())]++
			all[p.ID.String()] = 1
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	sum := 0
	for _, stage := range engine.PathStages {
		got := list("/console/people?stage=" + stage)
		if sum += len(got); len(got) != want[stage] {
			t.Errorf("%d people are %s, %d are listed", want[stage], stage, len(got))
		}
		for id, times := range got {
			if times != 1 || all[id] != 1 {
				t.Errorf("%s is listed %d times", id, times)
			}
		}
	}
	if sum != len(all) || len(list("/console/people")) != len(all) {
		t.Errorf("%d of %d people are in a stage", sum, len(all))
	}
	if fit := s.engine.Fit(); len(fit.Personas()) > 0 {
		of := 0
		for i := range fit.Path {
			if id := fit.Path[i].Persona; id != "" {
				got := len(list("/console/people?persona=" + url.QueryEscape(string(id))))
				if of += got; got != fit.Path[i].People {
					t.Errorf("%d people are of %s, %d are listed", fit.Path[i].People, id, got)
				}
			}
		}
	}
	list("/console/people?audience=" + audience)
	for _, none := range []string{"audience=none", "stage=none", "persona=none"} {
		if status, _, _ := s.get("/console/people?"+none, "en"); status != http.StatusNotFound {
			t.Errorf("%s: %d", none, status)
		}
	}
}

func TestATimeLineIsToldByDayAndByKindWithWhatWasSeen(t *testing.T) {
	s := open(t)
	answers, err := s.engine.Decide(t.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "17850"}}, Slots: []string{"hero"}})
	for range 50 {
		if err != nil || !answers[0].Decision.Action.Silent() {
			break
		}
		answers, err = s.engine.Decide(t.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "17850"}}, Slots: []string{"hero"}})
	}
	if err != nil || answers[0].Decision.Action.Silent() {
		t.Fatalf("nothing was said: %v", err)
	}
	now, before := time.Now().UTC(), time.Now().UTC().AddDate(0, 0, -3)
	d := &answers[0].Decision
	event := func(id, name string, at time.Time, properties string) aparte.Event {
		return aparte.Event{Type: aparte.Track, Name: name, MessageID: aparte.MessageID(id), UserID: "17850", Timestamp: at, ReceivedAt: now, Source: "test", Properties: []byte(properties)}
	}
	about := fmt.Sprintf(`{"decision": %q, "content": %q, "channel": "web", "slot": "hero"}`, d.ID, d.Action.Content)
	consent := event("c", "", now, "")
	consent.Type, consent.Traits = aparte.Identify, []byte(`{"consents": [{"purpose": "marketing", "granted": true, "source": "test"}]}`)
	if err := s.engine.Accept(t.Context(), []aparte.Event{
		event("old", "Product Viewed", before, `{"product_id": "85123A"}`), event("x", aparte.EventExposed, now, about), event("k", aparte.EventClicked, now, about), consent,
	}); err != nil {
		t.Fatal(err)
	}
	shows := func(kind, lang string) (rows int, page string) {
		t.Helper()
		status, body, _ := s.get("/console/people/"+s.person.String()+"?show="+kind, lang)
		if status != http.StatusOK || keyShown(body) != "" {
			t.Fatalf("%s: %d %s", kind, status, keyShown(body))
		}
		_, body, _ = strings.Cut(body, `id="story"`)
		return strings.Count(body, "<time "), body
	}
	all, page := shows("", "fr")
	if days := strings.Count(page, `<h3 class="day">`); days != 2 {
		t.Errorf("the story has %d days", days)
	}
	if !strings.Contains(page, `class="seen"`) {
		t.Error("what was seen is not shown")
	}
	sum := 0
	for _, kind := range []string{"events", "decisions", "seen", "outcomes", "consents"} {
		n, _ := shows(kind, "en")
		if sum += n; n == 0 {
			t.Errorf("nothing is shown of %s", kind)
		}
	}
	if sum != all {
		t.Errorf("kinds have %d entries together, the story has %d", sum, all)
	}
	if picture := regexp.MustCompile(`<figure class="seen"><img class="shot" src="([^"]+)"`).FindStringSubmatch(page); picture != nil {
		status, _, header := s.get(strings.ReplaceAll(picture[1], "&amp;", "&"), "en")
		if status != http.StatusOK || header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: %d, %s", picture[1], status, header.Get("Content-Type"))
		}
	}
}
