package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/playbook"
)

// scenarioDraft is what of a scenario a form can change: its simple fields.
type scenarioDraft struct {
	English, French string
	Delay           lastingDraft
	Rest            lastingDraft
	Within          lastingDraft
	Channel         aparte.Channel
	After           string
	Unless          string // one a line
}

// lastingDraft is a duration as a form asks it.
type lastingDraft struct {
	Number string
	Unit   string // of units
}

func draftOfScenario(s *aparte.Scenario) scenarioDraft {
	lasts := func(d aparte.Duration) lastingDraft {
		n, u := inUnits(d.Std())
		return lastingDraft{strconv.FormatInt(n, 10), u.Key}
	}
	return scenarioDraft{
		English: s.Name["en"], French: s.Name["fr"], Delay: lasts(s.Delay), Rest: lasts(s.Rest), Within: lasts(s.Within),
		Channel: s.Channel, After: s.After, Unless: strings.Join(s.Unless, "\n"),
	}
}

func scenarioDraftOf(form url.Values) scenarioDraft {
	lasts := func(name string) lastingDraft {
		return lastingDraft{strings.TrimSpace(form.Get(name)), form.Get(name + "-unit")}
	}
	return scenarioDraft{
		English: strings.TrimSpace(form.Get("english")), French: strings.TrimSpace(form.Get("french")),
		Delay: lasts("delay"), Rest: lasts("rest"), Within: lasts("within"),
		Channel: aparte.Channel(form.Get("channel")), After: strings.TrimSpace(form.Get("after")), Unless: strings.TrimSpace(strings.ReplaceAll(form.Get("unless"), "\r", "")),
	}
}

// of is a scenario with the draft's fields.
func (d *scenarioDraft) of(s *aparte.Scenario) (aparte.Scenario, error) {
	other := *s
	other.Name = aparte.Words{}
	for lang, text := range s.Name { // the form has two languages
		other.Name[lang] = text
	}
	for lang, text := range map[string]string{"en": d.English, "fr": d.French} {
		if other.Name[lang] = text; text == "" {
			delete(other.Name, lang)
		}
	}
	for _, field := range []struct {
		name string
		from lastingDraft
		to   *aparte.Duration
	}{{"delay", d.Delay, &other.Delay}, {"rest", d.Rest, &other.Rest}, {"within", d.Within, &other.Within}} {
		n, ok := numberOf(field.from.Number)
		i := slices.IndexFunc(units, func(u unit) bool { return u.Key == field.from.Unit })
		if !ok || i < 0 {
			return other, fmt.Errorf("/%s: %q is no whole number", field.name, field.from.Number)
		}
		*field.to = aparte.Duration(time.Duration(n) * units[i].Size)
	}
	other.Channel, other.After, other.Unless = d.Channel, d.After, nil
	for event := range strings.SplitSeq(d.Unless, "\n") {
		if event = strings.TrimSpace(event); event != "" {
			other.Unless = append(other.Unless, event)
		}
	}
	return other, nil
}

func (d *scenarioDraft) query() string {
	q := url.Values{
		"try": {"1"}, "english": {d.English}, "french": {d.French}, "channel": {string(d.Channel)}, "after": {d.After}, "unless": {d.Unless},
		"delay": {d.Delay.Number}, "delay-unit": {d.Delay.Unit}, "rest": {d.Rest.Number}, "rest-unit": {d.Rest.Unit}, "within": {d.Within.Number}, "within-unit": {d.Within.Unit},
	}
	return q.Encode()
}

// saveScenario publishes a version of the brand in which a scenario is changed.
func (s *console) saveScenario(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenarioForm(w, r)
	if !ok || !s.chooseScenario(w, r, v) {
		return
	}
	v.Draft = scenarioDraftOf(r.PostForm)
	changed, err := v.Draft.of(v.One.Scenario)
	if err != nil {
		v.Faults = []string{err.Error()}
		s.showScenarios(w, r, v)
		return
	}
	b := *s.Engine.Plan().Brand()
	b.Scenarios = slices.Clone(b.Scenarios)
	b.Scenarios[slices.IndexFunc(b.Scenarios, func(x aparte.Scenario) bool { return x.ID == changed.ID })] = changed
	s.publishScenarios(w, r, v, &b, "/console/scenarios/"+url.PathEscape(string(changed.ID))+"?done=saved")
}

// removeScenario publishes a version of the brand without a scenario, and without what could only be said at its moments.
func (s *console) removeScenario(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenarioForm(w, r)
	if !ok || !s.chooseScenario(w, r, v) {
		return
	}
	s.publishScenarios(w, r, v, playbook.Without(s.Engine.Plan().Brand(), v.One.ID), "/console/scenarios?done=removed")
}

// switchOn publishes a version of the brand that has taken up a play of the playbook.
func (s *console) switchOn(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenarioForm(w, r)
	if !ok || !s.choosePlay(w, r, v) {
		return
	}
	b, err := v.Play.Adopt(s.Engine.Plan().Brand())
	if err != nil {
		v.Faults = []string{err.Error()}
		s.showScenarios(w, r, v)
		return
	}
	s.publishScenarios(w, r, v, b, "/console/scenarios?done=on")
}

// maxScenarioForm bounds what a form of a scenario sends.
const maxScenarioForm = 64 << 10

// scenarioForm reads a form, and whether the brand is still the one it was made of.
func (s *console) scenarioForm(w http.ResponseWriter, r *http.Request) (*scenariosView, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxScenarioForm)
	if err := r.ParseForm(); err != nil {
		s.problem(w, r, http.StatusRequestEntityTooLarge, "problem.large")
		return nil, false
	}
	v, ok := s.scenariosView(w, r)
	if !ok {
		return nil, false
	}
	version, err := strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	v.Changed = err != nil || version != v.Version
	return v, true
}

func (s *console) publishScenarios(w http.ResponseWriter, r *http.Request, v *scenariosView, b *aparte.Brand, to string) {
	if v.Changed {
		s.showScenarios(w, r, v)
		return
	}
	if _, err := s.Engine.Publish(r.Context(), b); err != nil {
		v.Faults = strings.Split(err.Error(), "\n")
		s.showScenarios(w, r, v)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// lastingView is a field of a form that asks for a duration.
type lastingView struct {
	Lang, Name string
	Draft      lastingDraft
}

// Units are those to choose from; days, hours and minutes are enough but for what is there already.
func (l lastingView) Units() []unit {
	if l.Draft.Unit == "s" {
		return units
	}
	return units[:3]
}

// Unit is the one chosen.
func (l lastingView) Unit() string { return cmp.Or(l.Draft.Unit, "h") }
