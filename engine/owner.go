package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"sync/atomic"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/store"
)

const (
	turnTasks  = 256                    // tasks taken into one turn, at most
	turnPeople = 128                    // people committed together, at most
	lazyDelay  = 250 * time.Millisecond // how long what may wait for a commit waits
	timerAhead = time.Minute            // how far ahead timers are loaded
	leaseTTL   = 15 * time.Second
	renewEvery = 5 * time.Second
)

// task is one thing for an owner to do, in its own goroutine, for people of its part.
type task struct {
	person  aparte.PersonID // whose state it will read; zero: not known yet
	message store.Key       // key of the event it brings; zero: none
	run     func(*turn) error
	done    func(error) // called once, when what run did is durable, or with what went wrong; may be nil
	lazy    bool        // done is called when run returns; what it wrote is durable with the next commit
	cause   *pending    // who waits for the letters this task writes; may be nil
	since   time.Time   // when what it brings came in; zero: as it runs
	queued  time.Time   // when it was pushed; zero: it never waited in a queue

	span *observe.Span // of what it is part; nil: nobody traces it
}

// owner is the only writer of one part's people. It runs tasks in turns: each turn ends in one batch.
type owner struct {
	engine *Engine
	part   store.Part
	epoch  store.Epoch
	queue  *queue[*task]
	people *cache

	namings namings // of identifiers of this part

	turn       *turn // the one being filled
	spare      *turn // one that is over
	encoder    decide.Encoder
	lazySince  time.Time
	lastLetter uint64
	delivered  []uint64 // letters to delete with the next batch
	schedule   schedule
	starts     starts
	renewed    time.Time
	tried      time.Time     // when renewing was last tried
	step       bool          // somebody who moves the clock asks for what is due
	leaving    atomic.Bool   // the part is given up: timers go on elsewhere
	gone       chan struct{} // closed when it has been

	doubtful spans         // numbers of letters that may be in the store and are with nobody
	doubted  time.Time     // when they are looked for; zero: there are none
	patience time.Duration // how long they waited

	inHand     load // tasks taken from the queue and not done
	due        load // timers due that have not fired; how many is not counted
	posted     posted
	onTheirWay load // letters
}

// push queues a task, or reports false where the owner is going away.
func (o *owner) push(t *task) bool {
	t.queued = o.engine.now()
	return o.queue.push(t)
}

// acquire takes the part's lease.
func (o *owner) acquire(ctx context.Context) error {
	now := o.engine.now()
	epoch, err := o.engine.store.Acquire(ctx, o.part, o.engine.owner, now, leaseTTL)
	if err != nil {
		return fmt.Errorf("acquire part %d: %w", o.part, err)
	}
	o.epoch, o.renewed = epoch, now
	return nil
}

// loop runs until the queue is closed and empty, then commits what is left and gives the lease back.
func (o *owner) loop(ctx context.Context) {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	var tasks []*task
	for {
		tasks = o.queue.take(tasks[:0], turnTasks)
		if len(tasks) > 0 {
			o.inHand.set(len(tasks), tasks[0].queued)
			o.serve(ctx, tasks)
			o.inHand.set(0, time.Time{})
		}
		if o.step || !o.engine.stepped {
			o.step = false
			o.tend(ctx)
		}
		if o.queue.drained() {
			o.commit(ctx)
			if o.queue.drained() {
				break
			}
		}
		alarm.Reset(o.nextAlarm())
		select {
		case <-o.queue.wake:
		case <-alarm.C:
		}
	}
	o.left(ctx)
}

// serve runs tasks and commits as soon as one of them waits for durability, or has written letters, whose answer is waited for.
func (o *owner) serve(ctx context.Context, tasks []*task) {
	err := o.holds(ctx)
	if err == nil {
		err = o.prepare(ctx, tasks)
	}
	if err != nil {
		for _, t := range tasks {
			t.finish(err)
		}
		return
	}
	for _, t := range tasks {
		if len(o.turn.people) >= turnPeople {
			repeated := maps.Clone(o.turn.repeated)
			o.commit(ctx)
			o.begin(ctx)
			maps.Copy(o.turn.repeated, repeated)
		}
		o.perform(t)
	}
	if len(o.turn.waiting) > 0 || len(o.turn.letters) > 0 {
		o.commit(ctx)
	}
}

// begin sees to it that there is a turn, and that its clock is right. A turn's time has microseconds, as
// what is stored has: a window that closed a nanosecond after its timer would set the timer again, due.
func (o *owner) begin(ctx context.Context) {
	if o.turn == nil {
		if o.turn, o.spare = o.spare, nil; o.turn == nil {
			o.turn = newTurn(o)
		}
	}
	o.turn.ctx, o.turn.now = ctx, o.engine.now().Truncate(time.Microsecond)
}

// perform runs one task in the current turn.
func (o *owner) perform(t *task) {
	o.turn.cause, o.turn.since = t.cause, t.since
	if t.since.IsZero() {
		o.turn.since = o.turn.now
	}
	if !t.queued.IsZero() {
		o.engine.metrics.waited.Observe(o.turn.now.Sub(t.queued).Seconds())
	}
	o.turn.within(t)
	err := t.run(o.turn)
	o.turn.heed()
	switch {
	case err != nil:
		t.finish(err)
	case t.lazy:
		t.finish(nil)
	default:
		o.turn.waiting = append(o.turn.waiting, t)
	}
	if o.lazySince.IsZero() && o.turn.dirty() {
		o.lazySince = o.engine.now()
	}
}

