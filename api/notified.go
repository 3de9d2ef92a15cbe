package api

import (
	"errors"
	"io"
	"net/http"

	"github.com/aparte-dev/aparte/engine"
)

// notified answers POST /n/{token}/{fate}: from a service worker or an app, which is told of it by the notification itself. The
// token says everything, so that the body is read and left, and a page's origin does not matter.
func (s *server) notified(w http.ResponseWriter, r *http.Request) error {
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxForm)) // what a broken body would say does not matter
	err := s.engine.Notified(r.Context(), r.PathValue("token"), r.PathValue("fate"))
	switch {
	case errors.Is(err, engine.ErrToken), errors.Is(err, engine.ErrFate):
		w.WriteHeader(http.StatusNotFound)
		return nil
	case err != nil:
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
