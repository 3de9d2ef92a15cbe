package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestTidyReadsAsJavaScriptWould compares with encoding/json, which like JSON.parse lets the last of
// several members win and reads what is not UTF-8 as U+FFFD.
func TestTidyReadsAsJavaScriptWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := looseJSON(t, 4)
		out, err := tidy([]byte(src))
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		if !jsontext.Value(out).IsValid() {
			t.Fatalf("%q became %q, which is not strict", src, out)
		}
		var want, got any
		if err := json.Unmarshal([]byte(src), &want); err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q became %q\n%s", src, out, diff)
		}
	})
}

// looseJSON draws JSON text with repeated members, broken text and halves of surrogate pairs.
func looseJSON(t *rapid.T, depth int) string {
	kinds := 6
	if depth > 0 {
		kinds = 8
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return "null"
	case 1:
		return "true"
	case 2:
		return rapid.SampledFrom([]string{"0", "-1.5e3", "12345678901234567890"}).Draw(t, "number")
	case 3, 4, 5:
		return looseText(t)
	case 6:
		var parts []string
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			parts = append(parts, looseJSON(t, depth-1))
		}
		return "[" + strings.Join(parts, " , ") + "]"
	}
	var parts []string
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		name := rapid.SampledFrom([]string{`"a"`, `"b"`, `"\u0061"`, `"\ud800"`, "\"\xff\"", `""`}).Draw(t, "name")
		parts = append(parts, name+":"+looseJSON(t, depth-1))
	}
	return "{" + strings.Join(parts, ",\n") + "}"
}

func looseText(t *rapid.T) string {
	pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"x", "é", "😀", "\xff", "\xc3", `\n`, `\"`, `\ud83d`, `\ude00`, `\ud83d\ude00`, `\u0000`, `\/`}), 0, 4)
	return `"` + strings.Join(pieces.Draw(t, "text"), "") + `"`
}

func TestTidyIsNoWayAroundTheDepth(t *testing.T) {
	for _, open := range []string{"[", `{"a":`, `[{"a":1,"a":`} {
		if _, err := tidy([]byte(strings.Repeat(open, 5000))); err == nil {
			t.Errorf("5,000 times %s was taken", open)
		}
	}
}

func TestDepthIsCountedOutsideText(t *testing.T) {
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for value, want := range map[string]bool{
		nest(maxDepth):     false,
		nest(maxDepth + 1): true,
		`{"a":"` + strings.Repeat("[", 100) + `","b":[]}`:                    false,
		`["` + strings.Repeat(`\"[`, 100) + `"]`:                             false,
		"[" + strings.Repeat("[],", 100) + "[]]":                             false,
		"[" + strings.Repeat("[],", 100) + nest(maxDepth) + "]":              true,
		`{"a":"\\",` + strings.Repeat(`"x":{`, 33) + strings.Repeat("}", 34): true,
	} {
		if got := tooDeep(jsontext.Value(value)); got != want {
			t.Errorf("%.40s…: %v", value, got)
		}
	}
}
