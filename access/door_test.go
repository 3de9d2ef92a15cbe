package access_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/access"
)

func TestTheCookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	l := newLobby(t)
	p, _, session := l.settled()
	for _, c := range []struct {
		name, want     string
		tls, proxied   bool
		believed, safe bool
	}{
		{name: "in the clear", want: "aparte-session"},
		{name: "over TLS", want: "__Host-aparte-session", tls: true, safe: true},
		{name: "behind a proxy that ends TLS", want: "__Host-aparte-session", proxied: true, believed: true, safe: true},
		{name: "from somebody who says so", want: "aparte-session", proxied: true},
	} {
		e := access.Entrance{Porter: p, Proxy: c.believed}
		r := httptest.NewRequest("POST", "http://say.example/", nil)
		if c.tls {
			r.TLS = new(tls.ConnectionState)
		}
		if c.proxied {
			r.Header.Set("X-Forwarded-Proto", "https")
		}
		w := httptest.NewRecorder()
		e.Begin(w, r, session)
		got := w.Result().Cookies()[0]
		if got.Name != c.want || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Secure != c.safe || got.Path != "/" || got.Domain != "" || got.MaxAge != 12*3600 {
			t.Errorf("%s: %v", c.name, got)
		}
		r.AddCookie(got)
		known := false
		e.Admit(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, known = access.UserOf(r.Context()) })).ServeHTTP(w, r)
		if !known {
			t.Errorf("%s: the session is not known again", c.name)
		}
	}
	e := access.Entrance{Porter: p}
	r := httptest.NewRequest("POST", "http://say.example/", nil)
	r.TLS = new(tls.ConnectionState)
	r.AddCookie(&http.Cookie{Name: "aparte-session", Value: session})
	e.Admit(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, known := access.UserOf(r.Context()); known {
			t.Error("over TLS, a cookie is taken that could have been set without")
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
}

func TestClientsAreToldApartByAddress(t *testing.T) {
	for _, c := range []struct {
		remote, forwarded string
		proxy             bool
		want              string
	}{
		{remote: "192.0.2.7:1234", want: "192.0.2.7"},
		{remote: "192.0.2.7:1234", forwarded: "198.51.100.9", want: "192.0.2.7"},
		{remote: "127.0.0.1:1234", forwarded: "6.6.6.6, 198.51.100.9", proxy: true, want: "198.51.100.9"},
		{remote: "[2001:db8:1:2:3::4]:1234", want: "2001:db8:1:2::/64"},
		{remote: "[::ffff:192.0.2.7]:1234", want: "192.0.2.7"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := (access.Entrance{Proxy: c.proxy}).From(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestOnlyWhatChangedSomethingIsRecorded(t *testing.T) {
	l := newLobby(t)
	p, zoe, _ := l.settled()
	answer := func(method string, status int, do func(r *http.Request)) {
		r := httptest.NewRequest(method, "/", nil)
		r = r.WithContext(access.WithUser(r.Context(), zoe))
		p.Recorded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			do(r)
			w.WriteHeader(status)
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
	did := func(r *http.Request) { access.Did(r.Context(), "POST /things/{id}", "lamp") }
	answer("GET", 200, did)
	answer("POST", 422, did)
	answer("POST", 200, func(*http.Request) {})
	answer("POST", 200, func(r *http.Request) { did(r); access.Silent(r.Context()) })
	answer("POST", 303, did)
	answer("DELETE", 204, func(r *http.Request) {
		did(r)
		access.About(r.Context(), "p_1")
		access.Mine(r.Context(), access.User{Name: "till", Role: access.Administrator})
	})
	got, err := p.Record(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[1].Who != "Zoé" || got[1].Subject != "lamp" || got[0].Who != "till" || got[0].User != "" || !strings.HasPrefix(got[0].Subject, "person:") || strings.Contains(got[0].Subject, "p_1") {
		t.Errorf("recorded %+v", got)
	}
}
