package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
)

// asideView is the page of what is kept aside.
type asideView struct {
	Kept    []keptRow
	Reason  string // chosen; empty: all
	Source  string
	Records []asideRow
	Next    string // query of the next page; empty: there is none
	Done    string // what was just done: a word's key
	Wrong   bool
}

type asideRow struct {
	quality.Record
	Key, Why string
}

const (
	asidePage    = 50
	resentAtOnce = 1000
	maxMended    = 2 << 20 // bytes of a form with a request's body in it
)

func (s *console) aside(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	f := quality.Filter{Limit: asidePage, Source: asked.Get("source")}
	v := asideView{Source: f.Source, Done: asideDone(asked), Wrong: asked.Get("done") == "failed"}
	if reason, ok := quality.ParseReason(asked.Get("reason")); ok {
		f.Reason, v.Reason = &reason, reason.String()
	}
	if id, ok := quality.ParseID(asked.Get("before")); ok {
		f.Before = id
	}
	for _, k := range s.Quality.Kept() {
		v.Kept = append(v.Kept, keptRow{k, k.Reason.String()})
	}
	found := s.Quality.List(f)
	for _, rec := range found {
		v.Records = append(v.Records, asideRow{rec, rec.ID.String(), rec.Reason.String()})
	}
	if len(found) == asidePage {
		v.Next = url.Values{"reason": {v.Reason}, "source": {v.Source}, "before": {found[len(found)-1].ID.String()}}.Encode()
	}
	page := s.view(r, "data", v)
	page.Title = word(page.Lang, "aside.title")
	s.show(w, "aside", "frame.html", page)
}

// asideDone is the word for what was just done.
func asideDone(asked url.Values) string {
	switch done := asked.Get("done"); done {
	case "sent", "gone", "all", "failed":
		return "aside.done." + done
	}
	return ""
}

// asideOneView is the page of one record.
type asideOneView struct {
	asideRow
	Text   string   // its body; empty: it is no text
	Wrong  []string // what is still wrong with it
	Mended bool     // Text is what somebody wrote, not what came
}

func (s *console) asideOne(w http.ResponseWriter, r *http.Request) {
	if rec, ok := s.keptAside(w, r); ok {
		s.showAside(w, r, http.StatusOK, asideOneOf(rec))
	}
}

func asideOneOf(rec quality.Record) asideOneView {
	v := asideOneView{asideRow: asideRow{rec, rec.ID.String(), rec.Reason.String()}}
	if utf8.Valid(rec.Body) {
		v.Text = string(rec.Body)
	}
	return v
}

func (s *console) showAside(w http.ResponseWriter, r *http.Request, status int, v asideOneView) {
	page := s.view(r, "data", v)
	page.Title = word(page.Lang, "aside.title")
	page.Here = "/console/data/aside/" + v.Key
	s.answer(w, status, "asideone", "frame.html", page)
}

// keptAside is the record that a path names, or the page that says that there is none.
func (s *console) keptAside(w http.ResponseWriter, r *http.Request) (quality.Record, bool) {
	id, ok := quality.ParseID(r.PathValue("id"))
	if !ok {
		s.problem(w, r, http.StatusNotFound, "problem.aside")
		return quality.Record{}, false
	}
	rec, err := s.Quality.Record(r.Context(), id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		s.problem(w, r, http.StatusNotFound, "problem.aside")
		return rec, false
	case err != nil:
		s.Logger.ErrorContext(r.Context(), "console aside", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return rec, false
	}
	return rec, true
}

// resend sends a record again, as the form has it.
func (s *console) resend(w http.ResponseWriter, r *http.Request) {
	rec, ok := s.keptAside(w, r)
	if !ok {
		return
	}
	if !s.form(w, r, maxMended) {
		return
	}
	var mended []byte
	if text := r.PostForm.Get("body"); strings.TrimSpace(text) != "" && text != asideOneOf(rec).Text {
		mended = []byte(text)
	}
	err := s.Resend(r.Context(), rec.ID, mended)
	if err == nil {
		http.Redirect(w, r, "/console/data/aside?done=sent", http.StatusSeeOther)
		return
	}
	v := asideOneOf(rec)
	if mended != nil {
		v.Text, v.Mended = string(mended), true
	}
	v.Wrong = refusalsOf(language(r), err)
	if !stillWrong(err) {
		s.Logger.ErrorContext(r.Context(), "console resend", "error", err)
		v.Wrong = []string{word(language(r), "aside.failed")}
	}
	s.showAside(w, r, http.StatusUnprocessableEntity, v)
}

// stillWrong reports whether an error is about the record, for the reader, and not about us.
func stillWrong(err error) bool {
	var about interface{ StillWrong() }
	return errors.As(err, &about)
}

// letGo removes a record.
func (s *console) letGo(w http.ResponseWriter, r *http.Request) {
	rec, ok := s.keptAside(w, r)
	if !ok {
		return
	}
	done := "gone"
	if _, err := s.Quality.Take(r.Context(), []quality.ID{rec.ID}); err != nil {
		s.Logger.ErrorContext(r.Context(), "console aside", "error", err)
		done = "failed"
	}
	http.Redirect(w, r, "/console/data/aside?done="+done, http.StatusSeeOther)
}

// resendAll sends the newest of a reason again, as they came; those with which something is still wrong stay.
func (s *console) resendAll(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	reason, ok := quality.ParseReason(r.PostFormValue("reason"))
	if !ok {
		s.problem(w, r, http.StatusNotFound, "problem.aside")
		return
	}
	done := "all"
	found := s.Quality.List(quality.Filter{Reason: &reason, Source: r.PostFormValue("source"), Limit: resentAtOnce})
	for i := len(found) - 1; i >= 0; i-- {
		err := s.Resend(r.Context(), found[i].ID, nil)
		if err == nil || stillWrong(err) || errors.Is(err, store.ErrNotFound) {
			continue
		}
		if !errors.Is(err, context.Canceled) {
			s.Logger.ErrorContext(r.Context(), "console resend", "error", err)
		}
		done = "failed"
		break
	}
	http.Redirect(w, r, "/console/data/aside?"+url.Values{"done": {done}, "reason": {reason.String()}}.Encode(), http.StatusSeeOther)
}
