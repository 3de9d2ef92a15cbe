package quality

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of what is shown of a value or a name.
const (
	maxShape = 24 // characters of a shape
	maxLook  = 64 // characters of a value that are looked at
	maxName  = 64 // bytes of a name
	manyNine = 6  // digits from which on a name may be somebody's number
)

// Shape is what a text looks like without what it says: a run of letters becomes one a or A, each digit a 9,
// and marks of ASCII stay.
func Shape(text string) string {
	var b strings.Builder
	written, last := 0, rune(0)
	for i, c := range text {
		if i >= maxLook || written == maxShape {
			b.WriteRune('…')
			break
		}
		switch {
		case unicode.IsUpper(c):
			c = 'A'
		case unicode.IsLetter(c) || unicode.IsMark(c):
			c = 'a'
		case unicode.IsDigit(c):
			c = '9'
		case c < ' ' || c > '~':
			c = '·'
		}
		if c == last && c != '9' {
			continue
		}
		b.WriteRune(c)
		written, last = written+1, c
	}
	return b.String()
}

// shapeOf is the shape of a value; empty: its type says all.
func shapeOf(v jsontext.Value) string {
	switch v.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return ""
		}
		return Shape(string(text))
	case '0':
		return Shape(string(v))
	}
	return ""
}

// shown is a name as it may be shown: the name itself where it reads like one that a developer gave, else its
// shape. Names are cut to maxName bytes.
func shown(name string) string {
	digits := 0
	for _, c := range name {
		if c >= '0' && c <= '9' {
			digits++
		}
		if c == '@' || c < ' ' || c == utf8.RuneError || digits >= manyNine {
			return Shape(name)
		}
	}
	return cut(name, maxName)
}

// cut is a text of at most most bytes, whole characters, in memory of its own.
func cut(text string, most int) string {
	if len(text) <= most {
		return strings.Clone(text)
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// Shown is what an event is called where it may be shown: its name, or what kind of call it is where that has none.
func Shown(call, name string) string {
	if name == "" {
		return shown(call)
	}
	return shown(name)
}
