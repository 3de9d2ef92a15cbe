package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/aparte-dev/aparte/channel/email"
)

// say runs a command in this process and returns what it prints.
func say(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	parser, err := kong.New(new(commands), append(options(t.Context()), kong.Writers(&out, &out))...)
	if err != nil {
		t.Fatal(err)
	}
	k, err := parser.Parse(args)
	if err != nil {
		return "", err
	}
	err = k.Run()
	return out.String(), err
}

func TestTheRecordOfAKeyIsPrintedAsAZoneFileWantsIt(t *testing.T) {
	quoted := regexp.MustCompile(`"([^"]*)"`)
	for _, kind := range []string{"rsa", "ed25519"} {
		path := filepath.Join(t.TempDir(), "key.pem")
		args := []string{"keys", "dkim", path, "--domain=atelier.example", "--selector=s1"}
		line, err := say(t, append(args, "--new="+kind)...)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := say(t, args...); err != nil || again != line {
			t.Errorf("%s: the key that was made prints %q, %v", kind, again, err)
		}
		if _, err := say(t, append(args, "--new="+kind)...); err == nil {
			t.Errorf("%s: the key was overwritten", kind)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: others can read the key: %v", kind, err)
		}
		if !strings.HasPrefix(line, "s1._domainkey.atelier.example. IN TXT (") {
			t.Errorf("%s: %q", kind, line)
		}
		whole := ""
		for _, part := range quoted.FindAllStringSubmatch(line, -1) {
			if len(part[1]) > 255 {
				t.Errorf("%s: a string of %d bytes", kind, len(part[1]))
			}
			whole += part[1]
		}
		signer, err := email.ReadKey(path)
		if err != nil {
			t.Fatal(err)
		}
		key := email.Key{Domain: "atelier.example", Selector: "s1", Signer: signer}
		if want, err := key.Record(); err != nil || whole != want {
			t.Errorf("%s: record %q, want %q", kind, whole, want)
		}
	}
}
