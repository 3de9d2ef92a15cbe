package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

const ndjson = "application/x-ndjson"

// progress are the lines of an answer that takes its time: one for each hundredth that is done. The nil progress has not begun.
type progress struct {
	to      http.ResponseWriter
	asked   bool // somebody accepts lines
	percent int  // told last
	written bool
}

// progressOf lets an answer take so long, and tells how far it is where that is asked for.
func (s *server) progressOf(w http.ResponseWriter, r *http.Request, most time.Duration) *progress {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(most + adminTimeout)) // of the machine's own clock; where there is a connection
	return &progress{to: w, asked: strings.Contains(r.Header.Get("Accept"), ndjson)}
}

func (p *progress) tell(done, total int) {
	if !p.asked {
		return
	}
	if now := 100 * done / max(total, 1); now > p.percent {
		p.percent = now
		p.line(map[string]float64{"done": float64(now) / 100})
	}
}

func (p *progress) line(what any) {
	body, err := json.Marshal(what)
	if err != nil {
		return // documents are ours
	}
	if !p.written {
		p.written = true
		p.to.Header()["Content-Type"] = []string{ndjson}
		p.to.Header()["Cache-Control"] = noStore
	}
	_, _ = p.to.Write(append(body, '\n')) // the caller has gone: the request's context says so
	_ = http.NewResponseController(p.to).Flush()
}

// end answers with what was found, in the last line where lines were asked for, or with what is wrong.
func (s *server) end(r *http.Request, p *progress, err error, found func() any) error {
	switch {
	case err != nil && p.written:
		p.line(map[string]any{"errors": s.refusalOf(r, err).problems})
	case err != nil:
		if faults := faultsIn(err); len(faults) > 0 {
			return s.faulty(p.to, faults)
		}
		return err
	case p.asked:
		p.line(map[string]any{"found": found()})
	default:
		s.json(p.to, http.StatusOK, found())
	}
	return nil
}
