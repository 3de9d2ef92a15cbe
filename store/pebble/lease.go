package pebble

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/aparte-dev/aparte/store"
)

// lease is who owns a part.
type lease struct {
	epoch store.Epoch // of the last taking
	owner string      // empty: nobody
	until time.Time
}

func (l *lease) heldUnder(epoch store.Epoch) bool { return l.owner != "" && l.epoch == epoch }

// Acquire takes the lease of a part; see store.Store. The epoch is durable when it returns.
func (s *Store) Acquire(ctx context.Context, n store.Part, owner string, now time.Time, ttl time.Duration) (store.Epoch, error) {
	epoch, err := s.acquire(ctx, n, owner, now, ttl)
	if err != nil {
		return 0, fmt.Errorf("acquire part %d for %q: %w", n, owner, err)
	}
	return epoch, nil
}

func (s *Store) acquire(ctx context.Context, n store.Part, owner string, now time.Time, ttl time.Duration) (store.Epoch, error) {
	if owner == "" || len(owner) > store.MaxName {
		return 0, fmt.Errorf("owner's name must have 1 to %d bytes", store.MaxName)
	}
	p, err := s.enterPart(ctx, n)
	if err != nil {
		return 0, err
	}
	defer s.life.RUnlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.lease; l.owner != "" && l.owner != owner && now.Before(l.until) {
		return 0, store.ErrLeased
	}
	next := lease{epoch: p.lease.epoch + 1, until: now.Add(ttl), owner: owner}
	if err := s.db.Set(appendPartKey(nil, tableLease, n), number(uint64(next.epoch)), lsm.Sync); err != nil {
		return 0, err
	}
	p.lease = next
	return next.epoch, nil
}

// Renew extends a lease; see store.Store. Until when is kept in memory alone: an owner does not outlive
// the process that opened the store.
func (s *Store) Renew(ctx context.Context, n store.Part, epoch store.Epoch, now time.Time, ttl time.Duration) error {
	return s.changeLease(ctx, n, epoch, "renew", func(l *lease) { l.until = now.Add(ttl) })
}

// Release gives a lease back; see store.Store. Nothing more is committed under its epoch.
func (s *Store) Release(ctx context.Context, n store.Part, epoch store.Epoch) error {
	return s.changeLease(ctx, n, epoch, "release", func(l *lease) { *l = lease{epoch: l.epoch} })
}

// Lease is who has a part; see store.Store.
func (s *Store) Lease(ctx context.Context, n store.Part) (store.Lease, error) {
	p, err := s.enterPart(ctx, n)
	if err != nil {
		return store.Lease{}, fmt.Errorf("read lease of part %d: %w", n, err)
	}
	defer s.life.RUnlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lease.owner == "" {
		return store.Lease{Epoch: p.lease.epoch}, nil
	}
	return store.Lease{Epoch: p.lease.epoch, Owner: p.lease.owner, Until: p.lease.until.UTC().Truncate(time.Microsecond)}, nil
}

func (s *Store) changeLease(ctx context.Context, n store.Part, epoch store.Epoch, verb string, change func(*lease)) error {
	p, err := s.enterPart(ctx, n)
	if err != nil {
		return fmt.Errorf("%s lease of part %d: %w", verb, n, err)
	}
	defer s.life.RUnlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.lease.heldUnder(epoch) {
		return fmt.Errorf("%s lease of part %d: %w", verb, n, store.ErrFenced)
	}
	change(&p.lease)
	return nil
}

// readLeases takes up every part's epoch where it stood. Nobody holds it.
func (s *Store) readLeases() error {
	for n := range s.parts {
		v, found, err := s.get(appendPartKey(nil, tableLease, store.Part(n)))
		if err != nil {
			return fmt.Errorf("read lease of part %d: %w", n, err)
		}
		if !found {
			continue
		}
		if len(v) != numberLen {
			return fmt.Errorf("damaged lease of part %d: value of %d bytes", n, len(v))
		}
		s.parts[n].lease.epoch = store.Epoch(binary.BigEndian.Uint64(v))
	}
	return nil
}
