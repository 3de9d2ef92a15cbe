package console

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/playbook"
	"github.com/aparte-dev/aparte/scenario"
)

// faultView is what is wrong with a scenario, and where: by its field, and by line and column of the text beside the form.
type faultView struct {
	Line, Column int // 0: it is not of the text
	Field        string
	Message      string
}

// textLine is a line of a scenario's text, and what is wrong in it.
type textLine struct {
	Number int
	Text   string
	Wrong  []faultView
}

// At is what is wrong with the first of these fields, empty where nothing is.
func (v *scenariosView) At(fields ...string) string {
	for _, field := range fields {
		for _, f := range v.Wrong {
			if f.Field == field {
				return f.Message
			}
		}
	}
	return ""
}

// IsAlso reports whether it may speak on a channel too.
func (v *scenariosView) IsAlso(c aparte.Channel) bool { return slices.Contains(v.Draft.Also, c) }

// Lines are those of the text, where something in it is wrong.
func (v *scenariosView) Lines() (lines []textLine) {
	if !slices.ContainsFunc(v.Wrong, func(f faultView) bool { return f.Line > 0 }) {
		return nil
	}
	for i, text := range strings.Split(strings.TrimRight(v.Text, "\n"), "\n") {
		line := textLine{Number: i + 1, Text: text}
		for _, f := range v.Wrong {
			if f.Line == i+1 {
				line.Wrong = append(line.Wrong, f)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// drafted is the scenario that a form has, by its fields or by its text, and whether all of it can be.
func (s *console) drafted(r *http.Request, v *scenariosView, form url.Values) (aparte.Scenario, bool) {
	lang := language(r)
	base := &aparte.Scenario{ID: aparte.ScenarioID(v.Draft.ID)}
	if v.One != nil {
		base = v.One.Scenario
	}
	var changed aparte.Scenario
	if v.ByText = form.Has("text"); v.ByText {
		v.Text = strings.ReplaceAll(form.Get("text"), "\r", "")
		if file := v.readText(lang); file != nil {
			changed = file.Scenarios[0]
			if v.Draft = draftOfScenario(&changed); v.One != nil && changed.ID != base.ID {
				v.wrong(lang, faultView{Line: 1, Column: 1, Field: "/id", Message: fmt.Sprintf("the scenario must stay %q: others may speak of it", base.ID)})
			}
			v.check(lang, file, s.plan(r).Brand())
		}
		return changed, len(v.Wrong) == 0
	}
	v.Draft.fill(form)
	if v.One == nil {
		base.ID = aparte.ScenarioID(cmp.Or(v.Draft.ID, slug(cmp.Or(v.Draft.English, v.Draft.French))))
	}
	changed, faults := v.Draft.of(base)
	v.wrong(lang, faults...)
	v.Text = textOf(&changed)
	if len(faults) == 0 {
		if file := v.readText(lang); file != nil {
			v.check(lang, file, s.plan(r).Brand())
		}
	}
	return changed, len(v.Wrong) == 0
}

// wrong notes faults, in the reader's language.
func (v *scenariosView) wrong(lang string, faults ...faultView) {
	for _, f := range faults {
		f.Message = refusal(lang, f.Message)
		v.Wrong = append(v.Wrong, f)
	}
}

// readText reads the text, which is to be one scenario; nil where it is none.
func (v *scenariosView) readText(lang string) *scenario.File {
	file, err := scenario.Read("scenario", []byte(v.Text))
	if err == nil && len(file.Scenarios) != 1 {
		v.wrong(lang, faultView{Line: 1, Column: 1, Message: fmt.Sprintf("one scenario belongs here, not %d", len(file.Scenarios))})
		return nil
	}
	v.wrong(lang, faultsOf(err)...)
	if err != nil {
		return nil
	}
	return file
}

func (v *scenariosView) check(lang string, file *scenario.File, b *aparte.Brand) {
	v.wrong(lang, faultsOf(file.Check(b))...)
}

// onlyScenario is the place of the only scenario in its list: of no interest to who sees one.
const onlyScenario = "/0"

// faultsOf are the faults in an error of package scenario.
func faultsOf(err error) (all []faultView) {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			all = append(all, faultsOf(one)...)
		}
		return all
	}
	var f *scenario.Fault
	if errors.As(err, &f) {
		return []faultView{{f.Line, f.Column, strings.TrimPrefix(f.Field, onlyScenario), f.Message}}
	}
	return []faultView{{Message: err.Error()}}
}

// textOf is a scenario as it is written down.
func textOf(s *aparte.Scenario) string {
	text, err := scenario.Write(*s)
	if err != nil {
		return "" // it is made of texts and numbers: cannot happen
	}
	return string(text)
}

var unnamed = regexp.MustCompile(`[^a-z0-9]+`)

// slug is an id made of a name.
func slug(name string) string {
	return clipped(strings.Trim(unnamed.ReplaceAllString(strings.ToLower(unaccented(name)), "-"), "-"), scenario.MaxID)
}

// newScenario is the form of a scenario that is not there yet.
func (s *console) newScenario(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenariosView(w, r)
	if !ok {
		return
	}
	q := r.URL.Query()
	s.startScenario(v)
	v.Draft.turn(q)
	if q.Has("try") {
		s.tryScenario(r, v, q, "/console/scenario/test?")
	}
	s.showScenarios(w, r, v)
}

// startScenario makes it the page of a scenario that is not there yet.
func (s *console) startScenario(v *scenariosView) {
	fresh := &aparte.Scenario{Channel: aparte.Email}
	v.New, v.Draft = true, draftOfScenario(fresh)
	v.Draft.Rest = lastingDraft{"7", "d"}
}

// tryScenario has what a form says tested, where it can be.
func (s *console) tryScenario(r *http.Request, v *scenariosView, form url.Values, address string) {
	if _, ok := s.drafted(r, v, form); ok {
		v.Test = address + url.Values{"text": {v.Text}}.Encode()
	}
}

// createScenario publishes a version of the brand with a scenario more.
func (s *console) createScenario(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenarioForm(w, r)
	if !ok {
		return
	}
	s.startScenario(v)
	made, ok := s.drafted(r, v, r.PostForm)
	if slices.ContainsFunc(v.Rows, func(row scenarioRow) bool { return row.ID == made.ID }) {
		v.wrong(language(r), faultView{Field: "/id", Message: fmt.Sprintf("%q stands there twice", made.ID)})
		ok = false
	}
	if !ok {
		s.showScenarios(w, r, v)
		return
	}
	b := *s.plan(r).Brand()
	b.Scenarios = append(slices.Clone(b.Scenarios), made)
	s.publishScenarios(w, r, v, &b, "/console/scenarios/"+url.PathEscape(string(made.ID))+"?done=saved")
}

// saveScenario publishes a version of the brand in which a scenario is changed.
func (s *console) saveScenario(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenarioForm(w, r)
	if !ok || !s.chooseScenario(w, r, v) {
		return
	}
	changed, ok := s.drafted(r, v, r.PostForm)
	if !ok {
		s.showScenarios(w, r, v)
		return
	}
	s.publishScenarios(w, r, v, withScenario(s.plan(r).Brand(), changed), "/console/scenarios/"+url.PathEscape(string(changed.ID))+"?done=saved")
}

// withScenario is a brand with a scenario in the stead of that of the same id, or one more.
func withScenario(b *aparte.Brand, s aparte.Scenario) *aparte.Brand {
	other := *b
	other.Scenarios = slices.Clone(b.Scenarios)
	i := slices.IndexFunc(b.Scenarios, func(x aparte.Scenario) bool { return x.ID == s.ID })
	if i < 0 {
		other.Scenarios = append(other.Scenarios, s)
	} else {
		other.Scenarios[i] = s
	}
	return &other
}

// removeScenario publishes a version of the brand without a scenario, and without what could only be said at its moments.
func (s *console) removeScenario(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenarioForm(w, r)
	if !ok || !s.chooseScenario(w, r, v) {
		return
	}
	s.publishScenarios(w, r, v, playbook.Without(s.plan(r).Brand(), v.One.ID), "/console/scenarios?done=removed")
}

// switchOn publishes a version of the brand that has taken up a play of the playbook.
func (s *console) switchOn(w http.ResponseWriter, r *http.Request) {
	v, ok := s.scenarioForm(w, r)
	if !ok || !s.choosePlay(w, r, v) {
		return
	}
	b, err := v.Play.Adopt(s.plan(r).Brand())
	if err != nil {
		v.Faults = refusalsOf(language(r), err)
		s.showScenarios(w, r, v)
		return
	}
	s.publishScenarios(w, r, v, b, "/console/scenarios?done=on")
}

// maxScenarioForm bounds what a form of a scenario sends.
const maxScenarioForm = 64 << 10

// scenarioForm reads a form, and whether the brand is still the one it was made of.
func (s *console) scenarioForm(w http.ResponseWriter, r *http.Request) (*scenariosView, bool) {
	if !s.form(w, r, maxScenarioForm) {
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
	if err := s.keep(r, b, v.Version); err != nil {
		v.Faults = refusalsOf(language(r), err)
		s.showScenarios(w, r, v)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// lastingView is a field of a form that asks for a duration.
type lastingView struct {
	Lang, Name string
	Label      string // key of its word
	Draft      lastingDraft
	Wrong      string
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
