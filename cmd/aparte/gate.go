package main

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// gate stands before the doors while the house is being made ready: whoever comes is told to come again,
// instead of waiting for an answer. The zero value is closed.
type gate struct{ doors atomic.Pointer[http.Handler] }

func (g *gate) open(doors http.Handler) { g.doors.Store(&doors) }

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if doors := g.doors.Load(); doors != nil {
		(*doors).ServeHTTP(w, r)
		return
	}
	status, kind, body := http.StatusServiceUnavailable, "application/json", startingDocument
	switch {
	case r.URL.Path == "/healthz": // the process lives; /readyz tells that it is not ready
		status, body = http.StatusOK, `{"status":"ok"}`
	case r.Method == http.MethodGet && (r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/console/")):
		kind, body = "text/html; charset=utf-8", startingPage
		sum := sha256.Sum256([]byte(startingStyle))
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the caller has gone
}

// What a closed gate says: to machines the body of every failure of the doors, to people a page that
// asks again by itself.
const (
	startingDocument = `{"success":false,"errors":[{"index":-1,"field":"","message":"is starting: try again"}]}`
	startingStyle    = `body{font:1.1rem/1.5 system-ui,sans-serif;display:grid;place-content:center;min-height:90vh;text-align:center}h1{font-weight:600}`
	startingPage     = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Aparté</title><style>` + startingStyle + `</style>
<body><h1>Aparté</h1><p role="status">Getting ready. This page opens by itself.<br><span lang="fr">Préparation en cours. Cette page s’ouvrira d’elle-même.</span></p></body></html>
`
)
