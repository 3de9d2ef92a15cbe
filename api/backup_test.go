package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestABackupIsOneAtATimeAndForAdministrators(t *testing.T) {
	started, end := make(chan struct{}), make(chan struct{})
	var fails error
	doors := func(backup func(context.Context, io.Writer) error) http.Handler {
		t.Helper()
		h, err := New(Config{Engine: newFakeEngine(t), Keys: testKeys, Now: func() time.Time { return noon }, Backup: backup})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := doors(func(_ context.Context, to io.Writer) error {
		if fails != nil {
			return fails
		}
		_, err := io.WriteString(to, "archive")
		close(started)
		<-end
		return err
	})
	first := make(chan *httptest.ResponseRecorder, 1)
	go func() { first <- call(h, "GET", "/v1/admin/backup", "sk", "") }()
	<-started
	if w := call(h, "GET", "/v1/admin/backup", "sk", ""); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("a second one is answered %d %s", w.Code, w.Body)
	}
	close(end)
	w := <-first
	if w.Code != 200 || w.Body.String() != "archive" || w.Header().Get("Content-Type") != "application/x-tar" || w.Header().Get("Cache-Control") != "no-store" ||
		!strings.Contains(w.Header().Get("Content-Disposition"), "aparte-"+noon.UTC().Format("20060102T150405Z")+".tar") {
		t.Errorf("answered %d %q, %v", w.Code, w.Body, w.Header())
	}
	fails = errors.New("no room")
	if w := call(h, "GET", "/v1/admin/backup", "sk", ""); w.Code != 503 || w.Header().Get("Content-Disposition") != "" || strings.Contains(w.Body.String(), "no room") {
		t.Errorf("one that does not begin is answered %d %s", w.Code, w.Body)
	}
	for key, want := range map[string]int{"wk": 403, "": 401} {
		if w := call(h, "GET", "/v1/admin/backup", key, ""); w.Code != want {
			t.Errorf("by %q it is answered %d, want %d", key, w.Code, want)
		}
	}
	if w := call(doors(nil), "GET", "/v1/admin/backup", "sk", ""); w.Code != 501 {
		t.Errorf("of a store with tools of its own it is answered %d %s", w.Code, w.Body)
	}
	broken := doors(func(_ context.Context, to io.Writer) error {
		_, _ = io.WriteString(to, "arch")
		return errors.New("broke off")
	})
	s := httptest.NewServer(broken)
	defer s.Close()
	r, err := http.NewRequest(http.MethodGet, s.URL+"/v1/admin/backup", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("sk", "")
	answer, err := http.DefaultClient.Do(r)
	if err == nil {
		_, err = io.ReadAll(answer.Body)
		answer.Body.Close()
	}
	if err == nil {
		t.Error("one that broke off is answered as if it were whole")
	}
}
