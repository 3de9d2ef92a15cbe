package profile

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// reader walks JSON that an event carries, reading only the fields somebody asks for. It never fails:
// a value of another type than asked for is passed over and reads as absent, and JSON that is broken
// ends where it breaks. Where a name comes twice the last one counts.
//
// Every value must be read or skipped once, after the name that next returned.
type reader struct {
	src    bytes.Buffer
	dec    jsontext.Decoder
	broken bool // nothing more can be read
}

// open starts on a document and reports whether it is an object, whose first member next then reads.
func (r *reader) open(document []byte) bool {
	if len(document) == 0 {
		return false
	}
	r.src, r.broken = *bytes.NewBuffer(document), false
	r.dec.Reset(&r.src, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return r.enter('{')
}

// peek is the kind of what comes next, KindInvalid where nothing can be read.
func (r *reader) peek() jsontext.Kind {
	if r.broken {
		return jsontext.KindInvalid
	}
	return r.dec.PeekKind()
}

// token reads the beginning or the end of an object or array.
func (r *reader) token() bool {
	if !r.broken {
		_, err := r.dec.ReadToken()
		r.broken = err != nil
	}
	return !r.broken
}

// value reads whatever comes next, valid until the next call; nil where nothing does.
func (r *reader) value() jsontext.Value {
	if r.broken {
		return nil
	}
	v, err := r.dec.ReadValue()
	if err != nil {
		r.broken = true
		return nil
	}
	return v
}

// skip passes over whatever comes next. Decoder.SkipValue would go token by token, which saves memory
// where the document does not fit it and costs twice the time.
func (r *reader) skip() { r.value() }

// enter goes into the object ('{') or array ('[') that comes next; anything else is passed over.
func (r *reader) enter(kind jsontext.Kind) bool {
	if r.peek() != kind {
		r.skip()
		return false
	}
	return r.token()
}

// next reads the name of the next member of the object; at its end it leaves the object. The name is
// valid until the next call.
func (r *reader) next() (name []byte, ok bool) {
	if r.peek() != '"' {
		r.token()
		return nil, false
	}
	v := r.value()
	return unquote(v), v != nil
}

// more reports whether the array has another element; at its end it leaves the array.
func (r *reader) more() bool {
	switch r.peek() {
	case ']', jsontext.KindInvalid:
		r.token()
		return false
	}
	return true
}

// bytes reads a text, or a number as it is spelt, valid until the next call.
func (r *reader) bytes() []byte {
	switch r.peek() {
	case '"':
		return bytes.TrimSpace(unquote(r.value()))
	case '0':
		return r.value()
	}
	r.skip()
	return nil
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
	switch r.peek() {
	case 't':
		r.skip()
		return true, true
	case 'f':
		r.skip()
		return false, true
	}
	r.skip()
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
