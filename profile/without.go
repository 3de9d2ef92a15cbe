package profile

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte"
)

// Without is an event that does not tell some traits, and their names, each once and in order: none where it tells none of them, and
// then it is the event itself. gone says of which traits, by their flattened names. Traits stand in an event's traits, in those of its
// context, and in the answer to a question. Whom the event names stays: the country by which a phone number is read does not go.
func Without(e *aparte.Event, gone func(name string) bool) (*aparte.Event, []string) {
	next, names := without(e, gone)
	if len(names) > 0 && !slices.Equal(Identifiers(e), Identifiers(next)) {
		next, names = without(e, func(name string) bool { return !strings.HasPrefix(name, "address.country") && gone(name) })
	}
	return next, names
}

func without(e *aparte.Event, gone func(name string) bool) (*aparte.Event, []string) {
	s := strip{gone: gone}
	next := *e
	next.Traits = s.traits(e.Traits)
	if bytes.Contains(e.Context, []byte(`"traits"`)) {
		next.Context = s.member(e.Context, "traits", s.traits)
	}
	if e.Type == aparte.Track && e.Name == aparte.EventAnswered {
		next.Properties = s.answer(e.Properties)
	}
	if len(s.names) == 0 {
		return e, nil
	}
	slices.Sort(s.names)
	return &next, slices.Compact(s.names)
}

// strip takes traits out of JSON. What cannot be read is left as it is: nothing was learned from it either.
type strip struct {
	gone  func(name string) bool
	names []string // that were taken out
}

func (s *strip) traits(object json.RawMessage) json.RawMessage { return s.below(object, "", 1) }

// below is an object of traits without those that go. Objects of which nothing is left go, too.
func (s *strip) below(object json.RawMessage, prefix string, depth int) json.RawMessage {
	return s.members(object, func(name string, value jsontext.Value) jsontext.Value {
		path := prefix + name
		if value.Kind() == '{' && depth < maxTraitDepth {
			before := len(s.names)
			if value = jsontext.Value(s.below(json.RawMessage(value), path+".", depth+1)); len(s.names) > before && string(value) == "{}" {
				return nil
			}
			return value
		}
		if s.gone(path) {
			s.names = append(s.names, path)
			return nil
		}
		return value
	})
}

// member is an object with one of its members changed.
func (s *strip) member(object json.RawMessage, name string, change func(json.RawMessage) json.RawMessage) json.RawMessage {
	return s.members(object, func(is string, value jsontext.Value) jsontext.Value {
		if is != name {
			return value
		}
		return jsontext.Value(change(json.RawMessage(value)))
	})
}

// answer is the properties of an answer without what was answered.
func (s *strip) answer(properties json.RawMessage) json.RawMessage {
	var told struct {
		Trait  string          `json:"trait"`
		Answer json.RawMessage `json:"answer"`
	}
	if json.Unmarshal(properties, &told) != nil || told.Answer == nil || !s.gone(told.Trait) {
		return properties
	}
	return s.members(properties, func(name string, value jsontext.Value) jsontext.Value {
		if name == "answer" {
			s.names = append(s.names, told.Trait)
			return nil
		}
		return value
	})
}

// members is an object with each of its members as keep has it; without those of which it says nil. An object of which nothing was
// taken comes back as it was, to the byte.
func (s *strip) members(object json.RawMessage, keep func(name string, value jsontext.Value) jsontext.Value) json.RawMessage {
	if len(object) == 0 {
		return object
	}
	before := len(s.names)
	d := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return object
	}
	out := []byte{'{'}
	for d.PeekKind() == '"' {
		quoted, err := d.ReadValue()
		if err != nil {
			return object
		}
		quoted = quoted.Clone()
		value, err := d.ReadValue()
		if err != nil {
			return object
		}
		if value = keep(string(unquote(quoted)), value.Clone()); value == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, quoted...), ':'), value...)
	}
	if len(s.names) == before {
		return object
	}
	return append(out, '}')
}
