package engine_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

var (
	seeds = flag.Uint64("seeds", 16, "how many lives TestSimulatedLives simulates")
	first = flag.Uint64("first-seed", 1, "the seed of the first of them")
)

// errCrashed is what a process that is no more would have been told.
var errCrashed = errors.New("the process has crashed")

// fragile is a store in a file system in memory, over which commits fail, before or after they are durable, and processes crash.
type fragile struct {
	*pebble.Store
	fs *vfs.MemFS

	died chan struct{} // closed by the crash

	mu      sync.Mutex
	written *sync.Cond // something was, or failed: a wait for a mutex would hold simulated time up
	writing int        // so many write
	dying   bool       // nothing is written any more
	after   *vfs.MemFS // what the crash left; nil: there was none
	rng     *rand.Rand
	die     int // the commit in which the process crashes; below zero: none
}

// fault is what happens in a commit.
type fault int

const (
	fine       fault = iota
	refused          // it fails, and wrote nothing
	unanswered       // it fails, and wrote everything
	diesBefore       // the process crashes, and it wrote nothing
	diesAfter        // the process crashes, and it wrote everything
)

func (f *fragile) draw() fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.die--; f.die == 0 {
		return diesBefore + fault(f.rng.IntN(2))
	}
	switch f.rng.IntN(25) {
	case 0:
		return refused
	case 1:
		return unanswered
	}
	return fine
}

var errAway = errors.New("the disk does not answer")

func (f *fragile) Commit(ctx context.Context, b *store.Batch) error {
	what := f.draw()
	if what == refused {
		return errAway
	}
	if what == diesBefore {
		f.crash()
	}
	if err := f.write(func() error { return f.Store.Commit(ctx, b) }); err != nil {
		return err
	}
	switch what {
	case unanswered:
		return errAway
	case diesAfter:
		f.crash()
		return errCrashed
	}
	return nil
}

func (f *fragile) PutDocument(ctx context.Context, name string, body []byte) (version uint64, err error) {
	err = f.write(func() error {
		version, err = f.Store.PutDocument(ctx, name, body)
		return err
	})
	return version, err
}

// write lets something be written unless the process has crashed.
func (f *fragile) write(write func() error) error {
	f.mu.Lock()
	if f.dying {
		f.mu.Unlock()
		return errCrashed
	}
	f.writing++
	f.mu.Unlock()
	err := write()
	f.mu.Lock()
	f.writing--
	f.mu.Unlock()
	f.written.Broadcast()
	return err
}

// crash ends the process: of what is not durable, some is lost.
func (f *fragile) crash() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dying {
		return
	}
	f.dying = true
	for f.writing > 0 {
		f.written.Wait()
	}
	f.after = f.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50 * f.rng.IntN(3), RNG: rand.New(rand.NewPCG(f.rng.Uint64(), 0))})
	close(f.died)
	f.written.Broadcast()
}

// left is what the crash left, or nil where there was none.
func (f *fragile) left() *vfs.MemFS {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.dying && f.after == nil {
		f.written.Wait()
	}
	return f.after
}

// life is an installation, whose process crashes and begins again, and those who come by.
type life struct {
	t     *testing.T
	rng   *rand.Rand // of this goroutine
	wrong atomic.Int64
	calm  atomic.Bool // nothing goes wrong any more
	comp  *compose.Composer
	box   *unsure

	mu     sync.Mutex
	store  *fragile
	engine *engine.Engine // nil: none is at work
	acked  map[string]aparte.Event
}

// now is the clock, which jumps.
func (l *life) now() time.Time { return time.Now().Add(time.Duration(l.wrong.Load())) }

// unsure is a channel that takes its time, refuses now and then, and is lost now and then when a message may have left.
type unsure struct {
	calm *atomic.Bool
	mu   sync.Mutex
	rng  *rand.Rand
	got  map[string]int // by whom it is for
	lost map[string]int // of which nobody was told that they arrived
}

func (*unsure) Channel() aparte.Channel { return aparte.Email }

