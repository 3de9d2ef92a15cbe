package console

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// askedView is what a person may ask the house for by law, on a page that says what happens before it does.
type askedView struct {
	Row     personRow
	TakeOut bool // all that is known can be had
	Objects bool // nothing is predicted of them
	Done    string
	Fault   string
	Source  string // how an objection was told, as it was typed
	Wording string
	Erased  bool // there is nobody any more
	Sources []string
}

// objectionSources are the ways in which people tell the house something.
var objectionSources = []string{"letter", "email", "call", "shop"}

// mostWording bounds what is kept of how an objection was told, in bytes.
const mostWording = 256

// whoAsks is the person whom an address names; it answers itself where there is none.
func (s *console) whoAsks(w http.ResponseWriter, r *http.Request) (aparte.Person, bool) {
	id, err := aparte.ParsePersonID(r.PathValue("id"))
	var p aparte.Person
	if err == nil {
		p, err = s.Engine.Person(r.Context(), id)
	}
	switch {
	case err == nil:
		return p, true
	case errors.Is(err, store.ErrNotFound) || id.IsZero():
		s.problem(w, r, http.StatusNotFound, "problem.person")
	default:
		s.Logger.ErrorContext(r.Context(), "console person", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
	}
	return p, false
}

func (s *console) askedView(r *http.Request, p *aparte.Person) *askedView {
	granted, told := p.Consented(aparte.Profiling, "")
	v := &askedView{Row: s.row(p, language(r)), TakeOut: s.TakeOut != nil, Objects: told && !granted, Sources: objectionSources, Source: objectionSources[0]}
	if done := r.URL.Query().Get("done"); done == "objected" || done == "consented" {
		v.Done = done
	}
	return v
}

func (s *console) asked(w http.ResponseWriter, r *http.Request) {
	if p, ok := s.whoAsks(w, r); ok {
		s.showAsked(w, r, http.StatusOK, s.askedView(r, &p))
	}
}

func (s *console) showAsked(w http.ResponseWriter, r *http.Request, status int, v *askedView) {
	page := s.view(r, "people", v)
	page.Title = word(page.Lang, "asked.title")
	page.Here = "/console/people/" + v.Row.ID.String() + "/asked"
	if v.Erased {
		page.Here = "/console/people"
	}
	s.answer(w, status, "asked", "frame.html", page)
}

// takeOut answers with all that is known of a person, as a file.
func (s *console) takeOut(w http.ResponseWriter, r *http.Request) {
	form := r.PathValue("form")
	if s.TakeOut == nil || form != "json" && form != "html" {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	p, ok := s.whoAsks(w, r)
	if !ok {
		return
	}
	if err := s.TakeOut(w, r, p.ID, author(r), language(r), form == "html"); err != nil {
		s.Logger.ErrorContext(r.Context(), "console export", "person", p.ID, "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
	}
}

// asking is when a form says that somebody asked, and by whom it is done.
func (s *console) asking(r *http.Request) (engine.Asking, bool) {
	a := engine.Asking{By: author(r)}
	day := strings.TrimSpace(r.PostForm.Get("asked"))
	if day == "" {
		return a, true
	}
	at, err := time.Parse(time.DateOnly, day)
	a.Asked = at
	return a, err == nil && !at.After(s.Now()) && at.After(s.Now().AddDate(-2, 0, 0))
}

// erase erases a person who asked for it, once it was confirmed.
func (s *console) erase(w http.ResponseWriter, r *http.Request) {
	s.answerAsked(w, r, func(p *aparte.Person, a engine.Asking, v *askedView) (string, error) {
		if r.PostForm.Get("sure") == "" {
			v.Fault = word(language(r), "asked.erase.unsure")
			return "", nil
		}
		if _, err := s.Engine.EraseAsked(r.Context(), p.ID, a); err != nil {
			return "", err
		}
		if r.PostForm.Get("purge") != "" {
			if err := s.Engine.Purge(r.Context()); err != nil {
				return "", err
			}
		}
		v.Erased = true
		return "", nil
	})
}

// objection notes that nothing is to be predicted of a person, or that it may be after all.
func (s *console) objection(w http.ResponseWriter, r *http.Request) {
	s.answerAsked(w, r, func(p *aparte.Person, a engine.Asking, v *askedView) (string, error) {
		objects, done := r.PostForm.Get("objects") != "", "consented"
		if objects {
			done = "objected"
		}
		_, err := s.Engine.Object(r.Context(), p.ID, objects, v.Source, v.Wording, a)
		return done, err
	})
}

func (s *console) answerAsked(w http.ResponseWriter, r *http.Request, do func(*aparte.Person, engine.Asking, *askedView) (done string, err error)) {
	if !s.form(w, r, maxEdit) {
		return
	}
	p, ok := s.whoAsks(w, r)
	if !ok {
		return
	}
	v := s.askedView(r, &p)
	a, sound := s.asking(r)
	for _, one := range objectionSources {
		if r.PostForm.Get("source") == one {
			v.Source = one
		}
	}
	v.Wording = clipped(strings.TrimSpace(r.PostForm.Get("wording")), mostWording)
	if !sound {
		v.Fault = word(language(r), "asked.when.wrong")
	}
	done := ""
	if v.Fault == "" {
		var err error
		if done, err = do(&p, a, v); err != nil {
			s.Logger.ErrorContext(r.Context(), "console request of a person", "person", p.ID, "error", err)
			v.Fault = word(language(r), "asked.failed")
		}
	}
	switch {
	case done != "":
		http.Redirect(w, r, "/console/people/"+p.ID.String()+"/asked?done="+done, http.StatusSeeOther)
	case v.Erased:
		s.showAsked(w, r, http.StatusOK, v)
	default:
		s.showAsked(w, r, http.StatusUnprocessableEntity, v)
	}
}
