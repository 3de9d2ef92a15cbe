package console_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/console"
)

var hookKey = regexp.MustCompile(`>\s*(hooks|ads)\.[a-z.]+`)

func TestAWebhookIsAddedTestedAndRemovedInTheConsole(t *testing.T) {
	s := open(t)
	hooks, err := webhook.Open(t.Context(), webhook.Config{Private: true, Stepped: true})
	if err == nil {
		err = hooks.Start(t.Context(), s.engine, nil, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := hooks.Close(); err != nil {
			t.Error(err)
		}
	})
	s.serve(console.Config{Webhooks: hooks})
	status := http.StatusNoContent
	crm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer crm.Close()
	here := "/console/data/webhooks"
	says := func(name string, want int, wants string, path string, form url.Values) string {
		t.Helper()
		got, body := s.post(path, form)
		if got != want || !strings.Contains(body, wants) || hookKey.MatchString(body) {
			t.Errorf("%s: %d, lacks %q (or shows %q):\n%s", name, got, wants, hookKey.FindString(body), body)
		}
		return body
	}
	says("an address that cannot be", http.StatusUnprocessableEntity, "/url: must be an address", here, url.Values{"id": {"crm"}, "url": {"crm"}, "types": {"order.completed"}})
	if _, body := s.submit(here, url.Values{"id": {"crm"}, "url": {"crm"}, "types": {"order.completed"}}, "fr"); !strings.Contains(body, "doit être une adresse comme") || strings.Contains(body, "must be") {
		t.Errorf("refused to a French reader:\n%s", body)
	}
	made := url.Values{"id": {"crm"}, "url": {crm.URL}, "types": {"order.completed", "person.changed"}}
	if body := says("added", http.StatusOK, "whsec_", here, made); strings.Contains(body, "checked") {
		t.Error("the form is filled in again")
	}
	for _, lang := range []string{"en", "fr"} {
		got, body, _ := s.get(here, lang)
		if got != http.StatusOK || strings.Contains(body, "whsec_") || hookKey.MatchString(body) || !strings.Contains(body, crm.URL) {
			t.Errorf("in %s: %d, shows %q\n%s", lang, got, hookKey.FindString(body), body)
		}
	}
	says("tested", http.StatusOK, "It took the test: 204", here+"/crm/test", nil)
	status = http.StatusGone
	says("not taken", http.StatusOK, "It did not take the test: 410", here+"/crm/test", nil)
	says("rotated", http.StatusOK, "whsec_", here+"/crm/rotate", nil)
	says("switched off", http.StatusOK, "switched off", here+"/crm/stop", nil)
	says("switched on", http.StatusOK, "Switch off", here+"/crm/start", nil)
	ads := url.Values{"id": {"meta-ads"}, "platform": {"meta"}, "account": {"88"}, "url": {crm.URL}, "list:regulars": {"601"}, "conversion:order": {"Purchase"}, "lifetime:order": {"yes"}}
	says("an account without a token", http.StatusUnprocessableEntity, "/token: is missing", "/console/data/ads", ads)
	ads.Set("token", "sesame")
	ads.Set("list:regulars", "6 0 1")
	if body := says("a list that cannot be", http.StatusUnprocessableEntity, "/ads/lists/regulars", "/console/data/ads", ads); strings.Contains(body, "sesame") || !strings.Contains(body, `value="6 0 1"`) {
		t.Error("the token is shown, or what was filled in is not there")
	}
	ads.Set("list:regulars", "601")
	if body := says("an account", http.StatusOK, "<code>regulars</code> → <code>601</code>", "/console/data/ads", ads); strings.Contains(body, "sesame") || !strings.Contains(body, "<code>order</code> → <code>Purchase</code>") {
		t.Errorf("the account: %s", body)
	}
	ads.Del("token")
	says("kept with its token", http.StatusOK, "Kept.", "/console/data/ads", ads)
	says("removed", http.StatusOK, "meta-ads", here+"/meta-ads/stop", nil)
	says("no account", http.StatusOK, "Removed.", here+"/meta-ads/delete", nil)
	says("none", http.StatusNotFound, "", here+"/erp/stop", nil)
	says("no such thing to do", http.StatusNotFound, "", here+"/crm/polish", nil)
	says("removed", http.StatusOK, "Nobody is told yet.", here+"/crm/delete", nil)
}

func TestAWebhookThatWasStoppedIsToldOnEveryPage(t *testing.T) {
	s := open(t)
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	defer gone.Close()
	hooks, err := webhook.Open(t.Context(), webhook.Config{Private: true, Stepped: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := hooks.Start(t.Context(), waiting{}, say, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := hooks.Put(t.Context(), webhook.Endpoint{ID: "crm", URL: gone.URL, Kinds: []aparte.NoticeKind{aparte.OrderCompleted}, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	hooks.Written(0, []aparte.Notice{{To: "crm"}})
	hooks.Step(t.Context())
	s.serve(console.Config{Webhooks: hooks})
	for lang, want := range map[string]string{"en": "“crm” is stopped: it says that it is gone", "fr": "ne plus exister (410)"} {
		if _, body, _ := s.get("/console/live", lang); !strings.Contains(body, want) {
			t.Errorf("in %s, the page of what is live lacks %q", lang, want)
		}
		if _, body, _ := s.get("/console/data/webhooks", lang); hookKey.MatchString(body) {
			t.Errorf("in %s shows %q", lang, hookKey.FindString(body))
		}
	}
	if err := hooks.Close(); err != nil {
		t.Error(err)
	}
}

// waiting is a log in which one notice waits.
type waiting struct{}

func (waiting) Parts() int { return 1 }
func (waiting) Notices(_ context.Context, _ int, after uint64, _ int) ([]aparte.Notice, uint64, error) {
	if after > 0 {
		return nil, 0, nil
	}
	return []aparte.Notice{{Number: 1, To: "crm", Kind: aparte.OrderCompleted}}, 1, nil
}
func (waiting) Settle(int, []uint64) error                  { return nil }
func (waiting) Bury(context.Context, aparte.Notice) error   { return nil }
func (waiting) Revive(context.Context, aparte.Notice) error { return nil }
func (waiting) Buried(context.Context, string, int) ([]aparte.Notice, int, error) {
	return nil, 0, nil
}

func say(context.Context, aparte.Notice, webhook.Reader) ([]byte, error) { return []byte("{}"), nil }
