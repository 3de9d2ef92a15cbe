package compose

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestQuotedTextReadsBackTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "utf-8") {
			text = rapid.String().Draw(t, "text")
		}
		var got string
		if err := json.Unmarshal(AppendQuoted(nil, text), &got); err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(text) && got != text || !utf8.ValidString(got) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

func TestPlainBytesEndWhereTheFirstEscapeIs(t *testing.T) {
	escaped := func(c rune) bool { return c < ' ' || c == '"' || c == '\\' }
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom([]byte("ab!#[]\x7f\x80\xff \x1f\x00\"\\\n"))).Draw(t, "bytes"))
		text = strings.Repeat("é", rapid.IntRange(0, 9).Draw(t, "before")) + text
		want := strings.IndexFunc(text, escaped)
		if want < 0 {
			want = len(text)
		}
		if got := plainBytes(text); got != want {
			t.Fatalf("%q: %d, want %d", text, got, want)
		}
	})
}
