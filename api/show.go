package api

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// show answers GET /x/{token}.{png,jpg,gif,html,json}: a slot of a message, decided at this instant. A mail
// client must never show a broken image, so that a picture comes whatever happens; only an address that
// is not ours is 404, and even that is a picture of nothing.
func (s *server) show(w http.ResponseWriter, r *http.Request) error {
	token, format, ok := splitFile(r.PathValue("file"))
	if !ok {
		writePicture(w, http.StatusNotFound, nothing)
		return nil
	}
	p, err := s.engine.Show(r.Context(), token, fetchOf(r, format))
	return s.answerPicture(w, r, p, format, err)
}

// showSlot answers GET /x/slot/{slot}/{userId}.{png,jpg,gif,html,json}?key=WRITEKEY: an address with a merge
// field, for an e-mail template that knows nothing of Aparté.
func (s *server) showSlot(w http.ResponseWriter, r *http.Request) error {
	id, format, ok := splitFile(r.PathValue("file"))
	who, known := slotPerson(id)
	if !ok || !known || !isSlotName(r.PathValue("slot")) {
		writePicture(w, http.StatusNotFound, nothing)
		return nil
	}
	if s.key(r.URL.Query().Get("key")) == nil {
		writePicture(w, http.StatusUnauthorized, nothing)
		return nil
	}
	p, err := s.engine.ShowSlot(r.Context(), who, r.PathValue("slot"), fetchOf(r, format))
	return s.answerPicture(w, r, p, format, err)
}

// slotPerson is whom a drop-in address is for.
func slotPerson(userID string) (aparte.Identifier, bool) {
	userID = strings.TrimSpace(userID)
	return aparte.Identifier{Kind: aparte.KindUserID, Value: userID}, userID != "" && len(userID) <= maxText
}

// isSlotName reports whether a slot can be called so. Answers repeat it, and what is no UTF-8 cannot stand in JSON.
func isSlotName(slot string) bool {
	return slot != "" && len(slot) <= maxSlotName && utf8.ValidString(slot)
}

// splitFile takes the format off a file name. An address without one is a picture's.
func splitFile(file string) (name string, format engine.Format, ok bool) {
	dot := strings.LastIndexByte(file, '.')
	if dot < 0 {
		return file, engine.PNG, file != ""
	}
	format = engine.Format(file[dot+1:])
	switch format {
	case engine.PNG, engine.JPEG, engine.GIF, engine.WebP, engine.HTML, engine.JSON, engine.MP4:
		return file[:dot], format, dot > 0
	}
	return "", engine.PNG, false
}

// fetchOf is what the engine wants to know of a fetch. scale=2 asks for a picture for dense screens.
func fetchOf(r *http.Request, format engine.Format) engine.Fetch {
	f := engine.Fetch{
		Format: format, UserAgent: r.UserAgent(), Head: r.Method == http.MethodHead, Prefetch: isPrefetch(r.Header), Scale: 1,
	}
	if r.URL.Query().Get("scale") == "2" {
		f.Scale = 2
	}
	return f
}

// isPrefetch reports whether a request says that nobody looks at what it asks for yet: browsers and viewers say so
// in one of these headers.
func isPrefetch(h http.Header) bool {
	for _, name := range [...]string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if v := strings.ToLower(h.Get(name)); strings.HasPrefix(v, "prefetch") || strings.HasPrefix(v, "preview") {
			return true
		}
	}
	return false
}

