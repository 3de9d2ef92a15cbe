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
	closed bool
	under  sync.WaitGroup
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
	s.stop = stop
	s.under.Go(func() { s.composer.Ready(ctx, b) })
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
