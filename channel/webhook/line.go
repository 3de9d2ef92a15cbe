package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel/account"
	"github.com/aparte-dev/aparte/grant"
	"github.com/aparte-dev/aparte/observe"
	"github.com/aparte-dev/aparte/store"
)

// How an endpoint is asked.
const (
	width      = 8  // attempts under way at the same time
	page       = 64 // notices of a part that leave before the others' turn
	patience   = 8  // attempts before a notice is given up, where others are taken
	suspicion  = 8  // failures in a row after which one attempt at a time is made
	giveUp     = 3 * 24 * time.Hour
	maxWaiting = 1_000_000
	pastKept   = 1024 // notices of a part that are remembered as told, at least
)

// waits are the times between attempts; the last goes on.
var waits = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
}

func backoff(failures int) time.Duration { return waits[min(max(failures, 1), len(waits))-1] }

// line is what waits for one endpoint, part by part, and the one goroutine that sees to it.
//
// How much waits is what was said of writing and dropping, less what was told. It decides about nothing but whether somebody looks, and when an
// endpoint is counted out as full; for of what happens in other nodes is said late, twice, or never (Relay). Too much of it ends with the look that finds
// nothing, and is counted before the endpoint is stopped. Too little goes below none until that look, and is shown as none. What nothing was said of
// lies until more is written in its part, or Recount finds it.
type line struct {
	id      string
	hooks   *Hooks
	wake    chan struct{}
	running sync.WaitGroup
	ended   context.CancelFunc

	mu       sync.Mutex
	kept     kept
	waiting  int64
	parts    map[int]*place // of parts in which something may wait
	turn     int            // the part that was asked last when one is asked at a time
	failures int            // in a row
	next     time.Time      // when it is asked again, after suspicion failures in a row
	dirty    bool           // the record is to be written down

	access *account.Access // by the service account's file asked; nil: none was needed yet
	asked  string
}

// place is where a part's notices are.
type place struct {
	part    int
	after   uint64 // those up to it were looked at
	past    []past // the last that need not be told any more, oldest first: they lie there until their settling is durable
	waiting int64
	ready   bool // there may be more
	tries   int  // of the first
	failing time.Time
	next    time.Time // when it is tried again
	at      time.Time // of the first, when it was noted; zero: nobody has looked
}

// past is a notice that need not be told any more. One that is buried is settled by that.
type past struct {
	number uint64
	buried bool
	before bool // it was past when a count that is under way began
}

func newLine(h *Hooks, k kept) *line {
	return &line{id: k.ID, hooks: h, kept: k, parts: map[int]*place{}, wake: make(chan struct{}, 1)}
}

// look is the endpoint as it is now.
func (l *line) look() kept {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept
}

func (l *line) change(edit func(*kept)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	edit(&l.kept)
}

// at is where a part's notices are. mu is held.
func (l *line) at(part int) *place {
	p := l.parts[part]
	if p == nil {
		p = &place{part: part}
		l.parts[part] = p
	}
	return p
}

// wait counts n more, or fewer, in a part. mu is held.
func (l *line) wait(p *place, n int64) {
	p.waiting += n
	l.waiting += n
}

// expect says that n notices more wait in a part.
func (l *line) expect(part, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.at(part)
	p.ready = true
	l.wait(p, int64(n))
	l.signal()
}

// drop says that a notice does not wait any more, which was not told.
func (l *line) drop(part int, number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.parts[part]; p != nil && number > p.after {
		l.wait(p, -1)
	}
}

// counting says that what lies in a part is about to be read, for recount.
func (l *line) counting(part int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.parts[part]; p != nil {
		for i := range p.past {
			p.past[i].before = true
		}
	}
}

