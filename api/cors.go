package api

import (
	"net/http"
	"strings"
)

// preflight answers a browser that asks whether a page may call a door. Pages of any origin may: what
// lets them in is their key, which the page itself carries, never a cookie.
func preflight(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "POST, GET")
	if asked := r.Header.Get("Access-Control-Request-Headers"); isHeaderList(asked) {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Vary", "Access-Control-Request-Headers")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// isHeaderList reports whether s is a list of header names, short enough to repeat.
func isHeaderList(s string) bool {
	return s != "" && len(s) <= 1024 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_, ") == ""
}
