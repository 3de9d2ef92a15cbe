package profile

import (
	"math/bits"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// Days count from the third to the seventeenth after a decision, once each, and only on what people do by themselves.
func TestTheDaysOnWhichSomebodyComesBackAreCounted(t *testing.T) {
	on := func(days float64) time.Time { return noon.Add(time.Duration(days * float64(day))) }
	look := func(days float64) *aparte.Event { return track(on(days), productViewed, `{"product_id": "sku-1"}`) }
	decision := `{"decision": "d_01000000000000000000000000000007_1", "channel": "email", "slot": "email"}`
	for name, c := range map[string]struct {
		events []*aparte.Event
		days   int
	}{
		"stays away":               {nil, 0},
		"is there at once":         {[]*aparte.Event{look(0), look(2.9)}, 0},
		"comes on the third day":   {[]*aparte.Event{look(3)}, 1},
		"comes twice on one day":   {[]*aparte.Event{look(5.1), look(5.9)}, 1},
		"comes on two days":        {[]*aparte.Event{look(5.1), page(on(6.1), `{}`)}, 2},
		"comes every day":          {[]*aparte.Event{look(3), look(4), look(5), look(6), look(7), look(8), look(9), look(10), look(11), look(12), look(13), look(14), look(15), look(16), look(17), look(18)}, 14},
		"comes on the last day":    {[]*aparte.Event{look(16.99)}, 1},
		"comes later":              {[]*aparte.Event{look(17)}, 0},
		"is told of late":          {[]*aparte.Event{look(9), look(5)}, 2},
		"opens and clicks a mail":  {[]*aparte.Event{track(on(5), aparte.EventExposed, decision), track(on(5), aparte.EventClicked, decision)}, 0},
		"is told of by a server":   {[]*aparte.Event{identify(on(5), `{"city": "Lyon"}`), track(on(6), orderRefunded, `{}`)}, 0},
		"was there before it all":  {[]*aparte.Event{look(-1)}, 0},
		"does what has no meaning": {[]*aparte.Event{track(on(5), "Clapped", `{}`)}, 1},
	} {
		p := live(WatchReturns(aparte.Person{}, noon, 0.5), c.events...)
		next, days := Returned(p)
		if days != c.days || next.Return != (aparte.Return{Before: 1 + c.days}) {
			t.Errorf("who %s: %d days, want %d; then %+v", name, days, c.days, next.Return)
		}
	}
	if p := live(aparte.Person{}, look(5)); p.Return != (aparte.Return{}) {
		t.Errorf("nothing is counted, and there is %+v", p.Return)
	}
}

func TestWhatSomebodyBringsCountsWhileItIsWatched(t *testing.T) {
	p := WatchReturns(aparte.Person{Watch: aparte.Watch{Since: noon.Add(day)}}, noon, 0)
	for _, on := range []time.Duration{0, 2, 4, 16, 18} {
		p = Earn(p, noon.Add(on*day), 1)
	}
	if p.Watch.Earned != 4 || p.Return.Earned != 2 {
		t.Errorf("the watch earned %v, want 4; the fortnight %v, want 2", p.Watch.Earned, p.Return.Earned)
	}
	if n := bits.Len16(1<<aparte.ReturnDays - 1); n != aparte.ReturnDays {
		t.Errorf("days do not fit: %d", n)
	}
}
