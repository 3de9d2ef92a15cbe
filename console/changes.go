package console

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
)

// changesView is the page of all versions of the brand, or that of what one of them changed.
type changesView struct {
	edited
	Rows     []editionRow
	From, To uint64 // that are compared; 0: none
	Parted   []touchedView
	All      int // how many objects differ
}

type editionRow struct {
	engine.Edition
	Now     bool // in force
	Touched []touchedView
}

// editionsShown are so many versions that a page lists.
const editionsShown = 50

func (s *console) changesView(w http.ResponseWriter, r *http.Request) *changesView {
	if s.Engine.Plan() == nil {
		s.problem(w, r, http.StatusNotFound, "problem.brand")
		return nil
	}
	v := &changesView{edited: s.editOf(r)}
	all, err := s.Engine.Editions(r.Context(), editionsShown)
	if err != nil {
		s.Logger.Error("console changes", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return nil
	}
	for _, e := range all {
		row := editionRow{Edition: e, Now: e.Version == v.Version}
		for _, t := range e.Changes {
			row.Touched = append(row.Touched, touchedOf(language(r), t))
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// changes lists the versions of the brand, and what differs between two that are named.
func (s *console) changes(w http.ResponseWriter, r *http.Request) {
	v := s.changesView(w, r)
	if v == nil {
		return
	}
	if q := r.URL.Query(); q.Has("from") {
		from, err := s.versionAsked(r, q.Get("from"))
		to, other := s.versionAsked(r, q.Get("to"))
		if err = errors.Join(err, other); err != nil {
			s.problem(w, r, http.StatusNotFound, "problem.nowhere")
			return
		}
		v.From, _ = strconv.ParseUint(q.Get("from"), 10, 64)
		v.To, _ = strconv.ParseUint(q.Get("to"), 10, 64)
		parted := engine.Changes(from, to)
		v.All, v.Parted = len(parted), touched(language(r), to, parted)
	}
	s.show(w, "changes", "frame.html", s.view(r, "changes", v))
}

func (s *console) versionAsked(r *http.Request, text string) (*aparte.Brand, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, store.ErrNotFound
	}
	b, err := s.Engine.Version(r.Context(), n)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.Logger.Error("console changes", "error", err)
	}
	return b, err
}

// goBack publishes an old version of the brand anew.
func (s *console) goBack(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r, maxEdit) {
		return
	}
	v := s.changesView(w, r)
	if v == nil {
		return
	}
	b, err := s.versionAsked(r, r.PathValue("version"))
	if err != nil {
		s.problem(w, r, http.StatusNotFound, "problem.nowhere")
		return
	}
	if !s.put(r, &v.edited, b, "") {
		s.show(w, "changes", "frame.html", s.view(r, "changes", v))
		return
	}
	http.Redirect(w, r, "/console/changes?done=back", http.StatusSeeOther)
}
