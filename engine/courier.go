package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/profile"
)

// A message leaves in three durable steps, so that nobody gets one twice: a deliver timer says that it
// must go; when that fires, it turns into an attempt timer before anything is sent; what the channel
// answered turns the attempt into a sent event, a later deliver timer, or a dead letter. An attempt of
// which nothing is heard within answerWithin (the process died while the channel had it) is given up,
// not repeated: the message may have left.
const answerWithin = 15 * time.Minute

// courier hands messages to channels, a bounded number at a time.
type courier struct {
	engine  *Engine
	jobs    *queue[delivery]
	workers sync.WaitGroup
	width   int
	at      atomic.Int64 // deliveries that wait for a worker or are under way
}

// delivery is one message to be handed over.
type delivery struct {
	decision aparte.Decision
	person   *aparte.Person
	attempt  int
}

func newCourier(e *Engine, width int) *courier {
	return &courier{engine: e, jobs: newQueue[delivery](), width: width}
}

// start lets the workers run until close; ctx bounds what they do.
func (c *courier) start(ctx context.Context) {
	for range c.width {
		c.workers.Go(func() {
			var jobs []delivery
			for {
				jobs = c.jobs.take(jobs[:0], 1)
				for _, job := range jobs {
					c.carry(ctx, job)
					c.at.Add(-1)
				}
				if len(jobs) > 0 {
					continue
				}
				if c.jobs.drained() {
					c.jobs.close() // wakes the next worker
					return
				}
				<-c.jobs.wake
			}
		})
	}
}

// close refuses further deliveries and waits for those handed in. What is refused has its attempt timer.
func (c *courier) close() {
	c.jobs.close()
	c.workers.Wait()
}

// push gives the workers a message to hand over; false where they take none any more.
func (c *courier) push(job delivery) bool {
	c.at.Add(1)
	taken := c.jobs.push(job)
	if !taken {
		c.at.Add(-1)
	}
	return taken
}

func (c *courier) busy() int { return int(c.at.Load()) }

const sendTimeout = time.Minute

// carry composes a message, hands it over, and reports to the person's owner what came of it.
func (c *courier) carry(ctx context.Context, job delivery) {
	send, stop := context.WithTimeout(ctx, sendTimeout)
	defer stop()
	result := c.send(send, job)
	err := c.engine.visit(ctx, job.person.ID, func(t *turn, p *aparte.Person) error {
		return t.answered(p, job, result)
	})
	if err != nil {
		c.engine.log.Error("record delivery", "decision", job.decision.ID, "error", err)
	}
}

func (c *courier) send(ctx context.Context, job delivery) error {
	e, d := c.engine, &job.decision
	sender := e.senders[d.Channel]
	if sender == nil {
		return channel.Unsendable("no sender for channel %s", d.Channel)
	}
	now := e.brand.Load()
	if now == nil {
		return ErrNoBrand
	}
	to := job.person.Addresses(d.Channel)
	if len(to) == 0 {
		return channel.Unsendable("no address on channel %s", d.Channel)
	}
	message, err := e.message(now, job.person, d)
	if err != nil {
		return channel.Unsendable("compose: %v", err)
	}
	message.To = to[0].Value
	return sender.Send(ctx, message)
}

// deliver turns a deliver timer into an attempt, unless the person has withdrawn consent since the
// decision: it is asked for again at the door.
func (t *turn) deliver(p *aparte.Person, name string) error {
	id, attempt, err := parseDelivery(name)
	if err != nil {
		return err
	}
	d, err := t.decision(id)
	if err != nil {
		return err
	}
	now := t.owner.engine.brand.Load()
	if content, ok := now.plan.Content(d.Action.Content); ok && content.Purpose != aparte.Service {
		if granted, _ := p.Consented(aparte.Marketing, d.Channel); !granted {
			t.count("withheld/"+string(d.Channel), 1)
			return nil
		}
	}
	if at := now.plan.AfterQuiet(p, t.now); at.After(t.now) { // an attempt before it was refused for now
		t.setTimer(p, deliverName(id, attempt), at)
		return nil
	}
	t.setTimer(p, attemptName(id, attempt), t.now.Add(answerWithin))
	job := delivery{decision: d, person: p, attempt: attempt}
	o := t.owner
	t.afterCommit(func() {
		if !o.engine.courier.push(job) { // closing: nothing was sent, so it may go out after the restart
			o.queue.push(&task{person: job.person.ID, run: func(t *turn) error { return t.putBack(job) }})
		}
	})
	return nil
}