func (u *unsure) SendCarefully(ctx context.Context, m *channel.Message, begin func(context.Context) error) error {
	u.mu.Lock()
	what, takes := u.rng.IntN(8), time.Duration(u.rng.IntN(2000))*time.Millisecond
	u.mu.Unlock()
	time.Sleep(takes)
	if what == 0 && !u.calm.Load() {
		return &channel.Failure{Temporary: true, Code: 451, Reason: "not now"}
	}
	if err := begin(ctx); err != nil {
		return &channel.Failure{Temporary: true, Reason: "begin", Err: err}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if what != 1 {
		u.got[m.To]++
	}
	if what > 2 || u.calm.Load() && what != 1 {
		return nil
	}
	u.lost[m.To]++
	return &channel.Failure{Temporary: true, Uncertain: true, Reason: "connection lost"}
}

func (u *unsure) Send(ctx context.Context, m *channel.Message) error {
	return u.SendCarefully(ctx, m, func(context.Context) error { return nil })
}

const noteDelay = 3 * time.Minute

// wanting is a brand that writes a note to whoever wants one, some time later.
func wanting() *aparte.Brand {
	b := conversing()
	b.Scenarios, b.Contents = b.Scenarios[:1], b.Contents[:1]
	b.Scenarios[0].Delay, b.Scenarios[0].Also = aparte.Duration(noteDelay), nil
	return b
}

// begin starts a process over what is there. It crashes in its n-th commit; 0: not.
func (l *life) begin(fs *vfs.MemFS, crashes int) {
	l.t.Helper()
	seed := l.rng.Uint64()
	db, err := pebble.Open("life", pebble.Options{FS: fs, Parts: 3, Rand: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})})
	if err != nil {
		l.t.Fatal(err)
	}
	f := &fragile{Store: db, fs: fs, died: make(chan struct{}), rng: rand.New(rand.NewPCG(seed, 1)), die: -1}
	f.written = sync.NewCond(&f.mu)
	if crashes > 0 {
		f.die = crashes
	}
	var e *engine.Engine
	for e == nil && f.left() == nil {
		if e, err = engine.Open(l.t.Context(), engine.Config{Store: f, Composer: l.comp, Senders: []channel.Sender{l.box}, BaseURL: "http://say.example", Now: l.now, Deliveries: 2,
			CachedPeople: 3, CachedBytes: 60 << 10, // somebody decoded in each part, and some of the others
		}); err != nil {
			if !errors.Is(err, errAway) && !errors.Is(err, errCrashed) {
				l.t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.store, l.engine = f, e
}

// end ends the process, whether it has crashed or not, and is what it leaves.
func (l *life) end() *vfs.MemFS {
	l.t.Helper()
	l.mu.Lock()
	e, f := l.engine, l.store
	l.engine, l.store = nil, nil
	l.mu.Unlock()
	if e != nil {
		if err := e.Close(); err != nil && !errors.Is(err, errAway) && !errors.Is(err, errCrashed) {
			l.t.Error(err)
		}
	}
	if err := f.Store.Close(); err != nil {
		l.t.Error(err)
	}
	if left := f.left(); left != nil {
		return left
	}
	return f.fs
}

// at is the engine at work.
func (l *life) at() *engine.Engine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.engine
}

// tell sends events until they are acknowledged, some of them again.
func (l *life) tell(rng *rand.Rand, events ...aparte.Event) {
	for try := 0; ; try++ {
		e := l.at()
		var err error
		if e == nil {
			err = errCrashed
		} else {
			for i := range events {
				events[i].ReceivedAt, events[i].Timestamp = l.now(), l.now()
			}
			err = e.Accept(l.t.Context(), events)
		}
		if err == nil && rng.IntN(4) > 0 {
			break
		}
		if try > 10_000 {
			l.t.Errorf("events are not taken: %v", err)
			return
		}
		time.Sleep(time.Duration(1+rng.IntN(3000)) * time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		l.acked[string(e.MessageID)] = e
	}
}

// comes has people come by, of whom it tells: each is known, does things and wants a note, in any order,
// so much time between two times at most.
func (l *life) comes(rng *rand.Rand, client int, between time.Duration, tell func(*rand.Rand, ...aparte.Event)) {
	var all []aparte.Event
	for i := range 3 {
		user := fmt.Sprintf("u%d-%d", client, i)
		one := func(e aparte.Event, what string) aparte.Event {
			e.MessageID = aparte.MessageID(fmt.Sprint("m-", user, what))
			return e
		}
		all = append(all, one(identify(user, "a"+user, map[string]any{"email": user + "@example.com"}), "known"), one(event("Note Wanted", user, "", nil), "note"))
		for n := range 3 {
			all = append(all, one(event("Thing Done", user, "a"+user, nil), fmt.Sprint("thing", n)))
		}
		kin := "v" + user // who has several devices, and is found to be one by and by
		for n, device := range []string{"a", "b", "c"} {
			all = append(all, one(event("Thing Done", "", device+kin, nil), fmt.Sprint("kin", n)), one(event("Thing Done", kin, device+kin, nil), fmt.Sprint("known kin", n)))
		}
		passed := fmt.Sprint("s", client) // a device that goes from hand to hand
		all = append(all, one(event("Thing Done", "", passed, nil), "passed"), one(event("Thing Done", kin, passed, nil), "known passed"))
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for len(all) > 0 {
		n := min(1+rng.IntN(4), len(all))
		tell(rng, all[:n]...)
		all = all[n:]
		time.Sleep(time.Duration(rng.Int64N(int64(between))))
	}
}

// TestSimulatedLives lives through seeded lives in simulated time: commits fail before and after they are durable, the process crashes in the middle of them and loses
// what was not synced, the clock jumps, events come in any order and again, the channel refuses and is lost. Afterwards every event that was
// acknowledged is in its history once, every timer has fired once, nobody has two messages, and the store verifies. Which goroutine runs first is no
// matter of the seed, so that a life that fails may have to be lived several times.
func TestSimulatedLives(t *testing.T) {
	composer, err := compose.New(assets())
	if err != nil {
		t.Fatal(err)
	}
	for seed := *first; seed < *first+*seeds; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { (&life{t: t, comp: composer, rng: rand.New(rand.NewPCG(seed, 0))}).live(seed) })
		})
		if t.Failed() {
			t.Fatalf("again: go test ./engine -run SimulatedLives -seeds 1 -first-seed %d -count 20", seed)
		}
	}
}

