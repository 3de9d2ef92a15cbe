package api

import (
	"errors"
	"net/http"

	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
)

// schemas answers GET /v1/admin/schemas.
func (s *server) schemas(w http.ResponseWriter, _ *http.Request) error {
	s.json(w, http.StatusOK, map[string]any{"schemas": s.quality.Schemas()})
	return nil
}

// declare answers PUT /v1/admin/schemas/{event}: the schema of the body is in force from now on.
func (s *server) declare(w http.ResponseWriter, r *http.Request) error {
	var asked quality.Schema
	release, err := s.bodies.decode(r, quality.MaxSchema+maxForm, &asked)
	if err != nil {
		return err
	}
	defer release()
	event := r.PathValue("event")
	if asked.Event != "" && asked.Event != event {
		return refuse(http.StatusBadRequest, "/event", "is not that of the address")
	}
	asked.Event = event
	err = s.quality.Declare(r.Context(), asked)
	if errors.Is(err, quality.ErrSchema) {
		return fieldFault(err, quality.ErrSchema)
	} else if err != nil {
		return err
	}
	return s.schemas(w, r)
}

// withdraw answers DELETE /v1/admin/schemas/{event}.
func (s *server) withdraw(w http.ResponseWriter, r *http.Request) error {
	err := s.quality.Withdraw(r.Context(), r.PathValue("event"))
	if errors.Is(err, store.ErrNotFound) {
		return refuse(http.StatusNotFound, "event", "has no schema")
	} else if err != nil {
		return err
	}
	return s.schemas(w, r)
}
