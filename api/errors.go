package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// problem is what is wrong with one field of what came in. Its message never repeats the value: it may
// be personal.
type problem struct {
	Index   int    `json:"index"`   // of the event in its batch; 0 where there is one; wholeRequest
	Field   string `json:"field"`   // as it is spelled on the wire, such as "person.email"
	Message string `json:"message"` // lower case, in English
}

// wholeRequest is the index of a problem that is not one event's.
const wholeRequest = -1

func (p *problem) Error() string { return p.Field + ": " + p.Message }

// refusal is a request that cannot be served, and the status that says so.
type refusal struct {
	status   int
	problems []problem
	repeated []int // see failure
}

func (r *refusal) Error() string { return http.StatusText(r.status) }

func refuse(status int, field, message string) *refusal {
	return &refusal{status: status, problems: []problem{{wholeRequest, field, message}}}
}

// failure is the body of every answer that is not a success.
type failure struct {
	Success  bool      `json:"success"`
	Errors   []problem `json:"errors"`
	Repeated []int     `json:"repeated,omitempty"` // of /v1/import: the places of events that were there before
}

// ElsewhereHeader is of an answer 421 (RFC 9110, 15.5.20): the part whose node is to be asked instead. Only a request under engine.Movable is answered so.
const ElsewhereHeader = "Aparte-Elsewhere"

// fail answers with what went wrong: a refusal as it says; trouble in the engine as 429 or 503, both of
// which tell a client to come again; anything else as 500.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	refused := s.refusalOf(r, err)
	var over *overdrawn
	if errors.As(err, &over) {
		w.Header().Set("Retry-After", strconv.Itoa(over.seconds))
	} else if refused.status == http.StatusTooManyRequests || refused.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	var elsewhere *engine.Elsewhere
	if errors.As(err, &elsewhere) {
		w.Header().Set(ElsewhereHeader, strconv.Itoa(int(elsewhere.Part)))
	}
	if refused.status == http.StatusUnauthorized {
		// Not Basic: a browser would ask the visitor for a password.
		w.Header().Set("WWW-Authenticate", `Bearer realm="aparte"`)
	}
	s.json(w, refused.status, failure{Errors: refused.problems, Repeated: refused.repeated})
}

func (s *server) refusalOf(r *http.Request, err error) *refusal {
	var refused *refusal
	var one *problem
	var over *overdrawn
	var elsewhere *engine.Elsewhere
	switch {
	case errors.As(err, &elsewhere):
		return refuse(http.StatusMisdirectedRequest, "", "is another node's to answer")
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &one):
		return &refusal{status: http.StatusBadRequest, problems: []problem{*one}}
	case errors.Is(err, errKey):
		return refuse(http.StatusUnauthorized, "writeKey", "unknown key")
	case errors.As(err, &over):
		return refuse(http.StatusTooManyRequests, "writeKey", "has used up what it may send: try again later")
	case errors.Is(err, engine.ErrBusy):
		return refuse(http.StatusTooManyRequests, "", "too much is under way: try again")
	case errors.Is(err, store.ErrFull):
		return refuse(http.StatusServiceUnavailable, "", "the disk is full: nothing is taken in until there is room")
	case errors.Is(err, engine.ErrNoBrand):
		return refuse(http.StatusServiceUnavailable, "", "no brand is published yet")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return refuse(http.StatusServiceUnavailable, "", "took too long: try again")
	}
	s.log.ErrorContext(r.Context(), "request failed", "door", r.Pattern, "request", requestID(r), "error", err)
	return refuse(http.StatusServiceUnavailable, "", "cannot be served now: try again")
}

// fieldFault refuses what was declared for the field that an error names: "KIND: FIELD: what is wrong with it".
func fieldFault(err, kind error) error {
	field, message, _ := strings.Cut(strings.TrimPrefix(err.Error(), kind.Error()+": "), ": ")
	return refuse(http.StatusUnprocessableEntity, field, message)
}

// json answers with a document.
func (s *server) json(w http.ResponseWriter, status int, document any) {
	body, err := json.Marshal(document, jsontext.AllowInvalidUTF8(true)) // what was asked for is repeated, and may be anything
	if err != nil {                                                      // documents are ours: only a value without a JSON form, such as NaN, can do this
		s.log.Error("answer cannot be encoded", "error", err)
		status, body = http.StatusInternalServerError, []byte(`{"success":false,"errors":[]}`)
	}
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Content-Type"] = contentJSON
	h["Cache-Control"] = noStore
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller has gone
}

// Header values shared by all answers; never changed.
var (
	contentJSON = []string{"application/json"}
	noStore     = []string{"no-store"}
	noSniff     = []string{"nosniff"}
	anyOrigin   = []string{"*"}
)
