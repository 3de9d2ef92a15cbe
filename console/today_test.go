package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/console"
)

func TestTodayLeadsInAndSaysThatAllIsWell(t *testing.T) {
	s := open(t)
	if _, body, _ := s.get("/console/", "en"); !strings.Contains(body, "<h1>Today</h1>") {
		t.Error("the console does not open on today's page")
	}
	for lang, want := range map[string]string{"en": "All is well.", "fr": "Tout va bien."} {
		s.serve(console.Config{})
		_, body, _ := s.get("/console/today", lang)
		if b := s.engine.Plan().Brand(); len(b.Scenarios) == 0 || !strings.Contains(body, want) && len(s.engine.Unsent()) == 0 {
			t.Errorf("in %s it does not say %q", lang, want)
		}
		if n := strings.Count(body, `class="node`); n != 0 {
			t.Errorf("%d nodes of value before anything was reckoned", n)
		}
	}
}

func TestTodayTellsWhatNeedsSomebodyAndWhereItIsMended(t *testing.T) {
	s, k, _ := withData(t)
	if _, err := s.engine.Refit(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.serve(console.Config{Quality: k})
	_, now, _ := s.get("/console/today", "en")
	for _, want := range []string{`href="/console/data/aside">1 records are kept aside`, `href="/console/data">Events break their schema in 1 ways`} {
		if !strings.Contains(now, want) {
			t.Errorf("lacks %q", want)
		}
	}
	for _, not := range []string{"All is well", "fell silent", "is old"} {
		if strings.Contains(now, not) {
			t.Errorf("says %q", not)
		}
	}
	s.serve(console.Config{Quality: k, Now: func() time.Time { return time.Now().AddDate(0, 2, 0) }})
	_, later, _ := s.get("/console/today", "en")
	b := s.engine.Plan().Brand()
	for _, want := range []string{
		`href="/console/data">The source “web” fell silent`, `href="/console/value">What is known of people all together is old`,
		`href="/console/scenarios/` + string(b.Scenarios[0].ID) + `">“`, "has raised no moment in four weeks",
	} {
		if !strings.Contains(later, want) {
			t.Errorf("two months later it lacks %q", want)
		}
	}
}

func TestTheTreeOfValueSaysHowEachNodeIsComputed(t *testing.T) {
	s := open(t)
	s.buyers(120)
	for lang, want := range map[string]string{"en": "Still buying", "fr": "Achètent encore"} {
		_, body, _ := s.get("/console/today", lang)
		if !strings.Contains(body, want) {
			t.Errorf("in %s the tree lacks %q", lang, want)
		}
		for _, one := range strings.Split(body, `class="node`)[1:] {
			_, after, _ := strings.Cut(one, `href="#`)
			id, _, _ := strings.Cut(after, `"`)
			if !strings.Contains(body, `id="`+id+`"`) {
				t.Errorf("a node leads to %q, which is not there", id)
			}
		}
	}
}
