package webpush

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

// Config says who sends.
type Config struct {
	Keys    *Keys  // required
	Contact string // whom push services write to where something is wrong: mailto:… or https://…; required

	Provider channel.ProviderConfig
}

// Sender sends notifications to browsers. It is safe for concurrent use.
type Sender struct {
	passes   *passes
	provider *channel.Provider
	now      func() time.Time
}

var _ channel.Sender = (*Sender)(nil)

// New checks the configuration and makes a sender. It connects to nothing yet.
func New(c Config) (*Sender, error) {
	switch {
	case c.Keys == nil:
		return nil, errors.New("web push: the keys are missing")
	case !strings.HasPrefix(c.Contact, "mailto:") && !strings.HasPrefix(c.Contact, "https://"):
		return nil, errors.New("web push: the contact must begin with mailto: or https://")
	}
	s := &Sender{passes: &passes{keys: c.Keys, contact: c.Contact}, provider: channel.NewProvider(c.Provider), now: c.Provider.Now}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Channel is aparte.WebPush.
func (s *Sender) Channel() aparte.Channel { return aparte.WebPush }

// Close gives up the connections to push services.
func (s *Sender) Close() { s.provider.Close() }

// Send hands one notification to the browser's push service, once: nil means that it was taken, not that it was shown.
//
// An error is a [*channel.Failure]. A subscription that is no more is suppressed.
func (s *Sender) Send(ctx context.Context, m *channel.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	to, err := parse(m.To)
	if err != nil {
		return err
	}
	plain, err := write(m)
	if err != nil {
		return err
	}
	r, err := s.request(to, m, plain)
	if err != nil {
		return err
	}
	answer, err := s.provider.Ask(ctx, r)
	if err != nil {
		return err
	}
	return s.judge(to, answer)
}

const (
	defaultTTL = 24 * time.Hour
	maxTTL     = 28 * 24 * time.Hour // what push services keep a message for, at most
)

func (s *Sender) request(to *subscription, m *channel.Message, plain []byte) (*http.Request, error) {
	ours, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, &channel.Failure{Temporary: true, Reason: "no key could be made"}
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	body, err := encrypt(to, plain, salt, ours)
	if err != nil {
		return nil, channel.Unsendable("encrypt: %v", err)
	}
	header, err := s.passes.header(to.origin, s.now())
	if err != nil {
		return nil, &channel.Failure{Temporary: true, Reason: err.Error()}
	}
	r, err := http.NewRequest(http.MethodPost, to.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, channel.Unsendable("the subscription's endpoint is no address")
	}
	ttl := m.TTL
	if ttl <= 0 {
		ttl = defaultTTL
	}
	h := r.Header
	h.Set("Authorization", header)
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Encoding", "aes128gcm")
	h.Set("TTL", strconv.FormatInt(int64(min(ttl, maxTTL)/time.Second), 10))
	h.Set("Urgency", "normal")
	h.Set("Topic", shown(m))
	return r, nil
}

// notification is what the service worker of package tag shows.
type notification struct {
	Title  string `json:"title"`
	Body   string `json:"body"`
	Tag    string `json:"tag"`
	Image  string `json:"image,omitempty"`
	Link   string `json:"link,omitempty"`
	Report string `json:"report,omitempty"`
}

func write(m *channel.Message) ([]byte, error) {
	if m.Text == "" {
		return nil, channel.Unsendable("notification has no text")
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(notification{m.Subject, m.Text, shown(m), m.Image, m.Link, m.Report}); err != nil {
		return nil, channel.Unsendable("notification cannot be encoded")
	}
	plain := bytes.TrimSpace(out.Bytes())
	if len(plain) > maxPlain {
		return nil, channel.Unsendable("notification is over %d bytes", maxPlain)
	}
	return plain, nil
}

// shown is the name under which one notification takes the place of another, at the push service (Topic, of at most 32 characters
// of base64url: RFC 8030, section 5.4) and in the browser (tag).
func shown(m *channel.Message) string {
	name := m.Collapse
	if name == "" {
		name = m.Key
	}
	sum := sha256.Sum256([]byte(name))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// judge is what a push service's answer means (RFC 8030, sections 5 and 7.3).
func (s *Sender) judge(to *subscription, a *channel.Answer) error {
	if a.Status == http.StatusCreated || a.Status == http.StatusOK || a.Status == http.StatusAccepted {
		return nil
	}
	f := &channel.Failure{Code: a.Status, After: a.After, Reason: "the push service refused the notification"}
	switch {
	case a.Status == http.StatusNotFound || a.Status == http.StatusGone:
		f.Suppress, f.Reason = true, "the subscription is no more"
	case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden:
		f.Reason = "the push service does not take our key: was it subscribed to with another?"
	case a.Status == http.StatusRequestEntityTooLarge:
		f.Reason = "the notification is too large"
	case a.Status == http.StatusTooManyRequests:
		f.Temporary, f.Reason = true, "the push service was asked too often"
	case a.Status >= 500:
		f.Temporary, f.Reason = true, "the push service failed"
		s.provider.Rest(to.host, a.After)
	}
	return f
}
