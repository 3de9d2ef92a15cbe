package postgres_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/postgres"
)

// What the benchmarks write: batches of 32 people, each with a state of 2 KB that compresses to about a half, an event of 300 bytes, and for
// three of ten a timer.
const (
	benchParts  = 8
	benchPeople = 100_000
	benchBatch  = 32
)

// benchState is 2 KB of which a half is noise.
func benchState(rng *rand.Rand) []byte {
	state := make([]byte, 2048)
	for i := range state {
		state[i] = byte('a' + i%7)
		if i%2 == 0 {
			state[i] = byte(rng.Uint32())
		}
	}
	return state
}

// benchBatchOf is a batch of random people of a part, whose histories go on.
func benchBatchOf(rng *rand.Rand, part store.Part, seqs []uint64) *store.Batch {
	b := &store.Batch{Part: part}
	seen := map[int]bool{}
	for len(b.People) < benchBatch {
		i := rng.IntN(len(seqs))
		if seen[i] {
			continue
		}
		seen[i] = true
		var id aparte.PersonID
		binary.BigEndian.PutUint64(id[:], uint64(i*benchParts)+uint64(part))
		seqs[i]++
		var key store.Key
		binary.BigEndian.PutUint64(key[:], rng.Uint64())
		binary.BigEndian.PutUint64(key[8:], rng.Uint64())
		b.People = append(b.People, store.PersonRow{ID: id, State: benchState(rng)})
		b.Entries = append(b.Entries, store.Entry{Person: id, Seq: seqs[i], At: time.Now(), Kind: store.EventEntry, Key: key, Body: make([]byte, 300)})
		if rng.IntN(10) < 3 {
			b.Timers = append(b.Timers, store.Timer{Person: id, Name: "quiet", Due: time.Now().Add(time.Hour), Gen: seqs[i]})
		}
	}
	return b
}

// benchCommits has four committers write b.N batches, and reports people a second.
func benchCommits(b *testing.B, commit func(*store.Batch) error) {
	b.Helper()
	b.ReportAllocs()
	var left atomic.Int64
	left.Store(int64(b.N))
	var group sync.WaitGroup
	for c := range 4 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(c), 1))
			var seqs [benchParts][]uint64
			for i := range seqs {
				seqs[i] = make([]uint64, benchPeople/benchParts)
			}
			for n := 0; left.Add(-1) >= 0; n++ {
				part := store.Part(c + 4*(n%2)) // its own parts
				if err := commit(benchBatchOf(rng, part, seqs[part])); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)*benchBatch/b.Elapsed().Seconds(), "people/s")
}

// BenchmarkCommit compares batches of the store with what pgx makes of the same statements without it: no turns, no compression, no order of rows.
func BenchmarkCommit(b *testing.B) {
	ctx := context.Background()
	h := harness{servers: 1}
	for _, way := range []string{"by hand", "store"} {
		b.Run(way, func(b *testing.B) {
			suite := h.of(b)
			place := suite.New(b)
			st, err := postgres.Open(ctx, []string{place}, postgres.Options{Parts: benchParts, Connections: 8})
			if err != nil {
				b.Fatal(err)
			}
			defer st.Close()
			var epochs [benchParts]store.Epoch
			for n := range epochs {
				if epochs[n], err = st.Acquire(ctx, store.Part(n), "bench", time.Now(), time.Hour); err != nil {
					b.Fatal(err)
				}
			}
			if way == "store" {
				b.ResetTimer()
				benchCommits(b, func(batch *store.Batch) error {
					batch.Epoch = epochs[batch.Part]
					return st.Commit(ctx, batch)
				})
				return
			}
			pool, err := pgxpool.New(ctx, place)
			if err != nil {
				b.Fatal(err)
			}
			defer pool.Close()
			b.ResetTimer()
			benchCommits(b, func(batch *store.Batch) error { return byHand(ctx, pool, batch) })
		})
	}
}

// byHand writes a batch as one pipeline.
func byHand(ctx context.Context, pool *pgxpool.Pool, b *store.Batch) error {
	var ids, states, keys, bodies, owners, names [][]byte
	var seqs, ats, dues, gens []int64
	for i := range b.People {
		p, e := &b.People[i], &b.Entries[i]
		ids, states, keys, bodies = append(ids, p.ID[:]), append(states, p.State), append(keys, e.Key[:]), append(bodies, e.Body)
		seqs, ats = append(seqs, int64(e.Seq)), append(ats, e.At.UnixMicro())
	}
	for i := range b.Timers {
		t := &b.Timers[i]
		owners, names, dues, gens = append(owners, t.Person[:]), append(names, []byte(t.Name)), append(dues, t.Due.UnixMicro()), append(gens, int64(t.Gen))
	}
	part := int64(b.Part)
	q := &pgx.Batch{}
	q.Queue("BEGIN")
	q.Queue("SELECT epoch FROM lease WHERE part = $1 FOR SHARE", part)
	q.Queue("INSERT INTO entry (part, person, seq, at, kind, key, body) SELECT $1::bigint, u.a, u.b, u.c, 1, u.d, u.e FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bytea[]) AS u (a, b, c, d, e)", part, ids, seqs, ats, keys, bodies)
	q.Queue("INSERT INTO person (part, id, state) SELECT $1::bigint, u.* FROM unnest($2::bytea[], $3::bytea[]) AS u ON CONFLICT (part, id) DO UPDATE SET state = excluded.state", part, ids, states)
	q.Queue("INSERT INTO timer (part, person, name, due, gen) SELECT $1::bigint, u.* FROM unnest($2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[]) AS u ON CONFLICT (part, person, name) DO UPDATE SET due = excluded.due, gen = excluded.gen", part, owners, names, dues, gens)
	q.Queue("COMMIT")
	if err := pool.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("by hand: %w", err)
	}
	return nil
}
