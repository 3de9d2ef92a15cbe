package fcm_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/account"
	"github.com/aparte-dev/aparte/channel/channeltest"
	"github.com/aparte-dev/aparte/channel/fcm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// accountKey is one RSA key for all tests: making one takes long.
var accountKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// google is Google's end: the door where a service account asks for access, and the one that takes messages.
type google struct {
	*channeltest.Provider
	now func() time.Time

	mu       sync.Mutex
	answer   func(to string) channeltest.Answer
	received []channeltest.Received
	bodies   [][]byte
	asked    int // for access
	denied   int // answers of 401 still to give
}

func openGoogle(t *testing.T, c fcm.Config) (*fcm.Sender, *google) {
	t.Helper()
	g := &google{now: time.Now}
	g.Provider = channeltest.Serve(t, g.serve)
	now := c.Provider.Now
	who, err := account.Parse(accountFile(t, "https://"+g.Host+"/token"))
	if err != nil {
		t.Fatal(err)
	}
	c.Account, c.Host, c.Provider = who, g.Host, g.Config(0)
	if now != nil {
		c.Provider.Now, g.now = now, now
	}
	s, err := fcm.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, g
}

func accountFile(t *testing.T, asks string) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(accountKey())
	if err != nil {
		t.Fatal(err)
	}
	file, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "shop-1234", "private_key_id": "key-1", "client_email": "push@shop-1234.iam.gserviceaccount.com",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": asks,
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (g *google) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.ProtoMajor != 2 || r.Method != http.MethodPost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	switch r.URL.Path {
	case "/token":
		g.access(w, body)
	case "/v1/projects/shop-1234/messages:send":
		g.message(w, r, body)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// access verifies the assertion with the account's public key alone.
func (g *google) access(w http.ResponseWriter, body []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	r, err := http.NewRequest(http.MethodPost, "/token", strings.NewReader(string(body)))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		err = r.ParseForm()
	}
	parts := strings.Split(r.PostFormValue("assertion"), ".")
	if err != nil || r.PostFormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || len(parts) != 3 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2]) // what cannot be read does not verify
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	var claims struct {
		Iss, Scope, Aud string
		Iat, Exp        int64
	}
	text, _ := base64.RawURLEncoding.DecodeString(parts[1]) // as above
	_ = json.Unmarshal(text, &claims)
	if rsa.VerifyPKCS1v15(&accountKey().PublicKey, crypto.SHA256, digest[:], signature) != nil || claims.Iss != "push@shop-1234.iam.gserviceaccount.com" ||
		claims.Scope != "https://www.googleapis.com/auth/firebase.messaging" || claims.Aud != "https://"+g.Host+"/token" ||
		claims.Exp-claims.Iat > 3600 || time.Unix(claims.Exp, 0).Before(g.now()) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error": "invalid_grant"}`)
		return
	}
	fmt.Fprintf(w, `{"access_token": "ya29.%d", "expires_in": 3599, "token_type": "Bearer"}`, g.asked)
}

