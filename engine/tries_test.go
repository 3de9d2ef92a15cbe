package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// stalling is a store whose commits to a part wait while they are held.
type stalling struct {
	*pebble.Store
	mu    sync.Mutex
	holds map[store.Part]chan struct{}
	waits map[store.Part]int
}

// hold has commits to a part wait until release is called.
func (s *stalling) hold(part store.Part) (release func()) {
	held := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds[part] = held
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.holds, part)
		close(held)
	}
}

// waiting is how many commits to a part are held.
func (s *stalling) waiting(part store.Part) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waits[part]
}

func (s *stalling) Commit(ctx context.Context, b *store.Batch) error {
	s.mu.Lock()
	held := s.holds[b.Part]
	if held != nil {
		s.waits[b.Part]++
	}
	s.mu.Unlock()
	if held != nil {
		<-held
	}
	return s.Store.Commit(ctx, b)
}

// tries is an engine over a store that stalls, and the tries of events that are under way.
type tries struct {
	*engine.Engine
	t     *testing.T
	store *stalling
	under sync.WaitGroup
}

func openTries(t *testing.T) *tries {
	s := &stalling{Store: stored(t, 16), holds: map[store.Part]chan struct{}{}, waits: map[store.Part]int{}}
	return &tries{Engine: over(t, engine.Config{Store: s}), t: t, store: s}
}

func (tr *tries) accept(e aparte.Event) {
	tr.t.Helper()
	if err := tr.Accept(tr.t.Context(), []aparte.Event{e}); err != nil {
		tr.t.Fatal(err)
	}
}

// begin sends an event that is answered later.
func (tr *tries) begin(e aparte.Event) {
	tr.under.Go(func() {
		if err := tr.Accept(tr.t.Context(), []aparte.Event{e}); err != nil {
			tr.t.Error(err)
		}
	})
}

// name is an identifier of a kind that is kept in a part of which in holds.
func (tr *tries) name(kind aparte.IdentifierKind, in func(store.Part) bool) (string, store.Part) {
	for n := 0; ; n++ {
		id := aparte.Identifier{Kind: kind, Value: fmt.Sprint(kind, fresh("-"))}
		if part := tr.PartOfName(id); in(part) {
			return id.Value, part
		}
	}
}

// once fails unless an event is in one history.
func (tr *tries) once(e aparte.Event) {
	tr.t.Helper()
	if n := keys(tr.t, tr.store)[engine.MessageKey(e.MessageID)]; n != 1 {
		tr.t.Errorf("the event is in histories %d times", n)
	}
}

// An event waits for an owner who waits for the disk, when none of its names is anybody's. Until it is its turn, one of them has become somebody's, and the
// event was sent again and is in their history.
func TestWhoBecameKnownMeanwhileIsWhomAnEventIsFor(t *testing.T) {
	t.Parallel()
	tr := openTries(t)
	user, home := tr.name(aparte.KindUserID, func(store.Part) bool { return true })
	other, _ := tr.name(aparte.KindUserID, func(p store.Part) bool { return p == home })
	device, _ := tr.name(aparte.KindAnonymousID, func(p store.Part) bool { return p != home })
	release := tr.store.hold(home)
	tr.begin(event("Ping", other, "", nil))
	eventually(func() bool { return tr.store.waiting(home) == 1 })
	e := event("Done once", user, device, nil)
	tr.begin(e)
	eventually(func() bool { return tr.Queued(home) == 1 })
	tr.accept(event("Ping", "", device, nil))
	tr.begin(e)
	eventually(func() bool { return tr.Queued(home) == 2 }) // the letter that the user is whose the device is
	release()
	tr.under.Wait()
	tr.once(e)
}

// An event was applied to whose a device is, and is on its way to the disk, when its user is found to be somebody else. Sent again, it comes to them.
func TestWhatIsOnItsWayToTheDiskIsNotAppliedAgain(t *testing.T) {
	t.Parallel()
	tr := openTries(t)
	first, home := tr.name(aparte.KindAnonymousID, func(store.Part) bool { return true })
	second, _ := tr.name(aparte.KindAnonymousID, func(p store.Part) bool { return p != home })
	user, _ := tr.name(aparte.KindUserID, func(p store.Part) bool { return p != home })
	tr.accept(event("Ping", "", first, nil))
	tr.accept(event("Ping", "", second, nil))
	release := tr.store.hold(home)
	e := event("Done once", user, first, nil)
	tr.begin(e)
	eventually(func() bool { return tr.store.waiting(home) == 1 })
	tr.accept(event("Ping", user, second, nil))
	tr.begin(e)
	eventually(func() bool { return tr.Queued(home) > 0 })
	release()
	tr.under.Wait()
	tr.once(e)
}