// putBack turns an attempt that was never begun into a deliver timer again.
func (t *turn) putBack(job delivery) error {
	p, err := t.person(job.person.ID)
	if err != nil {
		return err
	}
	next := *p
	t.clearTimer(&next, attemptName(job.decision.ID, job.attempt))
	t.setTimer(&next, deliverName(job.decision.ID, job.attempt), t.now)
	t.put(&next)
	return nil
}

// answered records what a channel said of an attempt.
func (t *turn) answered(p *aparte.Person, job delivery, result error) error {
	next := *p
	name := attemptName(job.decision.ID, job.attempt)
	if _, waiting := findTimer(&next, name); !waiting {
		return nil // given up meanwhile
	}
	t.clearTimer(&next, name)
	var failure *channel.Failure
	switch {
	case result == nil:
		return t.sent(&next, &job.decision)
	case errors.As(result, &failure) && (!failure.Temporary || failure.Uncertain):
		return t.giveUp(&next, &job.decision, failure)
	case job.attempt >= channel.MaxAttempts:
		return t.giveUp(&next, &job.decision, &channel.Failure{Reason: "gave up after the last attempt"})
	}
	t.count("retried/"+string(job.decision.Channel), 1)
	seed := seedOf(t.owner.engine.secret, job.decision.ID)
	wait := channel.Backoff(job.attempt, rand.New(rand.NewPCG(seed, uint64(job.attempt))))
	t.setTimer(&next, deliverName(job.decision.ID, job.attempt+1), t.now.Add(wait))
	t.put(&next)
	return nil
}

// sent remembers a message that left: it counts as pressure from now on and waits for its outcomes.
func (t *turn) sent(p *aparte.Person, d *aparte.Decision) error {
	event := ownEvent(aparte.EventSent, d, t.now, nil)
	p, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
	if err != nil {
		return err
	}
	next := profile.Expose(*p, aparte.Said{
		Decision: d.ID, Content: d.Action.Content, Item: d.Action.Item, Beside: d.Companion, Channel: d.Channel, Slot: d.Slot, At: t.now.UTC(),
	})
	now := t.owner.engine.brand.Load()
	t.await(now, &next, d, t.now)
	t.count("sent/"+string(d.Channel), 1)
	t.pay(d.Channel, d.Action.Content, postageOf(now.plan.Brand(), d.Channel))
	t.put(&next)
	return nil
}

// giveUp keeps a message as a dead letter. An address that the channel says is dead is closed.
func (t *turn) giveUp(p *aparte.Person, d *aparte.Decision, f *channel.Failure) error {
	t.count(deadPrefix+string(d.Channel)+"/"+d.ID.String(), 1)
	event := ownEvent(aparte.EventFailed, d, t.now, map[string]any{"reason": f.Reason, "code": f.Code, "suppress": f.Suppress})
	_, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
	return err
}

// abandon gives up an attempt of which nothing was heard.
func (t *turn) abandon(p *aparte.Person, name string) error {
	id, _, err := parseDelivery(name)
	if err != nil {
		return err
	}
	d, err := t.decision(id)
	if err != nil {
		return err
	}
	return t.giveUp(p, &d, &channel.Failure{Reason: "the process ended while the channel had the message: it may have left"})
}
