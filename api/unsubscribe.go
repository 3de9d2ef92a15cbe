package api

import (
	"errors"
	"io"
	"net/http"

	"github.com/aparte-dev/aparte/engine"
)

// askUnsubscribe answers GET /u/{token} with a page of one button. Machines follow links in mails: only
// a POST closes a channel.
func (s *server) askUnsubscribe(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.engine.TokenPerson(r.PathValue("token")); err != nil {
		return s.page(w, r, http.StatusNotFound, deadLinkPage)
	}
	return s.page(w, r, http.StatusOK, askPage)
}

// unsubscribe answers POST /u/{token}: from the page's button, or from a mail client that was told
// List-Unsubscribe-Post (RFC 8058), which sends List-Unsubscribe=One-Click, no cookies, and follows no
// redirect. The token says everything, so that the body is read and left.
func (s *server) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxForm)) // what a broken body would say does not matter
	err := s.engine.Unsubscribe(r.Context(), r.PathValue("token"))
	switch {
	case errors.Is(err, engine.ErrToken):
		return s.page(w, r, http.StatusNotFound, deadLinkPage)
	case err != nil:
		return err
	}
	return s.page(w, r, http.StatusOK, donePage)
}
