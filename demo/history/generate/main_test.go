package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
)

const dataSet = "../../../../shared/data/online-retail/lines_2010-12_2011-08.csv.gz"

func TestTheSliceIsCutFromTheDataSet(t *testing.T) {
	if _, err := os.Stat(dataSet); err != nil {
		t.Skipf("the data set is not here (%s); SOURCE.md says where to get it", dataSet)
	}
	again := filepath.Join(t.TempDir(), "purchases.csv.gz")
	if err := run(dataSet, again); err != nil {
		t.Fatal(err)
	}
	if unpacked(t, again) != unpacked(t, "../purchases.csv.gz") {
		t.Error("the data set gives another slice than the one in the repository: run go generate")
	}
}

func unpacked(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestWhoFits(t *testing.T) {
	of := func(invoice, date string, quantity int64) row {
		return row{invoice: invoice, code: "22423", date: date + " 10:00:00", price: "2.00", quantity: quantity}
	}
	for name, c := range map[string]struct {
		rows []row
		want bool
	}{
		"two orders over three months":  {[]row{of("1", "2011-01-01", 2), of("2", "2011-04-01", 2)}, true},
		"one order":                     {[]row{of("1", "2011-01-01", 2)}, false},
		"two orders in a month":         {[]row{of("1", "2011-01-01", 2), of("2", "2011-01-20", 2)}, false},
		"a wholesaler":                  {[]row{of("1", "2011-01-01", 144), of("2", "2011-04-01", 2)}, false},
		"something sent back":           {[]row{of("1", "2011-01-01", 2), of("C3", "2011-01-02", -2), of("2", "2011-04-01", 2)}, true},
		"something back that is not it": {[]row{of("C3", "2010-12-02", -2), of("1", "2011-01-01", 2), of("2", "2011-04-01", 2)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (&customer{rows: c.rows}).fits(); got != c.want {
				t.Errorf("fits = %v, want %v", got, c.want)
			}
		})
	}
}
