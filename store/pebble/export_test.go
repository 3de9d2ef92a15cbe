package pebble

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	lsm "github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// CheckMemos compares what the parts remember with the rows.
func (s *Store) CheckMemos() error {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.closed {
		return nil
	}
	var errs []error
	for n := range s.parts {
		errs = append(errs, s.parts[n].checkMemos(s, n))
	}
	return errors.Join(errs...)
}

func (p *part) checkMemos(s *Store, n int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &turn{scratch: newScratch(), s: s, part: &part{}, in: &store.Batch{Part: store.Part(n)}}
	for person, last := range p.tails.rows {
		is, err := t.tail(&person)
		if err != nil || is.last != last {
			return fmt.Errorf("part %d remembers entry %d of %s as the last, the row says %d, %w", n, last, person, is.last, err)
		}
	}
	for id, remembered := range p.alarms.rows {
		t.timers = append(t.timers[:0], id)
		if err := t.findAlarms(); err != nil || t.alarms[id] != remembered {
			return fmt.Errorf("part %d remembers timer %v, the row says %v, %w", n, remembered, t.alarms[id], err)
		}
	}
	for _, table := range surveyed {
		if err := p.checkKnown(s, appendPartKey(nil, table, store.Part(n))); err != nil {
			return err
		}
	}
	if len(p.tails.rows) > p.tails.room || len(p.alarms.rows) > p.alarms.room {
		return fmt.Errorf("part %d remembers %d tails and %d timers", n, len(p.tails.rows), len(p.alarms.rows))
	}
	return nil
}

// checkKnown fails where a row is there that is said to lack.
func (p *part) checkKnown(s *Store, low []byte) (err error) {
	it, err := s.scan(context.Background(), low, upper(low))
	if err != nil {
		return err
	}
	defer it.end(&err)
	for ok := it.First(); ok; ok = it.Next() {
		if p.known.lacks(it.Key()) {
			return fmt.Errorf("row %x is there, and is said to lack", it.Key())
		}
	}
	return it.Error()
}

// DropTimerByName takes away the row by which a timer is found by its name, as no batch does.
func (s *Store) DropTimerByName(n store.Part, person aparte.PersonID, name string) {
	s.damage(appendTimerKey(nil, n, &person, name))
}

// DropTimerByTime takes away the row by which a timer is found by its time.
func (s *Store) DropTimerByTime(n store.Part, person aparte.PersonID, name string, due time.Time) {
	s.damage(appendDueKey(nil, n, micros(due), &person, name))
}

func (s *Store) damage(key []byte) {
	if err := s.db.Delete(key, nil); err != nil {
		panic(err)
	}
	for i := range s.parts {
		s.parts[i].alarms.forgetAll()
	}
}

// Bytes is what a batch comes to in the database, as its log has it. Nothing is written.
func (s *Store) Bytes(ctx context.Context, b *store.Batch) (_ []byte, err error) {
	size, err := b.Size()
	if err != nil {
		return nil, err
	}
	p, err := s.enterPart(ctx, b.Part)
	if err != nil {
		return nil, err
	}
	defer s.life.RUnlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	t := s.begin(p, b, size)
	defer t.end(&err)
	if err := t.write(); err != nil {
		return nil, err
	}
	return bytes.Clone(t.out.Repr()), nil
}

// Leisurely reports whether what is written under a name lets others go first.
func Leisurely(category vfs.DiskWriteCategory) bool { return leisurely(category) }

// Bare opens the database alone, set up as the store's is.
func Bare(dir string, fs vfs.FS) (*lsm.DB, error) {
	o := Options{CacheSize: DefaultCacheSize, MemTableSize: DefaultMemTableSize, FS: fs}
	return lsm.Open(dir, o.database())
}
