package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// audiencesView is the page of all audiences, or that of one.
type audiencesView struct {
	engine.Audiences
	Done string // what was done, a word; empty: nothing
	Rows []audienceRow

	One       *audienceRow // whose page it is; nil: that of all
	Liked     *likedView   // what it rests on; nil: it is no look-alike's
	Examples  []personRow
	Scenarios []string // that speak of it, by name

	Draft     audienceDraft
	Faults    []string // of the draft, each with its place
	Reach     *engine.Reach
	Tried     []personRow
	Version   uint64 // of the brand the page was made of
	Changed   bool   // it is another by now: nothing was saved
	Variables []decide.Variable
}

// Percent is how far everybody was asked.
func (v *audiencesView) Percent() int { return int(100 * v.Audiences.Done) }

// audienceRow is one audience with its last days.
type audienceRow struct {
	engine.AudienceCount
	Line        spark
	Came, Left  int64 // in the last week
	Today, Gone int64
	Days        []audienceDay
}

// audienceDay is one day of an audience.
type audienceDay struct {
	Day                   time.Time
	Entered, Left, People int64
}

// audienceDraft is an audience as a form has it.
type audienceDraft struct{ ID, English, French, When string }

func draftOf(form url.Values) audienceDraft {
	return audienceDraft{
		ID: strings.TrimSpace(form.Get("id")), English: strings.TrimSpace(form.Get("english")), French: strings.TrimSpace(form.Get("french")),
		When: strings.TrimSpace(form.Get("when")),
	}
}

// audience is the draft as the brand would have it.
func (d audienceDraft) audience() aparte.Audience {
	a := aparte.Audience{ID: aparte.AudienceID(d.ID), Name: aparte.Words{}, When: d.When}
	for lang, text := range map[string]string{"en": d.English, "fr": d.French} {
		if text != "" {
			a.Name[lang] = text
		}
	}
	return a
}

// audiences lists the brand's audiences, and counts for whom a condition would hold.
func (s *console) audiences(w http.ResponseWriter, r *http.Request) {
	v, ok := s.audiencesView(w, r)
	if !ok {
		return
	}
	if v.Draft = draftOf(r.URL.Query()); v.Draft.When != "" {
		s.try(r, v)
	}
	s.showAudiences(w, r, v)
}

// oneAudience is one audience with ten of its people.
func (s *console) oneAudience(w http.ResponseWriter, r *http.Request) {
	v, ok := s.audiencesView(w, r)
	if !ok || !s.choose(w, r, v) {
		return
	}
	if draft := draftOf(r.URL.Query()); draft.When != "" {
		v.Draft = draft
		s.try(r, v)
	}
	s.showAudiences(w, r, v)
}

// choose makes it the page of one audience.
func (s *console) choose(w http.ResponseWriter, r *http.Request, v *audiencesView) bool {
	id := aparte.AudienceID(r.PathValue("id"))
	i := slices.IndexFunc(v.Rows, func(row audienceRow) bool { return row.ID == id })
	if i < 0 {
		s.problem(w, r, http.StatusNotFound, "problem.audience")
		return false
	}
	v.One = &v.Rows[i]
	v.Liked = likedOf(s.plan(r).Brand(), s.Engine.Fit(), &v.One.Audience)
	v.Draft = audienceDraft{string(id), v.One.Name["en"], v.One.Name["fr"], v.One.When}
	const shown = 10
	people, err := s.Engine.AudienceSome(r.Context(), id, shown)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // it may have gone meanwhile
		s.Logger.ErrorContext(r.Context(), "console audience", "error", err)
	}
	lang := language(r)
	for i := range people {
		v.Examples = append(v.Examples, s.row(&people[i], lang))
	}
	b := s.plan(r).Brand()
	for i := range b.Scenarios {
		if b.Scenarios[i].Audience == id {
			v.Scenarios = append(v.Scenarios, scenarioName(lang, b.Scenarios[i].ID, b))
		}
	}
	return true
}

