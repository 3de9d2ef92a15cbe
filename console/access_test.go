package console_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/asset"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/exchange/source"
	"github.com/aparte-dev/aparte/quality"
	"github.com/aparte-dev/aparte/store/pebble"
)

// gated is a stage whose console asks who comes.
type gated struct {
	*stage
	porter *access.Porter
	now    time.Time
}

const (
	herWords = "correct horse battery staple"
	hisWords = "une phrase que personne ne devine"
)

// gate has the stage's console ask who comes. Its administrator is zoe@lantern.example.
func gate(t *testing.T, s *stage) *gated {
	t.Helper()
	kept := freshStore(t)
	var err error
	g := &gated{stage: s, now: time.Now()}
	clock := func() time.Time { return g.now }
	if g.porter, err = access.Open(t.Context(), access.Config{Documents: kept, Secret: kept.Secret(), Seconds: []byte(herWords), Now: clock}); err != nil {
		t.Fatal(err)
	}
	token, err := g.porter.SetUpToken(t.Context())
	if err == nil {
		_, _, err = g.porter.SetUp(t.Context(), token, "Zoé", "zoe@lantern.example", herWords)
	}
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := webhook.Open(t.Context(), webhook.Config{Stepped: true})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := source.Open(t.Context(), source.Config{Stepped: true})
	if err != nil {
		t.Fatal(err)
	}
	_, library := withAssets(t)
	keeper, err := quality.Open(t.Context(), nil, time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.serve(console.Config{Entrance: &access.Entrance{Porter: g.porter}, Assets: library, Webhooks: hooks, Sources: asked, Quality: keeper, Now: clock})
	return g
}

func freshStore(t *testing.T) *pebble.Store {
	t.Helper()
	kept, err := pebble.Open(t.TempDir(), pebble.Options{Parts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	return kept
}

// wait waits until something has happened.
func (g *gated) wait(t *testing.T, happened func() bool) {
	t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for !happened() {
		select {
		case <-look.C:
		case <-late:
			t.Fatal("it never happened")
		}
	}
}

// browserOf is a client that has cookies, and follows nothing.
func (g *gated) browserOf() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		g.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// signedIn is the browser of somebody new in a role.
func (g *gated) signedIn(role access.Role) *http.Client {
	g.t.Helper()
	email := fmt.Sprintf("%s%d@lantern.example", role, len(g.porter.Members()))
	_, token, err := g.porter.Invite(g.t.Context(), "Some "+string(role), email, role)
	if err == nil {
		_, _, err = g.porter.Join(g.t.Context(), token, hisWords)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	c := g.browserOf()
	if status, _, header := g.do(c, "POST", "/console/sign-in", url.Values{"email": {email}, "password": {hisWords}}); status != http.StatusSeeOther || header.Get("Location") != "/console/" {
		g.t.Fatalf("signing in answered %d, to %q", status, header.Get("Location"))
	}
	return c
}

// do asks something of the console; headers come in pairs.
func (g *gated) do(c *http.Client, method, path string, form url.Values, headers ...string) (int, string, http.Header) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w, err := c.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer w.Body.Close()
	if strings.Contains(path, "feed") { // it goes on
		return w.StatusCode, "", w.Header
	}
	body, err := io.ReadAll(w.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return w.StatusCode, string(body), w.Header
}

// doorsOf are all the console's, each with the right that it declares.
func doorsOf(t *testing.T) map[string]access.Right {
	t.Helper()
	doors, err := console.Doors(console.Config{
		Entrance: new(access.Entrance), Assets: new(asset.Library), Quality: new(quality.Keeper), Webhooks: new(webhook.Hooks), Sources: new(source.Sources),
	})
	if err != nil {
		t.Fatal(err)
	}
	return doors
}

func TestEveryDoorOfTheConsoleDeclaresItsRight(t *testing.T) {
	for door, right := range doorsOf(t) {
		if right == "" {
			t.Errorf("%s declares no right: give it one in rights.go", door)
		}
	}
}

var places = regexp.MustCompile(`\{[a-z]+\}`)

// TestEveryRoleOpensItsDoorsAndNoOther walks over all doors in all roles. What a door says beyond letting somebody in is not looked at.
func TestEveryRoleOpensItsDoorsAndNoOther(t *testing.T) {
	g := gate(t, open(t))
	clients := map[access.Role]*http.Client{"": g.browserOf()}
	for _, role := range access.Roles() {
		clients[role] = g.signedIn(role)
	}
	looked := 0
	for pattern, right := range doorsOf(t) {
		method, path, _ := strings.Cut(pattern, " ")
		if path = places.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "x"); path == "/console/sign-out" || strings.HasSuffix(path, "everywhere") {
			continue // they would end the walk
		}
		for role, client := range clients {
			status, _, header := g.do(client, method, path, nil)
			asked := status == http.StatusSeeOther && strings.HasPrefix(header.Get("Location"), "/console/sign-in")
			looked++
			switch may := (access.User{Role: role}).May(right); {
			case right == console.Anybody:
				if asked || status == http.StatusForbidden {
					t.Errorf("%s in the role %q: %d", pattern, role, status)
				}
			case role == "" && !asked:
				t.Errorf("%s to somebody who is not known: %d", pattern, status)
			case role != "" && may == (status == http.StatusForbidden) || role != "" && asked:
				t.Errorf("%s in the role %q, which may: %t, answered %d", pattern, role, may, status)
			}
		}
	}
	if looked < 300 {
		t.Errorf("only %d were tried", looked)
	}
}

func TestSigningInAndOut(t *testing.T) {
	g := gate(t, open(t))
	c := g.browserOf()
	status, _, header := g.do(c, "GET", "/console/people?q=17850", nil)
	if to := header.Get("Location"); status != http.StatusSeeOther || to != "/console/sign-in?to=%2Fconsole%2Fpeople%3Fq%3D17850" {
		t.Fatalf("who is not known: %d, to %q", status, to)
	}
	for _, c := range []struct{ email, password string }{{"zoe@lantern.example", "wrong"}, {"nobody@lantern.example", herWords}} {
		status, body, header := g.do(g.browserOf(), "POST", "/console/sign-in", url.Values{"email": {c.email}, "password": {c.password}})
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "The address or the password is wrong.") || header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d, cookie %q", c.email, status, header.Get("Set-Cookie"))
		}
	}
	form := url.Values{"email": {"zoe@lantern.example"}, "password": {herWords}, "to": {"/console/people?q=17850"}}
	if status, _, _ = g.do(c, "POST", "/console/sign-in", form, "Origin", "https://evil.example"); status != http.StatusForbidden {
		t.Errorf("from another site: %d", status)
	}
	if status, _, header = g.do(c, "POST", "/console/sign-in", form); status != http.StatusSeeOther || header.Get("Location") != "/console/people?q=17850" {
		t.Fatalf("signing in: %d, to %q", status, header.Get("Location"))
	}
	if cookie := header.Get("Set-Cookie"); !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || !strings.Contains(cookie, "Path=/") {
		t.Errorf("the cookie is %s", cookie)
	}
	if status, body, _ := g.do(c, "GET", "/console/people", nil); status != http.StatusOK || !strings.Contains(body, "Zoé") {
		t.Errorf("signed in: %d", status)
	}
	if status, _, _ := g.do(c, "POST", "/console/sign-out", nil, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("signed out by another site: %d", status)
	}
	if status, _, _ := g.do(c, "POST", "/console/sign-out", nil); status != http.StatusSeeOther {
		t.Errorf("signing out: %d", status)
	}
	if status, _, _ := g.do(c, "GET", "/console/people", nil); status != http.StatusSeeOther {
		t.Errorf("signed out: %d", status)
	}
	for _, to := range []string{"https://evil.example", "//evil.example", "/console/\\evil.example", "/elsewhere"} {
		_, _, header := g.do(g.browserOf(), "POST", "/console/sign-in", url.Values{"email": {"zoe@lantern.example"}, "password": {herWords}, "to": {to}})
		if there := header.Get("Location"); there != "/console/" {
			t.Errorf("to %q it leads to %q", to, there)
		}
	}
	for range 6 {
		status, _, header = g.do(g.browserOf(), "POST", "/console/sign-in", url.Values{"email": {"zoe@lantern.example"}, "password": {"wrong"}})
	}
	if status != http.StatusTooManyRequests || header.Get("Retry-After") != "30" {
		t.Errorf("after many attempts: %d, again after %q", status, header.Get("Retry-After"))
	}
}

var joinLink = regexp.MustCompile(`/console/join/[A-Za-z0-9_-]+`)

func TestSomebodyIsInvitedComesAndIsRemoved(t *testing.T) {
	g := gate(t, open(t))
	zoe := g.browserOf()
	g.do(zoe, "POST", "/console/sign-in", url.Values{"email": {"zoe@lantern.example"}, "password": {herWords}})
	status, body, _ := g.do(zoe, "POST", "/console/users", url.Values{"name": {"Mia <b>"}, "email": {"mia@lantern.example"}, "role": {"marketer"}})
	link := joinLink.FindString(body)
	if status != http.StatusOK || link == "" || strings.Contains(body, "Mia <b>") {
		t.Fatalf("inviting: %d, link %q", status, link)
	}
	if _, body, _ := g.do(zoe, "GET", "/console/users", nil); joinLink.MatchString(body) || !strings.Contains(body, "invited") {
		t.Error("the link is shown twice, or it is not said that she is invited")
	}
	mia := g.browserOf()
	if status, _, _ := g.do(mia, "POST", link, url.Values{"password": {"password1234"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a common password: %d", status)
	}
	if status, _, _ := g.do(mia, "POST", link, url.Values{"password": {hisWords}}); status != http.StatusSeeOther {
		t.Fatalf("joining: %d", status)
	}
	if status, _, _ := g.do(mia, "GET", "/console/people", nil); status != http.StatusOK {
		t.Errorf("having joined: %d", status)
	}
	if status, _, _ := g.do(g.browserOf(), "GET", link, nil); status != http.StatusGone {
		t.Errorf("the link again: %d", status)
	}
	var hers access.Member
	for _, m := range g.porter.Members() {
		if m.Email == "mia@lantern.example" {
			hers = m
		}
	}
	if status, _, _ := g.do(zoe, "POST", "/console/users/"+string(hers.ID)+"/remove", nil); status != http.StatusSeeOther {
		t.Errorf("removing: %d", status)
	}
	if status, _, _ := g.do(mia, "GET", "/console/people", nil); status != http.StatusSeeOther {
		t.Errorf("removed, she sees people: %d", status)
	}
	_, body, _ = g.do(zoe, "GET", "/console/record", nil)
	for _, want := range []string{"signed in", "invited somebody", "chose a password by a link", "removed somebody"} {
		if !strings.Contains(body, want) {
			t.Errorf("the record does not say %q", want)
		}
	}
	_, table, _ := g.do(zoe, "GET", "/console/record/changes.csv", nil)
	if strings.Count(table, "\n") != 5 || strings.Contains(table, "@") {
		t.Errorf("as a table, the record is\n%s", table)
	}
	_, lines, _ := g.do(zoe, "GET", "/console/record/changes.ndjson", nil)
	if strings.Count(lines, "\n") != 4 || !strings.Contains(lines, `"action":"user.removed"`) {
		t.Errorf("as lines, the record is\n%s", lines)
	}
}

var keyValue = regexp.MustCompile(`ap[sw]_[A-Za-z0-9_-]{43}`)

func TestAKeyIsShownOnceAndRevoked(t *testing.T) {
	g := gate(t, open(t))
	zoe := g.browserOf()
	g.do(zoe, "POST", "/console/sign-in", url.Values{"email": {"zoe@lantern.example"}, "password": {herWords}})
	_, body, _ := g.do(zoe, "POST", "/console/keys", url.Values{"name": {"web shop"}, "kind": {"public"}})
	value := keyValue.FindString(body)
	if !strings.HasPrefix(value, "apw_") || !strings.Contains(body, "data-write-key=&#34;"+value) {
		t.Fatalf("made %q, or without the line for pages", value)
	}
	k, ok := g.porter.Keys().Find(value)
	if !ok || k.By != "Zoé" {
		t.Fatalf("made %+v", k)
	}
	if _, body, _ := g.do(zoe, "GET", "/console/keys", nil); keyValue.MatchString(body) || !strings.Contains(body, "web shop") {
		t.Error("the key is shown twice, or not listed")
	}
	if _, body, _ := g.do(zoe, "POST", "/console/keys", url.Values{"name": {"x"}, "kind": {"emperor"}}); keyValue.MatchString(body) {
		t.Error("a key of no role was made")
	}
	if status, _, _ := g.do(zoe, "POST", "/console/keys/"+string(k.ID)+"/revoke", nil); status != http.StatusSeeOther {
		t.Errorf("revoking: %d", status)
	}
	if _, ok := g.porter.Keys().Find(value); ok {
		t.Error("it opens after it was revoked")
	}
}

func TestAnAccountSeesItsSessionsAndEndsOneOfThem(t *testing.T) {
	g := gate(t, open(t))
	const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
	const desk = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"
	here, there := g.browserOf(), g.browserOf()
	for c, agent := range map[*http.Client]string{here: desk, there: phone} {
		if status, _, _ := g.do(c, "POST", "/console/sign-in", url.Values{"email": {"zoe@lantern.example"}, "password": {herWords}}, "User-Agent", agent); status != http.StatusSeeOther {
			t.Fatalf("signing in: %d", status)
		}
	}
	_, page, _ := g.do(here, "GET", "/console/account", nil, "Accept-Language", "fr")
	end := regexp.MustCompile(`/console/account/sessions/[0-9a-f]{16}/end" *><button[^>]*aria-label="Y mettre fin.: Safari sur iPhone`).FindString(strings.ReplaceAll(page, "\u00a0", " "))
	if !strings.Contains(page, "Firefox sur Windows</strong> <span class=\"tag\">celui-ci") || end == "" {
		t.Fatalf("the page tells\n%s", page)
	}
	path := end[:strings.Index(end, `"`)]
	stranger := g.signedIn(access.Administrator)
	if status, _, _ := g.do(stranger, "POST", path, nil); status != http.StatusNotFound {
		t.Errorf("somebody else's session ends: %d", status)
	}
	if status, _, header := g.do(here, "POST", path, nil); status != http.StatusSeeOther || header.Get("Location") != "/console/account?done=session" {
		t.Errorf("ended: %d, to %q", status, header.Get("Location"))
	}
	if status, _, _ := g.do(there, "GET", "/console/people", nil); status != http.StatusSeeOther {
		t.Errorf("the phone goes on: %d", status)
	}
	if status, _, _ := g.do(here, "GET", "/console/people", nil); status != http.StatusOK {
		t.Errorf("the one that asked has ended: %d", status)
	}
	if _, page, _ := g.do(here, "GET", "/console/record", nil); !strings.Contains(page, "ended a session of their own") {
		t.Error("it is not recorded")
	}
}

func TestWhoIsKeptOutOfAPageStandsInTheRecord(t *testing.T) {
	g := gate(t, open(t))
	reader := g.signedIn(access.Reader)
	for _, door := range []struct{ method, path string }{{"GET", "/console/users"}, {"POST", "/console/keys"}} {
		if status, _, _ := g.do(reader, door.method, door.path, nil); status != http.StatusForbidden {
			t.Fatalf("%v: %d", door, status)
		}
	}
	g.do(g.browserOf(), "POST", "/console/keys", nil)
	g.do(g.browserOf(), "GET", "/console/people", nil) // is asked to sign in
	all, err := g.porter.Record(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range all {
		if e.Action == "door.closed" {
			told = append(told, e.Who+" "+e.Subject)
		}
	}
	if got, want := strings.Join(told, "; "), " POST /console/keys; Some reader POST /console/keys; Some reader GET /console/users"; got != want {
		t.Errorf("recorded %q, want %q", got, want)
	}
}
