package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
)

// quarantineDocument is what is kept aside.
type quarantineDocument struct {
	Kept    []keptDocument   `json:"kept"`    // by reason
	Records []recordAsideDoc `json:"records"` // newest first
	Next    string           `json:"next,omitempty"`
}

// keptDocument is how much is kept for a reason.
type keptDocument struct {
	Reason  string `json:"reason"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`
	Dropped int64  `json:"dropped"` // the oldest, for want of room, since the server began
}

// recordAsideDoc is one record; Body is there where one is asked for.
type recordAsideDoc struct {
	ID      string           `json:"id"`
	Reason  string           `json:"reason"`
	At      time.Time        `json:"at"`
	Source  string           `json:"source"`
	Event   string           `json:"event"`
	Field   string           `json:"field"`
	Message string           `json:"message"`
	Type    aparte.EventType `json:"type,omitempty"` // what its door makes of it
	Whole   bool             `json:"whole,omitzero"` // it is the body of a request, not an event of one
	SentAt  time.Time        `json:"sentAt,omitzero"`
	Context json.RawMessage  `json:"context,omitempty"` // of its batch
	Body    string           `json:"body,omitempty"`    // as it came
	Bytes   []byte           `json:"bytes,omitempty"`   // the same where it is no text: base64
}

func recordAside(r quality.Record) recordAsideDoc {
	doc := recordAsideDoc{
		ID: r.ID.String(), Reason: r.Reason.String(), At: r.At, Source: r.Source, Event: r.Event, Field: r.Field, Message: r.Message,
		Type: r.Call, Whole: r.Whole, SentAt: r.SentAt, Context: json.RawMessage(r.Context),
	}
	if utf8.Valid(r.Body) {
		doc.Body = string(r.Body)
	} else {
		doc.Bytes = r.Body
	}
	return doc
}

// quarantine answers GET /v1/admin/quarantine?reason=&source=&event=&limit=&before=.
func (s *server) quarantine(w http.ResponseWriter, r *http.Request) error {
	f, err := filterAsked(r)
	if err != nil {
		return err
	}
	if f.Limit, err = limitAsked(r); err != nil {
		return err
	}
	found := s.quality.List(f)
	doc := quarantineDocument{Records: each(found, recordAside), Kept: each(s.quality.Kept(), func(k quality.Kept) keptDocument {
		return keptDocument{k.Reason.String(), k.Records, k.Bytes, k.Dropped}
	})}
	if len(found) == f.Limit {
		doc.Next = found[len(found)-1].ID.String()
	}
	s.json(w, http.StatusOK, doc)
	return nil
}

// filterAsked reads which records a request asks for.
func filterAsked(r *http.Request) (quality.Filter, error) {
	asked := r.URL.Query()
	f := quality.Filter{Source: asked.Get("source"), Event: asked.Get("event")}
	if text := asked.Get("reason"); text != "" {
		reason, ok := quality.ParseReason(text)
		if !ok {
			return f, &problem{wholeRequest, "reason", "must be malformed, nobody, impossible_date, oversize, schema or crawler"}
		}
		f.Reason = &reason
	}
	if text := asked.Get("before"); text != "" {
		id, ok := quality.ParseID(text)
		if !ok {
			return f, &problem{wholeRequest, "before", "must be the next of the page before"}
		}
		f.Before = id
	}
	return f, nil
}

// keptAside is the record that a request's path names.
func (s *server) keptAside(r *http.Request) (quality.Record, error) {
	id, ok := quality.ParseID(r.PathValue("id"))
	if !ok {
		return quality.Record{}, nothingAside
	}
	rec, err := s.quality.Record(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		return rec, nothingAside
	}
	return rec, err
}

var nothingAside = refuse(http.StatusNotFound, "id", "is of nothing that is kept aside")

// keptRecord answers GET /v1/admin/quarantine/{id}.
func (s *server) keptRecord(w http.ResponseWriter, r *http.Request) error {
	rec, err := s.keptAside(r)
	if err != nil {
		return err
	}
	s.json(w, http.StatusOK, recordAside(rec))
	return nil
}

// letGo answers DELETE /v1/admin/quarantine/{id}.
func (s *server) letGo(w http.ResponseWriter, r *http.Request) error {
	rec, err := s.keptAside(r)
	if err != nil {
		return err
	}
	if _, err := s.quality.Take(r.Context(), []quality.ID{rec.ID}); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, success)
	return nil
}
