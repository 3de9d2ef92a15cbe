// Package oidc lets people in whom an identity provider of their company knows: OpenID Connect Core 1.0, the authorization code flow
// with PKCE (RFC 7636), state and nonce. It knows which provider that is and what is asked of its tokens; who may come in, and as what,
// is package access's to say. Tokens are read once and kept nowhere.
//
// The provider is somebody else's address: it is asked through the client that reaches no private network, unless an administrator says
// that it may, follows no redirect and reads a megabyte at most.
//
// Start reading at [Door].
package oidc

import (
	"cmp"
	"context"
	"crypto/subtle"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	oidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/store"
)

// Config is what a Door needs.
type Config struct {
	Documents store.Documents
	Given     Settings         // of the command line, before those that are kept; without an issuer: there are none
	TLS       *tls.Config      // nil: the system's roots
	Now       func() time.Time // nil: time.Now
}

// Door is the way in by a provider. It is safe for concurrent use.
type Door struct {
	Config

	mu    sync.Mutex
	known *known // the provider asked last
}

// known is a provider that was asked what it is.
type known struct {
	of       Settings // whose issuer and Private it was asked by
	at       time.Time
	provider *oidc.Provider
	client   *http.Client
}

// Errors that callers act on.
var (
	ErrNone        = errors.New("there is no single sign-on")
	ErrGiven       = errors.New("single sign-on was set when the process was started")
	ErrUnreachable = errors.New("the identity provider does not answer as one")
	// ErrRefused: what came back does not say who somebody is. The text behind it says why, and nothing of anybody.
	ErrRefused = errors.New("refused by what came back")
)

const (
	within   = 10 * time.Second // of a request to the provider
	freshFor = time.Hour        // how long it is remembered what a provider is
	maxBody  = 1 << 20
)

// New is a door. It fails with ErrSettings where those given cannot be; the provider is not asked before somebody comes.
func New(c Config) (*Door, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Given.Issuer != "" {
		if err := c.Given.settle(); err != nil {
			return nil, err
		}
	}
	return &Door{Config: c}, nil
}

// discover asks a provider what it is, or remembers.
func (d *Door) discover(ctx context.Context, s *Settings) (*known, error) {
	now := d.Now()
	d.mu.Lock()
	k := d.known
	d.mu.Unlock()
	if k != nil && k.of.Issuer == s.Issuer && k.of.Private == s.Private && now.Sub(k.at) < freshFor {
		return k, nil
	}
	client := channel.NewClient(s.Private, within, d.TLS, 2)
	client.Transport = bounded{client.Transport}
	// The keys are asked for long after this call, by the same client.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), client), s.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnreachable, why(err))
	}
	var more struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	for _, address := range []string{provider.Endpoint().AuthURL, provider.Endpoint().TokenURL, more.Keys} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !s.Private) {
			return nil, fmt.Errorf("%w: names an address that cannot be used", ErrUnreachable)
		}
	}
	k = &known{of: *s, at: now, provider: provider, client: client}
	d.mu.Lock()
	d.known = k
	d.mu.Unlock()
	return k, nil
}

// why is an error without the addresses and answers that stand in it.
func why(err error) string {
	var other *oidc.IssuerMismatchError
	var refused *url.Error
	switch {
	case errors.As(err, &other):
		return "calls itself otherwise"
	case errors.Is(err, channel.ErrPrivate):
		return channel.ErrPrivate.Error()
	case errors.As(err, &refused):
		return channel.WhyNot(err)
	}
	return "it has no discovery document"
}

// bounded reads at most maxBody of any answer.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	w, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		w.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(w.Body, maxBody), w.Body}
	}
	return w, err
}

// Flow is a sign-in under way. It stays with the browser it began in.
type Flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	To       string `json:"t,omitempty"` // where somebody goes from there
}

// Begin is where a browser goes to be told who somebody is; the provider leads back to an address. ErrNone, ErrUnreachable.
func (d *Door) Begin(ctx context.Context, back, to string) (there string, f Flow, err error) {
	s, err := d.settings(ctx)
	if err != nil {
		return "", Flow{}, err
	}
	k, err := d.discover(ctx, &s)
	if err != nil {
		return "", Flow{}, err
	}
	// Each is 32 random bytes, which is what a verifier has.
	f = Flow{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), To: to}
	return k.asks(&s, back).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), f, nil
}

func (k *known) asks(s *Settings, back string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: s.Client, ClientSecret: s.Secret, Endpoint: k.provider.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// signed are the ways in which a token may be: by a key of the provider's own. None at all, and by a secret that both have, are not
// among them.
var signed = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}

