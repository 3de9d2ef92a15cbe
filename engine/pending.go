package engine

import (
	"context"
	"sync"
	"time"
)

// pending counts what must still happen before a caller can be answered: the events it brought, and
// the letters they set off, and the letters those set off. Read-your-writes across parts rests on it:
// an event is acknowledged when nothing it caused is still on its way.
type pending struct {
	mu   sync.Mutex
	open int
	err  error
	done chan struct{}
}

func newPending(n int) *pending {
	p := &pending{open: n, done: make(chan struct{})}
	if n == 0 {
		close(p.done)
	}
	return p
}

// add announces n more things, before the one that causes them finishes.
func (p *pending) add(n int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.open += n
	p.mu.Unlock()
}

// finish reports one thing done. The first error is the one wait returns.
func (p *pending) finish(err error) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	if p.open--; p.open == 0 {
		close(p.done)
	}
}

// wait returns when everything is done, or with ctx's error before that.
func (p *pending) wait(ctx context.Context) error {
	select {
	case <-p.done:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// waitFor is wait, for at most a time. It costs less than a context with a deadline.
func (p *pending) waitFor(ctx context.Context, most time.Duration) error {
	if most <= 0 {
		return p.wait(ctx)
	}
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case <-p.done:
	case <-ctx.Done():
	case <-late.C:
		return context.DeadlineExceeded
	}
	return p.wait(ctx)
}