// Somebody's user is about to be one with whose a device was, who has not heard of it yet, when another user uses the user's other device: the two users stay two, and
// nothing that was done on the first device is the other's.
func TestWhoIsAboutToBeAUserIsNotTakenForAnother(t *testing.T) {
	t.Parallel()
	h := openApart(t)
	held := func(message []byte) bool { return bytes.Contains(message, absorbing) }
	const humans = 40
	name := func(what string, i int) string { return fmt.Sprint(what, i) }
	for i := range humans {
		h.accept(event("On the device", "", name("b", i), nil))
		both := []func(){
			func() { h.accept(event("By the user", name("v", i), name("s", i), nil)) },
			func() { h.accept(event("By the other", name("w", i), "", nil)) },
		}
		if i%2 > 0 {
			slices.Reverse(both)
		}
		for _, one := range both {
			one()
		}
	}
	h.guild.held.Store(&held)
	var told []aparte.Event
	tell := func(e aparte.Event) {
		told = append(told, e)
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer stop()
		_ = h.guild.all[0].Accept(ctx, []aparte.Event{e}) // answered or not
	}
	for i := range humans {
		tell(event("On the device, by the user", name("v", i), name("b", i), nil))
	}
	for i := range humans {
		tell(event("On the other's device", name("w", i), name("s", i), nil))
	}
	h.guild.held.Store(nil)
	for _, e := range told {
		h.guild.insist(t.Context(), 1, e)
	}
	for i := range humans {
		user := h.who(aparte.KindUserID, name("v", i))
		if got := h.who(aparte.KindAnonymousID, name("b", i)).ID; got != user.ID {
			t.Errorf("device b%d is not its user's", i)
		}
		if did := h.names(user.ID); !slices.Contains(did, "On the device") || slices.Contains(did, "On the other's device") {
			t.Errorf("the user did %q", did)
		}
		if other := h.who(aparte.KindUserID, name("w", i)); other.ID == user.ID || h.who(aparte.KindAnonymousID, name("s", i)).ID != other.ID {
			t.Errorf("device s%d is not the other's who used it last", i)
		}
	}
}

// Who was taken in is not taken in again, where the answer was lost and their survivor is one with somebody else since.
func TestWhoWasTakenInBeforeTheirSurvivorYieldedIsTakenInOnce(t *testing.T) {
	t.Parallel()
	h := openApart(t)
	const humans = 25
	name := func(what string, i int) string { return fmt.Sprint(what, i) }
	for i := range humans {
		for _, device := range []string{"a", "b", "c"} { // the first is the eldest
			h.accept(event("On "+device, "", name(device, i), nil))
		}
		h.accept(event("Known", name("u", i), name("b", i), nil))
	}
	var first, second gate // of c's letter to b, and of b's to a
	var late atomic.Bool
	lost, held := first.holds, func(message []byte) bool {
		if first.knows(message) {
			return first.holds(message)
		}
		return late.Load() && second.holds(message)
	}
	h.guild.lost.Store(&lost)
	h.guild.held.Store(&held)
	tell := func(e aparte.Event) {
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer stop()
		_ = h.guild.all[0].Accept(ctx, []aparte.Event{e})
	}
	for i := range humans {
		tell(event("By the user", name("u", i), name("c", i), nil)) // c's is b's
	}
	h.guild.lost.Store(nil)
	late.Store(true)
	for i := range humans {
		tell(event("By the user", name("u", i), name("a", i), nil)) // b's is a's
	}
	first.pass()
	time.Sleep(3 * time.Second) // letters are carried again within two
	h.guild.held.Store(nil)
	for i := range humans {
		h.guild.insist(t.Context(), 1, event("At last", name("u", i), "", nil))
	}
	time.Sleep(3 * time.Second)
	for i := range humans {
		did := h.names(h.who(aparte.KindUserID, name("u", i)).ID)
		slices.Sort(did)
		if want := []string{"At last", "By the user", "By the user", "Known", "On a", "On b", "On c"}; !slices.Equal(did, want) {
			t.Errorf("user %d did %q", i, did)
		}
	}
}

// timeless is a store that does not say which timers are due, for a while.
type timeless struct {
	*pebble.Store
	is    atomic.Bool
	asked atomic.Int64
}

func (a *timeless) Due(ctx context.Context, part store.Part, until time.Time, limit int) ([]store.Timer, error) {
	if a.is.Load() && a.asked.Add(1) < 10_000 {
		return nil, errors.New("the store is away")
	}
	return a.Store.Due(ctx, part, until, limit)
}

// A store that is away is asked for timers once a second by each owner, not without a pause.
func TestTimersAreAskedForWithAPauseWhileTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := pebble.Open("away", pebble.Options{FS: vfs.NewMem(), Parts: 2, Rand: rand.NewChaCha8([32]byte{})})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		s := &timeless{Store: db}
		over(t, engine.Config{Store: s})
		time.Sleep(time.Second)
		s.is.Store(true)
		time.Sleep(10 * time.Minute)
		s.is.Store(false)
		if asked := s.asked.Load(); asked < 600 || asked > 1300 {
			t.Errorf("in ten minutes the store was asked %d times for the timers of 2 parts", asked)
		}
	})
}
