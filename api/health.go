package api

import (
	_ "embed"
	"net/http"

	"github.com/aparte-dev/aparte/engine"
)

//go:embed openapi.json
var openapiDocument []byte

// openapi answers GET /openapi.json.
func (s *server) openapi(w http.ResponseWriter, _ *http.Request) error {
	w.Header()["Access-Control-Allow-Origin"] = anyOrigin
	writeJSON(w, http.StatusOK, openapiDocument)
	return nil
}

// healthy answers GET /healthz: the process is there.
func healthy(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, []byte(`{"status":"ok"}`))
	return nil
}

// ready answers GET /readyz: decisions can be taken, and events be kept.
func (s *server) ready(w http.ResponseWriter, r *http.Request) error {
	if s.engine.Plan() == nil {
		return engine.ErrNoBrand
	}
	if err := s.engine.Writable(r.Context()); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, []byte(`{"status":"ready"}`))
	return nil
}
