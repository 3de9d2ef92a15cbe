package decide

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// bid is what an offer to one kind of person adds to what they will bring, on average, and what it takes off an order.
type bid struct{ uplift, percent float64 }

// spent is what one budget went to, and what it added, in minor units.
type spent struct {
	win, keep, added float64
	most             float64 // what the same could have added, had all who came been known beforehand: the best for each unit first
}

// bidding lets people who never bought and people who did come by turns for four weeks, one budget paying for what is offered to either.
// What an offer adds to a person is spread about its mean; the budget is a share of what would be given without one.
func bidding(t *testing.T, win, keep bid, share float64, priced bool) (s spent) {
	t.Helper()
	b := thrifty(1_000_000)
	offer := b.Contents[3]
	offer.Rules, offer.Cost = nil, 0
	for id, of := range map[aparte.ContentID]bid{"win": win, "keep": keep} {
		one := offer
		one.ID, one.Incentive.Percent = id, of.percent
		b.Contents = append(b.Contents, one)
	}
	p := plan(t, b)
	rng := rand.New(rand.NewPCG(3, 4))
	usual := p.catalogue.usual
	const days, each = 28, 10 // people an hour
	budget := 1e12
	if share > 0 {
		cost := (win.percent + keep.percent) / 2 / 100 * usual * purchaseChance
		budget = share * 7 * 24 * each * cost
	}
	b.Budgets[0].Amount = int64(min(budget, 1e9))
	var hours []Given
	var offers [][2]float64                              // what each adds, and what it is expected to cost
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // a Monday
	for h := range 24 * days {
		at := start.Add(time.Duration(h) * time.Hour)
		fund, hour := aparte.Fund{Budget: "gifts", Left: b.Budgets[0].Amount}, Given{Hour: at}
		if priced {
			fund.Price = Pace(&b.Budgets[0], hours, at, time.UTC)
		}
		from, _ := PeriodOf(b.Budgets[0].Per, at, time.UTC)
		for _, g := range hours {
			if !g.Hour.Before(from) {
				fund.Left -= g.Amount
			}
		}
		for i := range each {
			id, of := aparte.ContentID("win"), win
			if i%2 == 1 {
				id, of = "keep", keep
			}
			adds := of.uplift * 2 * rng.Float64()
			offers = append(offers, [2]float64{adds, of.percent / 100 * usual * purchaseChance})
			q := &Question{
				Person: &aparte.Person{}, Slot: "hero", Seed: rng.Uint64(), Only: []aparte.ContentID{id}, Funds: []aparte.Fund{fund},
				Moment: aparte.Moment{At: at, Channel: aparte.Web}, Explore: Explore{Gamma: 1e9, Scale: 1},
			}
			d := p.Decide(q, byContent{id: adds})
			hour.Asked++
			if d.Candidates[len(d.Candidates)-1].Excluded == aparte.BudgetSpent {
				hour.Refused++
			}
			if d.Action.Silent() {
				continue
			}
			hour.Amount += int64(d.Incentive)
			fund.Left -= int64(d.Incentive)
			s.added += adds
			if id == "win" {
				s.win += d.Incentive
			} else {
				s.keep += d.Incentive
			}
		}
		hours = append(hours, hour)
	}
	slices.SortFunc(offers, func(a, b [2]float64) int { return cmp.Compare(b[0]/b[1], a[0]/a[1]) })
	left := s.win + s.keep
	for _, o := range offers {
		if left -= o[1]; left < 0 {
			break
		}
		s.most += o[0]
	}
	return s
}

// One budget is spent on winning or on keeping customers by what either adds for each unit that it takes: not by which of the two it is, nor by
// what an offer adds in all.
func TestABudgetGoesToWhatAddsMostForEachUnitOfIt(t *testing.T) {
	usual := plan(t, thrifty(1)).catalogue.usual
	ten := 0.1 * usual * purchaseChance // what 10 % off is expected to cost
	for name, c := range map[string]struct {
		win, keep bid
		most      string
	}{
		"keeping adds three times as much":           {bid{2 * ten, 10}, bid{6 * ten, 10}, "keep"},
		"winning adds three times as much":           {bid{6 * ten, 10}, bid{2 * ten, 10}, "win"},
		"keeping adds more, and costs three times":   {bid{6 * ten, 10}, bid{8 * ten, 30}, "win"},
		"winning adds more, and costs three times":   {bid{8 * ten, 30}, bid{6 * ten, 10}, "keep"},
		"keeping adds less, and costs a third of it": {bid{7 * ten, 30}, bid{6 * ten, 10}, "keep"},
	} {
		t.Run(name, func(t *testing.T) {
			got := bidding(t, c.win, c.keep, 0.2, true)
			first := bidding(t, c.win, c.keep, 0.2, false)
			share := got.keep / (got.keep + got.win)
			t.Logf("%.0f %% of what is given keeps customers; %.0f added of at most %.0f; first come, first served %.0f", 100*share, got.added, got.most, first.added)
			if c.most == "keep" && share < 0.6 || c.most == "win" && share > 0.4 {
				t.Errorf("%.2f of the budget keeps customers", share)
			}
			if got.added <= first.added || got.added < 0.9*got.most {
				t.Errorf("%.0f is added, %.0f by whoever comes first, %.0f could be", got.added, first.added, got.most)
			}
		})
	}
}
