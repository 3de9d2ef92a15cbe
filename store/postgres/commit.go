package postgres

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aparte-dev/aparte/store"
)

// Commit writes all of a batch or nothing, durably; see store.Store. Erased comes first, then Rewritten, then the batch's other fields in their
// order: a timer both set and fired under one Gen is gone.
//
// A commit whose connection breaks is looked after for as long as Options.Patience: its turn says whether it went through. After that it fails, and
// may have gone through; the next batch of the part knows.
func (s *Store) Commit(ctx context.Context, b *store.Batch) error {
	if err := s.commit(ctx, b); err != nil {
		return fmt.Errorf("commit to part %d: %w", b.Part, err)
	}
	return nil
}

func (s *Store) commit(ctx context.Context, b *store.Batch) error {
	if _, err := b.Size(); err != nil {
		return err
	}
	p, err := s.enterPart(ctx, b.Part)
	if err != nil {
		return err
	}
	defer s.life.RUnlock()
	ctx = context.WithoutCancel(ctx) // what was begun is ended, so that it is known how
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := s.adopt(ctx, p, b.Epoch); err != nil {
		return err
	}
	rows, err := s.arrange(b)
	if err != nil {
		return err
	}
	if err := p.send(ctx, b.Epoch, rows, len(s.servers) > 1); err != nil {
		p.epoch = 0
		if len(b.Erased) > 0 {
			return err // an erasure is not put off for want of room; what the server says is all there is to say
		}
		return s.full.told(err)
	}
	s.full.over()
	p.turn++
	p.fed += int64(len(b.Feed))
	return s.uncountElsewhere(ctx, p, rows.uncounted)
}

// adopt reads how far a part is, unless it is known, and ends what was begun.
func (s *Store) adopt(ctx context.Context, p *part, epoch store.Epoch) error {
	if p.epoch == epoch && epoch != 0 {
		return nil
	}
	var left [][]byte
	err := p.server.do(ctx, func(ctx context.Context, conn *pgx.Conn) (err error) {
		p.epoch = 0
		if p.turn, err = p.standing(ctx, conn, epoch); err != nil {
			return err
		}
		text, with := p.say("SELECT coalesce(max(position), 0) FROM feed WHERE part = $1")
		if err := conn.QueryRow(ctx, text, with...).Scan(&p.fed); err != nil {
			return err
		}
		text, with = p.say("SELECT coalesce(array_agg(key), '{}') FROM uncounted WHERE part = $1")
		return conn.QueryRow(ctx, text, with...).Scan(&left)
	})
	if err == nil {
		err = s.uncountElsewhere(ctx, p, left)
	}
	if err == nil {
		p.epoch = epoch
	}
	return err
}

// send commits a batch as the part's next turn, exactly once.
func (p *part) send(ctx context.Context, epoch store.Epoch, rows *rows, several bool) error {
	next, doubt := p.turn+1, false // doubt: an answer was lost
	return p.server.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		if doubt {
			if turn, err := p.standing(ctx, conn, epoch); err != nil || turn == next {
				return err
			}
		}
		doubt = true
		err := pipeline(ctx, conn, p.statements(epoch, next, rows, several))
		switch code(err) {
		case uniqueViolation:
			return fmt.Errorf("%w: %w", store.ErrConflict, err)
		case divisionByZero: // the fence; what was in doubt may have gone through at this moment
			if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
				return err
			}
			switch turn, e := p.standing(ctx, conn, epoch); {
			case e != nil:
				return e
			case turn == next:
				return nil
			}
			return fmt.Errorf("%w: %w", store.ErrFenced, err)
		}
		return err
	})
}

// pipeline sends statements at once and answers the first failure.
func pipeline(ctx context.Context, conn *pgx.Conn, statements *pgx.Batch) error {
	results := conn.SendBatch(ctx, statements)
	for range statements.Len() {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // it says the same
			return err
		}
	}
	return results.Close()
}

// uncountElsewhere deletes counters on the servers that a batch does not write to. The batch has said so in a table, so that it is done by
// whoever has the part next where it is not done now.
func (s *Store) uncountElsewhere(ctx context.Context, p *part, keys [][]byte) error {
	if len(keys) == 0 || len(s.servers) == 1 {
		return nil
	}
	for _, at := range s.servers {
		if at == p.server {
			continue
		}
		if err := at.exec(ctx, uncount, keys); err != nil {
			return err
		}
	}
	statement, with := p.say("DELETE FROM uncounted WHERE part = $1 AND key = ANY($2::bytea[])", keys)
	return p.server.exec(ctx, statement, with...)
}

// fullFor is how long a server whose disk was full is said to be so.
const fullFor = 5 * time.Second

// full remembers when a server last had no room.
type full struct{ since atomic.Int64 }

// told is an error, as store.ErrFull where a disk is full.
func (f *full) told(err error) error {
	if code(err) != diskFull {
		return err
	}
	f.since.Store(time.Now().UnixNano())
	return fmt.Errorf("%w: %w", store.ErrFull, err)
}

// over says that a batch found room.
func (f *full) over() {
	if f.since.Load() != 0 {
		f.since.Store(0)
	}
}

// Writable is store.ErrFull for a while after a batch found no room. How much is left a database does not tell.
func (s *Store) Writable(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.life.RUnlock()
	if since := s.full.since.Load(); since != 0 && time.Since(time.Unix(0, since)) < fullFor {
		return store.ErrFull
	}
	return nil
}
