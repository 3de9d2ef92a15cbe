package console_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

func (s *stage) version() string { return strconv.FormatUint(s.engine.Plan().Version(), 10) }

func (s *stage) rule(id aparte.RuleID) *aparte.Rule {
	b := s.engine.Plan().Brand()
	for i := range b.Rules {
		if b.Rules[i].ID == id {
			return &b.Rules[i]
		}
	}
	return nil
}

func TestARuleIsSaidInRowsCountedSavedChangedAndRemoved(t *testing.T) {
	s := open(t)
	before := s.version()
	form := url.Values{"english": {"Beginners <3"}, "french": {"Débutants"}, "shown": {""}, "when": {""},
		"field": {"orders", "stage", ""}, "sign": {"<=", "!=", "=="}, "value": {"1", "lost", ""}, "content": {"advice"}}
	_, page, _ := s.get("/console/rules?"+form.Encode(), "en")
	for _, want := range []string{"<strong>1</strong>", `value="Beginners &lt;3"`, "person.orders &lt;= 1 &amp;&amp; person.lifecycle != &#34;lost&#34;"} {
		if !strings.Contains(page, want) {
			t.Errorf("counting does not show %q", want)
		}
	}
	if s.version() != before {
		t.Fatal("counting saved it")
	}
	form.Set("version", before)
	status, page := s.send("/console/rules", form)
	r := s.rule("beginners-3")
	if status != http.StatusOK || r == nil || r.When != `person.orders <= 1 && person.lifecycle != "lost"` || r.Name["fr"] != "Débutants" {
		t.Fatalf("not saved: %d %+v\n%s", status, r, page)
	}
	if c, _ := s.engine.Plan().Content("advice"); !strings.Contains(fmtRules(c), "beginners-3") {
		t.Errorf("the content does not go by it: %v", c.Rules)
	}
	for lang, want := range map[string]string{"en": "Number of orders is at most 1, and stage of life as a customer is not lost.", "fr": "Nombre de commandes est au plus 1, et étape de vie de client n’est pas perdue."} {
		if _, page, _ := s.get("/console/rules", lang); !strings.Contains(page, want) {
			t.Errorf("in %s it does not say %q", lang, want)
		}
	}
	// Somebody else publishes: what is saved on top of what was seen before is refused, says what differs, and keeps what was written.
	form.Set("english", "Newcomers")
	if _, page := s.send("/console/rules/beginners-3", form); !strings.Contains(page, "Somebody published another version meanwhile") || !strings.Contains(page, `value="Newcomers"`) || !strings.Contains(page, "Beginners &lt;3") {
		t.Error("it was saved over what others published, or does not say what they did")
	}
	form.Set("version", s.version())
	form.Set("shown", r.When)
	form.Set("sure", "1") // nobody has told a country
	form.Set("when", r.When+" && has(traits.country)")
	if s.send("/console/rules/beginners-3", form); s.rule("beginners-3").When != form.Get("when") {
		t.Errorf("the condition beside the rows does not count: %q", s.rule("beginners-3").When)
	}
	if _, page, _ := s.get("/console/rules/beginners-3", "en"); !strings.Contains(page, "more than rows can") || !strings.Contains(page, "has(traits.country)</textarea>") {
		t.Error("what rows cannot say is not shown as it is")
	}
	for field, spoil := range map[string]func(url.Values){
		"A number is needed":       func(f url.Values) { f["value"] = []string{"many", "lost", ""} },
		"none of what it can be":   func(f url.Values) { f["value"] = []string{"1", "asleep", ""} },
		"both changed":             func(f url.Values) { f.Set("shown", "person.orders == 7"); f.Set("when", "person.orders == 8") },
		"Syntax error":             func(f url.Values) { f.Set("when", "person.orders >"); f["field"] = nil },
		"Give it a name":           func(f url.Values) { f.Set("english", " "); f.Set("french", "!") },
		"hold for nobody now":      func(f url.Values) { f["value"] = []string{"-1", "lost", ""} },
		"That cannot be looked at": func(f url.Values) { f["field"] = []string{"shoe", "", ""} },
	} {
		bad := url.Values{"english": {"Other"}, "version": {s.version()}, "shown": {""}, "when": {""}, "field": form["field"], "sign": form["sign"], "value": {"1", "lost", ""}}
		spoil(bad)
		at := s.version()
		if _, page := s.send("/console/rules", bad); !strings.Contains(page, field) || s.version() != at {
			t.Errorf("%q is not told, or it was saved", field)
		}
	}
	if s.send("/console/rules/beginners-3/delete", url.Values{"version": {s.version()}}); s.rule("beginners-3") != nil {
		t.Error("not removed")
	}
}

func fmtRules(c *aparte.Content) string {
	var all []string
	for _, r := range c.Rules {
		all = append(all, string(r))
	}
	return strings.Join(all, " ")
}

