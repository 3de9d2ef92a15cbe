package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte/exchange/dump"
	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/store/pebble"
)

// imported runs an import to its end, and gives its counts.
func imported(t *testing.T, data string, args ...string) load.Result {
	t.Helper()
	return decoded[load.Result](t, []byte(ran(t, append([]string{"import"}, append(args, "--data", data, "--json", "--aside", filepath.Join(data, "..", "aside.ndjson"))...)...).out))
}

// ran runs a command that must end well.
func ran(t *testing.T, args ...string) ended {
	t.Helper()
	s := command(t, "", args...)
	if s.exit != 0 {
		t.Fatalf("%v: exit status %d: %s", args, s.exit, s.notes)
	}
	return s
}

// exported is what an export writes, read again.
func exported(t *testing.T, data, kind, format string, more ...string) []map[string]any {
	t.Helper()
	to := filepath.Join(t.TempDir(), "out."+format)
	ran(t, append([]string{"export", kind, to, "--data", data, "--granted-by", "test"}, more...)...)
	r, closer, err := record.Open(to, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	var out []map[string]any
	for {
		rec, err := r.Next()
		if err != nil {
			break
		}
		out = append(out, decoded[map[string]any](t, rec.JSON()))
	}
	return out
}

func data(t *testing.T) string { return filepath.Join(t.TempDir(), "data") }

func mapNamed(name string) string { return filepath.Join("..", "..", "docs", "maps", name) }

// reasons are the rows set aside, by field.
func reasons(r load.Result) map[string]int {
	out := map[string]int{}
	for _, reason := range r.Reasons {
		out[reason.Field] += reason.Rows
	}
	return out
}

// The figures are those of ../shared/data/online-retail/SOURCE.md.
func TestOnlineRetailIsImportedWithTheCountsOfItsSource(t *testing.T) {
	if underRace {
		t.Skip("takes minutes under the race detector: .ci/run runs it without")
	}
	store := data(t)
	args := []string{"events", "--map", mapNamed("online-retail.json"), shared(t, "online-retail/lines_2010-12_2011-08.csv.gz")}
	got := imported(t, store, args...)
	want := load.Result{
		Rows: 320705, Taken: 226467, Aside: 320705 - 226467, Events: load.Tally{Taken: 11413}, Reasons: got.Reasons,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantAside := map[string]int{"CustomerID": 320705 - 232053, "InvoiceNo": 5565, "UnitPrice": 21}
	if diff := cmp.Diff(wantAside, reasons(got)); diff != "" {
		t.Error(diff)
	}
	if n := linesOf(t, filepath.Join(store, "..", "aside.ndjson")); n != got.Aside {
		t.Errorf("%d lines are set aside, want %d", n, got.Aside)
	}
	revenue := 0.0
	for _, p := range exported(t, store, "people", "ndjson") {
		revenue += p["revenue"].(float64)
	}
	if revenue != 523924056 {
		t.Errorf("revenue is %.0f pence, want 523924056", revenue)
	}
	again := imported(t, store, args...)
	if again.Taken != 0 || again.Repeated != 226467 || again.Events.Repeated != 11413 {
		t.Errorf("imported again: %+v", again)
	}
}

// The figures are those of ../shared/data/complete-journey/SOURCE.md.
func TestCompleteJourneyIsImportedWithTheCountsOfItsSource(t *testing.T) {
	if underRace {
		t.Skip("takes minutes under the race detector: .ci/run runs it without")
	}
	dir := filepath.Dir(shared(t, "complete-journey/transactions_sample.csv.gz"))
	in := func(name string) string { return filepath.Join(dir, name) }
	store := data(t)
	for _, c := range []struct {
		rows, events int
		args         []string
	}{
		{75000, 47243, []string{"events", "--map", mapNamed("complete-journey-baskets.json"), in("transactions_sample.csv.gz")}},
		{6589, 6589, []string{"events", "--map", mapNamed("complete-journey-campaigns.json"), "--join", "campaign_id=" + in("campaign_descriptions.csv.gz"), in("campaigns.csv.gz")}},
		{2102, 2102, []string{"events", "--map", mapNamed("complete-journey-redemptions.json"), in("coupon_redemptions.csv.gz")}},
		{801, 801, []string{"people", "--map", mapNamed("complete-journey-people.json"), in("demographics.csv.gz")}},
	} {
		got := imported(t, store, c.args...)
		if want := (load.Result{Rows: c.rows, Taken: c.rows, Events: load.Tally{Taken: c.events}, Reasons: got.Reasons}); got.Aside != 0 || !cmp.Equal(want, got) {
			t.Errorf("%v: %s", c.args, cmp.Diff(want, got))
		}
	}
	revenue, households := 0.0, 0
	for _, p := range exported(t, store, "people", "ndjson") {
		if p["orders"].(float64) > 0 {
			households++
		}
		revenue += p["revenue"].(float64)
	}
	if revenue != 23393524 || households != 2377 {
		t.Errorf("%d households bought for %.0f cents, want 2377 and 23393524", households, revenue)
	}
}

func linesOf(t *testing.T, path string) (n int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewReaderSize(f, 1<<20); ; n++ {
		if _, err := lines.ReadBytes('\n'); err != nil {
			return n
		}
	}
}

// faulty is a few events as files have them, with every fault that a row can have.
const faulty = `type,userId,event,timestamp,properties.order_id,properties.revenue
track,u1,Order Completed,2026-05-01T10:00:00Z,o1,19.90
track,u2,Order Completed,05/06/2026,o2,5
track,u3,Order Completed,"Jun 5, 2026",o3,7
track,,Order Completed,2026-05-01,o4,7
track,u5,,2026-05-01,o5,7
track,u6,Order Completed,2026-05-01
track,u7,Order Completed,2026-05-01,"o7,7
track,u8,Order Completed,yesterday,o8,7
track,u9,Order Completed,2126-05-01,o9,7
track,J` + "\xe9" + `r,Order Completed,2026-05-01,o10,7
track,u1,Order Completed,2026-05-01T10:00:00Z,o1,19.90
`

func TestEveryFaultHasItsLineAndGoodRowsAreKept(t *testing.T) {
	path := file(t, "shop.csv", faulty)
	aside := filepath.Join(t.TempDir(), "aside.ndjson")
	s := command(t, "", "import", "events", path, "--data", data(t), "--aside", aside)
	if s.exit != 0 {
		t.Fatalf("exit status %d: %s", s.exit, s.notes)
	}
	if want := "11 rows read: 3 taken in 3 events, 0 repeated in 0, 8 set aside\n"; !strings.HasPrefix(s.out, want) {
		t.Errorf("said %s", s.out)
	}
	body, err := os.ReadFile(aside)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range bytes.Lines(body) {
		var row struct {
			Aside struct {
				File, Field, Reason, Text string
				Line                      int
			} `json:"_aside"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		a := row.Aside
		got = append(got, fmt.Sprintf("%s:%d: %s: %s %s", filepath.Base(a.File), a.Line, a.Field, a.Reason, a.Text))
	}
	want := []string{
		"shop.csv:3: timestamp: day and month in figures: say --date-format dmy or mdy, which comes first ",
		"shop.csv:5: userId: empty: the record names nobody ",
		"shop.csv:6: event: empty: the name of what happened ",
		"shop.csv:7: properties.order_id: missing: the row has 4 fields, the header 6 track,u6,Order Completed,2026-05-01",
		"shop.csv:8: row: a quote out of place (line 8, byte 37): a quoted field begins and ends with one, and doubles those within track,u7,Order Completed,2026-05-01,\"o7,7",
		"shop.csv:9: timestamp: not a date such as 2006-01-02 or 2006-01-02T15:04:05Z ",
		"shop.csv:10: timestamp: lies in the future ",
		"shop.csv:11: userId: not UTF-8: it may be ISO 8859-1 or Windows-1252; write the file as UTF-8 track,Jér,Order Completed,2026-05-01,o10,7",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasSetAsideIsSentAgainOnceItIsCorrected(t *testing.T) {
	store, aside := data(t), filepath.Join(t.TempDir(), "aside.ndjson")
	ran(t, "import", "events", file(t, "shop.csv", faulty), "--data", store, "--aside", aside)
	got := imported(t, store, "events", "--date-format", "dmy", aside)
	if got.Rows != 8 || got.Taken != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWhereNothingWasTakenInTheCommandFails(t *testing.T) {
	for name, c := range map[string]struct {
		file, text, want string
		args             []string
	}{
		"an empty file":      {"e.csv", "", "e.csv:1: header: the file is empty", nil},
		"a missing column":   {"e.csv", "who,when\nu1,2026-05-01\n", "CustomerID, InvoiceDate, InvoiceNo, Quantity, StockCode, UnitPrice: no such column; there are who, when", []string{"--map", mapNamed("online-retail.json")}},
		"another encoding":   {"e.csv", "\xff\xfeu\x00,\x00", "e.csv:1: file: the text is UTF-16", nil},
		"nothing but asides": {"e.csv", "type,userId\ntrack,u1\n", "aparte: nothing was taken in", nil},
		"no known format":    {"e.xyz", "a\n", "e.xyz:1: file: its name tells no format", nil},
		"a broken pack":      {"e.csv.gz", "\x1f\x8bnothing", "file: unpack", nil},
		"a broken map":       {"e.csv", "a\n1\n", "/dokument", []string{"--map", file(t, "map.json", `{"dokument": {}}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, c.file, c.text)
			s := command(t, "", append([]string{"import", "events", path, "--data", data(t), "--aside", path + ".aside"}, c.args...)...)
			if s.exit != 1 || !strings.Contains(s.notes, c.want) {
				t.Errorf("exit status %d: %s", s.exit, s.notes)
			}
		})
	}
}

