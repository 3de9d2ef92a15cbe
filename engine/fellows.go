package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/aparte-dev/aparte/store"
)

// Several engines over one store each have some of its parts. What one of them does for a person, a letter or a record of another
// one's part goes there as a favour (favour.go): an event to its person, a letter, a look at somebody, a step of a chore. What no favour
// is made for, such as an erasure, is done where it was asked for: the part is fetched, which takes a moment, and may be taken
// elsewhere afterwards. A question that a door puts for somebody elsewhere can be answered Elsewhere instead, for the door to be tried there.
//
// Whatever is believed of who has a part, only the holder of its lease can commit.

// Fellows are the engines that have the parts which this one has not.
type Fellows interface {
	// Ask has whoever has a part act on a message (Engine.Oblige), and returns their answer. It is ErrNobody where nobody has the part at
	// present, or it is not known who: then it may be asked again.
	Ask(ctx context.Context, part store.Part, message []byte) (answer []byte, err error)

	// Yield has whoever has a part give it up (Engine.Give). Nil where nobody has it.
	Yield(ctx context.Context, part store.Part) error

	// Refresh has all of them look at what this one has changed (Engine.Refresh), and returns when they have. One that cannot be told is an error: it
	// looks by itself within a second, or is gone.
	Refresh(ctx context.Context) error
}

// ErrNobody says that nobody who could be asked has a part at present.
var ErrNobody = errors.New("nobody has the part at present")

// Elsewhere says that a person is of a part that another engine has. Nothing was done.
type Elsewhere struct{ Part store.Part }

func (e *Elsewhere) Error() string { return fmt.Sprintf("part %d is another node's", e.Part) }

type movable struct{}

// Movable lets what is asked under a context be answered *Elsewhere where another engine has the person. Otherwise their part is fetched.
func Movable(ctx context.Context) context.Context { return context.WithValue(ctx, movable{}, true) }

// Unmovable has what is asked under a context be done here, whatever Movable said.
func Unmovable(ctx context.Context) context.Context {
	return context.WithValue(ctx, movable{}, false)
}

func isElsewhere(err error) bool {
	var elsewhere *Elsewhere
	return errors.As(err, &elsewhere)
}

func isMovable(ctx context.Context) bool { return ctx.Value(movable{}) == true }

const (
	askAgain  = 20 * time.Millisecond // the first wait after an answer that nobody has a part
	askSeldom = 2 * time.Second       // the longest
	askFor    = 20 * time.Second      // an event, or a part, longer than which leases do not outlast who held them
)

// announce has the fellows look at what was changed.
func (e *Engine) announce(ctx context.Context) error {
	if e.fellows == nil {
		return nil
	}
	if err := e.fellows.Refresh(ctx); err != nil {
		return fmt.Errorf("tell other nodes what was changed: %w", err)
	}
	return nil
}

// here are the owners of the parts that this engine has.
func (e *Engine) here() iter.Seq[*owner] {
	return func(yield func(*owner) bool) {
		for i := range e.owners {
			if o := e.owners[i].Load(); o != nil && !yield(o) {
				return
			}
		}
	}
}

// Has reports whether this engine has a part.
func (e *Engine) Has(part store.Part) bool { return e.owners[part].Load() != nil }

// Take takes a part that nobody has: it is an error of store.ErrLeased where somebody has. What was left under way in it is taken up.
func (e *Engine) Take(ctx context.Context, part store.Part) error {
	moved, err := e.moving[part].lock(ctx)
	if err != nil {
		return fmt.Errorf("take part %d: %w", part, err)
	}
	defer moved()
	if o := e.owners[part].Load(); o != nil {
		if !o.leaving.Load() {
			return nil
		}
		if err := o.wait(ctx); err != nil { // who had it given up did not
			return fmt.Errorf("take part %d: %w", part, err)
		}
	}
	leave, err := e.trips.join()
	if err != nil {
		return err
	}
	defer leave()
	o := e.newOwner(part)
	if err := o.acquire(ctx); err != nil {
		return err
	}
	e.names.forget() // what was known of names of this part was known when it was here before
	e.owners[part].Store(o)
	if err := o.open(ctx); err != nil {
		e.owners[part].Store(nil)
		return errors.Join(err, o.abandon(context.WithoutCancel(ctx), err))
	}
	e.running.Go(func() { o.loop(e.work) })
	return nil
}

