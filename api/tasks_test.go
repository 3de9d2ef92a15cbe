package api

import (
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/webhook"
	"github.com/aparte-dev/aparte/engine"
)

func TestTasksAreListedAndClosedByWhoeverHasASecretKey(t *testing.T) {
	h, f := testDoors(t)
	for seq := range uint64(3) {
		f.tasks = append(f.tasks, engine.Task{
			Decision: aparte.Decision{ID: aparte.DecisionID{Person: aparte.PersonID{1}, Seq: seq + 1}}, Worth: 100, Story: []string{"27.11. 09:00 Product Viewed"},
			Person: aparte.Person{ID: aparte.PersonID{1}, Identifiers: []aparte.Identifier{{Kind: aparte.KindPhone, Value: "+33612345678"}}},
		})
	}
	id := f.tasks[0].Decision.ID.String()
	for key, want := range map[string]int{"": 401, "nope": 401, "wk": 403} {
		if a, b := call(h, "GET", "/v1/admin/tasks", key, ""), call(h, "POST", "/v1/admin/tasks/"+id, key, `{"outcome": "done"}`); a.Code != want || b.Code != want {
			t.Errorf("key %q: %d and %d, want %d", key, a.Code, b.Code, want)
		}
	}
	w := call(h, "GET", "/v1/admin/tasks?aDay=2", "sk", "")
	got := decoded[struct{ Tasks []taskDocument }](t, w)
	if len(got.Tasks) != 2 || got.Tasks[0].ID.String() != id || got.Tasks[0].Said == nil || !strings.Contains(w.Body.String(), "+33612345678") {
		t.Errorf("answered %s", w.Body)
	}
	for _, test := range []struct {
		path, body string
		want       int
	}{
		{"?aDay=0", "", 400}, {"?aDay=many", "", 400},
		{"/nonsense", `{"outcome": "done"}`, 404}, {"/" + id, `{"outcome": "later"}`, 400}, {"/" + id, `{`, 400},
		{"/" + id, `{"outcome": "done"}`, 200}, {"/" + id, `{"outcome": "done"}`, 404},
	} {
		method := "POST"
		if test.body == "" {
			method = "GET"
		}
		if w := call(h, method, "/v1/admin/tasks"+test.path, "sk", test.body); w.Code != test.want {
			t.Errorf("%s %s: %d, want %d", test.path, test.body, w.Code, test.want)
		}
	}
	if !f.done {
		t.Error("it was not done")
	}
}

func TestAWebhookOfATaskSaysWhyAndHow(t *testing.T) {
	at := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	who := aparte.PersonID{1}
	id := aparte.DecisionID{Person: who, Seq: 6}
	from := &teller{plan: newFakeEngine(t).plan, person: aparte.Person{ID: who, FirstSeen: at, LastSeen: at}}
	from.entry = engine.StoryEntry{Seq: 7, At: at, Event: &aparte.Event{
		Type: aparte.Track, Name: aparte.EventSent, MessageID: "m", Timestamp: at, Properties: []byte(`{"decision":"` + id.String() + `","channel":"human"}`), Source: aparte.OwnSource,
	}}
	body, err := Noticed(from, func() time.Time { return at })(t.Context(), aparte.Notice{Kind: aparte.TaskOpened, Person: who, Seq: 7}, webhook.Reader{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), `"task":{"id":"`+id.String()+`"`) || !strings.Contains(string(body), `"story":["27.11. 09:00 Product Viewed"]`) {
		t.Errorf("said %s", body)
	}
}