func (s *console) audiencesView(w http.ResponseWriter, r *http.Request) (*audiencesView, bool) {
	plan := s.plan(r)
	if plan == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return nil, false
	}
	all, err := s.Engine.Audiences(r.Context())
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console audiences", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return nil, false
	}
	all.Audiences = overlaid(&all, plan.Brand().Audiences)
	v := &audiencesView{Audiences: all, Done: r.URL.Query().Get("done"), Version: plan.Version(), Variables: decide.Variables()}
	if !slices.Contains([]string{"saved", "removed"}, v.Done) {
		v.Done = ""
	}
	for _, a := range all.Audiences {
		row := audienceRow{AudienceCount: a, Days: daysOf(&all, &a)}
		line, last := make([]float64, len(a.Course)), len(a.Course)-1
		for i, n := range a.Course {
			line[i] = float64(max(0, n))
		}
		row.Line = sparkOf(line)
		row.Came, row.Left = total(a.Entered[max(0, last-6):]), total(a.Exited[max(0, last-6):])
		row.Today, row.Gone = a.Entered[last], a.Exited[last]
		v.Rows = append(v.Rows, row)
	}
	return v, true
}

// overlaid are a brand's audiences with what is counted of them: of those that are only in a draft, nobody.
func overlaid(counted *engine.Audiences, audiences []aparte.Audience) (all []engine.AudienceCount) {
	days := len(counted.Days)
	for _, a := range audiences {
		one := engine.AudienceCount{Course: make([]int64, days), Entered: make([]int64, days), Exited: make([]int64, days)}
		if i := slices.IndexFunc(counted.Audiences, func(o engine.AudienceCount) bool { return o.ID == a.ID }); i >= 0 {
			one = counted.Audiences[i]
		}
		one.Audience = a
		all = append(all, one)
	}
	return all
}

// daysOf are the last days of an audience, today first, back to when it began to have people.
func daysOf(all *engine.Audiences, a *engine.AudienceCount) (days []audienceDay) {
	for i := len(all.Days) - 1; i >= 0; i-- {
		days = append(days, audienceDay{all.Days[i], a.Entered[i], a.Exited[i], a.Course[i]})
		if !slices.ContainsFunc(a.Course[:i], func(n int64) bool { return n != 0 }) {
			break
		}
	}
	return days
}

// try counts for whom the draft's condition holds. Nothing is written.
func (s *console) try(r *http.Request, v *audiencesView) {
	reach, err := s.Engine.Reach(r.Context(), v.Draft.When, askedAtOnce)
	if err != nil {
		v.Faults = refusalsOf(language(r), err)
		if bad := (*engine.BadCondition)(nil); !errors.As(err, &bad) {
			s.Logger.ErrorContext(r.Context(), "console audience", "error", err)
			v.Faults = []string{word(language(r), "problem.read")}
		}
		return
	}
	v.Reach = &reach
	for i := range reach.Examples {
		v.Tried = append(v.Tried, s.row(&reach.Examples[i], language(r)))
	}
}

// saveAudience publishes a version of the brand with a new audience, or with one changed.
func (s *console) saveAudience(w http.ResponseWriter, r *http.Request) {
	s.editAudiences(w, r, "saved", func(all []aparte.Audience, old aparte.AudienceID, draft audienceDraft) []aparte.Audience {
		if i := slices.IndexFunc(all, func(a aparte.Audience) bool { return a.ID == old }); old != "" && i >= 0 {
			draft.ID = string(old)
			changed := draft.audience()
			changed.Entitlements = all[i].Entitlements
			for lang, text := range all[i].Name { // the form has two languages
				if lang != "en" && lang != "fr" {
					changed.Name[lang] = text
				}
			}
			all[i] = changed
			return all
		}
		return append(all, draft.audience())
	})
}

