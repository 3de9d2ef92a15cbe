// Package account is how a service account of Google shows who it is: the file that Google makes of it, and the tokens that it is given
// for a while (RFC 7523). It never knows what they open.
package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/jws"
)

// Account is a service account, as the file says that Google makes of it.
type Account struct {
	Project string
	email   string
	asks    string // where it asks for access
	key     *jws.Key
}

// Parse reads a service account's JSON file. Errors do not repeat what is secret in it.
func Parse(text []byte) (*Account, error) {
	var file struct {
		Type    string `json:"type"`
		Project string `json:"project_id"`
		KeyID   string `json:"private_key_id"`
		Key     string `json:"private_key"`
		Email   string `json:"client_email"`
		Asks    string `json:"token_uri"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, errors.New("service account: is no JSON file as Google makes it")
	}
	asks, err := url.Parse(file.Asks)
	switch {
	case file.Type != "service_account":
		return nil, errors.New("service account: /type: must be service_account")
	case file.Project == "" || strings.ContainsAny(file.Project, "/?#% "):
		return nil, errors.New("service account: /project_id: must be the project's id")
	case file.Email == "":
		return nil, errors.New("service account: /client_email: is missing")
	case err != nil || asks.Scheme != "https" || asks.Host == "":
		return nil, errors.New("service account: /token_uri: must be an https address")
	}
	key, err := jws.ParseKey(file.KeyID, []byte(file.Key))
	if err != nil {
		return nil, fmt.Errorf("service account: /private_key: %w", err)
	}
	if key.Elliptic() {
		return nil, errors.New("service account: /private_key: must be an RSA key")
	}
	return &Account{file.Project, file.Email, file.Asks, key}, nil
}

const (
	grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer" // RFC 7523, section 2.1
	assertFor = 10 * time.Minute
	spare     = 5 * time.Minute // before it ends, access is asked for anew
)

// Access is an account's token for a scope, asked for where there is none that lasts. It is safe for concurrent use.
type Access struct {
	account  *Account
	scope    string
	provider *channel.Provider
	now      func() time.Time

	one   chan struct{} // held by whoever asks: others wait for the answer
	mu    sync.Mutex
	token string
	until time.Time
}

// NewAccess asks for nothing yet.
func NewAccess(a *Account, scope string, p *channel.Provider, now func() time.Time) *Access {
	return &Access{account: a, scope: scope, provider: p, now: now, one: make(chan struct{}, 1)}
}

func (a *Access) kept() (string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.token, a.token != "" && a.now().Before(a.until.Add(-spare))
}

func (a *Access) keep(token string, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token, a.until = token, until
}

// Get is a token that lasts for a while yet.
func (a *Access) Get(ctx context.Context) (string, error) {
	if token, ok := a.kept(); ok {
		return token, nil
	}
	select {
	case a.one <- struct{}{}:
		defer func() { <-a.one }()
	case <-ctx.Done():
		return "", &channel.Failure{Temporary: true, Reason: "gave up waiting", Err: ctx.Err()}
	}
	if token, ok := a.kept(); ok {
		return token, nil
	}
	return a.ask(ctx)
}

// Drop forgets the token, which was refused: the next is asked for anew.
func (a *Access) Drop() { a.keep("", time.Time{}) }

func (a *Access) ask(ctx context.Context) (string, error) {
	now := a.now()
	assertion, err := a.account.key.Sign(struct {
		Issuer   string `json:"iss"`
		Scope    string `json:"scope"`
		Audience string `json:"aud"`
		At       int64  `json:"iat"`
		Until    int64  `json:"exp"`
	}{a.account.email, a.scope, a.account.asks, now.Unix(), now.Add(assertFor).Unix()})
	if err != nil {
		return "", &channel.Failure{Temporary: true, Reason: "the service account's key does not sign"}
	}
	form := url.Values{"grant_type": {grantType}, "assertion": {assertion}}
	r, err := http.NewRequest(http.MethodPost, a.account.asks, strings.NewReader(form.Encode()))
	if err != nil {
		return "", channel.Unsendable("the service account's address is none")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := a.provider.Ask(ctx, r)
	if err != nil {
		var f *channel.Failure
		if errors.As(err, &f) { // of the message nothing has left
			certain := *f
			certain.Uncertain = false
			return "", &certain
		}
		return "", err
	}
	var said struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	if answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &said) != nil || said.Token == "" || strings.ContainsAny(said.Token, "\r\n") {
		return "", &channel.Failure{Temporary: true, Code: answer.Status, After: answer.After, Reason: "the service account is given no access"}
	}
	a.keep(said.Token, now.Add(time.Duration(min(max(said.Seconds, 0), 86400))*time.Second))
	return said.Token, nil
}
