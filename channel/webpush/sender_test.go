package webpush_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/channeltest"
	"github.com/aparte-dev/aparte/channel/webpush"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// browser is one that has subscribed: what it alone can read, and where it is reached.
type browser struct {
	key     *ecdh.PrivateKey
	secret  []byte
	address string
}

// service is a push service with its browsers: it verifies who sends, and each browser decrypts what is sent to it.
type service struct {
	*channeltest.Provider
	keys     *webpush.Keys
	browsers map[string]*browser // by path

	mu       sync.Mutex
	answer   func(to string) channeltest.Answer
	received []channeltest.Received
	headers  []http.Header
	plain    [][]byte
	tokens   map[string]bool
	problems []string
}

func openService(t *testing.T, c webpush.Config) (*webpush.Sender, *service) {
	t.Helper()
	keys, err := webpush.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	p := &service{keys: keys, browsers: map[string]*browser{}, tokens: map[string]bool{}}
	p.Provider = channeltest.Serve(t, p.serve)
	for n := range 1000 {
		path := fmt.Sprintf("/push/%d", n)
		key, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		b := &browser{key: key, secret: make([]byte, 16)}
		_, _ = rand.Read(b.secret) // never fails
		encode := base64.RawURLEncoding.EncodeToString
		b.address = "https://" + p.Host + path + "#" + encode(key.PublicKey().Bytes()) + "." + encode(b.secret)
		p.browsers[path] = b
	}
	now := c.Provider.Now
	c.Keys, c.Contact, c.Provider = keys, "mailto:ops@shop.example", p.Config(0)
	c.Provider.Now = now
	s, err := webpush.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, p
}

func (p *service) address(n int) string { return p.browsers[fmt.Sprintf("/push/%d", n)].address }

func (p *service) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	b, known := p.browsers[r.URL.Path]
	ttl, unread := strconv.Atoi(r.Header.Get("TTL"))
	topic := r.Header.Get("Topic")
	_, notTopic := base64.RawURLEncoding.DecodeString(topic)
	switch {
	case err != nil || !known || r.ProtoMajor != 2 || r.Method != http.MethodPost:
		w.WriteHeader(http.StatusNotFound)
		return
	case unread != nil || ttl < 0 || len(topic) > 32 || notTopic != nil || r.Header.Get("Content-Encoding") != "aes128gcm" || len(body) > 4096:
		p.problem("headers %v, body of %d bytes", r.Header, len(body))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if err := p.signed(r.Header.Get("Authorization")); err != nil {
		p.problem("%v", err)
		w.WriteHeader(http.StatusForbidden)
		return
	}
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	said := channeltest.Take
	if answer != nil {
		said = answer(b.address)
	}
	refuse := func(status int) {
		w.WriteHeader(status)
		fmt.Fprintf(w, "not to %s", b.address)
	}
	switch said {
	case channeltest.TryLater:
		refuse(http.StatusTooManyRequests)
	case channeltest.TryAfter:
		w.Header().Set("Retry-After", strconv.Itoa(int(channeltest.RestAsked/time.Second)))
		refuse(http.StatusServiceUnavailable)
	case channeltest.Never:
		refuse(http.StatusRequestEntityTooLarge)
	case channeltest.NoSuchAddress:
		refuse(http.StatusGone)
	default:
		p.take(b, r.Header, body)
		if said == channeltest.Vanish {
			channeltest.Vanished()
		}
		w.WriteHeader(http.StatusCreated)
	}
}

