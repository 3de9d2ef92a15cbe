package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/observe"
)

// A message leaves in two durable steps, so that nobody gets one twice. A deliver timer says that it must go; it stays
// while a worker composes the message and takes it to the channel. Just before the channel does what the other end may
// take for a message (of SMTP, the end of the mail), the timer turns into an attempt timer; what the channel answered
// turns that into a sent event, a later deliver timer, or a dead letter.
//
// So a crash before that point costs nothing: the message goes out after the restart. Of an attempt, nobody can know
// whether it arrived: where nothing is heard of it within answerWithin, as the process died in between, it is given up,
// not repeated. These are at most as many messages as there are workers, and each is a dead letter, to be seen.
const answerWithin = 15 * time.Minute

// courier hands messages to channels, a bounded number at a time.
type courier struct {
	engine  *Engine
	jobs    *queue[delivery]
	workers sync.WaitGroup
	width   int
	at      atomic.Int64 // deliveries that wait for a worker or are under way

	mu    sync.Mutex
	under map[delivery]ride // those deliveries: whose timer fires again is not carried twice
	idle  chan struct{}     // where somebody waits for there to be none, closed when there is none; or nil
}

// delivery is one message to be handed over. Who it is for and what it says are read when its turn comes.
type delivery struct {
	person   aparte.PersonID // whose timer it is
	decision aparte.DecisionID
	attempt  int
}

// ride is what is known of a delivery while the workers have it.
type ride struct {
	from    start // of its moment, where it is told how soon it is handed over
	channel aparte.Channel
	since   time.Time
}

func newCourier(e *Engine, width int) *courier {
	return &courier{engine: e, jobs: newQueue[delivery](), width: width, under: map[delivery]ride{}}
}

// start lets the workers run until close; ctx bounds what they do.
func (c *courier) start(ctx context.Context) {
	for range c.width {
		c.workers.Go(func() {
			var jobs []delivery
			for {
				jobs = c.jobs.take(jobs[:0], 1)
				for _, job := range jobs {
					if !c.engine.closing.Load() { // what is left in the queue has its timer
						c.carry(ctx, job)
					}
					c.done(job)
				}
				if len(jobs) > 0 {
					continue
				}
				if c.jobs.drained() {
					c.jobs.close() // wakes the next worker
					return
				}
				<-c.jobs.wake
			}
		})
	}
}

// close refuses further deliveries and waits for those under way.
func (c *courier) close() {
	c.jobs.close()
	c.workers.Wait()
}

// mostWaiting is how many deliveries wait for a worker, at most. The timers of others fire again.
const mostWaiting = 100_000

// push gives the workers a message to hand over, and from when on it is counted how soon that is, zero: it is not; false where
// they take none now. One that they have already is taken.
func (c *courier) push(job delivery, on aparte.Channel, from start) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, has := c.under[job]; has {
		return true
	}
	if len(c.under) >= mostWaiting || !c.jobs.push(job) {
		return false
	}
	c.under[job] = ride{from, on, c.engine.now()}
	c.at.Add(1)
	return true
}

// carries reports whether the workers have a delivery already.
func (c *courier) carries(job delivery) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, has := c.under[job]
	return has
}

// handing counts how soon a message is handed over.
func (c *courier) handing(job delivery) {
	c.mu.Lock()
	from := c.under[job].from
	c.mu.Unlock()
	if !from.at.IsZero() {
		c.engine.took(&c.engine.prompt.handed, from)
	}
}

func (c *courier) done(job delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.under, job)
	c.at.Add(-1)
	if len(c.under) == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// waiting is what waits for a worker or is under way on a channel. What waits for an hour or a pace does not.
func (c *courier) waiting(on aparte.Channel) (all observe.Waiting) {
	now := c.engine.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.under {
		if r.channel == on {
			all.Depth, all.Oldest = all.Depth+1, max(all.Oldest, now.Sub(r.since))
		}
	}
	return all
}

// wait returns when no delivery is left, or with ctx's error before that.
func (c *courier) wait(ctx context.Context) error {
	c.mu.Lock()
	if len(c.under) == 0 {
		c.mu.Unlock()
		return nil
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	idle := c.idle
	c.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *courier) busy() int { return int(c.at.Load()) }
