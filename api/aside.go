package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/place"
	"github.com/aparte-dev/aparte/quality"
)

// taken is what became of the events of a request.
type taken struct {
	quality.Arrived       // Events are those to be accepted
	at              []int // of each its place in the batch
	problems        []problem

	aside   []quality.Record
	broken  []*quality.Broken // of aside: how it breaks its schema; nil: it does not
	breaks  *quality.Broken   // of the event judged last, where its schema is enforced
	crawled bool              // the event judged last is a crawler's
}

// judge completes an event and says whether it can be taken: its clock, its key, who sent it, the schema declared of it.
func (s *server) judge(t *taken, r *http.Request, e *envelope, in *intake, key *ringKey) {
	t.breaks, t.crawled = nil, false
	if e.message == "" {
		in.complete(e, t.At)
		e.reserve(key.Kind)
		if e.event.MessageID == "" {
			e.event.MessageID = s.stamp(t.At)
		}
	}
	e.event.Source = key.Source
	if e.message != "" {
		return
	}
	agent, told := in.agents.In(e.event.Context)
	if !told {
		agent = s.agent(r, key)
	}
	if agent == quality.Robot {
		e.refuseAs(quality.Crawler, "context.userAgent", "is a crawler's")
		t.crawled = true
		return
	}
	if t.breaks = e.declared(s.quality); e.message != "" {
		return
	}
	if b := t.breaks; b != nil {
		kept := e.event
		t.Warned, t.breaks = append(t.Warned, quality.Broken{Event: &kept, Mode: b.Mode, Faults: b.Faults}), nil
	}
	if agent == quality.Headless {
		t.Headless++
	}
	if e.ahead {
		t.Ahead++
	}
}

// declared is how an event breaks the schema declared of it, and refuses it where that is enforced.
func (e *envelope) declared(q *quality.Keeper) *quality.Broken {
	b := q.Check(&e.event)
	if b != nil && b.Mode == quality.Enforce {
		field := "properties"
		if e.event.Type == aparte.Identify || e.event.Type == aparte.Group {
			field = "traits"
		}
		e.refuseAs(quality.Undeclared, field, "breaks its schema at "+orRoot(b.Faults[0].Pointer)+": expected "+b.Faults[0].Expected)
	}
	return b
}

func orRoot(pointer string) string {
	if pointer == "" {
		return "/"
	}
	return pointer
}

// keep puts an event that was refused with those to be kept aside.
func (t *taken) keep(e *envelope, in *intake, key *ringKey, door aparte.EventType) {
	t.aside = append(t.aside, quality.Record{
		Reason: e.reason, At: t.At, Source: key.Source, Public: key.Kind == PublicKey, Call: door,
		Event: quality.Shown(string(e.event.Type), e.event.Name), Field: e.field, Message: e.message,
		SentAt: in.sentAt, Context: place.VagueContext(slices.Clone(in.defaults)), Body: place.VagueCall(slices.Clone(e.raw)), // nobody agreed to be found there
	})
	t.broken = append(t.broken, t.breaks)
}

// told keeps aside what was refused, and counts what came.
func (s *server) told(ctx context.Context, t *taken) error {
	if len(t.aside) > 0 {
		if err := s.quality.Aside(ctx, t.aside, t.broken); err != nil {
			return err
		}
	}
	if len(t.Events) > 0 {
		s.quality.Observe(t.Arrived)
	}
	return nil
}

// unread keeps a request aside that could not be read, and answers why. One without a key that is known is not kept:
// anybody could fill the place.
func (s *server) unread(ctx context.Context, key *ringKey, door aparte.EventType, body []byte, why error) error {
	var refused *refusal
	if key == nil || !errors.As(why, &refused) {
		return why
	}
	if err := key.allowance.take(s.now(), 1); err != nil {
		return err
	}
	if place.Mentions(body) {
		body = nil // nobody agreed to be found there, and what cannot be read cannot be made vague
	}
	reason := quality.Malformed
	if refused.status == http.StatusRequestEntityTooLarge {
		reason = quality.Oversize
	}
	r := quality.Record{
		Reason: reason, At: s.now().UTC(), Source: key.Source, Public: key.Kind == PublicKey, Call: door, Whole: true,
		Field: refused.problems[0].Field, Message: refused.problems[0].Message, Body: body,
	}
	if err := s.quality.Aside(ctx, []quality.Record{r}, []*quality.Broken{nil}); err != nil {
		return err
	}
	return why
}

// lost counts a request that is too large to be kept, and answers why.
func (s *server) lost(key *ringKey, why error) error {
	var refused *refusal
	if key != nil && errors.As(why, &refused) && refused.status == http.StatusRequestEntityTooLarge {
		s.quality.Observe(quality.Arrived{Source: key.Source, At: s.now().UTC(), Lost: 1})
	}
	return why
}

// agent is what a request says sent it, where that is the person's own browser: of a server that passes events on, it
// would be the server.
func (s *server) agent(r *http.Request, key *ringKey) quality.Agent {
	if key.Kind != PublicKey {
		return quality.Visitor
	}
	return s.agents.of(r.UserAgent())
}

// agents remembers what user agents are. The zero value is empty.
type agents struct {
	mu    sync.Mutex
	known map[string]quality.Agent
}

// maxAgents bounds what is remembered: beyond it all is forgotten.
const maxAgents = 4096

func (a *agents) of(name string) quality.Agent {
	if len(name) > maxText {
		name = name[:maxText]
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	agent, known := a.known[name]
	if !known {
		if agent = quality.AgentOf(name); a.known == nil || len(a.known) >= maxAgents {
			a.known = map[string]quality.Agent{}
		}
		a.known[name] = agent
	}
	return agent
}