func (g *google) message(w http.ResponseWriter, r *http.Request, body []byte) {
	refuse := func(status int, code, to string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error": {"code": %d, "message": "not to %s", "details": [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": %q}]}}`, status, to, code)
	}
	var got struct {
		Message struct {
			Token        string
			Notification struct{ Title, Body string }
			Android      struct{ Notification struct{ Tag string } }
		}
	}
	g.mu.Lock()
	denied := g.denied > 0
	if denied {
		g.denied--
	}
	answer, last := g.answer, fmt.Sprintf("Bearer ya29.%d", g.asked)
	g.mu.Unlock()
	if err := json.Unmarshal(body, &got); err != nil || len(body) > 8192 {
		refuse(http.StatusBadRequest, "INVALID_ARGUMENT", "")
		return
	}
	m := got.Message
	if r.Header.Get("Authorization") != last || denied {
		refuse(http.StatusUnauthorized, "", m.Token)
		return
	}
	said := channeltest.Take
	if answer != nil {
		said = answer(m.Token)
	}
	switch said {
	case channeltest.TryLater:
		refuse(http.StatusServiceUnavailable, "UNAVAILABLE", m.Token)
	case channeltest.TryAfter:
		w.Header().Set("Retry-After", strconv.Itoa(int(channeltest.RestAsked/time.Second)))
		refuse(http.StatusTooManyRequests, "QUOTA_EXCEEDED", m.Token)
	case channeltest.Never:
		refuse(http.StatusForbidden, "SENDER_ID_MISMATCH", m.Token)
	case channeltest.NoSuchAddress:
		refuse(http.StatusNotFound, "UNREGISTERED", m.Token)
	default:
		g.mu.Lock()
		g.received = append(g.received, channeltest.Received{ID: m.Android.Notification.Tag, To: m.Token, Subject: m.Notification.Title, Text: m.Notification.Body})
		g.bodies = append(g.bodies, body)
		g.mu.Unlock()
		if said == channeltest.Vanish {
			channeltest.Vanished()
		}
		fmt.Fprint(w, `{"name": "projects/shop-1234/messages/0:1"}`)
	}
}

func (g *google) Received() []channeltest.Received {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]channeltest.Received(nil), g.received...)
}

func (g *google) Answer(f func(to string) channeltest.Answer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = f
}

func address(n int) string { return fmt.Sprintf("dGhpcyBpcw%d:APA91b%s", n, strings.Repeat("x", 120)) }

func TestConformance(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Door {
		s, g := openGoogle(t, fcm.Config{})
		return channeltest.Door{Sender: s, Peer: g, Address: address, Notes: true, Provider: true}
	})
}

func TestANotificationCarriesWhatTheAppNeeds(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, g := openGoogle(t, fcm.Config{Provider: channel.ProviderConfig{Now: func() time.Time { return now }}})
	m := &channel.Message{
		Key: "d_1", To: "token:of-one-device-123", Subject: "Votre lampe", Text: "Elle vous attend.", Image: "https://say.example/x/t.png",
		Link: "https://say.example/c/t", Report: "https://say.example/n/t", Collapse: "scenario:basket", TTL: time.Hour,
	}
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := `{"message":{"token":"token:of-one-device-123","notification":{"title":"Votre lampe","body":"Elle vous attend.","image":"https://say.example/x/t.png"},` +
		`"data":{"aparte_key":"d_1","aparte_link":"https://say.example/c/t","aparte_report":"https://say.example/n/t"},` +
		`"android":{"collapse_key":"scenario:basket","ttl":"3600s","notification":{"tag":"scenario:basket"}},` +
		`"apns":{"headers":{"apns-collapse-id":"scenario:basket","apns-expiration":"1800003600"},"payload":{"aps":{"sound":"default","mutable-content":1}}}}}`
	if diff := cmp.Diff(want, string(g.bodies[0])); diff != "" {
		t.Error(diff)
	}
}

func TestAccessIsAskedForOnceAnHourHoweverManySend(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, g := openGoogle(t, fcm.Config{Provider: channel.ProviderConfig{Now: func() time.Time { return now }}})
	send := func(n int) {
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				if err := s.Send(t.Context(), &channel.Message{Key: fmt.Sprint("k", i), To: address(i), Text: "Bonjour"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	send(8)
	now = now.Add(54 * time.Minute)
	send(8)
	if g.asked != 1 {
		t.Errorf("asked %d times within an hour", g.asked)
	}
	now = now.Add(5 * time.Minute)
	send(8)
	if g.asked != 2 {
		t.Errorf("asked %d times, want a second before the first ends", g.asked)
	}
}

func TestAccessThatIsTakenAwayIsAskedForAgain(t *testing.T) {
	s, g := openGoogle(t, fcm.Config{})
	g.denied = 1
	m := &channel.Message{Key: "k", To: address(1), Text: "Bonjour"}
	if err := s.Send(t.Context(), m); err == nil || !strings.HasPrefix(err.Error(), "temporary") {
		t.Errorf("denied: %v", err)
	}
	if err := s.Send(t.Context(), m); err != nil {
		t.Error(err)
	}
	if g.asked != 2 {
		t.Errorf("asked %d times", g.asked)
	}
}

func TestAnAccountIsReadOrSaysWhatIsWrongWithIt(t *testing.T) {
	sound := string(accountFile(t, "https://oauth2.googleapis.com/token"))
	a, err := account.Parse([]byte(sound))
	if err != nil || a.Project != "shop-1234" {
		t.Fatalf("account %+v: %v", a, err)
	}
	for _, test := range []struct{ old, new, want string }{
		{"{", "", "no JSON file"},
		{`"service_account"`, `"authorized_user"`, "/type"},
		{"shop-1234\"", "a/b\"", "/project_id"},
		{"client_email", "mail", "/client_email"},
		{"https://oauth2", "http://oauth2", "/token_uri"},
		{"BEGIN PRIVATE KEY", "BEGIN PUBLIC KEY", "/private_key"},
		{"MII", "XXX", "/private_key"},
	} {
		_, err := account.Parse([]byte(strings.Replace(sound, test.old, test.new, 1)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s for %s: %v", test.new, test.old, err)
		} else if strings.Contains(err.Error(), "MII") {
			t.Error("the error repeats the key")
		}
	}
}

func FuzzParseAccount(f *testing.F) {
	f.Add([]byte(`{"type":"service_account","project_id":"p","client_email":"e","token_uri":"https://x/","private_key":"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if a, err := account.Parse(text); (a == nil) == (err == nil) {
			t.Errorf("account %v, error %v", a, err)
		}
	})
}
