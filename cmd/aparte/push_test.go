package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

func TestAPairOfKeysForBrowsersIsMadeAndReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vapid.key")
	made, err := say(t, "keys", "vapid", path, "--new")
	if err != nil || len(strings.TrimSpace(made)) != 87 {
		t.Fatalf("printed %q, %v", made, err)
	}
	if again, err := say(t, "keys", "vapid", path); err != nil || again != made {
		t.Errorf("then printed %q, %v", again, err)
	}
	if _, err := say(t, "keys", "vapid", path, "--new"); err == nil {
		t.Error("the key was overwritten")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the key: %v", err)
	}
}

func TestPushGoesByTheProvidersThatAreNamed(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	apple := file("apple.p8", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	vapid := filepath.Join(dir, "vapid.key")
	if _, err := say(t, "keys", "vapid", vapid, "--new"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		flags pushFlags
		want  []aparte.Channel
		fault string // in place of senders
	}{
		{"none", pushFlags{}, nil, ""},
		{"Apple and browsers", pushFlags{APNs: apple, APNsKeyID: "K", APNsTeam: "T", APNsTopic: "com.example.shop", VAPID: vapid, Contact: "mailto:a@example.com"},
			[]aparte.Channel{aparte.MobilePush, aparte.WebPush}, ""},
		{"no key id", pushFlags{APNs: apple, APNsTeam: "T", APNsTopic: "com.example.shop"}, nil, "--apns-key-id"},
		{"no team", pushFlags{APNs: apple, APNsKeyID: "K", APNsTopic: "com.example.shop"}, nil, "team"},
		{"no contact", pushFlags{VAPID: vapid}, nil, "contact"},
		{"no such file", pushFlags{FCM: filepath.Join(dir, "none")}, nil, "--fcm"},
		{"another file", pushFlags{FCM: apple}, nil, "service account"},
		{"another key", pushFlags{VAPID: apple, Contact: "mailto:a@example.com"}, nil, "--vapid"},
	} {
		all, closes, err := test.flags.senders()
		if (err == nil) != (test.fault == "") || err != nil && !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%s: %v, want %q", test.name, err, test.fault)
		}
		if err != nil && strings.Contains(err.Error(), "MIG") {
			t.Errorf("%s: the error repeats a key", test.name)
		}
		var on []aparte.Channel
		for _, s := range all {
			on = append(on, s.Channel())
		}
		if len(on) != len(test.want) || len(on) > 0 && on[0] != test.want[0] {
			t.Errorf("%s: sends on %v, want %v", test.name, on, test.want)
		}
		for _, f := range closes {
			f()
		}
	}
}
