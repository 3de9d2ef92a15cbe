package observe

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
)

// RequestHeader names a request: as its sender does, or as the house does.
const RequestHeader = "X-Request-Id"

// IsRequestID reports whether a sender's name of a request may stand in our log: 1 to 64 letters, digits, dots, dashes and underscores.
func IsRequestID(id string) bool {
	return len(id) > 0 && len(id) <= 64 && strings.IndexFunc(id, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.')
	}) < 0
}

type requestKey struct{}

// Named gives every request the name that its sender gave it, where that may stand in our log, or a new one: in its header, in that of the answer, and
// in its context, from which Logs has it.
func Named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(RequestHeader)
		if !IsRequestID(id) {
			id = rand.Text()
			r.Header.Set(RequestHeader, id)
		}
		w.Header().Set(RequestHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

// Logs has lines that are logged with a context say which request they are of ("request") and, where it is traced, of which trace ("trace").
func Logs(h slog.Handler) slog.Handler { return logs{h} }

type logs struct{ slog.Handler }

// Handle implements slog.Handler.
func (l logs) Handle(ctx context.Context, line slog.Record) error {
	if id, named := ctx.Value(requestKey{}).(string); named {
		told := false
		line.Attrs(func(a slog.Attr) bool {
			told = a.Key == "request"
			return !told
		})
		line = line.Clone()
		if !told {
			line.AddAttrs(slog.String("request", id))
		}
		if trace := From(ctx).Trace(); trace != "" {
			line.AddAttrs(slog.String("trace", trace))
		}
	}
	return l.Handler.Handle(ctx, line)
}

// WithAttrs implements slog.Handler.
func (l logs) WithAttrs(attrs []slog.Attr) slog.Handler { return logs{l.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (l logs) WithGroup(name string) slog.Handler { return logs{l.Handler.WithGroup(name)} }
