package source_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/querytest"
	"github.com/aparte-dev/aparte/exchange/source"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// doors are a server that keeps events by their messageIds, and breaks off after so many batches where that is asked.
type doors struct {
	mu     sync.Mutex
	events map[string]string // messageId to user
	breaks int               // batches that are taken before; below 0: none is broken
	broken func()
}

func (d *doors) client(string) *load.Client {
	return &load.Client{Base: "http://inside", Key: "k", HTTP: &http.Client{Transport: d}, Wait: func(context.Context, time.Duration) error { return context.Canceled }}
}

// RoundTrip takes a batch in.
func (d *doors) RoundTrip(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.breaks == 0 {
		d.broken()
		return nil, errors.New("the process is gone")
	}
	d.breaks--
	var batch struct {
		Batch []struct{ MessageID, UserID string } `json:"batch"`
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &batch)
	}
	if err != nil {
		return nil, err
	}
	repeated := []int{}
	for i, e := range batch.Batch {
		if _, known := d.events[e.MessageID]; known {
			repeated = append(repeated, i)
		}
		d.events[e.MessageID] = e.UserID
	}
	answer, err := json.Marshal(map[string]any{"success": true, "repeated": repeated})
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(answer)), Request: r}, err
}

// shop is a PostgreSQL, the sources that ask it, and what came of it.
type shop struct {
	t         *testing.T
	db        string
	docs      store.Documents
	now       time.Time
	doors     *doors
	asideRows []source.Row
	logged    bytes.Buffer
	*source.Sources
}

func openShop(t *testing.T, db string) *shop {
	t.Helper()
	docs, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := docs.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &shop{t: t, db: db, docs: docs, now: time.Date(2030, 3, 1, 10, 0, 0, 0, time.UTC), doors: &doors{events: map[string]string{}, breaks: -1}}
	s.reopen()
	return s
}

