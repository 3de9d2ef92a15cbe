package engine

import (
	"container/heap"
	"context"
	"fmt"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// schedule is an owner's view of the timers due in the next minute: an index of an index. A timer that
// was moved or cancelled may still stand in it; firing checks the person's state.
type schedule struct {
	heap   timerHeap
	loaded time.Time // every timer of the part due before this is in the heap
	failed time.Time // when loading last failed; zero: it went well since
}

const (
	timerBatch = 10_000      // timers held in the heap by one load, at most
	loadAgain  = time.Second // after one that failed
)

// load reads the timers of the next minute, once every half minute, and not while some wait to fire.
func (s *schedule) load(ctx context.Context, o *owner, now time.Time) error {
	if now.Add(timerAhead/2).Before(s.loaded) || len(s.heap) > 0 && !s.heap[0].Due.After(now) || s.rests(now) {
		return nil
	}
	until := now.Add(timerAhead)
	timers, err := o.engine.store.Due(ctx, o.part, until, timerBatch)
	if err != nil {
		s.failed = now
		return fmt.Errorf("timers of part %d: %w", o.part, err)
	}
	s.failed = time.Time{}
	if len(timers) == timerBatch {
		until = timers[len(timers)-1].Due
	}
	s.heap, s.loaded = timerHeap(timers), until
	heap.Init(&s.heap)
	return nil
}

// rests says that loading failed a moment ago; a clock that was set back is not waited for.
func (s *schedule) rests(now time.Time) bool {
	return !s.failed.IsZero() && now.Sub(s.failed).Abs() < loadAgain
}

// add takes up a timer just committed, where it falls in what is loaded.
func (s *schedule) add(t store.Timer) {
	if t.Due.Before(s.loaded) {
		heap.Push(&s.heap, t)
	}
}

// due takes what is due at now off the schedule, in order.
func (s *schedule) due(now time.Time) []store.Timer {
	var due []store.Timer
	for len(s.heap) > 0 && !s.heap[0].Due.After(now) && len(due) < turnTasks {
		due = append(due, heap.Pop(&s.heap).(store.Timer))
	}
	return due
}

// next is when the owner must look at the schedule again.
func (s *schedule) next() (time.Time, bool) {
	reload := s.loaded.Add(-timerAhead / 2)
	if !s.failed.IsZero() {
		reload = s.failed.Add(loadAgain)
	} else if s.loaded.IsZero() {
		return time.Time{}, false
	}
	if len(s.heap) > 0 && s.heap[0].Due.Before(reload) {
		return s.heap[0].Due, true
	}
	return reload, true
}

func (s *schedule) reset() { s.heap, s.loaded = nil, time.Time{} } // what failed rests as long

type timerHeap []store.Timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	a, b := &h[i], &h[j]
	if !a.Due.Equal(b.Due) {
		return a.Due.Before(b.Due)
	}
	if a.Person != b.Person {
		return string(a.Person[:]) < string(b.Person[:])
	}
	return a.Name < b.Name
}
func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timerHeap) Push(x any)   { *h = append(*h, x.(store.Timer)) }
func (h *timerHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
