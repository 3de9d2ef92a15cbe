package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/profile"
	"github.com/aparte-dev/aparte/store"
)

const sendTimeout = time.Minute

// errNotNow says that a delivery is not to be carried any more: its timer is gone.
var errNotNow = errors.New("the message is not to leave any more")

// handover is a delivery as one worker carries it.
type handover struct {
	delivery
	person *aparte.Person
	what   aparte.Decision
	begun  bool // its attempt timer may have been set
	dead   []deadDevice
}

// carry composes a message, hands it over, and reports to the person's owner what came of it.
func (c *courier) carry(ctx context.Context, job delivery) {
	span := c.trace(job)
	defer func() { span.End(c.engine.now()) }()
	ctx = observe.With(ctx, span)
	h, err := c.look(ctx, job)
	if err == nil {
		send, stop := context.WithTimeout(ctx, sendTimeout)
		reference, result := c.send(send, h)
		stop()
		describeSent(span, h, result)
		if errors.Is(result, errNotNow) {
			return
		}
		err = c.engine.visit(ctx, job.person, func(t *turn, p *aparte.Person) error {
			return t.answered(p, h, reference, result)
		})
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, errNotNow) { // erased, or given up with their part, meanwhile
		c.engine.log.Error("delivery", "decision", job.decision, "error", err)
	}
}

// look reads who a delivery is for and what it says.
func (c *courier) look(ctx context.Context, job delivery) (*handover, error) {
	h := &handover{delivery: job}
	err := c.engine.visitLazily(Movable(ctx), job.person, func(t *turn, p *aparte.Person) (err error) {
		h.person = p
		h.what, err = t.decision(job.decision)
		return err
	})
	if err != nil {
		return nil, notElsewhere(err)
	}
	return h, nil
}

// send hands a message over. The reference is what the channel's other end calls it, where it says so.
func (c *courier) send(ctx context.Context, h *handover) (reference string, err error) {
	e, d := c.engine, &h.what
	sender := e.senders[d.Channel]
	if sender != nil && e.sender(d.Channel) == nil { // its grant was taken back this instant: what waits is withheld, below
		return "", &channel.Failure{Temporary: true, Reason: "not granted"}
	}
	if sender == nil {
		return "", channel.Unsendable("no sender for channel %s", d.Channel)
	}
	now := e.brand.Load()
	if now == nil {
		return "", ErrNoBrand
	}
	to := h.person.Addresses(d.Channel)
	if len(to) == 0 {
		return "", channel.Unsendable("no address on channel %s", d.Channel)
	}
	composing := observe.From(ctx).Begin("compose", e.now())
	message, err := e.message(now, h.person, d)
	composing.End(e.now())
	if err != nil {
		return "", channel.Unsendable("compose: %v", err)
	}
	message.To = to[0].Value
	if err := c.engine.thread(ctx, message, d); err != nil {
		return "", err
	}
	begin := func(ctx context.Context) error { return c.begin(ctx, h) }
	sending := observe.From(ctx).Begin("send", e.now())
	defer func() { sending.End(e.now()) }()
	if careful, ok := sender.(channel.Careful); ok {
		c.handing(h.delivery)
		return "", careful.SendCarefully(ctx, message, begin)
	}
	if err := begin(ctx); err != nil {
		return "", &channel.Failure{Temporary: true, Reason: "begin", Err: err}
	}
	c.handing(h.delivery)
	switch d.Channel {
	case aparte.MobilePush, aparte.WebPush:
		return "", h.toEach(ctx, sender, message, to)
	}
	if receipted, ok := sender.(channel.Receipted); ok {
		return receipted.SendReceipted(ctx, message)
	}
	return "", sender.Send(ctx, message)
}