// reopen is another life over the same documents.
func (s *shop) reopen() {
	s.t.Helper()
	var err error
	s.Sources, err = source.Open(s.t.Context(), source.Config{
		Documents: s.docs, Addresses: source.Addresses{Getenv: func(name string) string { return map[string]string{"APARTE_SOURCE_SHOP": s.db}[name] }},
		Temp: s.t.TempDir(), Chunk: 1000, Stepped: true, Now: func() time.Time { return s.now }, Logger: slog.New(slog.NewTextHandler(&s.logged, nil)),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Start(s.t.Context(), s.doors.client, func(_ context.Context, _ string, rows []source.Row) error {
		s.asideRows = append(s.asideRows, rows...)
		return nil
	})
	s.t.Cleanup(s.Close)
}

func (s *shop) put(one source.Source) {
	s.t.Helper()
	one.Enabled = true
	if one.Address == "" {
		one.Address = "env:APARTE_SOURCE_SHOP"
	}
	if one.Every == 0 && one.At == "" {
		one.Every = aparte.Duration(15 * time.Minute)
	}
	if _, err := s.Put(s.t.Context(), one); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) state() source.State {
	s.t.Helper()
	all := s.States()
	if len(all) != 1 {
		s.t.Fatalf("%d sources", len(all))
	}
	return all[0]
}

func (s *shop) step(after time.Duration) source.State {
	s.t.Helper()
	s.now = s.now.Add(after)
	s.Step(s.t.Context())
	return s.state()
}

func TestSourcesAskARealPostgreSQL(t *testing.T) {
	db := querytest.Start(t)
	for name, test := range map[string]func(*testing.T, *shop){
		"what is new comes in on a schedule":                   whatIsNewComesInOnASchedule,
		"each row comes in once wherever a run is broken off":  eachRowComesInOnceWhereverARunIsBrokenOff,
		"a row without a time of its own is known by its text": aRowWithoutATimeOfItsOwnIsKnownByItsText,
		"what goes wrong is told and tried again":              whatGoesWrongIsToldAndTriedAgain,
		"one that is declared otherwise begins again":          oneThatIsDeclaredOtherwiseBeginsAgain,
		"sources take turns":                                   sourcesTakeTurns,
	} {
		t.Run(name, func(t *testing.T) {
			querytest.Do(t, db, `drop table if exists crm`, `create table crm (n serial primary key, customer text, city text, updated_at timestamptz)`)
			test(t, openShop(t, db))
		})
	}
}

const people = `select customer as "userId", city, updated_at from crm`

func whatIsNewComesInOnASchedule(t *testing.T, s *shop) {
	querytest.Do(t, s.db, `insert into crm (customer, city, updated_at) select 'c-' || i, 'Bath', timestamptz '2026-02-01' + i * interval '1 minute' from generate_series(1, 250) i`,
		`insert into crm (customer, city, updated_at) values ('', 'Bath', timestamptz '2026-02-01 02:30:30'), ('c-nowhen', 'Bath', null)`)
	s.put(source.Source{ID: "crm", Query: people, Brings: source.People, Cursor: "updated_at"})
	got := s.step(0)
	want := source.Counts{Rows: 251, Taken: 250, Aside: 1}
	if diff := cmp.Diff(want, got.Last.Counts); diff != "" || got.Running || got.Last.Unkept != 1 || got.Refused != "" || !got.Next.Equal(s.now.Add(15*time.Minute)) {
		t.Fatalf("(-want +got):\n%s\n%+v", diff, got)
	}
	if len(got.Last.Reasons) != 1 || got.Last.Reasons[0].Rows != 1 || got.Last.Reasons[0].First != "row:151" {
		t.Errorf("reasons %+v", got.Last.Reasons)
	}
	if len(s.asideRows) != 1 || s.asideRows[0].Line != 151 || !strings.Contains(string(s.asideRows[0].Body), `"city":"Bath"`) || strings.Contains(string(s.asideRows[0].Body), "_aside") {
		t.Errorf("set aside %+v, %s", s.asideRows, s.asideRows[0].Body)
	}
	querytest.Do(t, s.db, `update crm set city = 'York', updated_at = timestamptz '2026-04-01' where customer = 'c-7'`)
	if got := s.step(14 * time.Minute); got.Last.Rows != 251 {
		t.Errorf("it is asked before it is due: %+v", got.Last)
	}
	got = s.step(time.Minute)
	if diff := cmp.Diff(source.Counts{Rows: 2, Taken: 1, Repeated: 1}, got.Last.Counts); diff != "" { // the last one's value again, for there may be more of it
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(source.Counts{Rows: 253, Taken: 251, Repeated: 1, Aside: 1}, got.Total); diff != "" {
		t.Errorf("in all (-want +got):\n%s", diff)
	}
	s.reopen()
	if again := s.state(); !cmp.Equal(again, got) {
		t.Errorf("after a restart:\n%s", cmp.Diff(got, again))
	}
	if err := s.Run("crm"); err != nil {
		t.Fatal(err)
	}
	if got := s.step(0); got.Total.Rows != 254 || got.Total.Repeated != 2 {
		t.Errorf("run now: %+v", got.Total)
	}
	if err := s.Run("erp"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("run of none: %v", err)
	}
}

func eachRowComesInOnceWhereverARunIsBrokenOff(t *testing.T, s *shop) {
	querytest.Do(t, s.db, `insert into crm (customer, city, updated_at) select 'c-' || i, 'Bath', timestamptz '2026-02-01' + (i / 7) * interval '1 minute' from generate_series(1, 5000) i`)
	s.put(source.Source{ID: "crm", Query: people, Brings: source.People, Cursor: "updated_at"})
	for life := range 6 {
		ctx, kill := context.WithCancel(t.Context())
		s.doors.breaks, s.doors.broken = 2+life%3, kill
		s.Step(ctx)
		kill()
		s.reopen()
	}
	s.doors.breaks = -1
	got := s.step(0)
	if got.Running || got.Total.Rows != got.Total.Taken+got.Total.Repeated || got.Total.Aside != 0 {
		t.Errorf("counts do not add up: %+v", got)
	}
	seen := map[string]int{}
	for _, user := range s.doors.events {
		seen[user]++
	}
	if len(s.doors.events) != 5000 || len(seen) != 5000 {
		t.Errorf("%d events of %d people, want 5000 of 5000", len(s.doors.events), len(seen))
	}
}

// A serial number is no time: rows are known by what they say, so that those of the last value, which are read again each time, are not brought twice.
func aRowWithoutATimeOfItsOwnIsKnownByItsText(t *testing.T, s *shop) {
	querytest.Do(t, s.db, `insert into crm (customer, city) values ('c-1', 'Bath'), ('c-2', 'Bath')`)
	s.put(source.Source{ID: "crm", Query: `select n, customer as "userId", city from crm`, Brings: source.People, Cursor: "n"})
	s.step(0)
	querytest.Do(t, s.db, `insert into crm (customer, city) values ('c-1', 'York'), ('c-1', 'Bath')`) // and back again: it is news each time
	if diff := cmp.Diff(source.Counts{Rows: 3, Taken: 2, Repeated: 1}, s.step(time.Hour).Last.Counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(s.doors.events) != 4 {
		t.Errorf("%d events, want 4", len(s.doors.events))
	}
}

func whatGoesWrongIsToldAndTriedAgain(t *testing.T, s *shop) {
	db := s.db
	s.db = "postgres://reader:sesame@127.0.0.1:1/shop"
	s.put(source.Source{ID: "crm", Query: people, Brings: source.People, Cursor: "updated_at"})
	if got := s.step(0); got.Refused != "the database cannot be reached" || got.Failures != 1 || got.Running || !got.Next.Equal(s.now.Add(time.Minute)) {
		t.Errorf("%+v", got)
	}
	s.db = ""
	if got := s.step(time.Minute); !strings.Contains(got.Refused, "knows no such secret") || got.Failures != 2 {
		t.Errorf("%+v", got)
	}
	s.db = strings.Replace(db, "user=shop", "user=stranger password=sesame", 1)
	if got := s.step(2 * time.Minute); !strings.Contains(got.Refused, "does not let us in") || got.Failures != 3 {
		t.Errorf("%+v", got)
	}
	s.db = "host=[ port=sesame"
	if got := s.step(4 * time.Minute); !strings.Contains(got.Refused, "no postgres://") || got.Failures != 4 {
		t.Errorf("%+v", got)
	}
	s.db = db
	querytest.Do(t, db, `insert into crm (customer, updated_at) values ('c-1', now())`)
	got := s.step(8 * time.Minute)
	if got.Failures != 0 || got.Last.Taken != 1 || !strings.Contains(got.Refused, "no postgres://") {
		t.Errorf("%+v", got)
	}
	s.put(source.Source{ID: "crm", Query: "select nothing", Brings: source.People, Cursor: "updated_at"})
	if got := s.step(time.Hour); !strings.Contains(got.Refused, `column "nothing" does not exist`) {
		t.Errorf("%+v", got)
	}
	shown, err := json.Marshal(s.States())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := s.docs.Document(t.Context(), "sources", 0)
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"shown": string(shown), "kept": string(doc.Body), "logged": s.logged.String()} {
		for _, secret := range []string{"sesame", "127.0.0.1", "stranger", db} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is %s: %s", secret, where, text)
			}
		}
	}
}

func oneThatIsDeclaredOtherwiseBeginsAgain(t *testing.T, s *shop) {
	querytest.Do(t, s.db, `insert into crm (customer, updated_at) select 'c-' || i, timestamptz '2026-02-01' + i * interval '1 minute' from generate_series(1, 10) i`)
	one := source.Source{ID: "crm", Query: people, Brings: source.People, Cursor: "updated_at"}
	s.put(one)
	s.step(0)
	one.Every = aparte.Duration(time.Minute) // asks the same
	s.put(one)
	if got := s.step(time.Minute); got.Last.Rows != 1 {
		t.Errorf("goes on with %d rows, want the last one's", got.Last.Rows)
	}
	one.Query += " where city is null"
	s.put(one)
	if got := s.step(0); got.Last.Rows != 10 || got.Last.Repeated != 10 || got.Total.Rows != 21 {
		t.Errorf("begins again with %+v, in all %+v", got.Last.Counts, got.Total)
	}
	if err := s.Delete(t.Context(), "crm"); err != nil {
		t.Fatal(err)
	}
	if s.reopen(); len(s.States()) != 0 {
		t.Error("it is still there")
	}
}

func sourcesTakeTurns(t *testing.T, s *shop) {
	querytest.Do(t, s.db, `insert into crm (customer, updated_at) select 'c-' || i, timestamptz '2026-02-01' + i * interval '1 minute' from generate_series(1, 3000) i`)
	s.put(source.Source{ID: "all", Query: people, Brings: source.People, Cursor: "updated_at"})
	s.put(source.Source{ID: "few", Query: people + " where n < 10", Brings: source.People, Cursor: "updated_at"})
	s.doors.breaks = 4
	ctx, kill := context.WithCancel(t.Context()) // within the second chunk of the first
	s.doors.broken = kill
	s.Step(ctx)
	kill()
	all := s.States()
	if all[0].Now.Rows != 1000 || all[1].Last.Rows != 9 {
		t.Errorf("the many have %d rows in, the few %d; want 1000 and 9", all[0].Now.Rows, all[1].Last.Rows)
	}
	if !all[0].Running {
		t.Error("the first is not under way")
	}
}