// Give gives a part up: what it was asked is done, and committed, before. What it is asked from then on goes to whoever takes it.
func (e *Engine) Give(ctx context.Context, part store.Part) error {
	moved, err := e.moving[part].lock(ctx)
	if err != nil {
		return fmt.Errorf("give up part %d: %w", part, err)
	}
	defer moved()
	o := e.owners[part].Load()
	if o == nil {
		return nil
	}
	o.leaving.Store(true)
	o.queue.close()
	if err := o.wait(ctx); err != nil {
		return fmt.Errorf("give up part %d: %w", part, err)
	}
	return nil
}

// wait waits until an owner that leaves is gone, or ctx ends.
func (o *owner) wait(ctx context.Context) error {
	select {
	case <-o.gone:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// latch is a lock that one waits for no longer than one wants to.
type latch chan struct{}

func newLatch() latch { return make(latch, 1) }

// lock waits for the latch until ctx ends.
func (l latch) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case l <- struct{}{}:
		return func() { <-l }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// newOwner is one of a part that it has not acquired yet.
func (e *Engine) newOwner(part store.Part) *owner {
	o := &owner{
		engine: e, part: part, queue: newQueue[*task](), people: newCache(e.cached, e.records), starts: starts{}, gone: make(chan struct{}),
	}
	o.namings.begin(e.begins[part].Load())
	return o
}

// left notes that an owner has done what it was asked, and gives the part's lease back.
func (o *owner) left(ctx context.Context) {
	e := o.engine
	e.begins[o.part].Store(o.namings.now() + 1)
	e.owners[o.part].CompareAndSwap(o, nil)
	e.names.forget()
	if err := e.store.Release(ctx, o.part, o.epoch); err != nil && !errors.Is(err, store.ErrFenced) {
		e.log.Error("release part", "part", o.part, "error", err)
	}
	close(o.gone)
}

// abandon gives a part back that could not be opened, and fails what it was asked meanwhile.
func (o *owner) abandon(ctx context.Context, err error) error {
	o.queue.close()
	for {
		tasks := o.queue.take(nil, turnTasks)
		if len(tasks) == 0 {
			return o.engine.store.Release(ctx, o.part, o.epoch)
		}
		for _, t := range tasks {
			t.finish(err)
		}
	}
}

// push hands a task to the owner of a part, which is fetched where another engine has it. What becomes of it the task is told.
func (e *Engine) push(part store.Part, t *task) {
	if !e.pushHere(part, t) {
		e.fetch(part, t)
	}
}

// pushHere is push, or false where the part is not this engine's.
func (e *Engine) pushHere(part store.Part, t *task) bool {
	o := e.owners[part].Load()
	return o != nil && o.push(t)
}

// fetch has a part given up by whoever has it, takes it, and hands its owner a task.
func (e *Engine) fetch(part store.Part, t *task) {
	fetched := e.fellows != nil && e.trips.out(func(ctx context.Context) {
		ctx, stop := context.WithTimeout(ctx, askFor)
		defer stop()
		if err := e.again(ctx, func() (bool, error) {
			if e.pushHere(part, t) {
				return true, nil
			}
			if err := e.fellows.Yield(ctx, part); err != nil {
				return false, err
			}
			return false, e.Take(ctx, part)
		}); err != nil {
			t.finish(err)
		}
	})
	if !fetched {
		t.finish(ErrClosed)
	}
}

// again tries until it is done, which what is tried says itself, or ctx ends.
func (e *Engine) again(ctx context.Context, try func() (done bool, err error)) error {
	for wait := askAgain; ; wait = min(2*wait, askSeldom) {
		done, err := try()
		if done {
			return err
		}
		if err == nil {
			wait = 0
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return errors.Join(ErrClosed, err)
		}
	}
}

// trips are what an engine is doing with its fellows: each in a goroutine that ends with their answer, or with the engine.
type trips struct {
	mu    sync.Mutex
	ctx   context.Context
	stop  context.CancelFunc
	ended bool
	under sync.WaitGroup
}

func (t *trips) begin(ctx context.Context) { t.ctx, t.stop = context.WithCancel(ctx) }

// end has those under way return, and lets none begin.
func (t *trips) end() {
	t.mu.Lock()
	t.ended = true
	t.mu.Unlock()
	t.stop()
	t.under.Wait()
}

// join has end wait until leave is called.
func (t *trips) join() (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended || t.ctx == nil {
		return nil, ErrClosed
	}
	t.under.Add(1)
	return t.under.Done, nil
}

// out runs f beside its caller, or reports false where the engine is going away.
func (t *trips) out(f func(context.Context)) bool {
	leave, err := t.join()
	if err != nil {
		return false
	}
	go func() { // ends with f, which end waits for and whose context it ends
		defer leave()
		f(t.ctx)
	}()
	return true
}
