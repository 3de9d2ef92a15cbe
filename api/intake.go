package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/quality"
	"github.com/go-json-experiment/json/jsontext"
)

// one answers a door of a single call: POST /v1/track and its like. The door's kind is what counts,
// whatever type the event says it is.
func (s *server) one(kind aparte.EventType) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.intake(w, r, kind, func(in *intake, body []byte) error { return in.readOne(body, kind) }, s.take)
	}
}

// batch answers POST /v1/batch.
func (s *server) batch(w http.ResponseWriter, r *http.Request) error {
	return s.intake(w, r, "", (*intake).readBatch, s.take)
}

// bringIn answers POST /v1/import: what batch does, for a sender that wants to know which of its events were
// there before.
func (s *server) bringIn(w http.ResponseWriter, r *http.Request) error {
	return s.intake(w, r, "", (*intake).readBatch, s.engine.Import)
}

// intake takes events in: 200 when all are kept, durably; 400 with what is wrong where some were
// refused, the others being kept. What is refused is kept aside. door is what a door of single calls makes of its body.
func (s *server) intake(w http.ResponseWriter, r *http.Request, door aparte.EventType, read func(*intake, []byte) error, take taker) error {
	key, err := s.headerKey(r)
	if err != nil {
		return err
	}
	body, held, err := s.bodies.read(r, maxBody)
	if err != nil {
		return s.lost(key, err)
	}
	defer s.bodies.release(held)
	in := intakes.Get().(*intake)
	defer in.free()
	if err := read(in, body); err != nil {
		return s.unread(r.Context(), key, door, body, err)
	}
	if key, err = s.orNamed(key, in.writeKey); err != nil {
		return err
	}
	if err := key.allowance.take(s.now(), max(1, len(in.envelopes))); err != nil {
		return err
	}
	t := s.settle(r, in, key, door)
	repeated, err := s.accept(r.Context(), &t, take)
	if err != nil {
		return err
	}
	switch {
	case len(t.problems) > 0:
		return &refusal{http.StatusBadRequest, t.problems, repeated}
	case len(repeated) > 0:
		s.json(w, http.StatusOK, struct {
			Success  bool  `json:"success"`
			Repeated []int `json:"repeated"`
		}{true, repeated})
	default:
		writeJSON(w, http.StatusOK, success)
	}
	return nil
}

// taker hands events to the engine. repeated are the places of those it had before, where it tells.
type taker func(ctx context.Context, events []aparte.Event) (repeated []int, err error)

// take is the taker that does not ask what was repeated.
func (s *server) take(ctx context.Context, events []aparte.Event) ([]int, error) {
	return nil, s.engine.Accept(ctx, events)
}

var success = []byte(`{"success": true}`)

// accept hands what was taken to the engine, keeps aside what was not, and counts both. repeated are the places in the batch of
// events that were there before, where take tells.
func (s *server) accept(ctx context.Context, t *taken, take taker) (repeated []int, err error) {
	if s.branch && len(t.aside) > 0 {
		return nil, &engine.Elsewhere{} // before anything is taken in: it would be again
	}
	s.metrics.refused.Add(float64(len(t.problems)))
	if len(t.Events) > 0 {
		if repeated, err = take(ctx, t.Events); err != nil {
			return nil, err
		}
		s.metrics.accepted.Add(float64(len(t.Events)))
	}
	for i, at := range repeated {
		repeated[i] = t.at[at]
	}
	return repeated, s.told(ctx, t)
}

// intake is what one request brings: its events as they were read, and what its batch says for all of
// them. Everything in it shares the request's body.
type intake struct {
	scanner
	envelopes []envelope
	defaults  jsontext.Value // the batch's context; nil: none
	sentAt    time.Time
	writeKey  []byte
	agents    quality.Agents
}

var intakes = sync.Pool{New: func() any { return new(intake) }}

// free gives an intake back for another request.
func (in *intake) free() {
	in.reset()
	in.close()
	intakes.Put(in)
}

func (in *intake) reset() {
	clear(in.envelopes)
	in.envelopes, in.defaults, in.sentAt, in.writeKey = in.envelopes[:0], nil, time.Time{}, nil
}

// readOne reads a body that is one event.
func (in *intake) readOne(body []byte, kind aparte.EventType) error {
	return in.scan(body, func() error {
		in.reset()
		in.envelopes = append(in.envelopes, envelope{})
		if err := in.envelope(&in.envelopes[0], kind); err != nil {
			return err
		}
		in.writeKey = in.envelopes[0].writeKey
		return nil
	})
}

