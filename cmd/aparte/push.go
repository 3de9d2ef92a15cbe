package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/account"
	"github.com/aparte-dev/aparte/channel/apns"
	"github.com/aparte-dev/aparte/channel/fcm"
	"github.com/aparte-dev/aparte/channel/jws"
	"github.com/aparte-dev/aparte/channel/webpush"
)

// pushFlags say by whom phones and browsers are told. Keys are files, so that they stand in no list of processes.
type pushFlags struct {
	FCM         string `help:"Firebase: the service account's JSON file; without one no notification goes that way." name:"fcm" type:"path" env:"APARTE_FCM"`
	APNs        string `help:"Apple: the authentication key's .p8 file; without one no notification goes that way." name:"apns" type:"path" env:"APARTE_APNS"`
	APNsKeyID   string `help:"Id of Apple's key." name:"apns-key-id" env:"APARTE_APNS_KEY_ID"`
	APNsTeam    string `help:"Id of the team at Apple." name:"apns-team" env:"APARTE_APNS_TEAM"`
	APNsTopic   string `help:"Bundle id of the app." name:"apns-topic" env:"APARTE_APNS_TOPIC"`
	APNsSandbox bool   `help:"The app was installed by Xcode: Apple knows its devices in the sandbox only." name:"apns-sandbox" env:"APARTE_APNS_SANDBOX"`
	VAPID       string `help:"Browsers: the private key's file (aparte keys vapid); without one no browser is told." name:"vapid" type:"path" env:"APARTE_VAPID"`
	Contact     string `help:"Whom push services of browsers write to where something is wrong: mailto:… or https://…" name:"vapid-contact" env:"APARTE_VAPID_CONTACT"`
	PushRate    int    `help:"Notifications a second to each provider at most; 0: no bound." name:"push-rate" default:"500" env:"APARTE_PUSH_RATE"`
}

// senders are those of the providers that were named, and what closes them.
func (f *pushFlags) senders() (all []channel.Sender, closes []func(), err error) {
	provider := channel.ProviderConfig{Rate: f.PushRate}
	var apple, google channel.Sender
	if f.APNs != "" {
		s, err := f.apple(provider)
		if err != nil {
			return nil, nil, err
		}
		apple, closes = s, append(closes, s.Close)
	}
	if f.FCM != "" {
		s, err := f.google(provider)
		if err != nil {
			return nil, nil, err
		}
		google, closes = s, append(closes, s.Close)
	}
	switch {
	case apple != nil && google != nil:
		all = append(all, channel.Split(apns.Takes, apple, google))
	case apple != nil:
		all = append(all, apple)
	case google != nil:
		all = append(all, google)
	}
	if f.VAPID != "" {
		s, err := f.browsers(provider)
		if err != nil {
			return nil, nil, err
		}
		all, closes = append(all, s), append(closes, s.Close)
	}
	return all, closes, nil
}

func (f *pushFlags) apple(provider channel.ProviderConfig) (*apns.Sender, error) {
	text, err := readSecret(f.APNs)
	if err != nil {
		return nil, fmt.Errorf("--apns: %w", err)
	}
	key, err := jws.ParseKey(f.APNsKeyID, text)
	if err != nil {
		return nil, fmt.Errorf("--apns: %s: %w", f.APNs, err)
	}
	if f.APNsKeyID == "" {
		return nil, errors.New("--apns-key-id is missing")
	}
	host := apns.Production
	if f.APNsSandbox {
		host = apns.Sandbox
	}
	return apns.New(apns.Config{Key: key, Team: f.APNsTeam, Topic: f.APNsTopic, Host: host, Provider: provider})
}

func (f *pushFlags) google(provider channel.ProviderConfig) (*fcm.Sender, error) {
	text, err := readSecret(f.FCM)
	if err != nil {
		return nil, fmt.Errorf("--fcm: %w", err)
	}
	who, err := account.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("--fcm: %s: %w", f.FCM, err)
	}
	return fcm.New(fcm.Config{Account: who, Provider: provider})
}

func (f *pushFlags) browsers(provider channel.ProviderConfig) (*webpush.Sender, error) {
	keys, err := readVAPID(f.VAPID)
	if err != nil {
		return nil, fmt.Errorf("--vapid: %w", err)
	}
	return webpush.New(webpush.Config{Keys: keys, Contact: f.Contact, Provider: provider})
}

// readSecret reads a file of a key: a few kilobytes.
func readSecret(path string) ([]byte, error) {
	const most = 64 << 10
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if len(text) > most {
		return nil, fmt.Errorf("%s: has more than %d bytes", path, most)
	}
	return text, nil
}

func readVAPID(path string) (*webpush.Keys, error) {
	text, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	keys, err := webpush.ParseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

type vapidCommand struct {
	File string `arg:"" help:"The private key: 32 bytes in base64url." type:"path"`
	New  bool   `help:"Make the key first. A file that is there is not overwritten."`
}

// Run prints the public key, which pages subscribe with.
func (c *vapidCommand) Run(k *kong.Kong) error {
	if c.New {
		if err := newVAPID(c.File); err != nil {
			return fmt.Errorf("new key: %w", err)
		}
	}
	keys, err := readVAPID(c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(k.Stdout, keys.Public())
	return err
}

func newVAPID(path string) error {
	keys, err := webpush.NewKeys()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, keys.Private())
	return errors.Join(err, f.Close())
}
