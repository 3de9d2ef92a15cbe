package compose

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// Colours and dates of layouts are read, or told to be none.
func FuzzColour(f *testing.F) {
	for _, text := range []string{"#abc", "#aabbcc", "#aabbccdd", "ink", "#é", "#", "2026-12-24", "2026-12-24 10:00:00", "2026-12-24T10:00:00+02:00", "####"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseColour(text, &aparte.Style{Ink: text}); err == nil && len(text) == 4 && text[0] == '#' && c.A != 255 {
			t.Fatalf("%q is %v", text, c)
		}
		if at, err := readTime(text, time.UTC); err == nil && at.Location() != time.UTC {
			t.Fatalf("%q is %v", text, at)
		}
		_, _ = readFont(text)
	})
}
