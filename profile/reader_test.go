package profile

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// readAny is the value that comes next, as encoding/json would decode it.
func readAny(r *reader) any {
	switch r.peek() {
	case '{':
		object := map[string]any{}
		r.enter('{')
		for {
			name, ok := r.next()
			if !ok {
				return object
			}
			object[string(name)] = readAny(r)
		}
	case '[':
		array := []any{}
		r.enter('[')
		for r.more() {
			array = append(array, readAny(r))
		}
		return array
	}
	var v any
	if json.Unmarshal(r.value(), &v) != nil {
		return "broken"
	}
	return v
}

func drawValue(depth int) *rapid.Generator[any] {
	text := rapid.Map(rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune(`\"{}[]:, `)))), func(s string) any { return s })
	leaves := []*rapid.Generator[any]{
		text, rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](false), rapid.Map(rapid.Float64(), func(n float64) any { return n }),
	}
	if depth == 0 {
		return rapid.OneOf(leaves...)
	}
	inner := drawValue(depth - 1)
	names := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune(`\"{}`))))
	return rapid.OneOf(append(leaves,
		rapid.Map(rapid.SliceOfN(inner, 0, 4), func(list []any) any { return list }),
		rapid.Map(rapid.MapOfN(names, inner, 0, 4), func(m map[string]any) any { return m }))...)
}

func TestTheReaderReadsWhatJSONSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document, err := json.Marshal(map[string]any{"before": 1, "it": drawValue(3).Draw(t, "it"), "zafter": "\\"})
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "spaced") {
			var b bytes.Buffer
			json.Indent(&b, document, "\r", "\t ")
			document = b.Bytes()
		}
		var want any
		if err := json.Unmarshal(document, &want); err != nil {
			t.Fatal(err)
		}
		if d := diff(want, readAny(&reader{b: document})); d != "" {
			t.Fatalf("%s\n(-want +got)\n%s", document, d)
		}
		// What is passed over ends where it ends.
		r, found := reader{}, false
		if !r.open(document) {
			t.Fatalf("%s is not an object", document)
		}
		for {
			name, ok := r.next()
			if !ok {
				break
			}
			if string(name) == "zafter" {
				found = r.text(9) == `\`
			} else {
				r.skip()
			}
		}
		if !found {
			t.Fatalf("%s: the last member was not found", document)
		}
	})
}