// begin turns the deliver timer of a message into its attempt timer. When it returns nil, that is durable.
func (c *courier) begin(ctx context.Context, h *handover) error {
	leaves := false
	err := c.engine.visit(Movable(ctx), h.delivery.person, func(t *turn, p *aparte.Person) error {
		name := deliverName(h.decision, h.attempt)
		if _, waiting := findTimer(p, name); !waiting {
			return errNotNow
		}
		held, err := t.held(p, &h.what)
		if err != nil {
			return err
		}
		if leaves = !held; held {
			t.withhold(p, &h.what, name)
			return nil
		}
		next := *p
		t.clearTimer(&next, name)
		t.setTimer(&next, attemptName(h.decision, h.attempt), t.now.Add(answerWithin))
		t.put(&next)
		return nil
	})
	if err = notElsewhere(err); err == nil && !leaves {
		err = errNotNow
	}
	if err == nil {
		c.engine.handed(h.what.Channel)
	}
	h.begun = !errors.Is(err, errNotNow)
	return err
}

// notElsewhere makes errNotNow of *Elsewhere: who has the part has its timers.
func notElsewhere(err error) error {
	if elsewhere := (*Elsewhere)(nil); errors.As(err, &elsewhere) {
		return errNotNow
	}
	return err
}

// held reports whether a message must not leave any more: it is withheld, or too much is said already.
func (t *turn) held(p *aparte.Person, d *aparte.Decision) (bool, error) {
	if t.withheld(p, d) {
		return true, nil
	}
	return t.pressed(p, d)
}

// withhold lets a message never leave. Its timer has this name.
func (t *turn) withhold(p *aparte.Person, d *aparte.Decision, name string) {
	next := *p
	t.count("withheld/"+string(d.Channel), 1)
	t.fated(d.Channel, "withheld")
	t.clearTimer(&next, name)
	t.put(&next)
}

// withheld reports whether the channel's grant was taken back, or the person has withdrawn consent since the decision, or does not wish to be reached out to with it: that
// is asked for again at the door.
func (t *turn) withheld(p *aparte.Person, d *aparte.Decision) bool {
	e := t.owner.engine
	if e.senders[d.Channel] != nil && e.sender(d.Channel) == nil {
		return true
	}
	plan := e.brand.Load().plan
	content, ok := plan.Content(d.Action.Content)
	switch {
	case !ok:
		return false
	case content.Purpose == aparte.Service:
		return p.Refuses(aparte.Service, d.Channel)
	}
	granted, _ := p.Consented(aparte.Marketing, d.Channel)
	return !granted || !t.stands(p, d) || plan.Unwished(p, content, t.now) != ""
}

// pressed reports whether too much has left for the person since the decision, or is on its way: messages that wait together, for a channel that
// was down, were each decided as if there were none of the others.
func (t *turn) pressed(p *aparte.Person, d *aparte.Decision) (bool, error) {
	plan := t.owner.engine.brand.Load().plan
	content, ok := plan.Content(d.Action.Content)
	if !ok || content.Purpose == aparte.Service {
		return false, nil
	}
	with := *p
	for _, timer := range p.Timers {
		if kindOf(timer.Name) != attemptTimer {
			continue
		}
		id, _, err := parseDelivery(timer.Name)
		if err != nil {
			return false, err
		}
		other, err := t.decision(id)
		if err != nil {
			return false, err
		}
		with = profile.Expose(with, saidOf(&other, t.now))
	}
	return plan.Pressed(&with, content, d.Channel, t.now) != "", nil
}

// saidOf is a message as it is remembered.
func saidOf(d *aparte.Decision, at time.Time) aparte.Said {
	return aparte.Said{
		Decision: d.ID, Content: d.Action.Content, Item: d.Action.Item, Beside: d.Companion, Channel: d.Channel, Slot: d.Slot, At: at.UTC(),
	}
}

// crowdedFor is how long a delivery waits for room in the courier's queue.
const crowdedFor = 10 * time.Second

