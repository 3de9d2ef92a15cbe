package api

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// maxHeard bounds the body of a reply or a receipt.
const maxHeard = 32 << 10

// replyDocument is a text that somebody wrote back, as a provider's bridge tells it.
type replyDocument struct {
	ID      string    `json:"id"`
	From    string    `json:"from"`
	To      string    `json:"to"`
	Text    string    `json:"text"`
	Message string    `json:"message"` // the decision whose message it answers; empty: not known
	At      time.Time `json:"at"`      // zero: now
}

// replied answers POST /v1/in/sms/replies: somebody wrote back. The same id again changes nothing.
func (s *server) replied(w http.ResponseWriter, r *http.Request) error {
	var doc replyDocument
	if err := s.hear(r, &doc); err != nil {
		return err
	}
	now := s.now().UTC()
	switch {
	case !visible(doc.ID, channel.MaxKey):
		return refuse(http.StatusBadRequest, "/id", "is required: up to 200 visible ASCII characters")
	case doc.From == "" || len(doc.From) > maxText:
		return refuse(http.StatusBadRequest, "/from", "is required: a number in the form of E.164")
	case strings.TrimSpace(doc.Text) == "":
		return refuse(http.StatusBadRequest, "/text", "is required")
	}
	if doc.At.IsZero() || doc.At.After(now) {
		doc.At = now
	}
	return s.noted(w, s.engine.Replied(r.Context(), &channel.Reply{
		Channel: aparte.SMS, ID: doc.ID, From: doc.From, To: doc.To, Key: doc.Message, Text: doc.Text, At: doc.At,
	}))
}

// receiptDocument is what became of a text, as a provider's bridge tells it.
type receiptDocument struct {
	Message   string       `json:"message"`   // the decision; or:
	Address   string       `json:"address"`   // where it went, and
	Reference string       `json:"reference"` // what the provider called it when it took it
	Fate      channel.Fate `json:"fate"`
	Code      int          `json:"code"`
	Reason    string       `json:"reason"`
	Dead      bool         `json:"dead"` // nobody has the number
	At        time.Time    `json:"at"`
}

// receipted answers POST /v1/in/sms/receipts: what became of a text. One that comes before the answer to the message itself is
// asked for again, by 503.
func (s *server) receipted(w http.ResponseWriter, r *http.Request) error {
	var doc receiptDocument
	if err := s.hear(r, &doc); err != nil {
		return err
	}
	switch {
	case doc.Fate != channel.Delivered && doc.Fate != channel.Undelivered:
		return refuse(http.StatusBadRequest, "/fate", "is required: delivered or undelivered")
	case doc.Message == "" && (doc.Address == "" || !visible(doc.Reference, channel.MaxReference)):
		return refuse(http.StatusBadRequest, "/message", "is required, or address and reference")
	case len(doc.Reason) > maxText:
		return refuse(http.StatusBadRequest, "/reason", "is too long")
	}
	if doc.At.IsZero() {
		doc.At = s.now()
	}
	return s.noted(w, s.engine.Reported(r.Context(), &channel.Report{
		Channel: aparte.SMS, Key: doc.Message, Address: doc.Address, Reference: doc.Reference, Fate: doc.Fate,
		Code: doc.Code, Reason: doc.Reason, Suppress: doc.Dead && doc.Fate == channel.Undelivered, At: doc.At.UTC(),
	}))
}

// hear reads a body into a document.
func (s *server) hear(r *http.Request, document any) error {
	body, held, err := s.bodies.read(r, maxHeard)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	if err := json.Unmarshal(body, document); err != nil {
		wrong := unmarshalFault(body, err)
		return refuse(http.StatusBadRequest, wrong.Pointer, wrong.Message)
	}
	return nil
}

// noted answers whoever told something.
func (s *server) noted(w http.ResponseWriter, err error) error {
	switch {
	case errors.Is(err, channel.ErrEarly):
		return refuse(http.StatusServiceUnavailable, "/reference", "is not known yet: tell it again in a moment")
	case err != nil:
		return err
	}
	s.json(w, http.StatusOK, map[string]bool{"success": true})
	return nil
}

// visible reports whether a text is 1 to n visible ASCII characters.
func visible(text string, n int) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return text != "" && len(text) <= n
}
