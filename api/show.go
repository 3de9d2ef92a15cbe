package api

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// show answers GET /x/{token}.{png,html,json}: a slot of a message, decided at this instant. A mail
// client must never show a broken image, so that a picture comes whatever happens; only an address that
// is not ours is 404, and even that is a picture of nothing.
func (s *server) show(w http.ResponseWriter, r *http.Request) error {
	token, format, ok := splitFile(r.PathValue("file"))
	if !ok {
		writePicture(w, http.StatusNotFound, nothing)
		return nil
	}
	p, err := s.engine.Show(r.Context(), token, fetchOf(r, format))
	s.answerPicture(w, r, p, format, err)
	return nil
}

// showSlot answers GET /x/slot/{slot}/{userId}.{png,html,json}?key=WRITEKEY: an address with a merge
// field, for an e-mail template that knows nothing of Aparté.
func (s *server) showSlot(w http.ResponseWriter, r *http.Request) error {
	id, format, ok := splitFile(r.PathValue("file"))
	who, known := slotPerson(id)
	if !ok || !known || !isSlotName(r.PathValue("slot")) {
		writePicture(w, http.StatusNotFound, nothing)
		return nil
	}
	if s.keys.find(r.URL.Query().Get("key")) == nil {
		writePicture(w, http.StatusUnauthorized, nothing)
		return nil
	}
	p, err := s.engine.ShowSlot(r.Context(), who, r.PathValue("slot"), fetchOf(r, format))
	s.answerPicture(w, r, p, format, err)
	return nil
}

// slotPerson is whom a drop-in address is for.
func slotPerson(userID string) (aparte.Identifier, bool) {
	userID = strings.TrimSpace(userID)
	return aparte.Identifier{Kind: aparte.KindUserID, Value: userID}, userID != "" && len(userID) <= maxText
}

func isSlotName(slot string) bool { return slot != "" && len(slot) <= maxSlotName }

// splitFile takes the format off a file name. An address without one is a picture's.
func splitFile(file string) (name string, format engine.Format, ok bool) {
	dot := strings.LastIndexByte(file, '.')
	if dot < 0 {
		return file, engine.PNG, file != ""
	}
	format = engine.Format(file[dot+1:])
	switch format {
	case engine.PNG, engine.HTML, engine.JSON:
		return file[:dot], format, dot > 0
	}
	return "", engine.PNG, false
}

// fetchOf is what the engine wants to know of a fetch. scale=2 asks for a picture for dense screens.
func fetchOf(r *http.Request, format engine.Format) engine.Fetch {
	f := engine.Fetch{Format: format, UserAgent: r.UserAgent(), Head: r.Method == http.MethodHead, Scale: 1}
	if r.URL.Query().Get("scale") == "2" {
		f.Scale = 2
	}
	return f
}

func (s *server) answerPicture(w http.ResponseWriter, r *http.Request, p engine.Picture, format engine.Format, err error) {
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
	if format == engine.HTML {
		w.Header().Set("Content-Security-Policy",
			"default-src 'none'; img-src * data:; style-src 'unsafe-inline'; font-src *; base-uri 'none'; form-action 'self'")
	}
	writePicture(w, status, p)
}

func writePicture(w http.ResponseWriter, status int, p engine.Picture) {
	h := w.Header()
	h.Set("Content-Type", p.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(p.Body)))
	h.Set("Cache-Control", "no-store, private")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
	setTokenHeaders(h)
	w.WriteHeader(status)
	_, _ = w.Write(p.Body) // the caller has gone
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
	if s.keys.find(r.URL.Query().Get("key")) == nil {
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
