package email

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

// A speaker that is read stands in a header and in a command as they are.
func FuzzParseMailbox(f *testing.F) {
	for _, text := range []string{"ada@house.example", `"Ada, Countess" <ada@house.example>`, "=?utf-8?q?a=0d=0aBcc:_x?= <a@b.example>", "a@b.example\r\nBcc: c@d.example", `"a b"@c.example`, "a@[127.0.0.1]", "é@b.example", "<a@b>", "@"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMailbox(text)
		if err != nil {
			return
		}
		if strings.ContainsAny(m.Name+m.Address, "\r\n\x00") || strings.ContainsAny(m.Address, " <>\"") {
			t.Fatalf("%q is %+v", text, m)
		}
		if again, err := parseMailbox(m.String()); err != nil || again.Address != m.Address {
			t.Fatalf("%q is %q, which is read as %v: %v", text, m, again, err)
		}
	})
}

// A key that signs mails is read, or told to be none; nothing of it is told.
func FuzzParseKey(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	eight, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: eight}))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN X-----\nAAAA\n-----END X-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		signer, err := parseKey(text)
		if err == nil && signer.Public() == nil {
			t.Fatal("a key without its public half")
		}
	})
}
