package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

func TestAWebhookIsDeclaredAndItsSecretShownOnce(t *testing.T) {
	h, _ := testDoors(t)
	put := func(status int, body string) string {
		t.Helper()
		w := call(h, "PUT", "/v1/admin/webhooks/crm", "sk", body)
		if w.Code != status {
			t.Fatalf("%d %s, want %d", w.Code, w.Body, status)
		}
		return w.Body.String()
	}
	if said := put(http.StatusCreated, `{"url":"https://crm.example.com/in","types":["order.completed"]}`); !strings.Contains(said, `"secret":"whsec_`) {
		t.Errorf("said %s", said)
	}
	if said := put(http.StatusOK, `{"url":"https://crm.example.com/in","types":["person.changed"],"enabled":false}`); strings.Contains(said, "whsec_") {
		t.Errorf("said %s", said)
	}
	for body, want := range map[string]string{
		`{"url":"http://crm.example.com","types":["order.completed"]}`:                  `"field":"/url"`,
		`{"url":"https://crm.example.com","types":["orders"]}`:                          `"field":"/types/0"`,
		`{"url":"https://crm.example.com","types":["order.completed"],"where":"data."}`: `"field":"/where","message":"line 1, column`,
	} {
		if said := put(http.StatusUnprocessableEntity, body); !strings.Contains(said, want) {
			t.Errorf("said %s, want %s", said, want)
		}
	}
	put(http.StatusBadRequest, `{"url":5}`)
	put(http.StatusBadRequest, `{"urls":"https://crm.example.com"}`)
	put(http.StatusBadRequest, `{"id":"erp","url":"https://crm.example.com","types":["order.completed"]}`)

	all := call(h, "GET", "/v1/admin/webhooks", "sk", "").Body.String()
	if !strings.Contains(all, `"types":["person.changed"]`) || strings.Contains(all, "whsec_") {
		t.Errorf("listed %s", all)
	}
	if said := call(h, "POST", "/v1/admin/webhooks/crm/rotate", "sk", "").Body.String(); !strings.Contains(said, "whsec_") {
		t.Errorf("said %s", said)
	}
	for _, path := range []string{"/rotate", "/test", "/resend"} {
		if w := call(h, "POST", "/v1/admin/webhooks/erp"+path, "sk", ""); w.Code != http.StatusNotFound {
			t.Errorf("%s of none: %d", path, w.Code)
		}
	}
	if w := call(h, "PUT", "/v1/admin/webhooks/crm", "wk", "{}"); w.Code != http.StatusForbidden {
		t.Errorf("with a public key: %d", w.Code)
	}
	if said := call(h, "DELETE", "/v1/admin/webhooks/crm", "sk", "").Body.String(); said != `{"webhooks":[]}` {
		t.Errorf("said %s", said)
	}
}

// teller tells of one person and one entry.
type teller struct {
	person aparte.Person
	entry  engine.StoryEntry
	plan   *decide.Plan
}

func (t *teller) Entry(context.Context, aparte.PersonID, uint64) (engine.StoryEntry, error) {
	return t.entry, nil
}
func (t *teller) Person(context.Context, aparte.PersonID) (aparte.Person, error) {
	return t.person, nil
}
func (t *teller) Task(_ context.Context, id aparte.DecisionID, _ string) (engine.Task, error) {
	return engine.Task{Decision: aparte.Decision{ID: id}, Worth: 700, Story: []string{"27.11. 09:00 Product Viewed"}}, nil
}
func (t *teller) Fit() *engine.Fit   { return nil }
func (t *teller) Plan() *decide.Plan { return t.plan }

func TestAWebhookNamesNobodyUnlessItIsAsked(t *testing.T) {
	at := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	who := aparte.PersonID{1}
	from := &teller{plan: newFakeEngine(t).plan}
	from.person = aparte.Person{
		ID: who, FirstSeen: at, LastSeen: at, Identifiers: []aparte.Identifier{{Kind: aparte.KindEmail, Value: "ada@example.com"}},
		Traits: []aparte.Trait{{Name: "city", Value: aparte.TextValue("Bath")}, {Name: "firstName", Value: aparte.TextValue("Ada")}},
	}
	from.entry = engine.StoryEntry{Seq: 7, At: at, Event: &aparte.Event{
		Type: aparte.Track, Name: "Order Completed", MessageID: "m", UserID: "ada", Timestamp: at.Add(-time.Hour), Properties: []byte(`{"revenue":5}`), Source: "web",
	}}
	say := Noticed(from, func() time.Time { return at })
	read := func(kind aparte.NoticeKind, identifiers bool) (text string, doc map[string]any) {
		t.Helper()
		body, err := say(t.Context(), aparte.Notice{Kind: kind, Person: who, Seq: 7}, webhook.Reader{Identifiers: identifiers})
		if err == nil {
			err = json.Unmarshal(body, &doc)
		}
		if err != nil {
			t.Fatal(err)
		}
		return string(body), doc
	}
	text, doc := read(aparte.ObjectiveReached, false)
	if strings.Contains(text, "ada") || strings.Contains(text, "Ada") || !strings.Contains(text, "Bath") {
		t.Errorf("said %s", text)
	}
	data := doc["data"].(map[string]any)
	if doc["type"] != "objective.reached" || doc["timestamp"] != "2026-11-27T08:00:00Z" {
		t.Errorf("said %s", text)
	}
	if diff := cmp.Diff([]any{map[string]any{"id": "order", "value": 100.0}}, data["objectives"]); diff != "" {
		t.Errorf("objectives (-want +got):\n%s", diff)
	}
	if text, _ := read(aparte.OrderCompleted, true); !strings.Contains(text, "ada@example.com") || strings.Contains(text, "objectives") {
		t.Errorf("said %s", text)
	}
	from.entry = engine.StoryEntry{Seq: 7, At: at, Decision: &aparte.Decision{
		ID: aparte.DecisionID{Person: who, Seq: 7}, At: at, Channel: aparte.Web, Slot: "hero", Propensity: 0.25, Action: aparte.Action{Content: "welcome", Layout: "card", Variants: []uint8{1}},
		Candidates: make([]aparte.Candidate, 30),
	}}
	text, _ = read(aparte.DecisionTaken, false)
	if !strings.Contains(text, `"content":"welcome"`) || !strings.Contains(text, `"propensity":0.25`) || strings.Contains(text, "candidates") {
		t.Errorf("said %s", text)
	}
}
