package email

import (
	"context"
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// Sender sends mails through one server. It is safe for concurrent use.
type Sender struct {
	settings *settings
	pool     *pool
}

var _ channel.Careful = (*Sender)(nil)

// New checks the configuration and makes a sender. It connects to nothing yet.
func New(config Config) (*Sender, error) {
	s, err := config.check()
	if err != nil {
		return nil, fmt.Errorf("e-mail channel: %w", err)
	}
	return &Sender{settings: s, pool: newPool(s)}, nil
}

// Channel is aparte.Email.
func (s *Sender) Channel() aparte.Channel { return aparte.Email }

// Send hands the message to the mail server, once: nil means that the server has taken it.
//
// An error is a [*channel.Failure]. It is temporary when the server cannot be reached, is not the one
// that was configured (TLS, credentials), or answers 4xx; permanent when it answers 5xx to this
// message, or the message cannot be written as a mail; and suppresses the address when that is what
// the server refuses for good (5.1.x).
func (s *Sender) Send(ctx context.Context, m *channel.Message) error {
	return s.SendCarefully(ctx, m, func(context.Context) error { return nil })
}

// SendCarefully is Send, and calls begin when the server has all of the mail but its end, before which it must not
// deliver it (RFC 5321 section 4.1.1.4).
func (s *Sender) SendCarefully(ctx context.Context, m *channel.Message, begin func(context.Context) error) error {
	letter, err := s.settings.write(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.settings.Timeout)
	defer cancel()

	c, err := s.pool.take(ctx, anyConn)
	if err != nil {
		return err
	}
	err = c.send(ctx, letter, begin)
	s.pool.put(c)
	if !errors.Is(err, errStale) {
		return err
	}

	// The server had closed the connection while it was kept: nothing was sent yet.
	if c, err = s.pool.take(ctx, newConn); err != nil {
		return err
	}
	err = c.send(ctx, letter, begin)
	s.pool.put(c)
	return err
}

// Close waits for the mails being sent, then closes the connections. Sending afterwards fails for the
// time being.
func (s *Sender) Close() error {
	s.pool.close()
	return nil
}
