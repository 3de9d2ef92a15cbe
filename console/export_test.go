package console

import (
	"net/http"

	"github.com/aparte-dev/aparte/access"
)

// Anybody is the right of everybody.
const Anybody = anybody

// Doors are those of a console, each with the right that it declares; empty: none.
func Doors(c Config) (map[string]access.Right, error) {
	s := &console{Config: c}
	mux := &doors{ServeMux: http.NewServeMux(), console: s}
	if err := s.mount(mux); err != nil {
		return nil, err
	}
	of := map[string]access.Right{}
	for _, name := range mux.names {
		of[name] = rights[name]
	}
	return of, nil
}
