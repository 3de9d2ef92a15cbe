package table

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text) // into memory
	_ = w.Close()
	return b.String()
}

// numbers sums a column, as a caller would.
func numbers(text, column string, aside *Aside) (sum float64, err error) {
	t, err := New("t.csv", strings.NewReader(text))
	if err != nil {
		return 0, err
	}
	c, err := t.Column(column)
	if err != nil {
		return 0, err
	}
	return sum, t.Each(aside, func(r Row) error {
		x, err := r.Number(c)
		sum += x
		return err
	})
}

func TestATableIsReadHoweverItWasWritten(t *testing.T) {
	for name, text := range map[string]string{
		"plain":                         "a,b\n1,x\n2,y\n",
		"packed":                        packed("a,b\n1,x\n2,y\n"),
		"with a byte order mark":        "\xef\xbb\xbfa,b\n1,x\n2,y\n",
		"packed, with one":              packed("\xef\xbb\xbfa,b\n1,x\n2,y\n"),
		"lines as Windows ends them":    "a,b\r\n1,x\r\n2,y\r\n",
		"no end of the last line":       "a,b\n1,x\n2,y",
		"semicolons":                    "a;b\n1;x,y\n2;y\n",
		"tabs":                          "a\tb\n1\tx\n2\ty\n",
		"quotes":                        "\"a\",\"b;\"\n\"1\",\"x\ny\"\n\"2\",\"\"\"y\"\"\"\n",
		"other columns, another order":  "b,c,a\nx,,1\ny,,2\n",
		"spaces around names, numbers":  "a ,b\n 1,x\n2 ,y\n",
		"an unused column without name": ",a,\n0,1,\n1,2,\n",
		"unused columns of one name":    "b,a,b\n0,1,3\n1,2,4\n",
		"numbers with exponents":        "a\n1e0\n0.2E+1\n",
	} {
		t.Run(name, func(t *testing.T) {
			if sum, err := numbers(text, "a", nil); err != nil || sum != 3 {
				t.Errorf("sum %v, error %v; want 3", sum, err)
			}
		})
	}
}

func TestOnlyAHeaderIsATableWithoutRows(t *testing.T) {
	if sum, err := numbers("a,b\n", "a", nil); err != nil || sum != 0 {
		t.Errorf("sum %v, error %v", sum, err)
	}
}

func TestAMistakeIsNamedWithItsPlace(t *testing.T) {
	long := strings.Repeat("x", MaxRow+128<<10)
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                  {"", "t.csv:1: header: the file is empty"},
		"nothing, packed":          {packed(""), "t.csv:1: header: the file is empty"},
		"a column missing":         {"b,c\n1,2\n", `t.csv:1: a: no such column; there are "b", "c"`},
		"a column twice":           {"a,b,a\n1,2,3\n", "t.csv:1: a: two columns have this name"},
		"a picture":                {"\x89PNG\r\n\x1a\n\x00\x00", "t.csv:1: column 1: the name is no text"},
		"UTF-16":                   {"\xff\xfea\x00,\x00", "t.csv:1: file: the text is UTF-16"},
		"too few fields":           {"b,a\n1,2\n1\n", "t.csv:3: a: missing: the row has 1 fields, the header 2"},
		"too many fields":          {"a,b\n1,2\n1,2,3\n", "t.csv:3: row: 3 fields, the header has 2"},
		"a quote in a field":       {"a,b\n1,2\n1,x\"y\n", "t.csv:3: row: a quote out of place"},
		"text after a quote":       {"a,b\n1,\"x\"y\n", "t.csv:2: row: a quote out of place"},
		"a quote not closed":       {"a,b\n1,\"x\n2,y\n", "t.csv:2: row: a quote out of place"},
		"a row without end":        {"a,b\n1,x\n2,\"" + long, "t.csv:3: row: longer than 1048576 bytes"},
		"a header without end":     {long, "t.csv:1: row: longer than"},
		"too many columns":         {strings.Repeat("a,", MaxColumns) + "b\n", "t.csv:1: header: 4097 columns; at most 4096"},
		"a pack cut off":           {packed("a,b\n" + strings.Repeat("1,x\n", 1000))[:40], "unexpected EOF"},
		"a pack that is none":      {"\x1f\x8bnothing", "t.csv:1: file: unpack"},
		"no number":                {"a,b\none@example.com,2\n", "t.csv:2: a: the text is not a number"},
		"a comma for a point":      {"a;b\n1,5;2\n", "t.csv:2: a: 1,5 is not a number"},
		"an empty number":          {"a,b\n,2\n", "t.csv:2: a: empty where a number belongs"},
		"no number by name":        {"a,b\nNaN,2\n", "t.csv:2: a: NaN is not a finite number"},
		"infinity":                 {"a,b\n-Inf,2\n", "t.csv:2: a: -Inf is not a finite number"},
		"a number too large":       {"a,b\n1e999,2\n", "t.csv:2: a: 1e999 is not a finite number"},
		"a number in another base": {"a,b\n0x10,2\n", "t.csv:2: a: the text is not a number"},
		"lines counted, not rows":  {"a,b\n1,\"x\n\ny\"\n\nz,2\n", "t.csv:6: a: the text"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := numbers(c.text, "a", nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant it to say %s", err, c.want)
			}
			var place *Error
			if !errors.As(err, &place) {
				t.Errorf("%T names no place", err)
			}
		})
	}
}

