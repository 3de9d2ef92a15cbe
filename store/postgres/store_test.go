package postgres_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

// harness makes stores in schemas of their own. A place is the addresses of a store's servers, a line each.
type harness struct {
	servers   int
	literal   bool     // every second server is a database that is taken for Citus
	databases []string // of the servers, in turn
	made      *atomic.Int64
}

func (h harness) of(t testing.TB) storetest.Harness {
	if t != nil {
		h.made = new(atomic.Int64)
		if given := os.Getenv(addressVariable); given != "" {
			h.databases = []string{given}
		} else {
			h.databases = []string{querytest.Start(t, "max_connections=200", "fsync=on", "shared_buffers=128MB")}
			if h.literal {
				h.databases = append(h.databases, literal(t, h.databases[0]))
			}
		}
	}
	return storetest.Harness{
		New: func(t testing.TB) string {
			n := h.made.Add(1)
			var place []string
			for i := range h.servers {
				schema := fmt.Sprintf("suite_%d_%d_%d", os.Getpid(), n, i)
				database := h.databases[i%len(h.databases)]
				place = append(place, database+" search_path="+schema)
				t.Cleanup(func() { drop(t, database, schema) })
			}
			return strings.Join(place, "\n")
		},
		Open: func(place string) (store.Store, error) {
			return postgres.Open(context.Background(), strings.Split(place, "\n"), postgres.Options{Parts: 8, Connections: 8})
		},
	}
}

func drop(t testing.TB, database, schema string) {
	conn, err := pgx.Connect(context.Background(), database)
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

func TestStoreOnSeveralServers(t *testing.T) {
	storetest.Run(t, harness{servers: 2, literal: true}.of(t))
}

// literal makes a database that the store takes for Citus: an extension of that name is listed, and what spreads tables does nothing. It shows that the
// statements that Citus gets, with a part's number in their text, do what the others do. That Citus takes them it does not show.
func literal(t testing.TB, beside string) string {
	t.Helper()
	querytest.Do(t, beside, "CREATE DATABASE literal") // alone: it is in no transaction
	querytest.Do(t, beside, "ALTER DATABASE literal SET citus.shard_count = 32")
	database := beside + " dbname=literal"
	querytest.Do(t, database,
		"SET allow_system_table_mods = on",
		"INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) VALUES (99999, 'citus', 10, 'pg_catalog'::regnamespace, false, '0')",
		"CREATE TABLE pg_catalog.pg_dist_shard (logicalrelid regclass, shardid bigint)",
		`CREATE FUNCTION pg_catalog.create_distributed_table(spread regclass, by text, colocate_with text DEFAULT '') RETURNS void LANGUAGE sql AS
			$$ INSERT INTO pg_dist_shard SELECT spread, n FROM generate_series(1, current_setting('citus.shard_count')::bigint) AS n $$`,
		"CREATE FUNCTION pg_catalog.create_reference_table(copied regclass) RETURNS void LANGUAGE sql AS ''",
		`CREATE FUNCTION pg_catalog.get_shard_id_for_distribution_column(spread regclass, value bigint) RETURNS bigint LANGUAGE sql AS
			$$ SELECT 1 + abs(hashint8(value)::bigint) % count(*) FROM pg_dist_shard WHERE logicalrelid = spread $$`)
	return database
}

// Citus takes a statement to a shard where each of its tables says of which part it is; that it is the part of another table is not enough
// (github.com/citusdata/citus, issue 2846).
func TestEveryTableSaysItsPart(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil || len(sources) < 10 {
		t.Fatalf("%d files, %v", len(sources), err)
	}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`\w+\.part = \w+\.part`).FindAll(text, -1) {
			t.Errorf("%s: %s", source, found)
		}
	}
}

// A store has no shard without a part.
func TestTablesAreSpreadAsFarAsThereAreParts(t *testing.T) {
	if os.Getenv(addressVariable) != "" {
		t.Skip("needs the database that is taken for Citus")
	}
	suite := harness{servers: 2, literal: true}.of(t)
	place := suite.New(t)
	st, err := suite.Open(place)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	_, address, _ := strings.Cut(place, "\n")
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var shards, labels int
	if err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_dist_shard WHERE logicalrelid = 'lease'::regclass),
		(SELECT count(DISTINCT get_shard_id_for_distribution_column('lease', part)) FROM lease)`).Scan(&shards, &labels); err != nil {
		t.Fatal(err)
	}
	if shards != st.Parts() || labels != st.Parts()/2 { // the other server has the other half
		t.Errorf("%d shards, %d of them with a part, of %d parts on two servers", shards, labels, st.Parts())
	}
}

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
	conn, err := pgx.Connect(ctx, place)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var spread bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')").Scan(&spread); err != nil {
		t.Fatal(err)
	}
	if spread {
		t.Skip("tables that are spread by Citus take no trigger")
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
