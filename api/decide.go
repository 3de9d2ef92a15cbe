package api

import (
	"net/http"
	"sync"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/quality"
)

// decide answers POST /v1/decide: what to say to one person, now, in each of the slots asked for.
func (s *server) decide(w http.ResponseWriter, r *http.Request) error {
	q := questions.Get().(*question)
	defer q.free()
	q.moment = false
	held, key, err := s.ask(r, q)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	s.tellDevice(r, q, key)
	if err := q.identify(s.region); err != nil {
		return err
	}
	if s.agent(r, key) == quality.Robot {
		s.writeAnswers(w, silence(&q.request), nil, key)
		return nil
	}
	q.request.Within, q.request.Formats.Members = decideTimeout, true
	answers, err := s.engine.Decide(r.Context(), q.request)
	if err != nil {
		return err
	}
	s.writeAnswers(w, answers, nil, key)
	return nil
}

// moment answers POST /v1/moment: an event is taken in and decisions follow from what it changed, in
// one round trip. Events that happened before it may come along as "batch"; one of those that is
// malformed is reported beside the decisions and holds nothing up.
func (s *server) moment(w http.ResponseWriter, r *http.Request) error {
	q := questions.Get().(*question)
	defer q.free()
	q.moment = true
	held, key, err := s.ask(r, q)
	if err != nil {
		return err
	}
	defer s.bodies.release(held)
	if !q.hasEvent {
		return &problem{wholeRequest, "event", "is required: an event as the intake takes it"}
	}
	earlier := s.settle(r, &q.intake, key, "")
	happened := taken{Arrived: quality.Arrived{Source: key.Source, At: earlier.At}}
	s.judge(&happened, r, &q.happened, &q.intake, key)
	if q.happened.message != "" {
		return s.momentRefused(w, r, q, &earlier, &happened, key)
	}
	if !q.hasContext {
		q.situationOf(q.happened.event.Context)
	}
	s.tellDevice(r, q, key)
	q.request.Identifiers = profile.Identifiers(&q.happened.event)
	if _, err := s.accept(r.Context(), &earlier, s.take); err != nil {
		return err
	}
	q.request.Formats.Members = true
	ctx := r.Context()
	if len(earlier.Events) > 0 { // which are taken in, and would be again elsewhere, under other ids where they came without
		ctx = engine.Unmovable(ctx)
	}
	answers, err := s.engine.Moment(ctx, q.happened.event, q.request)
	if err != nil {
		return err
	}
	s.metrics.accepted.Inc()
	happened.Events = []aparte.Event{q.happened.event}
	s.quality.Observe(happened.Arrived)
	s.writeAnswers(w, answers, earlier.problems, key)
	return nil
}

// momentRefused keeps aside the event of a moment that cannot be taken, and says why; those that came along with it are
// as they are. A crawler is answered with silence, and nobody is born of it.
func (s *server) momentRefused(w http.ResponseWriter, r *http.Request, q *question, earlier, happened *taken, key *ringKey) error {
	if s.branch {
		return &engine.Elsewhere{}
	}
	happened.keep(&q.happened, &q.intake, key, "")
	if !happened.crawled {
		if err := s.told(r.Context(), happened); err != nil {
			return err
		}
		return &problem{len(q.envelopes), joinField("event", q.happened.field), q.happened.message}
	}
	if _, err := s.accept(r.Context(), earlier, s.take); err != nil {
		return err
	}
	if err := s.told(r.Context(), happened); err != nil {
		return err
	}
	s.writeAnswers(w, silence(&q.request), earlier.problems, key)
	return nil
}

// silence answers every slot of a question with nothing. It is no decision: it has no id, and is not learned from.
func silence(q *engine.Request) []engine.Answer {
	answers := make([]engine.Answer, len(q.Slots))
	for i, slot := range q.Slots {
		answers[i].Decision = aparte.Decision{Slot: slot, Channel: q.Channel, Propensity: 1}
	}
	return answers
}

func joinField(parent, field string) string {
	if field == "" {
		return parent
	}
	return parent + "." + field
}

// ask reads a question and finds the key it comes by. The body is held until the caller releases it.
func (s *server) ask(r *http.Request, q *question) (held int64, key *ringKey, err error) {
	if key, err = s.headerKey(r); err != nil {
		return 0, nil, err
	}
	body, held, err := s.bodies.read(r, maxBody)
	if err != nil {
		return 0, nil, err
	}
	if err = q.read(body); err == nil {
		key, err = s.orNamed(key, q.writeKey)
	}
	if err == nil {
		err = key.allowance.take(s.now(), len(q.request.Slots)+len(q.envelopes))
	}
	if err != nil {
		s.bodies.release(held)
		return 0, nil, err
	}
	return held, key, nil
}

// tellDevice completes a question's context from its request, where that is the person's own browser.
func (s *server) tellDevice(r *http.Request, q *question, key *ringKey) {
	c := &q.request.Context
	if c.UserAgent == "" && key.Kind == PublicKey && q.request.Channel == aparte.Web {
		c.UserAgent = clip(r.UserAgent())
	}
	if c.Device == "" {
		c.Device = deviceOf(c.UserAgent)
	}
}

// buffers are reused for answers.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxKeptBuffer keeps one huge answer from staying in memory.
const maxKeptBuffer = 64 << 10

func (s *server) writeAnswers(w http.ResponseWriter, answers []engine.Answer, problems []problem, key *ringKey) {
	buffer := buffers.Get().(*[]byte)
	body := appendAnswers((*buffer)[:0], answers, s.engine.Plan(), problems, key.Kind == SecretKey)
	writeJSON(w, http.StatusOK, body)
	if cap(body) <= maxKeptBuffer {
		*buffer = body
		buffers.Put(buffer)
	}
}
