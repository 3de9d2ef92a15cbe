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
	done chan struct{} // closed when open is 0; nil: nobody waits
}

func newPending(n int) *pending { return &pending{open: n} }

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
	if p.open--; p.open == 0 && p.done != nil {
		close(p.done)
	}
}

// over is a channel that is closed when everything is done; nil where it is.
func (p *pending) over() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open > 0 && p.done == nil {
		p.done = make(chan struct{})
	}
	if p.open == 0 {
		return nil
	}
	return p.done
}

// wait returns when everything is done, or with ctx's error before that.
func (p *pending) wait(ctx context.Context) error { return p.waitFor(ctx, 0) }

// waitFor is wait, for at most a time; 0: as long as it takes. It costs less than a context with a deadline.
func (p *pending) waitFor(ctx context.Context, most time.Duration) error {
	if over := p.over(); over != nil {
		var late <-chan time.Time
		if most > 0 {
			timer := time.NewTimer(most)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-over:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-late:
			return context.DeadlineExceeded
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}
