package record

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/exchange/table"
)

// all reads everything: the records as JSON, and what was wrong with the others.
func all(r Reader, err error) (records, faults []string) {
	if err != nil {
		return nil, []string{err.Error()}
	}
	for {
		rec, err := r.Next()
		var bad *table.Error
		switch {
		case err == io.EOF:
			return records, faults
		case errors.As(err, &bad):
			if faults = append(faults, bad.Error()); bad.Last {
				return records, faults
			}
		case err != nil:
			return records, append(faults, err.Error())
		default:
			records = append(records, fmt.Sprintf("%d %s", rec.Line, rec.JSON()))
		}
	}
}

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text) // into memory
	_ = w.Close()
	return b.String()
}

const rss = `<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item><g:id>a1</g:id><title>plain</title><g:title>Tea &amp; cup</g:title><link>https://shop.example/a1</link><g:price>12.50 EUR</g:price>
 <g:shipping><g:country>FR</g:country></g:shipping></item>
<item><g:id>a2</g:id></item></channel></rss>`

const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
<entry><g:id>a1</g:id><title>Tea</title><link href="https://shop.example/a1"/></entry></feed>`

func TestFilesAreReadInEachFormat(t *testing.T) {
	for name, c := range map[string]struct {
		format          Format
		text            string
		records, faults []string
	}{
		"a table":       {CSV, "id,city\n1,Lyon\n2,\n", []string{`2 {"id":"1","city":"Lyon"}`, `3 {"id":"2"}`}, nil},
		"packed":        {CSV, packed("id,city\n1,Lyon\n"), []string{`2 {"id":"1","city":"Lyon"}`}, nil},
		"tabs":          {CSV, "id\tcity\n1\tLyon, the first\n", []string{`2 {"id":"1","city":"Lyon, the first"}`}, nil},
		"broken rows":   {CSV, "id,city\n1\n\"2,x\n3,Paris\n", []string{`4 {"id":"3","city":"Paris"}`}, []string{"f:2: city: missing: the row has 1 fields, the header 2", "f:3: row: a quote out of place (line 3, byte 1): a quoted field begins and ends with one, and doubles those within"}},
		"Latin-1":       {CSV, "id,city\n1,Orl\xe9ans\n2,Lyon\n", []string{`3 {"id":"2","city":"Lyon"}`}, []string{"f:2: city: not UTF-8: it may be ISO 8859-1 or Windows-1252; write the file as UTF-8"}},
		"UTF-16":        {CSV, "\xff\xfei\x00d\x00", nil, []string{"f:1: file: the text is UTF-16; write it as UTF-8"}},
		"empty":         {CSV, "", nil, []string{"f:1: header: the file is empty"}},
		"a name twice":  {CSV, "id,id\n1,2\n", nil, []string{"f:1: id: two columns have this name"}},
		"lines":         {NDJSON, "{\"id\":1,\"t\":{\"a\":[2]}}\n\n {\"id\":\"2\"}", []string{`1 {"id":1,"t":{"a":[2]}}`, `3 {"id":"2"}`}, nil},
		"broken lines":  {NDJSON, "{\"id\":1\n[1]\n{\"a\":1} 2\n{\"a\":1,\"a\":2}\n\xff\n{\"id\":2}\n", []string{`6 {"id":2}`}, []string{"f:1: line: no JSON from byte 8 on: unexpected EOF", "f:2: line: an array, not an object", "f:3: line: something follows the object", "f:4: line: no JSON from byte 8 on: duplicate object member name", "f:5: line: not UTF-8: it may be ISO 8859-1 or Windows-1252; write the file as UTF-8"}},
		"a long line":   {NDJSON, "{\"a\":\"" + strings.Repeat("x", table.MaxRow) + "\"}\n{\"id\":2}\n", []string{`2 {"id":2}`}, []string{"f:1: line: longer than 1048576 bytes"}},
		"empty lines":   {NDJSON, "", nil, []string{"f:1: file: the file is empty"}},
		"RSS":           {Feed, rss, []string{`3 {"id":"a1","title":"Tea & cup","link":"https://shop.example/a1","price":"12.50 EUR"}`, `5 {"id":"a2"}`}, nil},
		"Atom":          {Feed, atom, []string{`2 {"id":"a1","title":"Tea","link":"https://shop.example/a1"}`}, nil},
		"Latin-1 XML":   {Feed, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><rss><channel><item><id>\xe9</id></item></channel></rss>", []string{`1 {"id":"é"}`}, nil},
		"XML cut off":   {Feed, "<rss><channel><item><id>1</id></item>\n<item><id>", []string{`1 {"id":"1"}`}, []string{"f:2: file: no XML from here on: unexpected EOF"}},
		"a page":        {Feed, "<html><body/></html>", nil, []string{"f:1: file: no product feed: there is no channel and no feed in it"}},
		"empty Parquet": {Parquet, "", nil, []string{"f:1: file: cannot be read as Parquet: the file is empty"}},
		"no Parquet":    {Parquet, "id,city\n1,Lyon\n", nil, []string{"f:1: file: cannot be read as Parquet: invalid magic header of parquet file: \"id,c\""}},
	} {
		t.Run(name, func(t *testing.T) {
			records, faults := all(opened("f", c.text, c.format))
			if diff := cmp.Diff(c.records, records); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.faults, faults); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func opened(name, text string, format Format) (Reader, error) {
	if format == Parquet {
		return NewParquet(name, strings.NewReader(text), int64(len(text)), nil)
	}
	return New(name, strings.NewReader(text), format)
}

func TestTheRowThatWasPassedOverCanBeHad(t *testing.T) {
	r, err := New("f", strings.NewReader("id,city\n\"1,Ann\n"), CSV)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err == nil || r.Text() != `"1,Ann` {
		t.Errorf("%v: %q", err, r.Text())
	}
}

