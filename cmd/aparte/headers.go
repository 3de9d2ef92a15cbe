package main

import (
	"net/http"
	"strings"
)

// guarded gives every answer the headers that hold for the whole house; a door that needs another says so itself. Browsers that once came by
// HTTPS are told to come by it for a year: without the domains below, which are the brand's. What a page may run, each page says.
func guarded(baseURL string, next http.Handler) http.Handler {
	secure := strings.HasPrefix(baseURL, "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()")
		if secure || r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
