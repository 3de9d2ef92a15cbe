package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/aparte-dev/aparte/engine"
)

// backup answers GET /v1/admin/backup: everything there is, as a tar archive of the store's files at one instant. One at a time is made. What
// breaks off lacks its last file, the checksums.
func (s *server) backup(w http.ResponseWriter, r *http.Request) error {
	if s.backUp == nil {
		return refuse(http.StatusNotImplemented, "", "this store is backed up by its own tools")
	}
	select {
	case s.backing <- struct{}{}:
	default:
		return engine.ErrBusy
	}
	defer func() { <-s.backing }()
	out := &begun{to: unhurried{w, http.NewResponseController(w)}}
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = []string{"application/x-tar"}, noStore
	h.Set("Content-Disposition", `attachment; filename="aparte-`+s.now().UTC().Format("20060102T150405Z")+`.tar"`)
	err := s.backUp(r.Context(), out)
	switch {
	case err != nil && !out.yes:
		h.Del("Content-Disposition")
		return fmt.Errorf("backup: %w", err)
	case err != nil: // the answer has begun: it ends without its last file
		s.log.ErrorContext(r.Context(), "backup broke off", "request", requestID(r), "error", err)
		panic(http.ErrAbortHandler)
	}
	s.log.InfoContext(r.Context(), "backed up", "request", requestID(r), "at", s.now().UTC().Format(time.RFC3339))
	return nil
}

// begun tells whether an answer has begun.
type begun struct {
	to  unhurried
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.to.Write(p)
}
