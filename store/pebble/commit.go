package pebble

import (
	"context"
	"fmt"
	"math"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// Commit writes all of a batch or nothing, durably; see store.Store. Erased comes first, then the
// batch's other fields in their order: a timer both set and fired under one Gen is gone.
func (s *Store) Commit(ctx context.Context, b *store.Batch) error {
	if err := s.commit(ctx, b); err != nil {
		return fmt.Errorf("commit to part %d: %w", b.Part, err)
	}
	return nil
}

func (s *Store) commit(ctx context.Context, b *store.Batch) (err error) {
	size, err := b.Size()
	if err != nil {
		return err
	}
	p, err := s.enterPart(ctx, b.Part)
	if err != nil {
		return err
	}
	defer s.life.RUnlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.absent.committed()
	if !p.lease.heldUnder(b.Epoch) {
		return store.ErrFenced
	}
	if len(b.Erased) == 0 {
		if err := s.room.left(); err != nil {
			return err
		}
	}
	t := s.begin(p, b, size)
	defer t.end(&err)
	if err := t.write(); err != nil {
		return err
	}
	t.announce()
	t.lowerFloors()
	defer t.settleFloors()
	if b.Lazy {
		err = t.out.Commit(lsm.NoSync)
		s.syncer.soon()
	} else {
		err = t.out.Commit(lsm.Sync)
	}
	if err != nil {
		p.recent.failed()
		return err
	}
	t.remember()
	return nil
}

// turn is one commit under way.
type turn struct {
	*scratch
	s    *Store
	part *part
	in   *store.Batch
	out  *lsm.Batch
	mark mark // that the batch brings
}

// scratch is the memory of a turn, used again by the next.
type scratch struct {
	key     []byte
	tails   map[aparte.PersonID]tail // of histories, as the batch leaves them so far
	order   []int                    // of entries, as they are checked and written
	unknown []int                    // of these, whose event keys are looked for
	timers  []timerID                // that the batch names, by key
	alarms  map[timerID]alarm        // timers as the batch leaves them so far
	erased  map[aparte.PersonID]struct{}
	freed   map[store.Key]struct{} // event keys of erased entries
}

func newScratch() *scratch {
	return &scratch{
		key:    make([]byte, 0, 2*store.MaxName),
		tails:  map[aparte.PersonID]tail{},
		alarms: map[timerID]alarm{},
		erased: map[aparte.PersonID]struct{}{},
		freed:  map[store.Key]struct{}{},
	}
}

func (s *Store) begin(p *part, b *store.Batch, size int) *turn {
	return &turn{
		scratch: s.scratch.Get().(*scratch),
		s:       s,
		part:    p,
		in:      b,
		out:     s.db.NewBatchWithSize(size),
	}
}

// end gives back what the turn held.
func (t *turn) end(err *error) {
	if e := t.out.Close(); *err == nil {
		*err = e
	}
	if len(t.tails) > maxKept || len(t.timers) > maxKept || len(t.freed) > maxKept || len(t.erased) > maxKept {
		return // let a giant batch's memory go
	}
	clear(t.timers) // of names
	clear(t.tails)
	clear(t.alarms)
	clear(t.erased)
	clear(t.freed)
	t.s.scratch.Put(t.scratch)
}

// remember keeps, once the batch is written, what the part's next one may ask for.
func (t *turn) remember() {
	for person := range t.erased {
		t.part.tails.forget(person)
	}
	if len(t.erased) > 0 {
		t.part.alarms.forgetAll()
	}
	for person, is := range t.tails {
		t.part.tails.put(person, is.last)
	}
	for id, is := range t.alarms {
		t.part.alarms.put(id, is)
	}
	t.part.fed += uint64(len(t.in.Feed))
	t.part.recent.committed(t.in.Entries, len(t.freed) > 0, t.mark)
}

// lowerFloors makes readers begin low enough for the batch's rows.
func (t *turn) lowerFloors() {
	due, letter := uint64(math.MaxUint64), uint64(math.MaxUint64)
	for i := range t.in.Timers {
		due = min(due, dues.number(&t.in.Timers[i]))
	}
	for i := range t.in.Letters {
		letter = min(letter, letters.number(&t.in.Letters[i]))
	}
	t.part.dues.lower(due)
	t.part.letters.lower(letter)
}

func (t *turn) settleFloors() {
	t.part.dues.settle()
	t.part.letters.settle()
}

// maxKept bounds the size of the maps kept for the next turn.
const maxKept = 4096

// write fills out with what the batch comes to.
func (t *turn) write() error {
	if err := t.erase(); err != nil {
		return err
	}
	if err := t.addEntries(); err != nil {
		return err
	}
	if err := t.rewriteEntries(); err != nil {
		return err
	}
	if err := t.putPeople(); err != nil {
		return err
	}
	t.putIdentifiers()
	if err := t.moveTimers(); err != nil {
		return err
	}
	if err := t.dropCounters(); err != nil {
		return err
	}
	t.addCounters()
	t.markGeneration()
	t.putLetters()
	return t.appendFeed()
}
