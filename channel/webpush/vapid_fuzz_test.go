package webpush_test

import (
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/channel/webpush"
)

// A private key of VAPID that is read is one key, whose written form is read as the same.
func FuzzParseKeys(f *testing.F) {
	made, err := webpush.NewKeys()
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{made.Private(), " " + made.Private() + "=\n", made.Private()[1:], strings.Repeat("A", 43), strings.Repeat("_", 43), "", "====", "é"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := webpush.ParseKeys(text)
		if err != nil {
			if len(text) > 8 && strings.Contains(err.Error(), text) {
				t.Fatalf("the reason repeats what may be a key: %v", err)
			}
			return
		}
		again, err := webpush.ParseKeys(keys.Private())
		if err != nil || again.Public() != keys.Public() {
			t.Fatalf("%q is the key of %q, and written again of another: %v", text, keys.Public(), err)
		}
	})
}
