package api

import "net/http"

// noDoor answers where none of the known doors is, or none of this method, with the body that every
// failure has: a mux's own answer is plain text. It is asked only then, so that requests that find their
// door are looked up once.
func noDoor(known *http.ServeMux) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		plain := muxAnswer{header: http.Header{}}
		known.ServeHTTP(&plain, r)
		if plain.status == http.StatusMethodNotAllowed {
			w.Header()["Allow"] = plain.header["Allow"]
			return refuse(http.StatusMethodNotAllowed, "", "this door has other methods: see Allow")
		}
		return refuse(http.StatusNotFound, "", "there is no such door: see /openapi.json")
	}
}

// muxAnswer is what a mux says of a request that it has no handler for, but for the body.
type muxAnswer struct {
	header http.Header
	status int
}

func (a *muxAnswer) Header() http.Header         { return a.header }
func (a *muxAnswer) WriteHeader(status int)      { a.status = status }
func (a *muxAnswer) Write(b []byte) (int, error) { return len(b), nil }
