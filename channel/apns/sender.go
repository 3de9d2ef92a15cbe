package apns

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/jws"
)

// The hosts of Apple: tokens of one are unknown to the other.
const (
	Production = "api.push.apple.com"
	Sandbox    = "api.sandbox.push.apple.com" // of apps that were installed by Xcode
)

// Config says for which app notifications are sent, and by whom.
type Config struct {
	Key   *jws.Key // the authentication key, .p8, whose id is the key's id at Apple; required
	Team  string   // the team's id: ten letters and digits; required
	Topic string   // the app's bundle id; required
	Host  string   // host, or host:port; default Production

	Provider channel.ProviderConfig
}

// Sender sends notifications to the devices of one app. It is safe for concurrent use.
type Sender struct {
	Config
	provider *channel.Provider
	now      func() time.Time

	mu     sync.Mutex
	token  string
	signed time.Time
}

var _ channel.Sender = (*Sender)(nil)

// New checks the configuration and makes a sender. It connects to nothing yet.
func New(c Config) (*Sender, error) {
	if c.Host == "" {
		c.Host = Production
	}
	switch {
	case c.Key == nil || !c.Key.Elliptic():
		return nil, errors.New("apns: the key must be one of the curve P-256, as Apple's .p8 files hold")
	case c.Team == "":
		return nil, errors.New("apns: the team's id is missing")
	case c.Topic == "":
		return nil, errors.New("apns: the app's bundle id is missing")
	}
	s := &Sender{Config: c, provider: channel.NewProvider(c.Provider), now: c.Provider.Now}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Channel is aparte.MobilePush.
func (s *Sender) Channel() aparte.Channel { return aparte.MobilePush }

// Close gives up the connections to Apple.
func (s *Sender) Close() { s.provider.Close() }

// deviceToken is a token as apps tell it: bytes of a length that Apple leaves open, in hexadecimal digits.
var deviceToken = regexp.MustCompile(`^[0-9a-fA-F]{32,200}$`)

// Takes reports whether an address is the token of one of Apple's devices.
func Takes(address string) bool { return deviceToken.MatchString(address) }

// Send hands one notification to Apple, once: nil means that Apple has taken it, not that a device has shown it.
//
// An error is a [*channel.Failure]. A device from which the app is gone is suppressed; a token of another app, or of the other of
// Apple's hosts, is not: that is for whoever configured it to put right.
func (s *Sender) Send(ctx context.Context, m *channel.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if !Takes(m.To) {
		return channel.Unsendable("the address is no device token of Apple's")
	}
	payload, err := write(m)
	if err != nil {
		return err
	}
	token, err := s.providerToken()
	if err != nil {
		return &channel.Failure{Temporary: true, Reason: err.Error()}
	}
	r, err := http.NewRequest(http.MethodPost, "https://"+s.Host+"/3/device/"+m.To, bytes.NewReader(payload))
	if err != nil {
		return channel.Unsendable("apns: the host is none")
	}
	h := r.Header
	h.Set("Authorization", "bearer "+token)
	h.Set("Content-Type", "application/json")
	h.Set("Apns-Id", identity(m.Key))
	h.Set("Apns-Topic", s.Topic)
	h.Set("Apns-Push-Type", "alert")
	h.Set("Apns-Priority", "10")
	h.Set("Apns-Collapse-Id", collapse(m))
	h.Set("Apns-Expiration", strconv.FormatInt(s.now().Add(lifetime(m)).Unix(), 10))
	answer, err := s.provider.Ask(ctx, r)
	if err != nil {
		return err
	}
	return s.judge(answer)
}

// renewAfter is when a provider token is signed anew: Apple refuses one older than an hour, and several within twenty minutes.
const renewAfter = 40 * time.Minute

// providerToken is the token by which Apple knows us.
func (s *Sender) providerToken() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.token != "" && now.Sub(s.signed) < renewAfter && !now.Before(s.signed) {
		return s.token, nil
	}
	token, err := s.Key.Sign(struct {
		Issuer string `json:"iss"`
		At     int64  `json:"iat"`
	}{s.Team, now.Unix()})
	if err != nil {
		return "", fmt.Errorf("apns: %w", err)
	}
	s.token, s.signed = token, now
	return token, nil
}
