package engine

import "sync"

// queue holds what waits for an owner. It never blocks whoever pushes, so that two owners can write to
// one another without waiting for one another; what bounds it is the engine's admission (admit.go).
type queue[T any] struct {
	mu     sync.Mutex
	items  []T
	closed bool
	wake   chan struct{} // holds a token while there is something to take
}

func newQueue[T any]() *queue[T] { return &queue[T]{wake: make(chan struct{}, 1)} }

// push appends an item, or reports false where the queue is closed.
func (q *queue[T]) push(item T) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.items = append(q.items, item)
	q.signal()
	return true
}

// take moves up to limit items to dst, in the order pushed.
func (q *queue[T]) take(dst []T, limit int) []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(limit, len(q.items))
	dst = append(dst, q.items[:n]...)
	rest := copy(q.items, q.items[n:])
	clear(q.items[rest:])
	q.items = q.items[:rest]
	if rest > 0 {
		q.signal()
	}
	return dst
}

// peek is what would be taken first, and how much is queued.
func (q *queue[T]) peek() (first T, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n = len(q.items); n > 0 {
		first = q.items[0]
	}
	return first, n
}

// close refuses what is pushed from now on; what is queued can still be taken.
func (q *queue[T]) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

// drained reports whether the queue is closed and empty.
func (q *queue[T]) drained() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed && len(q.items) == 0
}

func (q *queue[T]) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
