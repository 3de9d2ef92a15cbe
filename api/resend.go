package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store"
)

// resender takes in what was kept aside, as it came or mended.
type resender struct {
	engine interface {
		Accept(context.Context, []aparte.Event) error
	}
	quality *quality.Keeper
}

// Resend is what takes in a record that is kept aside, with a mended body or, where that is nil, as it came. What is
// still wrong with it is in the error, a line each; the record then stays where it is.
func Resend(e Engine, q *quality.Keeper) func(ctx context.Context, id quality.ID, mended []byte) error {
	s := resender{e, q}
	return func(ctx context.Context, id quality.ID, mended []byte) error {
		r, err := q.Record(ctx, id)
		if err == nil {
			err = s.send(ctx, &r, mended)
		}
		if err == nil {
			_, err = q.Take(ctx, []quality.ID{id})
		}
		var refused *refusal
		if !errors.As(err, &refused) {
			return err
		}
		said := make([]string, len(refused.problems))
		for i, p := range refused.problems {
			said[i] = strings.TrimPrefix(p.Field+": "+p.Message, ": ")
		}
		return &StillWrong{said}
	}
}

// StillWrong is why a record could not be taken in.
type StillWrong struct{ Problems []string }

func (w *StillWrong) Error() string { return strings.Join(w.Problems, "\n") }

// StillWrong marks the error for those who show it to whom it concerns.
func (*StillWrong) StillWrong() {}

// send takes in a record's events as of when they arrived: all, or none where something is wrong with one. Events without
// a messageId are named after the record, so that one sent twice counts once.
func (s *resender) send(ctx context.Context, r *quality.Record, mended []byte) error {
	body := mended
	if len(bytes.TrimSpace(body)) == 0 {
		body = r.Body
	}
	in := intakes.Get().(*intake)
	defer in.free()
	if err := in.readAgain(body, r); err != nil {
		var refused *refusal
		if errors.As(err, &refused) {
			return &refusal{status: http.StatusUnprocessableEntity, problems: refused.problems}
		}
		return err
	}
	if !r.Whole {
		in.sentAt, in.defaults = r.SentAt, r.Context
	}
	a := quality.Arrived{Source: r.Source, At: r.At}
	var problems []problem
	for i := range in.envelopes {
		e := &in.envelopes[i]
		if e.message == "" && e.event.MessageID == "" {
			e.event.MessageID = aparte.MessageID(r.ID.String() + "-" + strconv.Itoa(i))
		}
		s.judge(e, in, r)
		if e.message != "" {
			problems = append(problems, problem{i, e.field, e.message})
			continue
		}
		a.Events = append(a.Events, e.event)
	}
	if len(problems) > 0 {
		return &refusal{status: http.StatusUnprocessableEntity, problems: problems}
	}
	if len(a.Events) == 0 {
		return nil
	}
	if err := s.engine.Accept(ctx, a.Events); err != nil {
		return err
	}
	s.quality.Observe(a)
	return nil
}

// readAgain reads a record's body as its door did, or a mended one.
func (in *intake) readAgain(body []byte, r *quality.Record) error {
	if r.Whole && r.Call == "" {
		return in.readBatch(body)
	}
	return in.readOne(body, r.Call)
}

// judge says whether an event can be taken now. Somebody has looked at it: a crawler's is taken for a visitor's.
func (s *resender) judge(e *envelope, in *intake, r *quality.Record) {
	if e.message != "" {
		return
	}
	in.complete(e, r.At)
	e.event.Source = r.Source
	if r.Public {
		e.reserve(PublicKey)
	}
	if e.message == "" {
		e.declared(s.quality)
	}
}

// resend answers POST /v1/admin/quarantine/{id}/resend.
func (s *server) resend(w http.ResponseWriter, r *http.Request) error {
	rec, err := s.keptAside(r)
	if err != nil {
		return err
	}
	body, held, err := s.bodies.read(r, maxBody)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	if err := (&resender{s.engine, s.quality}).send(r.Context(), &rec, body); err != nil {
		return err
	}
	if _, err := s.quality.Take(r.Context(), []quality.ID{rec.ID}); err != nil {
		return err
	}
	s.json(w, http.StatusOK, resentDocument{Success: true, Resent: 1, Errors: []keptProblem{}})
	return nil
}

// resentDocument is what became of records that were sent again.
type resentDocument struct {
	Success bool          `json:"success"`
	Resent  int           `json:"resent"`
	Failed  int           `json:"failed"`
	Errors  []keptProblem `json:"errors"`         // of the first of those
	Next    string        `json:"next,omitempty"` // where there may be more: "before" of the next request
}

// keptProblem is what is still wrong with a record.
type keptProblem struct {
	ID string `json:"id"`
	problem
}

// Of one request that resends many.
const (
	mostResent = 1000
	mostTold   = 20
)

// resendAll answers POST /v1/admin/quarantine/resend?reason=&source=&event=&before=: sends again, as they came, the newest
// thousand that are asked for.
func (s *server) resendAll(w http.ResponseWriter, r *http.Request) error {
	f, err := filterAsked(r)
	if err != nil {
		return err
	}
	if f.Reason == nil {
		return &problem{wholeRequest, "reason", "is required"}
	}
	f.Limit = mostResent
	found := s.quality.List(f)
	doc := resentDocument{Success: true, Errors: []keptProblem{}}
	if len(found) == mostResent {
		doc.Next = found[len(found)-1].ID.String()
	}
	var sent []quality.ID
	again := resender{s.engine, s.quality}
	for i := len(found) - 1; i >= 0; i-- { // the oldest first: as they came
		rec, err := s.quality.Record(r.Context(), found[i].ID)
		if errors.Is(err, store.ErrNotFound) {
			continue // somebody else was quicker
		}
		if err == nil {
			err = again.send(r.Context(), &rec, nil)
		}
		var refused *refusal
		switch {
		case errors.As(err, &refused):
			doc.Failed++
			if len(doc.Errors) < mostTold {
				doc.Errors = append(doc.Errors, keptProblem{rec.ID.String(), refused.problems[0]})
			}
		case err != nil:
			return errors.Join(err, s.sentAgain(r.Context(), sent))
		default:
			sent = append(sent, rec.ID)
		}
	}
	doc.Resent = len(sent)
	if err := s.sentAgain(r.Context(), sent); err != nil {
		return err
	}
	s.json(w, http.StatusOK, doc)
	return nil
}

func (s *server) sentAgain(ctx context.Context, ids []quality.ID) error {
	_, err := s.quality.Take(ctx, ids)
	return err
}

// MarshalJSON writes the problem beside the id.
func (p keptProblem) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID      string `json:"id"`
		Field   string `json:"field"`
		Message string `json:"message"`
	}{p.ID, p.Field, p.Message})
}
