package api

import (
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
)

// askAgain answers GET /a/{token} with the question on a page of its own. Links in mails lead here, ?v= being the choice that
// was followed; machines follow them too, so that only a POST answers.
func (s *server) askAgain(w http.ResponseWriter, r *http.Request) error {
	q, err := s.engine.Question(r.Context(), r.PathValue("token"))
	switch {
	case errors.Is(err, engine.ErrToken):
		return s.page(w, r, http.StatusNotFound, deadLinkPage)
	case err != nil:
		return err
	}
	return s.questionPage(w, r, http.StatusOK, &q, "")
}

// answer answers POST /a/{token}: from the form in a slot or on the question's page. A script that says Accept:
// application/json gets words to put in the form's place, a browser without one gets a page.
func (s *server) answer(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Access-Control-Allow-Origin", "*") // the token is the key: no cookie comes along
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return refuse(http.StatusBadRequest, "body", "must be a form of at most 4096 bytes")
	}
	q, err := s.engine.Answer(r.Context(), r.PathValue("token"), engine.Given{
		Answer: r.PostForm.Get("answer"), Refused: r.PostForm.Get("refused") != "", From: placeOf(r),
	})
	scripted := strings.Contains(r.Header.Get("Accept"), "application/json")
	status, kind := outcomeOf(err)
	switch {
	case status == 0:
		return err
	case kind == deadLinkPage && !scripted:
		return s.page(w, r, status, kind)
	case scripted:
		s.scripted(w, r, status, kind, &q)
		return nil
	case err == nil:
		return s.thanksPage(w, r, &q)
	}
	return s.questionPage(w, r, status, &q, s.words(r, &q, kind).Text)
}

// outcomeOf is how an answer is answered; status 0: it is a fault.
func outcomeOf(err error) (status int, kind pageKind) {
	switch {
	case err == nil:
		return http.StatusOK, thanksPage
	case errors.Is(err, engine.ErrToken):
		return http.StatusNotFound, deadLinkPage
	case errors.Is(err, engine.ErrAnswer):
		return http.StatusUnprocessableEntity, noAnswerPage
	case errors.Is(err, engine.ErrOften):
		return http.StatusTooManyRequests, tooOftenPage
	case errors.Is(err, engine.ErrUnsent):
		return http.StatusServiceUnavailable, unsentPage
	}
	return 0, ""
}

// scripted is the answer to a script: what to say in the form's place, or above it.
func (s *server) scripted(w http.ResponseWriter, r *http.Request, status int, kind pageKind, q *compose.Question) {
	w.Header()["Cache-Control"] = noStore
	var said struct {
		Thanks  string `json:"thanks,omitempty"`
		Problem string `json:"problem,omitempty"`
	}
	if said.Thanks = q.Thanks; status != http.StatusOK {
		said.Thanks, said.Problem = "", s.words(r, q, kind).Text
	}
	s.json(w, status, said)
}

// words are a page's words in the language of a question, or of the reader where there is none.
func (s *server) words(r *http.Request, q *compose.Question, kind pageKind) pageData {
	lang := s.language(r)
	if q.Language != "" {
		lang = languageIn(q.Language)
	}
	data := pageWords[lang][kind]
	data.Lang = lang
	return data
}

func (s *server) questionPage(w http.ResponseWriter, r *http.Request, status int, q *compose.Question, wrong string) error {
	data := s.words(r, q, thanksPage)
	data.Title, data.Text, data.Question, data.Wrong = q.Legend, "", q, wrong
	if n, err := strconv.Atoi(r.URL.Query().Get("v")); err == nil && n >= 1 && n <= len(q.Choices) {
		data.Chosen = q.Choices[n-1].Value
	}
	data.Refusing = r.URL.Query().Get("refused") != ""
	if r.Method == http.MethodPost {
		data.Given = r.PostForm.Get("answer")
	}
	return s.writePage(w, status, data)
}

func (s *server) thanksPage(w http.ResponseWriter, r *http.Request, q *compose.Question) error {
	data := s.words(r, q, thanksPage)
	data.Title = q.Thanks
	return s.writePage(w, http.StatusOK, data)
}

// askToConfirm answers GET /v/{token}, the link of a mail to an address that somebody gave, with a page of one button.
func (s *server) askToConfirm(w http.ResponseWriter, r *http.Request) error {
	if s.engine.Confirmable(r.PathValue("token")) != nil {
		return s.page(w, r, http.StatusNotFound, deadLinkPage)
	}
	return s.page(w, r, http.StatusOK, confirmPage)
}

// confirm answers POST /v/{token}, from the page's button.
func (s *server) confirm(w http.ResponseWriter, r *http.Request) error {
	err := s.engine.Confirm(r.Context(), r.PathValue("token"))
	switch {
	case errors.Is(err, engine.ErrToken):
		return s.page(w, r, http.StatusNotFound, deadLinkPage)
	case err != nil:
		return err
	}
	return s.page(w, r, http.StatusOK, confirmedPage)
}

// placeOf is where a request comes from, by which it is told how often one place gives addresses: an IPv4 address, or the 64
// bits of an IPv6 one that a connection has to itself. Behind a proxy of the same network it is what the proxy says.
func placeOf(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	at := from.Addr().Unmap()
	if at.IsLoopback() || at.IsPrivate() {
		passed := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if told, err := netip.ParseAddr(strings.TrimSpace(passed[len(passed)-1])); err == nil {
			at = told.Unmap()
		}
	}
	if at.Is6() {
		if net, err := at.Prefix(64); err == nil {
			return net.String()
		}
	}
	return at.String()
}
