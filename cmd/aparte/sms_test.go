package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/channel"
)

func TestWhatIsWrongWithAMessageCentreIsSaidWithoutItsPassword(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for given, want := range map[string]string{
		"smsc.example:2775":                   "want smpps://ACCOUNT@HOST:PORT",
		"https://aparte@smsc.example:2775":    "want smpps://ACCOUNT@HOST:PORT",
		"smpps://smsc.example:2775":           "want smpps://ACCOUNT@HOST:PORT",
		"smpps://aparte:s3cret@smsc.example:": "--smpp-password",
		"smpps://aparte@smsc.example":         "message centre: SMS channel: addr",
	} {
		f := smsFlags{SMPP: given, Password: "s3cret", From: "Atelier"}
		_, _, err := f.open(new(ear), log)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", given, err, want)
		}
	}
	if sender, told, err := new(smsFlags).open(nil, log); sender != nil || told != nil || err != nil {
		t.Errorf("without a message centre: %v, %v, %v", sender, told, err)
	}
}

func TestWhatIsHeardBeforeThereIsAnEngineIsToBeSaidAgain(t *testing.T) {
	e := new(ear)
	if err := e.Replied(context.Background(), &channel.Reply{}); !errors.Is(err, errDeaf) {
		t.Errorf("reply: %v", err)
	}
	if err := e.Reported(context.Background(), &channel.Report{}); !errors.Is(err, errDeaf) {
		t.Errorf("report: %v", err)
	}
}

const providerFile = `{"url": "https://sms.example/send", "headers": {"Authorization": "Bearer {{ env.TEST_SMS_TOKEN }}"}, "json": {"to": "{{ to }}", "text": "{{ text }}"},
	"inbound": {"proof": {"header": "X-Secret", "secret": "{{ env.TEST_SMS_SECRET }}"}, "reply": {"id": "/id", "from": "/from", "text": "/text"}}}`

func TestAProviderOfTextsIsReadFromItsFileAndItsSecretsFromTheEnvironment(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	file := filepath.Join(t.TempDir(), "provider.json")
	if err := os.WriteFile(file, []byte(providerFile), 0o600); err != nil {
		t.Fatal(err)
	}
	f := smsFlags{HTTP: file}
	if _, _, err := f.open(new(ear), log); err == nil || !strings.Contains(err.Error(), file+": /headers/Authorization: the environment variable TEST_SMS_TOKEN is not set") {
		t.Errorf("without its token: %v", err)
	}
	t.Setenv("TEST_SMS_TOKEN", "token-1234")
	t.Setenv("TEST_SMS_SECRET", "a-secret-of-the-provider")
	sender, told, err := f.open(new(ear), log)
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	for secret, want := range map[string]int{"": 401, "a-secret-of-the-provider": 503} { // 503: there is no engine yet
		r := httptest.NewRequest("POST", toldPath, strings.NewReader(`{"id": "r-1", "from": "33612345678", "text": "STOP"}`))
		r.Header.Set("X-Secret", secret)
		w := httptest.NewRecorder()
		if told.ServeHTTP(w, r); w.Code != want {
			t.Errorf("with the secret %q: %d, want %d", secret, w.Code, want)
		}
	}
	f.SMPP = "smpps://aparte@smsc.example:3550"
	if _, _, err := f.open(new(ear), log); err == nil {
		t.Error("two ways for one text")
	}
}
