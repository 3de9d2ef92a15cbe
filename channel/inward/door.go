package inward

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// Addresses knows which message an address was made for.
type Addresses interface {
	// MessageOf is the key of the message for which the local part of an address was made; not ok where it was made for none.
	MessageOf(local string) (key string, ok bool)
}

// Config says where mail comes in and who is told. Addr, Domain, Addresses and Listener are required.
type Config struct {
	Addr      string // host:port
	Domain    string // right side of the addresses
	Addresses Addresses
	Listener  channel.Listener

	TLS      *tls.Config   // offers STARTTLS; nil: in the clear
	MaxBytes int           // of one mail, larger ones are refused with 552; default 1 MiB
	MaxConns int           // at once, further ones wait; default 64
	Timeout  time.Duration // of each read, each write, and of telling the listener; default 1 min
	Now      func() time.Time
	Logger   *slog.Logger // nil: nothing is logged
}

// Complaints is the local part of the address to name to mailbox providers that pass complaints on. Which message is complained
// about is found in what they send.
const Complaints = "complaints"

// Door is a mail server at work. It is safe for concurrent use.
type Door struct {
	config Config
	server *smtp.Server
	listen net.Listener
	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	served chan struct{} // closed when the accepting goroutine has ended
	close  sync.Once
}

// Open listens. It runs until Close.
func Open(ctx context.Context, config Config) (*Door, error) {
	config.setDefaults()
	if config.Domain == "" || config.Addresses == nil || config.Listener == nil {
		return nil, errors.New("mail door: domain, addresses and listener are required")
	}
	var lc net.ListenConfig
	listen, err := lc.Listen(ctx, "tcp", config.Addr)
	if err != nil {
		return nil, fmt.Errorf("mail door: %w", err)
	}
	d := &Door{config: config, listen: netutil.LimitListener(listen, config.MaxConns), served: make(chan struct{})}
	d.ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	d.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{door: d}, nil }))
	d.server.Domain = config.Domain
	d.server.TLSConfig = config.TLS
	d.server.MaxMessageBytes = int64(config.MaxBytes)
	d.server.MaxRecipients = 1 // an address stands for one message
	d.server.ReadTimeout, d.server.WriteTimeout = config.Timeout, config.Timeout
	d.server.ErrorLog = log.New(io.Discard, "", 0) // it would name addresses
	go func() {                                    // ends with the listener, which Close waits for
		defer close(d.served)
		_ = d.server.Serve(d.listen) // it only ends because the door was closed
	}()
	return d, nil
}

func (c *Config) setDefaults() {
	if c.MaxBytes <= 0 {
		c.MaxBytes = 1 << 20
	}
	if c.MaxConns <= 0 {
		c.MaxConns = 64
	}
	if c.Timeout <= 0 {
		c.Timeout = time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// Addr is the address it listens on.
func (d *Door) Addr() string { return d.listen.Addr().String() }

// Close cuts the connections and waits until all has ended. A mail that was not acknowledged will be sent again.
func (d *Door) Close() error {
	d.close.Do(func() {
		d.stop()
		_ = d.server.Close() // what it says is that the listener is closed
		<-d.served
		_ = d.server.Shutdown(context.Background()) // waits for sessions, whose connections are closed
	})
	return nil
}

// session is one connection.
type session struct {
	door      *Door
	null      bool   // no return path: a machine speaks
	key       string // of the message that the mail is about
	complaint bool   // it came by the address for complaints
}

var (
	errUnknown = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such address"}
	errRelay   = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "this server relays nothing"}
	errLater   = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
)

// Mail begins a mail.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.null = from == ""
	return nil
}

// Rcpt takes an address of ours, and no other.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	local, domain, _ := strings.Cut(to, "@")
	if !strings.EqualFold(domain, s.door.config.Domain) {
		return errRelay
	}
	if strings.EqualFold(local, Complaints) {
		s.complaint = true
		return nil
	}
	key, ok := s.door.config.Addresses.MessageOf(local)
	if !ok {
		return errUnknown
	}
	s.key = key
	return nil
}

// Data takes the mail, and tells what it is. It is acknowledged when the listener knows.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	d := s.door
	ctx, cancel := context.WithTimeout(d.ctx, d.config.Timeout)
	defer cancel()
	if err := d.tell(ctx, read(raw), s); err != nil {
		if d.ctx.Err() == nil {
			d.config.Logger.Error("mail came back and cannot be told", "message", s.key, "error", err)
		}
		return errLater
	}
	return nil
}

// Reset forgets the mail.
func (s *session) Reset() { *s = session{door: s.door} }

// Logout ends the session.
func (s *session) Logout() error { return nil }

// tell says what a mail is to the listener.
func (d *Door) tell(ctx context.Context, m *mail, s *session) error {
	key, what := s.key, m.kind(s.null)
	if what == complaint {
		key = d.complainedOf(m, key)
	}
	if key == "" || s.complaint && what != complaint {
		what = nothing
	}
	d.config.Logger.Debug("mail came back", "message", key, "is", what)
	now := d.config.Now().UTC()
	switch what {
	case report:
		r := m.report()
		r.Channel, r.Key, r.At = aparte.Email, key, now
		return d.config.Listener.Reported(ctx, r)
	case complaint:
		return d.config.Listener.Reported(ctx, &channel.Report{Channel: aparte.Email, Key: key, Fate: channel.Complained, At: now})
	case reply:
		return d.config.Listener.Replied(ctx, &channel.Reply{
			Channel: aparte.Email, ID: m.id(), From: m.from(), Key: key, Text: m.words(), At: now,
		})
	}
	return nil
}

// complainedOf is the message that a complaint is about: the first address of ours in what it tells of the message, or the
// one that the complaint came by.
func (d *Door) complainedOf(m *mail, key string) string {
	for _, address := range m.complained() {
		local, domain, _ := strings.Cut(address, "@")
		if found, ok := d.config.Addresses.MessageOf(local); ok && strings.EqualFold(domain, d.config.Domain) {
			return found
		}
	}
	return key
}

// trimmed is s without blanks and brackets: an address as an envelope has it.
func trimmed(s string) string { return strings.Trim(strings.TrimSpace(s), "<>") }

// firstLine is the first line of b, and the rest.
func firstLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}
