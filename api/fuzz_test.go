package api

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
	"github.com/go-json-experiment/json/jsontext"
)

// FuzzIntake: whatever comes in, what is kept is a sound event, and the answer is JSON.
func FuzzIntake(f *testing.F) {
	for _, seed := range []string{
		`{"batch":[{"type":"track","userId":"u","event":"E","messageId":"m","timestamp":"2026-05-01T11:00:00Z","properties":{"a":[1,{"b":null}]}}],"sentAt":"2026-05-01T12:00:00Z","context":{"a":1},"writeKey":"wk"}`,
		`{"batch":[{"type":"alias","userId":1,"previousId":"\ud83d"},3,{"type":"group","groupId":"g","anonymousId":"a","traits":{"a":1,"a":2}}]}`,
		`{"batch":{}}`, `[`, ``,
	} {
		f.Add(seed)
	}
	h, e := testDoors(f)
	f.Fuzz(func(t *testing.T, body string) {
		e.forget()
		w := call(h, "POST", "/v1/batch", "wk", body)
		if w.Code != 200 && w.Code != 400 && w.Code != 413 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("answered %d %s", w.Code, w.Body)
		}
		for _, event := range e.kept() {
			checkEvent(t, &event)
		}
	})
}

// checkEvent fails unless an event is what the engine may rely on.
func checkEvent(t *testing.T, e *aparte.Event) {
	t.Helper()
	if e.MessageID == "" || e.UserID+e.AnonymousID == "" || e.Timestamp.IsZero() || e.Timestamp.After(noon) || e.Source == "" {
		t.Fatalf("kept %+v", e)
	}
	for _, text := range []string{string(e.MessageID), e.UserID, e.AnonymousID, e.PreviousID, e.GroupID, e.Name} {
		if !utf8.ValidString(text) || len(text) > maxText {
			t.Fatalf("kept %q", text)
		}
	}
	for _, object := range []json.RawMessage{e.Properties, e.Traits, e.Context} {
		if object != nil && (jsontext.Value(object).Kind() != '{' || !jsontext.Value(object).IsValid()) {
			t.Fatalf("kept %q", object)
		}
	}
}

// FuzzDecide: whatever is asked, the engine is asked something sound or nothing.
func FuzzDecide(f *testing.F) {
	for _, seed := range []string{
		`{"person":{"userId":"u","email":"a@b.example","phone":"+33612345678"},"surface":"web","slots":["hero"],"context":{"page":{"url":"https://x/y"},"v":[1],"w":{"x":{"y":{"z":{}}}}},"explain":true,"formats":["html"]}`,
		`{"slots":["a"],"batch":[{}],"event":{"type":"page","anonymousId":"a"}}`,
		`{"person":{"deviceToken":"t","userId":null},"slots":["a","a"]}`,
	} {
		f.Add(seed)
	}
	h, e := testDoors(f)
	f.Fuzz(func(t *testing.T, body string) {
		e.forget()
		for _, door := range []string{"/v1/decide", "/v1/moment"} {
			w := call(h, "POST", door, "wk", body)
			if w.Code != 200 && w.Code != 400 && w.Code != 413 || !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%s answered %d %s", door, w.Code, w.Body)
			}
		}
		for _, r := range e.requests {
			if len(r.Identifiers) == 0 || len(r.Slots) == 0 || len(r.Slots) > maxSlots || r.Channel == "" || len(r.Context.Values) > maxValues {
				t.Fatalf("asked %+v", r)
			}
		}
	})
}

// FuzzWhom: an id names a person, or has exactly one identifier, or is refused.
func FuzzWhom(f *testing.F) {
	for _, seed := range []string{"u1", "email:a@b.example", "p_0102", "p_01020000000000000000000000000000", "userId:p_x", ":", "phone:+33", "anonymousId:\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		person, identifier, err := parseWhom(id, "FR")
		switch {
		case err != nil:
		case person.IsZero() == (identifier.Value == ""):
			t.Fatalf("%q is both %s and %v, or neither", id, person, identifier)
		case !person.IsZero() && !strings.EqualFold(person.String(), id):
			t.Fatalf("%q is %s", id, person)
		}
	})
}
