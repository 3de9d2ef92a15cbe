package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/engine"
)

// The bubble's clock moves only while everybody waits, so that what it counts is waiting and no work. The one wait there is between
// an event and its message is that of a sync of the log for those who share it, 2 ms for each commit (store/pebble): were anything
// looked for from time to time, or by a timer that is not set to the instant, it would be far more.
func TestFromAnEventToItsMessageNothingIsWaitedForButTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mails, texts := newDoor(aparte.Email), newDoor(aparte.SMS)
		h := openSpread(t, 1, mails, texts)
		b := conversing()
		b.Scenarios = append(b.Scenarios, aparte.Scenario{
			ID: "later", Name: b.Contents[0].Name, After: "Later Wanted", Delay: aparte.Duration(time.Hour), Channel: aparte.Email,
		})
		b.Contents[0].Scenarios = append(b.Contents[0].Scenarios, "later")
		if _, err := h.Publish(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		const people = 20
		for i := range people {
			user := fmt.Sprint("u", i)
			h.accept(identify(user, "", map[string]any{"email": user + "@example.com"}), event("Note Wanted", user, "", nil))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		noted := len(mails.empty())
		for i := range people {
			reply := channel.Reply{Channel: aparte.Email, From: fmt.Sprintf("u%d@example.com", i), ID: fresh("r-"), Text: "Where is my parcel?", At: time.Now()}
			if err := h.Replied(t.Context(), &reply); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		answered := len(mails.empty())
		for i := range people {
			h.accept(event("Later Wanted", fmt.Sprint("u", i), "", nil))
		}
		time.Sleep(time.Hour + time.Second)
		synctest.Wait()
		later := len(mails.empty())
		if noted == 0 || answered == 0 || later == 0 {
			t.Errorf("of %d people %d were written to, %d answered, %d written to later: want some", people, noted, answered, later)
		}
		within := func(d engine.Durations, most time.Duration) uint64 {
			return d.Within[slices.Index(engine.Bounds(), most)]
		}
		for i, want := range []struct {
			cause  engine.Cause
			handed int
		}{{engine.CauseEvent, noted}, {engine.CauseReply, answered}, {engine.CauseClock, later}} {
			got := h.Promptness()[i]
			if got.Cause != want.cause || got.Decided.Count != people || got.Handed.Count != uint64(want.handed) {
				t.Errorf("told %+v, want %d decided on and %d handed over after %s", got, people, want.handed, want.cause)
			}
			if within(got.Decided, 10*time.Millisecond) != people || within(got.Handed, 25*time.Millisecond) != got.Handed.Count {
				t.Errorf("after %s some wait: %+v", want.cause, got)
			}
		}
		h.stop()
	})
}

func TestWhatWaitsOnPurposeIsNotCountedAsLate(t *testing.T) {
	mails := newDoor(aparte.Email)
	h := openStepped(t, mails)
	b := conversing()
	b.Sender.Pace = aparte.Pace{Hourly: 1}
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	for i := range 12 {
		user := fmt.Sprint("u", i)
		at := *h.now.Load()
		for _, e := range []aparte.Event{identify(user, "", map[string]any{"email": user + "@example.com"}), event("Note Wanted", user, "", nil)} {
			e.Timestamp, e.ReceivedAt = at, at
			h.check(h.Accept(t.Context(), []aparte.Event{e}))
		}
	}
	h.pass(time.Second)
	h.delivered()
	h.pass(24 * time.Hour)
	h.delivered()
	if sent, got := len(mails.empty()), h.Promptness()[0]; sent < 2 || got.Handed.Count != 1 || got.Decided.Count != 12 {
		t.Errorf("%d mails left, and of %d moments %d messages count: want the one that did not wait for its pace", sent, got.Decided.Count, got.Handed.Count)
	}
}