func TestAFileThatIsCutOffIsSaidSoAndWhatItHasIsKept(t *testing.T) {
	var text strings.Builder
	text.WriteString("userId,event,timestamp\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "u%d,Visit,2026-05-01T00:00:%02dZ\n", i*7919%5000, i%60)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(text.String())); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	store := data(t)
	path := file(t, "visits.csv.gz", packed.String()[:packed.Len()*3/4])
	s := command(t, "", "import", "events", path, "--data", store, "--json", "--aside", path+".aside")
	if s.exit != 1 || !strings.Contains(s.notes, "a file cannot be read to its end") || !strings.Contains(s.notes, "unexpected EOF") {
		t.Errorf("exit status %d: %s", s.exit, s.notes)
	}
	got := decoded[load.Result](t, []byte(s.out))
	if got.Taken < 2000 || got.Taken != got.Rows-got.Aside || got.Aside > 1 || len(exported(t, store, "events", "ndjson")) != got.Taken {
		t.Errorf("%+v", got)
	}
}

// What is exported and imported elsewhere is the same there: every event, to the byte of what it says.
func TestExportedEventsAreTheSameElsewhere(t *testing.T) {
	from := data(t)
	events := `{"type":"identify","messageId":"m1","userId":"u1","traits":{"city":"Lyon","age":41,"email":"ann@example.com"},"timestamp":"2026-05-01T10:00:00.123Z"}
{"type":"page","messageId":"m2","anonymousId":"a1","name":"Home","properties":{"url":"https://shop.example/?a=b,c\"d"},"context":{"locale":"fr-FR"},"timestamp":"2026-05-01T11:00:00Z"}
{"type":"track","event":"Order Completed","userId":"u1","properties":{"order_id":"o1","revenue":19.9,"products":[{"product_id":"é","quantity":2}]},"timestamp":"2026-05-02T10:00:00Z"}
{"type":"alias","messageId":"m4","previousId":"a1","userId":"u1","timestamp":"2026-05-03T10:00:00Z"}
{"type":"group","messageId":"m5","groupId":"g1","userId":"u2","traits":{"name":"Guild"},"timestamp":"2026-05-03T10:00:00Z"}
`
	if got := imported(t, from, "events", file(t, "events.ndjson", events)); got.Taken != 5 {
		t.Fatalf("%+v", got)
	}
	want := rowsOf(exported(t, from, "events", "ndjson", "--identifiers"), "person", "seq", "receivedAt", "source")
	people := rowsOf(exported(t, from, "people", "ndjson", "--identifiers"), "id", "goodwill", "counters", "affinities", "lifecycle")
	if len(want) != 5 || len(people) != 2 {
		t.Fatalf("%d events of %d people", len(want), len(people))
	}
	for _, format := range []string{"ndjson", "csv", "parquet"} {
		file, to := filepath.Join(t.TempDir(), "events."+format), data(t)
		ran(t, "export", "events", file, "--data", from, "--identifiers")
		if got := imported(t, to, "events", file); got.Taken != 5 || got.Aside != 0 {
			t.Errorf("%s: %+v", format, got)
		}
		got := rowsOf(exported(t, to, "events", "ndjson", "--identifiers"), "person", "seq", "receivedAt", "source")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", format, diff)
		}
		if diff := cmp.Diff(people, rowsOf(exported(t, to, "people", "ndjson", "--identifiers"), "id", "goodwill", "counters", "affinities", "lifecycle")); diff != "" {
			t.Errorf("%s:\n%s", format, diff)
		}
	}
}

