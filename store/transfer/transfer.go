package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Place is a store that all of can be listed.
type Place interface {
	store.Store
	store.Inspector
	store.Recipient
}

// ErrOther: the receiving store is another one, with another secret or number of parts.
var ErrOther = errors.New("it is another store already: it was not begun as a copy of this one")

// Bounds of what is read and written at once.
const (
	page     = 500     // rows
	batchLen = 4 << 20 // bytes
	holder   = "copy"  // owner of the leases
	leaseTTL = time.Minute
	renew    = 10 * time.Second
)

// Copy copies everything from one store to another, which was created with its secret and number of parts. Nobody else writes to either meanwhile: all
// leases of both are taken. Told is called with how many of how many steps are done.
func Copy(ctx context.Context, from, to Place, told func(done, total int)) error {
	if from.Parts() != to.Parts() || !bytes.Equal(from.Secret(), to.Secret()) {
		return ErrOther
	}
	c := &copying{from: from, to: to}
	var err error
	if c.source, err = hold(ctx, from); err != nil {
		return err
	}
	defer c.source.give(context.WithoutCancel(ctx))
	if c.target, err = hold(ctx, to); err != nil {
		return err
	}
	defer c.target.give(context.WithoutCancel(ctx))
	if err := c.documents(ctx); err != nil {
		return err
	}
	for n := range store.Part(from.Parts()) {
		told(int(n), from.Parts()+1)
		if err := c.part(ctx, n); err != nil {
			return fmt.Errorf("copy part %d: %w", n, err)
		}
	}
	told(from.Parts(), from.Parts()+1)
	err = c.counters(ctx)
	told(from.Parts()+1, from.Parts()+1)
	return err
}

// leases are those of all parts of a store.
type leases struct {
	st     store.Store
	now    func() time.Time
	epochs []store.Epoch
	since  time.Time
}

func hold(ctx context.Context, st store.Store) (*leases, error) {
	now := store.ClockOf(st)
	l := &leases{st: st, now: now, since: now()}
	for n := range store.Part(st.Parts()) {
		epoch, err := acquire(ctx, st, n, now)
		if err != nil {
			l.give(context.WithoutCancel(ctx))
			return nil, err
		}
		l.epochs = append(l.epochs, epoch)
	}
	return l, nil
}

// acquire takes a part as soon as nobody has it. It is store.ErrLeased where somebody renews it.
func acquire(ctx context.Context, st store.Store, n store.Part, now func() time.Time) (store.Epoch, error) {
	for {
		epoch, err := st.Acquire(ctx, n, holder, now(), leaseTTL)
		if !errors.Is(err, store.ErrLeased) {
			return epoch, err
		}
		if _, err := store.Vacant(ctx, st, n); err != nil {
			return 0, err
		}
	}
}

func (l *leases) renew(ctx context.Context) error {
	if l.now().Sub(l.since) < renew {
		return nil
	}
	l.since = l.now()
	for n, epoch := range l.epochs {
		if err := l.st.Renew(ctx, store.Part(n), epoch, l.now(), leaseTTL); err != nil {
			return err
		}
	}
	return nil
}

// give gives back what is held. What cannot be runs out.
func (l *leases) give(ctx context.Context) {
	for n, epoch := range l.epochs {
		_ = l.st.Release(ctx, store.Part(n), epoch)
	}
}

type copying struct {
	from, to       Place
	source, target *leases
}

// commit writes a batch to the receiving store.
func (c *copying) commit(ctx context.Context, b *store.Batch) error {
	if err := errors.Join(c.source.renew(ctx), c.target.renew(ctx)); err != nil {
		return err
	}
	b.Epoch = c.target.epochs[b.Part]
	return c.to.Commit(ctx, b)
}

