package console_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/aparte-dev/aparte/access"
	"github.com/aparte-dev/aparte/access/oidc"
	"github.com/aparte-dev/aparte/access/oidc/oidctest"
	"github.com/aparte-dev/aparte/console"
)

// singled is a console with a way in by a provider.
type singled struct {
	*gated
	provider *oidctest.Provider
	door     *oidc.Door
}

func single(t *testing.T) *singled {
	t.Helper()
	s := &singled{gated: gate(t, open(t)), provider: oidctest.Start(t, false)}
	var err error
	if s.door, err = oidc.New(oidc.Config{Documents: freshStore(t)}); err != nil {
		t.Fatal(err)
	}
	s.serve(console.Config{Entrance: &access.Entrance{Porter: s.porter}, Single: s.door})
	return s
}

// settings is the form that declares the provider.
func (s *singled) settings() url.Values {
	return url.Values{"issuer": {s.provider.URL}, "client": {oidctest.Client}, "secret": {oidctest.Secret}, "private": {"yes"}, "name": {"Atelier account"}}
}

var goOn = regexp.MustCompile(`id="go" href="([^"]+)"`)

// through signs a browser in by the provider, and answers what the console says to the end of it.
func (s *singled) through(c *http.Client, to string) (int, string, http.Header) {
	s.t.Helper()
	status, page, header := s.do(c, "GET", "/console/sign-in/with?to="+url.QueryEscape(to), nil)
	there := header.Get("Location")
	if status != http.StatusSeeOther || !strings.HasPrefix(there, s.provider.URL+"/authorize?") {
		return status, page, header
	}
	w, err := http.Get(there)
	if err != nil {
		s.t.Fatal(err)
	}
	defer w.Body.Close()
	asked, err := io.ReadAll(w.Body)
	m := goOn.FindStringSubmatch(string(asked))
	if err != nil || m == nil {
		s.t.Fatalf("the provider says %s, %v", asked, err)
	}
	back, err := url.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
	if err != nil || back.Scheme+"://"+back.Host != s.server.URL {
		s.t.Fatalf("led back to %s", m[1])
	}
	return s.do(c, "GET", back.RequestURI(), nil)
}

func TestAnAdministratorSetsSingleSignOnAndNobodyReadsItsSecret(t *testing.T) {
	s := single(t)
	zoe, mia := s.signedIn(access.Administrator), s.signedIn(access.Marketer)
	if status, _, _ := s.do(mia, "POST", "/console/single", s.settings()); status != http.StatusForbidden {
		t.Errorf("a marketer sets it: %d", status)
	}
	if status, page, _ := s.do(s.browserOf(), "GET", "/console/sign-in", nil); status != http.StatusOK || strings.Contains(page, "sign-in/with") {
		t.Errorf("%d: a button leads nowhere", status)
	}
	private := s.settings()
	private.Del("private")
	if status, page, _ := s.do(zoe, "POST", "/console/single", private); status != http.StatusUnprocessableEntity || !strings.Contains(page, "must begin with https://") || strings.Contains(page, oidctest.Secret) {
		t.Errorf("a provider within, without saying so: %d %s", status, page)
	}
	if status, _, header := s.do(zoe, "POST", "/console/single", s.settings()); status != http.StatusSeeOther || header.Get("Location") != "/console/single?done=kept" {
		t.Fatalf("%d to %s", status, header.Get("Location"))
	}
	for _, path := range []string{"/console/single", "/console/single?done=kept", "/console/record"} {
		status, page, _ := s.do(zoe, "GET", path, nil)
		if status != http.StatusOK || strings.Contains(page, oidctest.Secret) {
			t.Errorf("%s: %d, or it tells the secret", path, status)
		}
		if path != "/console/record" && !strings.Contains(page, s.server.URL+"/console/sign-in/back") {
			t.Errorf("%s does not say which address is to be declared", path)
		}
	}
	again := s.settings()
	again.Del("secret")
	if status, _, _ := s.do(zoe, "POST", "/console/single", again); status != http.StatusSeeOther {
		t.Errorf("without typing the secret again: %d", status)
	}
	if status, page, _ := s.do(s.browserOf(), "GET", "/console/sign-in", nil); status != http.StatusOK || !strings.Contains(page, "Sign in with Atelier account") {
		t.Errorf("%d: no button", status)
	}
	if _, page, _ := s.do(zoe, "GET", "/console/record", nil); !strings.Contains(page, "set single sign-on") {
		t.Error("it is not in the record")
	}
	if status, _, _ := s.do(zoe, "POST", "/console/single/remove", nil); status != http.StatusSeeOther {
		t.Errorf("removing answered %d", status)
	}
	if status, page, _ := s.do(s.browserOf(), "GET", "/console/sign-in/with", nil); status != http.StatusUnprocessableEntity || !strings.Contains(page, "no single sign-on") {
		t.Errorf("after it: %d", status)
	}
}