// prepare begins a turn where there is none and reads at once what the tasks will ask for one by one.
func (o *owner) prepare(ctx context.Context, tasks []*task) error {
	o.begin(ctx)
	var missing []aparte.PersonID
	var keys []store.Key
	for _, t := range tasks {
		if !t.person.IsZero() && store.PartOf(t.person[:8], o.engine.parts) == o.part && !o.people.has(t.person) {
			missing = append(missing, t.person)
		}
		if t.message != (store.Key{}) {
			keys = append(keys, t.message)
		}
	}
	if err := o.people.load(ctx, o, missing); err != nil {
		return err
	}
	if len(keys) == 0 {
		return nil
	}
	seen, err := o.engine.store.Seen(ctx, o.part, keys)
	if err != nil {
		return fmt.Errorf("look for repeated events in part %d: %w", o.part, err)
	}
	for i, k := range keys {
		if seen[i] {
			o.turn.repeated[k] = true
		}
	}
	return nil
}

// holds says that the part is still this owner's. One whose lease has run out, because it was held up, asks before it acts: somebody else may have the part.
func (o *owner) holds(ctx context.Context) error {
	if now := o.engine.now(); now.Sub(o.renewed) >= leaseTTL {
		return o.renew(ctx, now)
	}
	return nil
}

func (o *owner) renew(ctx context.Context, now time.Time) error {
	err := o.engine.store.Renew(ctx, o.part, o.epoch, now, leaseTTL)
	if err != nil {
		o.engine.log.Error("renew lease", "part", o.part, "error", err)
		o.engine.heedLoss(err)
		return err
	}
	o.renewed = now
	return nil
}

// tend does what is due by the clock: timers, the lease, and what has waited long enough for a commit.
func (o *owner) tend(ctx context.Context) {
	now := o.engine.now()
	if now.Sub(o.renewed) >= renewEvery && now.Sub(o.tried) >= renewEvery {
		o.tried = now
		_ = o.renew(ctx, now) // it was told; the lease may hold until the next time
	}
	if !o.engine.closing.Load() && !o.leaving.Load() { // timers go on after the restart, or elsewhere
		o.fireDue(ctx, now)
		o.lookAgain(ctx, now)
	}
	if !o.lazySince.IsZero() && now.Sub(o.lazySince) >= lazyDelay {
		o.commit(ctx)
	}
}

// fireDue fires the timers that are due.
func (o *owner) fireDue(ctx context.Context, now time.Time) {
	if err := o.schedule.load(ctx, o, now); err != nil {
		o.engine.log.Error("load timers", "part", o.part, "error", err)
	}
	due := o.schedule.due(now)
	if len(due) == 0 {
		return
	}
	o.due.set(len(due), due[0].Due)
	tasks := make([]*task, len(due))
	for i, timer := range due {
		tasks[i] = o.fireTask(timer)
	}
	o.serve(ctx, tasks)
}

// nextAlarm is how long the owner may sleep.
func (o *owner) nextAlarm() time.Duration {
	if o.engine.stepped {
		return math.MaxInt64 // it will be told
	}
	now := o.engine.now()
	wait := renewEvery - max(min(now.Sub(o.renewed), now.Sub(o.tried)), 0)
	if !o.lazySince.IsZero() {
		wait = min(wait, lazyDelay-now.Sub(o.lazySince))
	}
	if o.engine.closing.Load() || o.leaving.Load() {
		return max(wait, 0)
	}
	if due, ok := o.schedule.next(); ok {
		o.due.set(0, due)
		wait = min(wait, due.Sub(now))
	}
	if !o.doubted.IsZero() {
		wait = min(wait, o.doubted.Sub(now))
	}
	return max(wait, 0)
}

// commit writes the turn's batch and tells those who waited. Where another entry was there before (a
// conflict), the states held were not the latest: they are forgotten and the tasks run once more.
func (o *owner) commit(ctx context.Context) {
	t := o.turn
	o.turn, o.lazySince = nil, time.Time{}
	if t == nil {
		return
	}
	var err error
	if t.dirty() {
		start, lazy := o.engine.now(), len(t.waiting) == 0
		if err = t.commit(ctx); err == nil {
			now := o.engine.now()
			o.engine.metrics.commit(now.Sub(start), lazy, len(t.batch.Entries))
			t.committed(start, now)
		}
	}
	if err == nil {
		for _, w := range t.waiting {
			w.finish(nil)
		}
		t.reset()
		o.spare = t
		return
	}
	t.takeBack()
	o.people.clear()
	o.namings.forget()
	o.schedule.reset()
	for k := range t.names {
		o.engine.names.set(k, aparte.PersonID{}) // whom it names now is not known
	}
	o.doubt(t.batch.Letters...)
	o.engine.log.Error("commit", "part", o.part, "error", err)
	o.engine.heedLoss(err)
	if !errors.Is(err, store.ErrConflict) || t.again {
		for _, w := range t.waiting {
			w.finish(err)
		}
		return
	}
	o.turn = newTurn(o)
	o.turn.again = true
	o.serve(ctx, t.waiting)
}

func (t *task) finish(err error) {
	if t.done != nil {
		t.done(err)
	}
}
