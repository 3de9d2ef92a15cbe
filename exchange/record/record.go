// Package record reads files of records, whatever their format: tables of text (CSV, TSV), lines of JSON (NDJSON),
// Parquet, and product feeds (RSS 2.0 and Atom with Google's names). It writes the first three, too.
//
// A [Record] is a list of cells with names, and its place in the file. Files are read as they stand, packed with gzip or
// not. What cannot be read is a [table.Error] that names file, line and field; where it is not the Last, reading goes
// on behind it. Every bound is a constant of this package or of package table.
//
// It knows formats. It never knows what the records mean.
//
// Start reading here; open.go says which format a file has.
package record

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/table"
)

// Record is one row of a file, good until the next is read.
type Record struct {
	File  string
	Line  int // from 1; of Parquet, the row
	Cells []Cell
}

// Cell is what a record says under a name.
type Cell struct {
	Name string
	Text string
	JSON bool // Text is a JSON value, of the type it has; else it is text of which nobody said what it is
}

// Reader reads records. It is not safe for concurrent use.
type Reader interface {
	// Next is the next record; io.EOF where there is none. After a [table.Error] that is not the Last, the next call reads on.
	Next() (Record, error)
	// Text is what was read, or passed over, last: as it stands in the file where that is text, else as JSON.
	Text() string
}

// AsideName names the cell under which a record that was set aside says why: no cell of its own.
const AsideName = "_aside"

// Cell is the cell of a name, ok where there is one. Of JSON objects, members are named with points between: a.b; and
// cells named like that are, together, an object a.
func (r *Record) Cell(name string) (c Cell, ok bool) {
	for i := range r.Cells {
		if r.Cells[i].Name == name {
			return r.Cells[i], true
		}
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		if rest, below := strings.CutPrefix(name, c.Name+"."); below && c.JSON {
			if v := member(jsontext.Value(c.Text), rest); v != nil {
				return Cell{name, string(v), true}, true
			}
		}
	}
	return r.below(name)
}

// below is the object that the cells named name.… make.
func (r *Record) below(name string) (c Cell, ok bool) {
	part := Record{}
	for _, c := range r.Cells {
		if rest, below := strings.CutPrefix(c.Name, name+"."); below {
			part.Cells = append(part.Cells, Cell{rest, c.Text, c.JSON})
		}
	}
	if part.Cells == nil {
		return Cell{}, false
	}
	return Cell{name, string(part.JSON()), true}, true
}

// member is the value at a path in a JSON object; nil where there is none.
func member(object jsontext.Value, path string) (found jsontext.Value) {
	_ = members(object, func(name string, v jsontext.Value) error {
		if name == path {
			found = v
		} else if rest, below := strings.CutPrefix(path, name+"."); below && found == nil {
			found = member(v, rest)
		}
		return nil
	})
	return found
}

// members hands the members of a JSON object to use. It is an error where v is none.
func members(v jsontext.Value, use func(name string, v jsontext.Value) error) error {
	if v.Kind() != '{' {
		return fmt.Errorf("%s, not an object", kindName(v.Kind()))
	}
	d := jsontext.NewDecoder(strings.NewReader(string(v)))
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		called := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err := use(called, value.Clone()); err != nil {
			return err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return fmt.Errorf("something follows the object")
	}
	return nil
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "text"
	case '0':
		return "a number"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "no JSON"
}

// Value is the cell as a JSON value: text that is not JSON becomes a string.
func (c *Cell) Value() jsontext.Value {
	if c.JSON {
		return jsontext.Value(c.Text)
	}
	return quote(c.Text)
}

// Plain is the cell as text: a JSON string without its quotes, null as nothing, anything else as it is written.
func (c *Cell) Plain() string {
	if !c.JSON {
		return c.Text
	}
	switch v := jsontext.Value(c.Text); v.Kind() {
	case 'n':
		return ""
	case '"':
		text, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return ""
		}
		return string(text)
	}
	return c.Text
}

// quote is text as a JSON string. Bytes that are not UTF-8 are read as ISO 8859-1, so that none is lost.
func quote(text string) jsontext.Value {
	if !utf8.ValidString(text) {
		runes := make([]rune, len(text))
		for i := range len(text) {
			runes[i] = rune(text[i])
		}
		text = string(runes)
	}
	v, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return jsontext.Value(`""`) // never: the text is UTF-8 by now
	}
	return v
}

// Bad is what is wrong with a field of a record.
func (r *Record) Bad(field, reason string, args ...any) *table.Error {
	return &table.Error{File: r.File, Line: r.Line, Field: field, Reason: fmt.Sprintf(reason, args...)}
}

// JSON is the record as one JSON object.
func (r *Record) JSON() jsontext.Value {
	out := []byte{'{'}
	for i := range r.Cells {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, quote(r.Cells[i].Name)...), ':'), r.Cells[i].Value()...)
	}
	return append(out, '}')
}

// Parse reads one JSON object as a record.
func Parse(file string, line int, object []byte) (Record, error) {
	out := Record{File: file, Line: line}
	err := members(jsontext.Value(object), func(name string, v jsontext.Value) error {
		out.Cells = append(out.Cells, Cell{name, string(v), true})
		return nil
	})
	return out, err
}
