package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aparte-dev/aparte/store"
)

// Settings say which provider people come from, and what it says of them that counts.
type Settings struct {
	Name   string `json:"name,omitempty"` // what its button is called; empty: the host of Issuer
	Issuer string `json:"issuer"`         // its address, such as https://login.example.com/realms/shop
	Client string `json:"client"`         // as which this house is known to it
	Secret string `json:"secret,omitempty"`

	// RoleClaim is the claim that gives the role: a text or a list of texts, of which reader, marketer and administrator count, with
	// "aparte-" before them or not, and the highest does. Who has none of them is a reader. Empty: accounts have the role that they were
	// given here.
	RoleClaim string `json:"roleClaim,omitempty"`

	// Domains are those of e-mail addresses whose owners may come uninvited, as readers. Empty: nobody may.
	Domains []string `json:"domains,omitempty"`

	// Private says that the provider may be in a private network, this host included, and without TLS.
	Private bool `json:"private,omitempty"`
}

// Document is the name under which settings are kept, with their secret.
const Document = "oidc"

// Bounds of settings.
const (
	maxName    = 60
	maxAddress = 2048
	maxText    = 512
	maxDomains = 50
)

// ErrSettings are settings that cannot be; Fault tells which.
var ErrSettings = errors.New("single sign-on")

// Fault is what is wrong with settings: the field, and the key of the reason.
type Fault struct {
	Field  string // name, issuer, client, secret, roleClaim or domains
	Reason string // "address", "tls", "missing", "long", "domain", "unreachable"
	err    error
}

func (f *Fault) Error() string {
	s := fmt.Sprintf("%v: %s: %s", ErrSettings, f.Field, f.Reason)
	if f.err != nil {
		s += ": " + f.err.Error()
	}
	return s
}

// Is reports whether an error is ErrSettings.
func (f *Fault) Is(err error) bool { return err == ErrSettings }

var domain = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$`)

// settle brings settings into one form and says what is wrong with them.
func (s *Settings) settle() error {
	for _, f := range []*string{&s.Name, &s.Issuer, &s.Client, &s.Secret, &s.RoleClaim} {
		*f = strings.TrimSpace(*f)
	}
	u, err := url.Parse(s.Issuer)
	switch {
	case utf8.RuneCountInString(s.Name) > maxName:
		return &Fault{Field: "name", Reason: "long"}
	case err != nil || len(s.Issuer) > maxAddress || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http":
		return &Fault{Field: "issuer", Reason: "address"}
	case u.Scheme == "http" && !s.Private:
		return &Fault{Field: "issuer", Reason: "tls"}
	case s.Client == "":
		return &Fault{Field: "client", Reason: "missing"}
	case len(s.Client) > maxText:
		return &Fault{Field: "client", Reason: "long"}
	case s.Secret == "":
		return &Fault{Field: "secret", Reason: "missing"}
	case len(s.Secret) > maxText:
		return &Fault{Field: "secret", Reason: "long"}
	case len(s.RoleClaim) > maxText:
		return &Fault{Field: "roleClaim", Reason: "long"}
	case len(s.Domains) > maxDomains:
		return &Fault{Field: "domains", Reason: "long"}
	}
	for i, d := range s.Domains {
		s.Domains[i] = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(d), "@"))
		if !domain.MatchString(s.Domains[i]) || len(s.Domains[i]) > 253 {
			return &Fault{Field: "domains", Reason: "domain"}
		}
	}
	slices.Sort(s.Domains)
	s.Domains = slices.Compact(s.Domains)
	return nil
}

// Called is what the provider's button is called.
func (s *Settings) Called() string {
	if s.Name != "" {
		return s.Name
	}
	u, err := url.Parse(s.Issuer)
	if err != nil {
		return s.Issuer
	}
	return u.Hostname()
}

// settings are those in force, with their secret. ErrNone: there are none.
func (d *Door) settings(ctx context.Context) (Settings, error) {
	if d.Given.Issuer != "" {
		return d.Given, nil
	}
	doc, err := d.Documents.Document(ctx, Document, 0)
	if errors.Is(err, store.ErrNotFound) || err == nil && len(doc.Body) == 0 {
		return Settings{}, ErrNone
	} else if err != nil {
		return Settings{}, fmt.Errorf("single sign-on: %w", err)
	}
	var s Settings
	if err := json.Unmarshal(doc.Body, &s); err != nil {
		return Settings{}, fmt.Errorf("document %q, version %d: damaged", Document, doc.Version)
	}
	return s, nil
}

// Settings are those in force, without their secret; given says that they came when the process was started, and cannot be changed here.
// ErrNone: there are none.
func (d *Door) Settings(ctx context.Context) (s Settings, given bool, err error) {
	s, err = d.settings(ctx)
	s.Secret = ""
	return s, d.Given.Issuer != "", err
}

// Set puts settings into force of which the provider answers; an empty secret is the one that is kept, as long as it goes to the same
// provider. It fails with ErrSettings where they cannot be.
func (d *Door) Set(ctx context.Context, s Settings) error {
	if d.Given.Issuer != "" {
		return ErrGiven
	}
	if s.Secret == "" {
		before, err := d.settings(ctx)
		if err != nil && !errors.Is(err, ErrNone) {
			return err
		}
		if before.Issuer == strings.TrimSpace(s.Issuer) && before.Client == strings.TrimSpace(s.Client) {
			s.Secret = before.Secret
		}
	}
	s.Domains = slices.Clone(s.Domains)
	if err := s.settle(); err != nil {
		return err
	}
	if _, err := d.discover(ctx, &s); err != nil {
		return &Fault{Field: "issuer", Reason: "unreachable", err: err}
	}
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("single sign-on: %w", err)
	}
	if _, err := store.Replace(ctx, d.Documents, Document, body); err != nil {
		return fmt.Errorf("single sign-on: %w", err)
	}
	return nil
}

// Remove puts settings out of force, and forgets the secret. Who came by them keeps their account, and their password where they have one.
func (d *Door) Remove(ctx context.Context) error {
	if d.Given.Issuer != "" {
		return ErrGiven
	}
	if _, err := store.Replace(ctx, d.Documents, Document, nil); err != nil {
		return fmt.Errorf("single sign-on: %w", err)
	}
	return nil
}
