package profile

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// reader walks JSON that an event carries, reading only the fields somebody asks for. Whoever took the
// event in has seen that it is JSON: what is passed over is not looked at again, only its end is found.
// It never fails: a value of another type than asked for is passed over and reads as absent, and JSON
// that is broken ends where it is seen to break. Where a name comes twice the last one counts.
//
// Every value must be read or skipped once, after the name that next returned.
type reader struct {
	b     []byte // what was not read yet; none after what is broken
	first bool   // an object or array was entered and nothing of it read yet
}

// open starts on a document and reports whether it is an object, whose first member next then reads.
func (r *reader) open(document []byte) bool {
	r.b = document
	return r.enter('{')
}

// peek is the first byte of what comes next, white space passed over; 0 where nothing can be read.
func (r *reader) peek() byte {
	if len(r.b) > 0 && r.b[0] > ' ' { // most often: without a call
		return r.b[0]
	}
	return r.peekFar()
}

func (r *reader) peekFar() byte {
	for i, c := range r.b {
		switch c {
		case ' ', '\t', '\n', '\r':
		default:
			r.b = r.b[i:]
			return c
		}
	}
	r.b = nil
	return 0
}

// value reads whatever comes next; nil where nothing does.
func (r *reader) value() jsontext.Value {
	var n int
	switch r.peek() {
	case '"':
		n = stringEnd(r.b)
	case '{', '[':
		n = nestEnd(r.b)
	default:
		n = wordEnd(r.b)
	}
	v := r.b[:n]
	r.b = r.b[n:]
	if n == 0 {
		r.b = nil
	}
	return v
}

// skip passes over whatever comes next.
func (r *reader) skip() { r.value() }

// stringEnd is how long the string is that b begins with, 0 where it does not end.
func stringEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return 0
		}
		i += n
		if !escaped(b[1:i]) {
			return i + 1
		}
	}
	return 0
}

// escaped reports whether what follows b in a string is: an odd number of backslashes is before it.
func escaped(b []byte) bool {
	n := len(b)
	for n > 0 && b[n-1] == '\\' {
		n--
	}
	return (len(b)-n)%2 == 1
}

// nestEnd is how long the object or array is that b begins with, 0 where it does not end.
func nestEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			n := stringEnd(b[i:])
			if n == 0 {
				return 0
			}
			i += n - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// wordEnd is how long the number, true, false or null is that b begins with, 0 where it is none. Whether
// a number is one shows when it is parsed.
func wordEnd(b []byte) int {
	for _, word := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(b, []byte(word)) {
			return len(word)
		}
	}
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
		default:
			return i
		}
	}
	return len(b)
}

// enter goes into the object ('{') or array ('[') that comes next; anything else is passed over.
func (r *reader) enter(kind byte) bool {
	if r.peek() != kind {
		r.skip()
		return false
	}
	r.b, r.first = r.b[1:], true
	return true
}

// more reports whether the object or array has another member or element, which then comes next; at its
// end it leaves it.
func (r *reader) more() bool {
	c := r.peek()
	switch {
	case c == '}' || c == ']':
		r.b, r.first = r.b[1:], false
		return false
	case r.first:
		r.first = false
	case c == ',':
		r.b = r.b[1:]
	default:
		r.b = nil
	}
	return len(r.b) > 0
}

// next reads the name of the next member of the object; at its end it leaves the object.
func (r *reader) next() (name []byte, ok bool) {
	if !r.more() {
		return nil, false
	}
	if r.peek() != '"' {
		r.b = nil
		return nil, false
	}
	if name = plainText(r.b); name != nil {
		r.b = r.b[len(name)+2:]
	} else {
		name = unquote(r.value())
	}
	if r.peek() != ':' {
		r.b = nil
		return nil, false
	}
	r.b = r.b[1:]
	return name, true
}

// plainText is the text of the string that b begins with, sharing its bytes; nil where it is not all plain ASCII, as
// names are.
func plainText(b []byte) []byte {
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return b[1:i]
		case c == '\\' || c >= utf8.RuneSelf:
			return nil
		}
	}
	return nil
}

// bytes reads a text, or a number as it is spelt.
func (r *reader) bytes() []byte {
	c := r.peek()
	v := r.value()
	switch {
	case c == '"':
		return bytes.TrimSpace(unquote(v))
	case c == '-', c >= '0' && c <= '9':
		return v
	}
	return nil
}

// member reads the object that comes next and is what one member of it says, as JSON; nil where there is
// none.
func (r *reader) member(name string) (value jsontext.Value) {
	if !r.enter('{') {
		return nil
	}
	for {
		n, ok := r.next()
		if !ok {
			return value
		}
		if v := r.value(); string(n) == name {
			value = v
		}
	}
}

// text reads a text of up to most bytes, trimmed; ids that a shop writes as numbers are texts.
func (r *reader) text(most int) string {
	b := r.bytes()
	if len(b) > most {
		return ""
	}
	return string(b)
}

// truth reads true or false.
func (r *reader) truth() (value, known bool) {
	switch string(r.value()) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// decimal reads a number, written as a number or as text.
func (r *reader) decimal() decimal { return parseDecimal(r.bytes()) }

// unquote is the text of a JSON string, sharing its bytes where nothing is escaped. Bytes that are not
// UTF-8 become U+FFFD.
func unquote(v []byte) []byte {
	if len(v) < 2 {
		return nil
	}
	plain := v[1 : len(v)-1]
	if bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return plain
	}
	b, _ := jsontext.AppendUnquote(nil, v) // the error tells of the bytes it replaced
	return b
}
