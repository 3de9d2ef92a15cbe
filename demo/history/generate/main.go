// Command generate cuts the demo's slice of real purchases out of the data set: see ../SOURCE.md. The
// same input gives the same bytes.
package main

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aparte-dev/aparte/demo/brand"
	"github.com/aparte-dev/aparte/demo/history"
)

// What makes a customer one of the slice.
const (
	people      = 495 // how many there are
	leastOrders = 2
	leastDays   = 60 // between the first and the last order
	mostOfOne   = 72 // of one item at a time: more is a wholesaler
)

func main() {
	from := flag.String("from", "", "the data set: gzipped CSV with the columns of the data set")
	to := flag.String("to", "purchases.csv.gz", "the file to write")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	kept, err := catalogue()
	if err != nil {
		return err
	}
	customers, err := read(from, kept)
	if err != nil {
		return err
	}
	return write(to, choose(customers))
}

func catalogue() (map[string]bool, error) {
	b, err := brand.Brand()
	if err != nil {
		return nil, err
	}
	kept := make(map[string]bool, len(b.Items))
	for _, item := range b.Items {
		kept[string(item.ID)] = true
	}
	return kept, nil
}

// row is one line of the data set.
type row struct {
	invoice, code, date, price, country string
	quantity                            int64
}

func (r *row) cancels() bool { return strings.HasPrefix(r.invoice, "C") }

// sold reports whether the line is a sale or takes one back. Others are samples and corrections.
func (r *row) sold() bool {
	price, err := strconv.ParseFloat(r.price, 64)
	return err == nil && price > 0 && r.quantity != 0 && r.cancels() == (r.quantity < 0)
}

// customer is somebody of the data set.
type customer struct {
	id    string
	lines int   // of sales, of any item
	rows  []row // of the catalogue's items, cancellations too, in the order of the data set
}

// read reads the data set. Lines without a customer, and without a price, are left.
func read(path string, kept map[string]bool) (map[string]*customer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	table := csv.NewReader(unpacked)
	head, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	column := func(row []string, name string) string { return row[slices.Index(head, name)] }
	for _, name := range history.Columns {
		if !slices.Contains(head, name) {
			return nil, fmt.Errorf("%s: there is no column %s", path, name)
		}
	}
	all := make(map[string]*customer)
	for {
		record, err := table.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		quantity, err := strconv.ParseInt(column(record, "Quantity"), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r := row{
			invoice: column(record, "InvoiceNo"), code: column(record, "StockCode"), quantity: quantity,
			date: column(record, "InvoiceDate"), price: column(record, "UnitPrice"), country: column(record, "Country"),
		}
		if id := column(record, "CustomerID"); id != "" && r.sold() {
			add(all, id, r, kept)
		}
	}
}

func add(all map[string]*customer, id string, r row, kept map[string]bool) {
	c := all[id]
	if c == nil {
		c = &customer{id: id}
		all[id] = c
	}
	if !r.cancels() {
		c.lines++
	}
	if kept[r.code] {
		c.rows = append(c.rows, r)
	}
}

// choose is the customers of the slice: all who fit and live where French is spoken, then those whose
// purchases the catalogue covers best.
func choose(customers map[string]*customer) []*customer {
	var fit []*customer
	for _, c := range customers {
		if c.fits() {
			fit = append(fit, c)
		}
	}
	slices.SortFunc(fit, func(a, b *customer) int {
		if a.speaksFrench() != b.speaksFrench() {
			if a.speaksFrench() {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.covered(), a.covered()), cmp.Compare(a.id, b.id))
	})
	return fit[:min(people, len(fit))]
}

func (c *customer) speaksFrench() bool {
	switch c.rows[0].country {
	case "France", "Belgium", "Switzerland":
		return true
	}
	return false
}

// covered is the share of a customer's lines that are of the catalogue.
func (c *customer) covered() float64 {
	n := 0
	for _, r := range c.rows {
		if !r.cancels() {
			n++
		}
	}
	return float64(n) / float64(c.lines)
}

// fits: several orders over some months, in a household's quantities, and nothing cancelled whose
// purchase is not here.
func (c *customer) fits() bool {
	invoices, held := make(map[string]bool), make(map[string]int64)
	first, last := "", ""
	for _, r := range c.rows {
		if held[r.code] += r.quantity; held[r.code] < 0 || r.quantity > mostOfOne {
			return false
		}
		if r.cancels() {
			continue
		}
		invoices[r.invoice] = true
		if first == "" {
			first = r.date
		}
		last = r.date
	}
	return len(invoices) >= leastOrders && days(first, last) >= leastDays
}

func days(first, last string) int {
	a, err1 := time.Parse(time.DateTime, first)
	b, err2 := time.Parse(time.DateTime, last)
	if err1 != nil || err2 != nil {
		return 0
	}
	return int(b.Sub(a) / (24 * time.Hour))
}

// write writes the slice in the order of the data set's times.
func write(path string, chosen []*customer) error {
	var rows [][]string
	for _, c := range chosen {
		for _, r := range c.rows {
			rows = append(rows, []string{r.invoice, r.code, strconv.FormatInt(r.quantity, 10), r.date, r.price, c.id, r.country})
		}
	}
	slices.SortStableFunc(rows, func(a, b []string) int { return cmp.Or(strings.Compare(a[3], b[3]), strings.Compare(a[0], b[0])) })
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	packed, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	table := csv.NewWriter(packed)
	if err := table.WriteAll(append([][]string{history.Columns}, rows...)); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return errors.Join(packed.Close(), f.Close())
}
