package record

import (
	"io"
	"unicode/utf8"

	"github.com/aparte-dev/aparte/exchange/table"
)

// rows reads a table of text.
type rows struct {
	table *table.Table
	cells []Cell
}

func newRows(name string, from io.Reader) (*rows, error) {
	t, err := table.New(name, from)
	if err != nil {
		return nil, err
	}
	r := &rows{table: t, cells: make([]Cell, len(t.Columns()))}
	named := map[string]bool{}
	for i, c := range t.Columns() {
		if named[c.Name] && c.Name != "" {
			return nil, &table.Error{File: name, Line: 1, Field: c.Name, Reason: "two columns have this name", Last: true}
		}
		named[c.Name] = true
		r.cells[i].Name = c.Name
	}
	return r, nil
}

// Next is the next row. An empty cell, and a column without a name, are none.
func (r *rows) Next() (Record, error) {
	row, err := r.table.Next()
	if err != nil {
		return Record{}, err
	}
	out := Record{File: r.table.Name(), Line: row.Line(), Cells: make([]Cell, 0, len(r.cells))}
	for i, c := range r.table.Columns() {
		text := row.Text(c)
		if !utf8.ValidString(text) {
			return out, out.Bad(c.Name, "not UTF-8: it may be ISO 8859-1 or Windows-1252; write the file as UTF-8")
		}
		if text != "" && c.Name != "" {
			r.cells[i].Text = text
			out.Cells = append(out.Cells, r.cells[i])
		}
	}
	return out, nil
}

func (r *rows) Text() string { return r.table.Text() }

// Names are the columns of a table, so that one that is asked for and missing is seen before any row is read.
func (r *rows) Names() []string {
	names := make([]string, len(r.cells))
	for i := range r.cells {
		names[i] = r.cells[i].Name
	}
	return names
}
