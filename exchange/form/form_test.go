package form

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte/exchange/record"
)

// row is a record of text cells: name, text, name, text, …
func row(cells ...string) *record.Record {
	r := &record.Record{File: "f", Line: 2}
	for i := 0; i < len(cells); i += 2 {
		r.Cells = append(r.Cells, record.Cell{Name: cells[i], Text: cells[i+1]})
	}
	return r
}

// rendered is what a document becomes, or what is wrong.
func rendered(t *testing.T, document string, rows ...*record.Record) string {
	t.Helper()
	f, err := New(document)
	if err != nil {
		return err.Error()
	}
	v, bad := f.Document(rows)
	if bad != nil {
		return bad.Error()
	}
	return string(v)
}

func TestCellsStandWhereTheFormHasThem(t *testing.T) {
	r := row("a", "x", "n", " 07.50 ", "w", "12", "yes", "Yes", "d", "2026-05-01", "j", `{"k": 1}`, "p.q", "deep", "e", "  ")
	for document, want := range map[string]string{
		`{"v":"$a"}`:                          `{"v":"x"}`,
		`{"v":"$n:number"}`:                   `{"v":7.5}`,
		`{"v":"$w:whole","x":"$w"}`:           `{"v":12,"x":"12"}`,
		`{"v":"$yes:truth"}`:                  `{"v":true}`,
		`{"v":"$d:time"}`:                     `{"v":"2026-05-01T00:00:00Z"}`,
		`{"v":"$j:json","k":"$j.k"}`:          `{"v":{"k":1}}`,
		`{"v":"$p"}`:                          `{"v":{"q":"deep"}}`,
		`{"v":"$p.q","gone":"$e","no":"$x"}`:  `{"v":"deep"}`,
		`{"v":"$e|x|a"}`:                      `{"v":"x"}`,
		`{"v":"${a}-${w}@s","no":"${e}-"}`:    `{"v":"x-12@s"}`,
		`{"v":"$$5","n":5,"t":null}`:          `{"v":"$5","n":5,"t":null}`,
		`{"o":{"gone":"$e"},"l":["$a","$e"]}`: `{"l":["x"]}`,
		`{"v":"$+n*w"}`:                       `{"v":90.0}`,
		`{"t":{"$rest":true,"a":"$a"}}`:       `{"t":{"a":"x","n":" 07.50 ","w":"12","yes":"Yes","d":"2026-05-01","j":"{\"k\": 1}","p.q":"deep","e":"  "}}`,
		`{"v":"$a:number"}`:                   `f:2: a: not a number`,
		`{"v":"$a:whole"}`:                    `f:2: a: not a whole number`,
		`{"v":"$a:truth"}`:                    `f:2: a: neither true nor false`,
		`{"v":"$a:json"}`:                     `f:2: a: not JSON`,
		`{"v":"$a:time"}`:                     `f:2: a: not a date such as 2006-01-02 or 2006-01-02T15:04:05Z`,
		`{"v":"$+a"}`:                         `f:2: a: not a number`,
		`{"v":"$"}`:                           `/v: names no column`,
		`{"v":["${a"]}`:                       `/v/0: ${ without a column and }`,
		`[1]`:                                 `: must be an object`,
		`{`:                                   `: is no JSON`,
	} {
		if got := rendered(t, document, r); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", document, got, want)
		}
	}
}

func TestRowsOfAGroupMakeOneDocument(t *testing.T) {
	document := `{"order":"$o","sum":"$+p*q","lines":[{"id":"$i","n":"$q:number"}],"timestamp":"$t"}`
	first, second := row("o", "1", "i", "a", "p", "0.10", "q", "3", "t", "x"), row("o", "1", "i", "b", "p", "19.99", "q", "1", "t", "y")
	want := `{"order":"1","sum":20.29,"lines":[{"id":"a","n":3},{"id":"b","n":1}],"timestamp":"x"}`
	if got := rendered(t, document, first, second); got != want {
		t.Errorf("got %s", got)
	}
	f, err := New(document)
	if err != nil {
		t.Fatal(err)
	}
	if bad := f.Agree(first, second); bad != nil {
		t.Error(bad)
	}
	if bad := f.Agree(first, row("o", "2", "i", "b", "p", "1", "q", "1")); bad == nil {
		t.Error("a row of another order is one of this")
	}
}

// Sums are exact, against the arithmetic of fractions.
func TestSumsAreExactToTheLastDigit(t *testing.T) {
	f, err := New(`{"v":"$+a"}`)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`-?[0-9]{1,9}(\.[0-9]{1,6})?`), 1, 30).Draw(t, "numbers")
		want := new(big.Rat)
		var rows []*record.Record
		for _, text := range texts {
			x, _ := new(big.Rat).SetString(text)
			want.Add(want, x)
			rows = append(rows, row("a", text))
		}
		v, bad := f.Document(rows)
		if bad != nil {
			t.Fatal(bad)
		}
		got, ok := new(big.Rat).SetString(strings.TrimSuffix(strings.TrimPrefix(string(v), `{"v":`), "}"))
		if !ok || got.Cmp(want) != 0 {
			t.Fatalf("%s, want %s", v, want.FloatString(6))
		}
	})
}

