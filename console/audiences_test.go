package console_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

// send sends a form as the page does, and follows where it leads.
func (s *stage) send(path string, form url.Values) (int, string) {
	s.t.Helper()
	res, err := http.PostForm(s.server.URL+path, form)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var body strings.Builder
	if err := res.Write(&body); err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, body.String()
}

func TestAnAudienceIsTriedMadeChangedAndRemovedOnItsPage(t *testing.T) {
	s := open(t)
	version := func() string { return strconv.FormatUint(s.engine.Plan().Version(), 10) }
	audiences := func() map[aparte.AudienceID]aparte.Audience {
		all := map[aparte.AudienceID]aparte.Audience{}
		for _, a := range s.engine.Plan().Brand().Audiences {
			all[a.ID] = a
		}
		return all
	}
	before := version()
	_, page, _ := s.get("/console/audiences?when=person.orders+%3D%3D+0&id=new&english=New+ones", "en")
	if !strings.Contains(page, "<strong>1</strong>") || !strings.Contains(page, `value="New ones"`) || version() != before {
		t.Error("trying a condition tells nothing, forgets the form, or saves it")
	}
	form := url.Values{"version": {before}, "id": {"new"}, "english": {"New <ones>"}, "french": {"Les nouveaux"}, "when": {"person.orders == 0"}}
	if status, page := s.send("/console/audiences", form); status != http.StatusOK || !strings.Contains(page, "New &lt;ones&gt;") || audiences()["new"].When != "person.orders == 0" {
		t.Errorf("not made: %d, %v", status, audiences()["new"])
	}
	if _, page := s.send("/console/audiences", form); !strings.Contains(page, "changed meanwhile") {
		t.Error("it was saved over a version that the page did not know")
	}
	form.Set("version", version())
	for name, spoil := range map[string]func(url.Values){
		"/audiences/3/when": func(f url.Values) { f.Set("when", "person.orders >") },
		"/audiences/4/id":   func(f url.Values) { f.Set("id", "regulars") },
	} {
		bad, to := url.Values{}, "/console/audiences/new"
		for k, v := range form {
			bad[k] = v
		}
		if spoil(bad); strings.HasSuffix(name, "id") {
			to = "/console/audiences"
		}
		if _, page := s.send(to, bad); !strings.Contains(page, name) || version() != form.Get("version") {
			t.Errorf("%s is not told", name)
		}
	}
	form.Set("when", "person.orders == 0 && person.known")
	if s.send("/console/audiences/new", form); audiences()["new"].When != form.Get("when") || audiences()["new"].Name["fr"] != "Les nouveaux" || len(audiences()) != 4 {
		t.Errorf("not changed: %v", audiences()["new"])
	}
	if s.send("/console/audiences/new/delete", url.Values{"version": {version()}}); len(audiences()) != 3 {
		t.Errorf("not removed: %v", audiences())
	}
	if status, _ := s.send("/console/audiences/new/delete", url.Values{"version": {version()}}); status != http.StatusNotFound {
		t.Errorf("removed twice: %d", status)
	}
	if status, _ := s.send("/console/audiences", url.Values{"when": {strings.Repeat("x", 100_000)}}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge form: %d", status)
	}
}
