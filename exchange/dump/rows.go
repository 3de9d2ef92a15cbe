package dump

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"os"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/record"
)

// rows writes the rows of a file.
type rows struct {
	columns []record.Column
	plain   *bufio.Writer // NDJSON: lines as they come; nil: to
	to      record.Writer
	back    bool // it is read back when it is whole
	sum     hash.Hash64
	n       int
}

func (d *Dump) rows(f io.Writer) (w *rows, err error) {
	w = &rows{columns: d.Columns, sum: fnv.New64a(), back: d.Format == record.Parquet}
	if d.Format == record.NDJSON {
		w.plain = bufio.NewWriterSize(f, 64<<10)
		return w, nil
	}
	w.to, err = record.NewWriter(f, d.Format, w.columns)
	return w, err
}

// line writes a row.
func (w *rows) line(b []byte) error {
	w.n++
	if w.plain != nil {
		if _, err := w.plain.Write(b); err != nil {
			return err
		}
		return w.plain.WriteByte('\n')
	}
	rec, err := record.Parse("export", w.n, b)
	if err != nil {
		return fmt.Errorf("row %d: %w", w.n, err)
	}
	values := make([]jsontext.Value, len(w.columns))
	for i, c := range w.columns {
		values[i] = value(&rec, c.Name)
		cell := record.Cell{Text: string(values[i]), JSON: len(values[i]) > 0}
		w.add(c, &cell)
	}
	return w.to.Write(values)
}

// add adds a cell to the sum by which a file is known again. Numbers and times are spelled in more than one way and left
// out.
func (w *rows) add(c record.Column, cell *record.Cell) {
	if c.Kind == record.Text || c.Kind == record.JSON {
		_, _ = io.WriteString(w.sum, cell.Plain()+"\x00") // never fails
	}
}

func (w *rows) close() error {
	if w.plain != nil {
		return w.plain.Flush()
	}
	return w.to.Close()
}

// check reads a file back, where its format is one that has been seen to lose something
// (https://github.com/parquet-go/parquet-go/issues/187).
func (w *rows) check(ctx context.Context, f *os.File, path string) error {
	if !w.back {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	r, err := record.NewParquet(path, f, info.Size(), nil)
	if err != nil {
		return err
	}
	again := rows{columns: w.columns, sum: fnv.New64a()}
	for ctx.Err() == nil {
		rec, err := r.Next()
		if err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("read back: %w", err)
		}
		again.n++
		for _, c := range w.columns {
			cell := record.Cell{}
			for i := range rec.Cells {
				if rec.Cells[i].Name == c.Name {
					cell = rec.Cells[i]
				}
			}
			again.add(c, &cell)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if again.n != w.n || again.sum.Sum64() != w.sum.Sum64() {
		return errors.New(path + ": what is read back is not what was written")
	}
	return nil
}
