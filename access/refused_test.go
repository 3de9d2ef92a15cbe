package access_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte/access"
)

// Who is kept out is written down, in the log and in the record, and neither tells who was tried, with what or from where.
func TestWhoIsKeptOutIsWrittenDownAndNotNamed(t *testing.T) {
	l := newLobby(t)
	l.settled()
	var log bytes.Buffer
	p, err := access.Open(t.Context(), access.Config{Documents: l.store, Secret: l.store.Secret(), Now: func() time.Time { return l.now }, Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	const guessed = "a password\n\x1b[31m{\"level\":\"INFO\"} that nobody has"
	for i, email := range []string{"zoe@lantern.example", "zoe@lantern.example", "nobody@lantern.example", "no address\n{\"msg\":\"x\"}"} {
		if _, _, err := p.SignIn(t.Context(), email, guessed, fmt.Sprint("192.0.2.", i)); !errors.Is(err, access.ErrRefused) {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		_, _, err = p.SignIn(t.Context(), "zoe@lantern.example", guessed, fmt.Sprint("198.51.100.", i))
	}
	if !errors.As(err, new(*access.TooMany)) {
		t.Fatalf("after six: %v", err)
	}
	if _, _, err := p.SignInOutside(t.Context(), access.Outsider{Subject: "s-1", Email: "eve@evil.example"}, "203.0.113.1"); !errors.Is(err, access.ErrRefused) {
		t.Fatal(err)
	}
	till := access.User{Name: "till", Role: access.Reader}
	for _, method := range []string{"GET", "POST"} {
		p.Recorded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			access.Closed(access.Mine(r.Context(), till), method+" /v1/admin/people/{id}/erase")
			w.WriteHeader(http.StatusForbidden)
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/v1/admin/people/email:ada@example.com/erase", nil))
	}
	got, err := p.Record(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	accounts := map[string]int{}
	for _, e := range got {
		told = append(told, e.Action)
		if strings.HasPrefix(e.Action, "signin.") {
			accounts[e.Subject]++
		} else if e.Who != "till" || !strings.HasSuffix(e.Subject, " /v1/admin/people/{id}/erase") {
			t.Errorf("a door: %+v", e)
		}
	}
	if want := "door.closed door.closed signin.failed signin.waits signin.failed signin.failed signin.failed signin.failed signin.failed signin.failed signin.failed"; strings.Join(told, " ") != want {
		t.Errorf("recorded %s", strings.Join(told, " "))
	}
	if len(accounts) != 4 {
		t.Errorf("of four who were tried: %v", accounts)
	}
	if n := strings.Count(log.String(), "\n"); n != len(told) {
		t.Errorf("%d lines of the log for %d refusals:\n%s", n, len(told), &log)
	}
	for _, secret := range []string{"zoe", "nobody@", "evil", "192.0.2.", "198.51.100.", "203.0.113.", "nobody has", "ada@", "no address"} {
		if strings.Contains(log.String(), secret) || strings.Contains(fmt.Sprint(got), secret) {
			t.Errorf("%q is told:\n%s\n%v", secret, &log, got)
		}
	}
}

// Strangers fail as often as they like: the record takes so many an hour, and says that there were more.
func TestTheRecordIsNotFilledByStrangers(t *testing.T) {
	l := newLobby(t)
	p, _, _ := l.settled()
	keep := func(n int) {
		for range n {
			p.Recorded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { access.Closed(r.Context(), "POST /console/users") })).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil))
		}
	}
	keep(1000)
	l.now = l.now.Add(time.Hour)
	keep(2)
	got, err := p.Record(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 303 || got[0].Action != "door.closed" || got[2].Action != "refusals.more" || got[3].Action != "door.closed" {
		t.Errorf("%d lines, the newest %+v", len(got), got[:min(4, len(got))])
	}
}
