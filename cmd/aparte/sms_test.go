package main

import (
	"context"
	"errors"
	"log/slog"
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
		_, err := f.open(new(ear), log)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", given, err, want)
		}
	}
	if sender, err := new(smsFlags).open(nil, log); sender != nil || err != nil {
		t.Errorf("without a message centre: %v, %v", sender, err)
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
