package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestASessionOpensAdminDoorsByItsRole sets a house up over its forms, and asks at the doors by sessions and by keys that were made.
func TestASessionOpensAdminDoorsByItsRole(t *testing.T) {
	t.Parallel()
	c := run(t, t.TempDir(), "serve", "--addr=127.0.0.1:0", "--data="+t.TempDir(), "--secret-key="+testSecretKey)
	link := setUpLink.FindString(c.output())
	person := func() *http.Client {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Client{Jar: jar, Timeout: patience, CheckRedirect: visitor.CheckRedirect}
	}
	send := func(who *http.Client, method, address string, form url.Values, headers ...string) (int, string) {
		t.Helper()
		if !strings.HasPrefix(address, "http") {
			address = c.base + address
		}
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w, err := who.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close()
		var body strings.Builder
		if err := w.Write(&body); err != nil {
			t.Fatal(err)
		}
		return w.StatusCode, body.String()
	}
	zoe, mia := person(), person()
	house := url.Values{"name": {"Zoé"}, "email": {"zoe@lantern.example"}, "password": {"correct horse battery staple"}, "brand": {"Lantern"}, "home": {"https://www.lantern.example"}, "locale": {"fr-FR"}, "currency": {"EUR"}, "zone": {"Europe/Paris"}}
	if status, _ := send(zoe, "POST", link, house, "Origin", "https://evil.example"); status != http.StatusForbidden {
		t.Errorf("set up from another site: %d", status)
	}
	if status, body := send(zoe, "POST", link, house); status != http.StatusOK {
		t.Fatalf("set up: %d\n%s", status, body)
	}
	if status, _ := send(person(), "POST", link, house); status != http.StatusGone {
		t.Errorf("set up again: %d", status)
	}
	_, body := send(zoe, "POST", "/console/users", url.Values{"name": {"Mia"}, "email": {"mia@lantern.example"}, "role": {"reader"}})
	if status, _ := send(mia, "POST", regexp.MustCompile(`/console/join/[A-Za-z0-9_-]+`).FindString(body), url.Values{"password": {"une phrase que personne ne devine"}}); status != http.StatusSeeOther {
		t.Fatalf("joining: %d", status)
	}
	made := func(kind string) string {
		_, body := send(zoe, "POST", "/console/keys", url.Values{"name": {kind}, "kind": {kind}})
		return regexp.MustCompile(`ap[sw]_[A-Za-z0-9_-]{43}`).FindString(body)
	}
	reading, public := made("reader"), made("public")

	brand := c.must(http.StatusOK, "GET", "/v1/admin/brand", testSecretKey, nil).body
	for _, x := range []struct {
		what          string
		by            *http.Client
		key           string
		read, publish int
		webhooks      int
	}{
		{"nobody", person(), "", 401, 401, 401},
		{"an administrator's session", zoe, "", 200, 200, 200},
		{"a reader's session", mia, "", 200, 403, 403},
		{"the key of the command line", person(), testSecretKey, 200, 200, 200},
		{"a key that reads", person(), reading, 200, 403, 403},
		{"a public key", person(), public, 403, 403, 403},
		{"an administrator with a key that nobody has", zoe, "none", 401, 401, 401},
	} {
		ask := func(method, path string, body []byte, headers ...string) int {
			r, err := http.NewRequestWithContext(t.Context(), method, c.base+path, strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			if x.key != "" {
				r.Header.Set("Authorization", basic(x.key))
			}
			for i := 0; i < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			w, err := x.by.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			w.Body.Close()
			return w.StatusCode
		}
		if read, publish, hooks := ask("GET", "/v1/admin/brand", nil), ask("PUT", "/v1/admin/brand", brand), ask("GET", "/v1/admin/webhooks", nil); read != x.read || publish != x.publish || hooks != x.webhooks {
			t.Errorf("%s reads: %d, publishes: %d, sees webhooks: %d", x.what, read, publish, hooks)
		}
		if x.by == zoe && x.key == "" {
			if status := ask("PUT", "/v1/admin/brand", brand, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
				t.Errorf("published by a page of another site: %d", status)
			}
		}
	}
	_, record := send(zoe, "GET", "/console/record/changes.csv", nil)
	done := regexp.MustCompile(`,door\.closed,PUT /v1/admin/brand`)
	if n := len(done.FindAllString(record, -1)); n != 6 { // nobody, a reader, a key that reads, a public and an unknown one, and a page of another site
		t.Errorf("%d of six refusals to publish are recorded:\n%s", n, record)
	}
	record = done.ReplaceAllString(record, "")
	if strings.Count(record, "PUT /v1/admin/brand") != 2 || !strings.Contains(record, ",secret key,,PUT /v1/admin/brand") || !regexp.MustCompile(`,Zoé,u_[0-9a-f]+,PUT /v1/admin/brand`).MatchString(record) {
		t.Errorf("the record is\n%s", record)
	}
}
