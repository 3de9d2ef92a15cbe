package pebble

import (
	"context"
	"fmt"
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
	for limit > 0 {
		at, moves := q.floor(p).look()
		start := max(at, from)
		if start > to {
			return nil, nil
		}
		low := appendPositionKey(nil, q.table, n, start)
		high := upper(appendPositionKey(nil, q.table, n, to))
		rows, err := collect(ctx, s, low, high, limit, all(q.read))
		if err != nil {
			return nil, fmt.Errorf("read %s of part %d: %w", q.what, n, err)
		}
		first := to
		if len(rows) > 0 {
			first = q.number(&rows[0])
		}
		if start == at && !q.floor(p).raise(at, first, moves) {
			continue
		}
		return rows, nil
	}
	return nil, nil
}

// floor is a number below which a queue has no rows.
type floor struct {
	mu      sync.Mutex
	at      uint64
	moves   uint64 // how often rows were about to be written, and how often they had been
	pending bool   // rows at the floor are being written: it cannot rise
}

// look is where a scan may begin, and what to raise the floor with after it.
func (f *floor) look() (at, moves uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at, f.moves
}

// raise says that a scan from at found nothing below first; it counts if nothing was written since look.
// It is false where the floor was lowered meanwhile, so that the scan may have passed over rows.
func (f *floor) raise(at, first, moves uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.moves == moves && !f.pending {
		f.at = max(f.at, first)
	}
	return f.at >= at
}

// lower says, before rows are written, that the least has number at.
func (f *floor) lower(at uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = min(f.at, at)
	f.moves++
	f.pending = true
}

// settle says that the rows for which the floor was lowered can be read.
func (f *floor) settle() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.moves++
	f.pending = false
}
