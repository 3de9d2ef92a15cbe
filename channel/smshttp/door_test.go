package smshttp_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/smshttp"
)

const toldJSON = `{"url": "https://sms.example/send", "json": {}, "inbound": {"each": "/events",
	"proof": {"header": "X-Signature", "secret": "{{ env.SMS_IN_SECRET }}", "hmac": "sha256", "prefix": "sha256="},
	"reply": {"id": "/id", "from": "/from", "to": "/to", "text": "/text"},
	"receipt": {"reference": "/id", "address": "/to", "state": "/status", "delivered": ["delivered"], "undelivered": ["failed"], "underway": ["sent"],
		"code": "/error", "deadCodes": ["1"]}}}`

const toldForm = `{"url": "https://sms.example/send", "form": {}, "inbound": {
	"proof": {"header": "Authorization", "prefix": "Bearer ", "secret": "{{ env.SMS_IN_SECRET }}"},
	"reply": {"id": "/MessageSid", "from": "/From", "to": "/To", "text": "/Body"}, "receipt": {"key": "/Ref", "state": "/Status", "delivered": ["DELIVRD"]}}}`

// ear keeps what it is told.
type ear struct {
	reports []channel.Report
	replies []channel.Reply
	err     error
}

func (e *ear) Reported(_ context.Context, r *channel.Report) error {
	e.reports = append(e.reports, *r)
	return e.err
}

func (e *ear) Replied(_ context.Context, r *channel.Reply) error {
	e.replies = append(e.replies, *r)
	return e.err
}