func (p *service) take(b *browser, h http.Header, body []byte) {
	plain, err := b.decrypt(body)
	if err != nil {
		p.problem("decrypt: %v", err)
		return
	}
	var got struct{ Title, Body, Tag string }
	if err := json.Unmarshal(plain, &got); err != nil {
		p.problem("%v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.received = append(p.received, channeltest.Received{ID: got.Tag, To: b.address, Subject: got.Title, Text: got.Body})
	p.headers, p.plain = append(p.headers, h), append(p.plain, plain)
}

func (p *service) problem(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// decrypt reads a message as its browser does, from the private key and the secret (RFC 8291, section 3; RFC 8188, section 2).
func (b *browser) decrypt(body []byte) ([]byte, error) {
	if len(body) < 86 || body[20] != 65 || binary.BigEndian.Uint32(body[16:]) < 18 {
		return nil, errors.New("header")
	}
	salt, sender, sealed := body[:16], body[21:86], body[86:]
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(public)
	if err != nil {
		return nil, err
	}
	derive := func(from, salt []byte, info string, n int) []byte {
		key, err := hkdf.Key(sha256.New, from, salt, info, n)
		if err != nil {
			panic(err)
		}
		return key
	}
	material := derive(shared, b.secret, "WebPush: info\x00"+string(b.key.PublicKey().Bytes())+string(sender), 32)
	block, err := aes.NewCipher(derive(material, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, derive(material, salt, "Content-Encoding: nonce\x00", 12), sealed, nil)
	if err != nil {
		return nil, err
	}
	plain = bytes.TrimRight(plain, "\x00")
	if len(plain) == 0 || plain[len(plain)-1] != 2 {
		return nil, errors.New("not the last record")
	}
	return plain[:len(plain)-1], nil
}

// signed verifies a VAPID header with the public key that browsers subscribed with.
func (p *service) signed(header string) error {
	rest, ok := strings.CutPrefix(header, "vapid t=")
	token, key, ok2 := strings.Cut(rest, ", k=")
	parts := strings.Split(token, ".")
	if !ok || !ok2 || key != p.keys.Public() || len(parts) != 3 {
		return fmt.Errorf("header %q", header)
	}
	p.mu.Lock()
	p.tokens[token] = true
	p.mu.Unlock()
	point, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return err
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return fmt.Errorf("signature of %d bytes", len(signature))
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("signature is not by the key")
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		return err
	}
	if claims.Aud != "https://"+p.Host || claims.Sub != "mailto:ops@shop.example" {
		return fmt.Errorf("claims %+v", claims)
	}
	return nil
}

func (p *service) Received() []channeltest.Received {
	p.mu.Lock()
	defer p.mu.Unlock()
	received := append([]channeltest.Received(nil), p.received...)
	for _, problem := range p.problems {
		received = append(received, channeltest.Received{ID: "problem", Text: problem})
	}
	return received
}

func (p *service) Answer(f func(to string) channeltest.Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

func TestConformance(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Door {
		s, p := openService(t, webpush.Config{})
		return channeltest.Door{Sender: s, Peer: p, Address: p.address, Notes: true, Provider: true}
	})
}

func TestANotificationCarriesWhatTheBrowserShows(t *testing.T) {
	s, p := openService(t, webpush.Config{})
	m := &channel.Message{
		Key: "d_1", To: p.address(1), Subject: "Votre lampe", Text: "Elle <vous> attend.", Image: "https://say.example/x/t.png",
		Link: "https://say.example/c/t", Report: "https://say.example/n/t", Collapse: "scenario:basket", TTL: time.Hour,
	}
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err, p.Received())
	}
	topic := p.headers[0].Get("Topic")
	want := `{"title":"Votre lampe","body":"Elle <vous> attend.","tag":"` + topic + `","image":"https://say.example/x/t.png","link":"https://say.example/c/t","report":"https://say.example/n/t"}`
	if got := string(p.plain[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if p.headers[0].Get("TTL") != "3600" || p.headers[0].Get("Urgency") != "normal" || topic == "" {
		t.Errorf("headers %v", p.headers[0])
	}
}

func TestNobodyCanReadButTheBrowser(t *testing.T) {
	s, p := openService(t, webpush.Config{})
	p.Answer(func(string) channeltest.Answer {
		p.browsers["/push/1"].secret[0] ^= 1 // another browser's secret
		return channeltest.Take
	})
	if err := s.Send(t.Context(), &channel.Message{Key: "k", To: p.address(1), Text: "Bonjour"}); err != nil {
		t.Fatal(err)
	}
	if len(p.problems) != 1 || !strings.Contains(p.problems[0], "authentication failed") {
		t.Errorf("read as %v, problems %v", p.received, p.problems)
	}
}

func TestOneTokenServesForHours(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, p := openService(t, webpush.Config{Provider: channel.ProviderConfig{Now: func() time.Time { return now }}})
	for i, tokens := range []int{1, 1, 1, 2} { // at 0, 5, 10 and 15 hours
		if err := s.Send(t.Context(), &channel.Message{Key: fmt.Sprint("k", i), To: p.address(i), Text: "Bonjour"}); err != nil {
			t.Fatal(err)
		}
		if len(p.tokens) != tokens {
			t.Errorf("message %d: %d tokens were signed, want %d", i, len(p.tokens), tokens)
		}
		now = now.Add(5 * time.Hour)
	}
}

func TestWhatIsNoSubscriptionIsNotAsked(t *testing.T) {
	s, p := openService(t, webpush.Config{})
	sound := p.address(1)
	endpoint, keys, _ := strings.Cut(sound, "#")
	public, secret, _ := strings.Cut(keys, ".")
	for name, address := range map[string]string{
		"a phone's token":     strings.Repeat("ab", 32),
		"in the clear":        strings.Replace(sound, "https://", "http://", 1),
		"a password in it":    strings.Replace(sound, "https://", "https://a:b@", 1),
		"without keys":        endpoint,
		"without a secret":    endpoint + "#" + public,
		"a short secret":      endpoint + "#" + public + "." + secret[:20],
		"no point":            endpoint + "#" + strings.Repeat("A", 87) + "." + secret,
		"padding in the keys": endpoint + "#" + public + "=." + secret,
	} {
		if err := s.Send(t.Context(), &channel.Message{Key: "k", To: address, Text: "Bonjour"}); err == nil || strings.HasPrefix(err.Error(), "temporary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Send(t.Context(), &channel.Message{Key: "k", To: sound, Text: strings.Repeat("é", 2000)}); err == nil || !strings.Contains(err.Error(), "over 3993 bytes") {
		t.Errorf("a long text: %v", err)
	}
	if got := p.Received(); len(got) > 0 {
		t.Errorf("asked for %v", got)
	}
}

func TestASubscriptionReachesNobodysOwnNetwork(t *testing.T) {
	keys, err := webpush.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	s, err := webpush.New(webpush.Config{Keys: keys, Contact: "https://shop.example/contact"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, p := openService(t, webpush.Config{}) // on this host
	err = s.Send(t.Context(), &channel.Message{Key: "k", To: p.address(1), Text: "Bonjour"})
	if err == nil || !strings.Contains(err.Error(), "private address") || len(p.Received()) > 0 {
		t.Errorf("sent: %v", err)
	}
}

func TestKeysAreReadAsTheyWereWritten(t *testing.T) {
	keys, err := webpush.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	again, err := webpush.ParseKeys(keys.Private() + "\n")
	if err != nil || again.Public() != keys.Public() {
		t.Errorf("%v: public %s, was %s", err, again.Public(), keys.Public())
	}
	for _, bad := range []string{"", "AAAA", "é", strings.Repeat("A", 43), strings.Repeat("_", 43)} {
		if _, err := webpush.ParseKeys(bad); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzSendNeverPanicsWhateverTheAddress(f *testing.F) {
	f.Add("https://push.example/1#BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4.BTBZMqHH6r4Tts7J_aSIgg")
	f.Add("https://[::1]:0#.")
	keys, err := webpush.NewKeys()
	if err != nil {
		f.Fatal(err)
	}
	s, err := webpush.New(webpush.Config{Keys: keys, Contact: "mailto:a@example.com", Provider: channel.ProviderConfig{Timeout: time.Millisecond}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, address string) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Send(ctx, &channel.Message{Key: "k", To: address, Text: "Bonjour"}); err == nil {
			t.Error("a message left without a connection")
		}
	})
}
