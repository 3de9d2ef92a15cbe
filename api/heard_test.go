package api

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
)

func TestWhatAProviderHearsIsTakenInFromWhoeverHasASecretKey(t *testing.T) {
	h, e := testDoors(t)
	const reply = `{"id": "r-1", "from": "+33612345678", "to": "36180", "text": "Oui", "at": "2020-01-02T03:04:05Z"}`
	const receipt = `{"address": "+33612345678", "reference": "c-1", "fate": "undelivered", "code": 1, "dead": true, "at": "2020-01-02T03:04:05Z"}`
	for key, want := range map[string]int{"": 401, "nope": 401, "wk": 403, "sk": 200} {
		for path, body := range map[string]string{"/v1/in/sms/replies": reply, "/v1/in/sms/receipts": receipt} {
			if w := call(h, "POST", path, key, body); w.Code != want {
				t.Errorf("%s with the key %q: %d, want %d: %s", path, key, w.Code, want, w.Body)
			}
		}
	}
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	if diff := cmp.Diff([]channel.Reply{{Channel: aparte.SMS, ID: "r-1", From: "+33612345678", To: "36180", Text: "Oui", At: at}}, e.replies); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]channel.Report{{
		Channel: aparte.SMS, Address: "+33612345678", Reference: "c-1", Fate: channel.Undelivered, Code: 1, Suppress: true, At: at,
	}}, e.reports); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeTakenInIsRefusedWithItsField(t *testing.T) {
	h, e := testDoors(t)
	for _, test := range []struct{ path, body, field string }{
		{"replies", `{"from": "+33612345678", "text": "Oui"}`, "/id"},
		{"replies", `{"id": "a b", "from": "+33612345678", "text": "Oui"}`, "/id"},
		{"replies", `{"id": "1", "text": "Oui"}`, "/from"},
		{"replies", `{"id": "1", "from": "+33612345678", "text": " "}`, "/text"},
		{"replies", `{"id": 1}`, "/id"},
		{"receipts", `{"message": "x", "fate": "lost"}`, "/fate"},
		{"receipts", `{"address": "+33612345678", "fate": "delivered"}`, "/message"},
	} {
		w := call(h, "POST", "/v1/in/sms/"+test.path, "sk", test.body)
		if got := decoded[failure](t, w); w.Code != 400 || len(got.Errors) != 1 || got.Errors[0].Field != test.field {
			t.Errorf("%s: %d %s, want 400 for %s", test.body, w.Code, w.Body, test.field)
		}
	}
	e.err = channel.ErrEarly
	if w := call(h, "POST", "/v1/in/sms/receipts", "sk", `{"message": "x", "fate": "delivered"}`); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("an early receipt: %d", w.Code)
	}
	if e.err = errors.New("trouble"); call(h, "POST", "/v1/in/sms/replies", "sk", `{"id": "1", "from": "+33612345678", "text": "Oui"}`).Code != 503 {
		t.Error("trouble is no 503")
	}
}
