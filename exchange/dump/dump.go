// Package dump writes what the doors tell of everybody into files: people, events, decisions, as CSV, NDJSON or Parquet.
//
// What is told comes part by part; each part ends with a line that says it was whole, so that what broke off is never
// taken for all. A dump into a directory has a file a part and a list of those that are done: an interrupted one goes on
// behind them. Parquet is read back before it counts.
//
// It knows lines, columns and files. It never knows what a person is.
//
// Start reading here; columns.go has what each kind of file holds.
package dump

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/record"
)

// Source tells of everybody.
type Source interface {
	// Part writes a part of a kind as NDJSON, a line a row, then one that says it was all: {"_end": {"part", "parts", "rows"}}.
	Part(ctx context.Context, kind string, part int, identifiers bool, to io.Writer) error
}

// Dump is one dump. Kind, Format, To and Source are required.
type Dump struct {
	Kind        string          // people, events or decisions; another where Columns are given
	Columns     []record.Column // nil: those of the kind
	Format      record.Format
	To          string // a file; a directory where Split
	Split       bool   // a file a part
	Resume      bool   // files that are done stay; else there must be none
	Audience    string // whose people the source tells of alone; empty: everybody
	Identifiers bool   // with what names or locates people
	Source      Source
	Tell        func(done, total int) // in parts; nil: nobody is told
}

// Result is what was written.
type Result struct {
	Rows    int `json:"rows"`    // in all files
	Files   int `json:"files"`   // in all
	Resumed int `json:"resumed"` // rows in files that were done before
}

// Run writes the dump.
func (d *Dump) Run(ctx context.Context) (Result, error) {
	if d.Columns == nil {
		d.Columns = columns[d.Kind]
	}
	if d.Columns == nil {
		return Result{}, fmt.Errorf("%.20q is none of people, events and decisions", d.Kind)
	}
	if d.Split {
		return d.split(ctx)
	}
	rows, err := d.file(ctx, d.To, func(w *rows) error {
		for part, parts := 0, 1; part < parts; part++ {
			end, err := d.part(ctx, part, w)
			if err != nil {
				return err
			}
			parts = end.Parts
			d.tell(part+1, parts)
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return Result{Rows: rows, Files: 1}, nil
}

func (d *Dump) tell(done, total int) {
	if d.Tell != nil {
		d.Tell(done, total)
	}
}

// end is the last line of a part.
type end struct {
	Part  int `json:"part"`
	Parts int `json:"parts"`
	Rows  int `json:"rows"`
}

// part hands the rows of a part to w.
func (d *Dump) part(ctx context.Context, part int, w *rows) (end, error) {
	lines := &lines{use: w.line}
	err := d.Source.Part(ctx, d.Kind, part, d.Identifiers, lines)
	switch {
	case err != nil:
		return end{}, fmt.Errorf("part %d: %w", part, err)
	case lines.end == nil || len(lines.rest) > 0:
		return end{}, fmt.Errorf("part %d broke off after %d rows", part, lines.n)
	case lines.end.Rows != lines.n || lines.end.Part != part:
		return end{}, fmt.Errorf("part %d has %d rows and should have %d", part, lines.n, lines.end.Rows)
	}
	return *lines.end, nil
}

// lines parts what is written to it into lines.
type lines struct {
	use  func([]byte) error
	rest []byte
	n    int
	end  *end
}

const maxLine = 8 << 20

const endMark = `{"_end":`

func (l *lines) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			break
		}
		if err := l.line(l.rest[:i]); err != nil {
			return 0, err
		}
		l.rest = l.rest[i+1:]
	}
	if len(l.rest) > maxLine {
		return 0, fmt.Errorf("a line is longer than %d bytes", maxLine)
	}
	l.rest = append([]byte(nil), l.rest...)
	return len(b), nil
}

func (l *lines) line(b []byte) error {
	if l.end != nil {
		return errors.New("something follows the end")
	}
	if bytes.HasPrefix(b, []byte(endMark)) {
		var last struct {
			End end `json:"_end"`
		}
		if err := json.Unmarshal(b, &last); err != nil {
			return fmt.Errorf("the end cannot be read: %w", err)
		}
		l.end = &last.End
		return nil
	}
	l.n++
	return l.use(b)
}

// file writes a file under another name first, and gives it its own when it is whole.
func (d *Dump) file(ctx context.Context, path string, write func(*rows) error) (n int, err error) {
	partial := path + ".partial"
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600) // it holds personal data, or may
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(partial))
		}
	}()
	w, err := d.rows(f)
	if err != nil {
		return 0, err
	}
	if err := write(w); err != nil {
		return w.n, err
	}
	if err := w.close(); err != nil {
		return w.n, fmt.Errorf("%s: %w", path, err)
	}
	if err := w.check(ctx, f, path); err != nil {
		return w.n, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return w.n, err
	}
	return w.n, os.Rename(partial, path)
}

// done is a line of the list of files that are done.
type done struct {
	File  string `json:"file"`
	Rows  int    `json:"rows"`
	Parts int    `json:"parts"`
	Of    string `json:"of"` // the dump it is of
}

const listName = "done.ndjson"

// split writes a file a part.
func (d *Dump) split(ctx context.Context) (out Result, err error) {
	if err := os.MkdirAll(d.To, 0o700); err != nil {
		return out, err
	}
	list, err := os.OpenFile(filepath.Join(d.To, listName), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, list.Close()) }()
	before, err := d.before(list)
	if err != nil {
		return out, fmt.Errorf("%s: %w", list.Name(), err)
	}
	for part, parts := 0, 1; part < parts; part++ {
		name := fmt.Sprintf("%s-%03d.%s", d.Kind, part, d.Format)
		if was, ok := before[name]; ok {
			parts = was.Parts
			out.Resumed += was.Rows
			out.Rows, out.Files = out.Rows+was.Rows, out.Files+1
			continue
		}
		var last end
		rows, err := d.file(ctx, filepath.Join(d.To, name), func(w *rows) (err error) {
			last, err = d.part(ctx, part, w)
			return err
		})
		if err != nil {
			return out, err
		}
		parts = last.Parts
		line, err := json.Marshal(done{name, rows, parts, d.of()})
		if err == nil {
			_, err = list.Write(append(line, '\n'))
		}
		if err != nil {
			return out, err
		}
		out.Rows, out.Files = out.Rows+rows, out.Files+1
		d.tell(part+1, parts)
	}
	return out, nil
}

func (d *Dump) of() string {
	of := fmt.Sprintf("%s, %s, identifiers: %t", d.Kind, d.Format, d.Identifiers)
	if d.Audience != "" {
		of += ", audience: " + d.Audience
	}
	return of
}

// before reads which files are done.
func (d *Dump) before(list io.Reader) (map[string]done, error) {
	out := map[string]done{}
	for lines := bufio.NewScanner(list); ; {
		if !lines.Scan() {
			return out, lines.Err()
		}
		var one done
		if json.Unmarshal(lines.Bytes(), &one) != nil {
			continue // cut off
		}
		if !d.Resume {
			return nil, errors.New("there is an export here: --resume to go on with it, or another directory")
		}
		if one.Of != d.of() {
			return nil, fmt.Errorf("there is another export here (%s)", one.Of)
		}
		out[one.File] = one
	}
}

// value is a cell of a line, nil where it says nothing.
func value(rec *record.Record, name string) jsontext.Value {
	c, ok := rec.Cell(name)
	switch v := jsontext.Value(c.Text); {
	case !ok, string(v) == `""`, string(v) == `"0001-01-01T00:00:00Z"`, string(v) == "null":
		return nil
	default:
		return v
	}
}
