package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/gsm"
)

// Config says through which message centre texts leave, and in whose name.
type Config struct {
	Addr       string      // host:port of the message centre; required
	TLS        *tls.Config // nil: in the clear, for lines that are private by other means. ServerName is Addr's host where empty
	SystemID   string      // the account; required
	Password   string      // up to 8 bytes (section 4.1.5)
	SystemType string      // where the provider asks for one

	From     string           // who speaks where the message does not say: a number such as +33612345678, a short code, or up to 11 letters; required
	Segments int              // of a message, at most; default 6, 255 at most
	Validity time.Duration    // how long the message centre tries; default 24 h, 7 days at most
	Dead     map[int]bool     // codes in receipts by which the provider says that a number is dead; nil: 1, GSM's unknown subscriber
	Window   int              // messages that wait for their answer at once; default 10
	Rate     int              // segments a second, at most; 0: no bound
	Enquire  time.Duration    // how long a silent connection is trusted; default 30 s
	Timeout  time.Duration    // of one Send; default 30 s
	Listener channel.Listener // is told of receipts and of what people write; nil: no receipt is asked for and nothing is heard

	Dial   func(ctx context.Context, network, addr string) (net.Conn, error) // default a net.Dialer's
	Now    func() time.Time                                                  // default time.Now
	Logger *slog.Logger                                                      // nil: nothing is logged
}

// settings are a Config checked and completed.
type settings struct {
	Config
	from address
}

func (c Config) check() (*settings, error) {
	s := &settings{Config: c}
	s.setDefaults()
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return nil, fmt.Errorf("addr: %w", err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); host == "" || err != nil || n == 0 {
		return nil, fmt.Errorf("addr %q: want host:port", s.Addr)
	}
	if s.TLS != nil {
		if s.TLS = s.TLS.Clone(); s.TLS.ServerName == "" {
			s.TLS.ServerName = host
		}
	}
	if s.from, err = sender(s.From); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	switch {
	case s.SystemID == "" || len(s.SystemID) > 15:
		return nil, errors.New("system id: want 1 to 15 bytes")
	case len(s.Password) > 8:
		return nil, errors.New("password: want up to 8 bytes")
	case len(s.SystemType) > 12:
		return nil, errors.New("system type: want up to 12 bytes")
	case s.Segments > gsm.MaxSegments:
		return nil, fmt.Errorf("segments: want up to %d", gsm.MaxSegments)
	case s.Validity > 7*24*time.Hour:
		return nil, errors.New("validity: want up to 7 days")
	}
	return s, nil
}

func (s *settings) setDefaults() {
	s.Segments = orDefault(s.Segments, 6)
	s.Window = orDefault(s.Window, 10)
	s.Validity = orDefault(s.Validity, 24*time.Hour)
	s.Enquire = orDefault(s.Enquire, 30*time.Second)
	s.Timeout = orDefault(s.Timeout, 30*time.Second)
	if s.Dead == nil {
		s.Dead = map[int]bool{unknownSubscriber: true}
	}
	if s.Dial == nil {
		s.Dial = new(net.Dialer).DialContext
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
}

// orDefault is a setting, or what stands for one that was not made.
func orDefault[T int | time.Duration](v, fallback T) T {
	if v <= 0 {
		return fallback
	}
	return v
}
