package console

import (
	"errors"
	"net/http"
	"slices"
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

	Upkeep aparte.Upkeep
	Grown  []grownRow // the first day on which it was counted, and the last; none: it was not yet
}

// grownRow is what was looked after on a day, beside for whom and for what.
type grownRow struct {
	engine.ValuePoint
	Times [3]float64 // objects, people, items: how many times those of the first day
}

// grownOf is what became of a brand since what is looked after is counted.
func grownOf(course []engine.ValuePoint) []grownRow {
	course = counted(course)
	if len(course) == 0 {
		return nil
	}
	first, last := course[0], course[len(course)-1]
	of := func(p engine.ValuePoint) grownRow {
		return grownRow{p, [3]float64{ratio(int64(p.Objects), int64(first.Objects)), ratio(int64(p.People), int64(first.People)), ratio(int64(p.Items), int64(first.Items))}}
	}
	if len(course) == 1 {
		return []grownRow{of(last)}
	}
	return []grownRow{of(first), of(last)}
}

// counted are the days on which it was counted what is looked after.
func counted(course []engine.ValuePoint) []engine.ValuePoint {
	return slices.DeleteFunc(slices.Clone(course), func(p engine.ValuePoint) bool { return p.Objects == 0 })
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
	v := &changesView{edited: s.editOf(r), Upkeep: s.Engine.Plan().Brand().Upkeep(), Grown: grownOf(s.Engine.ValueCourse())}
	all, err := s.Engine.Editions(r.Context(), editionsShown)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console changes", "error", err)
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
		s.Logger.ErrorContext(r.Context(), "console changes", "error", err)
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
