package profile

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

const data = "../../shared/data"

// open opens a gzipped file of the data, or skips the test where the data is not there.
func open(t *testing.T, path string) io.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join(data, path))
	if err != nil {
		t.Skipf("%s is not here: the test needs the shared data beside the repository", path)
	}
	t.Cleanup(func() { f.Close() })
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// purchases replays eight months of a real shop's sales as events: an order an invoice, and a view of
// each thing bought before; of one customer in ten.
func purchases(t *testing.T) (people map[string]aparte.Person, revenue int64) {
	t.Helper()
	rows := csv.NewReader(open(t, "online-retail/lines_2010-12_2011-08.csv.gz"))
	if _, err := rows.Read(); err != nil {
		t.Fatal(err)
	}
	people = map[string]aparte.Person{}
	apply := func(customer string, e *aparte.Event) {
		p := people[customer]
		e.UserID = customer
		p = Apply(p, e, Identifiers(e), nil, "GBP")
		p.RecentIDs = append(p.RecentIDs, uint64(len(p.RecentIDs))<<50)
		p.RecentIDs = p.RecentIDs[max(0, len(p.RecentIDs)-aparte.MaxRecentIDs):]
		people[customer] = p
	}
	var customer, invoice string
	var at time.Time
	var lines []string
	flush := func() {
		if len(lines) > 0 {
			apply(customer, track(at, orderCompleted, fmt.Sprintf(`{"order_id": "%s of %s", "products": [%s]}`, invoice, at, strings.Join(lines, ","))))
		}
		lines = lines[:0]
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			flush()
			return people, revenue
		}
		if err != nil {
			t.Fatal(err)
		}
		when, err := time.Parse("2006-01-02 15:04:05", row[4])
		if err != nil {
			t.Fatal(err)
		}
		if row[0] != invoice || row[6] != customer || !when.Equal(at) {
			flush()
			invoice, customer, at = row[0], row[6], when
		}
		quantity, price := parseDecimal([]byte(row[3])), parseDecimal([]byte(row[5]))
		pence, ok := price.minor("GBP")
		if !strings.HasSuffix(customer, "7") || quantity.negative || strings.HasPrefix(invoice, "C") || !ok || len(lines) == maxProducts {
			continue
		}
		revenue += pence * quantity.quantity()
		product := fmt.Sprintf(`{"product_id": %q, "category": %q, "price": %s, "quantity": %s}`, row[1], row[1][:min(2, len(row[1]))], row[5], row[3])
		apply(customer, track(at.Add(-time.Minute), productViewed, product))
		lines = append(lines, product)
	}
}

// The record of a real shopper stays small, and no penny of what they spent is lost.
func TestRealShoppers(t *testing.T) {
	people, want := purchases(t)
	var sizes []int
	var revenue int64
	for _, p := range people {
		p.ID = aparte.PersonID{1, 2, 3}
		revenue += p.Orders.Revenue.Amount
		b := Encode(nil, &p)
		sizes = append(sizes, len(b))
		read, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if d := diff(p, read, exact); d != "" {
			t.Fatal("(-written +read)\n", d)
		}
	}
	slices.Sort(sizes)
	median, largest := sizes[len(sizes)/2], sizes[len(sizes)-1]
	t.Logf("%d people, median record %d bytes, 99 in 100 below %d, largest %d", len(sizes), median, sizes[len(sizes)*99/100], largest)
	if median > 2<<10 {
		t.Errorf("the median record takes %d bytes, want at most 2 KB", median)
	}
	if revenue != want {
		t.Errorf("revenue %d pence, want %d", revenue, want)
	}
}

// What Segment's own SDKs send is understood.
func TestCapturedEvents(t *testing.T) {
	for file, want := range map[string]string{
		"node-basic":   "anonymousId:anon-1 email:ann@example.com userId:u-1 userId:ユーザー-2 | 25.00 USD | Europe/London en-GB mobile | gold",
		"web-standard": "anonymousId:w-1 email:web@example.com userId:w-1 | 25.00 USD | UTC en-US desktop | free",
	} {
		scanner := bufio.NewScanner(open(t, "sdk-segment/"+file+".jsonl.gz"))
		scanner.Buffer(nil, 1<<20)
		var p aparte.Person
		for scanner.Scan() {
			for _, e := range captured(t, scanner.Bytes()) {
				p = Apply(p, &e, Identifiers(&e), nil, "USD")
			}
		}
		ids := []string{}
		for _, id := range p.Identifiers {
			if len(id.Value) < 36 && id.Value != "u-3" && id.Value != "anon-2" { // random ones, and others' on the same recording
				ids = append(ids, id.String())
			}
		}
		plan, _ := p.Trait("plan")
		got := fmt.Sprintf("%s | %s | %s %s %s | %s", strings.Join(ids, " "), p.Orders.Revenue, p.Zone, p.Locale, p.Device, plan.Value)
		if got != want {
			t.Errorf("%s:\n%s, want\n%s", file, got, want)
		}
	}
}

// captured are the events of one recorded request.
func captured(t *testing.T, line []byte) []aparte.Event {
	t.Helper()
	type message struct {
		Type, UserID, AnonymousID, PreviousID, GroupID, Event, Name string
		Timestamp                                                   time.Time
		Properties, Traits, Context                                 json.RawMessage
	}
	var request struct {
		Body json.RawMessage
	}
	var batch struct{ Batch []message }
	if err := json.Unmarshal(line, &request); err != nil {
		t.Fatal(err)
	}
	if len(request.Body) == 0 || request.Body[0] != '{' {
		return nil
	}
	if err := json.Unmarshal(request.Body, &batch); err != nil {
		t.Fatal(err)
	}
	if batch.Batch == nil {
		batch.Batch = make([]message, 1)
		if err := json.Unmarshal(request.Body, &batch.Batch[0]); err != nil {
			t.Fatal(err)
		}
	}
	var events []aparte.Event
	for _, m := range batch.Batch {
		events = append(events, aparte.Event{
			Type: aparte.EventType(m.Type), UserID: m.UserID, AnonymousID: m.AnonymousID, PreviousID: m.PreviousID, GroupID: m.GroupID,
			Name: m.Event, Properties: m.Properties, Traits: m.Traits, Context: m.Context, Timestamp: m.Timestamp,
		})
	}
	return events
}
