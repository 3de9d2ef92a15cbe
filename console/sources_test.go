package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/console"
	"github.com/aparte-dev/aparte/exchange/source"
)

var sourceKey = regexp.MustCompile(`>\s*(sources|hooks)\.[a-z.]+`)

func TestAQueryIsAskedOnAScheduleFromTheConsole(t *testing.T) {
	s := open(t)
	sources, err := source.Open(t.Context(), source.Config{Stepped: true, Temp: t.TempDir(), Addresses: source.Addresses{Getenv: func(string) string { return "postgres://u:sesame@127.0.0.1:1/shop" }}})
	if err != nil {
		t.Fatal(err)
	}
	sources.Start(t.Context(), nil, nil)
	t.Cleanup(sources.Close)
	s.serve(console.Config{Sources: sources})
	here := "/console/data/sources"
	says := func(name string, want int, wants string, path string, form url.Values) {
		t.Helper()
		got, body := s.post(path, form)
		if got != want || !strings.Contains(body, wants) || sourceKey.MatchString(body) {
			t.Errorf("%s: %d, lacks %q (or shows %q):\n%s", name, got, wants, sourceKey.FindString(body), body)
		}
	}
	form := url.Values{"id": {"crm"}, "address": {"postgres://u:sesame@db/shop"}, "query": {"select 1 as \"userId\", now() as at"}, "brings": {"people"}, "cursor": {"at"}, "every": {"15m"}}
	says("an address instead of its name", http.StatusUnprocessableEntity, "/address: must name a secret", here, form)
	if _, body := s.submit(here, form, "fr"); !strings.Contains(body, "doit nommer un secret") {
		t.Errorf("refused to a French reader:\n%s", body)
	}
	form.Set("address", "env:APARTE_SOURCE_CRM")
	form.Set("every", "soon")
	says("no time", http.StatusUnprocessableEntity, "duration", here, form)
	form.Set("every", "15m")
	says("added", http.StatusOK, "every 15 minutes", here, form)
	says("run now", http.StatusOK, "It is being read.", here+"/crm/run", nil)
	sources.Step(t.Context())
	for lang, wants := range map[string][]string{"en": {"failing", "Last refusal:", "the database cannot be reached"}, "fr": {"en échec", "Dernier refus", "toutes les 15", "la base ne peut pas être jointe"}} {
		got, body, _ := s.get(here, lang)
		for _, want := range wants {
			if got != http.StatusOK || !strings.Contains(body, want) || sourceKey.MatchString(body) || strings.Contains(body, "sesame") || strings.Contains(body, "127.0.0.1") {
				t.Errorf("in %s: %d, lacks %q (or shows %q)\n%s", lang, got, want, sourceKey.FindString(body), body)
			}
		}
	}
	says("switched off", http.StatusOK, "switched off", here+"/crm/stop", nil)
	says("switched on", http.StatusOK, "Switch off", here+"/crm/start", nil)
	form.Set("at", "03:30")
	form.Set("zone", "Europe/Paris")
	says("at an hour", http.StatusOK, "each day at 03:30, Europe/Paris", here, form)
	says("none", http.StatusNotFound, "", here+"/erp/run", nil)
	says("no such thing to do", http.StatusNotFound, "", here+"/crm/polish", nil)
	says("removed", http.StatusOK, "No database is asked yet.", here+"/crm/delete", nil)
}
