package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/store"
)

// ErrFate is a fate that no notification has.
var ErrFate = errors.New("a notification is delivered or dismissed")

// Notified notes what a phone or a browser tells of a notification: that it was shown, or closed without being followed. Telling
// it again, from whichever device, changes nothing.
func (e *Engine) Notified(ctx context.Context, token, fate string) error {
	name, known := map[string]string{string(channel.Delivered): aparte.EventDelivered, "dismissed": aparte.EventDismissed}[fate]
	if !known {
		return ErrFate
	}
	id, at, err := e.readToken(tokenMessage, token)
	if err != nil {
		return err
	}
	err = e.visit(ctx, id.Person, func(t *turn, p *aparte.Person) error {
		d, err := t.decisionAt(id, at)
		if err != nil {
			return err
		}
		if name == aparte.EventDismissed && clicked(p, id) {
			return nil // on another device: it was followed
		}
		event := ownEvent(name, &d, t.now, nil)
		event.MessageID = aparte.MessageID(fmt.Sprintf("aparte-%s:%s", fate, id))
		key := messageKey(event.MessageID)
		if repeated, err := t.applied(p, nil, key, ringHash(key)); err != nil || repeated {
			return err
		}
		t.count(fate+"/"+string(d.Channel), 1)
		_, err = t.apply(p, &event, named{}, key)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // erased meanwhile, or lost in a crash
	}
	return err
}
