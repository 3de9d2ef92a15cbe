package channel

import (
	"context"

	"github.com/aparte-dev/aparte"
)

// Split is a channel with two providers, each of which reaches some addresses: first takes those that takes says are its, and
// rest all others. Both serve the same channel.
func Split(takes func(address string) bool, first, rest Sender) Sender {
	return split{takes, first, rest}
}

type split struct {
	takes       func(address string) bool
	first, rest Sender
}

// Channel is that of both.
func (s split) Channel() aparte.Channel { return s.first.Channel() }

// Send hands the message to the provider of its address.
func (s split) Send(ctx context.Context, m *Message) error {
	if s.takes(m.To) {
		return s.first.Send(ctx, m)
	}
	return s.rest.Send(ctx, m)
}
