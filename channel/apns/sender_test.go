package apns_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/apns"
	"github.com/aparte-dev/aparte/channel/channeltest"
	"github.com/aparte-dev/aparte/channel/jws"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// apple is Apple's end of the protocol, as its documentation words it: it takes nothing that Apple would not.
type apple struct {
	*channeltest.Provider
	key *ecdsa.PublicKey
	now func() time.Time

	mu       sync.Mutex
	answer   func(to string) channeltest.Answer
	received []channeltest.Received
	headers  []http.Header
	bodies   [][]byte
	tokens   map[string]bool
}

func openApple(t *testing.T, c apns.Config) (*apns.Sender, *apple) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &apple{key: &key.PublicKey, now: time.Now, tokens: map[string]bool{}}
	p.Provider = channeltest.Serve(t, p.serve)
	now := c.Provider.Now
	c.Key, c.Team, c.Topic, c.Host, c.Provider = jws.NewKey("KEYID12345", key), "TEAMID1234", "com.example.shop", p.Host, p.Config(0)
	if now != nil {
		c.Provider.Now, p.now = now, now
	}
	s, err := apns.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, p
}

func (p *apple) serve(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, reason string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"reason":%q,"to":%q}`, reason, r.URL.Path)
	}
	body, err := io.ReadAll(r.Body)
	token, isDevice := strings.CutPrefix(r.URL.Path, "/3/device/")
	topic, expiration := r.Header.Get("Apns-Topic"), r.Header.Get("Apns-Expiration")
	_, unread := strconv.ParseInt(expiration, 10, 64)
	switch {
	case r.ProtoMajor != 2 || r.Method != http.MethodPost || !isDevice || err != nil:
		refuse(http.StatusMethodNotAllowed, "MethodNotAllowed")
		return
	case p.signed(r.Header.Get("Authorization")) != nil:
		refuse(http.StatusForbidden, "InvalidProviderToken")
		return
	case topic != "com.example.shop":
		refuse(http.StatusBadRequest, "BadTopic")
		return
	case len(r.Header.Get("Apns-Collapse-Id")) > 64 || len(r.Header.Get("Apns-Id")) != 36:
		refuse(http.StatusBadRequest, "BadCollapseId")
		return
	case unread != nil || r.Header.Get("Apns-Push-Type") != "alert":
		refuse(http.StatusBadRequest, "BadExpirationDate")
		return
	case len(body) > 4096:
		refuse(http.StatusRequestEntityTooLarge, "PayloadTooLarge")
		return
	}
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	said := channeltest.Take
	if answer != nil {
		said = answer(token)
	}
	switch said {
	case channeltest.TryLater:
		refuse(http.StatusTooManyRequests, "TooManyRequests")
	case channeltest.TryAfter:
		w.Header().Set("Retry-After", strconv.Itoa(int(channeltest.RestAsked/time.Second)))
		refuse(http.StatusServiceUnavailable, "ServiceUnavailable")
	case channeltest.Never:
		refuse(http.StatusBadRequest, "DeviceTokenNotForTopic")
	case channeltest.NoSuchAddress:
		refuse(http.StatusGone, "Unregistered")
	default:
		p.take(token, r.Header, body)
		if said == channeltest.Vanish {
			channeltest.Vanished()
		}
		w.Header().Set("Apns-Id", r.Header.Get("Apns-Id"))
	}
}

func (p *apple) take(token string, h http.Header, body []byte) {
	var got struct {
		APS struct {
			Alert struct{ Title, Body string }
		}
	}
	_ = json.Unmarshal(body, &got) // what is not sound is received as nothing
	p.mu.Lock()
	defer p.mu.Unlock()
	p.received = append(p.received, channeltest.Received{ID: h.Get("Apns-Id"), To: token, Subject: got.APS.Alert.Title, Text: got.APS.Alert.Body})
	p.headers, p.bodies = append(p.headers, h), append(p.bodies, body)
}

// signed says what is wrong with a provider token, verified with the public key alone.
func (p *apple) signed(header string) error {
	token, ok := strings.CutPrefix(header, "bearer ")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		return fmt.Errorf("header %q", header)
	}
	p.mu.Lock()
	p.tokens[token] = true
	p.mu.Unlock()
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return fmt.Errorf("signature of %d bytes: %w", len(signature), err)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(p.key, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return fmt.Errorf("signature is not by the key")
	}
	var head struct{ Alg, Kid string }
	var claims struct {
		Iss string
		Iat int64
	}
	for i, into := range []any{&head, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, into); err != nil {
			return err
		}
	}
	age := p.now().Sub(time.Unix(claims.Iat, 0))
	if head.Alg != "ES256" || head.Kid != "KEYID12345" || claims.Iss != "TEAMID1234" || age < -time.Minute || age > time.Hour {
		return fmt.Errorf("token %+v %+v", head, claims)
	}
	return nil
}

func (p *apple) Received() []channeltest.Received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]channeltest.Received(nil), p.received...)
}

func (p *apple) Answer(f func(to string) channeltest.Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

func address(n int) string { return fmt.Sprintf("%064x", n+1) }

func TestConformance(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Door {
		s, p := openApple(t, apns.Config{})
		return channeltest.Door{Sender: s, Peer: p, Address: address, Notes: true, Provider: true}
	})
}

func TestANotificationCarriesWhatTheAppNeeds(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, p := openApple(t, apns.Config{Provider: channel.ProviderConfig{Now: func() time.Time { return now }}})
	m := &channel.Message{
		Key: "d_1", To: address(1), Subject: "Votre lampe", Text: "Elle vous attend.", Image: "https://say.example/x/t.png",
		Link: "https://say.example/c/t", Report: "https://say.example/n/t", Collapse: "scenario:basket", TTL: time.Hour,
	}
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := `{"aps":{"alert":{"title":"Votre lampe","body":"Elle vous attend."},"sound":"default","mutable-content":1},` +
		`"aparte":{"link":"https://say.example/c/t","image":"https://say.example/x/t.png","report":"https://say.example/n/t"}}`
	if diff := cmp.Diff(want, string(p.bodies[0])); diff != "" {
		t.Error(diff)
	}
	h := p.headers[0]
	if h.Get("Apns-Collapse-Id") != "scenario:basket" || h.Get("Apns-Expiration") != "1800003600" || h.Get("Apns-Priority") != "10" {
		t.Errorf("headers %v", h)
	}
}

func TestAMessageSentTwiceIsShownOnce(t *testing.T) {
	s, p := openApple(t, apns.Config{})
	m := &channel.Message{Key: "d_" + strings.Repeat("k", 100), To: address(1), Text: "Bonjour"}
	for range 2 {
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	a, b := p.headers[0].Get("Apns-Collapse-Id"), p.headers[1].Get("Apns-Collapse-Id")
	if a == "" || a != b {
		t.Errorf("collapsed as %q and %q", a, b)
	}
}

func TestOneTokenServesForFortyMinutes(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, p := openApple(t, apns.Config{Provider: channel.ProviderConfig{Now: func() time.Time { return now }}})
	for i, tokens := range []int{1, 1, 1, 2} { // at 0, 13, 26 and 40 minutes
		if err := s.Send(t.Context(), &channel.Message{Key: fmt.Sprint("k", i), To: address(i), Text: "Bonjour"}); err != nil {
			t.Fatal(err)
		}
		if len(p.tokens) != tokens {
			t.Errorf("message %d: %d tokens were signed, want %d", i, len(p.tokens), tokens)
		}
		now = now.Add(40 * time.Minute / 3).Add(time.Second)
	}
}

func TestWhatAppleCannotTakeIsNotOffered(t *testing.T) {
	s, p := openApple(t, apns.Config{})
	for name, m := range map[string]*channel.Message{
		"a token of somebody else's": {Key: "k", To: "dGhpcyBpcw:APA91b", Text: "Bonjour"},
		"a path for a token":         {Key: "k", To: "../../" + address(1), Text: "Bonjour"},
		"markup alone":               {Key: "k", To: address(1), HTML: "<p>Bonjour</p>"},
		"more than it carries":       {Key: "k", To: address(1), Text: strings.Repeat("é", 2100)},
	} {
		if err := s.Send(t.Context(), m); err == nil || strings.Contains(err.Error(), "temporary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := p.Received(); len(got) > 0 {
		t.Errorf("received %v", got)
	}
}
