package quality

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// scan reads one JSON value member by member.
type scan struct{ dec *jsontext.Decoder }

func (s *scan) open(v jsontext.Value) {
	s.dec = jsontext.NewDecoder(bytes.NewReader(v), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// members are the names and values of an object, up to where it is none.
func (s *scan) members(yield func(name []byte, v jsontext.Value) bool) {
	if token, err := s.dec.ReadToken(); err != nil || token.Kind() != '{' {
		return
	}
	for s.dec.PeekKind() == '"' {
		quoted, err := s.dec.ReadValue()
		if err != nil {
			return
		}
		name, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			return
		}
		v, err := s.dec.ReadValue()
		if err != nil || !yield(name, v) {
			return
		}
	}
}

// at is the element of an array at an index.
func (s *scan) at(index string) (jsontext.Value, bool) {
	n, err := strconv.Atoi(index)
	if err != nil || n < 0 {
		return nil, false
	}
	if token, err := s.dec.ReadToken(); err != nil || token.Kind() != '[' {
		return nil, false
	}
	for ; n > 0; n-- {
		if s.dec.SkipValue() != nil {
			return nil, false
		}
	}
	v, err := s.dec.ReadValue()
	return v.Clone(), err == nil
}
