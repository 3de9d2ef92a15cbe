package query_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte/exchange/query"
	"github.com/aparte-dev/aparte/exchange/querytest"
)

func TestAQueryOfARealPostgreSQL(t *testing.T) {
	db := querytest.Start(t)
	for name, test := range map[string]func(*testing.T, string){
		"rows come as the database writes them":               rowsComeAsTheDatabaseWritesThem,
		"a cursor reads each row once wherever it is stopped": aCursorReadsEachRowOnceWhereverItIsStopped,
		"a query only reads":                                  aQueryOnlyReads,
	} {
		t.Run(name, func(t *testing.T) { test(t, db) })
	}
}

func source(t *testing.T, address, sql, cursor string) *query.Source {
	t.Helper()
	s, err := query.New(address, sql, cursor)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func lines(b *bytes.Buffer) []string {
	if b.Len() == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func rowsComeAsTheDatabaseWritesThem(t *testing.T, db string) {
	var out bytes.Buffer
	f, err := source(t, db, `select 9007199254740993::bigint as n, 12.30::numeric as price, 'Zoé "x"' as name, timestamptz '2026-11-27 10:00+01' as at,
		null::text as none, array[1,2] as many, true as yes -- and a comment`, "").Fetch(t.Context(), query.Place{}, 0, &out, nil)
	if err != nil || f.Rows != 1 || f.At.IsZero() {
		t.Fatalf("%+v (%v)", f, err)
	}
	want := `{"n":9007199254740993,"price":12.30,"name":"Zoé \"x\"","at":"2026-11-27T09:00:00+00:00","none":null,"many":[1,2],"yes":true}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"n", "price", "name", "at", "none", "many", "yes"}, f.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func aCursorReadsEachRowOnceWhereverItIsStopped(t *testing.T, db string) {
	querytest.Do(t, db, `create table orders (id int primary key, at timestamptz)`,
		`insert into orders select i, timestamptz '2026-01-01' + (i / 7) * interval '1 microsecond' from generate_series(1, 1000) i`,
		`insert into orders values (2000, null), (2001, null)`)
	s := source(t, db, "select id, at from orders", "at")
	var all []string
	at := query.Place{}
	for chunk := 0; ; chunk++ {
		var out bytes.Buffer
		f, err := s.Fetch(t.Context(), at, 100, &out, nil)
		if err != nil || !f.Timed {
			t.Fatal(err)
		}
		if chunk == 0 && f.Unkept != 2 {
			t.Errorf("%d rows without a cursor, want 2", f.Unkept)
		}
		if f.More && (f.Rows < 100 || f.Rows > 106) {
			t.Errorf("a chunk of %d", f.Rows)
		}
		all = append(all, lines(&out)...)
		if at = f.Last; !f.More {
			break
		}
	}
	seen := map[string]bool{}
	for _, line := range all {
		seen[line] = true
	}
	if len(all) != 1000 || len(seen) != 1000 {
		t.Errorf("%d rows, %d different, want 1000", len(all), len(seen))
	}

	// Begun again, those of the last value come again, and what was written since.
	querytest.Do(t, db, `insert into orders values (3000, timestamptz '2026-01-02')`)
	var out bytes.Buffer
	f, err := s.Fetch(t.Context(), query.Place{Value: at.Value}, 100, &out, nil)
	if err != nil || f.Rows != 8 { // 994 to 1000, and the new one
		t.Errorf("%d rows (%v): %v", f.Rows, err, lines(&out))
	}
	if got := lines(&out); got[len(got)-1] != `{"id":3000,"at":"2026-01-02T00:00:00+00:00"}` {
		t.Errorf("last came %s", got[len(got)-1])
	}
}

func aQueryOnlyReads(t *testing.T, db string) {
	querytest.Do(t, db, `create table people (id int)`)
	for sql, want := range map[string]string{
		"delete from people": "answers no rows",
		"with x as (delete from people returning id) select * from x": "",
		"select 1; delete from people":                                "multiple commands",
		"select * from nobody":                                        `relation "nobody" does not exist`,
		"selec 1":                                                     "syntax error",
		"select 'ada@example.com'::int as n":                          "SQLSTATE 22P02",
	} {
		var out bytes.Buffer
		_, err := source(t, db, sql, "").Fetch(t.Context(), query.Place{}, 0, &out, nil)
		if err == nil || !strings.Contains(err.Error(), want) && !strings.Contains(err.Error(), "syntax error") || strings.Contains(err.Error(), "ada@") {
			t.Errorf("%s: %v, want %q", sql, err, want)
		}
	}
	if _, err := source(t, db, "select 1 as a", "b").Fetch(t.Context(), query.Place{}, 0, new(bytes.Buffer), nil); err == nil || !strings.Contains(err.Error(), `no column "b"`) {
		t.Errorf("a cursor that is not there: %v", err)
	}
}

func TestNoPasswordStandsInAnError(t *testing.T) {
	for _, address := range []string{"postgres://u:sesame@127.0.0.1:1/shop", "postgres://u:sesame@[/shop", "host=127.0.0.1 port=x password=sesame"} {
		s, err := query.New(address, "select 1", "")
		if err == nil {
			_, err = s.Fetch(t.Context(), query.Place{}, 0, new(bytes.Buffer), nil)
		}
		if err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