func TestACellIsFoundWithinAnObject(t *testing.T) {
	rec := Record{Cells: []Cell{{"a.b", "flat", false}, {"a", `{"b":1,"c":{"d":"x","e.f":2}}`, true}, {"t", `{"no":1}`, false}}}
	for name, want := range map[string]string{"a.b": "flat", "a.c.d": "x", "a.c.e.f": "2", "a.c": `{"d":"x","e.f":2}`, "a.x": "-", "t.no": "-", "b": "-"} {
		got := "-"
		if c, ok := rec.Cell(name); ok {
			got = c.Plain()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

type nested struct {
	ID    string           `parquet:"id"`
	N     *int64           `parquet:"n,optional"`
	At    time.Time        `parquet:"at,timestamp(microsecond)"`
	Doc   string           `parquet:"doc,json"`
	Tags  []string         `parquet:"tags,list"`
	Bare  []int32          `parquet:"bare"`
	Deep  deep             `parquet:"deep"`
	Count map[string]int64 `parquet:"count"`
	Day   int32            `parquet:"day,date"`
	Price int64            `parquet:"price,decimal(2:18)"`
	Maybe *deep            `parquet:"maybe,optional"`
}

type deep struct {
	A float64 `parquet:"a"`
	B []struct {
		C []string `parquet:"c,list"`
	} `parquet:"b"`
}

// Two rows, with every way in which Parquet nests.
func TestNestedParquetIsReadAsJSON(t *testing.T) {
	at := time.Date(2026, 5, 1, 10, 0, 0, 123456000, time.UTC)
	n := int64(7)
	rows := []nested{
		{ID: "x", N: &n, At: at, Doc: `{"a": [1]}`, Tags: []string{"a", "b"}, Bare: []int32{1, 2}, Count: map[string]int64{"k": 3}, Day: 10, Price: -1205,
			Deep: deep{A: 1.5, B: []struct {
				C []string `parquet:"c,list"`
			}{{[]string{"u", "v"}}, {nil}, {[]string{"w"}}}}, Maybe: &deep{A: 2}},
		{ID: "y", At: at, Doc: `null`, Price: 5},
	}
	var b bytes.Buffer
	w := parquet.NewGenericWriter[nested](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	records, faults := all(NewParquet("f", bytes.NewReader(b.Bytes()), int64(b.Len()), nil))
	want := []string{
		`1 {"id":"x","n":7,"at":"2026-05-01T10:00:00.123456Z","doc":{"a":[1]},"tags":["a","b"],"bare":[1,2],` +
			`"deep":{"a":1.5,"b":[{"c":["u","v"]},{"c":[]},{"c":["w"]}]},"count":{"k":3},"day":"1970-01-11","price":-12.05,"maybe":{"a":2,"b":[]}}`,
		`2 {"id":"y","at":"2026-05-01T10:00:00.123456Z","tags":[],"bare":[],"deep":{"a":0,"b":[]},"count":{},"day":"1970-01-01","price":0.05}`,
	}
	if diff := cmp.Diff(want, records); diff != "" || faults != nil {
		t.Errorf("%v\n%s", faults, diff)
	}
}

// What is written is read back, the same in each format.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	columns := []Column{{"id", Text}, {"n", Whole}, {"x", Number}, {"yes", Truth}, {"at", Time}, {"doc", JSON}, {"é.b", Text}}
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.Custom(func(t *rapid.T) []jsontext.Value {
			values := []jsontext.Value{
				quote(rapid.StringMatching(`[a-zé,;" \n]{1,8}`).Draw(t, "text")),
				jsontext.Value(strconv.FormatInt(rapid.Int64().Draw(t, "whole"), 10)),
				jsontext.Value(strconv.FormatFloat(rapid.Float64Range(-1e9, 1e9).Draw(t, "number"), 'g', -1, 64)),
				jsontext.Value(strconv.FormatBool(rapid.Bool().Draw(t, "truth"))),
				quote(time.UnixMicro(rapid.Int64Range(0, 1<<50).Draw(t, "time")).UTC().Format(time.RFC3339Nano)),
				jsontext.Value(rapid.SampledFrom([]string{`{"a":[1,"x"]}`, `[]`, `"t"`, `1`}).Draw(t, "doc")),
				quote(rapid.StringMatching(`[=@a]{1,3}`).Draw(t, "formula")),
			}
			for i := range values {
				if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
					values[i] = nil
				}
			}
			return values
		})
		rows := rapid.SliceOfN(row, 0, 20).Draw(t, "rows")
		for _, format := range []Format{CSV, NDJSON, Parquet} {
			var b bytes.Buffer
			w, err := NewWriter(&b, format, columns)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if err := w.Write(r); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if format == NDJSON && len(rows) == 0 {
				continue // an empty file
			}
			r, err := opened("f", b.String(), format)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range rows {
				rec, err := r.Next()
				if err == io.EOF && format == CSV && blank(rows[i:]) {
					break
				} else if err != nil {
					t.Fatalf("%s, row %d: %v", format, i, err)
				}
				for j, c := range columns {
					told, _ := rec.Cell(c.Name)
					wanted := Cell{Text: string(want[j]), JSON: len(want[j]) > 0}
					text := wanted.Plain()
					if format == CSV && c.Kind == Text && formula(text) {
						text = "'" + text
					}
					if told.Plain() != text {
						t.Fatalf("%s, row %d, %s: %q, want %q", format, i, c.Name, told.Plain(), text)
					}
				}
			}
		}
	})
}

