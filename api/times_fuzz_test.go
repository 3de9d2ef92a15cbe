package api

import (
	"testing"
	"time"
)

// An instant that is read is one that can be written and read again, and what browsers say of their language is one of ours.
func FuzzTime(f *testing.F) {
	for _, text := range []string{"2026-05-01T10:00:00Z", "2026-05-01", "2026-05-01T10:00:00+23:59", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999-23:59", "2026-05-01 10:00", "fr;q=1,*", ""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		at, ok := parseTime(text)
		if ok && at.Location() != time.UTC {
			t.Fatalf("%q is %v", text, at)
		}
		if written, err := at.MarshalText(); ok && err == nil {
			if again, ok := parseTime(written); !ok || !again.Equal(at) {
				t.Fatalf("%q is %v, and read again %v", text, at, again)
			}
		}
		if lang := languageIn(string(text)); lang != "en" && lang != "fr" {
			t.Fatalf("%q is answered in %q", text, lang)
		}
	})
}

// A browser's name is classed, whatever it is, the same each time.
func FuzzAgent(f *testing.F) {
	for _, name := range []string{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36", "Googlebot/2.1", "", "\xff", "Mozilla/5.0 (compatible; (((((((("} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		var one, other agents
		if first, again := one.of(name), other.of(name); first != again || one.of(name) != first {
			t.Fatalf("%q is %v and %v", name, first, again)
		}
	})
}
