package lifetime

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPurchasesOfADayAreOneAndTheEndPartsThem(t *testing.T) {
	var l Ledger
	for _, p := range []purchase{{1, 30, 5}, {0, 10, 7}, {0, 3, 1}, {0, 10, 2}, {0, 21, 4}, {0, 40, 8}, {1, 50, 9}, {2, 33, 1}} {
		l.Add(p.person, p.day, p.amount)
	}
	want := []Bought{
		{Person: 0, First: 3, Last: 21, Repeats: 2, Spent: 13, After: 1, AfterAmount: 8, AfterLast: 40},
		{Person: 1, First: 30, Last: 30},
	}
	got := l.Upto(31, 10)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(History{2, 18.0 / 7, 4}, got[0].History(31)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Spending{2, 6.5}, got[0].Spending()); diff != "" {
		t.Error(diff)
	}
	if l.LastDay() != 50 {
		t.Errorf("the last day is %d", l.LastDay())
	}
}

func TestTheOrderOfPurchasesChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		purchases := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) purchase {
			return purchase{rapid.Uint32Range(0, 3).Draw(t, "person"), rapid.Int32Range(0, 20).Draw(t, "day"), float64(rapid.IntRange(0, 9).Draw(t, "amount"))}
		}), 1, 30).Draw(t, "purchases")
		var a, b Ledger
		for _, p := range purchases {
			a.Add(p.person, p.day, p.amount)
		}
		for _, p := range rapid.Permutation(purchases).Draw(t, "another order") {
			b.Add(p.person, p.day, p.amount)
		}
		if diff := cmp.Diff(a.Upto(12, 5), b.Upto(12, 5)); diff != "" {
			t.Error(diff)
		}
		for _, p := range a.Upto(12, 5) {
			if err := p.History(12).Validate(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAContractEndsHalfAPeriodAfterWhatWasDue(t *testing.T) {
	for _, c := range []struct {
		last, end int32
		want      Contract
	}{
		{0, 29, Contract{0, false}}, {0, 44, Contract{0, false}}, {0, 45, Contract{0, true}},
		{31, 60, Contract{1, false}}, {88, 100, Contract{3, false}}, {60, 200, Contract{2, true}},
	} {
		got := Bought{First: 0, Last: c.last}.Contract(c.end, 30)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("paid last on day %d, looked at on day %d: %s", c.last, c.end, diff)
		}
	}
	if got := (Bought{First: 0, Last: 60, After: 2, AfterLast: 121}).RenewalsAfter(70, 30); got != 2 {
		t.Errorf("%g renewals afterwards", got)
	}
}
