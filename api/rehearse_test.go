package api

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/google/go-cmp/cmp"
)

const browseScenario = `{"id": "browse", "after": "Product Viewed", "delay": "1h", "channel": "email"}`

func TestAScenarioIsTestedThroughTheDoor(t *testing.T) {
	h, f := testDoors(t)
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	f.rehearsed = engine.Rehearsal{
		Scenario: aparte.Scenario{ID: "browse"}, Since: noon.AddDate(0, 0, -7), Until: noon, People: 100, Of: 1000, Moments: 12, Reached: 9, Speakable: 4, Began: 20,
		CalledOff: []engine.CalledOff{{Event: "Order Completed", Times: 3}}, Kept: []engine.KeptSilent{{Reason: aparte.NoConsent, Times: 8}},
		Days:     []engine.RehearsedDay{{Day: noon.Truncate(24 * time.Hour), Moments: 12}},
		Examples: []engine.Rehearsed{{At: noon, Event: "Product Viewed", EventAt: noon.Add(-time.Hour), Item: "tea"}},
	}
	got := decoded[Rehearsal](t, call(h, "POST", "/v1/admin/scenarios/test", "sk", `{"days": 7, "scenario": `+browseScenario+`}`))
	if got.About != 120 || got.Moments != 12 || got.Days[0].Day != "2026-11-27" || got.Silent[0].Reason != aparte.NoConsent || got.Examples[0].Item != "tea" {
		t.Errorf("answered %+v", got)
	}
	asked := f.rehearsing
	if asked.Days != 7 || asked.People != RehearsedPeople || asked.Scenario != "browse" || len(asked.Brand.Scenarios) != 1 || len(f.plan.Brand().Scenarios) != 0 {
		t.Errorf("asked %+v", asked)
	}
	if call(h, "POST", "/v1/admin/scenarios/test", "sk", `{"play": "basket"}`); f.rehearsing.Scenario != "basket-left" || f.rehearsing.Days != RehearsedDays || len(f.rehearsing.Brand.Contents) != 3 {
		t.Errorf("asked of a play %+v", f.rehearsing)
	}
	for _, c := range []struct {
		key, body, says string
		err             error
		want            int
	}{
		{"wk", `{}`, "", nil, 403}, {"", `{}`, "", nil, 401}, {"sk", "{", "", nil, 422}, {"sk", `{}`, "what is to be tested", nil, 422},
		{"sk", `{"days": 0.5}`, "/days", nil, 422}, {"sk", `{"days": 367, "id": "browse"}`, "/days", nil, 422}, {"sk", `{"people": -1}`, "/people", nil, 422},
		{"sk", `{"id": "browse"}`, "/id", nil, 422}, {"sk", `{"play": "nothing"}`, "/play", nil, 422}, {"sk", `{"play": "capture"}`, "/play", nil, 422},
		{"sk", `{"play": "basket", "id": "browse"}`, "/id", nil, 422}, {"sk", `{"scenarios": 1}`, "/scenarios", nil, 422},
		{"sk", `{"scenario": {"id": "x", "after": "Product Viewed", "delay": "1x"}}`, "/scenario/delay", nil, 422},
		{"sk", `{"scenario": {"id": "x", "after": "Product Viewed", "channel": "pigeon"}}`, "/scenarios/0/channel", nil, 422},
		{"sk", `{"scenario": ` + browseScenario + `}`, "try again", engine.ErrBusy, 429}, {"sk", `{"scenario": ` + browseScenario + `}`, "", context.Canceled, 503},
	} {
		f.err = c.err
		if w := call(h, "POST", "/v1/admin/scenarios/test", c.key, c.body); w.Code != c.want || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s: answered %d %s, want %d", c.key, c.body, w.Code, w.Body, c.want)
		}
	}
	f.err = nil
	r := httptest.NewRequest("POST", "/v1/admin/scenarios/test", strings.NewReader(`{"scenario": `+browseScenario+`}`))
	r.SetBasicAuth("sk", "")
	r.Header.Set("Accept", "application/x-ndjson")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(lines) != 3 || lines[0] != `{"done":0.5}` || !strings.HasPrefix(lines[2], `{"found":{"scenario":"browse",`) {
		t.Errorf("%q", lines)
	}
}

func TestAPlayThatTheBrandHasIsTestedAsTheBrandHasIt(t *testing.T) {
	b := testBrand()
	b.Scenarios = []aparte.Scenario{{ID: "basket-left", After: "Product Added", Delay: aparte.Duration(3 * time.Hour), Channel: aparte.Email}}
	asked, err := (&ScenarioAsked{Play: "basket"}).Of(b)
	if err != nil || asked.Brand != b || asked.Scenario != "basket-left" {
		t.Errorf("%+v, %v", asked, err)
	}
	var wrong fault
	b.Scenarios, b.Contents[0].ID = nil, "basket-letter" // something else of that name
	if _, err := (&ScenarioAsked{Play: "basket"}).Of(b); !errors.As(err, &wrong) || wrong.Pointer != "/play" {
		t.Error(err)
	}
}

func TestThePlaybookTellsWhatIsOn(t *testing.T) {
	h, f := testDoors(t)
	on := func() (ids []string) {
		answer := decoded[struct {
			Plays []struct {
				ID string
				On bool
			}
		}](t, call(h, "GET", "/v1/admin/playbook", "sk", ""))
		if len(answer.Plays) < 10 {
			t.Fatalf("%d plays", len(answer.Plays))
		}
		for _, p := range answer.Plays {
			if p.On {
				ids = append(ids, p.ID)
			}
		}
		return ids
	}
	if ids := on(); ids != nil {
		t.Errorf("on: %q", ids)
	}
	f.plan.Brand().Scenarios = []aparte.Scenario{{ID: "browse-left"}}
	if diff := cmp.Diff([]string{"browse"}, on()); diff != "" {
		t.Error(diff)
	}
	if w := call(h, "GET", "/v1/admin/playbook", "wk", ""); w.Code != 403 {
		t.Errorf("a public key: %d", w.Code)
	}
}
