package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/querytest"
)

// The CRM of these tests: who has no e-mail address and no number is set aside.
const crmTable = `create table crm (n serial primary key, customer text, city text, updated_at timestamptz)`

func TestAQueryIsASourceThatGoesOnWhereItWas(t *testing.T) {
	db := querytest.Start(t)
	querytest.Do(t, db, crmTable,
		`insert into crm (customer, city, updated_at) select 'c-' || i, 'Bath', timestamptz '2026-03-01' + i * interval '1 minute' from generate_series(1, 250) i`,
		`insert into crm (customer, city, updated_at) values ('', 'Bath', timestamptz '2026-03-01 02:30:30')`)
	store, place := data(t), filepath.Join(t.TempDir(), "place.json")
	args := []string{"people", "--from", db, "--query", "select customer, city, updated_at from crm", "--set", "userId=$customer", "--set", "traits.city=$city",
		"--cursor", "updated_at", "--chunk", "100", "--resume", place}

	r := imported(t, store, args...)
	if r.Rows != 251 || r.Taken != 250 || r.Aside != 1 || r.Repeated != 0 || len(r.Reasons) != 1 || r.Reasons[0].First != "query:151" {
		t.Errorf("first: %+v", r)
	}
	if r := imported(t, store, args...); r.Rows != 1 || r.Repeated != 1 { // the last, for there may be more of its time
		t.Errorf("again: %+v", r)
	}
	querytest.Do(t, db, `update crm set city = 'York', updated_at = timestamptz '2026-04-01' where customer = 'c-7'`)
	if r := imported(t, store, args...); r.Rows != 2 || r.Repeated != 1 || r.Taken != 1 {
		t.Errorf("after a change: %+v", r)
	}
	cities := map[string]int{}
	for _, p := range exported(t, store, "people", "ndjson") {
		cities[p["traits"].(map[string]any)["city"].(string)]++
	}
	if cities["Bath"] != 249 || cities["York"] != 1 {
		t.Errorf("people live in %v", cities)
	}
	body, err := os.ReadFile(place)
	if err != nil || !strings.Contains(string(body), `"2026-04-01 00:00:00+00"`) {
		t.Errorf("the place is %s (%v)", body, err)
	}

	for want, more := range map[string][]string{
		"is not where this query":              {"people", "--from", db, "--query", "select 1 as updated_at", "--cursor", "updated_at", "--resume", place},
		"--every needs --cursor":               {"people", "--from", db, "--query", "select 1 as userId", "--every", "1m"},
		"--cursor and --resume go together":    {"people", "--from", db, "--query", "select 1 as userId", "--cursor", "userId"},
		"--from needs --query":                 {"people", "--from", db},
		"name files or a database":             {"people", place, "--from", db, "--query", "select 1"},
		"query:1: customer_id: no such column": {"people", "--from", db, "--query", "select 1 as customer", "--set", "userId=$customer_id"},
		"cannot be reached":                    {"people", "--from", "postgres://u:sesame@127.0.0.1:1/x", "--query", "select 1"},
		"name a file, or a database by --from": {"events"},
		"--cursor is not for a catalogue":      {"catalogue", "--from", db, "--query", "select 1", "--cursor", "a"},
	} {
		s := command(t, "", append(append([]string{"import"}, more...), "--data", store, "--aside", filepath.Join(t.TempDir(), "a"))...)
		if s.exit == 0 || !strings.Contains(s.notes, want) || strings.Contains(s.notes, "sesame") {
			t.Errorf("%v: exit %d, said %q, want %q", more, s.exit, s.notes, want)
		}
	}
	onASchedule(t, db)
}

// onASchedule asks through a server until it is told to stop.
func onASchedule(t *testing.T, db string) {
	c := serve(t, data(t))
	cmd := exec.Command(os.Args[0], "import", "people", "--from", db, "--query", `select customer as "userId", city, updated_at from crm`, "--cursor", "updated_at",
		"--resume", filepath.Join(t.TempDir(), "place.json"), "--every", "1s", "--url", c.base, "--write-key", testWriteKey, "--json", "--aside", filepath.Join(t.TempDir(), "a"))
	cmd.Env = append(os.Environ(), asCommand+"=1")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	rounds := json.NewDecoder(out)
	until := func(taken int) {
		t.Helper()
		for {
			var r load.Result
			if err := rounds.Decode(&r); err != nil {
				t.Fatal(err)
			}
			if r.Taken == taken {
				return
			}
		}
	}
	until(250)
	querytest.Do(t, db, `insert into crm (customer, city, updated_at) values ('late', 'Hull', timestamptz '2026-05-01')`)
	until(1)
	c.must(http.StatusOK, "GET", "/v1/admin/people/late", testSecretKey, nil)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("interrupted: %v", err)
	}
}
