package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// A push goes to every device of a person, and is one message. Whoever was reached on one of them was reached: what failed on the
// others is not tried again, as the same words an hour later on the tablet would be a second message. Where no device took it, it is
// tried again where it may yet be taken. A device that its provider says is dead is closed at once, and the others stay.

// toEach hands a message to each device, and notes those that are dead.
func (h *handover) toEach(ctx context.Context, sender channel.Sender, m *channel.Message, to []aparte.Identifier) error {
	var all reached
	for _, device := range to {
		one := *m
		one.To, one.Key = device.Value, m.Key+"."+device.Digest() // so that each can tell a repetition
		err := sender.Send(ctx, &one)
		var failure *channel.Failure
		if errors.As(err, &failure) && failure.Suppress {
			h.dead = append(h.dead, deadDevice{device, failure})
		}
		all.add(err, failure)
	}
	return all.result()
}

// deadDevice is one that a message can never reach, and why.
type deadDevice struct {
	address aparte.Identifier
	why     *channel.Failure
}

// reached sums up what became of one message on several devices.
type reached struct {
	took                       bool
	uncertain, later, refusing *channel.Failure // the first of each
	other                      error
}

func (r *reached) add(err error, f *channel.Failure) {
	switch {
	case err == nil:
		r.took = true
	case f == nil:
		r.other = err
	case f.Uncertain:
		r.uncertain = cmp.Or(r.uncertain, f)
	case f.Temporary:
		r.later = cmp.Or(r.later, f)
	case !f.Suppress:
		r.refusing = cmp.Or(r.refusing, f)
	}
}

// result is that of the message: taken where one device has it, else uncertain where one may have it, else to be tried again where
// one may take it later.
func (r *reached) result() error {
	switch {
	case r.took:
		return nil
	case r.uncertain != nil:
		return r.uncertain
	case r.later != nil:
		return r.later
	case r.other != nil:
		return r.other
	case r.refusing != nil:
		return r.refusing
	}
	return channel.Unsendable("no device could be reached")
}

// bury closes the devices that a message found dead. Each is an event of its own.
func (t *turn) bury(p *aparte.Person, h *handover) (*aparte.Person, error) {
	for _, dead := range h.dead {
		event := ownEvent(aparte.EventFailed, &h.what, t.now, map[string]any{
			"reason": dead.why.Reason, "code": dead.why.Code, "suppress": true, "address": dead.address.Value,
		})
		event.MessageID = aparte.MessageID(fmt.Sprintf("aparte-dead:%s:%s", h.decision, dead.address.Digest()))
		next, err := t.apply(p, &event, named{}, messageKey(event.MessageID))
		if err != nil {
			return nil, err
		}
		p = next
	}
	return p, nil
}
