package record

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/aparte-dev/aparte/exchange/table"
)

// Format is how a file is written.
type Format string

// The formats. A table's separator is found in its first line: CSV and TSV are read alike.
const (
	CSV     Format = "csv"
	NDJSON  Format = "ndjson"
	Parquet Format = "parquet"
	Feed    Format = "feed"
)

// FormatOf is the format that a file's name tells, .gz aside; empty where it tells none.
func FormatOf(name string) Format {
	switch strings.ToLower(filepath.Ext(strings.TrimSuffix(name, ".gz"))) {
	case ".csv", ".tsv", ".txt":
		return CSV
	case ".ndjson", ".jsonl":
		return NDJSON
	case ".parquet":
		return Parquet
	case ".xml", ".rss", ".atom":
		return Feed
	}
	return ""
}

// Open begins to read a file; empty format: the one its name tells. seen, if not nil, is told how many of the file's
// bytes were read. The caller closes the file when it is done.
func Open(path string, format Format, seen func(bytes int64)) (Reader, io.Closer, error) {
	return OpenAs(path, path, format, seen)
}

// OpenAs is Open for a file that is called otherwise in errors.
func OpenAs(name, path string, format Format, seen func(bytes int64)) (Reader, io.Closer, error) {
	if format == "" {
		if format = FormatOf(path); format == "" {
			return nil, nil, &table.Error{File: name, Line: 1, Field: "file", Last: true,
				Reason: "its name tells no format (.csv, .tsv, .ndjson, .jsonl, .parquet, .xml, each also .gz): say --format"}
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	r, err := read(name, f, format, seen)
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, nil, err
	}
	return r, f, nil
}

func read(name string, f *os.File, format Format, seen func(int64)) (Reader, error) {
	if format == Parquet {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		return NewParquet(name, f, info.Size(), seen)
	}
	return New(name, &counter{f, 0, seen}, format)
}

// New begins to read a text. The name is the file's, for errors.
func New(name string, from io.Reader, format Format) (Reader, error) {
	switch format {
	case CSV:
		return newRows(name, from)
	case NDJSON:
		return newLines(name, from)
	case Feed:
		return newItems(name, from)
	}
	return nil, fmt.Errorf("format %q is none that is read as text", format)
}

// counter tells how much was read.
type counter struct {
	from io.Reader
	n    int64
	seen func(int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	if c.n += int64(n); c.seen != nil {
		c.seen(c.n)
	}
	return n, err
}
