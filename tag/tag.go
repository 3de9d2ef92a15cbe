package tag

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"
)

//go:embed tag.js
var source []byte

//go:embed push.js
var worker []byte

// Script is the script's text as it is served: without comments and indentation, which are for those who write it.
func Script() string { return string(lean(source)) }

// lean is a script without the lines that are comments, and without indentation. Ours have no text that goes over several lines.
func lean(script []byte) []byte {
	var out []byte
	for line := range bytes.Lines(script) {
		if line = bytes.TrimSpace(line); len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			out = append(append(out, line...), '\n')
		}
	}
	return out
}

// Handler serves the script, compressed where the browser takes it, under an ETag of its content, so
// that a browser that has it is answered 304.
func Handler() http.Handler { return serve(lean(source)) }

// Worker serves the service worker that shows notifications, as Handler serves the script.
func Worker() http.Handler { return serve(worker) }

func serve(script []byte) http.Handler {
	zipped := compressed(script)
	hash := sha256.Sum256(script)
	digest := base64.RawURLEncoding.EncodeToString(hash[:12])
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		body, tag, zip := script, `"`+digest+`"`, acceptsGzip(r)
		if zip {
			body, tag = zipped, `"`+digest+`-gzip"`
		}
		h := w.Header()
		h.Set("Vary", "Accept-Encoding")
		h.Set("ETag", tag)
		h.Set("Cache-Control", "public, max-age=3600, stale-while-revalidate=86400")
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if matches(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if zip {
			h.Set("Content-Encoding", "gzip")
		}
		_, _ = w.Write(body) // the caller has gone
	})
}

func compressed(b []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = z.Write(b) // to memory
	_ = z.Close()
	return out.Bytes()
}

func acceptsGzip(r *http.Request) bool {
	for one := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, quality, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(coding, "gzip") {
			return strings.TrimSpace(quality) != "q=0"
		}
	}
	return false
}

// matches reports whether a list of entity tags names tag (RFC 9110, section 13.1.2).
func matches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}
