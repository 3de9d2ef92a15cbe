package jws_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/channel/jws"
)

func pemOf(t testing.TB, kind string, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestATokenIsVerifiedWithThePublicKeyAlone(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := jws.ParseKey("key-1", pemOf(t, "PRIVATE KEY", key))
	if err != nil || !k.Elliptic() {
		t.Fatalf("elliptic %v, %v", k.Elliptic(), err)
	}
	for range 200 { // numbers with leading zeros are as long as others
		token, err := k.Sign(map[string]any{"iss": "us"})
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(token, ".")
		signature, err := base64.RawURLEncoding.DecodeString(parts[2])
		if err != nil || len(signature) != 64 {
			t.Fatalf("signature of %d bytes, %v", len(signature), err)
		}
		digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if !ecdsa.Verify(&key.PublicKey, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
			t.Fatal("the signature is not by the key")
		}
		head, err := base64.RawURLEncoding.DecodeString(parts[0])
		if err != nil || !json.Valid(head) || string(head) != `{"alg":"ES256","typ":"JWT","kid":"key-1"}` {
			t.Fatalf("header %s, %v", head, err)
		}
	}
}

func TestAKeyThatCannotSignSaysWhyAndIsNotRepeated(t *testing.T) {
	wide, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GODEBUG", "rsa1024min=0")
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string][]byte{
		"no PEM":              []byte("secret"),
		"PEM of a":            pemOf(t, "PUBLIC KEY", wide),
		"another curve":       pemOf(t, "PRIVATE KEY", wide),
		"less than 2048 bits": pemOf(t, "PRIVATE KEY", short),
		"no private key":      pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: []byte("secret")}),
	} {
		_, err := jws.ParseKey("", text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pemOf(f, "PRIVATE KEY", key))
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := jws.ParseKey("", text)
		if (k == nil) == (err == nil) {
			t.Fatalf("key %v, error %v", k, err)
		}
		if k != nil {
			if _, err := k.Sign("x"); err != nil {
				t.Error(err)
			}
		}
	})
}