// deliver hands a message to the courier. Its timer stays until the courier begins with it, or there is a reason that
// it must not leave now or at all.
func (t *turn) deliver(p *aparte.Person, due store.Timer) error {
	id, attempt, err := parseDelivery(due.Name)
	if err != nil {
		return err
	}
	d, err := t.decision(id)
	if err != nil {
		return err
	}
	o, next := t.owner, *p
	from, _ := o.starts.take(p.ID, due.Name) // what waits on purpose, below, is not counted when it goes
	held, err := t.held(p, &d)
	if err != nil {
		return err
	}
	if held {
		t.withhold(p, &d, due.Name)
		return nil
	}
	if at := o.engine.brand.Load().plan.AfterQuiet(p, t.now); at.After(t.now) { // an attempt before it was refused for now
		t.setTimer(&next, due.Name, at)
		t.put(&next)
		return nil
	}
	job := delivery{person: p.ID, decision: id, attempt: attempt}
	if o.engine.courier.carries(job) {
		return nil
	}
	if to := p.Addresses(d.Channel); d.Channel == aparte.Email && len(to) > 0 {
		pace := &o.engine.brand.Load().plan.Brand().Sender.Pace
		if ok, again := o.engine.pacer.ask(t.now, pace, to[0].Value); !ok {
			t.count("paced/"+string(d.Channel), 1)
			t.setTimer(&next, due.Name, again)
			t.put(&next)
			return nil
		}
	}
	if !o.engine.courier.push(job, d.Channel, from) && !o.engine.closing.Load() {
		o.starts.put(p.ID, due.Name, from)
		due.Due = t.now.Add(crowdedFor)
		o.schedule.add(due)
	}
	return nil
}

// answered records what a channel said of a delivery.
func (t *turn) answered(p *aparte.Person, h *handover, reference string, result error) error {
	next := *p
	name := deliverName(h.decision, h.attempt)
	if h.begun {
		name = attemptName(h.decision, h.attempt)
	}
	if _, waiting := findTimer(&next, name); !waiting {
		return nil // given up meanwhile, or it was never begun and stays to be
	}
	t.clearTimer(&next, name)
	left, err := t.bury(&next, h)
	if err != nil {
		return err
	}
	var failure *channel.Failure
	switch {
	case result == nil:
		return t.sent(left, &h.what, reference)
	case errors.As(result, &failure) && (!failure.Temporary || failure.Uncertain):
		return t.giveUp(left, &h.what, failure)
	case h.attempt >= channel.MaxAttempts:
		return t.giveUp(left, &h.what, &channel.Failure{Reason: "gave up after the last attempt"})
	}
	next = *left
	t.count("retried/"+string(h.what.Channel), 1)
	t.fated(h.what.Channel, "retried")
	seed := seedOf(t.owner.engine.secret, h.decision)
	wait := channel.Backoff(h.attempt, rand.New(rand.NewPCG(seed, uint64(h.attempt))))
	if failure != nil {
		wait = max(wait, failure.After)
	}
	t.setTimer(&next, deliverName(h.decision, h.attempt+1), t.now.Add(wait))
	t.put(&next)
	return nil
}

// sent remembers a message that left: it counts as pressure from now on and waits for its outcomes.
func (t *turn) sent(p *aparte.Person, d *aparte.Decision, reference string) error {
	more := map[string]any{}
	if reference != "" {
		more["reference"] = reference
	}
	event := ownEvent(aparte.EventSent, d, t.now, more)
	p, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
	if err != nil {
		return err
	}
	next := profile.Expose(*p, saidOf(d, t.now))
	now := t.owner.engine.brand.Load()
	t.await(now, &next, d, t.now)
	t.count("sent/"+string(d.Channel), 1)
	t.fated(d.Channel, "sent")
	t.countReached(&next, d.ID, t.now)
	t.pay(&next, d.Channel, d.Action.Content, postageOf(now.plan.Brand(), d.Channel))
	t.put(&next)
	return nil
}

// giveUp keeps a message as a dead letter. An address that the channel says is dead is closed.
func (t *turn) giveUp(p *aparte.Person, d *aparte.Decision, f *channel.Failure) error {
	t.count(deadPrefix+string(d.Channel)+"/"+d.ID.String(), 1)
	t.count(deadCount+string(d.Channel), 1)
	t.fated(d.Channel, "given_up")
	more := map[string]any{"reason": f.Reason, "code": f.Code, "suppress": f.Suppress}
	if f.Uncertain {
		more["uncertain"] = true
	}
	if to := p.Addresses(d.Channel); len(to) == 1 && f.Suppress {
		more["address"] = to[0].Value
	}
	event := ownEvent(aparte.EventFailed, d, t.now, more)
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
	return t.giveUp(p, &d, &channel.Failure{Uncertain: true, Reason: "the process ended while the channel had the message: it may have left"})
}
