package pebble

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/aparte-dev/aparte/store"
)

// queue is a table of a part in which rows stand by number and do not stay: timers, letters. Rows that
// were deleted leave marks until they are compacted away, in a busy part many thousands, all at the
// front; so a scan does not begin at the front but at the queue's floor.
type queue[R any] struct {
	what   string
	table  byte
	floor  func(*part) *floor
	number func(*R) uint64
	read   func(k, v []byte) (R, error)
}

var dues = queue[store.Timer]{
	what:   "timers",
	table:  tableDue,
	floor:  func(p *part) *floor { return &p.dues },
	number: func(t *store.Timer) uint64 { return ordinal(micros(t.Due)) },
	read:   readDue,
}

var letters = queue[store.Letter]{
	what:   "letters",
	table:  tableLetter,
	floor:  func(p *part) *floor { return &p.letters },
	number: func(l *store.Letter) uint64 { return l.Number },
	read:   readLetter,
}

// page reads up to limit rows with numbers from from to to, both inclusive.
func (q *queue[R]) page(ctx context.Context, s *Store, n store.Part, from, to uint64, limit int) ([]R, error) {
	p, err := s.enterPart(ctx, n)
	if err != nil {
		return nil, fmt.Errorf("read %s of part %d: %w", q.what, n, err)
	}
	defer s.life.RUnlock()
	at, moves := q.floor(p).look()
	if limit <= 0 || to < max(at, from) {
		return nil, nil
	}
	low := appendPositionKey(nil, q.table, n, max(at, from))
	high := upper(appendPositionKey(nil, q.table, n, to))
	rows, err := collect(ctx, s, low, high, limit, all(q.read))
	if err != nil {
		return nil, fmt.Errorf("read %s of part %d: %w", q.what, n, err)
	}
	if from <= at { // nothing was passed over
		first := to
		if len(rows) > 0 {
			first = q.number(&rows[0])
		}
		q.floor(p).raise(first, moves)
	}
	return rows, nil
}

// floor is a number below which a queue has no rows.
type floor struct {
	mu    sync.Mutex
	at    uint64
	moves uint64 // how often it was lowered
}

// look is where a scan may begin, and what to raise the floor with after it.
func (f *floor) look() (at, moves uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at, f.moves
}

// raise says that a scan found no rows below at. It counts if none were written since look.
func (f *floor) raise(at, moves uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.moves == moves {
		f.at = max(f.at, at)
	}
}

// lower says, once rows can be read and before their commit returns, that the least has number at;
// math.MaxUint64 says that there are none.
func (f *floor) lower(at uint64) {
	if at == math.MaxUint64 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = min(f.at, at)
	f.moves++
}
