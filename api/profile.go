package api

import (
	"context"
	"io"
	"net/http"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"time"
)

// profileDoor is for who runs the process, not for programs of others: openapi.json does not tell of it.
var profileDoor = route{method: "GET", path: "/debug/pprof/{name}", access: secret}

// longest is how long a profile over time may be asked for, in seconds. It must end before the server gives the answer up (Server).
var longest = map[string]int{"profile": 30, "trace": 10}

// profile answers GET /debug/pprof/{name}: a profile of the process, as `go tool pprof` reads it, or a trace for `go tool trace`. That of the command
// line is not there: it may hold keys. Profiles hold names of functions and counts, nothing of what the memory holds.
func (s *server) profile(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	most, lasting := longest[name]
	of := pprof.Lookup(name)
	if !lasting && of == nil {
		return refuse(http.StatusNotFound, "", "no such profile")
	}
	seconds := min(most, 5)
	if asked := r.FormValue("seconds"); asked != "" && lasting {
		n, err := strconv.Atoi(asked)
		if err != nil || n < 1 || n > most {
			return refuse(http.StatusBadRequest, "seconds", "must be a number from 1 to "+strconv.Itoa(most))
		}
		seconds = n
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h["Cache-Control"] = noStore
	if !lasting {
		return of.WriteTo(w, 0)
	}
	start, stop := pprof.StartCPUProfile, pprof.StopCPUProfile
	if name == "trace" {
		start, stop = trace.Start, trace.Stop
	}
	return during(r.Context(), w, time.Duration(seconds)*time.Second, start, stop)
}

// during has something written for a time, or until nobody waits for it any more.
func during(ctx context.Context, w io.Writer, length time.Duration, start func(io.Writer) error, stop func()) error {
	if err := start(w); err != nil {
		return refuse(http.StatusConflict, "", "another is being made: try again")
	}
	defer stop()
	end := time.NewTimer(length)
	defer end.Stop()
	select {
	case <-end.C:
	case <-ctx.Done():
	}
	return nil
}
