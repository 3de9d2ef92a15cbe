package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aparte-dev/aparte/store"
)

// Acquire takes the lease of a part for an owner; see store.Store.
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
	p.epoch = 0
	var epoch int64
	err = p.server.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		ahead, err := s.ahead(ctx, p.server, conn)
		if err != nil {
			return err
		}
		now := now.Add(ahead)
		return conn.QueryRow(ctx, `UPDATE lease SET epoch = epoch + 1, owner = $2, until = $4
			WHERE part = $1 AND (owner = '' OR owner = $2 OR until <= $3) RETURNING epoch`,
			p.label, owner, micros(now), micros(now.Add(ttl))).Scan(&epoch)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, store.ErrLeased
	}
	if err == nil && n == office {
		s.office.Store(epoch)
	}
	return store.Epoch(epoch), err
}

// office is the part whose owner alone changes documents.
const office = 0

// inOffice fails with store.ErrFenced, and with it the transaction, where this process has taken the office and has it no more. Nobody takes it before the
// transaction ends.
func (s *Store) inOffice(ctx context.Context, tx pgx.Tx) error {
	under := s.office.Load()
	if under == 0 {
		return nil
	}
	var is int64
	p := &s.parts[office]
	text, with := p.say("SELECT epoch FROM lease WHERE part = $1 AND owner <> '' FOR SHARE")
	switch err := tx.QueryRow(ctx, text, with...).Scan(&is); {
	case errors.Is(err, pgx.ErrNoRows), err == nil && is != under:
		return store.ErrFenced
	default:
		return err
	}
}

// Lease is who has a part; see store.Store.
func (s *Store) Lease(ctx context.Context, n store.Part) (l store.Lease, err error) {
	p, err := s.enterPart(ctx, n)
	if err == nil {
		defer s.life.RUnlock()
		err = p.server.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
			ahead, err := s.ahead(ctx, p.server, conn)
			if err != nil {
				return err
			}
			var epoch, until int64
			text, with := p.say("SELECT epoch, owner, until FROM lease WHERE part = $1")
			if err := conn.QueryRow(ctx, text, with...).Scan(&epoch, &l.Owner, &until); err != nil {
				return err
			}
			if l.Epoch, l.Until = store.Epoch(epoch), instant(until).Add(-ahead); l.Owner == "" {
				l.Until = time.Time{}
			}
			return nil
		})
	}
	if err != nil {
		return store.Lease{}, fmt.Errorf("read lease of part %d: %w", n, err)
	}
	return l, nil
}

// Renew extends a lease; see store.Store.
func (s *Store) Renew(ctx context.Context, n store.Part, epoch store.Epoch, now time.Time, ttl time.Duration) error {
	err := s.changeLease(ctx, n, "UPDATE lease SET until = $3 WHERE part = $1 AND epoch = $2 AND owner <> ''", func(ahead time.Duration) []any {
		return []any{int64(epoch), micros(now.Add(ahead + ttl))}
	})
	if err != nil {
		return fmt.Errorf("renew lease of part %d: %w", n, err)
	}
	return nil
}

// Release gives a lease back; see store.Store. Nothing more is committed under its epoch.
func (s *Store) Release(ctx context.Context, n store.Part, epoch store.Epoch) error {
	err := s.changeLease(ctx, n, "UPDATE lease SET owner = '' WHERE part = $1 AND epoch = $2 AND owner <> ''", func(time.Duration) []any {
		return []any{int64(epoch)}
	})
	if err != nil {
		return fmt.Errorf("release lease of part %d: %w", n, err)
	}
	if n == office {
		s.office.Store(0)
	}
	return nil
}

// changeLease runs a statement about a lease, whose arguments after the first may depend on how far the server's clock is ahead.
func (s *Store) changeLease(ctx context.Context, n store.Part, statement string, args func(ahead time.Duration) []any) error {
	p, err := s.enterPart(ctx, n)
	if err != nil {
		return err
	}
	defer s.life.RUnlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		ahead, err := s.ahead(ctx, p.server, conn)
		if err != nil {
			return err
		}
		done, err := conn.Exec(ctx, statement, append([]any{p.label}, args(ahead)...)...)
		if err == nil && done.RowsAffected() == 0 {
			return store.ErrFenced
		}
		return err
	})
}

// standing reads how far a part is. It fails with store.ErrFenced where epoch is not the one it is owned under.
func (p *part) standing(ctx context.Context, conn *pgx.Conn, epoch store.Epoch) (turn int64, err error) {
	var is int64
	var owner string
	if err := conn.QueryRow(ctx, "SELECT epoch, turn, owner FROM lease WHERE part = $1", p.label).Scan(&is, &turn, &owner); err != nil {
		return 0, err
	}
	if is != int64(epoch) || owner == "" {
		return 0, store.ErrFenced
	}
	return turn, nil
}
