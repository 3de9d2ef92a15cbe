package api

import (
	"net/http"
	"strings"
	"testing"
)

func TestAQueryIsDeclaredAndItsAddressNeverShown(t *testing.T) {
	h, _ := testDoors(t)
	put := func(status int, body string) string {
		t.Helper()
		w := call(h, "PUT", "/v1/admin/sources/crm", "sk", body)
		if w.Code != status {
			t.Fatalf("%d %s, want %d", w.Code, w.Body, status)
		}
		return w.Body.String()
	}
	const good = `{"address":"env:APARTE_SOURCE_CRM","query":"select 1","brings":"people","cursor":"at","every":"15m"}`
	put(http.StatusCreated, good)
	put(http.StatusOK, strings.Replace(good, "15m", "1d", 1))
	for body, want := range map[string]string{
		strings.Replace(good, "env:APARTE_SOURCE_CRM", "postgres://u:sesame@db/x", 1): `"field":"/address"`,
		strings.Replace(good, `"15m"`, `"1s"`, 1):                                     `"field":"/every"`,
		strings.Replace(good, `,"cursor":"at"`, ``, 1):                                `"field":"/cursor"`,
	} {
		if said := put(http.StatusUnprocessableEntity, body); !strings.Contains(said, want) || strings.Contains(said, "sesame") {
			t.Errorf("said %s, want %s", said, want)
		}
	}
	put(http.StatusBadRequest, `{"query":5}`)
	put(http.StatusBadRequest, `{"id":"erp","query":"select 1"}`)
	if all := call(h, "GET", "/v1/admin/sources", "sk", "").Body.String(); !strings.Contains(all, `"every":"1d"`) || !strings.Contains(all, `"enabled":true`) {
		t.Errorf("listed %s", all)
	}
	if w := call(h, "POST", "/v1/admin/sources/crm/run", "sk", ""); w.Code != http.StatusAccepted {
		t.Errorf("run: %d", w.Code)
	}
	if w := call(h, "POST", "/v1/admin/sources/erp/run", "sk", ""); w.Code != http.StatusNotFound {
		t.Errorf("run of none: %d", w.Code)
	}
	if w := call(h, "GET", "/v1/admin/sources", "wk", ""); w.Code != http.StatusForbidden {
		t.Errorf("with a public key: %d", w.Code)
	}
	if w := call(h, "DELETE", "/v1/admin/sources/crm", "sk", ""); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "crm") {
		t.Errorf("withdrawn: %d %s", w.Code, w.Body)
	}
}
