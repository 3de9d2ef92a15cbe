package engine

import (
	"context"
	"time"
)

// Who is erased is gone from every read at once, and their bytes are not: the store's files keep what was deleted until they are
// written anew. That is brought about by a pass over the whole store, one for all who were erased within an hour, and at most one a day. It
// first looks for identifiers of theirs that their record did not have any more (sweep.go).

const (
	purgeAfter    = time.Hour      // how long an erasure waits for others
	purgeEvery    = 24 * time.Hour // a pass reads and writes the whole store
	purgeRetry    = 10 * time.Minute
	purgeDocument = "erasure/purged"
)

// purger has the files forget who was erased.
type purger struct {
	chore
	diary[Purging]
}

// Purging says how far it is that the bytes of the erased are gone.
type Purging struct {
	Erased time.Time `json:"erased,omitzero"` // when the first was erased whose bytes may be there; zero: nobody's are
	Latest time.Time `json:"latest,omitzero"` // when the last was
	Purged time.Time `json:"purged,omitzero"` // when the last pass began; zero: there was none
	Swept  bool      `json:"swept,omitempty"` // it looked for identifiers that name nobody, which those of earlier versions did not
}

func newPurger(e *Engine) *purger {
	return &purger{chore: newChore(), diary: diary[Purging]{engine: e, name: purgeDocument}}
}

// open reads how far the passes came. After one that did not look for identifiers that name nobody, another is due.
func (p *purger) open(ctx context.Context) error {
	if err := p.diary.open(ctx); err != nil {
		return err
	}
	if s := &p.state; !s.Purged.IsZero() && !s.Swept && s.Erased.IsZero() {
		s.Erased = s.Latest
	}
	return nil
}

// mark says that somebody was erased.
func (p *purger) mark(ctx context.Context) error {
	now := p.engine.now().UTC()
	p.mu.Lock()
	if p.state.Latest = now; p.state.Erased.IsZero() {
		p.state.Erased = now
	}
	p.mu.Unlock()
	if err := p.save(ctx, true); err != nil {
		return err
	}
	p.wake()
	return nil
}

// look makes a pass where one is due, and says how long until the next is.
func (p *purger) look(ctx context.Context) time.Duration {
	if err := p.tend(ctx); err != nil {
		if ctx.Err() == nil {
			p.engine.log.Error("purge", "error", err)
		}
		return purgeRetry
	}
	return max(p.wait(), time.Second)
}

// wait is how long until a pass is due, the engine's time.
func (p *purger) wait() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state.Erased.IsZero() {
		return purgeEvery
	}
	due := p.state.Erased.Add(purgeAfter)
	if next := p.state.Purged.Add(purgeEvery); next.After(due) {
		due = next
	}
	return max(0, due.Sub(p.engine.now()))
}

func (p *purger) tend(ctx context.Context) error {
	if p.wait() > 0 {
		return ctx.Err()
	}
	return p.pass(ctx)
}

// pass deletes what still names who was erased before it, and has the files forget them.
func (p *purger) pass(ctx context.Context) error {
	began := p.engine.now().UTC()
	if err := p.sweep(ctx); err != nil {
		return err
	}
	if err := p.engine.store.Purge(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	p.state.Swept = true
	if p.state.Purged = began; p.state.Latest.After(began) {
		p.state.Erased = began // it may be later
	} else {
		p.state.Erased = time.Time{}
	}
	p.mu.Unlock()
	return p.save(ctx, true)
}

// Purge deletes what still names who was erased and has the store's files forget them at once, which otherwise happens within 25 hours. It
// reads and writes the whole store.
func (e *Engine) Purge(ctx context.Context) error { return e.purger.pass(ctx) }

// Purging says how far it is that the bytes of the erased are gone.
func (e *Engine) Purging() Purging {
	e.purger.mu.Lock()
	defer e.purger.mu.Unlock()
	return e.purger.state
}
