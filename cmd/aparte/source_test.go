package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte/exchange/querytest"
	sources "github.com/aparte-dev/aparte/exchange/source"
)

// sourceNow is the one source of a server, once it is as somebody waits for it to be.
func sourceNow(c child, what string, is func(*sources.State) bool) (found sources.State) {
	c.t.Helper()
	c.eventually(what, func() bool {
		told := read[struct {
			Sources []sources.State `json:"sources"`
		}](c, testSecretKey, "/v1/admin/sources")
		if len(told.Sources) == 1 {
			found = told.Sources[0]
		}
		return is(&found)
	})
	return found
}

// A server is killed while it brings rows in, and started again: each person of the query was told of once, what was set aside is to be seen, and
// nobody has read the address of the database.
func TestAServerAsksADatabaseOnAScheduleWhateverHappens(t *testing.T) {
	db := querytest.Start(t)
	t.Setenv("APARTE_SOURCE_CRM", db)
	querytest.Do(t, db, crmTable,
		`insert into crm (customer, city, updated_at) select 'c-' || i, 'Bath', timestamptz '2026-03-01' + i * interval '1 minute' from generate_series(1, 20000) i`,
		`insert into crm (customer, city, updated_at) values ('', 'Bath', timestamptz '2026-03-01 02:30:30')`)
	store := data(t)
	c := serve(t, store)
	c.must(http.StatusCreated, "PUT", "/v1/admin/sources/crm", testSecretKey, []byte(`{"address": "env:APARTE_SOURCE_CRM", "brings": "people", "cursor": "updated_at", "every": "15m",
		"query": "select customer, city, updated_at from crm", "map": {"document": {"userId": "$customer", "traits": {"city": "$city"}}}}`))
	c.eventually("somebody comes in", func() bool {
		a, err := c.ask("GET", "/v1/admin/people/c-700", testSecretKey, nil)
		return err == nil && a.status == http.StatusOK
	})
	c.kill()

	c = serve(t, store)
	got := sourceNow(c, "it is read", func(s *sources.State) bool { return !s.Last.Ended.IsZero() })
	if got.Total.Rows != 20001 || got.Total.Aside != 1 || got.Total.Taken+got.Total.Repeated != 20000 || got.Total.Repeated == 0 {
		t.Errorf("after it was killed: %+v", got.Total)
	}
	t.Logf("%d of 20,000 rows had come in before it was killed", got.Total.Repeated)
	for _, id := range []string{"c-1", "c-700", "c-20000"} {
		if told := read[struct {
			Events []json.RawMessage `json:"events"`
		}](c, testSecretKey, "/v1/admin/people/"+id+"/events"); len(told.Events) != 1 {
			t.Errorf("%s has %d events, want 1", id, len(told.Events))
		}
	}
	querytest.Do(t, db, `update crm set city = 'York', updated_at = timestamptz '2026-04-01' where customer = 'c-7'`)
	c.must(http.StatusAccepted, "POST", "/v1/admin/sources/crm/run", testSecretKey, nil)
	got = sourceNow(c, "it is read", func(s *sources.State) bool { return s.Last.Rows == 2 })
	if diff := cmp.Diff(sources.Counts{Rows: 2, Taken: 1, Repeated: 1}, got.Last.Counts); diff != "" {
		t.Errorf("run now (-want +got):\n%s", diff)
	}
	aside := string(c.must(http.StatusOK, "GET", "/v1/admin/quarantine?source=query/crm", testSecretKey, nil).body)
	if !strings.Contains(aside, "row 151: ") || !strings.Contains(aside, `"customer"`) {
		t.Errorf("set aside is %s", aside)
	}
	plan := string(c.must(http.StatusOK, "GET", "/v1/admin/quality", testSecretKey, nil).body)
	if !strings.Contains(plan, `"source":"query/crm"`) {
		t.Errorf("where events come from is %s", plan)
	}
	shown := string(c.must(http.StatusOK, "GET", "/v1/admin/sources", testSecretKey, nil).body)
	if host := strings.Fields(db)[0]; strings.Contains(shown+c.output(), host) {
		t.Error("the address of the database is told")
	}
	c.must(http.StatusForbidden, "GET", "/v1/admin/sources", testWriteKey, nil)
	c.interrupt()

	cities := map[string]int{}
	for _, p := range exported(t, store, "people", "ndjson") {
		cities[p["traits"].(map[string]any)["city"].(string)]++
	}
	if cities["Bath"] != 19999 || cities["York"] != 1 {
		t.Errorf("people live in %v", cities)
	}
}

// What is read whole makes way for what was said before.
func TestCostsAndItemsComeFromAQuery(t *testing.T) {
	db := querytest.Start(t)
	t.Setenv("APARTE_SOURCE_ERP", db)
	querytest.Do(t, db, `create table spent (day date, channel text, amount int)`, `insert into spent values ('2026-03-01', 'google / cpc', 1200), ('2026-03-02', 'google / cpc', 900), ('2026-03-02', 'meta / paid', -1)`,
		`create table items (id text, name text, price text, stock int)`, `insert into items values ('tea-1', 'Assam', '12.50', 5), ('tea-2', 'Darjeeling', 'dear', 5)`)
	c := serve(t, data(t))
	putBrand(c, bareBrand())
	for kind, want := range map[string]sources.Counts{
		"costs":     {Rows: 3, Taken: 2, Aside: 1},
		"catalogue": {Rows: 2, Taken: 1, Aside: 1},
	} {
		query := map[string]string{"costs": "select * from spent", "catalogue": "select * from items"}[kind]
		c.must(http.StatusCreated, "PUT", "/v1/admin/sources/erp", testSecretKey, []byte(`{"address": "env:APARTE_SOURCE_ERP", "brings": "`+kind+`", "at": "03:30", "zone": "Europe/Paris", "query": "`+query+`"}`))
		c.must(http.StatusAccepted, "POST", "/v1/admin/sources/erp/run", testSecretKey, nil)
		got := sourceNow(c, "it is read", func(s *sources.State) bool { return s.Failures > 0 || !s.Last.Ended.IsZero() })
		if diff := cmp.Diff(want, got.Last.Counts); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%+v", kind, diff, got)
		}
		c.must(http.StatusAccepted, "POST", "/v1/admin/sources/erp/run", testSecretKey, nil)
		sourceNow(c, "it is read", func(s *sources.State) bool { return s.Total.Rows == 2*want.Rows })
		c.must(http.StatusOK, "DELETE", "/v1/admin/sources/erp", testSecretKey, nil)
	}
	costs := string(c.must(http.StatusOK, "GET", "/v1/admin/costs?from=2026-03-01&until=2026-03-03", testSecretKey, nil).body)
	if strings.Count(costs, `"google / cpc"`) != 2 {
		t.Errorf("costs are %s", costs)
	}
	if items := string(c.must(http.StatusOK, "GET", "/v1/admin/catalogue", testSecretKey, nil).body); !strings.Contains(items, "tea-1") || strings.Contains(items, "tea-2") {
		t.Errorf("items are %.500s", items)
	}
}
