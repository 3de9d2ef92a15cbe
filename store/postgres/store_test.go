package postgres_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/exchange/querytest"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/postgres"
	"github.com/aparte-dev/aparte/store/storetest"
)

// addressVariable is where a database is that the suite should run on: an address in pgx's words, as Citus's coordinator may have.
// Without it the tests start one of their own.
const addressVariable = "APARTE_POSTGRES"

func TestMain(m *testing.M) {
	storetest.Child(harness{}.of(nil))
	if os.Getenv("RAPID_CHECKS") == "" {
		_ = flag.Set("rapid.checks", "20") // each makes tables, which takes longer than all that is done with them
	}
	goleak.VerifyTestMain(m)
}

// harness makes stores in schemas of their own of one database. A place is the addresses of a store's servers, a line each.
type harness struct {
	database string
	servers  int
	made     *atomic.Int64
}

func (h harness) of(t testing.TB) storetest.Harness {
	if t != nil {
		h.made = new(atomic.Int64)
		if h.database = os.Getenv(addressVariable); h.database == "" {
			h.database = querytest.Start(t, "max_connections=200", "fsync=on", "shared_buffers=128MB")
		}
	}
	return storetest.Harness{
		New: func(t testing.TB) string {
			n := h.made.Add(1)
			var place []string
			for i := range h.servers {
				schema := fmt.Sprintf("suite_%d_%d_%d", os.Getpid(), n, i)
				place = append(place, h.database+" search_path="+schema)
				t.Cleanup(func() { h.drop(t, schema) })
			}
			return strings.Join(place, "\n")
		},
		Open: func(place string) (store.Store, error) {
			return postgres.Open(context.Background(), strings.Split(place, "\n"), postgres.Options{Parts: 8, Connections: 8})
		},
	}
}

func (h harness) drop(t testing.TB, schema string) {
	conn, err := pgx.Connect(context.Background(), h.database)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
		t.Error(err)
	}
}

func TestStore(t *testing.T) { storetest.Run(t, harness{servers: 1}.of(t)) }

func TestStoreOnSeveralServers(t *testing.T) { storetest.Run(t, harness{servers: 2}.of(t)) }

func TestWhoLostTheOfficeChangesNoDocument(t *testing.T) {
	ctx := context.Background()
	suite := harness{servers: 1}.of(t)
	place := suite.New(t)
	var nodes [3]store.Store
	for i := range nodes {
		st, err := suite.Open(place)
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		nodes[i] = st
	}
	now := time.Now()
	put := func(st store.Store) error {
		_, err := st.PutDocument(ctx, "model", []byte("learnt"))
		return err
	}
	take := func(st store.Store, owner string, at time.Time) store.Epoch {
		t.Helper()
		epoch, err := st.Acquire(ctx, 0, owner, at, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return epoch
	}
	take(nodes[0], "anne", now)
	if err := put(nodes[0]); err != nil {
		t.Error(err)
	}
	second := take(nodes[1], "bob", now.Add(time.Minute))
	for _, err := range []error{put(nodes[0]), nodes[0].DropDocuments(ctx, "model", 2)} {
		if !errors.Is(err, store.ErrFenced) {
			t.Errorf("one who lost the office: %v", err)
		}
	}
	if err := errors.Join(put(nodes[1]), put(nodes[2])); err != nil { // the third never took it: a tool
		t.Error(err)
	}
	if err := nodes[1].Release(ctx, 0, second); err != nil {
		t.Fatal(err)
	}
	take(nodes[0], "anne", now)
	if err := put(nodes[0]); err != nil {
		t.Errorf("one who has it again: %v", err)
	}
	if d, err := nodes[2].Document(ctx, "model", 0); err != nil || d.Version != 4 {
		t.Errorf("version %d, %v", d.Version, err)
	}
}

func TestAFullDiskIsToldAndForgotten(t *testing.T) {
	ctx := context.Background()
	h := harness{servers: 1}
	suite := h.of(t)
	place := suite.New(t)
	st, err := suite.Open(place)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	epoch, err := st.Acquire(ctx, 1, "anne", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	batch := store.Batch{Part: 1, Epoch: epoch, Feed: [][]byte{{1}}}
	// What the server answers when its disk is full (SQLSTATE 53100), without filling one.
	querytest.Do(t, place,
		`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no room'' USING ERRCODE = ''53100''; END'`,
		"CREATE TRIGGER full_disk BEFORE INSERT ON feed FOR EACH ROW EXECUTE FUNCTION full_disk()")
	if err := st.Commit(ctx, &batch); !errors.Is(err, store.ErrFull) {
		t.Errorf("a batch without room: %v", err)
	}
	if err := st.Writable(ctx); !errors.Is(err, store.ErrFull) {
		t.Errorf("writable without room: %v", err)
	}
	erasing := batch
	erasing.Erased = []aparte.PersonID{{7: 1}}
	if err := st.Commit(ctx, &erasing); err == nil || errors.Is(err, store.ErrFull) {
		t.Errorf("an erasure without room: %v", err)
	}
	querytest.Do(t, place, "DROP TRIGGER full_disk ON feed")
	if err := st.Commit(ctx, &batch); err != nil {
		t.Errorf("a batch when there is room again: %v", err)
	}
	if err := st.Writable(ctx); err != nil {
		t.Errorf("writable when there is room again: %v", err)
	}
}
