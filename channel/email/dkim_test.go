package email_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/channel/mailbox"
)

// keys are one of each kind, for the same domain.
func keys(t testing.TB) []email.Key {
	t.Helper()
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, short, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return []email.Key{{Domain: "atelier.example", Selector: "r2026", Signer: long}, {Selector: "e2026", Signer: short}}
}

// verify judges a mail's signatures by the records that were published.
func verify(t *testing.T, mail []byte, published map[string]string) []*dkim.Verification {
	t.Helper()
	found, err := dkim.VerifyWithOptions(bytes.NewReader(mail), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		return []string{published[name]}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func recordsOf(t *testing.T, keys ...email.Key) map[string]string {
	t.Helper()
	published := map[string]string{}
	for _, key := range keys {
		key.Domain = "atelier.example"
		record, err := key.Record()
		if err != nil {
			t.Fatal(err)
		}
		published[key.Name()] = record
	}
	return published
}

func TestWhatArrivesIsVerifiedByThePublishedRecords(t *testing.T) {
	box := openMailbox(t, mailbox.Config{})
	both := keys(t)
	sender := openSender(t, box.Addr(), email.Config{Keys: both})
	m := bonjour("d_1")
	m.Unsubscribe = "https://atelier.example/u/token"
	m.Text = "Déjà l'été\n.et un point\n\n\n"
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	mail := box.Mails()[0].Raw
	published := recordsOf(t, both...)
	found := verify(t, mail, published)
	if len(found) != 2 {
		t.Fatalf("%d signatures, want 2", len(found))
	}
	for _, v := range found {
		if v.Err != nil || v.Domain != "atelier.example" {
			t.Errorf("signature of %s: %v", v.Domain, v.Err)
		}
	}

	for name, change := range map[string][2]string{
		"another address to leave by": {"/u/token", "/u/other"},
		"another subject":             {"\r\nSubject: Bonjour", "\r\nSubject: Gagnez"},
		"a second subject":            {"\r\nSubject: Bonjour", "\r\nSubject: Gagnez\r\nSubject: Bonjour"},
		"a second speaker":            {"\r\nFrom: ", "\r\nFrom: eve@example.com\r\nFrom: "},
		"answers to somebody else":    {"\r\nMIME-Version: ", "\r\nReply-To: eve@example.com\r\nMIME-Version: "},
		"another text":                {"point", "virus"},
	} {
		changed := strings.Replace(string(mail), change[0], change[1], 1)
		if changed == string(mail) {
			t.Fatalf("%s: nothing was changed", name)
		}
		for _, v := range verify(t, []byte(changed), published) {
			if v.Err == nil {
				t.Errorf("%s passes", name)
			}
		}
	}
}

func TestAKeyIsChangedByItsSelector(t *testing.T) {
	box := openMailbox(t, mailbox.Config{})
	old, young := keys(t)[1], keys(t)[1]
	young.Selector = "e2027"
	published := recordsOf(t, old, young)
	for _, key := range []email.Key{old, young} {
		if err := openSender(t, box.Addr(), email.Config{Keys: []email.Key{key}}).Send(t.Context(), bonjour("d_1")); err != nil {
			t.Fatal(err)
		}
	}
	for _, mail := range box.Mails() {
		for _, v := range verify(t, mail.Raw, published) {
			if v.Err != nil {
				t.Errorf("with both records published: %v", v.Err)
			}
		}
	}
	if v := verify(t, box.Mails()[0].Raw, recordsOf(t, old))[0]; v.Err == nil {
		t.Error("the new key passes by the old record")
	}
}

func TestKeysAreReadFromFilesAsOpenSSLWritesThem(t *testing.T) {
	both := keys(t)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	eight := func(key any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	first, ok := both[0].Signer.(*rsa.PrivateKey)
	if !ok {
		t.Fatal("the first key is not RSA")
	}
	for name, test := range map[string]struct {
		file   []byte
		want   crypto.Signer
		reason string
	}{
		"PKCS #8, RSA":     {eight(both[0].Signer), both[0].Signer, ""},
		"PKCS #8, Ed25519": {eight(both[1].Signer), both[1].Signer, ""},
		"PKCS #1":          {pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(first)}), first, ""},
		"too short":        {eight(small), nil, "RSA key of 1024 bits, at least 2048"},
		"no PEM":           {[]byte("hunter2"), nil, "no PEM block"},
		"something else":   {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), nil, `block "CERTIFICATE"`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key.pem")
			if err := os.WriteFile(path, test.file, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := email.ReadKey(path)
			if test.reason != "" {
				if err == nil || !strings.Contains(err.Error(), test.reason) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("error %v, want one with %q and nothing of the file", err, test.reason)
				}
				return
			}
			same, ok := test.want.Public().(interface{ Equal(crypto.PublicKey) bool })
			if err != nil || !ok || !same.Equal(got.Public()) {
				t.Errorf("another key, or %v", err)
			}
		})
	}
}

func TestKeysThatCannotSignAreRefusedAtOnce(t *testing.T) {
	good := keys(t)[1]
	for name, spoil := range map[string]func(*email.Key){
		"no selector":        func(k *email.Key) { k.Selector = "" },
		"a selector of tags": func(k *email.Key) { k.Selector = "a;b" },
		"no domain":          func(k *email.Key) { k.Domain = "not a domain" },
		"no key":             func(k *email.Key) { k.Signer = nil },
	} {
		key := good
		spoil(&key)
		if _, err := email.New(email.Config{Addr: "127.0.0.1:25", From: "a@atelier.example", Keys: []email.Key{key}}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