// rowsOf are rows without some of their members, in an order of their own.
func rowsOf(rows []map[string]any, without ...string) []string {
	var out []string
	for _, row := range rows {
		maps.DeleteFunc(row, func(name string, _ any) bool { return slices.Contains(without, name) })
		b, err := json.Marshal(row)
		if err != nil {
			panic(err)
		}
		out = append(out, string(b))
	}
	slices.Sort(out)
	return out
}

func TestExportedPeopleAreTheSameElsewhere(t *testing.T) {
	from := data(t)
	imported(t, from, "people", file(t, "crm.csv", "userId,email,city,age\nu1,ann@example.com,Lyon,41\nu2,,Paris,\n,zoe@example.com,Nice,7\n"))
	want := rowsOf(exported(t, from, "people", "ndjson", "--identifiers"), "id", "goodwill", "lifecycle", "firstSeen", "lastSeen")
	if len(want) != 3 {
		t.Fatalf("%d people", len(want))
	}
	for _, format := range []string{"ndjson", "csv", "parquet"} {
		file, to := filepath.Join(t.TempDir(), "people."+format), data(t)
		ran(t, "export", "people", file, "--data", from, "--identifiers")
		imported(t, to, "people", "--map", mapNamed("exported-people.json"), file)
		if diff := cmp.Diff(want, rowsOf(exported(t, to, "people", "ndjson", "--identifiers"), "id", "goodwill", "lifecycle", "firstSeen", "lastSeen")); diff != "" {
			t.Errorf("%s:\n%s", format, diff)
		}
	}
}

