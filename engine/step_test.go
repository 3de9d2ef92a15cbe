package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/learn"
	"github.com/aparte-dev/aparte/store"
	"github.com/aparte-dev/aparte/store/pebble"
)

// stepped is an engine in memory whose clock stands still until it is moved.
type stepped struct {
	grants  engine.Grants // nil: whatever there is may be used
	t       *testing.T
	now     atomic.Pointer[time.Time] // owners look at it in between, too
	store   store.Store
	senders []channel.Sender
	log     *slog.Logger // nil: nothing is logged
	*engine.Engine
}

func openStepped(t *testing.T, senders ...channel.Sender) *stepped {
	t.Helper()
	h := &stepped{t: t, senders: senders}
	h.set(time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC))
	db, err := pebble.Open("stepped", pebble.Options{FS: vfs.NewMem(), Parts: 3, Rand: rand.NewChaCha8([32]byte{1})})
	h.check(err)
	t.Cleanup(func() { h.check(db.Close()) })
	h.store = db
	h.start()
	t.Cleanup(func() { h.check(h.Close()) })
	_, err = h.Publish(t.Context(), brand())
	h.check(err)
	return h
}

func (h *stepped) start() {
	h.t.Helper()
	composer, err := compose.New(assets())
	h.check(err)
	h.Engine, err = engine.Open(h.t.Context(), engine.Config{
		Store: h.store, Composer: composer, Senders: h.senders, BaseURL: "http://say.example", MailDomain: "back.lantern.example",
		Now: func() time.Time { return *h.now.Load() }, Stepped: true, Logger: h.log, Grants: h.grants,
	})
	h.check(err)
}

// reopen closes the engine and opens it again, as a restart does.
func (h *stepped) reopen() {
	h.t.Helper()
	h.check(h.Close())
	h.start()
}

func (h *stepped) check(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *stepped) set(now time.Time) { h.now.Store(&now) }

func (h *stepped) pass(d time.Duration) {
	h.t.Helper()
	h.set(h.now.Load().Add(d))
	h.check(h.Step(h.t.Context()))
}

func (h *stepped) ask(user string) engine.Answer {
	h.t.Helper()
	answers, err := h.Decide(h.t.Context(), engine.Request{
		Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"hero"},
	})
	h.check(err)
	return answers[0]
}

func TestWindowsCloseAndTeachWhenTheClockIsMoved(t *testing.T) {
	h := openStepped(t)
	for i := range 600 { // more than one look at what is due can fire
		if a := h.ask(fmt.Sprint("user-", i)); !a.Decision.Action.Silent() {
			seen := event(aparte.EventExposed, fmt.Sprint("user-", i), "", map[string]any{"decision": a.Decision.ID.String()})
			seen.Timestamp, seen.ReceivedAt = *h.now.Load(), *h.now.Load()
			h.check(h.Accept(t.Context(), []aparte.Event{seen}))
		}
	}
	h.pass(9 * time.Minute) // the window of clicks, a minute, is over; that of orders is not
	if got := h.Status().Model; got != 600 {
		t.Errorf("%d examples are learned after nine minutes, want 600", got)
	}
	h.pass(2 * time.Minute)
	if got := h.Status().Model; got != 1200 {
		t.Errorf("%d examples are learned after eleven minutes, want 1200", got)
	}
}

func TestTheSameEventsAndStepsMakeTheSameDecisions(t *testing.T) {
	run := func() (said []aparte.ContentID, model []byte) {
		h := openStepped(t)
		for day := range 5 {
			for i := range 40 {
				said = append(said, h.ask(fmt.Sprintf("user-%d-%d", day, i)).Decision.Action.Content)
			}
			h.pass(24 * time.Hour)
		}
		return said, h.Model()
	}
	said, model := run()
	again, model2 := run()
	if diff := cmp.Diff(said, again); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(model, model2); diff != "" {
		t.Error("the models differ")
	}
}

