package engine

import (
	"context"
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// resting is an owner whose loop has nothing to do.
func resting(t *testing.T) *owner {
	t.Helper()
	s, err := pebble.Open("rest", pebble.Options{FS: vfs.NewMem(), Parts: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &owner{engine: newEngine(Config{Store: s}), queue: newQueue[*task](), people: newCache(8), ctx: t.Context()}
}

// noted is a lazy task that writes an entry of somebody, and how often it ran and was told so.
type noted struct{ ran, told int }

func (n *noted) task() *task {
	return &task{
		lazy: true, done: func(error) { n.told++ },
		run: func(t *turn) error {
			n.ran++
			p := &aparte.Person{ID: aparte.PersonID{1}}
			t.append(p, store.DecisionEntry, store.Key{}, []byte{1})
			t.put(p)
			return nil
		},
	}
}

func TestWhoAsksRunsTheTaskWhereNobodyIsTheOwner(t *testing.T) {
	o, n := resting(t), &noted{}
	for range 3 {
		if !o.standIn(n.task()) {
			t.Fatal("the task has to queue")
		}
	}
	if n.ran != 3 || n.told != 3 || len(o.turn.batch.Entries) != 3 {
		t.Errorf("ran %d times, told %d times, %d entries, want 3", n.ran, n.told, len(o.turn.batch.Entries))
	}
	if len(o.queue.wake) != 1 {
		t.Error("the loop does not know that there is something to commit")
	}
}

func TestATaskQueuesWhereSomebodyIsTheOwnerOrWaitsOrTheLoopIsNotThere(t *testing.T) {
	for name, set := range map[string]func(*owner){
		"somebody is the owner":     func(o *owner) { o.mu.Lock() },
		"a task waits":              func(o *owner) { o.queue.push(&task{}) },
		"the loop is not there yet": func(o *owner) { o.ctx = nil },
		"the engine closes":         func(o *owner) { o.queue.close() },
	} {
		t.Run(name, func(t *testing.T) {
			o, n := resting(t), &noted{}
			set(o)
			if o.standIn(n.task()) || n.ran > 0 {
				t.Error("the task ran")
			}
		})
	}
}

func TestAPanicLeavesNothingHalfDone(t *testing.T) {
	o, n := resting(t), &noted{}
	o.standIn(n.task())
	half := n.task()
	whole := half.run
	half.run = func(t *turn) error {
		if err := whole(t); err != nil {
			return err
		}
		panic("half way")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nobody is told of the panic")
			}
		}()
		o.standIn(half)
	}()
	if o.turn != nil || !o.lazySince.IsZero() {
		t.Error("what the task left half done waits to be committed")
	}
	if !o.standIn(n.task()) || len(o.turn.batch.Entries) != 1 {
		t.Error("the owner does not go on")
	}
}

func TestWaitingEndsWithWhatIsDoneOrWithTheCaller(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	failed := errors.New("failed")
	p := newPending(2)
	p.finish(failed)
	if err := p.wait(over); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for what is not done: %v", err)
	}
	if err := p.waitFor(t.Context(), 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a nanosecond: %v", err)
	}
	p.finish(nil)
	if err := p.wait(over); !errors.Is(err, failed) {
		t.Errorf("what is done: %v, want the first error", err)
	}
}
