package api

import (
	"net/http"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// TakeOut is what answers with all that is known of a person, as GET /v1/admin/people/{id}/export.json and .html do, and writes down that by asked for
// it: for machines, or, where it is to be read, as a page in a language. An error, such as store.ErrNotFound, came before anything was written.
func TakeOut(e Engine, now func() time.Time) func(w http.ResponseWriter, r *http.Request, id aparte.PersonID, by, lang string, read bool) error {
	if now == nil {
		now = time.Now
	}
	s := &server{engine: e, now: now}
	return func(w http.ResponseWriter, r *http.Request, id aparte.PersonID, by, lang string, read bool) error {
		if read {
			return s.takeOut(w, r, id, by, lang, s.everythingHTML)
		}
		return s.takeOut(w, r, id, by, lang, s.everythingJSON)
	}
}

func (s *server) takeOut(w http.ResponseWriter, r *http.Request, id aparte.PersonID, by, lang string, write func(http.ResponseWriter, *http.Request, *meView) error) (err error) {
	v := &meView{Lang: lang, now: s.now(), plan: s.engine.Plan(), fit: s.engine.Fit(), Whole: true}
	if v.person, err = s.engine.Person(r.Context(), id); err != nil {
		return err
	}
	v.page = engine.OwnPage{Person: v.person.ID, Whole: true}
	if _, err := s.engine.Answered(r.Context(), engine.AccessRequest, &v.person, engine.Asking{By: by}); err != nil {
		return err
	}
	return write(w, r, v)
}