// removeAudience publishes a version of the brand without an audience.
func (s *console) removeAudience(w http.ResponseWriter, r *http.Request) {
	s.editAudiences(w, r, "removed", func(all []aparte.Audience, old aparte.AudienceID, _ audienceDraft) []aparte.Audience {
		return slices.DeleteFunc(all, func(a aparte.Audience) bool { return a.ID == old })
	})
}

// maxAudienceForm bounds what a form of an audience sends.
const maxAudienceForm = 64 << 10

// editAudiences publishes the brand with other audiences, unless it is another brand by now than the page was made of.
func (s *console) editAudiences(w http.ResponseWriter, r *http.Request, done string, edit func(all []aparte.Audience, old aparte.AudienceID, draft audienceDraft) []aparte.Audience) {
	if !s.form(w, r, maxAudienceForm) {
		return
	}
	v, ok := s.audiencesView(w, r)
	old := aparte.AudienceID(r.PathValue("id"))
	if !ok || old != "" && !s.choose(w, r, v) {
		return
	}
	draft := draftOf(r.PostForm)
	if version, err := strconv.ParseUint(r.PostForm.Get("version"), 10, 64); err != nil || version != v.Version {
		v.Draft, v.Changed = draft, true
		s.showAudiences(w, r, v)
		return
	}
	b := *s.plan(r).Brand()
	b.Audiences = edit(slices.Clone(b.Audiences), old, draft)
	if done == "removed" { // a rule that speaks of likeness keeps what it speaks of
		b.Lookalikes = slices.DeleteFunc(slices.Clone(b.Lookalikes), func(x aparte.Lookalike) bool { return string(x.ID) == string(old) && !speaksOf(&b, x.ID) })
	}
	if err := s.keep(r, &b, v.Version); err != nil {
		v.Draft, v.Faults = draft, refusalsOf(language(r), err)
		if done == "removed" { // something still speaks of it
			v.Draft = audienceDraft{string(old), v.One.Name["en"], v.One.Name["fr"], v.One.When}
		}
		s.showAudiences(w, r, v)
		return
	}
	to := "/console/audiences"
	if done == "saved" {
		to += "/" + url.PathEscape(string(b.Audiences[max(0, slices.IndexFunc(b.Audiences, func(a aparte.Audience) bool {
			return a.ID == old || old == "" && string(a.ID) == draft.ID
		}))].ID))
	}
	http.Redirect(w, r, to+"?done="+done, http.StatusSeeOther)
}

// speaksOf reports whether some condition of a brand's audiences or rules speaks of a look-alike.
func speaksOf(b *aparte.Brand, id aparte.LookalikeID) bool {
	named := func(when string) bool { return strings.Contains(when, "alike") && strings.Contains(when, string(id)) }
	return slices.ContainsFunc(b.Audiences, func(a aparte.Audience) bool { return named(a.When) }) ||
		slices.ContainsFunc(b.Rules, func(r aparte.Rule) bool { return named(r.When) })
}

func (s *console) showAudiences(w http.ResponseWriter, r *http.Request, v *audiencesView) {
	page := s.view(r, "audiences", v)
	page.Here = r.URL.Path
	if v.One != nil {
		page.Title = audienceName(page.Lang, &v.One.Audience)
	}
	s.show(w, "audiences", "frame.html", page)
}

// audienceName is what an audience is called, its id where it has no name.
func audienceName(lang string, a *aparte.Audience) string {
	if name := wordsText(lang, a.Name); name != "" {
		return name
	}
	return string(a.ID)
}

// nameOfAudience is what the brand's audience of an id is called, the id itself where there is none any more.
func nameOfAudience(plan *decide.Plan, id aparte.AudienceID, lang string) string {
	if plan != nil {
		for i := range plan.Brand().Audiences {
			if a := &plan.Brand().Audiences[i]; a.ID == id {
				return audienceName(lang, a)
			}
		}
	}
	return string(id)
}