// recount is told all that lay in a part after counting, by number in order, and says what of it is to be settled: that it was told is not durable. Where
// a notice that was not told has a lower number than those that were looked at, the line looks there again.
func (l *line) recount(part int, lying []uint64) (over []uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.parts[part] == nil && len(lying) == 0 {
		return nil
	}
	p := l.at(part)
	done := map[uint64]bool{} // of those that lie there
	p.past = slices.DeleteFunc(p.past, func(o past) bool {
		_, lies := slices.BinarySearch(lying, o.number)
		if lies {
			done[o.number] = true
		}
		if lies && !o.buried {
			over = append(over, o.number)
		}
		return o.before && !lies // its settling was durable
	})
	l.wait(p, int64(len(lying)-len(done))-p.waiting)
	first := slices.IndexFunc(lying, func(number uint64) bool { return !done[number] })
	if first < 0 {
		return over
	}
	if lying[first] <= p.after {
		p.after = lying[first] - 1
		p.tries, p.failing = 0, time.Time{}
	}
	p.ready = true
	l.signal()
	return over
}

// waits is how much waits, and since when what was tried first of it has.
func (l *line) waits() (depth int, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.kept.Enabled || l.kept.Record.Stopped != "" {
		return 0, since
	}
	for _, p := range l.parts {
		if !p.at.IsZero() && (since.IsZero() || p.at.Before(since)) {
			since = p.at
		}
	}
	return int(max(l.waiting, 0)), since
}

func (l *line) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// resume has everything tried again now.
func (l *line) resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures, l.next = 0, time.Time{}
	for _, p := range l.parts {
		p.ready, p.next, p.tries = true, time.Time{}, 0
	}
	l.signal()
}

// stop tells the endpoint nothing any more. mu is held.
func (l *line) stop(why stop) {
	if l.kept.Record.Stopped != "" {
		return
	}
	l.kept.Record.Stopped, l.kept.Record.StoppedAt, l.dirty = why, l.hooks.Now().UTC(), true
	l.hooks.Logger.Error("webhook is stopped", "webhook", l.id, "reason", string(why), "waiting", l.waiting)
}

// start lets what waits leave, until end or until the hooks are closed.
func (l *line) start() {
	ctx, cancel := context.WithCancel(l.hooks.context)
	l.ended = cancel
	if l.hooks.Stepped {
		return
	}
	l.running.Go(func() {
		alarm := time.NewTimer(0)
		defer alarm.Stop()
		for ctx.Err() == nil {
			more, next := l.round(ctx)
			if more {
				continue
			}
			wait := time.Hour
			if !next.IsZero() {
				wait = max(next.Sub(l.hooks.Now()), 0)
			}
			alarm.Reset(wait)
			select {
			case <-ctx.Done():
			case <-l.wake:
			case <-alarm.C:
			}
		}
	})
}

// end breaks off what is under way and waits for it.
func (l *line) end() {
	l.ended()
	l.running.Wait()
}

// round makes the attempts that are due, and says whether there were any; else when the next will be, zero where nothing waits.
func (l *line) round(ctx context.Context) (more bool, next time.Time) {
	l.stopFull(ctx)
	due, next := l.due()
	slots := make(chan struct{}, width)
	var all sync.WaitGroup
	for _, p := range due {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			l.carry(ctx, p)
		})
	}
	all.Wait()
	l.written(ctx)
	return len(due) > 0, next
}