func TestRowsAreSetAsideByRule(t *testing.T) {
	f, err := Parse([]byte(`{"aside": [
		{"column": "who", "empty": true, "reason": "nobody"}, {"column": "id", "begins": "C", "reason": "cancelled"},
		{"column": "id", "is": "X", "reason": "a test"}, {"column": "n", "below": 1, "reason": "none"}, {"column": "p", "atMost": 0, "reason": "free"}],
		"document": {"id": "$id"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for want, r := range map[string]*record.Record{
		"f:2: who: nobody":     row("id", "1", "n", "1", "p", "1"),
		"f:2: id: cancelled":   row("who", "u", "id", "C1", "n", "1", "p", "1"),
		"f:2: id: a test":      row("who", "u", "id", "X", "n", "1", "p", "1"),
		"f:2: n: none":         row("who", "u", "id", "1", "n", "0.5", "p", "1"),
		"f:2: p: free":         row("who", "u", "id", "1", "n", "1", "p", "0"),
		"f:2: n: not a number": row("who", "u", "id", "1", "n", "one", "p", "1"),
		"":                     row("who", "u", "id", "1", "n", "1", "p", "1"),
	} {
		got := ""
		if bad := f.Check(r); bad != nil {
			got = bad.Error()
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if diff := cmp.Diff([]string{"id", "n", "p", "who"}, f.Columns()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWrongWithAFormIsPointedAt(t *testing.T) {
	for text, want := range map[string]string{
		`{"dokument": {}}`:                `/dokument`,
		`{"document": {"a": {"b": "$"}}}`: `/document/a/b: names no column`,
		`{"document": {}, "aside": [{"column": "a", "reason": "r"}]}`: `/aside/0: needs a column`,
		`{"document": {}, "dates": "ydm"}`:                            `dates "ydm" are not known`,
		`{"document": {}, "zone": "Mars"}`:                            `zone "Mars" is none`,
		`{}`:                                                          `/document: is required`,
		`nothing`:                                                     ``,
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAPlaceOfTheFormCanBeSet(t *testing.T) {
	f, err := New(`{"userId":"$u","traits":{"a":"$a"}}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range [][2]string{{"userId", "$id"}, {"traits.city", "$Town"}, {"traits.vip", "true"}, {"context.page.url", "x"}} {
		if err := f.Set(set[0], set[1]); err != nil {
			t.Fatal(err)
		}
	}
	v, bad := f.Document([]*record.Record{row("id", "7", "Town", "Lyon", "a", "b")})
	if want := `{"userId":"7","traits":{"a":"b","city":"Lyon","vip":true},"context":{"page":{"url":"x"}}}`; bad != nil || string(v) != want {
		t.Errorf("%v %s", bad, v)
	}
	if f.Field("userId") != "id" || f.Field("traits.city") != "Town" || f.Field("event") != "event" {
		t.Error("places are not called by their columns")
	}
}

func TestDatesAreReadAsTheyAreMeantOrNotAtAll(t *testing.T) {
	for _, c := range []struct{ order, zone, text, want string }{
		{"", "", "2026-05-04", "2026-05-04T00:00:00Z"},
		{"", "Europe/Paris", "2026-05-04 10:00", "2026-05-04T08:00:00Z"},
		{"", "Europe/Paris", "2026-05-04T10:00:00Z", "2026-05-04T10:00:00Z"},
		{"", "", "20260504", "2026-05-04T00:00:00Z"},
		{"", "", "4 May 2026", "2026-05-04T00:00:00Z"},
		{"", "", "May 4, 2026", "2026-05-04T00:00:00Z"},
		{"", "", "04/05/2026", errAmbiguous.Error()},
		{"", "", "25/12/2026", errAmbiguous.Error()},
		{"dmy", "", "04/05/2026", "2026-05-04T00:00:00Z"},
		{"mdy", "", "04/05/2026 9:30", "2026-04-05T09:30:00Z"},
		{"mdy", "", "25/12/2026", "no day of the calendar when read as mdy"},
		{"dmy", "", "31.02.2026", "no day of the calendar when read as dmy"},
		{"dmy", "", "04/05/26", errTwoDigits.Error()},
		{"", "", "04052026", errNoDate.Error()}, // the year 405
		{"unix", "", "1777888800", "2026-05-04T10:00:00Z"},
		{"unix-ms", "", "1777888800123", "2026-05-04T10:00:00.123Z"},
		{"unix", "", "-1", "no time in unix"},
		{"", "", "tomorrow", errNoDate.Error()},
	} {
		d, err := NewDates(c.order, c.zone)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if at, err := d.Read(c.text); err != nil {
			got = err.Error()
		} else {
			got = at.Format(time.RFC3339Nano)
		}
		if got != c.want {
			t.Errorf("%q in %s %s: %s, want %s", c.text, c.order, c.zone, got, c.want)
		}
	}
}

func FuzzForm(f *testing.F) {
	f.Add(`{"document": {"a": "$a:number", "b": ["${b}-", "$+c*d"], "t": {"$rest": true}}, "group": "g", "dates": "dmy"}`, "1", "04/05/2026")
	f.Add(`{"document": {"a": "$a|b:time"}, "aside": [{"column": "a", "below": 1, "reason": "r"}]}`, "x", "1e5")
	f.Fuzz(func(t *testing.T, text, a, b string) {
		form, err := Parse([]byte(text))
		if err != nil {
			return
		}
		r := row("a", a, "b", b, "c", a, "d", b, "g", "1")
		if bad := form.Check(r); bad != nil {
			return
		}
		v, bad := form.Document([]*record.Record{r, r})
		if bad == nil && !v.IsValid(jsontext.AllowDuplicateNames(true)) {
			t.Fatalf("no JSON: %s", v)
		}
	})
}