func TestAnObjectiveIsStatedChangedAndRemoved(t *testing.T) {
	s := open(t)
	objective := func(id aparte.ObjectiveID) *aparte.Objective {
		b := s.engine.Plan().Brand()
		for i := range b.Objectives {
			if b.Objectives[i].ID == id {
				return &b.Objectives[i]
			}
		}
		return nil
	}
	form := url.Values{"version": {s.version()}, "english": {"Letters"}, "french": {"Lettre d’info"}, "event": {"Signed Up"}, "worth": {"fixed"}, "amount": {"2.50"}, "share": {"100"}, "window": {"7"}, "credit": {"clicked"}, "learn": {""}, "holdout": {"0"}}
	s.send("/console/objectives", form)
	o := objective("letters")
	if o == nil || o.Value != "250" || o.Event != "Signed Up" || o.Window.Std().Hours() != 168 {
		t.Fatalf("not stated: %+v", o)
	}
	for want, spoil := range map[string]func(url.Values){
		"names no event":          func(f url.Values) { f.Set("event", "") },
		"must be longer":          func(f url.Values) { f.Set("window", "0") },
		"A number is needed here": func(f url.Values) { f.Set("window", "soon") },
		"Syntax error":            func(f url.Values) { f.Set("worth", "formula"); f.Set("formula", "1 +") },
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set("version", s.version())
		spoil(bad)
		at := s.version()
		if _, page := s.send("/console/objectives/letters", bad); !strings.Contains(page, want) || s.version() != at {
			t.Errorf("%q is not told", want)
		}
	}
	// The demo's own objective goes through its form unchanged.
	if _, page, _ := s.get("/console/objectives/order", "fr"); !strings.Contains(page, `name="share" inputmode="decimal" maxlength="12" autocomplete="off" value="55"`) {
		t.Error("the order's own value is not shown as such")
	}
	was := *objective("order")
	s.send("/console/objectives/order", url.Values{"version": {s.version()}, "english": {was.Name["en"]}, "french": {was.Name["fr"]}, "event": {was.Event}, "worth": {"revenue"}, "share": {"55"}, "window": {strconv.FormatFloat(was.Window.Std().Hours()/24, 'g', 6, 64)}, "credit": {string(was.Credit)}, "learn": {string(was.Learn)}, "holdout": {"0"}})
	if differ := engine.Changes(&aparte.Brand{Objectives: []aparte.Objective{was}}, &aparte.Brand{Objectives: []aparte.Objective{*objective("order")}}); len(differ) > 0 {
		t.Errorf("saving it as it is changed it: %v", differ[0].Parts())
	}
	if s.send("/console/objectives/letters/delete", url.Values{"version": {s.version()}}); objective("letters") != nil {
		t.Error("not removed")
	}
}

func TestAContentIsProposedLookedAtApprovedHaltedAndUndone(t *testing.T) {
	s := open(t)
	form := url.Values{"version": {s.version()}, "english": {"Free wrapping"}, "french": {"Emballage offert"}, "kind": {"service"}, "channel": {"web", "email"}, "like": {"gift-wrap"},
		"headline-en": {"Wrapped, with love"}, "headline-fr": {"Chère amie"}, "subject-en": {"Wrapped for you"}}
	if _, page := s.send("/console/content", form); !strings.Contains(page, "which is not written yet: Call to action") {
		t.Error("it does not say which words the layouts need")
	}
	form.Set("cta-en", "Wrap it")
	if status, page := s.send("/console/content", form); status != http.StatusOK || !strings.Contains(page, "somebody has to approve it") {
		t.Fatalf("not proposed: %d\n%s", status, page)
	}
	form.Set("english", "Other")
	form.Set("version", s.version())
	form.Set("headline-en", "Dear {{ person.first_nam }}")
	if _, page := s.send("/console/content", form); !strings.Contains(page, "person.first_nam is not known here") || !strings.Contains(page, "Dear {{ person.first_nam }}</textarea>") {
		t.Error("a field that nobody has is not told of, or what was written is lost")
	}
	if state := contentOf(t, s, "free-wrapping").State; state != aparte.Proposed {
		t.Errorf("it is %q before anybody approved it", state)
	}
	be := func(do string) string {
		t.Helper()
		_, page := s.send("/console/contents/free-wrapping/be/"+do, url.Values{"version": {s.version()}, "name": {"body"}, "english": {"For you"}})
		return page
	}
	if be("approve"); contentOf(t, s, "free-wrapping").State != "" {
		t.Error("it waits though it was approved")
	}
	if be("element"); len(contentOf(t, s, "free-wrapping").Elements) < 3 {
		t.Error("no element was added")
	}
	if be("halt"); contentOf(t, s, "free-wrapping").State != aparte.Halted {
		t.Error("it was not halted")
	}
	halted := s.version()
	if be("delete"); strings.Contains(s.engine.Plan().Brand().Contents[len(s.engine.Plan().Brand().Contents)-1].Name["en"], "Free") {
		t.Error("not removed")
	}
	_, page, _ := s.get("/console/changes", "en")
	if strings.Count(page, "Free wrapping") < 5 || !strings.Contains(page, ">removed</span> content <strong>Free wrapping") {
		t.Error("the changes do not tell what became of it")
	}
	if _, page, _ := s.get("/console/changes?from="+halted+"&to="+s.version(), "fr"); !strings.Contains(page, "supprimé</span> contenu <strong>Emballage offert") {
		t.Error("two versions are not compared")
	}
	if s.send("/console/changes/"+halted+"/back", url.Values{"version": {s.version()}}); contentOf(t, s, "free-wrapping").State != aparte.Halted {
		t.Error("going back does not bring it back")
	}
	if _, page := s.send("/console/changes/"+halted+"/back", url.Values{"version": {halted}}); !strings.Contains(page, "Somebody published another version meanwhile") {
		t.Error("going back went over what others published")
	}
	if status, _, _ := s.get("/console/changes?from=999&to=1", "en"); status != http.StatusNotFound {
		t.Errorf("a version that never was: %d", status)
	}
}

func contentOf(t *testing.T, s *stage, id aparte.ContentID) *aparte.Content {
	t.Helper()
	c, ok := s.engine.Plan().Content(id)
	if !ok {
		t.Fatalf("there is no content %q", id)
	}
	return c
}
