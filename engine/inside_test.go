package engine_test

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// However somebody comes to be at a place or no longer is, the count is that of those whose record says so.
func TestOfEachPlaceIsCountedWhoIsThere(t *testing.T) {
	h := openStepped(t)
	h.check(h.PutPlaces(t.Context(), []aparte.Place{shopAt("shop", corner), shopAt("shop-2", aparte.Point{Lat: 45, Lon: 5})}, nil))
	inside := func(when string, want int64) {
		t.Helper()
		v, err := h.Visits(t.Context(), "shop", 7)
		h.check(err)
		if v.Inside != want {
			t.Errorf("%s: %d are inside, want %d", when, v.Inside, want)
		}
	}
	for _, user := range []string{"ada", "grace", "hedy"} {
		h.tell(agreed(user, true))
		h.tell(fix(user, corner, 0))
	}
	inside("three came", 3)
	h.pass(time.Minute)
	h.tell(fix("ada", corner, 400))
	inside("one left", 2)
	h.tell(agreed("grace", false))
	inside("one no longer agrees", 1)
	h.pass(13 * time.Hour)
	inside("of one nothing was heard", 0)
	h.tell(fix("ada", corner, 0))
	inside("one came back", 1)
	id, err := h.Find(t.Context(), aparte.Identifier{Kind: aparte.KindUserID, Value: "ada"})
	h.check(err)
	h.check(h.Erase(t.Context(), id))
	inside("one is erased", 0)
	v, err := h.Visits(t.Context(), "shop", 7)
	h.check(err)
	if came := v.Came[5] + v.Came[6]; came != 4 {
		t.Errorf("they came %v, want 4 times", v.Came)
	}
	if v, err = h.Visits(t.Context(), "shop-2", 7); err != nil || v.Inside != 0 || v.Came[6] != 0 {
		t.Errorf("nobody was at the other: %+v, %v", v, err)
	}
}

// What is said of a task stays with it until it is closed: who took it last, and how often nobody was reached.
func TestATaskKeepsWhoTookItAndHowOftenNobodyWasReached(t *testing.T) {
	h := openTasks(t)
	h.hot("ada")
	task := h.tasks(20)[0]
	h.check(h.TakeTask(t.Context(), task.Decision.ID, "Léa"))
	h.pass(time.Minute)
	h.check(h.TriedTask(t.Context(), task.Decision.ID, "Léa"))
	h.check(h.TriedTask(t.Context(), task.Decision.ID, "Léa"))
	h.reopen()
	if taken := h.tasks(20)[0].Taken; taken.By != "Léa" || taken.Tries != 2 || !taken.Tried.After(taken.At) {
		t.Errorf("taken %+v", taken)
	}
	h.check(h.TakeTask(t.Context(), task.Decision.ID, "Tom"))
	if taken := h.tasks(20)[0].Taken; taken.By != "Tom" || taken.Tries != 2 {
		t.Errorf("taken over %+v", taken)
	}
	h.check(h.CloseTask(t.Context(), task.Decision.ID, true))
	if err := h.TakeTask(t.Context(), task.Decision.ID, "Tom"); err == nil {
		t.Error("a closed task is taken")
	}
}
