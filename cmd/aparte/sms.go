package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/smpp"
	"github.com/aparte-dev/aparte/engine"
)

// smsFlags say through which message centre texts leave.
type smsFlags struct {
	SMPP     string `help:"Message centre: smpps://ACCOUNT@HOST:PORT, or smpp:// where the line is private by other means; without one no text leaves." name:"smpp" env:"APARTE_SMPP"`
	Password string `help:"Password at the message centre." name:"smpp-password" env:"APARTE_SMPP_PASSWORD"`
	Type     string `help:"System type, where the provider asks for one." name:"smpp-system-type" env:"APARTE_SMPP_SYSTEM_TYPE"`
	Rate     int    `help:"Segments a second that the provider takes at most; 0: no bound." name:"smpp-rate" default:"0" env:"APARTE_SMPP_RATE"`
	From     string `help:"Who speaks in texts: a number such as +33612345678, a short code, or up to 11 plain letters." name:"sms-from" env:"APARTE_SMS_FROM"`
}

// open is the sender of texts, nil where there is none. What it hears goes to the ear.
func (f *smsFlags) open(heard channel.Listener, log *slog.Logger) (*smpp.Sender, error) {
	if f.SMPP == "" {
		return nil, nil
	}
	at, err := url.Parse(f.SMPP)
	if err != nil || at.Scheme != "smpp" && at.Scheme != "smpps" || at.User.Username() == "" || at.Path != "" {
		return nil, errors.New("--smpp: want smpps://ACCOUNT@HOST:PORT") // not what was given: it may hold a password
	}
	if _, set := at.User.Password(); set {
		return nil, errors.New("--smpp: the password goes into --smpp-password")
	}
	config := smpp.Config{
		Addr: at.Host, SystemID: at.User.Username(), Password: f.Password, SystemType: f.Type, From: f.From, Rate: f.Rate,
		Listener: heard, Logger: log,
	}
	if at.Scheme == "smpps" {
		config.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	sender, err := smpp.New(config)
	if err != nil {
		return nil, fmt.Errorf("message centre: %w", err)
	}
	return sender, nil
}

// ear passes on what channels hear once there is an engine, as channels are there before it. Until then it is to be said again.
type ear struct{ engine atomic.Pointer[engine.Engine] }

var errDeaf = errors.New("nobody listens yet")

func (e *ear) Reported(ctx context.Context, r *channel.Report) error {
	if to := e.engine.Load(); to != nil {
		return to.Reported(ctx, r)
	}
	return errDeaf
}

func (e *ear) Replied(ctx context.Context, r *channel.Reply) error {
	if to := e.engine.Load(); to != nil {
		return to.Replied(ctx, r)
	}
	return errDeaf
}
