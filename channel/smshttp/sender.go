package smshttp

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/gsm"
)

// Sender sends texts through one provider. It is safe for concurrent use.
type Sender struct {
	config   *Config
	host     string
	provider *channel.Provider
}

var _ channel.Receipted = (*Sender)(nil)

// New makes a sender of a Config that Parse returned. Rate and Private of the provider are the Config's. It connects to nothing yet.
func New(c *Config, p channel.ProviderConfig) *Sender {
	p.Rate, p.Private = c.Rate, c.Private
	u, err := url.Parse(c.URL)
	if err != nil {
		u = new(url.URL) // never: it was checked
	}
	return &Sender{config: c, host: u.Host, provider: channel.NewProvider(p)}
}

// Channel is aparte.SMS.
func (s *Sender) Channel() aparte.Channel { return aparte.SMS }

// Host is where the provider is.
func (s *Sender) Host() string { return s.host }

// Close gives up the connections to the provider.
func (s *Sender) Close() error {
	s.provider.Close()
	return nil
}

// Send is SendReceipted without the provider's name for the message.
func (s *Sender) Send(ctx context.Context, m *channel.Message) error {
	_, err := s.SendReceipted(ctx, m)
	return err
}

// SendReceipted hands one text to the provider, once: nil means that it was taken. An error is a [*channel.Failure].
func (s *Sender) SendReceipted(ctx context.Context, m *channel.Message) (reference string, err error) {
	r, err := s.request(m)
	if err != nil {
		return "", err
	}
	answer, err := s.provider.Ask(ctx, r)
	if err != nil {
		return "", err
	}
	if err := s.judge(answer); err != nil {
		return "", err
	}
	if reference, _ = find(answer.Body, s.config.Answer.ID); !isReference(reference) {
		reference = "" // it was taken; that it has no name is no failure
	}
	return reference, nil
}

// request is the request that carries a message. The error is a permanent failure.
func (s *Sender) request(m *channel.Message) (*http.Request, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	digits, international := strings.CutPrefix(m.To, "+")
	switch {
	case !international || len(digits) < 8 || len(digits) > 15 || digits[0] == '0' || !isDigits(digits): // ITU-T E.164, section 6.2
		return nil, channel.Unsendable("the address is no number in the form of E.164")
	case m.Text == "":
		return nil, channel.Unsendable("message has no text")
	}
	if size := gsm.Measure(m.Text); size.Segments > s.config.Segments {
		return nil, channel.Unsendable("message takes %d segments, more than %d", size.Segments, s.config.Segments)
	}
	values := map[string]string{"to": m.To, "digits": digits, "from": m.From, "text": strings.ToValidUTF8(m.Text, "\ufffd"), "key": m.Key}
	if m.From == "" {
		values["from"] = s.config.From
	}
	body, kind, err := s.body(values)
	if err != nil {
		return nil, channel.Unsendable("the request cannot be written")
	}
	r, err := http.NewRequest(s.config.Method, s.config.URL, bytes.NewReader(body))
	if err != nil {
		return nil, channel.Unsendable("the provider's address cannot be used")
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Accept", "application/json")
	for _, name := range slices.Sorted(maps.Keys(s.config.Headers)) {
		r.Header.Set(name, template(s.config.Headers[name]).fill(values))
	}
	return r, nil
}

func (s *Sender) body(values map[string]string) (body []byte, kind string, err error) {
	if s.config.JSON != nil {
		body, err := rewrite(s.config.JSON, func(_ jsontext.Pointer, text string) (string, error) { return template(text).fill(values), nil })
		return body, "application/json", err
	}
	form := url.Values{}
	for name, text := range s.config.Form {
		form.Set(name, template(text).fill(values))
	}
	return []byte(form.Encode()), "application/x-www-form-urlencoded", nil
}

// judge is what an answer means: nil where the message was taken.
func (s *Sender) judge(a *channel.Answer) error {
	means := &s.config.Answer
	code, _ := find(a.Body, means.Code)
	taken := a.Status/100 == 2 && (len(means.TakenCodes) == 0 || slices.Contains(means.TakenCodes, code))
	if taken {
		return nil
	}
	f := &channel.Failure{Code: a.Status, After: a.After, Reason: "the provider refuses the message"}
	if n, err := strconv.Atoi(code); err == nil {
		f.Code = n // the provider's own says more than HTTP's
	}
	switch {
	case slices.Contains(means.DeadCodes, code):
		f.Suppress, f.Reason = true, "no such number"
	case slices.Contains(means.TemporaryCodes, code) || slices.Contains(means.Temporary, a.Status):
		f.Temporary = true
	case slices.Contains(means.Permanent, a.Status):
	case a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden:
		f.Temporary, f.Reason = true, "the provider refuses the account"
	case a.Status == http.StatusRequestTimeout || a.Status == http.StatusTooEarly || a.Status == http.StatusTooManyRequests || a.Status >= 500:
		f.Temporary, f.Reason = true, "the provider cannot take it now"
	}
	if f.Temporary && a.After > 0 {
		s.provider.Rest(s.host, a.After)
	}
	return f
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isReference reports whether a text can be a name of a message: visible ASCII, within its bound.
func isReference(s string) bool {
	return s != "" && len(s) <= channel.MaxReference && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