func TestNobodyIsNamedInAnExportUnlessItIsAsked(t *testing.T) {
	store := data(t)
	imported(t, store, "people", file(t, "crm.csv", "userId,email,firstName,city\nsecret-1,ann@example.com,Ann,Lyon\n"))
	imported(t, store, "events", file(t, "e.ndjson", `{"type":"track","event":"Asked","userId":"secret-1","properties":{"email":"ann@example.com","about":"tea","to":"bob@example.com"},"context":{"ip":"1.2.3.4"},"timestamp":"2026-05-01"}`))
	for kind, keeps := range map[string]string{"people": "Lyon", "events": "tea"} {
		text := fmt.Sprint(exported(t, store, kind, "ndjson"))
		for _, name := range []string{"secret-1", "ann@", "Ann", "bob", "1.2.3.4"} {
			if strings.Contains(text, name) {
				t.Errorf("%s tell %s: %s", kind, name, text)
			}
		}
		if !strings.Contains(text, keeps) {
			t.Errorf("%s do not tell %s: %s", kind, keeps, text)
		}
	}
}

func TestAnImportThroughAServerGoesOnWhereItWasInterrupted(t *testing.T) {
	c := serve(t, data(t))
	var text strings.Builder
	text.WriteString("userId,event,timestamp\n")
	for i := range 1200 {
		fmt.Fprintf(&text, "u%d,Visit,2026-05-01T%02d:%02d:00Z\n", i%50, i/60, i%60)
	}
	path, state := file(t, "visits.csv", text.String()), filepath.Join(t.TempDir(), "state")
	args := []string{"import", "events", path, "--url", c.base, "--write-key", testWriteKey, "--resume", state, "--json"}
	first := decoded[load.Result](t, []byte(ran(t, args...).out))
	if first.Taken != 1200 || first.Resumed != 0 {
		t.Fatalf("%+v", first)
	}
	// A state as an interruption leaves it: one batch is noted, another half written.
	whole, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	cut := append(bytes.Join(lines[:2], nil), lines[2][:5]...)
	if err := os.WriteFile(state, cut, 0o600); err != nil {
		t.Fatal(err)
	}
	again := decoded[load.Result](t, []byte(ran(t, args...).out))
	if again.Resumed != 500 || again.Taken != 500 || again.Repeated != 700 {
		t.Errorf("%+v", again)
	}
	if err := os.WriteFile(path, []byte("userId,event,timestamp\nu1,Visit,2026-05-01\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := command(t, "", args...); s.exit != 1 || !strings.Contains(s.notes, "is the state of another load") {
		t.Errorf("exit status %d: %s", s.exit, s.notes)
	}
}

func TestWhatThirdPartiesSayIsKeptAsBoughtInOfWhoIsKnown(t *testing.T) {
	store := data(t)
	imported(t, store, "events", file(t, "e.ndjson",
		`{"type":"identify","userId":"u1","traits":{"email":"ann@example.com","city":"Lyon"},"timestamp":"2026-05-02"}`))
	got := imported(t, store, "attributes", "--at", "2026-05-01T00:00:00Z",
		file(t, "bought.csv", "email,city,income\nann@example.com,Paris,3\nstranger@example.com,Nice,1\n"))
	if got.Taken != 1 || got.Aside != 1 || got.Reasons[0].Field != "email" {
		t.Errorf("%+v", got)
	}
	people := exported(t, store, "people", "ndjson", "--identifiers")
	if len(people) != 1 {
		t.Fatalf("%d people", len(people))
	}
	want := map[string]any{"city": "Lyon", "email": "ann@example.com", "income": "3"}
	if diff := cmp.Diff(any(want), people[0]["traits"]); diff != "" {
		t.Error(diff)
	}
	wantFrom := map[string]any{"city": "declared", "email": "declared", "income": "bought_in"}
	if diff := cmp.Diff(any(wantFrom), people[0]["provenances"]); diff != "" {
		t.Error(diff)
	}
}

func TestAnExportThroughAServerGoesOnBehindTheFilesThatAreDone(t *testing.T) {
	c := serve(t, data(t))
	path := file(t, "e.csv", "userId,event,timestamp\nu1,Visit,2026-05-01\nu2,Visit,2026-05-01\nu3,Visit,2026-05-01\n")
	ran(t, "import", "events", path, "--url", c.base, "--write-key", testWriteKey)
	dir := filepath.Join(t.TempDir(), "out")
	args := []string{"export", "events", dir, "--split", "--format", "parquet", "--url", c.base, "--secret-key", testSecretKey, "--json"}
	if got := command(t, "", args...); got.exit != 1 || !strings.Contains(got.notes, "403") || !strings.Contains(got.notes, "file:files") {
		t.Fatalf("what is not granted: exit status %d, %s", got.exit, got.notes)
	}
	c.must(http.StatusOK, "PUT", "/v1/admin/destinations/file:files", testSecretKey, []byte(`{"host":"the analysts","purposes":["service"],"fields":["people","events"]}`))
	if got := decoded[dump.Result](t, []byte(ran(t, args...).out)); got != (dump.Result{Rows: 3, Files: pebble.DefaultParts}) {
		t.Fatalf("%+v", got)
	}
	list := filepath.Join(dir, "done.ndjson")
	whole, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(list, bytes.Join(bytes.SplitAfter(whole, []byte("\n"))[:pebble.DefaultParts/2], nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := decoded[dump.Result](t, []byte(ran(t, append(args, "--resume")...).out)); got.Rows != 3 || got.Files != pebble.DefaultParts {
		t.Errorf("%+v", got)
	}
	if s := command(t, "", args...); s.exit != 1 || !strings.Contains(s.notes, "there is an export here") {
		t.Errorf("exit status %d: %s", s.exit, s.notes)
	}
	c.must(http.StatusForbidden, "GET", "/v1/admin/export/people?part=0", testWriteKey, nil)
	c.must(http.StatusBadRequest, "GET", "/v1/admin/export/people?part="+strconv.Itoa(pebble.DefaultParts), testSecretKey, nil)
}
