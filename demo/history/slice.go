package history

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
)

// slice holds lines of the data set, in its own columns.
//
//go:generate go run ./generate -from ../../../shared/data/online-retail/lines_2010-12_2011-08.csv.gz -to purchases.csv.gz
//go:embed purchases.csv.gz
var slice []byte

// Columns are those of a slice: the data set's, without the description.
var Columns = []string{"InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"}

// line is one line of an invoice. The quantity of a cancellation is negative, as it stands in the data
// set.
type line struct {
	invoice  string
	item     aparte.ItemID
	quantity int64
	at       time.Time
	price    int64 // of one, in pence
	customer string
	country  string
}

// cancels reports whether the line takes something back.
func (l *line) cancels() bool { return strings.HasPrefix(l.invoice, "C") }

// read reads a slice. The file is part of the program, so that an error is a mistake in it.
func read(packed []byte) ([]line, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("purchases: %w", err)
	}
	rows := csv.NewReader(unpacked)
	rows.FieldsPerRecord = len(Columns)
	rows.ReuseRecord = true
	if head, err := rows.Read(); err != nil || strings.Join(head, ",") != strings.Join(Columns, ",") {
		return nil, fmt.Errorf("purchases: the first row is not %s (%w)", strings.Join(Columns, ","), err)
	}
	var lines []line
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("purchases: %w", err)
		}
		l, err := parse(row)
		if err != nil {
			return nil, fmt.Errorf("purchases, line %d: %w", len(lines)+2, err)
		}
		lines = append(lines, l)
	}
}

func parse(row []string) (line, error) {
	l := line{
		invoice: strings.Clone(row[0]), item: aparte.ItemID(strings.Clone(row[1])),
		customer: strings.Clone(row[5]), country: strings.Clone(row[6]),
	}
	var err error
	if l.quantity, err = strconv.ParseInt(row[2], 10, 32); err != nil {
		return l, fmt.Errorf("quantity: %w", err)
	}
	if l.at, err = time.Parse(time.DateTime, row[3]); err != nil {
		return l, fmt.Errorf("date: %w", err)
	}
	price, err := strconv.ParseFloat(row[4], 64)
	if err != nil || price < 0 || price > 1e6 {
		return l, fmt.Errorf("price %q is no amount", row[4])
	}
	l.price = int64(math.Round(price * 100))
	return l, nil
}
