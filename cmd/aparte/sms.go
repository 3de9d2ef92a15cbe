package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/smpp"
	"github.com/aparte-dev/aparte/channel/smshttp"
	"github.com/aparte-dev/aparte/engine"
)

// smsFlags say through which message centre, or by which provider's requests, texts leave.
type smsFlags struct {
	SMPP     string `help:"Message centre: smpps://ACCOUNT@HOST:PORT, or smpp:// where the line is private by other means; without one no text leaves." name:"smpp" env:"APARTE_SMPP"`
	Password string `help:"Password at the message centre." name:"smpp-password" env:"APARTE_SMPP_PASSWORD"`
	Type     string `help:"System type, where the provider asks for one." name:"smpp-system-type" env:"APARTE_SMPP_SYSTEM_TYPE"`
	Rate     int    `help:"Segments a second that the provider takes at most; 0: no bound." name:"smpp-rate" default:"0" env:"APARTE_SMPP_RATE"`
	From     string `help:"Who speaks in texts: a number such as +33612345678, a short code, or up to 11 plain letters." name:"sms-from" env:"APARTE_SMS_FROM"`
	HTTP     string `help:"Instead of a message centre, a provider that takes texts by HTTP requests: the JSON file that says how (docs/sms.md)." name:"sms-http" type:"path" env:"APARTE_SMS_HTTP"`
}

// texter sends texts, and is to be closed.
type texter interface {
	channel.Sender
	io.Closer
}

// toldPath is where a provider of texts tells what it hears.
const toldPath = "/in/sms"

// open is the sender of texts, nil where there is none, and the door at which its provider tells what it hears, nil where it has none.
// What is heard goes to the ear.
func (f *smsFlags) open(heard channel.Listener, log *slog.Logger) (texter, http.Handler, error) {
	switch {
	case f.SMPP != "" && f.HTTP != "":
		return nil, nil, errors.New("--smpp and --sms-http: want one of them")
	case f.SMPP != "":
		centre, err := f.centre(heard, log)
		if err != nil {
			return nil, nil, err
		}
		return centre, nil, nil
	case f.HTTP != "":
		return f.provider(heard, log)
	}
	return nil, nil, nil
}

// provider is a provider of texts, and its door.
func (f *smsFlags) provider(heard channel.Listener, log *slog.Logger) (texter, http.Handler, error) {
	file, err := os.Open(f.HTTP)
	if err != nil {
		return nil, nil, fmt.Errorf("--sms-http: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, smshttp.MaxConfig+1))
	if err != nil {
		return nil, nil, fmt.Errorf("--sms-http: %w", err)
	}
	config, err := smshttp.Parse(text, os.LookupEnv)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.HTTP, err)
	}
	if config.From == "" {
		config.From = f.From
	}
	sender := smshttp.New(config, channel.ProviderConfig{})
	if config.Inbound == nil {
		return sender, nil, nil
	}
	return sender, smshttp.NewDoor(config, heard, nil, log), nil
}

// centre is a message centre.
func (f *smsFlags) centre(heard channel.Listener, log *slog.Logger) (*smpp.Sender, error) {
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
