package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner reads one JSON text member by member, without building anything: what a door does not ask for
// is skipped, what it keeps is a slice of the body.
type scanner struct {
	dec   jsontext.Decoder
	buf   bytes.Buffer
	text  []byte // what is being read
	began int    // where in the body the last object opened began
}

// open makes the scanner read body, strictly.
func (s *scanner) open(body []byte) {
	s.text = body
	s.buf = *bytes.NewBuffer(body)
	s.dec.Reset(&s.buf)
}

// close forgets the body.
func (s *scanner) close() { s.open(nil) }

// scan runs read over body: first strictly; where that fails for a fault of the text, over a tidied
// copy. read must start afresh each time. It fails with a refusal.
func (s *scanner) scan(body []byte, read func() error) error {
	s.open(body)
	err := s.readAll(read)
	if !isSyntax(err) {
		return err
	}
	clean, tidyErr := tidy(body)
	if tidyErr != nil {
		return notJSON(tidyErr)
	}
	s.open(clean)
	if err = s.readAll(read); isSyntax(err) {
		return notJSON(err)
	}
	return err
}

func (s *scanner) readAll(read func() error) error {
	if err := read(); err != nil {
		return err
	}
	return atEnd(&s.dec)
}

// atEnd fails where something follows the value read.
func atEnd(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err == nil {
		return errTrailing
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

var errTrailing = errors.New("more follows the value")

// isSyntax reports whether err is about the text and not about what it says.
func isSyntax(err error) bool {
	if err == nil {
		return false
	}
	var syntax *jsontext.SyntacticError
	return errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, errTrailing)
}

// notJSON says where a body stops being JSON, and nothing of what stands there.
func notJSON(err error) error {
	message := "is not JSON"
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, errNesting):
		message = "is nested too deeply"
	case errors.As(err, &syntax):
		message += ": see byte " + strconv.FormatInt(syntax.ByteOffset, 10)
	}
	return refuse(http.StatusBadRequest, "body", message)
}

// object calls member for each member of the object that comes next; member must read the value, with
// the scanner's methods. It reports whether there was an object: anything else is skipped.
func (s *scanner) object(member func(name []byte) error) (bool, error) {
	if s.dec.PeekKind() != '{' {
		_, err := s.value()
		return false, err
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return false, err
	}
	s.began = s.offset() - 1
	for s.dec.PeekKind() != '}' {
		raw, err := s.dec.ReadValue()
		if err != nil {
			return false, err
		}
		name, err := unquoted(raw)
		if err != nil {
			return false, err
		}
		if err := member(name); err != nil {
			return false, err
		}
	}
	_, err := s.dec.ReadToken()
	return true, err
}

// array calls element before each element of the array that comes next; element must read it. It
// reports whether there was an array: anything else is skipped.
func (s *scanner) array(element func(i int) error) (bool, error) {
	if s.dec.PeekKind() != '[' {
		_, err := s.value()
		return false, err
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return false, err
	}
	for i := 0; s.dec.PeekKind() != ']'; i++ {
		if err := element(i); err != nil {
			return false, err
		}
	}
	_, err := s.dec.ReadToken()
	return true, err
}

// value is the next value as it stands in the body, which it shares.
func (s *scanner) value() (jsontext.Value, error) { return s.dec.ReadValue() }

// offset is where in the body the last thing read ended.
func (s *scanner) offset() int { return int(s.dec.InputOffset()) }

// unquoted is the text of a JSON string, sharing raw where nothing in it is escaped.
func unquoted(raw jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	return jsontext.AppendUnquote(nil, raw)
}

// tooDeep reports whether a value may be nested deeper than maxDepth, by an upper bound that costs next
// to nothing, and only where that is in doubt by counting.
func tooDeep(v jsontext.Value) bool {
	if bytes.Count(v, []byte{'{'})+bytes.Count(v, []byte{'['}) <= maxDepth {
		return false
	}
	depth, inText := 0, false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case inText:
			if c == '\\' {
				i++
			} else if c == '"' {
				inText = false
			}
		case c == '"':
			inText = true
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