func blank(rows [][]jsontext.Value) bool {
	for _, r := range rows {
		for _, v := range r {
			if len(v) > 0 {
				return false
			}
		}
	}
	return true
}

func FuzzReaders(f *testing.F) {
	f.Add("id,city\n1,Lyon\n", uint8(0))
	f.Add("{\"id\":1,\"t\":{\"a\":[2]}}\n", uint8(1))
	f.Add(rss, uint8(2))
	f.Add(atom, uint8(2))
	var b bytes.Buffer
	w := newParquetWriter(&b, []Column{{"id", Text}, {"n", Whole}})
	_ = w.Write([]jsontext.Value{[]byte(`"x"`), []byte(`1`)})
	_ = w.Close()
	f.Add(b.String(), uint8(3))
	f.Fuzz(func(t *testing.T, text string, format uint8) {
		r, err := opened("f", text, []Format{CSV, NDJSON, Feed, Parquet}[format%4])
		if err != nil {
			return
		}
		for range 10_000 {
			rec, err := r.Next()
			var bad *table.Error
			if errors.As(err, &bad) && !bad.Last {
				continue
			} else if err != nil {
				return
			}
			if v := rec.JSON(); !v.IsValid(jsontext.AllowDuplicateNames(true)) {
				t.Fatalf("no JSON: %s", v)
			}
		}
	})
}
