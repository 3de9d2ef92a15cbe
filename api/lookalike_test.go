package api

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn/lookalike"
)

func TestWhoResemblesAnAudienceIsToldThroughTheDoor(t *testing.T) {
	h, f := testDoors(t)
	f.alike = engine.Resemblance{
		Seeds: 80, Others: 900, AUC: 0.75, Sizes: []engine.AudienceSize{{Share: 0.1, People: 90, Found: 0.4, Lift: 4}},
		InCommon: []engine.InCommon{{Trait: lookalike.Trait{Column: "device", Words: "device = mobile", Seeds: 0.8, Others: 0.3}, Meaning: aparte.Words{"en": "Device"}}},
		Listed:   []engine.Alike{{ID: aparte.PersonID{1}, Score: 0.5, Reasons: []lookalike.Reason{{Column: "device", Words: "device = mobile", Adds: 1}}, Emails: [][32]byte{{15}}}},
	}
	got := decoded[Lookalike](t, call(h, "POST", "/v1/admin/lookalike", "sk", `{"seed":"person.orders > 2","value":"person.ltv","size":0.05,"identifiers":true}`))
	if got.AUC != 0.75 || got.Sizes[0].Lift != 4 || got.InCommon[0].Says != "device = mobile" || got.Listed != 1 {
		t.Errorf("answered %+v", got)
	}
	if want := (engine.Likeness{Seed: "person.orders > 2", Value: "person.ltv", Size: 0.05, Identifiers: true}); f.likeness != want {
		t.Errorf("asked %+v", f.likeness)
	}
	r := httptest.NewRequest("POST", "/v1/admin/lookalike", strings.NewReader(`{"seed":"person.orders > 2"}`))
	r.SetBasicAuth("sk", "")
	r.Header.Set("Accept", "application/x-ndjson")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(lines) != 3 || lines[0] != `{"done":0.5}` || !strings.HasPrefix(lines[1], `{"person":{"id":"p_`) || !strings.Contains(lines[1], `"emailsSha256":["0f00`) || !strings.HasPrefix(lines[2], `{"found":{`) {
		t.Errorf("lines %q", lines)
	}
}

func TestAQuestionForLookAlikesThatCannotBeAnsweredIsRefused(t *testing.T) {
	h, f := testDoors(t)
	for _, c := range []struct {
		key, body, says string
		err             error
		want            int
	}{
		{"wk", `{}`, "", nil, 403}, {"", `{}`, "", nil, 401}, {"sk", `{"seed":1}`, `"/seed"`, nil, 400}, {"sk", `{"sead":"x"}`, `"/sead"`, nil, 400},
		{"sk", `{"seed":"true","size":0.3}`, `"/size"`, nil, 400}, {"sk", `{}`, "try again", engine.ErrBusy, 429},
		{"sk", `{}`, `"/seed"`, &engine.TooAlike{Seeds: 3, Others: 9}, 422}, {"sk", `{}`, `"/value"`, &engine.BadAmount{Err: engine.ErrToken}, 400},
		{"sk", `{}`, `"/seed"`, &engine.BadCondition{Err: engine.ErrToken}, 400},
	} {
		f.err = c.err
		if w := call(h, "POST", "/v1/admin/lookalike", c.key, c.body); w.Code != c.want || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %.30s: answered %d %s, want %d", c.key, c.body, w.Code, w.Body, c.want)
		}
	}
}

func TestALookAlikeBecomesAnAudienceThroughTheDoor(t *testing.T) {
	h, f := testDoors(t)
	w := call(h, "PUT", "/v1/admin/lookalikes/vip-alike", "sk", `{"name":{"en":"Like VIPs"},"seed":"person.orders > 2","value":"person.ltv","size":0.05}`)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `alike[\"vip-alike\"] \u003e= 0.95`) && !strings.Contains(w.Body.String(), `alike[\"vip-alike\"] >= 0.95`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	b := f.published
	if len(b.Lookalikes) != 1 || b.Lookalikes[0].Value != "person.ltv" || b.Audiences[len(b.Audiences)-1].When != `alike["vip-alike"] >= 0.95 && !(person.orders > 2)` {
		t.Errorf("published %+v, %+v", b.Lookalikes, b.Audiences)
	}
	for _, body := range []string{`{"seed":"true"}`, `{"seed":"true","size":0.3}`, `{"seed":1,"size":0.1}`, `{"sead":"true"}`} {
		if w := call(h, "PUT", "/v1/admin/lookalikes/x", "sk", body); w.Code != 400 {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if w := call(h, "GET", "/v1/admin/lookalikes", "sk", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"lookalikes":[`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
