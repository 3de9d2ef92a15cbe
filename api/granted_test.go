package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/grant"
)

// granting is the doors over somebody, with grants.
func granting(t *testing.T) (http.Handler, *fakeEngine, aparte.PersonID, *grant.Ledger) {
	t.Helper()
	f := newFakeEngine(t)
	id := testPeople(f)
	l, err := grant.Open(t.Context(), grant.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(Config{Engine: f, Keys: testKeys, Grants: l})
	if err != nil {
		t.Fatal(err)
	}
	return h, f, id, l
}

func TestExportsAreTakenByWhomTheyAreGrantedToAlone(t *testing.T) {
	h, _, _, _ := granting(t)
	export := func(when string, want int, query string) {
		t.Helper()
		if w := call(h, "GET", "/v1/admin/export/"+query, "sk", ""); w.Code != want {
			t.Errorf("%s: answered %d %s", when, w.Code, w.Body)
		}
	}
	put := func(id, body string, want int, says string) {
		t.Helper()
		if w := call(h, "PUT", "/v1/admin/destinations/"+id, "sk", body); w.Code != want || !strings.Contains(w.Body.String(), says) {
			t.Errorf("grant %s %s: %d %s", id, body, w.Code, w.Body)
		}
	}
	for kind := range exportKinds {
		if kind == "customers" || kind == "conversions" {
			continue // they need more than this brand has: see TestPlatformsFollowAudiencesOfThoseWhoAgreed
		}
		export("before", 403, kind+"?part=0")
	}
	put("file:files", `{"host":"the analysts","purposes":["service"],"fields":["people"]}`, 200, `"inForce":true`)
	export("granted", 200, "people?part=0")
	export("names too", 403, "people?part=0&identifiers=true")
	export("what was done", 403, "events?part=0")
	export("for somebody else", 403, "people?part=0&to=agency")
	export("for somebody whose name is no text", 403, "people?part=0&to=%ff%fe")
	put("file:agency", `{"host":"an agency","purposes":["marketing"],"channel":"email","fields":["people","identifiers"],"until":"2126-01-01T00:00:00Z"}`, 200, `"until":"2126`)
	export("for somebody else, granted", 200, "people?part=0&to=agency&identifiers=true")
	if w := call(h, "POST", "/v1/admin/lookalike", "sk", `{"seed":"true","identifiers":true}`); w.Code != 403 {
		t.Errorf("hashes of addresses: %d %s", w.Code, w.Body)
	}
	if w := call(h, "DELETE", "/v1/admin/destinations/file:files", "sk", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"inForce":false`) || !strings.Contains(w.Body.String(), `"uses":1`) {
		t.Errorf("taken back: %d %s", w.Code, w.Body)
	}
	export("taken back", 403, "people?part=0")
	put("file:files", `{"host":"x","purposes":["fun"],"fields":["people"]}`, 400, "/purposes/0")
	put("webhook:none", `{"purposes":["service"]}`, 404, "is no destination")
	if w := call(h, "DELETE", "/v1/admin/destinations/file:none", "sk", ""); w.Code != 404 {
		t.Errorf("none to take back: %d", w.Code)
	}
	if w := call(h, "GET", "/v1/admin/destinations", "wk", ""); w.Code != 403 {
		t.Errorf("with a write key: %d", w.Code)
	}
}

// Exports of each kind, and what webhooks are told, leave out who does not agree to what the destination is for; who objects to profiling is told of
// without what was worked out.
func TestWhatLeavesIsOfWhoAgreesToWhatItIsFor(t *testing.T) {
	h, f, id, _ := granting(t)
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	says := func(consents ...aparte.Consent) {
		p := f.people[id]
		p.Consents = consents
		p.Affinities = []aparte.Affinity{{Kind: aparte.CategoryAffinity, Key: "lamps", Weight: 1, At: at}}
		p.Traits = append(p.Traits[:0:0], aparte.Trait{Name: "guess", Value: aparte.TextValue("rich"), Provenance: aparte.Inferred})
		f.people[id] = p
	}
	answer := func(purpose aparte.Purpose, channel aparte.Channel, granted bool) aparte.Consent {
		return aparte.Consent{Purpose: purpose, Channel: channel, Granted: granted, At: at}
	}
	from := &teller{plan: f.plan, entry: engine.StoryEntry{Seq: 7, At: at, Event: &aparte.Event{Type: aparte.Track, Name: "Order Completed", MessageID: "m", Timestamp: at}}}
	tell := Noticed(from, func() time.Time { return at })
	for _, c := range []struct {
		said     string
		consents []aparte.Consent
		purposes []aparte.Purpose
		channel  aparte.Channel
		goes     bool
	}{
		{"nothing", nil, []aparte.Purpose{aparte.Service}, "", true},
		{"nothing", nil, []aparte.Purpose{aparte.Marketing}, aparte.SMS, false},
		{"nothing", nil, []aparte.Purpose{aparte.Profiling}, "", true},
		{"yes to mail", []aparte.Consent{answer(aparte.Marketing, aparte.Email, true)}, []aparte.Purpose{aparte.Marketing}, aparte.Email, true},
		{"yes to mail", []aparte.Consent{answer(aparte.Marketing, aparte.Email, true)}, []aparte.Purpose{aparte.Marketing}, aparte.SMS, false},
		{"yes to mail", []aparte.Consent{answer(aparte.Marketing, aparte.Email, true)}, []aparte.Purpose{aparte.Marketing}, "", false},
		{"no to service", []aparte.Consent{answer(aparte.Service, "", false)}, []aparte.Purpose{aparte.Service}, "", false},
		{"no to profiling", []aparte.Consent{answer(aparte.Profiling, "", false)}, []aparte.Purpose{aparte.Profiling}, "", false},
		{"no to profiling", []aparte.Consent{answer(aparte.Profiling, "", false)}, []aparte.Purpose{aparte.Service}, "", true},
	} {
		says(c.consents...)
		body, err := json.Marshal(map[string]any{"host": "it", "purposes": c.purposes, "channel": c.channel, "fields": []string{"people", "events", "decisions", "identifiers"}})
		if err != nil {
			t.Fatal(err)
		}
		if w := call(h, "PUT", "/v1/admin/destinations/file:files", "sk", string(body)); w.Code != 200 {
			t.Fatal(w.Code, w.Body)
		}
		for _, kind := range []string{"people", "events", "decisions"} {
			w := call(h, "GET", "/v1/admin/export/"+kind+"?part=1", "sk", "")
			if lines := strings.Count(w.Body.String(), "\n"); w.Code != 200 || lines > 1 != c.goes {
				t.Errorf("%s of who said %s, for %v on %q: %d, %d lines", kind, c.said, c.purposes, c.channel, w.Code, lines)
			}
			if objects := c.said == "no to profiling"; kind == "people" && c.goes && strings.Contains(w.Body.String(), "lamps") == objects || objects && strings.Contains(w.Body.String(), "rich") {
				t.Errorf("of who said %s: %s", c.said, w.Body)
			}
		}
		from.person = f.people[id]
		to := webhook.Reader{Purposes: c.purposes, Channel: c.channel}
		_, err = tell(t.Context(), aparte.Notice{Kind: aparte.OrderCompleted, Person: id, Seq: 7}, to)
		if (err == nil) != c.goes || err != nil && !errors.Is(err, webhook.ErrWithheld) {
			t.Errorf("a webhook, of who said %s, for %v on %q: %v", c.said, c.purposes, c.channel, err)
		}
		ended, err := tell(t.Context(), aparte.Notice{Kind: aparte.ConsentChanged, Person: id, Seq: 7}, to)
		if err != nil || !c.goes && strings.Contains(string(ended), "lamps") {
			t.Errorf("that an answer changed, of who said %s: %v, %s", c.said, err, ended)
		}
		if c.consents != nil && !strings.Contains(string(ended), fmt.Sprintf(`"granted":%v`, c.consents[0].Granted)) {
			t.Errorf("what changed is not told: %s", ended)
		}
	}
}