func TestSomebodyComesInByTheProviderAndGoesWhereTheyWanted(t *testing.T) {
	s := single(t)
	zoe := s.signedIn(access.Administrator)
	if status, _, _ := s.do(zoe, "POST", "/console/single", s.settings()); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	if _, _, err := s.porter.Invite(t.Context(), "Mia", "mia@lantern.example", access.Marketer); err != nil {
		t.Fatal(err)
	}
	s.provider.Is("s-1", "mia@lantern.example", true, nil)
	mia := s.browserOf()
	status, page, header := s.through(mia, "/console/people?audience=all")
	if status != http.StatusSeeOther || header.Get("Location") != "/console/people?audience=all" {
		t.Fatalf("%d to %q: %s", status, header.Get("Location"), page)
	}
	for _, c := range header.Values("Set-Cookie") {
		if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") {
			t.Errorf("a cookie is %s", c)
		}
	}
	if status, page, _ := s.do(mia, "GET", "/console/account", nil); status != http.StatusOK || !strings.Contains(page, "mia@lantern.example") {
		t.Errorf("she is not in: %d", status)
	}
	if _, page, _ := s.do(zoe, "GET", "/console/record", nil); !strings.Contains(page, "Mia") || !strings.Contains(page, "signed in") {
		t.Error("her coming is not in the record")
	}

	s.provider.Is("s-2", "stranger@elsewhere.example", true, nil)
	stranger := s.browserOf()
	if status, page, header := s.through(stranger, "/console/"); status != http.StatusUnprocessableEntity || !strings.Contains(page, "invitation") || strings.Contains(strings.Join(header.Values("Set-Cookie"), ""), "aparte-session") {
		t.Errorf("somebody unknown: %d", status)
	}
	s.provider.Is("s-1", "mia@lantern.example", true, nil)
	if status, _, header := s.through(s.browserOf(), "https://evil.example/"); status != http.StatusSeeOther || header.Get("Location") != "/console/" {
		t.Errorf("led to %d %q", status, header.Get("Location"))
	}
	// The end of somebody else's sign-in, sent to a browser that began none, lets nobody in (login CSRF).
	_, _, header = s.do(s.browserOf(), "GET", "/console/sign-in/with", nil)
	there, err := url.Parse(header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	victim := s.browserOf()
	if status, _, header := s.do(victim, "GET", "/console/sign-in/back?code=x&state="+there.Query().Get("state"), nil); status != http.StatusUnprocessableEntity || strings.Contains(strings.Join(header.Values("Set-Cookie"), ""), "session") {
		t.Errorf("a foreign end: %d", status)
	}
	for range 20 {
		status, page, header = s.do(victim, "GET", "/console/sign-in/back?code=x&state=y", nil)
	}
	if status != http.StatusTooManyRequests || header.Get("Retry-After") == "" {
		t.Errorf("after many: %d %s", status, page)
	}
	if status, _, _ := s.do(s.browserOf(), "GET", "/console/sign-in/with", nil); status != http.StatusTooManyRequests {
		t.Errorf("beginning after many: %d", status)
	}
}

// TestTheButtonOfSingleSignOnInABrowser has a browser set single sign-on, sign out, and come in by the button, and axe look at the pages.
func TestTheButtonOfSingleSignOnInABrowser(t *testing.T) {
	ctx := browser(t)
	s := single(t)
	s.provider.Is("s-0", "zoe@lantern.example", true, nil)
	at := func(path string) {
		t.Helper()
		s.wait(t, func() bool {
			there, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`))
			return err == nil && there == path
		})
	}
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	do(chromedp.Navigate(s.server.URL+"/console/sign-in?to=/console/single"), chromedp.WaitReady("#email"), chromedp.SendKeys("#email", "zoe@lantern.example"), chromedp.SendKeys("#password", herWords), chromedp.Click(".entry form button"))
	at("/console/single")
	do(chromedp.WaitReady("#issuer"), chromedp.SendKeys("#issuer", s.provider.URL), chromedp.SendKeys("#client", oidctest.Client), chromedp.SendKeys("#secret", oidctest.Secret),
		chromedp.SendKeys("#name", "Atelier account"), chromedp.Click(`[name="private"]`), chromedp.Click(`form[action="/console/single"] button`), chromedp.WaitReady(`form[action="/console/single/remove"]`))
	look := func(path, name string) {
		for _, as := range []struct{ lang, theme string }{{"en", "light"}, {"fr", "dark"}} {
			axed(ctx, t, s.server.URL+"/console/language/"+as.lang+"?"+url.Values{"from": {path}}.Encode(), path, as.lang, as.theme)
			if kept := os.Getenv("APARTE_SHOTS"); kept != "" {
				shoot(ctx, t, filepath.Join(kept, name+"-"+as.lang+".png"))
			}
			do(chromedp.EmulateViewport(390, 844))
			wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
			if err != nil || wide > 0 {
				t.Errorf("%s sticks out by %d on a phone (%v)", path, wide, err)
			}
			if kept := os.Getenv("APARTE_SHOTS"); kept != "" {
				shoot(ctx, t, filepath.Join(kept, name+"-"+as.lang+"-phone.png"))
			}
			do(chromedp.EmulateViewport(1280, 900))
		}
	}
	look("/console/single", "single")
	do(chromedp.Navigate(s.server.URL+"/console/account"), chromedp.Click(`form[action="/console/sign-out"] button`))
	at("/console/sign-in")
	look("/console/sign-in", "sign-in")
	do(chromedp.Navigate(s.server.URL+"/console/sign-in?to=/console/account"), chromedp.WaitReady(".entry .button"), chromedp.Click(".entry .button"), chromedp.WaitReady("#go"), chromedp.Click("#go"))
	at("/console/account")
}
