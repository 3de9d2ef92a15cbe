package access

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte/store/pebble"
)

// Whatever cookies come, nobody is somebody but by their own token, set where it may be.
func FuzzCookie(f *testing.F) {
	db, err := pebble.Open("access", pebble.Options{FS: vfs.NewMem(), Parts: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() }) // of memory
	p, err := Open(f.Context(), Config{Documents: db, Secret: db.Secret()})
	if err != nil {
		f.Fatal(err)
	}
	link, err := p.SetUpToken(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	_, token, err := p.SetUp(f.Context(), link, "Zoé", "zoe@lantern.example", "correct horse battery staple")
	if err != nil {
		f.Fatal(err)
	}
	plain, secured := plainCookie+sessionCookie, secureCookie+sessionCookie
	for _, cookie := range []string{plain + "=TOKEN", secured + "=TOKEN", "a=b; " + plain + `="TOKEN"`, plain + "=x; " + plain + "=TOKEN", ";;;=;", plain + "=TOKEN\x00"} {
		f.Add(cookie, true, "1.2.3.4, 2001:db8::1")
		f.Add(cookie, false, "::ffff:1.2.3.4%eth0")
	}
	f.Fuzz(func(t *testing.T, cookie string, secure bool, passedOn string) {
		cookie = strings.ReplaceAll(cookie, "TOKEN", token)
		r := httptest.NewRequest(http.MethodPost, "/console/", nil)
		r.Header["Cookie"], r.Header["X-Forwarded-For"] = []string{cookie}, []string{passedOn}
		name := plain
		if secure {
			r.TLS, name = &tls.ConnectionState{}, secured
		}
		e := Entrance{Porter: p, Proxy: true}
		known := false
		e.Admit(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, known = UserOf(r.Context()) })).ServeHTTP(httptest.NewRecorder(), r)
		if known && (!strings.Contains(cookie, token) || !strings.Contains(cookie, name)) {
			t.Fatalf("somebody comes in by the cookie %q (over TLS: %v)", cookie, secure)
		}
		from := e.From(r)
		if at, err := netip.ParsePrefix(from); err == nil && at.Masked() != at {
			t.Fatalf("%q comes from %q", passedOn, from)
		}
	})
}

// What is no hash of a password, no password has, and to see that takes no more than a hash does.
func FuzzHash(f *testing.F) {
	for _, hash := range []string{"", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "$argon2id$v=19$m=64,t=4294967295,p=1$c2FsdA$aGFzaA", "$argon2i$v=19$m=64,t=1,p=1$c2FsdA$aGFzaA", "$argon2id$v=19$m=-1,t=0,p=0$$", "$$$$$"} {
		f.Add(hash, "correct horse battery staple")
	}
	f.Fuzz(func(t *testing.T, hash, password string) {
		var memory uint64
		if _, rest, ok := strings.Cut(hash, "$m="); ok {
			_, _ = fmt.Sscanf(rest, "%d", &memory) // what is no number is none
		}
		if memory > 1<<12 {
			t.Skip("well-formed ones of so much memory take their time")
		}
		if matches(hash, password) && !strings.HasPrefix(hash, "$argon2id$") {
			t.Fatalf("%q is the hash of a password", hash)
		}
		if err := CheckPassword(password, "Zoé", hash); err == nil && len(password) < ShortestPassword {
			t.Fatalf("%q is a password", password)
		}
	})
}

// An address of an account is one address, in the form in which it is found again.
func FuzzAddress(f *testing.F) {
	for _, text := range []string{"zoe@lantern.example", " Zoe@Lantern.example ", "Zoé <zoe@lantern.example>", "a@b, c@d", "\"a b\"@c", "a@b\r\nBcc: c@d", "é@ü.example", "@", "a@[127.0.0.1]", "İ@x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, err := Address(text)
		if err != nil {
			return
		}
		if again, err := Address(address); err != nil || again != address {
			t.Fatalf("%q is %q, which is %q: %v", text, address, again, err)
		}
		if strings.ContainsAny(address, "\r\n\x00<>,") && !strings.HasPrefix(address, `"`) {
			t.Fatalf("%q is the address %q", text, address)
		}
	})
}

// A book as it is written down, and a change to it, do no harm whatever stands there.
func FuzzBook(f *testing.F) {
	b := newBook()
	b.Accounts["u_1"] = &account{ID: "u_1", Name: "Zoé", Email: "zoe@lantern.example", Role: Administrator, Hash: "h"}
	b.Keys["k_1"] = &key{Key: Key{ID: "k_1", Role: Reader}, Hash: "h"}
	whole, err := json.Marshal(snapshot{3, b})
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range []string{`{"account":{"id":"u_2","email":"a@b.c","role":"reader"}}`, `{"of":"u_1","role":"reader"}`, `{"leaves":"u_1"}`, `{"session":{"hash":"x","user":"u_1"}}`, `{"missed":["a","b"]}`, `{"key":{"id":"k_2"}}`, `{"link":{"hash":"x"}}`, `{"uses":"x","first":true}`} {
		f.Add(whole, []byte(c))
	}
	f.Add([]byte(`{"book":{"accounts":null,"sessions":{"a":null}}}`), []byte(`{"ends":"a","session":{"hash":"b"}}`))
	f.Fuzz(func(t *testing.T, whole, changed []byte) {
		s := snapshot{Book: newBook()}
		if json.Unmarshal(whole, &s) != nil || !s.Book.whole() {
			return
		}
		var c change
		if json.Unmarshal(changed, &c) != nil {
			return
		}
		c.At = time.Unix(9, 0)
		_ = s.Book.apply(&c) // one that does not fit is void
		s.Book.ring()
	})
}
