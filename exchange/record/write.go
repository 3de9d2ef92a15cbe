package record

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind is what the values of a column are.
type Kind uint8

// The kinds of columns.
const (
	Text   Kind = iota
	Whole       // a whole number
	Number      // a finite number
	Truth       // true or false
	Time        // an instant in RFC 3339, kept to the microsecond by Parquet
	JSON        // any JSON value
)

// Column is a column of a file to be written.
type Column struct {
	Name string
	Kind Kind
}

// Writer writes records of the same columns. It is not safe for concurrent use.
type Writer interface {
	// Write writes a record: the JSON values of its columns, empty or null where there is none.
	Write(values []jsontext.Value) error
	// Close writes what is left. It does not close the file.
	Close() error
}

// NewWriter writes a file of a format: CSV, NDJSON or Parquet.
func NewWriter(to io.Writer, format Format, columns []Column) (Writer, error) {
	switch format {
	case CSV:
		return newCSVWriter(to, columns)
	case NDJSON:
		return &lineWriter{to: bufio.NewWriterSize(to, 64<<10), columns: columns}, nil
	case Parquet:
		return newParquetWriter(to, columns), nil
	}
	return nil, fmt.Errorf("format %q is none that is written: csv, ndjson or parquet", format)
}

// lineWriter writes NDJSON. A column that has no value is left out.
type lineWriter struct {
	to      *bufio.Writer
	columns []Column
	line    []byte
}

func (w *lineWriter) Write(values []jsontext.Value) error {
	w.line = append(w.line[:0], '{')
	for i, v := range values {
		if absent(v) {
			continue
		}
		if len(w.line) > 1 {
			w.line = append(w.line, ',')
		}
		w.line = append(append(append(w.line, quote(w.columns[i].Name)...), ':'), v...)
	}
	_, err := w.to.Write(append(w.line, '}', '\n'))
	return err
}

func (w *lineWriter) Close() error { return w.to.Flush() }

func absent(v jsontext.Value) bool { return len(v) == 0 || v.Kind() == 'n' }

// csvWriter writes CSV for spreadsheets: a text that one would take for a formula has an apostrophe before it
// (https://owasp.org/www-community/attacks/CSV_Injection).
type csvWriter struct {
	to      *csv.Writer
	columns []Column
	cells   []string
}

func newCSVWriter(to io.Writer, columns []Column) (*csvWriter, error) {
	w := &csvWriter{to: csv.NewWriter(to), columns: columns, cells: make([]string, len(columns))}
	for i, c := range columns {
		w.cells[i] = c.Name
	}
	return w, w.to.Write(w.cells)
}

func (w *csvWriter) Write(values []jsontext.Value) error {
	for i, v := range values {
		c := Cell{Text: string(v), JSON: len(v) > 0}
		w.cells[i] = c.Plain()
		if w.columns[i].Kind == Text && formula(w.cells[i]) {
			w.cells[i] = "'" + w.cells[i]
		}
	}
	return w.to.Write(w.cells)
}

// formula reports whether a spreadsheet could take a text for a formula: by its first sign, by the full-width form of it, which some
// take for the same, or because a line break or a tab stands before it (https://owasp.org/www-community/attacks/CSV_Injection). A
// number is none.
func formula(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	if text == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err != nil
}

func (w *csvWriter) Close() error {
	w.to.Flush()
	return w.to.Error()
}

// stamp reads an instant that is to be written.
func stamp(text string) (time.Time, error) { return time.Parse(time.RFC3339Nano, text) }