func (l *life) live(seed uint64) {
	l.acked = map[string]aparte.Event{}
	l.box = &unsure{calm: &l.calm, rng: rand.New(rand.NewPCG(seed, 2)), got: map[string]int{}, lost: map[string]int{}}
	l.begin(vfs.NewCrashableMem(), 0)
	defer func() {
		if l.store != nil { // the test has failed on the way
			l.end()
		}
	}()
	for {
		_, err := l.engine.Publish(l.t.Context(), wanting())
		if err == nil {
			break
		}
		if !errors.Is(err, errAway) {
			l.t.Fatal(err)
		}
		time.Sleep(time.Second)
	}
	var clients sync.WaitGroup
	for c := range 3 {
		rng := rand.New(rand.NewPCG(seed, uint64(10+c)))
		clients.Go(func() { l.comes(rng, c, time.Minute, l.tell) })
	}
	over := make(chan struct{})
	go func() {
		clients.Wait()
		close(over)
	}()
	crashes := 1 + l.rng.IntN(4)
	for n, coming := 0, true; coming || n < crashes; n++ {
		if n < crashes {
			l.begin(l.end(), 1+l.rng.IntN(40))
		}
		select {
		case <-l.store.died:
		case <-over:
			coming, over = false, nil
		case <-time.After(time.Duration(l.rng.IntN(600)) * time.Second):
			l.wrong.Store(int64(time.Duration(l.rng.IntN(40)-20) * time.Minute))
		}
		if n >= crashes {
			select {
			case <-l.store.died: // it begins again, and crashes no more
				l.begin(l.end(), 0)
			default:
			}
		}
	}
	l.calm.Store(true)
	l.wrong.Store(0)
	l.begin(l.end(), 0)
	l.rest()
	l.check(l.store)
	db, err := pebble.Open("life", pebble.Options{FS: l.end()})
	if err != nil {
		l.t.Fatal(err)
	}
	defer db.Close()
	l.verify(db)
}

// rest waits until everything has happened.
func (l *life) rest() {
	const most = 48 * time.Hour // a message that is refused again and again is given up within a day and a half
	for waited := time.Duration(0); waited < most; waited += settling {
		if time.Sleep(settling); !l.waits() {
			return
		}
	}
}

// settling is longer than a jump back, the delay, and an attempt of which nothing is heard.
const settling = 45 * time.Minute

// users are all who come by.
func users(yield func(user string) bool) {
	for i := range 9 {
		if !yield(fmt.Sprintf("u%d-%d", i/3, i%3)) {
			return
		}
	}
}

