package api

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// waiting is a message that waits for somebody.
func waiting(seq uint64, read bool) engine.InboxMessage {
	at := time.Date(2026, 11, 27, 9, 0, int(seq), 0, time.UTC)
	return engine.InboxMessage{
		Answer: engine.Answer{
			Decision: aparte.Decision{ID: aparte.DecisionID{Person: aparte.PersonID{1}, Seq: seq}, At: at, Action: aparte.Action{Content: "basket", Item: "lamp"}},
			Elements: map[string]string{"headline": "Your\nlamp"}, HTML: "<p>", Image: "https://say.example/x/t.png", Link: "https://say.example/c/t",
		},
		Until: at.Add(time.Hour), Read: read,
	}
}

func TestAnInboxIsReadByItsDeviceAndByNobodyWhoGuesses(t *testing.T) {
	h, f := testDoors(t)
	f.inbox = []engine.InboxMessage{waiting(1, true), waiting(2, false)}
	for _, test := range []struct {
		key, query string
		want       int
	}{
		{"", "anonymousId=a", 401}, {"nope", "anonymousId=a", 401}, {"", "writeKey=wk&anonymousId=a", 200}, {"wk", "anonymousId=a", 200},
		{"wk", "userId=ada", 403}, {"wk", "anonymousId=a&email=ada@example.com", 403}, {"sk", "userId=ada", 200}, {"sk", "phone=+", 400}, {"wk", "", 400},
	} {
		for _, path := range []string{"/v1/inbox", "/v1/inbox/events"} {
			if path == "/v1/inbox/events" && test.want == 200 {
				continue // it does not end
			}
			if w := call(h, "GET", path+"?"+test.query, test.key, ""); w.Code != test.want {
				t.Errorf("%s?%s with the key %q: %d, want %d", path, test.query, test.key, w.Code, test.want)
			}
		}
	}
	got := decoded[struct {
		Unread   int
		Messages []inboxDocument
	}](t, call(h, "GET", "/v1/inbox?anonymousId=a", "wk", ""))
	newest := waiting(2, false)
	if len(got.Messages) != 2 || got.Unread != 1 {
		t.Fatalf("answered %+v", got)
	}
	if diff := cmp.Diff(inboxDocumentOf(&newest), got.Messages[0]); diff != "" {
		t.Errorf("the newest (-want +got):\n%s", diff)
	}
}

// follow opens the events of an inbox. next reads the next one, without its beat.
func follow(t *testing.T, h http.Handler, last string) (next func() string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/inbox/events?writeKey=wk&anonymousId=a", nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if answer.Header.Get("Content-Type") != "text/event-stream" || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("headers %v", answer.Header)
	}
	lines := bufio.NewScanner(answer.Body)
	return func() string {
		var event []string
		for lines.Scan() {
			switch line := lines.Text(); {
			case line == "" && len(event) > 0:
				return strings.Join(event, "|")
			case line != "" && !strings.HasPrefix(line, ":") && !strings.HasPrefix(line, "retry:"):
				event = append(event, line)
			}
		}
		t.Fatalf("the events ended: %v", lines.Err())
		return ""
	}
}

func (f *fakeEngine) setInbox(messages ...engine.InboxMessage) {
	f.mu.Lock()
	f.inbox = messages
	f.mu.Unlock()
	f.changed <- struct{}{}
}

func TestMessagesAreToldAsTheyComeAndGoAndOnce(t *testing.T) {
	h, f := testDoors(t)
	f.changed = make(chan struct{})
	one, two, three := waiting(1, false), waiting(2, false), waiting(3, false)
	f.inbox = []engine.InboxMessage{one}
	next := follow(t, h, "")
	want := func(kind string, m engine.InboxMessage) {
		t.Helper()
		id := m.Decision.ID.String()
		begin := "event: message|id: " + id + `|data: {"id":"` + id + `"`
		if kind == "gone" {
			begin = `event: gone|data: {"id":"` + id + `"}`
		}
		if got := next(); !strings.HasPrefix(got, begin) || strings.Count(got, "|") > 2 {
			t.Errorf("told %s, want %s", got, begin)
		}
	}
	want("message", one)
	f.setInbox(one, two)
	want("message", two)
	f.setInbox(two, three)
	want("message", three)
	want("gone", one)
}

func TestWhoComesBackIsToldWhatIsNewer(t *testing.T) {
	h, f := testDoors(t)
	f.changed = make(chan struct{})
	one, two := waiting(1, false), waiting(2, false)
	f.inbox = []engine.InboxMessage{one, two}
	next := follow(t, h, one.Decision.ID.String())
	if got := next(); !strings.Contains(got, two.Decision.ID.String()) {
		t.Errorf("told %s", got)
	}
	f.setInbox(two)
	if got := next(); !strings.HasPrefix(got, "event: gone") || !strings.Contains(got, one.Decision.ID.String()) {
		t.Errorf("told %s, want that the first is gone", got)
	}
}