func TestAnEngineThatKeepsItsOwnTimeRefusesToBeStepped(t *testing.T) {
	if err := open(t).Step(t.Context()); err == nil {
		t.Error("it let itself be stepped")
	}
}

// While a silence waits for its outcomes another one in the slot does not, and so nobody is compared with it: what is said
// there teaches what usually follows, and no effect. A silence whose time is over keeps no other from waiting, even if
// nobody has settled it yet.
func TestWhatIsSaidWhileASilenceWaitsIsComparedWithNothing(t *testing.T) {
	h := openStepped(t)
	compared, alone := 0, 0
	waits := map[string]time.Time{} // until when a silence of theirs does
	for _, minute := range []int{0, 3, 6, 9, 13, 16} {
		now := at(1, 9, minute)
		h.set(now) // without a step: nothing is settled
		for i := range 40 {
			user := fmt.Sprint("user-", i)
			d := h.ask(user).Decision
			waiting := now.Before(waits[user])
			switch {
			case !d.Action.Silent():
				h.tell(event(aparte.EventExposed, user, "", map[string]any{"decision": d.ID.String()}))
				if waiting {
					alone++
				} else {
					compared++
				}
			case !waiting:
				waits[user] = now.Add(10 * time.Minute)
				compared++
			}
		}
	}
	h.pass(20 * time.Minute)
	got := map[bool]int{}
	for part := range h.store.Parts() {
		rows, err := h.store.Feed(t.Context(), store.Part(part), 0, 10_000)
		h.check(err)
		for _, row := range rows {
			if x, err := learn.ParseExample(row.Body); err == nil && x.Objective == "order" {
				got[x.RivalPropensity > 0]++
			}
		}
	}
	if got[true] != compared || got[false] != alone || alone == 0 {
		t.Errorf("%d are compared, %d are not: want %d and %d", got[true], got[false], compared, alone)
	}
}

// illegible is a store of which some part's feed, or the journal, cannot be read or written for a while.
type illegible struct {
	store.Store
	after atomic.Int64 // calls until it fails, a dozen times; negative: it does not
}

func (i *illegible) fails() bool {
	n := i.after.Add(-1)
	return n < 0 && n > -12
}

func (i *illegible) Feed(ctx context.Context, part store.Part, after uint64, limit int) ([]store.FeedRow, error) {
	if i.fails() {
		return nil, errors.New("no")
	}
	return i.Store.Feed(ctx, part, after, limit)
}

func TestWhatFailsAmidARoundOfLearningIsLearnedOnce(t *testing.T) {
	undisturbed := learnThrough(t, math.MaxInt32)
	for calls := range 6 { // before the first part, between parts, and on the way back, too
		if n := learnThrough(t, calls); n != undisturbed {
			t.Errorf("after %d calls: %d examples of %d are learned", calls, n, undisturbed)
		}
	}
}

// learnThrough has a feed fail after a number of calls, and is how many examples are learned when it does not any more.
func learnThrough(t *testing.T, calls int) uint64 {
	h := openStepped(t)
	i := &illegible{Store: h.store}
	i.after.Store(math.MaxInt32)
	h.store = i
	h.reopen()
	for user := range 60 {
		h.ask(fmt.Sprint("user-", user))
	}
	i.after.Store(int64(calls))
	h.set(h.now.Load().Add(time.Hour))
	failed := 0
	for h.Step(t.Context()) != nil {
		if failed++; failed > 20 {
			t.Fatal("it fails for good")
		}
	}
	if (failed == 0) != (calls == math.MaxInt32) {
		t.Errorf("after %d calls %d steps failed", calls, failed)
	}
	i.after.Store(math.MaxInt32)
	rebuilt, err := h.Rebuild(t.Context())
	h.check(err)
	if !bytes.Equal(rebuilt, h.Model()) {
		t.Errorf("after %d calls: the journal says another model than the one that lives", calls)
	}
	return h.Status().Model
}
