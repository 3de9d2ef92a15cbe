package engine_test

import (
	"testing"
	"time"
)

// That a pass leaves nothing of the erased in the store's files is shown by cmd/aparte's TestOfAnErasedPersonNoByteIsLeft: here it is when
// there is one.
func TestBytesOfTheErasedGoWithinTwentyFiveHoursByOnePassADay(t *testing.T) {
	h := openStepped(t)
	for _, user := range []string{"ann", "bob", "cleo", "dan"} {
		h.saying(identify(user, "", map[string]any{"city": "Lyon"}))
	}
	passes, last := 0, time.Time{}
	pass := func(d time.Duration, want int, when string) {
		t.Helper()
		h.pass(d)
		if at := h.Purging().Purged; !at.Equal(last) {
			passes, last = passes+1, at
		}
		if waits := !h.Purging().Erased.IsZero(); passes != want {
			t.Fatalf("%s: %d passes, want %d; somebody waits for one: %v", when, passes, want, waits)
		}
	}
	erase := func(user string) { p := h.customer(user); h.check(h.Erase(t.Context(), p.ID)) }

	pass(100*24*time.Hour, 0, "while nobody is erased")
	erase("ann")
	pass(59*time.Minute, 0, "before an hour is over")
	erase("bob")
	h.reopen()
	pass(time.Minute, 1, "an hour after the first of two")
	erase("cleo")
	pass(23*time.Hour, 1, "within a day of the last pass")
	pass(time.Hour, 2, "a day after it")
	pass(100*24*time.Hour, 2, "when nobody waits any more")
	erase("dan")
	pass(time.Hour, 3, "an hour after somebody, long after the last pass")
}

func TestBytesOfWhatIsKeptForATimeGoOnceItIsOver(t *testing.T) {
	h := openStepped(t)
	h.keep("income", days(30))
	h.saying(identify("ann", "", map[string]any{"income": "1000", "city": "Lyon"}))
	for range 29 {
		h.pass(24 * time.Hour)
	}
	if p := h.Purging(); !p.Erased.IsZero() || !p.Purged.IsZero() {
		t.Fatalf("before the month is over: %+v", p)
	}
	over := h.now.Load().Add(24 * time.Hour)
	for range 3 * 24 {
		h.pass(time.Hour)
	}
	if p := h.Purging(); !p.Erased.IsZero() || p.Purged.Before(over) {
		t.Fatalf("two days after: %+v", p)
	}
}
