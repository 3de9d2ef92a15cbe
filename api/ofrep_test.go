package api

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/google/go-cmp/cmp"
)

func TestAnOpenFeatureLibraryCanAskForADecision(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "POST", "/ofrep/v1/evaluate/flags/hero", "wk",
		`{"context":{"targetingKey":"u1","anonymousId":"a1","country":"FR","device":{"type":"ios"},"plan":"gold"}}`)
	got := decoded[evaluation](t, w)
	if w.Code != 200 || got.Key != "hero" || got.Reason != "TARGETING_MATCH" || got.Variant == "" || len(got.Value) == 0 || got.Metadata["decision"] == "" {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	want := []aparte.Identifier{{Kind: aparte.KindUserID, Value: "u1"}, {Kind: aparte.KindAnonymousID, Value: "a1"}}
	asked := f.requests[0]
	if diff := cmp.Diff(want, asked.Identifiers); diff != "" {
		t.Error(diff)
	}
	if c := asked.Context; c.Country != "FR" || c.Device != "mobile" || len(c.Values) != 1 || c.Values[0].Name != "plan" {
		t.Errorf("asked in the situation %+v", c)
	}
}

func TestOpenFeaturesErrorsAreItsOwn(t *testing.T) {
	h, _ := testDoors(t)
	for body, code := range map[string]string{
		``: "PARSE_ERROR", `{`: "PARSE_ERROR", `[]`: "INVALID_CONTEXT", `{}`: "INVALID_CONTEXT", `{"context":null}`: "INVALID_CONTEXT", `{"context":[]}`: "INVALID_CONTEXT",
		`{"context":{}}`: "TARGETING_KEY_MISSING", `{"context":{"targetingKey":null}}`: "TARGETING_KEY_MISSING",
		`{"context":{"targetingKey":{}}}`: "INVALID_CONTEXT", `{"context":{"targetingKey":"undefined"}}`: "INVALID_CONTEXT",
	} {
		w := call(h, "POST", "/ofrep/v1/evaluate/flags/hero", "wk", body)
		if got := decoded[evaluationFailure](t, w); w.Code != 400 || got.Code != code || got.Key != "hero" || got.Details == "" {
			t.Errorf("%s: answered %d %s", body, w.Code, w.Body)
		}
	}
	if w := call(h, "POST", "/ofrep/v1/evaluate/flags/"+strings.Repeat("x", 65), "wk", `{"context":{"targetingKey":"u"}}`); w.Code != 400 {
		t.Errorf("a long key: answered %d", w.Code)
	}
	for path, key := range map[string]string{"%ff%fe": "\uFFFD", "a%ff": "a\uFFFD"} { // what is no UTF-8 cannot be repeated as it is
		for _, body := range []string{`{"context":{"targetingKey":"u"}}`, `{}`} {
			w := call(h, "POST", "/ofrep/v1/evaluate/flags/"+path, "wk", body)
			if got := decoded[evaluationFailure](t, w); w.Code != 400 || got.Code != "GENERAL" || got.Key != key {
				t.Errorf("%s: answered %d %s", path, w.Code, w.Body)
			}
		}
	}
	for path, want := range map[string]int{"/x/slot/a%ff/u.png?key=wk": 404, "/c/slot/%ff/u?key=wk": 404} {
		if w := call(h, "GET", path, "", ""); w.Code != want {
			t.Errorf("%s: answered %d", path, w.Code)
		}
	}
	for key, want := range map[string]int{"": 401, "nope": 401, "wk": 200, "sk": 200} {
		r := httptest.NewRequest("POST", "/ofrep/v1/evaluate/flags/hero", strings.NewReader(`{"context":{"targetingKey":"u"}}`))
		r.Header.Set("X-API-Key", key)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("key %q: answered %d", key, w.Code)
		}
	}
}
