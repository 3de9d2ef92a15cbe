package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/observe"
)

// wrap gives a route what every door has: a request id, security headers, a time limit, the key it
// asks for, an answer whatever goes wrong, a measurement and a line in the log.
func (s *server) wrap(rt route) http.Handler {
	door := s.doors.Door(rt.area(), rt.pattern())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.now()
		a := &answer{Answer: observe.Answer{ResponseWriter: w}}
		id := s.nameRequest(a, r)
		r, span := door.Begin(r)
		defer func() {
			took := s.now().Sub(start)
			door.Answered(r.Method, a.Status, took)
			span.Answered(a.Status)
			s.logAnswer(r.Context(), rt, a.Status, took, id)
		}()
		defer s.recovered(a, r)
		if rt.timeout > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), rt.timeout)
			defer cancel()
			r = r.WithContext(ctx)
		}
		a.Header()["X-Content-Type-Options"] = noSniff
		if rt.access == browser {
			a.Header()["Access-Control-Allow-Origin"] = anyOrigin
		}
		r, err := s.admit(rt, r)
		if err == nil {
			err = rt.serve(a, r)
		}
		if err != nil {
			s.fail(a, r, err)
		}
	})
}

// admit lets a request through a door, who it is of known, or says why not.
func (s *server) admit(rt route, r *http.Request) (*http.Request, error) {
	if rt.access == open || rt.access == browser || rt.access == inside && fromThisHost(r) {
		return r, nil
	}
	key, err := s.headerKey(r)
	u, session := access.UserOf(r.Context())
	closed := func(ctx context.Context, err error) (*http.Request, error) {
		access.Closed(ctx, rt.pattern())
		return r, err
	}
	switch {
	case err != nil:
		return closed(r.Context(), err)
	case key == nil && !session:
		return closed(r.Context(), errKey)
	case key == nil:
		if err := s.origin.Check(r); err != nil {
			return closed(r.Context(), refuse(http.StatusForbidden, "", "a session is good for pages of this host only"))
		}
	case key.Kind != SecretKey:
		return closed(access.Mine(r.Context(), key.user()), refuse(http.StatusForbidden, "", "needs a secret key"))
	default:
		u = key.user()
	}
	right := rt.right()
	if u.Owes {
		return closed(access.Mine(r.Context(), u), refuse(http.StatusForbidden, "", "a second factor is asked of everybody: set yours up in the console"))
	}
	if !u.May(right) {
		return closed(access.Mine(r.Context(), u), refuse(http.StatusForbidden, "", "the role "+string(u.Role)+" does not open this door: it needs the right \""+string(right)+"\""))
	}
	ctx := access.Mine(r.Context(), u)
	if right != access.See { // who only sees changes nothing, by whichever method they ask
		access.Did(ctx, rt.pattern(), subjectOf(rt, r))
	}
	return r.WithContext(ctx), nil
}

// fromThisHost reports whether a request was made on this host, and not passed on by a proxy that runs on it.
func fromThisHost(r *http.Request) bool {
	for _, passedOn := range [...]string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} {
		if r.Header.Get(passedOn) != "" {
			return false
		}
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

// recovered answers for a handler that panicked. The value of the panic may quote what came in, so only
// its type and the stack are logged.
func (s *server) recovered(a *answer, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	s.log.ErrorContext(r.Context(), "handler panicked", "door", r.Pattern,
		"cause", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
	if a.Status == 0 {
		s.json(a, http.StatusInternalServerError, failure{Errors: []problem{{wholeRequest, "", "internal error"}}})
	}
}

// nameRequest gives a request the id its sender gave it, or a new one, and puts it on the answer.
func (s *server) nameRequest(a *answer, r *http.Request) string {
	id := r.Header.Get(observe.RequestHeader)
	if !observe.IsRequestID(id) {
		id = s.newRequestID()
	}
	a.id[0] = id
	a.Header()[observe.RequestHeader] = a.id[:]
	r.Header[observe.RequestHeader] = a.id[:]
	return id
}

func requestID(r *http.Request) string { return r.Header.Get(observe.RequestHeader) }

// logAnswer writes one line about a request and nothing of what it carried: the door, not the path.
// Doors that answer crowds are quiet unless something broke.
func (s *server) logAnswer(ctx context.Context, rt route, status int, took time.Duration, id string) {
	level := slog.LevelDebug
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelWarn
	case rt.access == secret:
		level = slog.LevelInfo
	}
	if !s.log.Enabled(ctx, level) {
		return
	}
	s.log.LogAttrs(ctx, level, "request", slog.String("door", rt.pattern()), slog.Int("status", status),
		slog.Duration("took", took), slog.String("request", id))
}

// answer is what a door writes to.
type answer struct {
	observe.Answer
	id [1]string // the value of its X-Request-Id
}