func TestWhatIsNotANumberIsNotRepeatedInTheError(t *testing.T) {
	_, err := numbers("a\njeanne@example.com\n", "a", nil)
	if err == nil || strings.Contains(err.Error(), "jeanne") {
		t.Errorf("error %v", err)
	}
}

func TestBadRowsAreSetAsideAndCounted(t *testing.T) {
	var text strings.Builder
	text.WriteString("a,b\n")
	for i := range 30 {
		switch {
		case i%3 == 0:
			text.WriteString("x,1\n")
		case i == 4:
			text.WriteString("1,x\"\n")
		case i == 5:
			text.WriteString("1\n")
		default:
			text.WriteString("1,1\n")
		}
	}
	var aside Aside
	sum, err := numbers(text.String(), "a", &aside)
	if err != nil || sum != 18 || aside.Rows != 12 || len(aside.First) != 10 {
		t.Fatalf("sum %v of 18, %d aside of 12, %d shown of 10, error %v", sum, aside.Rows, len(aside.First), err)
	}
	want := []string{"t.csv:2: a: the text is not a number", "t.csv:5: a: the text is not a number",
		"t.csv:6: row: a quote out of place (line 6, byte 4): a quoted field begins and ends with one, and doubles those within",
		"t.csv:7: b: missing: the row has 1 fields, the header 2"}
	if diff := cmp.Diff(want, aside.First[:4]); diff != "" {
		t.Error(diff)
	}
}

func TestWhatEndsTheReadingIsNotSetAside(t *testing.T) {
	var aside Aside
	if _, err := numbers(packed("a\n" + strings.Repeat("1\n", 9999))[:30], "a", &aside); err == nil {
		t.Error("a broken pack was read")
	}
	if _, err := numbers("b\n1\n", "a", &aside); err == nil {
		t.Error("a missing column was set aside")
	}
	if aside.Rows != 0 {
		t.Errorf("%d rows aside", aside.Rows)
	}
}