// readBatch reads a body that is a batch of events.
func (in *intake) readBatch(body []byte) error {
	found := false
	err := in.scan(body, func() error {
		in.reset()
		isObject, err := in.object(func(name []byte) error {
			switch string(name) {
			case "batch":
				found = true
				return in.readEvents("batch", maxBatch)
			case "context":
				return in.readDefaults()
			case "sentAt", "writeKey":
				return in.readShared(string(name))
			}
			_, err := in.value()
			return err
		})
		if err == nil && !isObject {
			err = refuse(http.StatusBadRequest, "body", "must be an object")
		}
		return err
	})
	if err == nil && !found {
		err = refuse(http.StatusBadRequest, "batch", "is required: an array of events")
	}
	return err
}

// readEvents reads an array of at most most events.
func (in *intake) readEvents(field string, most int) error {
	isArray, err := in.array(func(i int) error {
		if i == most {
			return &refusal{status: http.StatusRequestEntityTooLarge, problems: []problem{{i, field, "has too many events"}}}
		}
		in.envelopes = append(in.envelopes, envelope{})
		return in.envelope(&in.envelopes[i], "")
	})
	if err == nil && !isArray {
		err = refuse(http.StatusBadRequest, field, "must be an array of events")
	}
	return err
}

// readShared reads sentAt or writeKey of a batch.
func (in *intake) readShared(field string) error {
	v, err := in.value()
	if err != nil {
		return err
	}
	var e envelope
	if field == "sentAt" {
		in.sentAt = e.time(field, v)
	} else {
		in.writeKey = e.text(field, v)
	}
	if e.message != "" {
		return refuse(http.StatusBadRequest, field, e.message)
	}
	return nil
}

// readDefaults reads the context of a batch, which every event of it gets.
func (in *intake) readDefaults() error {
	v, err := in.value()
	if err != nil {
		return err
	}
	var e envelope
	in.defaults = e.object("context", v)
	if len(in.defaults) > maxDefaults {
		e.refuse("context", "of a batch must have at most 8192 bytes")
	}
	if e.message != "" {
		return refuse(http.StatusBadRequest, "context", e.message)
	}
	return nil
}

// settle turns what was read into events, and says what is wrong with those that are none. The events
// do not share the intake.
func (s *server) settle(r *http.Request, in *intake, key *ringKey, door aparte.EventType) taken {
	now := s.now().UTC()
	t := taken{Arrived: quality.Arrived{Source: key.Source, At: now, Events: make([]aparte.Event, 0, len(in.envelopes))}}
	for i := range in.envelopes {
		e := &in.envelopes[i]
		s.judge(&t, r, e, in, key)
		switch {
		case e.message == "":
			t.Events, t.at = append(t.Events, e.event), append(t.at, i)
		case e.reason != quality.Crawler: // which is not to know
			t.problems = append(t.problems, problem{i, e.field, e.message})
			fallthrough
		default:
			t.keep(e, in, key, door)
		}
	}
	return t
}

// reserve refuses, from a key that may stand in a page, the events by which Aparté records what only a
// channel or a server can know: whoever reads the page's source could open channels in others' names.
func (e *envelope) reserve(kind KeyKind) {
	if kind != PublicKey || e.event.Type != aparte.Track {
		return
	}
	switch e.event.Name {
	case aparte.EventSent, aparte.EventFailed, aparte.EventComplained, aparte.EventResubscribed, aparte.EventDelivered, aparte.EventReplied, aparte.EventTaskDone, aparte.EventTaskDeclined, aparte.EventTaskTaken, aparte.EventTaskTried, aparte.EventHumanWanted:
		e.refuse("event", "is one that only a secret key may send")
	}
}

// complete gives an event its times and its batch's context.
func (in *intake) complete(e *envelope, now time.Time) {
	e.settle(in.sentAt, now)
	if e.message == "" && in.defaults != nil {
		e.event.Context = merged(in.defaults, e.event.Context)
	}
}

// merged is an object with the members of over, and those of under that over does not name. Either may
// be nil.
func merged(under, over []byte) []byte {
	switch {
	case len(over) == 0:
		return under
	case len(under) == 0:
		return over
	}
	var s scanner
	out := append(make([]byte, 0, len(under)+len(over)), '{')
	named := map[string]bool{}
	for _, object := range [...][]byte{over, under} {
		s.open(object)
		_, _ = s.object(func(name []byte) error { // both were read before: they are objects
			v, err := s.value()
			if err != nil || named[string(name)] {
				return err
			}
			named[string(name)] = true
			if len(out) > 1 {
				out = append(out, ',')
			}
			if out, err = jsontext.AppendQuote(out, name); err == nil {
				out = append(append(out, ':'), v...)
			}
			return err
		})
	}
	return append(out, '}')
}
