package fcm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/account"
)

// Host is where Google's server is.
const Host = "fcm.googleapis.com"

const scope = "https://www.googleapis.com/auth/firebase.messaging"

// Config says for which project notifications are sent.
type Config struct {
	Account *account.Account // required
	Host    string           // host, or host:port; default Host

	Provider channel.ProviderConfig
}

// Sender sends notifications to the devices of one project's apps. It is safe for concurrent use.
type Sender struct {
	host, address string
	provider      *channel.Provider
	access        *account.Access
	now           func() time.Time
}

var _ channel.Sender = (*Sender)(nil)

// New checks the configuration and makes a sender. It connects to nothing yet.
func New(c Config) (*Sender, error) {
	if c.Account == nil {
		return nil, errors.New("fcm: the service account is missing")
	}
	if c.Host == "" {
		c.Host = Host
	}
	now := c.Provider.Now
	if now == nil {
		now = time.Now
	}
	provider := channel.NewProvider(c.Provider)
	return &Sender{
		host: c.Host, address: "https://" + c.Host + "/v1/projects/" + c.Account.Project + "/messages:send",
		provider: provider, access: account.NewAccess(c.Account, scope, provider, now), now: now,
	}, nil
}

// Channel is aparte.MobilePush.
func (s *Sender) Channel() aparte.Channel { return aparte.MobilePush }

// Close gives up the connections to Google.
func (s *Sender) Close() { s.provider.Close() }

// registration is a token as Google makes it.
var registration = regexp.MustCompile(`^[A-Za-z0-9_:.%-]{20,}$`)

// Send hands one notification to Google, once: nil means that it was taken, not that a device has shown it.
//
// An error is a [*channel.Failure]. A device that is registered no more is suppressed; a token of another project is not: that is
// for whoever configured it to put right.
func (s *Sender) Send(ctx context.Context, m *channel.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if !registration.MatchString(m.To) {
		return channel.Unsendable("the address is no registration token")
	}
	body, err := write(m, s.now())
	if err != nil {
		return err
	}
	token, err := s.access.Get(ctx)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, s.address, bytes.NewReader(body))
	if err != nil {
		return channel.Unsendable("fcm: the host is none")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := s.provider.Ask(ctx, r)
	if err != nil {
		return err
	}
	return s.judge(answer)
}

// reasons are the codes of FcmError (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode), for operators.
var reasons = map[string]string{
	"UNREGISTERED":           "the app is gone from the device",
	"INVALID_ARGUMENT":       "the token or the message is refused",
	"SENDER_ID_MISMATCH":     "the token is of another project",
	"QUOTA_EXCEEDED":         "too many messages",
	"UNAVAILABLE":            "Google's server is not available",
	"INTERNAL":               "Google's server failed",
	"THIRD_PARTY_AUTH_ERROR": "Google may not send to Apple or to browsers for this project",
}

// judge is what an answer of Google's means.
func (s *Sender) judge(a *channel.Answer) error {
	if a.Status == http.StatusOK {
		return nil
	}
	var said struct {
		Error struct {
			Details []struct {
				Code string `json:"errorCode"`
			}
		}
	}
	_ = json.Unmarshal(a.Body, &said) // what cannot be read gives no reason
	code := ""
	for _, d := range said.Error.Details {
		if reasons[d.Code] != "" {
			code = d.Code
		}
	}
	f := &channel.Failure{Code: a.Status, After: a.After, Reason: reasons[code]}
	if f.Reason == "" {
		f.Reason = "Google refused the notification"
	}
	switch {
	case code == "UNREGISTERED":
		f.Suppress = true
	case code == "SENDER_ID_MISMATCH":
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden: // of the account, which can be put right
		s.access.Drop()
		f.Temporary = true
	case a.Status == http.StatusTooManyRequests, a.Status >= 500:
		f.Temporary = true
		s.provider.Rest(s.host, a.After)
	}
	return f
}
