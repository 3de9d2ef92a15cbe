package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/aparte-dev/aparte/channel"
)

// conn is one connection to the mail server, greeted and authenticated. Whoever took it from the pool
// has it to themselves.
type conn struct {
	raw    net.Conn // beneath any TLS: closing it ends every read and write at once
	client *smtp.Client

	lastUsed time.Time
	used     bool // has sent before, so that the server may have closed it since
	dirty    bool // a mail was begun and refused: to be reset before the next
	broken   bool // must not be used again
}

// errStale: the server had closed a kept connection before it was told of the mail.
var errStale = errors.New("kept connection was closed by the server")

// dial connects, encrypts, greets and authenticates. Errors are temporary failures: they say nothing
// against the message.
func dial(ctx context.Context, s *settings) (*conn, error) {
	raw, err := s.Dial(ctx, "tcp", s.Addr)
	if err != nil {
		return nil, unreachable(ctx, connecting, err)
	}
	c := &conn{raw: raw}
	at := encrypting
	err = c.during(ctx, func() (err error) {
		at, err = c.introduce(ctx, s)
		return err
	})
	if err != nil {
		c.abandon()
		return nil, unreachable(ctx, at, err)
	}
	if c.broken { // ctx ended at the very last moment
		c.abandon()
		return nil, givenUp(ctx)
	}
	return c, nil
}

func (c *conn) introduce(ctx context.Context, s *settings) (step, error) {
	switch s.TLS {
	case NoTLS:
		c.client = smtp.NewClient(c.raw)
	case ImplicitTLS:
		encrypted := tls.Client(c.raw, s.TLSConfig)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return encrypting, err
		}
		c.client = smtp.NewClient(encrypted)
	case StartTLS:
		var err error
		if c.client, err = smtp.NewClientStartTLS(c.raw, s.TLSConfig); err != nil {
			return encrypting, err
		}
	}
	if err := c.client.Hello(s.Domain); err != nil {
		return greeting, err
	}
	if s.Username == "" {
		return ready, nil
	}
	return authenticating, c.authenticate(s)
}

func (c *conn) authenticate(s *settings) error {
	switch {
	case c.client.SupportsAuth(sasl.Plain):
		return c.client.Auth(sasl.NewPlainClient("", s.Username, s.Password))
	case c.client.SupportsAuth(sasl.Login):
		return c.client.Auth(sasl.NewLoginClient(s.Username, s.Password))
	}
	return errors.New("the server offers neither AUTH PLAIN nor AUTH LOGIN")
}

// send hands one mail over. The error is a failure, or errStale.
func (c *conn) send(ctx context.Context, l *letter, begin func(context.Context) error) error {
	at := ready
	err := c.during(ctx, func() (err error) {
		at, err = c.converse(l, func() error { return begin(ctx) })
		return err
	})
	if err == nil {
		return nil
	}
	if at == beginning {
		c.broken = true // the server waits for the rest of a mail that must not be finished
		return &channel.Failure{Temporary: true, Reason: at.String(), Err: err}
	}
	var reply *smtp.SMTPError
	answered := errors.As(err, &reply) && (reply.Code/100 == 4 || reply.Code/100 == 5)
	if !answered || reply.Code == closingCode {
		c.broken = true
	}
	// Before it took the sender's address, the server knew nothing of this mail.
	if c.broken && c.used && at == naming && ctx.Err() == nil {
		return errStale
	}
	if !answered {
		return lost(ctx, at)
	}
	c.dirty = at != ending
	return refused(at, reply)
}

// converse is the transaction of RFC 5321 section 3.3. It returns how far it came. begin is called before the end of the
// mail is sent.
func (c *conn) converse(l *letter, begin func() error) (step, error) {
	if c.dirty {
		if err := c.client.Reset(); err != nil {
			return naming, err
		}
		c.dirty = false
	}
	if err := c.client.Mail(l.from, &smtp.MailOptions{Size: int64(len(l.data))}); err != nil {
		return naming, err
	}
	if err := c.client.Rcpt(l.to, nil); err != nil {
		return addressing, err
	}
	w, err := c.client.Data()
	if err != nil {
		return writing, err
	}
	if _, err := w.Write(l.data); err != nil {
		return writing, err
	}
	if err := begin(); err != nil {
		return beginning, err
	}
	return ending, w.Close()
}

// during runs f, and cuts the connection should ctx end first, so that f returns.
func (c *conn) during(ctx context.Context, f func() error) error {
	cut := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.raw.Close()
		close(cut)
	})
	err := f()
	if !stop() {
		<-cut
		c.broken = true
	}
	return err
}

// abandon closes the connection without a word.
func (c *conn) abandon() { c.raw.Close() }

// quit takes leave of the server, within the time given, and closes the connection.
func (c *conn) quit(within time.Duration) {
	c.client.CommandTimeout = within
	_ = c.client.Quit() // a server that does not answer is left all the same
	c.abandon()
}
