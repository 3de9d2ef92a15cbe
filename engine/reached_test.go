package engine_test

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

func TestWhomSomethingReachesCountsOnceADayAndOnceAWeek(t *testing.T) {
	h := openStepped(t)
	h.set(time.Date(2030, 1, 8, 9, 0, 0, 0, time.UTC)) // a Tuesday
	see := func(user string) {
		t.Helper()
		for range 100 {
			if d := h.ask(user).Decision; !d.Action.Silent() {
				h.tellNow(event(aparte.EventExposed, user, "", map[string]any{"decision": d.ID.String()}))
				return
			}
		}
		t.Fatal("nothing was said in a hundred decisions")
	}
	expect := func(people, today, week int64) {
		t.Helper()
		got, err := h.Reached(t.Context())
		h.check(err)
		if got.People != people || got.Today != today || got.Week != week {
			t.Errorf("%+v, not %d people, %d today, %d this week", got, people, today, week)
		}
	}
	h.tellNow(event("Product Viewed", "cleo", "", nil))
	see("ada")
	see("ada")
	see("ben")
	expect(3, 2, 2)
	h.pass(24 * time.Hour)
	expect(3, 0, 2)
	see("ada")
	expect(3, 1, 2)
	h.pass(6 * 24 * time.Hour)
	see("ada")
	expect(3, 1, 1)
}
