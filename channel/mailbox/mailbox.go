package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Config says where a mailbox listens and how much it keeps. Its zero value is that of [Start] on a
// free port of 127.0.0.1.
type Config struct {
	Addr string // loopback host:port; default "127.0.0.1:0", a free port

	MaxMails     int // mails kept, the newest; default 500
	MaxBytes     int // bytes of mails kept, parsed and raw together; default 64 MiB
	MaxMailBytes int // bytes of one mail, larger ones are refused with 552; default 10 MiB
	MaxConns     int // connections at once, further ones wait to be accepted; default 64

	// TLS makes the mailbox offer STARTTLS; with Implicit it speaks TLS from the first byte. Nil: plain.
	TLS      *tls.Config
	Implicit bool

	Username string // who may send, by AUTH PLAIN; empty: whoever asks
	Password string

	Now func() time.Time // the clock of ReceivedAt; default time.Now
}

// Refusal is the answer to a recipient who is not taken: a reply code, its enhanced code and a text.
type Refusal = smtp.SMTPError

// Mailbox is a running mail server. It is safe for concurrent use.
type Mailbox struct {
	config Config
	server *smtp.Server
	door   *door
	served chan struct{} // closed when the accepting goroutine has ended
	unbind func() bool   // unties Close from the context of Start
	close  sync.Once

	mu     sync.Mutex
	mails  []*Mail // oldest first
	bytes  int     // their sizes
	lastID uint64
	refuse func(to string) *Refusal
}

// Start opens a mailbox on a loopback address, such as "127.0.0.1:2525" or "127.0.0.1:0" for a free
// port, with the defaults of [Config]. It runs until Close is called or ctx ends.
func Start(ctx context.Context, addr string) (*Mailbox, error) {
	return StartWith(ctx, Config{Addr: addr})
}

// StartWith is Start with everything said.
func StartWith(ctx context.Context, config Config) (*Mailbox, error) {
	config.setDefaults()
	listener, err := listenLoopback(ctx, config.Addr)
	if err != nil {
		return nil, fmt.Errorf("start mailbox: %w", err)
	}
	m := &Mailbox{
		config: config,
		door:   newDoor(listener, config.MaxConns),
		served: make(chan struct{}),
	}
	m.server = m.newServer()
	go m.serve()
	m.unbind = context.AfterFunc(ctx, func() { m.Close() })
	return m, nil
}

// Addr is the address it listens on.
func (m *Mailbox) Addr() string { return m.door.Addr().String() }

// Mails are the mails kept, newest first.
func (m *Mailbox) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	mails := make([]Mail, len(m.mails))
	for i, mail := range m.mails {
		mails[len(mails)-1-i] = *mail
	}
	return mails
}

// Mail is the mail with that ID, and whether it is (still) kept.
func (m *Mailbox) Mail(id uint64) (Mail, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, mail := range m.mails {
		if mail.ID == id {
			return *mail, true
		}
	}
	return Mail{}, false
}

// Refuse sets what each recipient is answered from now on: nil from f takes the mail, a refusal of
// code 4xx is a temporary failure, one of 5xx a permanent one. A nil f takes everything. f runs on the
// connection's goroutine, may block, and may be called concurrently; Close waits for it.
func (m *Mailbox) Refuse(f func(to string) *Refusal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = f
}

// Close stops listening, cuts the connections and waits until all has ended. The mails stay readable.
// Further calls wait likewise and do nothing.
func (m *Mailbox) Close() error {
	m.close.Do(func() {
		m.unbind()
		m.door.Close()
		<-m.served
		m.door.cut()
		// Without listener and connections, what is left to wait for are the sessions' last words. The
		// error would be that of closing the listener a second time.
		_ = m.server.Shutdown(context.Background())
	})
	return nil
}

func (m *Mailbox) serve() {
	defer close(m.served)
	var listener net.Listener = m.door
	if m.config.TLS != nil && m.config.Implicit {
		listener = tls.NewListener(m.door, m.config.TLS)
	}
	// It only ever ends because the door was closed.
	_ = m.server.Serve(listener)
}

func (m *Mailbox) newServer() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{mailbox: m}, nil
	}))
	server.Domain = "mailbox.localhost"
	server.TLSConfig = m.config.TLS
	server.MaxMessageBytes = int64(m.config.MaxMailBytes)
	server.MaxRecipients = 100
	server.AllowInsecureAuth = true // the line never leaves the machine
	server.ReadTimeout = time.Minute
	server.WriteTimeout = time.Minute
	server.ErrorLog = log.New(io.Discard, "", 0) // it would name addresses
	return server
}

// keep files a mail and drops the oldest that no longer fit.
func (m *Mailbox) keep(mail Mail) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastID++
	mail.ID = m.lastID
	m.mails = append(m.mails, &mail)
	m.bytes += mail.size()
	for len(m.mails) > m.config.MaxMails || m.bytes > m.config.MaxBytes && len(m.mails) > 1 {
		m.bytes -= m.mails[0].size()
		m.mails[0] = nil
		m.mails = m.mails[1:]
	}
}

func (c *Config) setDefaults() {
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.MaxMails <= 0 {
		c.MaxMails = 500
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = 64 << 20
	}
	if c.MaxMailBytes <= 0 {
		c.MaxMailBytes = 10 << 20
	}
	if c.MaxConns <= 0 {
		c.MaxConns = 64
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

// listenLoopback listens on addr, or fails where it is not this machine alone that could connect.
func listenLoopback(ctx context.Context, addr string) (net.Listener, error) {
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	if !tcp.IP.IsLoopback() {
		return nil, errors.New("address is not a loopback one: a mailbox takes mail from this machine only")
	}
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", tcp.String())
}
