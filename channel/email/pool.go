package email

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aparte-dev/aparte/channel"
)

// freshness says which connection will do.
type freshness int

const (
	anyConn freshness = iota // one that is open, if there is
	newConn                  // one just opened
)

// pool keeps connections open between mails, a bounded number of them. It has no goroutine: a
// connection unused for too long is closed by whoever would have taken it, or by close.
type pool struct {
	settings *settings
	places   chan struct{} // one element a connection in use

	closing sync.Once

	mu     sync.Mutex
	idle   []*conn // the last used is the last
	closed bool
}

func newPool(s *settings) *pool {
	return &pool{settings: s, places: make(chan struct{}, s.Connections)}
}

// take waits for a place, then gives a connection that is ready for a mail. It must be put back.
func (p *pool) take(ctx context.Context, want freshness) (*conn, error) {
	select {
	case p.places <- struct{}{}:
	case <-ctx.Done():
		return nil, givenUp(ctx)
	}
	c, err := p.open(ctx, want)
	if err != nil {
		<-p.places
		return nil, err
	}
	return c, nil
}

func (p *pool) open(ctx context.Context, want freshness) (*conn, error) {
	if ctx.Err() != nil {
		return nil, givenUp(ctx)
	}
	kept, err := p.kept(want)
	if kept != nil || err != nil {
		return kept, err
	}
	return dial(ctx, p.settings)
}

// kept is the connection used last, if it will do, or nil. Those unused for too long, or all if a new
// one is wanted, are closed.
func (p *pool) kept(want freshness) (*conn, error) {
	now := p.settings.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, &channel.Failure{Temporary: true, Reason: "the e-mail channel is closed"}
	}
	p.idle = slices.DeleteFunc(p.idle, func(c *conn) bool {
		old := want == newConn || now.Sub(c.lastUsed) >= p.settings.Idle
		if old {
			c.abandon()
		}
		return old
	})
	n := len(p.idle)
	if n == 0 {
		return nil, nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return c, nil
}

// put gives a connection and its place back.
func (p *pool) put(c *conn) {
	defer func() { <-p.places }()
	if c.broken {
		c.abandon()
		return
	}
	c.lastUsed, c.used = p.settings.Now(), true
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// quitTimeout bounds the farewell to a server at closing.
const quitTimeout = 2 * time.Second

// close takes every place, so that nothing is being sent, and closes what was kept open. A second
// call waits for the first.
func (p *pool) close() {
	p.closing.Do(func() {
		p.mu.Lock()
		p.closed = true
		p.mu.Unlock()
		for range cap(p.places) {
			p.places <- struct{}{}
		}
		for _, c := range p.idle {
			c.quit(quitTimeout)
		}
		p.idle = nil
		for range cap(p.places) {
			<-p.places
		}
	})
}