func (s *server) answerPicture(w http.ResponseWriter, r *http.Request, p engine.Picture, format engine.Format, err error) error {
	if elsewhere := new(engine.Elsewhere); errors.As(err, &elsewhere) {
		return err
	}
	status := http.StatusOK
	if err != nil {
		p = nothing
		if format == engine.JSON {
			p = engine.Picture{ContentType: "application/json", Body: []byte(`{"silent":true}`)}
		}
	}
	switch {
	case errors.Is(err, engine.ErrToken):
		status = http.StatusNotFound
	case err != nil:
		s.log.ErrorContext(r.Context(), "slot shows nothing", "request", requestID(r), "error", err)
	}
	if format == engine.MP4 {
		leadToFilm(w, p, status)
		return nil
	}
	if format == engine.HTML {
		w.Header().Set("Content-Security-Policy",
			"default-src 'none'; img-src * data:; media-src *; style-src 'unsafe-inline'; font-src *; base-uri 'none'; form-action 'self'")
	}
	if p.Spared != "" {
		s.metrics.spared.WithLabelValues(p.Spared).Inc()
	}
	if status == http.StatusOK {
		tag := `"` + strconv.FormatUint(xxhash.Sum64(p.Body), 36) + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag { // somebody kept it, though nobody should: no need to send it again
			setPictureHeaders(w.Header())
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	writePicture(w, status, p)
	return nil
}

// leadToFilm leads to where a film is, or says that it is not there yet, or not at all: a player goes on showing the poster.
func leadToFilm(w http.ResponseWriter, p engine.Picture, status int) {
	h := w.Header()
	setTokenHeaders(h)
	h["Cache-Control"] = noStore
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	switch {
	case p.Film != "":
		h.Set("Location", p.Film)
		w.WriteHeader(http.StatusFound)
	case p.Making:
		h.Set("Retry-After", "2")
		h.Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprintf(w, `{"making":true,"made":%.2f}`, p.Made) // the caller has gone
	case status == http.StatusOK:
		w.WriteHeader(http.StatusNotFound)
	default:
		w.WriteHeader(status)
	}
}

// film answers GET /film/{file}: a film that was made, or a part of it. Its address is a key, and what it shows never changes.
func (s *server) film(w http.ResponseWriter, r *http.Request) error {
	key, isFilm := strings.CutSuffix(r.PathValue("file"), ".mp4")
	file, there := s.engine.Film(key)
	if !isFilm || !there {
		http.NotFound(w, r)
		return nil
	}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) { // it went meanwhile
		http.NotFound(w, r)
		return nil
	}
	if err != nil {
		return fmt.Errorf("film: %w", err)
	}
	defer f.Close()
	h := w.Header()
	setTokenHeaders(h)
	h.Set("Content-Type", "video/mp4")
	h.Set("Cache-Control", "private, max-age=86400, immutable")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

func writePicture(w http.ResponseWriter, status int, p engine.Picture) {
	h := w.Header()
	h.Set("Content-Type", p.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(p.Body)))
	setPictureHeaders(h)
	w.WriteHeader(status)
	_, _ = w.Write(p.Body) // the caller has gone
}

func setPictureHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store, private")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
	setTokenHeaders(h)
}

// setTokenHeaders keeps an address that is a key from being told on, or listed.
func setTokenHeaders(h http.Header) {
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

// nothing is a transparent picture of one pixel.
var nothing = engine.Picture{ContentType: "image/png", Body: mustBase64(
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII=")}

func mustBase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err) // a constant
	}
	return b
}

// click answers GET /c/{token}: on to what was shown, and remembered as a click.
func (s *server) click(w http.ResponseWriter, r *http.Request) error {
	if probed(w, r) {
		return nil
	}
	location, err := s.engine.Click(r.Context(), r.PathValue("token"))
	return s.leadOn(w, r, location, err)
}

// shared answers GET /r/{token}: a friend on the way to what somebody shared.
func (s *server) shared(w http.ResponseWriter, r *http.Request) error {
	if probed(w, r) {
		return nil
	}
	location, err := s.engine.SharedLink(r.Context(), r.PathValue("token"))
	return s.leadOn(w, r, location, err)
}

// clickSlot answers GET /c/slot/{slot}/{userId}?key=WRITEKEY.
func (s *server) clickSlot(w http.ResponseWriter, r *http.Request) error {
	who, known := slotPerson(r.PathValue("userId"))
	if !known || !isSlotName(r.PathValue("slot")) {
		return s.leadOn(w, r, "", engine.ErrToken)
	}
	if s.key(r.URL.Query().Get("key")) == nil {
		return errKey
	}
	if probed(w, r) {
		return nil
	}
	location, err := s.engine.ClickSlot(r.Context(), who, r.PathValue("slot"))
	return s.leadOn(w, r, location, err)
}

// probed answers HEAD, by which machines look where a link leads: it is nobody's click.
func probed(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodHead {
		return false
	}
	setTokenHeaders(w.Header())
	w.Header()["Cache-Control"] = noStore
	w.WriteHeader(http.StatusNoContent)
	return true
}

// leadOn sends a visitor on. The page they land on is not told the address they came by: it is theirs
// alone.
func (s *server) leadOn(w http.ResponseWriter, r *http.Request, location string, err error) error {
	if err != nil && !errors.Is(err, engine.ErrToken) {
		return err
	}
	u, parseErr := url.Parse(location)
	if err != nil || parseErr != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return s.page(w, r, http.StatusNotFound, deadLinkPage)
	}
	h := w.Header()
	setTokenHeaders(h)
	h["Cache-Control"] = noStore
	h.Set("Location", u.String())
	w.WriteHeader(http.StatusFound)
	return nil
}
