package smshttp

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// find is the scalar that a pointer leads to in a document, as text: a string's own, a number as it is written. ok is false where
// the document is no JSON, or nothing or something else stands there, or the pointer is empty.
func find(document jsontext.Value, pointer jsontext.Pointer) (text string, ok bool) {
	if pointer == "" {
		return "", false
	}
	value, ok := walk(document, pointer)
	if !ok {
		return "", false
	}
	switch value.Kind() {
	case '"':
		return text, json.Unmarshal(value, &text) == nil
	case '0', 't', 'f':
		return string(value), true
	}
	return "", false
}

// walk is the value that a pointer leads to (RFC 6901).
func walk(value jsontext.Value, pointer jsontext.Pointer) (jsontext.Value, bool) {
	for token := range pointer.Tokens() {
		switch value.Kind() {
		case '{':
			var members map[string]jsontext.Value
			if json.Unmarshal(value, &members) != nil || members[token] == nil {
				return nil, false
			}
			value = members[token]
		case '[':
			var elements []jsontext.Value
			i, err := strconv.Atoi(token)
			if err != nil || json.Unmarshal(value, &elements) != nil || i < 0 || i >= len(elements) {
				return nil, false
			}
			value = elements[i]
		default:
			return nil, false
		}
	}
	return value, true
}
