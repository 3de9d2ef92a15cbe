package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// draftCookie names the draft in which somebody is working: what they save is kept there, and pages on which things are stated show what it would
// make of them.
const draftCookie = "aparte_draft"

type draftKey struct{}

// working is a request of somebody who works in a draft, with the draft where it is there and theirs.
func (s *console) working(r *http.Request) *http.Request {
	c, err := r.Cookie(draftCookie)
	if err != nil {
		return r
	}
	d, err := s.Engine.Draft(r.Context(), engine.DraftID(c.Value))
	if err != nil || !mayWork(r, &d) {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), draftKey{}, &d))
}

// draftAt is the draft in which a request is worked on; nil: in what is in force.
func draftAt(r *http.Request) *engine.Draft {
	d, _ := r.Context().Value(draftKey{}).(*engine.Draft)
	return d
}

// mayWork reports whether a draft is the reader's own, or shared.
func mayWork(r *http.Request, d *engine.Draft) bool {
	u, _ := access.UserOf(r.Context())
	return d.Shared || d.Owner == string(u.ID)
}

// plan is the brand that a page shows: that in force, or what the draft that is worked on makes of it. Nil: there is none.
func (s *console) plan(r *http.Request) *decide.Plan {
	if d := draftAt(r); d != nil {
		plan, err := s.Engine.DraftPlan(r.Context(), d.ID)
		if err == nil {
			return plan
		}
		s.Logger.ErrorContext(r.Context(), "console draft", "draft", d.ID, "error", err)
	}
	return s.Engine.Plan()
}

// look is how contents are looked at.
func look(r *http.Request, locale string) engine.Look {
	l := engine.Look{Locale: locale}
	if d := draftAt(r); d != nil {
		l.Draft = d.ID
	}
	return l
}

// keep publishes what a request made of the brand in force at base, or keeps it in the draft that is worked on, base being its revision.
func (s *console) keep(r *http.Request, b *aparte.Brand, base uint64) error {
	if d := draftAt(r); d != nil {
		_, err := s.Engine.KeepDraft(r.Context(), d.ID, base, b, author(r))
		return err
	}
	_, err := s.Engine.PublishOn(r.Context(), b, base, author(r))
	return err
}

// draftsView is the page of all drafts, or that of one.
type draftsView struct {
	edited
	Rows   []draftRow
	One    *draftRow
	Theirs []touchedView // what others published of what it changes: it cannot be published so
}

type draftRow struct {
	engine.Draft
	Mine    bool
	Here    bool // it is worked in
	Touched []touchedView
}

func (s *console) draftsView(w http.ResponseWriter, r *http.Request) *draftsView {
	live := s.Engine.Plan()
	if live == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return nil
	}
	all, err := s.Engine.Drafts(r.Context())
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console drafts", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return nil
	}
	u, _ := access.UserOf(r.Context())
	v, here, lang := &draftsView{edited: s.editOf(r)}, draftAt(r), language(r)
	for i := range all {
		d := &all[i]
		if !mayWork(r, d) {
			continue
		}
		row := draftRow{Draft: *d, Mine: d.Owner == string(u.ID), Here: here != nil && here.ID == d.ID}
		if string(d.ID) != r.PathValue("id") {
			v.Rows = append(v.Rows, row)
			continue
		}
		v.One = &row
		to, err := d.Patch.On(live.Brand())
		if err == nil {
			row.Touched = touched(lang, live.Brand(), engine.Changes(live.Brand(), to))
			var theirs []engine.Change
			theirs, err = d.Patch.Overtakes(live.Brand())
			v.Theirs = touched(lang, live.Brand(), theirs)
		}
		if err != nil {
			s.Logger.ErrorContext(r.Context(), "console draft", "draft", d.ID, "error", err)
			v.Others = append(v.Others, word(lang, "problem.read"))
		}
	}
	if r.PathValue("id") != "" && v.One == nil {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return nil
	}
	return v
}

func (s *console) drafts(w http.ResponseWriter, r *http.Request) {
	if v := s.draftsView(w, r); v != nil {
		s.showDrafts(w, r, v)
	}
}

func (s *console) showDrafts(w http.ResponseWriter, r *http.Request, v *draftsView) {
	page := s.view(r, "drafts", v)
	page.Here = "/console/drafts"
	if v.One != nil {
		page.Title, page.Here = v.One.Name, "/console/drafts/"+url.PathEscape(string(v.One.ID))
	}
	s.show(w, "drafts", "frame.html", page)
}

// beginDraft begins a draft, and has its owner work in it.
func (s *console) beginDraft(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.draftsView(w, r)
	if v == nil {
		return
	}
	u, _ := access.UserOf(r.Context())
	name := clipped(strings.TrimSpace(r.PostForm.Get("name")), 200)
	if name == "" {
		name = word(language(r), "draft.unnamed")
	}
	d, err := s.Engine.BeginDraft(r.Context(), name, string(u.ID), author(r), r.PostForm.Get("shared") != "")
	if err != nil {
		v.Others = []string{refusal(language(r), err.Error())}
		s.showDrafts(w, r, v)
		return
	}
	workIn(w, r, d.ID)
	http.Redirect(w, r, "/console/drafts/"+url.PathEscape(string(d.ID))+"?done=begun", http.StatusSeeOther)
}

// workIn has who asks work in a draft; empty: in what is in force.
func workIn(w http.ResponseWriter, r *http.Request, id engine.DraftID) {
	c := http.Cookie{Name: draftCookie, Value: string(id), Path: "/console/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"}
	if id == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, &c)
}

// changeDraft opens or leaves a draft, shares it, publishes it, throws it away, or settles what others changed too.
func (s *console) changeDraft(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.draftsView(w, r)
	if v == nil {
		return
	}
	ctx, id, to := r.Context(), v.One.ID, "/console/drafts/"+url.PathEscape(string(v.One.ID))
	revision, _ := strconv.ParseUint(r.PostForm.Get("revision"), 10, 64)
	var err error
	switch do := r.PathValue("do"); do {
	case "open":
		workIn(w, r, id)
		to += "?done=opened"
	case "leave":
		workIn(w, r, "")
		to += "?done=left"
	case "publish":
		if _, err = s.Engine.PublishDraft(ctx, id, revision, author(r)); err == nil {
			workIn(w, r, "")
			to = "/console/changes?done=saved"
		}
	case "drop":
		if err = s.Engine.DropDraft(ctx, id); err == nil {
			workIn(w, r, "")
			to = "/console/drafts?done=dropped"
		}
	case "mine", "theirs":
		_, err = s.Engine.SettleDraft(ctx, id, revision, r.PostForm.Get("kind"), r.PostForm.Get("object"), do == "mine", author(r))
		to += "?done=settled"
	default:
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	if err == nil {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	overtaken, conflict := (*engine.Overtaken)(nil), (*engine.Conflict)(nil)
	switch {
	case errors.As(err, &overtaken):
		v.Overtaken = true
	case errors.As(err, &conflict): // the page tells which
		v.Others = []string{word(language(r), "draft.conflict.not")}
	case errors.Is(err, store.ErrNotFound):
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	default:
		v.refuse(language(r), err, "", nil)
	}
	s.showDrafts(w, r, v)
}
