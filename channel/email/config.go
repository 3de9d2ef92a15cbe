package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
)

// TLSMode says how the connection to the mail server is encrypted.
type TLSMode string

// The modes. None of them falls back to another.
const (
	// AutoTLS is NoTLS to a loopback address, ImplicitTLS to port 465, StartTLS otherwise.
	AutoTLS     TLSMode = ""
	StartTLS    TLSMode = "starttls" // begin in the clear and require the upgrade of RFC 3207
	ImplicitTLS TLSMode = "implicit" // encrypted from the first byte, RFC 8314
	NoTLS       TLSMode = "none"     // never; beyond this machine, without credentials only
)

// Config says through which server mails leave, and in whose name.
type Config struct {
	Addr string // host:port of the mail server; required
	From string // who speaks where the message does not say: `Name <address>` or an address; required

	ReplyTo      string // where answers go where the message does not say; empty: From
	EnvelopeFrom string // the address bounces go to; default From's
	Domain       string // right side of Message-ID, and how we present ourselves; default From's domain

	TLS       TLSMode
	TLSConfig *tls.Config // roots, client certificate; nil: the system's roots. ServerName is Addr's host where empty

	Username string // for AUTH PLAIN or LOGIN, whichever the server offers; empty: no authentication
	Password string

	Keys []Key // that sign each mail; none: mails are not signed

	Connections int           // connections at once, each sending one mail at a time; default 4
	Idle        time.Duration // how long an unused connection is trusted; default 30 s
	Timeout     time.Duration // of one Send, waiting for a connection included; default 1 min

	Now  func() time.Time                                                  // the clock of the Date header and of Idle; default time.Now
	Dial func(ctx context.Context, network, addr string) (net.Conn, error) // default a net.Dialer's
}

// settings are a Config checked and completed.
type settings struct {
	Config
	host         string
	loopback     bool
	from         *mail.Address
	replyTo      *mail.Address // nil: none
	envelopeFrom string
	signing      []*dkim.SignOptions
}

func (c Config) check() (*settings, error) {
	s := &settings{Config: c}
	s.setDefaults()
	if err := errors.Join(s.checkSender(), s.checkServer()); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *settings) setDefaults() {
	if s.Connections <= 0 {
		s.Connections = 4
	}
	if s.Idle <= 0 {
		s.Idle = 30 * time.Second
	}
	if s.Timeout <= 0 {
		s.Timeout = time.Minute
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Dial == nil {
		s.Dial = new(net.Dialer).DialContext
	}
}

func (s *settings) checkSender() (err error) {
	if s.from, err = parseMailbox(s.From); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if s.ReplyTo != "" {
		if s.replyTo, err = parseMailbox(s.ReplyTo); err != nil {
			return fmt.Errorf("reply-to: %w", err)
		}
	}
	s.envelopeFrom = s.EnvelopeFrom
	if s.envelopeFrom == "" {
		s.envelopeFrom = s.from.Address
	}
	if err := checkAddress(s.envelopeFrom); err != nil {
		return fmt.Errorf("envelope from: %w", err)
	}
	if s.Domain == "" {
		_, s.Domain, _ = strings.Cut(s.from.Address, "@")
	}
	if err := checkDomain(s.Domain); err != nil {
		return fmt.Errorf("domain: %w", err)
	}
	return s.checkKeys()
}

func (s *settings) checkServer() error {
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fmt.Errorf("addr: %w", err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); host == "" || err != nil || n == 0 {
		return fmt.Errorf("addr %q: want host:port", s.Addr)
	}
	s.host, s.loopback = host, isLoopback(host)
	if s.TLS == AutoTLS {
		switch {
		case s.loopback:
			s.TLS = NoTLS
		case port == "465":
			s.TLS = ImplicitTLS
		default:
			s.TLS = StartTLS
		}
	}
	if s.TLS == NoTLS {
		if s.Username != "" && !s.loopback {
			return errors.New("tls none: the password would leave this machine in the clear")
		}
		return nil
	}
	if s.TLS != StartTLS && s.TLS != ImplicitTLS {
		return fmt.Errorf("tls %q: want %s, %s or %s", s.TLS, StartTLS, ImplicitTLS, NoTLS)
	}
	if s.TLSConfig = s.TLSConfig.Clone(); s.TLSConfig == nil {
		s.TLSConfig = &tls.Config{}
	}
	if s.TLSConfig.ServerName == "" {
		s.TLSConfig.ServerName = host
	}
	return nil
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