var at = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func openDoor(t *testing.T, document string) (*ear, func(kind, body string, header ...string) int) {
	t.Helper()
	e := new(ear)
	server := httptest.NewServer(smshttp.NewDoor(parse(t, document), e, func() time.Time { return at }, nil))
	t.Cleanup(server.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return e, func(kind, body string, header ...string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
}

func signed(body string) string {
	mac := hmac.New(sha256.New, []byte("a-secret-of-the-provider"))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func TestWhatAProviderTellsIsNoted(t *testing.T) {
	e, tell := openDoor(t, toldJSON)
	body := `{"events": [
		{"id": "m-1", "to": "33612345678", "status": "delivered"},
		{"id": "m-2", "to": "+33612345679", "status": "failed", "error": 1},
		{"id": "m-3", "to": "33612345670", "status": "failed", "error": "30008"},
		{"id": "m-4", "to": "33612345678", "status": "sent", "text": "Your lamp is waiting."},
		{"id": "r-1", "from": "33612345678", "to": "36180", "text": "Arrêt", "status": "received"},
		{"kind": "balance", "left": 12}
	]}`
	if status := tell("application/json", body, "X-Signature", signed(body)); status != 200 {
		t.Fatalf("answered %d", status)
	}
	report := channel.Report{Channel: aparte.SMS, At: at}
	delivered, dead, failed := report, report, report
	delivered.Address, delivered.Reference, delivered.Fate = "+33612345678", "m-1", channel.Delivered
	dead.Address, dead.Reference, dead.Fate, dead.Code, dead.Reason, dead.Suppress = "+33612345679", "m-2", channel.Undelivered, 1, "it cannot be delivered", true
	failed.Address, failed.Reference, failed.Fate, failed.Code, failed.Reason = "+33612345670", "m-3", channel.Undelivered, 30008, "it cannot be delivered"
	if diff := cmp.Diff([]channel.Report{delivered, dead, failed}, e.reports); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	stop := channel.Reply{Channel: aparte.SMS, ID: "r-1", From: "+33612345678", To: "36180", Text: "Arrêt", At: at}
	if diff := cmp.Diff([]channel.Reply{stop}, e.replies); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
}

func TestAFormIsToldLikeADocument(t *testing.T) {
	e, tell := openDoor(t, toldForm)
	const proof = "Bearer a-secret-of-the-provider"
	for _, body := range []string{"Ref=d_1&Status=DELIVRD", "MessageSid=SM1&From=%2B33612345678&To=36180&Body=STOP&Ref="} {
		if status := tell("application/x-www-form-urlencoded; charset=utf-8", body, "Authorization", proof); status != 200 {
			t.Errorf("%s: answered %d", body, status)
		}
	}
	if len(e.reports) != 1 || e.reports[0].Key != "d_1" || len(e.replies) != 1 || e.replies[0].From != "+33612345678" || e.replies[0].Text != "STOP" {
		t.Errorf("told %+v, %+v", e.reports, e.replies)
	}
}

func TestNobodyTellsInTheNameOfTheProvider(t *testing.T) {
	const body = `{"events": []}`
	e, tell := openDoor(t, toldJSON)
	for name, header := range map[string]string{
		"no signature": "", "no prefix": strings.TrimPrefix(signed(body), "sha256="), "of another body": signed(body + " "), "no hex": "sha256=zz", "nothing": "sha256=",
	} {
		if status := tell("application/json", body, "X-Signature", header); status != 401 {
			t.Errorf("%s: answered %d", name, status)
		}
	}
	if status := tell("application/json", body, "X-Signature", signed(body)); status != 200 {
		t.Errorf("the provider itself: answered %d", status)
	}
	mac := hmac.New(sha512.New, []byte("a-secret-of-the-provider"))
	mac.Write([]byte(body))
	_, byOther := openDoor(t, strings.Replace(toldJSON, `"hmac": "sha256", "prefix": "sha256="`, `"hmac": "sha512", "encoding": "base64"`, 1))
	if status := byOther("application/json", body, "X-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil))); status != 200 {
		t.Errorf("SHA-512 in base64: answered %d", status)
	}
	_, byHeader := openDoor(t, toldForm)
	for header, want := range map[string]int{"": 401, "Bearer a-secret-of-the-provide": 401, "a-secret-of-the-provider": 401, "Bearer a-secret-of-the-provider": 200} {
		if status := byHeader("application/json", "{}", "Authorization", header); status != want {
			t.Errorf("%q: answered %d, want %d", header, status, want)
		}
	}
	if len(e.reports)+len(e.replies) != 0 {
		t.Error("something was told")
	}
}

func TestWhatCannotBeReadIsRefusedAndTheRestIsNoted(t *testing.T) {
	e, tell := openDoor(t, toldJSON)
	for body, want := range map[string]int{
		`{`:              400,
		`{"events": {}}`: 400,
		`{"id": "m-1"}`:  400,
		`{"events": [` + strings.Repeat(`{},`, 500) + `{}]}`:   400,
		`{"events": ["` + strings.Repeat("x", 300<<10) + `"]}`: 413,
		`{"events": [{"status": "delivered", "to": "1"}, {"from": "2", "text": "Oui"}, {"id": "r-9", "from": "33612345678", "text": "Oui"}, 7]}`: 400,
	} {
		if status := tell("application/json", body, "X-Signature", signed(body)); status != want {
			t.Errorf("%.60s: answered %d, want %d", body, status, want)
		}
	}
	if len(e.reports) != 0 || len(e.replies) != 1 || e.replies[0].ID != "r-9" {
		t.Errorf("told %+v, %+v", e.reports, e.replies)
	}
	const body = `{"events": [{"id": "r-1", "from": "33612345678", "text": "Oui"}]}`
	for _, err := range []error{channel.ErrEarly, errors.New("trouble")} {
		e.err = err
		if status := tell("application/json", body, "X-Signature", signed(body)); status != 503 {
			t.Errorf("%v: answered %d", err, status)
		}
	}
}

func FuzzDoor(f *testing.F) {
	f.Add("application/json", `{"events": [{"id": "r-1", "from": "33612345678", "text": "Oui"}]}`)
	f.Add("application/x-www-form-urlencoded", "MessageSid=1&Body=%zz")
	f.Fuzz(func(t *testing.T, kind, body string) {
		e := new(ear)
		door := smshttp.NewDoor(parse(t, toldJSON), e, nil, nil)
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		r.Header.Set("X-Signature", signed(body))
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("answered %d", w.Code)
		}
		for _, r := range e.replies {
			if r.ID == "" || r.From == "" || strings.TrimSpace(r.Text) == "" {
				t.Errorf("told %+v", r)
			}
		}
	})
}
