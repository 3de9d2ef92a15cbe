package api

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// tidy rewrites JSON text that the strict reader refuses although senders really send it: invalid UTF-8
// and halves of surrogate pairs become U+FFFD, and of members with one name in the same object the last
// stays, as in JavaScript's JSON.parse. What Aparté keeps is therefore always strict JSON (RFC 7493),
// which any reader takes. It fails where src is no JSON at all, or is nested deeper than a request may
// be.
func tidy(src []byte) ([]byte, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(src),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	out, err := appendTidy(make([]byte, 0, len(src)), dec, 0)
	if err != nil {
		return nil, err
	}
	return out, atEnd(dec)
}

// maxNesting bounds a request as a whole: a few levels more than its events' parts may have.
const maxNesting = maxDepth + 8

var errNesting = errors.New("nested too deeply")

// appendTidy appends the next value of dec.
func appendTidy(dst []byte, dec *jsontext.Decoder, depth int) ([]byte, error) {
	if depth > maxNesting {
		return nil, errNesting
	}
	switch dec.PeekKind() {
	case '{':
		return appendTidyObject(dst, dec, depth)
	case '[':
		return appendTidyArray(dst, dec, depth)
	}
	value, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	return appendScalar(dst, value)
}

func appendScalar(dst []byte, value jsontext.Value) ([]byte, error) {
	if value.Kind() != '"' {
		return append(dst, value...), nil
	}
	// AppendFormat writes text anew, and U+FFFD for what is not UTF-8.
	return jsontext.AppendFormat(dst, value, jsontext.AllowInvalidUTF8(true))
}

func appendTidyArray(dst []byte, dec *jsontext.Decoder, depth int) ([]byte, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	dst = append(dst, '[')
	for first := true; dec.PeekKind() != ']'; first = false {
		if !first {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendTidy(dst, dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := dec.ReadToken()
	return append(dst, ']'), err
}

// appendTidyObject keeps each name where it first stood, with the value it had last.
func appendTidyObject(dst []byte, dec *jsontext.Decoder, depth int) ([]byte, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	type member struct{ name, value []byte }
	var members []member
	at := map[string]int{}
	for dec.PeekKind() != '}' {
		raw, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		name, err := appendScalar(nil, raw)
		if err != nil {
			return nil, err
		}
		value, err := appendTidy(nil, dec, depth+1)
		if err != nil {
			return nil, err
		}
		if i, ok := at[string(name)]; ok {
			members[i].value = value
			continue
		}
		at[string(name)] = len(members)
		members = append(members, member{name, value})
	}
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, m.name...), ':'), m.value...)
	}
	_, err := dec.ReadToken()
	return append(dst, '}'), err
}
