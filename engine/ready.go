package engine

import (
	"context"
	"sync"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
)

// setting has what a brand shows made ready for those who open, beside all else.
type setting struct {
	composer *compose.Composer

	mu     sync.Mutex
	stop   context.CancelFunc // what is being made ready; nil: nothing was yet
	ready  chan struct{}      // closed when that is over
	closed bool
	under  sync.WaitGroup
}

// Furnished waits until what the published brand shows has been made ready for the first who open it, which takes some
// seconds of one processor after a start or a new version. The engine serves all the same before. The error is ctx's.
func (e *Engine) Furnished(ctx context.Context) error {
	e.setting.mu.Lock()
	ready := e.setting.ready
	e.setting.mu.Unlock()
	if ready == nil {
		return ctx.Err()
	}
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin makes a brand ready, instead of the one before it.
func (s *setting) begin(b *aparte.Brand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.stop != nil {
		s.stop()
	}
	ctx, stop := context.WithCancel(context.Background())
	ready := make(chan struct{})
	s.stop, s.ready = stop, ready
	s.under.Go(func() {
		defer close(ready)
		s.composer.Ready(ctx, b)
	})
}

// close ends what is under way, and lets nothing begin.
func (s *setting) close() {
	s.mu.Lock()
	if s.closed = true; s.stop != nil {
		s.stop()
	}
	s.mu.Unlock()
	s.under.Wait()
}
