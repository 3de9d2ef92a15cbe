// Package oidctest is a small identity provider for tests: discovery, keys, the authorization code flow with PKCE, user info (OpenID
// Connect Core 1.0, RFC 6749, RFC 7636, RFC 9207). It asks nobody for a password: whoever follows the link of its page is who the test
// says.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// As whom a house is known to the provider.
const (
	Client = "aparte-console"
	Secret = "a-client-secret-of-the-provider-7731"
)

// Provider is an identity provider at work.
type Provider struct {
	*httptest.Server
	Key *ecdsa.PrivateKey

	mu    sync.Mutex
	who   map[string]any // claims
	thin  bool
	spoil func(claims map[string]any)
	forge func(claims map[string]any) string
	codes map[string]grant
}

// grant is what a code stands for.
type grant struct {
	nonce, challenge, redirect string
	claims                     map[string]any
}

const keyID = "key-1"

// Start starts a provider, with TLS where that is asked for; it ends with the test.
func Start(t testing.TB, withTLS bool) *Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Key: key, codes: map[string]grant{}, who: map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userInfo)
	p.Server = httptest.NewUnstartedServer(mux)
	if withTLS {
		p.StartTLS()
	} else {
		p.Server.Start()
	}
	t.Cleanup(p.Close)
	return p
}

// Is says who comes from now on.
func (p *Provider) Is(subject, email string, verified bool, more map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.who = map[string]any{"sub": subject, "email": email, "email_verified": verified, "name": "Name of " + subject}
	maps.Copy(p.who, more)
}

// Thin says whether tokens leave addresses to be asked for.
func (p *Provider) Thin(thin bool) { p.mu.Lock(); defer p.mu.Unlock(); p.thin = thin }

// Spoil changes the claims of tokens before they are signed; nil: no longer.
func (p *Provider) Spoil(spoil func(claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoil = spoil
}

// Forge makes tokens in the provider's stead; nil: no longer.
func (p *Provider) Forge(forge func(claims map[string]any) string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forge = forge
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked is gone
}

func (p *Provider) describe(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys", "userinfo_endpoint": p.URL + "/userinfo",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported": []string{"S256"}, "authorization_response_iss_parameter_supported": true,
	})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.Key.Public(), KeyID: keyID, Algorithm: "ES256", Use: "sig"}}})
}

var page = template.Must(template.New("").Parse(`<!doctype html><html lang="en"><title>Provider</title><h1>Who are you?</h1><p><a id="go" href="{{.}}">Go on</a></p></html>`))

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if q.Get("client_id") != Client || err != nil || back.Host == "" {
		http.Error(w, "unknown client", http.StatusBadRequest) // nobody is led to an address that is not known
		return
	}
	out := url.Values{"state": {q.Get("state")}, "iss": {p.URL}}
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("nonce") == "" || q.Get("state") == "" {
		out.Set("error", "invalid_request")
	} else {
		p.mu.Lock()
		code := rand.Text()
		p.codes[code] = grant{nonce: q.Get("nonce"), challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"), claims: maps.Clone(p.who)}
		p.mu.Unlock()
		out.Set("code", code)
	}
	back.RawQuery = out.Encode()
	_ = page.Execute(w, back.String()) // whoever asked is gone
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	client, secret, basic := r.BasicAuth()
	if !basic {
		client, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if client != Client || subtle.ConstantTimeCompare([]byte(secret), []byte(Secret)) != 1 {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := r.PostFormValue("code")
	g, there := p.codes[code]
	delete(p.codes, code) // it is good once
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if r.PostFormValue("grant_type") != "authorization_code" || !there || r.PostFormValue("redirect_uri") != g.redirect || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := maps.Clone(g.claims)
	if p.thin {
		delete(claims, "email")
		delete(claims, "email_verified")
	}
	maps.Copy(claims, map[string]any{"iss": p.URL, "aud": Client, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()})
	if p.spoil != nil {
		p.spoil(claims)
	}
	signed := ""
	if p.forge != nil {
		signed = p.forge(claims)
	} else {
		signed = Sign(jose.ES256, p.Key, claims)
	}
	access := rand.Text()
	p.codes["access "+access] = g
	answer(w, http.StatusOK, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed})
}

func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, there := p.codes["access "+r.Header.Get("Authorization")[min(len("Bearer "), len(r.Header.Get("Authorization"))):]]
	if !there {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	answer(w, http.StatusOK, g.claims)
}

// Sign is a token of these claims, by a key.
func Sign(by jose.SignatureAlgorithm, key any, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: by, Key: jose.JSONWebKey{Key: key, KeyID: keyID}}, nil)
	if err != nil {
		panic(err) // a test asked for what cannot be
	}
	signed, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		panic(err)
	}
	return signed
}
