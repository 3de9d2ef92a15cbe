package postgres_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/bench"
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
func benchBatchOf(rng *rand.Rand, part store.Part, people int, seqs []uint64) *store.Batch {
	b := &store.Batch{Part: part}
	seen := map[int]bool{}
	for len(b.People) < people {
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

// BenchmarkCommit compares batches of the store with what pgx makes of the same statements without it: no turns, no compression, no order of rows.
// Both write batches of 32 people, by turns, over and over the same people. It tells the processor time that a person takes, too, here and at the server,
// for these batches and, of the store alone, for batches of one person: what a transaction takes, and what a row.
func BenchmarkCommit(b *testing.B) {
	h := harness{servers: 1}
	suite := h.of(b)
	ours, peer := opened(b, suite.New(b)), opened(b, suite.New(b))
	const rounds, batches = 6, 1_000
	for range b.N {
		var kept, hand, alone []benchRound
		ours.commits(b, batches, benchBatch, ours.keep) // nobody is new in what is counted, or few are
		peer.commits(b, batches, benchBatch, peer.byHand)
		for range rounds {
			hand = append(hand, peer.commits(b, batches, benchBatch, peer.byHand))
			kept = append(kept, ours.commits(b, batches, benchBatch, ours.keep))
			alone = append(alone, ours.commits(b, batches, 1, ours.keep))
		}
		together, beside, single := median(kept), median(hand), median(alone)
		b.ReportMetric(together.rate, "people/s")
		b.ReportMetric(beside.rate, "by-hand/s")
		b.ReportMetric(100*together.rate/beside.rate, "%ofbyhand")
		b.ReportMetric(together.here, "cpu-µs/person")
		b.ReportMetric(together.there, "cpu-µs/person-server")
		b.ReportMetric(single.here, "cpu-µs/person-alone")
		b.ReportMetric(single.there, "cpu-µs/person-alone-server")
	}
}

// benchStore is a store of its own, and a pool of connections to its tables.
type benchStore struct {
	store.Store
	epochs [benchParts]store.Epoch
	pool   *pgxpool.Pool
	rng    *rand.Rand
	seqs   [benchParts][]uint64 // of people's last entries
}

func opened(b *testing.B, place string) *benchStore {
	b.Helper()
	ctx := b.Context()
	st, err := postgres.Open(ctx, []string{place}, postgres.Options{Parts: benchParts, Connections: 8})
	if err != nil {
		b.Fatal(err)
	}
	s := &benchStore{Store: st, rng: rand.New(rand.NewPCG(1, 2))}
	b.Cleanup(func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	})
	for n := range s.epochs {
		s.seqs[n] = make([]uint64, benchPeople/benchParts)
		if s.epochs[n], err = st.Acquire(ctx, store.Part(n), "bench", time.Now(), time.Hour); err != nil {
			b.Fatal(err)
		}
	}
	if s.pool, err = pgxpool.New(ctx, place); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.pool.Close)
	return s
}

// keep commits a batch as an owner does.
func (s *benchStore) keep(ctx context.Context, batch *store.Batch) error {
	batch.Epoch = s.epochs[batch.Part]
	return s.Commit(ctx, batch)
}

// commits has four committers write so many batches of so many people, and says what that came to. The batches are made before.
func (s *benchStore) commits(b *testing.B, batches, people int, commit func(context.Context, *store.Batch) error) benchRound {
	b.Helper()
	const committers = 4
	var all [committers][]*store.Batch
	for n := range batches {
		c := n % committers
		part := store.Part(c + committers*(n/committers%2)) // its own parts
		all[c] = append(all[c], benchBatchOf(s.rng, part, people, s.seqs[part]))
	}
	here, there := bench.Spent(), s.spentByServer(b)
	began := time.Now()
	var group errgroup.Group
	for c := range all {
		group.Go(func() error {
			for _, batch := range all[c] {
				if err := commit(b.Context(), batch); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	took, each := time.Since(began), float64(batches*people)
	return benchRound{
		rate:  each / took.Seconds(),
		here:  float64((bench.Spent() - here).Microseconds()) / each,
		there: float64((s.spentByServer(b) - there).Microseconds()) / each,
	}
}

// benchRound is what a round came to: people a second, and microseconds of processor time a person in this process and in the server's.
type benchRound struct{ rate, here, there float64 }

// median is that of each of them. Rates and times are put in order by themselves.
func median(rounds []benchRound) benchRound {
	of := func(figure func(benchRound) float64) float64 {
		var all []float64
		for _, r := range rounds {
			all = append(all, figure(r))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return benchRound{
		rate:  of(func(r benchRound) float64 { return r.rate }),
		here:  of(func(r benchRound) float64 { return r.here }),
		there: of(func(r benchRound) float64 { return r.there }),
	}
}

// byHand writes a batch as one pipeline.
func (s *benchStore) byHand(ctx context.Context, b *store.Batch) error {
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
	if err := s.pool.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("by hand: %w", err)
	}
	return nil
}
