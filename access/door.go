package access

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte/observe"
)

// Beginnings of the names of cookies. Where connections are secure they can be set by this host alone and over nothing
// else: that is what browsers take the prefix for (RFC 6265bis, section 4.1.3.2).
const (
	plainCookie  = "aparte-"
	secureCookie = "__Host-aparte-"

	sessionCookie = "session" // holds a session's token
)

// Entrance is how sessions come over HTTP.
type Entrance struct {
	Porter *Porter
	Proxy  bool // what a proxy says of the client's address and of TLS is believed: there is one, and it says it anew

	Visitor User // who somebody is who has no session; without a role: nobody
}

// Admit has the requests of whoever has a session know who that is. It keeps nobody out.
func (e Entrance) Admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := e.Visitor
		if token := e.Given(r, sessionCookie); token != "" {
			if whose, ok := e.Porter.SessionOf(r.Context(), token, use(r)); ok {
				u = whose
			}
		}
		if u.Role != "" {
			r = r.WithContext(WithUser(r.Context(), u))
		}
		next.ServeHTTP(w, r)
	})
}

// use reports whether a request is somebody's doing, and not that of a page that looks for news by itself.
func use(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return r.Method != http.MethodGet || mode == "" || mode == "navigate"
}

// Begin gives a browser its session.
func (e Entrance) Begin(w http.ResponseWriter, r *http.Request, token string) {
	e.Give(w, r, sessionCookie, token, int(e.Porter.Longest.Seconds()))
}

// Sessions are those of a user that are open.
func (e Entrance) Sessions(r *http.Request, id UserID) []Session {
	return e.Porter.Sessions(id, e.Given(r, sessionCookie))
}

// End ends a browser's session.
func (e Entrance) End(w http.ResponseWriter, r *http.Request) error {
	token := e.Given(r, sessionCookie)
	e.Give(w, r, sessionCookie, "", -1)
	if token == "" {
		return nil
	}
	return e.Porter.SignOut(r.Context(), token)
}

// Give has a browser keep something for so many seconds, which no script reads and no other site's request brings; -1: no longer.
func (e Entrance) Give(w http.ResponseWriter, r *http.Request, what, value string, seconds int) {
	c := &http.Cookie{Name: plainCookie + what, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if e.Secure(r) {
		c.Name, c.Secure = secureCookie+what, true
	}
	http.SetCookie(w, c)
}

// Given is what a browser was given. Where the connection is secure, a cookie that could have been set over another is not looked at.
func (e Entrance) Given(r *http.Request, what string) string {
	name := plainCookie + what
	if e.Secure(r) {
		name = secureCookie + what
	}
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// Secure reports whether the client's connection has TLS.
func (e Entrance) Secure(r *http.Request) bool {
	return r.TLS != nil || e.Proxy && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// From is the client's address, of IPv6 the network that one client has all of.
func (e Entrance) From(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if e.Proxy { // the last was written by the proxy, those before by anybody
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if last := strings.TrimSpace(all[len(all)-1]); last != "" {
			host = last
		}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if a = a.Unmap().WithZone(""); a.Is4() {
		return a.String()
	}
	network, _ := a.Prefix(64) // of an address that is one of IPv6
	return network.String()
}

// note is what a request turns out to change.
type note struct{ action, subject, closed string }

type noteKey struct{}

// Did says which change a request asks for, and of what: the pattern of its door, and an id without personal data.
func Did(ctx context.Context, action, subject string) {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		n.action, n.subject = action, clip(subject)
	}
}

// About says of what a change is, where its door does not tell.
func About(ctx context.Context, subject string) {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		n.subject = clip(subject)
	}
}

// Silent says that a request changed nothing worth a line, or wrote its own.
func Silent(ctx context.Context) { Did(ctx, "", "") }

// Recorded writes a line for every request that changed something: that had a method for it, was not refused, and said what it Did; and for
// every one that a door was Closed to. Who a key or a session is of must be known within, by Mine.
func (p *Porter) Recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, r.Method)
		n, who := new(note), new(User)
		if u, ok := UserOf(r.Context()); ok {
			*who = u
		}
		ctx := context.WithValue(context.WithValue(r.Context(), noteKey{}, n), whoKey{}, who)
		seen := &observe.Answer{ResponseWriter: w}
		next.ServeHTTP(seen, r.WithContext(ctx))
		if n.closed != "" {
			p.refused(WithUser(context.WithoutCancel(ctx), *who), doorClosed, n.closed)
		}
		if reads || n.action == "" || seen.Status >= http.StatusBadRequest {
			return
		}
		if err := p.Write(WithUser(ctx, *who), n.action, n.subject); err != nil {
			p.Logger.Error("access", "error", err)
		}
	})
}

type whoKey struct{}

// Mine says whose a request is that came by a key.
func Mine(ctx context.Context, u User) context.Context {
	if who, ok := ctx.Value(whoKey{}).(*User); ok {
		*who = u
	}
	return WithUser(ctx, u)
}
