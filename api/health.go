package api

import (
	_ "embed"
	"fmt"
	"net/http"
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

// ready answers GET /readyz: events can be kept, and whether there is a brand, by which decisions are taken. A house without one is ready, too: it is
// at the console that it gets one, and whoever asks before sending anybody there would never send anybody.
func (s *server) ready(w http.ResponseWriter, r *http.Request) error {
	if err := s.engine.Writable(r.Context()); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, fmt.Appendf(nil, `{"status":"ready","brand":%t}`, s.engine.Plan() != nil))
	return nil
}
