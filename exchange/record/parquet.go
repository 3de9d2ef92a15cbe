package record

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/aparte-dev/aparte/exchange/table"
)

// columnar reads a Parquet file, row by row. A row's cells are its fields; a group or list is one as JSON.
type columnar struct {
	name    string
	file    *parquet.File
	fields  []parquet.Field
	group   int // to be opened next
	rows    parquet.Rows
	batch   []parquet.Row
	pending []parquet.Row
	row     int
	last    Record
	seen    func(int64)
	size    int64
}

// NewParquet begins to read a Parquet file of size bytes. seen, if not nil, is told about how many of them were read.
func NewParquet(name string, from io.ReaderAt, size int64, seen func(int64)) (Reader, error) {
	p := &columnar{name: name, seen: seen, size: size, batch: make([]parquet.Row, 64)}
	err := p.guarded(func() (err error) {
		p.file, err = parquet.OpenFile(from, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		return err
	})
	if size == 0 {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return nil, p.broken(err)
	}
	p.fields = p.file.Schema().Fields()
	return p, nil
}

func (p *columnar) broken(err error) error {
	return &table.Error{File: p.name, Line: p.row + 1, Field: "file", Reason: "cannot be read as Parquet: " + err.Error(), Last: true}
}

// guarded turns a panic of the library, which broken files have been seen to cause, into an error.
func (p *columnar) guarded(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("its parts do not fit together (%T)", cause)
		}
	}()
	return f()
}

func (p *columnar) Text() string { return string(p.last.JSON()) }

// Names are the fields of a row.
func (p *columnar) Names() []string {
	names := make([]string, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.Name()
	}
	return names
}

// Next is the next row. A field that is null is none.
func (p *columnar) Next() (Record, error) {
	if len(p.pending) == 0 {
		if err := p.guarded(p.fill); err == io.EOF {
			return Record{}, io.EOF
		} else if err != nil {
			return Record{}, p.broken(err)
		}
	}
	row := p.pending[0]
	p.pending = p.pending[1:]
	p.row++
	out := Record{File: p.name, Line: p.row}
	err := p.guarded(func() error {
		columns := make([][]parquet.Value, 0, len(p.fields))
		row.Range(func(_ int, values []parquet.Value) bool {
			columns = append(columns, values)
			return true
		})
		for _, f := range p.fields {
			n := leaves(f)
			c, err := cellOf(f, columns[:n])
			if err != nil {
				return err
			}
			if columns = columns[n:]; c.Text != "" && c.Text != "null" {
				out.Cells = append(out.Cells, c)
			}
		}
		return nil
	})
	if p.last = out; err != nil {
		return out, out.Bad("row", "%v", err)
	}
	return out, nil
}

// fill reads rows until there are some.
func (p *columnar) fill() error {
	groups := p.file.RowGroups()
	for {
		if p.rows == nil {
			if p.group == len(groups) {
				return io.EOF
			}
			p.rows = groups[p.group].Rows()
			p.group++
		}
		n, err := p.rows.ReadRows(p.batch)
		if err != nil && err != io.EOF {
			return err
		}
		if p.seen != nil && p.file.NumRows() > 0 {
			p.seen(p.size * int64(p.row+n) / p.file.NumRows())
		}
		if err == io.EOF || n == 0 {
			if err := p.rows.Close(); err != nil {
				return err
			}
			p.rows = nil
		}
		if p.pending = p.batch[:n]; n > 0 {
			for i := range p.pending { // what a row holds may go with the page it is from
				p.pending[i] = p.pending[i].Clone()
			}
			return nil
		}
	}
}
