package table

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a table.
const (
	MaxRow     = 1 << 20 // bytes of one row, quoted line ends included
	MaxColumns = 4096
	MaxName    = 256 // bytes of a column's name, and of a key
)

// Table is a table being read. It is not safe for concurrent use.
type Table struct {
	name    string
	rows    splitter
	columns []Column
}

// Column is a column of a table.
type Column struct {
	Name string
	at   int
}

// New begins to read a table: its first row, which names the columns. Fields are parted by commas; where
// the first row has none, by semicolons or tabs. A table packed with gzip is unpacked; a byte order mark
// is no part of it. The name is the file's, for errors.
func New(name string, r io.Reader) (*Table, error) {
	t := &Table{name: name}
	plain, err := Plain(r)
	if err != nil {
		return nil, &Error{File: name, Line: 1, Field: "file", Reason: err.Error(), Last: true}
	}
	t.rows = splitter{from: plain, comma: separator(plain), next: 1}
	return t, t.head()
}

// head reads the row that names the columns.
func (t *Table) head() error {
	err := t.rows.row()
	cells := t.rows.cells
	switch {
	case err == io.EOF:
		return t.broken(1, "header", "the file is empty")
	case err != nil:
		return t.explain(err)
	case len(cells) > MaxColumns:
		return t.broken(1, "header", "%d columns; at most %d are read", len(cells), MaxColumns)
	}
	for i, cell := range cells {
		if !utf8.ValidString(cell) || strings.ContainsFunc(cell, unicode.IsControl) {
			return t.broken(1, fmt.Sprintf("column %d", i+1), "the name is no text: this is not a CSV file in UTF-8")
		}
		if len(cell) > MaxName {
			return t.broken(1, fmt.Sprintf("column %d", i+1), "the name is longer than %d bytes", MaxName)
		}
		t.columns = append(t.columns, Column{strings.Clone(strings.TrimSpace(cell)), i})
	}
	return nil
}

// Name is the name the table was opened under.
func (t *Table) Name() string { return t.name }

// Columns are all columns, in the order of the file. Spaces around a name are not part of it.
func (t *Table) Columns() []Column { return t.columns }

// Has reports whether a column of the name exists.
func (t *Table) Has(name string) bool {
	_, err := t.Column(name)
	return err == nil
}

// Column finds a column by its name. Missing, and there twice, are errors.
func (t *Table) Column(name string) (Column, error) {
	found := -1
	for i, c := range t.columns {
		if c.Name != name {
			continue
		}
		if found >= 0 {
			return Column{}, t.broken(1, name, "two columns have this name")
		}
		found = i
	}
	if found < 0 {
		return Column{}, t.broken(1, name, "no such column; there are %s", t.some())
	}
	return t.columns[found], nil
}

// some names the first columns, for who misses one.
func (t *Table) some() string {
	const few = 12
	var names []string
	for _, c := range t.columns[:min(few, len(t.columns))] {
		names = append(names, fmt.Sprintf("%.40q", c.Name))
	}
	if more := len(t.columns) - few; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// Each hands the rows to use, in their order. The first bad row, one that cannot be read or one for which
// use returns an [Error], ends it; with an aside, bad rows are set there and reading goes on. Any other
// error of use ends it.
func (t *Table) Each(aside *Aside, use func(Row) error) error {
	for {
		row, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = use(row)
		}
		var bad *Error
		switch {
		case err == nil:
		case aside != nil && errors.As(err, &bad) && !bad.Last:
			aside.Add(bad)
		default:
			return err
		}
	}
}

// Next is the row that comes next; io.EOF where there is none. After an [Error] that is not the Last, reading goes on,
// and Text is what was passed over.
func (t *Table) Next() (Row, error) {
	if err := t.rows.row(); err != nil {
		return Row{}, t.explain(err)
	}
	cells, line := t.rows.cells, t.rows.line
	switch {
	case len(cells) < len(t.columns):
		return Row{}, &Error{File: t.name, Line: line, Field: t.columns[len(cells)].Name,
			Reason: fmt.Sprintf("missing: the row has %d fields, the header %d", len(cells), len(t.columns))}
	case len(cells) > len(t.columns):
		return Row{}, &Error{File: t.name, Line: line, Field: "row",
			Reason: fmt.Sprintf("%d fields, the header has %d", len(cells), len(t.columns))}
	}
	return Row{t, cells, line}, nil
}

// Text is the row read last, or passed over, as it stands in the file.
func (t *Table) Text() string { return t.rows.text }

// explain says in the table's words what the splitter or the source said.
func (t *Table) explain(err error) error {
	var quote *misplaced
	switch {
	case err == io.EOF:
		return err
	case errors.As(err, &quote):
		return &Error{File: t.name, Line: t.rows.line, Field: "row", Reason: err.Error()}
	case errors.Is(err, errTooLong):
		return t.broken(t.rows.line, "row", "%v", err)
	}
	return t.broken(t.rows.next, "row", "%v", err)
}

// broken is an error after which nothing can be read.
func (t *Table) broken(line int, field, reason string, args ...any) error {
	return &Error{File: t.name, Line: line, Field: field, Reason: fmt.Sprintf(reason, args...), Last: true}
}
