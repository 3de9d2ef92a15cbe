package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
)

// chore is what the engine does beside its visitors, over and over, in a goroutine of its own.
type chore struct {
	woken chan struct{}
	done  chan struct{}
	stop  context.CancelFunc
}

func newChore() chore { return chore{woken: make(chan struct{}, 1), done: make(chan struct{})} }

// wake has it look at once whether anything is due.
func (c *chore) wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

// start lets it run until close. tend does what is due and says how long until it is to look again; it is first asked after a
// while. Where the caller moves the clock, Step does what is due and nothing runs by itself.
func (c *chore) start(ctx context.Context, stepped bool, first time.Duration, tend func(context.Context) time.Duration) {
	ctx, c.stop = context.WithCancel(ctx)
	if stepped {
		close(c.done)
		return
	}
	go func() {
		defer close(c.done)
		for wait := first; ; wait = tend(ctx) {
			select {
			case <-time.After(wait):
			case <-c.woken:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// close ends what is under way; it goes on with the engine's next life.
func (c *chore) close() {
	c.stop()
	<-c.done
}

// recall reads what a chore saved of itself under a name into state, which stays as it is where nothing was saved.
func (e *Engine) recall(ctx context.Context, name string, state any) error {
	doc, err := e.store.Document(ctx, name, 0)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := json.Unmarshal(doc.Body, state); err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return nil
}

// remember saves the state of a chore in the place of what was saved under the name before.
func (e *Engine) remember(ctx context.Context, name string, state any) error {
	body, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	if _, err := store.Replace(ctx, e.store, name, body); err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	return nil
}

// diary is what a chore knows of how far it is, which is written down from time to time, only to spare work.
type diary[S any] struct {
	engine *Engine
	name   string // of the document
	every  time.Duration

	mu    sync.Mutex
	state S
	saved time.Time
}

// open reads how far it came.
func (d *diary[S]) open(ctx context.Context) error { return d.engine.recall(ctx, d.name, &d.state) }

// save writes down how far it came, in place of what was written before: always, or where that was long enough ago.
func (d *diary[S]) save(ctx context.Context, always bool) error {
	d.mu.Lock()
	state, saved := d.state, d.saved
	d.mu.Unlock()
	now := d.engine.now()
	if !always && now.Sub(saved) < d.every {
		return nil
	}
	if err := d.engine.remember(ctx, d.name, state); err != nil {
		return err
	}
	d.mu.Lock()
	d.saved = now
	d.mu.Unlock()
	return nil
}

// settled waits until what the owner of a part was asked so far can be read from the store.
func (e *Engine) settled(ctx context.Context, part store.Part) error {
	if !e.Has(part) && e.fellows != nil {
		return e.settleAcross(ctx, part)
	}
	return e.in(ctx, part, func(*turn) error { return nil })
}

// walk reads the records of a part a page at a time, as they were committed, and rests so many times as long as each page took.
func (e *Engine) walk(ctx context.Context, part store.Part, rest time.Duration, page func([]store.PersonRow) error) error {
	return e.walkBy(ctx, part, historyPage, rest, page)
}

// walkBy is walk, so many records a page.
func (e *Engine) walkBy(ctx context.Context, part store.Part, each int, rest time.Duration, page func([]store.PersonRow) error) error {
	var after aparte.PersonID
	for {
		began := e.now()
		rows, err := e.store.People(ctx, part, after, each)
		if err != nil {
			return fmt.Errorf("people of part %d: %w", part, err)
		}
		if err := page(rows); err != nil {
			return err
		}
		if len(rows) < each {
			return nil
		}
		after = rows[len(rows)-1].ID
		if err := e.pause(ctx, rest*e.now().Sub(began)); err != nil {
			return err
		}
	}
}

// walkPause is the longest rest after a page.
const walkPause = 2 * time.Second

// pause lets others have the machine for a while.
func (e *Engine) pause(ctx context.Context, wait time.Duration) error {
	wait = min(wait, walkPause)
	if e.stepped || wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
