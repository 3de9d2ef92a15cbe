package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte/exchange/source"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
)

// maxSource bounds the body that declares a source: its query and its map.
const maxSource = 128 << 10

// RowsAside keeps rows of sources that cannot be taken where everything is kept that could not.
func RowsAside(q *quality.Keeper, now func() time.Time) source.Aside {
	return func(ctx context.Context, id string, rows []source.Row) error {
		return q.Aside(ctx, each(rows, func(r source.Row) quality.Record {
			return quality.Record{Reason: quality.Malformed, At: now().UTC(), Source: source.From(id), Field: r.Field, Message: fmt.Sprintf("row %d: %s", r.Line, r.Reason), Body: r.Body}
		}), make([]*quality.Broken, len(rows)))
	}
}

// sourceList answers GET /v1/admin/sources: all sources and how they fare.
func (s *server) sourceList(w http.ResponseWriter, _ *http.Request) error {
	s.json(w, http.StatusOK, map[string]any{"sources": s.sources.States()})
	return nil
}

// declareSource answers PUT /v1/admin/sources/{id}.
func (s *server) declareSource(w http.ResponseWriter, r *http.Request) error {
	asked := source.Source{Enabled: true}
	release, err := s.bodies.decode(r, maxSource, &asked)
	if err != nil {
		return err
	}
	defer release()
	id := r.PathValue("id")
	if asked.ID != "" && asked.ID != id {
		return refuse(http.StatusBadRequest, "/id", "is not that of the address")
	}
	asked.ID = id
	created, err := s.sources.Put(r.Context(), asked)
	if errors.Is(err, source.ErrSource) {
		return fieldFault(err, source.ErrSource)
	} else if err != nil {
		return err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	s.json(w, status, asked)
	return nil
}

// dropSource answers DELETE /v1/admin/sources/{id}.
func (s *server) dropSource(w http.ResponseWriter, r *http.Request) error {
	if err := s.sources.Delete(r.Context(), r.PathValue("id")); err != nil {
		return sourceFault(err)
	}
	return s.sourceList(w, r)
}

// runSource answers POST /v1/admin/sources/{id}/run, without waiting for what comes of it.
func (s *server) runSource(w http.ResponseWriter, r *http.Request) error {
	if err := s.sources.Run(r.PathValue("id")); err != nil {
		return sourceFault(err)
	}
	s.json(w, http.StatusAccepted, map[string]any{"id": r.PathValue("id"), "asked": true})
	return nil
}

func sourceFault(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return refuse(http.StatusNotFound, "id", "is none of the sources")
	}
	return err
}
