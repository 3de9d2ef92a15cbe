package record

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/table"
)

// lines reads a JSON object a line.
type lines struct {
	name string
	from *bufio.Reader
	line int
	text []byte
}

func newLines(name string, from io.Reader) (*lines, error) {
	plain, err := table.Plain(from)
	if err != nil {
		return nil, &table.Error{File: name, Line: 1, Field: "file", Reason: err.Error(), Last: true}
	}
	if _, err := plain.Peek(1); err == io.EOF {
		return nil, &table.Error{File: name, Line: 1, Field: "file", Reason: "the file is empty", Last: true}
	}
	return &lines{name: name, from: plain}, nil
}

func (l *lines) Text() string { return string(l.text) }

// Next is the object of the next line that is not empty.
func (l *lines) Next() (Record, error) {
	if err := l.read(); err != nil {
		return Record{}, err
	}
	out := Record{File: l.name, Line: l.line}
	if !utf8.Valid(l.text) {
		return out, out.Bad("line", "not UTF-8: it may be ISO 8859-1 or Windows-1252; write the file as UTF-8")
	}
	err := members(jsontext.Value(l.text), func(name string, v jsontext.Value) error {
		out.Cells = append(out.Cells, Cell{name, string(v), true})
		return nil
	})
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		return out, out.Bad("line", "no JSON from byte %d on: %v", syntax.ByteOffset+1, syntax.Err)
	case err != nil:
		return out, out.Bad("line", "%v", err)
	}
	return out, nil
}

// read reads the next line that is not empty. One that is too long is passed over.
func (l *lines) read() error {
	for {
		l.line++
		l.text = l.text[:0]
		for {
			piece, err := l.from.ReadSlice('\n')
			if len(l.text) <= table.MaxRow {
				l.text = append(l.text, piece...)
			}
			if err == io.EOF && len(l.text) > 0 {
				err = nil
			}
			if err == nil {
				break
			} else if err == io.EOF {
				return err
			} else if !errors.Is(err, bufio.ErrBufferFull) {
				return &table.Error{File: l.name, Line: l.line, Field: "file", Reason: err.Error(), Last: true}
			}
		}
		if len(l.text) > table.MaxRow {
			l.text = l.text[:0]
			return &table.Error{File: l.name, Line: l.line, Field: "line", Reason: "longer than 1048576 bytes"}
		}
		if l.text = bytes.TrimSpace(l.text); len(l.text) > 0 {
			return nil
		}
	}
}
