package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/aparte-dev/aparte/channel/email"
)

type keysCommands struct {
	DKIM  dkimCommand  `cmd:"" name:"dkim" help:"Print the DNS record by which others verify mails signed with a key."`
	VAPID vapidCommand `cmd:"" name:"vapid" help:"Print the public key by which browsers subscribe to notifications."`

	Master masterCommand `cmd:"" help:"Print a new master key, for APARTE_MASTER_KEY or a file of one's own."`
	Rotate rotateCommand `cmd:"" help:"Seal the secrets of a store by a new master key, and forget the former ones. No server may have the store."`
	Forget forgetCommand `cmd:"" help:"Where a master key is lost: drop the secrets that it sealed, so that the store opens again."`
}

type dkimCommand struct {
	File     string `arg:"" help:"The private key, in PEM." type:"path"`
	Domain   string `required:"" help:"The domain of who speaks, such as atelier.example."`
	Selector string `required:"" help:"Under which name the record stands: one a key, so that keys can be changed."`
	New      string `help:"Make the key first: rsa, which every receiver knows, or ed25519. A file that is there is not overwritten." enum:",rsa,ed25519" default:""`
}

const rsaBits = 2048 // of more, the record does not fit one packet (RFC 8301 section 3.2)

// Run prints the record as a line of a zone file.
func (c *dkimCommand) Run(k *kong.Kong) error {
	if c.New != "" {
		if err := writeKey(c.File, c.New); err != nil {
			return fmt.Errorf("new key: %w", err)
		}
	}
	signer, err := email.ReadKey(c.File)
	if err != nil {
		return err
	}
	key := email.Key{Domain: c.Domain, Selector: c.Selector, Signer: signer}
	if err := key.Check(); err != nil {
		return fmt.Errorf("DKIM key: %w", err)
	}
	record, err := key.Record()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(k.Stdout, "%s. IN TXT ( %s )\n", key.Name(), quoteText(record))
	return err
}

// quoteText is a text of a zone file: strings of at most 255 bytes (RFC 1035 section 3.3), which readers put together.
func quoteText(s string) string {
	const most = 255
	var parts []string
	for len(s) > most {
		parts, s = append(parts, `"`+s[:most]+`"`), s[most:]
	}
	return strings.Join(append(parts, `"`+s+`"`), " ")
}

func writeKey(path, kind string) error {
	var key crypto.Signer
	var err error
	if kind == "rsa" {
		key, err = rsa.GenerateKey(rand.Reader, rsaBits)
	} else {
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der}); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