func TestACellIsReadAsWhatItIsAskedFor(t *testing.T) {
	read := func(t *testing.T, cell string, as func(Row, Column) (any, error)) string {
		tab, err := New("t.csv", strings.NewReader("a,b\n"+cell+",.\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		err = tab.Each(nil, func(r Row) error {
			v, err := as(r, tab.Columns()[0])
			got = fmt.Sprint(v)
			return err
		})
		if err != nil {
			return err.Error()
		}
		return got
	}
	key := func(r Row, c Column) (any, error) { return r.Key(c) }
	whole := func(r Row, c Column) (any, error) { return r.Whole(c, 1, 3) }
	share := func(r Row, c Column) (any, error) { return r.Within(c, 0, 1) }
	at := func(r Row, c Column) (any, error) {
		at, err := r.Time(c)
		return at.Format(time.RFC3339Nano), err
	}
	for _, c := range []struct {
		cell string
		as   func(Row, Column) (any, error)
		want string
	}{
		{" lip stick ", key, "lip stick"},
		{"  ", key, "t.csv:2: a: empty"},
		{strings.Repeat("k", MaxName+1), key, "t.csv:2: a: longer than 256 bytes"},
		{"\xc3", key, "t.csv:2: a: not UTF-8"},
		{"2", whole, "2"},
		{"2.0", whole, "t.csv:2: a: 2.0 is not a whole number"},
		{"4", whole, "t.csv:2: a: 4 is not between 1 and 3"},
		{"", whole, "t.csv:2: a: empty where a whole number belongs"},
		{"1", share, "1"},
		{"-0.1", share, "t.csv:2: a: -0.1 is not between 0 and 1"},
		{"1997-01-31", at, "1997-01-31T00:00:00Z"},
		{"19970131", at, "1997-01-31T00:00:00Z"},
		{"2011-01-31 10:00:00", at, "2011-01-31T10:00:00Z"},
		{"2019-11-24 00:01:03.979311+01:00", at, "2019-11-23T23:01:03.979311Z"},
		{"2017-01-28T19:06:53Z", at, "2017-01-28T19:06:53Z"},
		{"1997-02-30", at, "t.csv:2: a: 1997-02-30 is not a date such as 2006-01-02 or 2006-01-02T15:04:05Z"},
	} {
		if got := read(t, c.cell, c.as); got != c.want {
			t.Errorf("%q read as %q, want %q", c.cell, got, c.want)
		}
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(2, 5).Draw(t, "columns")
		cell := rapid.StringMatching(`[a-c,;"\n é]{0,6}`)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, columns, columns), 0, 8).Draw(t, "rows")
		head := make([]string, columns)
		for i := range head {
			head[i] = fmt.Sprint("column ", i)
		}
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		if err := w.WriteAll(append([][]string{head}, rows...)); err != nil {
			t.Fatal(err)
		}
		tab, err := New("t.csv", &text)
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		if err := tab.Each(nil, func(r Row) error {
			var row []string
			for _, c := range tab.Columns() {
				row = append(row, r.Text(c))
			}
			got = append(got, row)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			rows = nil
		}
		if diff := cmp.Diff(rows, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("a;b\n\"1\n\";2\n\n3"))
	f.Add([]byte("\xef\xbb\xbf\"a\",\n\"\"\"\",x\"\n"))
	f.Add([]byte(packed("a\tb\n1\t2\n")))
	f.Fuzz(func(t *testing.T, text []byte) {
		tab, err := New("t.csv", bytes.NewReader(text))
		if err != nil {
			return
		}
		var aside Aside
		last := 0
		_ = tab.Each(&aside, func(r Row) error {
			if r.Line() <= last {
				t.Fatalf("line %d after line %d", r.Line(), last)
			}
			last = r.Line()
			for _, c := range tab.Columns() {
				_ = r.Text(c)
				if x, err := r.Number(c); err == nil && x-x != 0 {
					t.Fatalf("%v is no finite number", x)
				}
			}
			_, err := r.Time(tab.Columns()[0])
			return err
		})
	})
}

func BenchmarkRows(b *testing.B) {
	row := "1,2019-11-24 00:01:03.979311+00:00,2,2,0,0.045525,cef3390ed299c09874189c387777674a" + strings.Repeat(",0.0", 34) + "\n"
	text := "i,timestamp,item_id,position,click,propensity_score,user" + strings.Repeat(",x", 34) + "\n" + strings.Repeat(row, 10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tab, err := New("t.csv", strings.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		c, err := tab.Column("propensity_score")
		if err != nil {
			b.Fatal(err)
		}
		if err := tab.Each(nil, func(r Row) error { _, err := r.Number(c); return err }); err != nil {
			b.Fatal(err)
		}
	}
}
