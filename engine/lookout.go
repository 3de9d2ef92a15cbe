package engine

import (
	"context"
	"sync"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// What evidence an engine at work looks for, and how often: reading takes time that visitors could use.
const (
	lookBack   = 28 * 24 * time.Hour
	lookAtMost = 10_000 // people
	lookAgain  = time.Minute
	lookSeldom = 20 // times as long as the last look took
)

// lookout looks for evidence while the engine is at work: when somebody asks and the last is old, one look at a time.
type lookout struct {
	engine *Engine
	ctx    context.Context
	stop   context.CancelFunc
	under  sync.WaitGroup

	mu   sync.Mutex
	last Sight
	next time.Time     // not before
	look chan struct{} // closed when the look under way ends; nil: there is none
}

// Sight is the evidence that was found last, and how far the look under way is.
type Sight struct {
	Evidence *Evidence // nil: none yet
	Err      error     // of the last look
	Looking  bool
	Done     float64 // of it, from 0 to 1
}

func newLookout(ctx context.Context, e *Engine) *lookout {
	l := &lookout{engine: e}
	l.ctx, l.stop = context.WithCancel(ctx)
	return l
}

// close ends a look under way, and lets none begin.
func (l *lookout) close() {
	l.mu.Lock()
	l.stop()
	l.mu.Unlock()
	l.under.Wait()
}

// Evidence is what the log of the last four weeks proves, as far as ten thousand people tell. Where what was found
// is old, another look begins, and is waited for until patience is out.
func (e *Engine) Evidence(ctx context.Context, patience time.Duration) (Sight, error) {
	now := e.brand.Load()
	if now == nil {
		return Sight{}, ErrNoBrand
	}
	l := e.lookout
	done := l.begin(now)
	if done != nil && patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.Evidence == nil {
		return l.last, l.last.Err
	}
	return l.last, nil
}

// begin starts a look where one is due; the channel is closed when the one under way ends.
func (l *lookout) begin(now *live) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.look != nil || l.ctx.Err() != nil || l.engine.now().Before(l.next) {
		return l.look
	}
	done := make(chan struct{})
	l.look, l.last.Looking, l.last.Done = done, true, 0
	l.under.Go(func() {
		began := l.engine.now()
		found, err := l.find(now, began)
		l.mu.Lock()
		defer l.mu.Unlock()
		if err == nil {
			l.last.Evidence = found
		} else if l.ctx.Err() == nil {
			l.engine.log.Error("evidence", "error", err)
		}
		ended := l.engine.now()
		l.last.Err, l.last.Looking, l.look = err, false, nil
		l.next = ended.Add(max(lookAgain, lookSeldom*ended.Sub(began)))
		close(done)
	})
	return done
}

// join lets somebody else read the log for long: the context ends with the engine, which waits until it is left.
func (l *lookout) join(ctx context.Context) (_ context.Context, leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ctx.Err(); err != nil {
		return nil, nil, err
	}
	l.under.Add(1)
	ctx, stop := context.WithCancel(ctx)
	unhook := context.AfterFunc(l.ctx, stop)
	return ctx, func() {
		unhook()
		stop()
		l.under.Done()
	}, nil
}

// written waits until what was decided so far can be read from the store.
func (l *lookout) written(ctx context.Context) error {
	for part := range l.engine.parts {
		if err := l.engine.settled(ctx, store.Part(part)); err != nil {
			return err
		}
	}
	return nil
}

func (l *lookout) find(now *live, at time.Time) (*Evidence, error) {
	tell := func(done, total int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.last.Done = float64(done) / float64(total)
	}
	if err := l.written(l.ctx); err != nil {
		return nil, err
	}
	w, err := newWitness(l.ctx, l.engine, now, Looking{Since: at.Add(-lookBack), People: lookAtMost}, steps{tell: tell, total: l.engine.parts})
	if err != nil {
		return nil, err
	}
	w.found.At = at
	if err := w.everybody(l.ctx); err != nil {
		return nil, err
	}
	return w.evidence(), nil
}