// stopFull stops an endpoint for which too much waits, as counted.
func (l *line) stopFull(ctx context.Context) {
	tooMuch := func() bool { return l.waiting > maxWaiting && l.kept.Record.Stopped == "" }
	l.mu.Lock()
	var parts []int
	if tooMuch() {
		parts = slices.Sorted(maps.Keys(l.parts))
	}
	l.mu.Unlock()
	for _, part := range parts {
		if err := l.hooks.Recount(ctx, part); err != nil {
			l.hooks.Logger.Error("webhook", "webhook", l.id, "part", part, "error", err)
			return
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if tooMuch() {
		l.stop(full)
	}
}

// due are the parts whose turn it is.
func (l *line) due() (due []*place, next time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.kept.Enabled || l.kept.Record.Stopped != "" {
		return nil, next
	}
	now := l.hooks.Now()
	suspect := l.failures >= suspicion
	if suspect && now.Before(l.next) {
		return nil, l.next
	}
	parts := l.hooks.log.Parts()
	for i := range parts {
		p := l.parts[(l.turn+1+i)%parts]
		switch {
		case p == nil || !p.ready:
		case suspect: // one after another, so that one notice that cannot be taken does not speak for all
			l.turn = p.part
			return []*place{p}, next
		case now.Before(p.next):
			if next.IsZero() || p.next.Before(next) {
				next = p.next
			}
		default:
			due = append(due, p)
		}
	}
	return due, next
}

// carry tells what waits in a part, one after another, until one is not taken.
func (l *line) carry(ctx context.Context, p *place) {
	l.mu.Lock()
	p.ready = false // what is written from now on sets it
	after := p.after
	l.mu.Unlock()
	found, last, err := l.hooks.log.Notices(ctx, p.part, after, page)
	if err != nil {
		l.trouble(ctx, p, err)
		return
	}
	if last == 0 {
		l.nothing(p)
		return
	}
	var told []uint64
	for _, n := range found {
		if n.To != l.id || l.isPast(p, n.Number) {
			continue
		}
		l.begin(p, n.At)
		done, ok := l.tell(ctx, p, n)
		if done {
			told = append(told, n.Number)
		}
		if !ok {
			last = 0
			break
		}
		l.passed(p, past{number: n.Number, buried: !done})
		after = l.looked(p, after, n.Number)
	}
	if len(told) > 0 {
		if err := l.hooks.log.Settle(p.part, told); err != nil {
			l.hooks.Logger.Warn("webhook", "webhook", l.id, "error", err)
		}
	}
	if last > 0 {
		l.looked(p, after, last)
		l.mu.Lock()
		p.ready = true
		l.mu.Unlock()
	}
}

// nothing says that a look found that nothing waits in a part, whatever was expected.
func (l *line) nothing(p *place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.ready {
		return // something was written meanwhile
	}
	l.wait(p, -p.waiting)
	p.tries, p.failing, p.next, p.at = 0, time.Time{}, time.Time{}, time.Time{}
}

// looked says that notices after a number were looked at up to another, which is returned. Where recount has gone back meanwhile, that stands.
func (l *line) looked(p *place, after, upTo uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.after == after {
		p.after = upTo
	}
	return upTo
}

func (l *line) isPast(p *place, number uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(p.past, func(o past) bool { return o.number == number })
}

// begin says that a notice that was noted at a time is the first that waits.
func (l *line) begin(p *place, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.at = at
}

// passed says that a notice does not wait any more.
func (l *line) passed(p *place, n past) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.tries, p.failing, p.next, p.at = 0, time.Time{}, time.Time{}, time.Time{}
	if p.past = append(p.past, n); len(p.past) >= 2*pastKept {
		p.past = slices.Delete(p.past, 0, pastKept)
	}
	l.wait(p, -1)
}

// trouble is of our own making: it says nothing of the endpoint.
func (l *line) trouble(ctx context.Context, p *place, err error) {
	if ctx.Err() != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p.ready, p.next = true, l.hooks.Now().Add(waits[1])
	l.hooks.Logger.Error("webhook", "webhook", l.id, "part", p.part, "error", err)
}

// tell makes one attempt. done: the notice is to be settled; ok: the next may follow.
func (l *line) tell(ctx context.Context, p *place, n aparte.Notice) (done, ok bool) {
	k := l.look()
	a, err := l.attempt(ctx, &k, n)
	switch {
	case errors.Is(err, errUnwanted):
		l.change(func(k *kept) { k.Record.PassedOver++ })
		return true, true
	case errors.Is(err, store.ErrNotFound):
		return true, true
	case errors.Is(err, ErrWithheld), errors.Is(err, grant.ErrNotGranted): // what happened meanwhile is not told later either
		l.change(func(k *kept) { k.Record.Withheld++ })
		return true, true
	case err != nil:
		l.trouble(ctx, p, err)
		return false, false
	}
	if ctx.Err() != nil && !a.taken() {
		return false, false // it was broken off, and will be told again
	}
	if a.taken() {
		l.took()
		return true, true
	}
	if !l.refused(p, a) {
		return false, false
	}
	if err := l.hooks.log.Bury(ctx, n); err != nil {
		l.trouble(ctx, p, err)
		return false, false
	}
	l.hooks.Logger.Warn("webhook gave a notice up", "webhook", k.ID, "type", string(n.Kind), "answer", a.String())
	return false, true
}

// wanted reports whether a message is one that the endpoint wants to be told.
func (k *kept) wanted(kind aparte.NoticeKind, body []byte) bool {
	if k.wants == nil {
		return true
	}
	var message struct {
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(body, &message); err != nil || message.Data == nil {
		message.Data = map[string]any{} // it cannot be answered
	}
	return k.wants.HoldsOf(kind, message.Data)
}

// errUnwanted: the endpoint's condition does not hold for a notice.
var errUnwanted = errors.New("not wanted")

// attempt says what a notice has to say. It fails with store.ErrNotFound where that is nothing, with errUnwanted where it is
// not asked for, and with ErrWithheld or grant.ErrNotGranted where it must not be said.
func (l *line) attempt(ctx context.Context, k *kept, n aparte.Notice) (a answer, err error) {
	if k.Ads == nil {
		to := Reader{Identifiers: k.Identifiers}
		if l.hooks.Grants != nil {
			g, err := l.hooks.Grants.Find(k.grantID(), k.host(), k.fields()...)
			if err != nil {
				return a, err
			}
			to.Purposes, to.Channel = g.Purposes, g.Channel
		}
		body, err := l.hooks.compose(ctx, n, to)
		if err != nil {
			return a, err
		}
		if !k.wanted(n.Kind, body) {
			return a, errUnwanted
		}
		if err := l.hooks.use(ctx, k); err != nil { // asked last: it may have been taken back meanwhile
			return a, err
		}
		now := l.hooks.Now()
		span := l.hooks.Tracer.Continue(n.Trace, "webhook", now, observe.Said("aparte.notice", string(n.Kind)))
		a = post(ctx, l.hooks.client, k.URL, messageID(&n), now, body, k.secrets(now), span.Traceparent())
		if !a.taken() {
			span.Failed()
		}
		span.End(l.hooks.Now())
		return a, nil
	}
	all, err := l.hooks.advertise(ctx, n, k.Ads)
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	for i := 0; err == nil && i < len(all) && (i == 0 || a.taken()); i++ {
		if err := l.hooks.use(ctx, k); err != nil {
			return a, err
		}
		a = l.advertise(ctx, k, &all[i])
	}
	return a, err
}

// messageID is the same for every attempt to tell of one thing.
func messageID(n *aparte.Notice) string {
	return "msg_" + n.Person.String()[2:] + "_" + strconv.FormatUint(n.Seq, 36) + "_" + string(n.Kind)
}

// took records an attempt that was taken.
func (l *line) took() {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.kept.Record
	if !r.FailingSince.IsZero() {
		l.dirty = true
	}
	r.FailingSince, r.DeliveredAt = time.Time{}, l.hooks.Now().UTC()
	r.Delivered++
	if l.failures >= suspicion { // it was the endpoint, not what it was told
		for _, p := range l.parts {
			p.tries, p.next = 0, time.Time{}
		}
	}
	l.failures = 0
}

// refused records an attempt that was not taken, and reports whether the notice is to be given up.
func (l *line) refused(p *place, a answer) (hopeless bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.hooks.Now().UTC()
	r := &l.kept.Record
	r.Failed++
	r.FailedAt, r.FailedWith = now, a.String()
	if r.FailingSince.IsZero() {
		r.FailingSince, l.dirty = now, true
	}
	if p.tries++; p.tries == 1 {
		p.failing = now
	}
	l.failures++
	l.next = now.Add(max(backoff(l.failures-suspicion+1), a.after))
	p.ready, p.next = true, now.Add(max(backoff(p.tries), a.after))
	switch {
	case a.status == 410:
		l.stop(gone)
	case now.Sub(r.FailingSince) >= giveUp:
		l.stop(failing)
	}
	return p.tries >= patience && r.DeliveredAt.After(p.failing)
}

// written writes down what became of deliveries, where that is news.
func (l *line) written(ctx context.Context) {
	l.mu.Lock()
	news := l.dirty
	l.dirty = false
	l.mu.Unlock()
	if !news {
		return
	}
	if err := l.hooks.news(ctx); err != nil {
		l.hooks.Logger.Warn("webhook", "webhook", l.id, "error", err)
	}
}