// waits says whether anything that is to happen to somebody has not happened yet.
func (l *life) waits() bool {
	for user := range users {
		id, err := l.engine.Find(l.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
		if err != nil {
			l.t.Fatalf("%s: %v", user, err)
		}
		p, err := l.engine.Person(l.t.Context(), id)
		if err != nil {
			l.t.Fatal(err)
		}
		if len(unfired(&p)) > 0 {
			return true
		}
	}
	return false
}

// unfired are somebody's timers of which something comes.
func unfired(p *aparte.Person) (names []string) {
	for _, timer := range p.Timers {
		if kind, _, _ := strings.Cut(timer.Name, ":"); kind == "deliver" || kind == "attempt" || kind == "scenario" {
			names = append(names, timer.Name)
		}
	}
	return names
}

// check looks for everything.
func (l *life) check(s store.Store) {
	e, t := l.engine, l.t
	all := keys(t, s)
	for m := range l.acked {
		if n := all[engine.MessageKey(aparte.MessageID(m))]; n != 1 {
			t.Errorf("%s is in %d histories", m, n)
		}
	}
	for user := range users {
		id, err := e.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
		if err != nil {
			t.Fatalf("%s: %v", user, err)
		}
		story := l.history(user)
		seen, moments, spoke := map[aparte.MessageID]int{}, 0, false
		due, last := 0, time.Time{}
		slices.SortFunc(story, func(a, b engine.StoryEntry) int { return cmp.Compare(a.Seq, b.Seq) }) // as it was heard of
		for _, s := range story {
			switch {
			case s.Event != nil:
				seen[s.Event.MessageID]++
				if s.Event.Name == "Note Wanted" && !tooLate(s.Event, last) {
					due = 1
				}
				if s.Event.Source != aparte.OwnSource && s.Event.Timestamp.After(last) {
					last = s.Event.Timestamp
				}
			case s.Decision != nil && strings.HasPrefix(s.Decision.Trigger, "scenario:"):
				moments++
				spoke = spoke || !s.Decision.Action.Silent()
			}
		}
		l.once(user, seen)
		if moments != due {
			t.Errorf("the timer of %s fired %d times, and was to %d times", user, moments, due)
		}
		p, err := e.Person(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range unfired(&p) {
			t.Errorf("%s of %s has not fired", name, user)
		}
		to := user + "@example.com"
		got, failed := l.box.got[to], false
		for _, s := range story {
			failed = failed || s.Event != nil && s.Event.Name == aparte.EventFailed
		}
		if got > 1 || got > 0 && !spoke || got == 0 && spoke && !failed {
			t.Errorf("%s has %d messages; that they be written to was decided: %v; that it failed is known: %v", user, got, spoke, failed)
		}
		seen = map[aparte.MessageID]int{}
		for _, s := range l.history("v" + user) {
			if s.Event != nil {
				seen[s.Event.MessageID]++
			}
		}
		l.once("v"+user, seen)
	}
}

// once checks that what was acknowledged of somebody is in their history once.
func (l *life) once(user string, seen map[aparte.MessageID]int) {
	for m, e := range l.acked {
		if n := seen[aparte.MessageID(m)]; n != 1 && (e.UserID == user || e.UserID == "" && e.AnonymousID[1:] == user) {
			l.t.Errorf("%s is in the history %d times", m, n)
		}
	}
}

// history is somebody's, that of all who became them.
func (l *life) history(user string) []engine.StoryEntry {
	id, err := l.engine.Find(l.t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: user})
	if err != nil {
		l.t.Fatalf("%s: %v", user, err)
	}
	story, err := l.engine.Story(l.t.Context(), id, engine.StoryPlace{}, 1000)
	if err != nil {
		l.t.Fatal(err)
	}
	return story
}

// tooLate says that no moment comes of a note that is wanted: by the clock, which has jumped back, it happened before its person was last seen, and
// would have been due by then, or before it was heard of (docs/scenarios.md).
func tooLate(e *aparte.Event, lastSeen time.Time) bool {
	due := e.Timestamp.Add(noteDelay)
	return e.Timestamp.Before(lastSeen) && (!due.After(lastSeen) || !due.After(e.ReceivedAt))
}

// verify reads the store that is left.
func (l *life) verify(db *pebble.Store) {
	v, err := engine.Verify(l.t.Context(), db, db, func([]byte) bool { return false }, func(int, int) {})
	if err != nil {
		l.t.Fatal(err)
	}
	for i, f := range v.Faults {
		l.t.Errorf("%+v", f)
		if i == 5 {
			return
		}
	}
}
