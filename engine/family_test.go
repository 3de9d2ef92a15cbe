package engine

import (
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// What people did after a decision does not move it to another family: else those who were won would count as customers who
// were spoken to.
func TestAFamilyIsThatOfTheTimeOfTheDecision(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	p := aparte.Person{
		FirstSeen: day(0), Orders: aparte.Orders{Count: 3, FirstAt: day(10), LastAt: day(400)},
		Stages:   []aparte.Stage{{Name: aparte.New, Since: day(10)}, {Name: aparte.Active, Since: day(40)}, {Name: aparte.Dormant, Since: day(300)}, {Name: aparte.WonBack, Since: day(400)}},
		Cadences: []aparte.Cadence{{LastAt: day(400)}},
	}
	for _, x := range []struct {
		at   int
		want Family
	}{{5, Acquire}, {10, Grow}, {50, Grow}, {310, Retain}, {401, Grow}, {3000, Retain}} {
		if got := familyAt(&p, day(x.at)); got != x.want {
			t.Errorf("on day %d: %s, want %s", x.at, got, x.want)
		}
	}
	if got := familyAt(&aparte.Person{FirstSeen: day(0)}, day(5)); got != Acquire {
		t.Errorf("who never ordered: %s", got)
	}
}
