package engine

import (
	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// Grants says to which channels' providers messages may go, each time one is about to leave (grant.Ledger).
type Grants interface {
	Sends(aparte.Channel) bool
	Sent(aparte.Channel) // one is handed over
}

// sender is what hands messages to a channel's provider; nil where there is none, or nothing lets personal data go there.
func (e *Engine) sender(c aparte.Channel) channel.Sender {
	if e.grants != nil && !e.grants.Sends(c) {
		return nil
	}
	return e.senders[c]
}

// handed counts a message that goes to a channel's provider.
func (e *Engine) handed(c aparte.Channel) {
	if e.grants != nil {
		e.grants.Sent(c)
	}
}
