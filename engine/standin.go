package engine

import "time"

// standIn runs a task in the goroutine that brings it, which is the owner for as long as that takes: nobody is
// woken up, and nobody waited for. It does so only where nobody is the owner at the moment and nothing is
// queued, so that tasks run in the order they came; false says that the task has to queue. It is for lazy tasks:
// those that wait for the disk share a batch, which the loop makes.
func (o *owner) standIn(t *task) bool {
	if !o.mu.TryLock() {
		return false
	}
	whole := false
	defer func() {
		if !whole { // the task panicked: half of what it did must not be committed
			o.drop()
		}
		o.mu.Unlock()
	}()
	idle := o.ctx != nil && o.queue.idle()
	if idle {
		waits := !o.lazySince.IsZero()
		o.serve(o.ctx, []*task{t})
		if !waits && !o.lazySince.IsZero() {
			o.queue.signal() // the loop has a commit to make in a while
		}
	}
	whole = true
	return idle
}

// drop gives up what the turn holds, as a crash would: decisions nobody has been promised.
func (o *owner) drop() {
	if t := o.turn; t != nil {
		for _, s := range t.letters {
			s.cause.finish(nil)
		}
	}
	o.turn, o.lazySince = nil, time.Time{}
	o.forget()
}
