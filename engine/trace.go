package engine

import (
	"context"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/observe"
)

// What is traced of the loop, and what is said of it: which kind of moment, on which channel, how many candidates, what came of it. Never whom it
// is about, nor a word of what was said. Where nobody traces, spans are nil.
//
//	wait     in the queue of the person's owner
//	decide   by rules and models
//	commit   of the batch in which it is kept
//	compose  of what is shown or sent
//	moment   of a scenario: a part of what set it off, or by the clock a trace of its own
//	message  on its way out, a part of its moment; send is what the channel does of it

// spanOf is the span in whose work a context is. Where nobody traces, nobody is asked.
func (e *Engine) spanOf(ctx context.Context) *observe.Span {
	if e.tracer == nil {
		return nil
	}
	return observe.From(ctx)
}

// within says of what the running task is part, and tells how long it waited.
func (t *turn) within(of *task) {
	if t.span = of.span; t.span == nil {
		return
	}
	if !of.queued.IsZero() {
		t.span.Begin("wait", of.queued).End(t.owner.engine.now())
	}
	t.joins(t.span)
}

// joins has the batch be told as a part of a span.
func (t *turn) joins(s *observe.Span) {
	if s != nil && !slices.Contains(t.traced, s) {
		t.traced = append(t.traced, s)
	}
}

// committed tells everything that the batch is a part of.
func (t *turn) committed(from, to time.Time) {
	for _, s := range t.traced {
		s.Begin("commit", from, observe.Many("aparte.entries", len(t.batch.Entries))).End(to)
	}
}

// traceMoment begins the span of a scenario's moment, which what it leads to will be parts of. done ends it.
func (t *turn) traceMoment(from *start) (done func()) {
	e := t.owner.engine
	if e.tracer == nil {
		return func() {}
	}
	about := observe.Said("aparte.cause", string(from.cause))
	if from.span == nil {
		from.span = e.tracer.Begin("moment", e.now(), about)
	} else {
		from.span = from.span.Begin("moment", e.now(), about)
	}
	span, before := from.span, t.span
	t.span = span
	t.joins(span)
	return func() {
		t.span = before
		span.End(e.now())
	}
}

// describe says what a decision came to.
func describe(s *observe.Span, d *aparte.Decision) {
	if s == nil {
		return
	}
	kind := "scenario"
	switch d.Trigger {
	case "request", openTrigger:
		kind = d.Trigger
	}
	outcome := "spoke"
	if d.Action.Silent() {
		outcome = "silent"
	}
	s.Set(observe.Said("aparte.moment", kind), observe.Said("aparte.surface", channelWord(d.Channel)), observe.Many("aparte.candidates", len(d.Candidates)),
		observe.Said("aparte.outcome", outcome), observe.Said("aparte.reason", string(mainReason(d))))
}

// channelWord is a channel, of those that there are.
func channelWord(c aparte.Channel) string {
	if c == aparte.Web || c == aparte.InApp || slices.Contains(outward[:], c) {
		return string(c)
	}
	return "other"
}

// trace begins the span of a delivery, in that of the moment it comes from.
func (c *courier) trace(job delivery) *observe.Span {
	if c.engine.tracer == nil {
		return nil
	}
	c.mu.Lock()
	from := c.under[job].from.span
	c.mu.Unlock()
	about, now := observe.Many("aparte.attempt", job.attempt), c.engine.now()
	if from == nil { // it waited for an hour, a pace, another attempt, or through a restart
		return c.engine.tracer.Begin("message", now, about)
	}
	return from.Begin("message", now, about)
}

// describeSent says what came of a delivery.
func describeSent(s *observe.Span, h *handover, result error) {
	if s == nil {
		return
	}
	s.Set(observe.Said("aparte.surface", channelWord(h.what.Channel)))
	if result != nil {
		s.Failed()
	}
}
