package api

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAPageCannotSpeakForChannels(t *testing.T) {
	for key, want := range map[string]int{"wk": 400, "sk": 200} {
		for _, name := range []string{"Aparte Resubscribed", "Aparte Sent", "Aparte Failed", "Aparte Complained"} {
			h, f := testDoors(t)
			r := httptest.NewRequest("POST", "/v1/track", strings.NewReader(`{"userId":"u","event":"`+name+`"}`))
			r.SetBasicAuth(key, "")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want || len(f.kept()) > 0 != (want == 200) {
				t.Errorf("%s by key %s: %d, kept %d", name, key, w.Code, len(f.kept()))
			}
		}
		h, _ := testDoors(t)
		r := httptest.NewRequest("POST", "/v1/track", strings.NewReader(`{"userId":"u","event":"Aparte Exposed"}`))
		r.SetBasicAuth(key, "")
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != 200 {
			t.Errorf("an exposure by key %s: %d", key, w.Code)
		}
	}
}
