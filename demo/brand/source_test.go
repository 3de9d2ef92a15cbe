package brand_test

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

const dataSet = "../../../shared/data/online-retail/lines_2010-12_2011-08.csv.gz"

// sold is what the data set says of an item.
type sold struct {
	prices map[int64]int // lines by price, in pence
	people map[string]bool
}

// usual are its prices, the most frequent first.
func (s *sold) usual() []int64 {
	var all []int64
	for p := range s.prices {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b int64) int { return s.prices[b] - s.prices[a] })
	return all
}

func TestPricesAndPopularityAreThoseOfTheDataSet(t *testing.T) {
	all := readSold(t)
	for _, item := range open(t).Items {
		s := all[item.ID]
		if s == nil {
			t.Errorf("%s was never sold", item.ID)
			continue
		}
		usual := s.usual()
		full := item.Price
		if item.WasPrice.Amount != 0 {
			full = item.WasPrice
			if !slices.Contains(usual[:min(4, len(usual))], item.Price.Amount) || item.Price.Amount >= full.Amount {
				t.Errorf("%s is reduced to %v, at which it was never usual", item.ID, item.Price)
			}
		}
		if full.Amount != usual[0] || item.Popularity != float64(len(s.people)) {
			t.Errorf("%s: %v and popularity %v; the data set says %d pence and %d", item.ID, full, item.Popularity, usual[0], len(s.people))
		}
	}
}

func readSold(t *testing.T) map[aparte.ItemID]*sold {
	f, err := os.Open(dataSet)
	if err != nil {
		t.Skipf("the data set is not here (%s); SOURCE.md says where to get it", dataSet)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows := csv.NewReader(z)
	rows.ReuseRecord = true
	all := map[aparte.ItemID]*sold{}
	for {
		row, err := rows.Read() // InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		price, err1 := strconv.ParseFloat(row[5], 64)
		quantity, err2 := strconv.Atoi(row[3])
		if err1 != nil || err2 != nil || price <= 0 || quantity <= 0 || row[6] == "" || strings.HasPrefix(row[0], "C") {
			continue
		}
		id := aparte.ItemID(row[1])
		if all[id] == nil {
			id = aparte.ItemID(strings.Clone(row[1]))
			all[id] = &sold{prices: map[int64]int{}, people: map[string]bool{}}
		}
		all[id].prices[int64(math.Round(price*100))]++
		all[id].people[strings.Clone(row[6])] = true
	}
}