// documents copies every version that there is.
func (c *copying) documents(ctx context.Context) error {
	names, err := c.from.DocumentNames(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		err := eachVersion(ctx, c.from, name, func(d store.Document) error {
			is, err := c.to.Document(ctx, name, d.Version)
			if err == nil && bytes.Equal(is.Body, d.Body) {
				return nil
			}
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			return c.to.PutVersion(ctx, name, d.Version, d.Body)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachVersion goes through the versions of a document, the newest first. Those that were dropped are the oldest.
func eachVersion(ctx context.Context, docs store.Documents, name string, f func(store.Document) error) error {
	for version := uint64(0); ; version-- {
		d, err := docs.Document(ctx, name, version)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if err := f(d); err != nil {
			return err
		}
		if version = d.Version; version == 1 {
			return nil
		}
	}
}

func (c *copying) part(ctx context.Context, n store.Part) error {
	if err := eachIdentifier(ctx, c.from, n, func(rows []store.IdentifierRow) error {
		return c.commit(ctx, &store.Batch{Part: n, Identifiers: rows})
	}); err != nil {
		return err
	}
	if err := eachHistory(ctx, c.from, n, func(id aparte.PersonID) error { return c.history(ctx, n, id) }); err != nil {
		return err
	}
	if err := eachPerson(ctx, c.from, n, func(rows []store.PersonRow) error {
		return c.commit(ctx, &store.Batch{Part: n, People: rows})
	}); err != nil {
		return err
	}
	timers, err := c.from.Due(ctx, n, forever, math.MaxInt32)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(timers, page) {
		if err := c.commit(ctx, &store.Batch{Part: n, Timers: some}); err != nil {
			return err
		}
	}
	if err := eachLetter(ctx, c.from, n, func(letters []store.Letter) error {
		return c.commit(ctx, &store.Batch{Part: n, Letters: letters})
	}); err != nil {
		return err
	}
	return c.feed(ctx, n)
}

// history copies the entries of somebody that are not there, the oldest first.
func (c *copying) history(ctx context.Context, n store.Part, id aparte.PersonID) error {
	there := map[uint64]bool{}
	if err := eachEntry(ctx, c.to, n, id, func(e *store.Entry) error {
		there[e.Seq] = true
		return nil
	}); err != nil {
		return err
	}
	b, size := store.Batch{Part: n}, 0
	if err := eachEntry(ctx, c.from, n, id, func(e *store.Entry) error {
		if there[e.Seq] {
			return nil
		}
		b.Entries = append(b.Entries, *e)
		if size += len(e.Body); size < batchLen && len(b.Entries) < page {
			return nil
		}
		err := c.commit(ctx, &b)
		b, size = store.Batch{Part: n}, 0
		return err
	}); err != nil {
		return err
	}
	if len(b.Entries) == 0 {
		return nil
	}
	return c.commit(ctx, &b)
}

// feed goes on where the receiving store's feed ends.
func (c *copying) feed(ctx context.Context, n store.Part) error {
	last := uint64(0)
	if err := eachFed(ctx, c.to, n, 0, func(rows []store.FeedRow) error {
		last = rows[len(rows)-1].Position
		return nil
	}); err != nil {
		return err
	}
	return eachFed(ctx, c.from, n, last, func(rows []store.FeedRow) error {
		b := store.Batch{Part: n}
		for i := range rows {
			b.Feed = append(b.Feed, rows[i].Body)
		}
		return c.commit(ctx, &b)
	})
}

// counters adds what the receiving store's counters lack. Which part counted is not known, and does not matter.
func (c *copying) counters(ctx context.Context) error {
	want, err := c.from.Counters(ctx, "", always, forever)
	if err != nil {
		return err
	}
	is, err := c.to.Counters(ctx, "", always, forever)
	if err != nil {
		return err
	}
	type hour struct {
		key string
		at  int64
	}
	has := make(map[hour]int64, len(is))
	for _, counter := range is {
		has[hour{counter.Key, counter.Hour.UnixMicro()}] = counter.N
	}
	var lacking []store.Counter
	for _, counter := range want {
		n, there := has[hour{counter.Key, counter.Hour.UnixMicro()}]
		if counter.N -= n; counter.N != 0 || !there {
			lacking = append(lacking, counter)
		}
	}
	for some := range slices.Chunk(lacking, page) {
		if err := c.commit(ctx, &store.Batch{Counters: some}); err != nil {
			return err
		}
	}
	return nil
}

// always and forever are before and after all that is kept.
var (
	always  = time.Date(-9999, 1, 1, 0, 0, 0, 0, time.UTC)
	forever = time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC)
)
