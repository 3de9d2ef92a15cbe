package console_test

import (
	"bytes"
	"html"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/aparte-dev/aparte/access"
)

var (
	offeredNonce  = regexp.MustCompile(`name="nonce" value="([A-Za-z0-9_-]{43})"`)
	offeredSecret = regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`)
	recoveryCode  = regexp.MustCompile(`<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>`)
)

// code is what a phone shows that looked at a page.
func (g *gated) code(page string) string {
	g.t.Helper()
	m := offeredSecret.FindStringSubmatch(page)
	if m == nil {
		g.t.Fatalf("no key on\n%s", page)
	}
	code, err := totp.GenerateCode(strings.ReplaceAll(m[1], " ", ""), g.now)
	if err != nil {
		g.t.Fatal(err)
	}
	return code
}

func TestASecondFactorIsSetUpAskedForAndRemoved(t *testing.T) {
	g := gate(t, open(t))
	c := g.browserOf()
	zoe := url.Values{"email": {"zoe@lantern.example"}, "password": {herWords}, "to": {"/console/value"}}
	g.do(c, "POST", "/console/sign-in", zoe)
	_, page, _ := g.do(c, "GET", "/console/account/second", nil)
	nonce := offeredNonce.FindStringSubmatch(page)
	if nonce == nil {
		t.Fatalf("nothing is offered:\n%s", page)
	}
	if status, picture, header := g.do(c, "GET", "/console/account/second/"+nonce[1], nil); status != http.StatusOK || header.Get("Cache-Control") != "no-store" {
		t.Errorf("its picture: %d %s", status, header.Get("Cache-Control"))
	} else if _, err := png.Decode(bytes.NewReader([]byte(picture))); err != nil {
		t.Error(err)
	}
	status, again, _ := g.do(c, "POST", "/console/account/second", url.Values{"nonce": {nonce[1]}, "code": {"12"}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(again, "The code is wrong") || offeredNonce.FindStringSubmatch(again)[1] != nonce[1] {
		t.Errorf("a wrong code: %d\n%s", status, again)
	}
	status, page, _ = g.do(c, "POST", "/console/account/second", url.Values{"nonce": {nonce[1]}, "code": {g.code(page)}})
	codes := recoveryCode.FindAllStringSubmatch(page, -1)
	if status != http.StatusOK || len(codes) != 10 {
		t.Fatalf("set up: %d, %d codes\n%s", status, len(codes), page)
	}
	if _, page, _ = g.do(c, "GET", "/console/account/second", nil); recoveryCode.MatchString(page) || !strings.Contains(page, "10 recovery codes left") {
		t.Error("recovery codes are shown again, or not counted")
	}

	phone := g.browserOf()
	status, _, header := g.do(phone, "POST", "/console/sign-in", zoe)
	if to := header.Get("Location"); status != http.StatusSeeOther || to != "/console/sign-in/code?to=%2Fconsole%2Fvalue" || strings.Contains(header.Get("Set-Cookie"), "session") {
		t.Fatalf("by the password: %d, to %q, %q", status, to, header.Get("Set-Cookie"))
	}
	if status, _, _ := g.do(phone, "GET", "/console/people", nil); status != http.StatusSeeOther {
		t.Errorf("the password alone opens a page: %d", status)
	}
	if status, page, _ := g.do(phone, "GET", "/console/sign-in/code?to=/console/value", nil, "Accept-Language", "fr"); status != http.StatusOK || !strings.Contains(page, "Encore une chose") {
		t.Errorf("the code is asked for: %d", status)
	}
	if status, page, _ := g.do(phone, "POST", "/console/sign-in/code", url.Values{"code": {"1"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "The code is wrong") {
		t.Errorf("a wrong code: %d", status)
	}
	if status, _, header := g.do(phone, "POST", "/console/sign-in/code", url.Values{"code": {codes[0][1]}, "to": {"/console/value"}}); status != http.StatusSeeOther || header.Get("Location") != "/console/value" {
		t.Errorf("by a recovery code: %d, to %q", status, header.Get("Location"))
	}
	if status, _, _ := g.do(phone, "GET", "/console/people", nil); status != http.StatusOK {
		t.Errorf("by both: %d", status)
	}
	if status, page, _ := g.do(g.browserOf(), "GET", "/console/sign-in/code", nil); status != http.StatusOK || !strings.Contains(page, `id="password"`) {
		t.Errorf("a code without a password: %d", status)
	}
	late := g.browserOf()
	g.do(late, "POST", "/console/sign-in", zoe)
	g.now = g.now.Add(6 * time.Minute)
	if status, page, _ := g.do(late, "POST", "/console/sign-in/code", url.Values{"code": {codes[1][1]}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "That took too long") {
		t.Errorf("after six minutes: %d", status)
	}

	administrator := g.signedIn(access.Administrator)
	_, page, _ = g.do(administrator, "GET", "/console/users", nil)
	drop := regexp.MustCompile(`/console/users/u_[0-9a-f]+/second`).FindString(page)
	if status, _, _ := g.do(administrator, "POST", drop, nil); status != http.StatusSeeOther {
		t.Errorf("removed by an administrator: %d", status)
	}
	if status, _, _ := g.do(phone, "GET", "/console/people", nil); status != http.StatusSeeOther {
		t.Errorf("whose second factor is removed goes on: %d", status)
	}
	if status, _, header := g.do(g.browserOf(), "POST", "/console/sign-in", zoe); status != http.StatusSeeOther || header.Get("Location") != "/console/value" {
		t.Errorf("afterwards: %d, to %q", status, header.Get("Location"))
	}
}

// Where an administrator demands it, who has none is led to it and to nothing else, until it is there.
func TestASecondFactorIsDemandedOfEverybody(t *testing.T) {
	g := gate(t, open(t))
	administrator, marketer := g.signedIn(access.Administrator), g.signedIn(access.Marketer)
	if status, _, _ := g.do(marketer, "POST", "/console/users/second", url.Values{"demand": {"yes"}}); status != http.StatusForbidden {
		t.Errorf("a marketer demands: %d", status)
	}
	if status, _, _ := g.do(administrator, "POST", "/console/users/second", url.Values{"demand": {"yes"}}); status != http.StatusSeeOther || !g.porter.Demands() {
		t.Fatalf("demanded: %d", status)
	}
	for _, path := range []string{"/console/", "/console/people", "/console/account", "/console/users"} {
		for _, c := range []*http.Client{administrator, marketer} {
			if status, _, header := g.do(c, "GET", path, nil); status != http.StatusSeeOther || header.Get("Location") != "/console/account/second" {
				t.Errorf("%s: %d, to %q", path, status, header.Get("Location"))
			}
		}
	}
	if status, _, _ := g.do(administrator, "POST", "/console/users/second", url.Values{"demand": {"no"}}); status != http.StatusForbidden {
		t.Errorf("undone by who has none: %d", status)
	}
	_, page, _ := g.do(marketer, "GET", "/console/account/second", nil, "Accept-Language", "fr")
	if plain := html.UnescapeString(page); !strings.Contains(plain, "Ici, chacun doit en avoir un") || strings.Contains(plain, "/console/people") {
		t.Errorf("they see\n%s", plain)
	}
	if status, _, _ := g.do(marketer, "POST", "/console/account/second", url.Values{"nonce": {offeredNonce.FindStringSubmatch(page)[1]}, "code": {g.code(page)}}); status != http.StatusOK {
		t.Fatalf("set up: %d", status)
	}
	if status, _, _ := g.do(marketer, "GET", "/console/people", nil); status != http.StatusOK {
		t.Errorf("with one: %d", status)
	}
}
