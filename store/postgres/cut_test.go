package postgres_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/postgres"
)

// proxy stands between a store and its database, and cuts connections after a number of bytes, on the way there or back.
type proxy struct {
	address string // of the store
	listen  net.Listener
	to      string

	mu   sync.Mutex
	left func() int // bytes that the next connection may carry; 0: any number
	cut  int        // connections that were cut
}

// between starts a proxy to a database that listens on a socket in the directory that its address names.
func between(t *testing.T, database string, left func() int) *proxy {
	t.Helper()
	dir, rest, _ := strings.Cut(strings.TrimPrefix(database, "host="), " ")
	here := t.TempDir()
	listen, err := net.Listen("unix", filepath.Join(here, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{address: "host=" + here + " " + rest, listen: listen, to: filepath.Join(dir, ".s.PGSQL.5432"), left: left}
	var carrying sync.WaitGroup
	carrying.Go(func() {
		for {
			client, err := listen.Accept()
			if err != nil {
				return
			}
			carrying.Go(func() { p.carry(client) })
		}
	})
	t.Cleanup(func() {
		listen.Close()
		carrying.Wait()
	})
	return p
}

func (p *proxy) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", p.to)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	left := p.left()
	p.mu.Unlock()
	var both sync.WaitGroup
	way := func(to, from net.Conn, most int) {
		defer to.Close()
		defer from.Close()
		if most == 0 {
			_, _ = io.Copy(to, from)
			return
		}
		if n, _ := io.CopyN(to, from, int64(most)); n == int64(most) {
			p.mu.Lock()
			p.cut++
			p.mu.Unlock()
		}
	}
	there, back := left, 0
	if left%2 == 0 {
		there, back = 0, left
	}
	both.Go(func() { way(server, client, there) })
	both.Go(func() { way(client, server, back) })
	both.Wait()
}

func TestABatchIsCommittedOnceThoughConnectionsBreak(t *testing.T) {
	ctx := context.Background()
	h := harness{servers: 1}
	suite := h.of(t)
	place := suite.New(t)
	direct, err := suite.Open(place) // makes the tables
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	database, schema, _ := strings.Cut(place, " search_path=")
	rng := rand.New(rand.NewPCG(3, 5))
	p := between(t, database, func() int { return 1000 + rng.IntN(3500) })
	st, err := postgres.Open(ctx, []string{p.address + " search_path=" + schema}, postgres.Options{Parts: 8, Connections: 2, Patience: 5 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()

	const batches = 300
	epoch, err := st.Acquire(ctx, 1, "anne", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	hour := time.Now().Truncate(time.Hour)
	for i := range batches {
		b := store.Batch{
			Part: 1, Epoch: epoch,
			Counters: []store.Counter{{Key: "batches", Hour: hour, N: 1}},
			Feed:     [][]byte{fmt.Appendf(nil, "batch %d", i)},
		}
		if i%3 == 0 {
			b.Entries = []store.Entry{{Person: aparte.PersonID{7: 1}, Seq: uint64(i + 1), Key: store.Key{15: byte(i), 14: 1 + byte(i>>8)}}}
		}
		if err := st.Commit(ctx, &b); err != nil {
			t.Fatalf("batch %d: %v", i, err)
		}
	}
	rows, err := direct.Feed(ctx, 1, 0, 2*batches)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if want := fmt.Sprintf("batch %d", i); string(row.Body) != want || row.Position != uint64(i+1) {
			t.Fatalf("row %d is %q at %d", i, row.Body, row.Position)
		}
	}
	sums, err := direct.Counters(ctx, "", hour, hour.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != batches || len(sums) != 1 || sums[0].N != batches {
		t.Errorf("%d rows and %v counted of %d batches", len(rows), sums, batches)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.Logf("%d connections were cut", p.cut); p.cut < 20 {
		t.Error("too few for the test to show anything")
	}
}
