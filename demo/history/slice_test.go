package history

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

func packed(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const head = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"

func TestAMistakeInTheSliceIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"another head":        {"a,b,c,d,e,f,g\n", "first row"},
		"a quantity in words": {head + "1,22423,one,2011-01-01 10:00:00,1.00,7,France\n", "line 2: quantity"},
		"a day that is none":  {head + "1,22423,1,2011-02-30 10:00:00,1.00,7,France\n", "line 2: date"},
		"a negative price":    {head + "1,22423,1,2011-01-01 10:00:00,-1.00,7,France\n", "line 2: price"},
		"a column missing":    {head + "1,22423,1\n", "wrong number of fields"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := read(packed(t, c.body)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want it to say %q", err, c.want)
			}
		})
	}
	if _, err := read([]byte("no gzip")); err == nil {
		t.Error("what is not packed was read")
	}
}

func TestACancellationTakesFromTheLatestOrders(t *testing.T) {
	lines, err := read(packed(t, head+
		"1,22423,3,2011-01-01 10:00:00,2.00,7,France\n"+
		"2,22423,2,2011-02-01 10:00:00,2.00,7,France\n"+
		"C3,22423,-4,2011-03-01 10:00:00,2.00,7,France\n"+
		"4,22423,9,2011-04-01 10:00:00,2.00,7,France\n"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := stories(lines)
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]int64{}
	for _, r := range all[0].refunds {
		taken[r.order] -= r.lines[0].quantity
	}
	if len(all) != 1 || taken["2"] != 2 || taken["1"] != 2 || taken["4"] != 0 {
		t.Errorf("taken back by order: %v", taken)
	}
}

func TestACancellationOfNothingIsAnError(t *testing.T) {
	lines, err := read(packed(t, head+
		"1,22423,1,2011-01-01 10:00:00,2.00,7,France\n"+
		"C2,22423,-2,2011-02-01 10:00:00,2.00,7,France\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stories(lines); err == nil || !strings.Contains(err.Error(), "C2") {
		t.Errorf("error %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(head + "1,22423,1,2011-01-01 10:00:00,2.00,7,France\n"))
	f.Add([]byte(head + "C1,22423,-1,2011-01-01 10:00:00,2.00,7,\"Fr\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		lines, err := read(packed(t, string(body)))
		if err != nil {
			return
		}
		_, _ = stories(lines) // must not panic
	})
}
