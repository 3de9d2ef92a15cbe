package record

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// parquetWriter writes Parquet with zstd. Every column is optional.
type parquetWriter struct {
	to      *parquet.GenericWriter[any]
	columns []Column
	place   []int // of each column in the file, which has them by name
	row     parquet.Row
	rows    int
}

// rowGroup is how many rows are held in memory and written together.
const rowGroup = 20_000

func newParquetWriter(to io.Writer, columns []Column) *parquetWriter {
	group := parquet.Group{}
	names := make([]string, len(columns))
	for i, c := range columns {
		group[c.Name], names[i] = parquet.Optional(parquet.Compressed(nodeOf(c.Kind), &zstd.Codec{})), c.Name
	}
	slices.Sort(names)
	w := &parquetWriter{
		to:      parquet.NewGenericWriter[any](to, parquet.NewSchema("record", group)),
		columns: columns, place: make([]int, len(columns)), row: make(parquet.Row, len(columns)),
	}
	for i, c := range columns {
		w.place[i], _ = slices.BinarySearch(names, c.Name)
	}
	return w
}

func nodeOf(k Kind) parquet.Node {
	switch k {
	case Whole:
		return parquet.Int(64)
	case Number:
		return parquet.Leaf(parquet.DoubleType)
	case Truth:
		return parquet.Leaf(parquet.BooleanType)
	case Time:
		return parquet.Timestamp(parquet.Microsecond)
	case JSON:
		return parquet.JSON()
	}
	return parquet.String()
}

func (w *parquetWriter) Write(values []jsontext.Value) error {
	for i, v := range values {
		at := w.place[i]
		if absent(v) {
			w.row[at] = parquet.NullValue().Level(0, 0, at)
			continue
		}
		value, err := valueOf(w.columns[i].Kind, v)
		if err != nil {
			return fmt.Errorf("column %s: %w", w.columns[i].Name, err)
		}
		w.row[at] = value.Level(0, 1, at)
	}
	if _, err := w.to.WriteRows([]parquet.Row{w.row}); err != nil {
		return err
	}
	if w.rows++; w.rows%rowGroup == 0 {
		return w.to.Flush()
	}
	return nil
}

func valueOf(k Kind, v jsontext.Value) (parquet.Value, error) {
	c := Cell{Text: string(v), JSON: true}
	switch k {
	case Whole:
		n, err := strconv.ParseInt(c.Plain(), 10, 64)
		return parquet.Int64Value(n), err
	case Number:
		x, err := strconv.ParseFloat(c.Plain(), 64)
		return parquet.DoubleValue(x), err
	case Truth:
		b, err := strconv.ParseBool(c.Plain())
		return parquet.BooleanValue(b), err
	case Time:
		at, err := stamp(c.Plain())
		return parquet.Int64Value(at.UnixMicro()), err
	case JSON:
		return parquet.ByteArrayValue(v), nil
	}
	return parquet.ByteArrayValue([]byte(c.Plain())), nil
}

func (w *parquetWriter) Close() error { return w.to.Close() }