// End is who somebody is who was led back with these parameters. It fails with ErrRefused, ErrNone or ErrUnreachable.
func (d *Door) End(ctx context.Context, f Flow, back string, q url.Values) (access.Outsider, error) {
	s, err := d.settings(ctx)
	if err != nil {
		return access.Outsider{}, err
	}
	refused := func(why string) (access.Outsider, error) {
		return access.Outsider{}, fmt.Errorf("%w: %s", ErrRefused, why)
	}
	switch iss := q.Get("iss"); {
	case f.State == "" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(f.State)) != 1:
		return refused("it is the end of another sign-in")
	case q.Has("iss") && iss != s.Issuer: // RFC 9207
		return refused("it is of another provider")
	case q.Get("error") != "" || q.Get("code") == "":
		return refused("the provider gave no code")
	}
	k, err := d.discover(ctx, &s)
	if err != nil {
		return access.Outsider{}, err
	}
	ctx = oidc.ClientContext(ctx, k.client)
	token, err := k.asks(&s, back).Exchange(ctx, q.Get("code"), oauth2.VerifierOption(f.Verifier))
	if failed := (*oauth2.RetrieveError)(nil); errors.As(err, &failed) && failed.Response.StatusCode < http.StatusInternalServerError {
		return refused("the provider does not take the code, or this client")
	} else if err != nil {
		return access.Outsider{}, fmt.Errorf("%w: asked for a token", ErrUnreachable)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := k.provider.VerifierContext(ctx, &oidc.Config{ClientID: s.Client, SupportedSigningAlgs: signed, Now: d.Now}).Verify(ctx, raw)
	if err != nil {
		return refused("the token is not of this provider, for this house, and of now")
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return refused("the token is of another sign-in")
	}
	return k.read(ctx, &s, id, token)
}

// claims are what a token says that counts.
type claims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some say "true"
	Name     string `json:"name"`
	For      string `json:"azp"`
}

// read is who a token tells of. What it leaves out of addresses is asked for.
func (k *known) read(ctx context.Context, s *Settings, id *oidc.IDToken, token *oauth2.Token) (access.Outsider, error) {
	var c claims
	all := map[string]any{}
	if err := errors.Join(id.Claims(&c), id.Claims(&all)); err != nil {
		return access.Outsider{}, fmt.Errorf("%w: the token's claims cannot be read", ErrRefused)
	}
	if len(id.Audience) > 1 && c.For != s.Client || c.For != "" && c.For != s.Client { // OpenID Connect Core 1.0, section 3.1.3.7
		return access.Outsider{}, fmt.Errorf("%w: the token was made for another client", ErrRefused)
	}
	if c.Email == "" && k.provider.UserInfoEndpoint() != "" {
		info, err := k.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil || info.Subject != id.Subject {
			return access.Outsider{}, fmt.Errorf("%w: the provider does not tell the address", ErrRefused)
		}
		more := map[string]any{}
		if err := errors.Join(info.Claims(&c), info.Claims(&more)); err != nil {
			return access.Outsider{}, fmt.Errorf("%w: what the provider tells cannot be read", ErrRefused)
		}
		if _, told := all[s.RoleClaim]; !told {
			all[s.RoleClaim] = more[s.RoleClaim]
		}
	}
	email, err := access.Address(c.Email)
	if err != nil || c.Verified != true && c.Verified != "true" {
		return access.Outsider{}, fmt.Errorf("%w: the provider has not verified an address", ErrRefused)
	}
	subject, err := json.Marshal([]string{id.Issuer, id.Subject})
	if err != nil {
		return access.Outsider{}, fmt.Errorf("%w: its subject cannot be written", ErrRefused)
	}
	_, at, _ := strings.Cut(email, "@")
	o := access.Outsider{Subject: string(subject), Email: email, Name: cmp.Or(strings.TrimSpace(c.Name), email), May: slices.Contains(s.Domains, at)}
	if s.RoleClaim != "" {
		o.Role = roleIn(all[s.RoleClaim])
	}
	return o, nil
}

// roleIn is the highest role that a claim names; a reader's where it names none.
func roleIn(claim any) access.Role {
	var texts []any
	switch c := claim.(type) {
	case string:
		texts = []any{c}
	case []any:
		texts = c
	}
	highest := access.Reader
	for _, role := range access.Roles() { // in the order of what they may
		if slices.ContainsFunc(texts, func(v any) bool { return v == string(role) || v == "aparte-"+string(role) }) {
			highest = role
		}
	}
	return highest
}
