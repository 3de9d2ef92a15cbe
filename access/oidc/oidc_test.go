package oidc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/access/oidc"
	"github.com/aparte-dev/aparte/access/oidc/oidctest"
	"github.com/aparte-dev/aparte/store/pebble"
)

const back = "https://house.example/console/sign-in/back"

// hall is a door, and the provider that it leads to.
type hall struct {
	t        *testing.T
	provider *oidctest.Provider
	door     *oidc.Door
	porter   *access.Porter
	now      time.Time
	set      oidc.Settings
}

func enter(t *testing.T) *hall {
	t.Helper()
	st, err := pebble.Open("hall", pebble.Options{FS: pebble.Memory(), Parts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &hall{t: t, provider: oidctest.Start(t, true), now: time.Now()}
	roots := x509.NewCertPool()
	roots.AddCert(h.provider.Certificate())
	clock := func() time.Time { return h.now }
	if h.door, err = oidc.New(oidc.Config{Documents: st, TLS: &tls.Config{RootCAs: roots}, Now: clock}); err != nil {
		t.Fatal(err)
	}
	if h.porter, err = access.Open(t.Context(), access.Config{Documents: st, Secret: st.Secret(), Now: clock}); err != nil {
		t.Fatal(err)
	}
	token, err := h.porter.SetUpToken(t.Context())
	if err == nil {
		_, _, err = h.porter.SetUp(t.Context(), token, "Zoé", "zoe@lantern.example", "correct horse battery staple")
	}
	if err != nil {
		t.Fatal(err)
	}
	h.set = oidc.Settings{Issuer: h.provider.URL, Client: oidctest.Client, Secret: oidctest.Secret, Private: true}
	h.put()
	return h
}

func (h *hall) put() {
	h.t.Helper()
	if err := h.door.Set(h.t.Context(), h.set); err != nil {
		h.t.Fatal(err)
	}
}

var goOn = regexp.MustCompile(`href="([^"]+)"`)

// through goes to the provider as a browser does, and answers with what it is led back.
func (h *hall) through() (oidc.Flow, url.Values) {
	h.t.Helper()
	there, flow, err := h.door.Begin(h.t.Context(), back, "/console/today")
	if err != nil {
		h.t.Fatal(err)
	}
	w, err := h.provider.Client().Get(there)
	if err != nil {
		h.t.Fatal(err)
	}
	defer w.Body.Close()
	page, err := io.ReadAll(w.Body)
	m := goOn.FindSubmatch(page)
	if err != nil || m == nil || w.StatusCode != http.StatusOK {
		h.t.Fatalf("%d %s: %v", w.StatusCode, page, err)
	}
	u, err := url.Parse(strings.ReplaceAll(string(m[1]), "&amp;", "&"))
	if err != nil || !strings.HasPrefix(u.String(), back+"?") {
		h.t.Fatalf("led back to %s", m[1])
	}
	return flow, u.Query()
}

// comes is who somebody is by the door, and what becomes of them.
func (h *hall) comes() (access.User, error) {
	h.t.Helper()
	flow, q := h.through()
	o, err := h.door.End(h.t.Context(), flow, back, q)
	if err != nil {
		return access.User{}, err
	}
	u, token, err := h.porter.SignInOutside(h.t.Context(), o, "192.0.2.1")
	if err != nil {
		return access.User{}, err
	}
	if of, ok := h.porter.SessionOf(h.t.Context(), token, true); !ok || of != u {
		h.t.Errorf("the session is of %+v, want %+v", of, u)
	}
	return u, nil
}

func TestWhoWasInvitedIsBoundByTheirVerifiedAddress(t *testing.T) {
	h := enter(t)
	mia, link, err := h.porter.Invite(t.Context(), "Mia", "Mia@Lantern.example", access.Marketer)
	if err != nil {
		t.Fatal(err)
	}
	h.provider.Is("s-1", "mia@lantern.example", false, nil)
	if _, err := h.comes(); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("by an address that was not verified: %v", err)
	}
	h.provider.Is("s-1", "MIA@lantern.example", true, nil)
	u, err := h.comes()
	if err != nil || u.ID != mia.ID || u.Role != access.Marketer {
		t.Fatalf("%+v, %v", u, err)
	}
	if _, err := h.porter.Invited(link); !errors.Is(err, access.ErrLink) {
		t.Errorf("the link goes on after they came otherwise: %v", err)
	}
	h.provider.Is("s-1", "mia.married@lantern.example", true, nil)
	if u, err := h.comes(); err != nil || u.ID != mia.ID {
		t.Errorf("bound by who they are, and with another address: %+v, %v", u, err)
	}
	h.provider.Is("s-2", "mia@lantern.example", true, nil)
	if _, err := h.comes(); !errors.Is(err, access.ErrRefused) {
		t.Errorf("somebody else who has the address by now: %v", err)
	}
}

func TestWhoIsNotKnownIsRefusedUnlessTheirDomainMayCome(t *testing.T) {
	h := enter(t)
	h.provider.Is("s-9", "leo@lantern.example", true, nil)
	if _, err := h.comes(); !errors.Is(err, access.ErrRefused) {
		t.Errorf("unknown: %v", err)
	}
	h.set.Domains = []string{"@Lantern.example "}
	h.put()
	for _, email := range []string{"leo@evil-lantern.example", "leo@sub.lantern.example", "leo@lantern.example.evil.example"} {
		h.provider.Is("s-8", email, true, nil)
		if _, err := h.comes(); !errors.Is(err, access.ErrRefused) {
			t.Errorf("%s: %v", email, err)
		}
	}
	h.provider.Is("s-9", "leo@lantern.example", true, nil)
	u, err := h.comes()
	if err != nil || u.Role != access.Reader || u.Name != "Name of s-9" {
		t.Errorf("%+v, %v", u, err)
	}
	if again, err := h.comes(); err != nil || again.ID != u.ID {
		t.Errorf("the second time %+v, %v", again, err)
	}
}

func TestTheProvidersRoleIsTheirs(t *testing.T) {
	h := enter(t)
	h.set.RoleClaim, h.set.Domains = "groups", []string{"lantern.example"}
	h.put()
	for _, c := range []struct {
		groups any
		want   access.Role
	}{
		{[]string{"staff", "aparte-marketer"}, access.Marketer}, {"administrator", access.Administrator}, {[]any{1, nil, "reader"}, access.Reader},
		{nil, access.Reader}, {map[string]any{"administrator": true}, access.Reader}, {[]string{"Administrator", "xadministrator"}, access.Reader},
	} {
		h.provider.Is("s-9", "leo@lantern.example", true, map[string]any{"groups": c.groups})
		if u, err := h.comes(); err != nil || u.Role != c.want {
			t.Errorf("%v: %+v, %v", c.groups, u, err)
		}
	}
	h.provider.Is("s-0", "zoe@lantern.example", true, map[string]any{"groups": "reader"})
	if u, err := h.comes(); err != nil || u.Role != access.Administrator {
		t.Errorf("the last administrator: %+v, %v", u, err)
	}
	if _, _, err := h.porter.SignIn(t.Context(), "zoe@lantern.example", "correct horse battery staple", "192.0.2.9"); err != nil {
		t.Errorf("she has her password still: %v", err)
	}
}

func TestWhatATokenLeavesOutIsAskedFor(t *testing.T) {
	h := enter(t)
	h.provider.Thin(true)
	h.provider.Is("s-0", "zoe@lantern.example", true, nil)
	if u, err := h.comes(); err != nil || u.Email != "zoe@lantern.example" {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestATokenThatIsNotForThisHouseAndThisSignInIsRefused(t *testing.T) {
	h := enter(t)
	h.provider.Is("s-0", "zoe@lantern.example", true, nil)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, v any) func(map[string]any) { return func(c map[string]any) { c[name] = v } }
	bare := func(algorithm string, c map[string]any) string {
		body, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		enc := base64.RawURLEncoding.EncodeToString
		return enc([]byte(`{"alg":"`+algorithm+`","typ":"JWT"}`)) + "." + enc(body) + "."
	}
	for name, c := range map[string]struct {
		spoil func(map[string]any)
		forge func(map[string]any) string
	}{
		"of another audience":                {spoil: with("aud", "another-client")},
		"of several audiences, without azp":  {spoil: with("aud", []string{oidctest.Client, "another-client"})},
		"made for another client":            {spoil: with("azp", "another-client")},
		"of another issuer":                  {spoil: with("iss", "https://evil.example")},
		"of another sign-in":                 {spoil: with("nonce", "another")},
		"without a nonce":                    {spoil: func(c map[string]any) { delete(c, "nonce") }},
		"expired":                            {spoil: with("exp", time.Now().Add(-time.Minute).Unix())},
		"without an end":                     {spoil: func(c map[string]any) { delete(c, "exp") }},
		"of an address that is not verified": {spoil: with("email_verified", false)},
		"that does not say it was verified":  {spoil: func(c map[string]any) { delete(c, "email_verified") }},
		"of what is no address":              {spoil: with("email", "zoe@lantern.example, evil@evil.example")},
		"without a signature":                {forge: func(c map[string]any) string { return bare("none", c) }},
		"that says None":                     {forge: func(c map[string]any) string { return bare("None", c) }},
		"of another key":                     {forge: func(c map[string]any) string { return oidctest.Sign(jose.ES256, other, c) }},
		"signed by the secret that both have": {forge: func(c map[string]any) string {
			return oidctest.Sign(jose.HS256, []byte(oidctest.Secret+oidctest.Secret), c)
		}},
		"that was changed": {forge: func(c map[string]any) string {
			parts := strings.Split(oidctest.Sign(jose.ES256, h.provider.Key, c), ".")
			c["sub"] = "s-666"
			parts[1] = strings.Split(bare("ES256", c), ".")[1]
			return strings.Join(parts, ".")
		}},
		"that is none": {forge: func(map[string]any) string { return "nothing" }},
		"of nothing":   {forge: func(map[string]any) string { return "" }},
	} {
		t.Run(name, func(t *testing.T) {
			h.provider.Spoil(c.spoil)
			h.provider.Forge(c.forge)
			u, err := h.comes()
			if !errors.Is(err, oidc.ErrRefused) {
				t.Errorf("it lets %+v in: %v", u, err)
			} else if strings.Contains(err.Error(), "zoe") || strings.Contains(err.Error(), "s-0") {
				t.Errorf("the error tells of whom: %v", err)
			}
		})
	}
	h.provider.Spoil(nil)
	h.provider.Forge(nil)
	if u, err := h.comes(); err != nil || u.Email != "zoe@lantern.example" {
		t.Errorf("a right one is refused: %+v, %v", u, err)
	}
}

func TestTheEndOfAnotherSignInIsRefused(t *testing.T) {
	h := enter(t)
	h.provider.Is("s-0", "zoe@lantern.example", true, nil)
	for name, spoil := range map[string]func(*oidc.Flow, url.Values){
		"another state":        func(_ *oidc.Flow, q url.Values) { q.Set("state", "another") },
		"no state":             func(_ *oidc.Flow, q url.Values) { q.Del("state") },
		"no sign-in under way": func(f *oidc.Flow, q url.Values) { *f = oidc.Flow{}; q.Del("state") },
		"another verifier":     func(f *oidc.Flow, _ url.Values) { f.Verifier = strings.Repeat("v", 43) },
		"another nonce":        func(f *oidc.Flow, _ url.Values) { f.Nonce = "another" },
		"another provider":     func(_ *oidc.Flow, q url.Values) { q.Set("iss", "https://evil.example") },
		"no code":              func(_ *oidc.Flow, q url.Values) { q.Del("code") },
		"another code":         func(_ *oidc.Flow, q url.Values) { q.Set("code", "another") },
		"an error":             func(_ *oidc.Flow, q url.Values) { q.Set("error", "access_denied") },
	} {
		flow, q := h.through()
		spoil(&flow, q)
		if o, err := h.door.End(t.Context(), flow, back, q); !errors.Is(err, oidc.ErrRefused) {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
	flow, q := h.through()
	if _, err := h.door.End(t.Context(), flow, back, q); err != nil {
		t.Fatal(err)
	}
	if _, err := h.door.End(t.Context(), flow, back, q); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("the same end twice: %v", err)
	}
}

func TestAnAddressFromWhichManyFailHasToWait(t *testing.T) {
	h := enter(t)
	h.provider.Is("s-7", "nobody@lantern.example", true, nil)
	many := (*access.TooMany)(nil)
	for n := range 20 {
		if _, err := h.comes(); !errors.Is(err, access.ErrRefused) {
			t.Fatalf("attempt %d: %v", n, err)
		}
	}
	if _, err := h.comes(); !errors.As(err, &many) {
		t.Errorf("the twenty-first: %v", err)
	}
	h.provider.Is("s-0", "zoe@lantern.example", true, nil)
	if _, err := h.comes(); !errors.As(err, &many) {
		t.Errorf("somebody known, from there: %v", err)
	}
	h.now = h.now.Add(time.Minute)
	if _, err := h.comes(); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

func TestOnlyAProviderThatAnswersAsOneIsPutIntoForce(t *testing.T) {
	h := enter(t)
	good := h.set
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"issuer":"https://another.example","authorization_endpoint":"https://another.example/a","token_endpoint":"https://another.example/t","jwks_uri":"https://another.example/k"}`)
	}))
	defer elsewhere.Close()
	moved := httptest.NewServer(http.RedirectHandler(h.provider.URL+"/.well-known/openid-configuration", http.StatusFound))
	defer moved.Close()
	var told atomic.Int64
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil && told.Load() < 32<<20 {
			n, err := w.Write([]byte(strings.Repeat(" ", 1<<16)))
			if told.Add(int64(n)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	for name, c := range map[string]struct {
		spoil         func(*oidc.Settings)
		field, reason string
	}{
		"a private network":            {func(s *oidc.Settings) { s.Private = false }, "issuer", "unreachable"},
		"without TLS":                  {func(s *oidc.Settings) { s.Issuer, s.Private = "http://login.example", false }, "issuer", "tls"},
		"no address":                   {func(s *oidc.Settings) { s.Issuer = "login.example" }, "issuer", "address"},
		"a password in the address":    {func(s *oidc.Settings) { s.Issuer = "https://a:b@login.example" }, "issuer", "address"},
		"another scheme":               {func(s *oidc.Settings) { s.Issuer = "file:///etc/passwd" }, "issuer", "address"},
		"no client":                    {func(s *oidc.Settings) { s.Client = " " }, "client", "missing"},
		"no secret, of a new provider": {func(s *oidc.Settings) { s.Secret, s.Client = "", "other" }, "secret", "missing"},
		"a domain that is none":        {func(s *oidc.Settings) { s.Domains = []string{"lantern.example", "*"} }, "domains", "domain"},
		"one that calls itself other":  {func(s *oidc.Settings) { s.Issuer = elsewhere.URL }, "issuer", "unreachable"},
		"one that leads elsewhere":     {func(s *oidc.Settings) { s.Issuer = moved.URL }, "issuer", "unreachable"},
		"one that does not end":        {func(s *oidc.Settings) { s.Issuer = endless.URL }, "issuer", "unreachable"},
	} {
		s := good
		c.spoil(&s)
		var f *oidc.Fault
		if err := h.door.Set(t.Context(), s); !errors.As(err, &f) || f.Field != c.field || f.Reason != c.reason || !errors.Is(err, oidc.ErrSettings) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if told.Load() >= 32<<20 {
		t.Error("an answer was read to an end that it has not")
	}
	kept, given, err := h.door.Settings(t.Context())
	if err != nil || given || kept.Issuer != good.Issuer || kept.Secret != "" {
		t.Errorf("kept is %+v, %v, %v", kept, given, err)
	}
	again := good
	again.Secret, again.Domains = "", []string{"b.example", "a.example", "b.example"}
	if err := h.door.Set(t.Context(), again); err != nil {
		t.Fatalf("the secret is kept where none is given: %v", err)
	}
	if kept, _, _ = h.door.Settings(t.Context()); !slices.Equal(kept.Domains, []string{"a.example", "b.example"}) {
		t.Errorf("domains %q", kept.Domains)
	}
	h.provider.Is("s-0", "zoe@lantern.example", true, nil)
	if _, err := h.comes(); err != nil {
		t.Errorf("with the secret that was kept: %v", err)
	}
	if err := h.door.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.door.Begin(context.Background(), back, ""); !errors.Is(err, oidc.ErrNone) {
		t.Errorf("removed, it begins: %v", err)
	}
	given2, err := oidc.New(oidc.Config{Documents: h.door.Documents, Given: good})
	if err != nil {
		t.Fatal(err)
	}
	if err := given2.Set(t.Context(), good); !errors.Is(err, oidc.ErrGiven) {
		t.Errorf("what the command line says is changed: %v", err)
	}
	if _, err := oidc.New(oidc.Config{Given: oidc.Settings{Issuer: "http://login.example", Client: "c", Secret: "s"}}); !errors.Is(err, oidc.ErrSettings) {
		t.Errorf("given without TLS: %v", err)
	}
}
