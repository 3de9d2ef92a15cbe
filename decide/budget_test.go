package decide

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// thrifty is the shop with a budget for what it gives away.
func thrifty(amount int64) *aparte.Brand {
	b := shop()
	b.Budgets = []aparte.Budget{{ID: "gifts", Name: aparte.Words{"en": "Gifts", "fr": "Cadeaux"}, Kinds: []string{"incentive"}, Amount: amount, Per: aparte.PerWeek}}
	return b
}

func TestABudgetThatMakesNoSenseIsRefusedWhereItStands(t *testing.T) {
	for pointer, spoil := range map[string]func(b *aparte.Brand){
		"/budgets/0/id":              func(b *aparte.Brand) { b.Budgets[0].ID = "" },
		"/budgets/1/id":              func(b *aparte.Brand) { b.Budgets[1].ID = "gifts" },
		"/budgets/0/amount":          func(b *aparte.Brand) { b.Budgets[0].Amount = -1 },
		"/budgets/0/per":             func(b *aparte.Brand) { b.Budgets[0].Per = "year" },
		"/budgets/1":                 func(b *aparte.Brand) { b.Budgets[1].Contents = nil },
		"/budgets/0/kinds/0":         func(b *aparte.Brand) { b.Budgets[0].Kinds[0] = "nothing" },
		"/budgets/1/contents/0":      func(b *aparte.Brand) { b.Budgets[1].Contents[0] = "nothing" },
		"/budgets/1/kinds/0":         func(b *aparte.Brand) { b.Budgets[1].Kinds = []string{"incentive"} },
		"/contents/3/incentive/code": func(b *aparte.Brand) { b.Contents[3].Incentive.Code = "" },
		"/budgets":                   func(b *aparte.Brand) { b.Budgets = make([]aparte.Budget, MaxBudgets+1) },
	} {
		b := thrifty(1000)
		b.Budgets = append(b.Budgets, aparte.Budget{ID: "care", Contents: []aparte.ContentID{"care"}, Amount: 5, Per: aparte.PerDay})
		if _, err := Compile(b, 1); err != nil {
			t.Fatal(err)
		}
		spoil(b)
		_, err := Compile(b, 1)
		var flaw *Flaw
		if !errors.As(err, &flaw) || flaw.Pointer != pointer {
			t.Errorf("%s: %v", pointer, err)
		}
	}
}

// The price multiplies what a content costs its budget, whether or not an objective counts it, and nothing else.
func TestThePriceWeighsWhatIsGivenAway(t *testing.T) {
	for name, value := range map[string]string{"as a cost": "properties.revenue * 100", "counted": "(properties.revenue - properties.discount) * 100"} {
		b := thrifty(1_000_000)
		b.Objectives[0].Value = value
		costs := func(price float64) map[aparte.ContentID]float64 {
			q := byMail(marie())
			q.Funds = []aparte.Fund{{Budget: "gifts", Left: 1_000_000, Price: price}, {Budget: "of another brand", Price: 9}}
			d := plan(t, b).Decide(q, nil)
			costs := map[aparte.ContentID]float64{}
			for _, c := range d.Candidates {
				costs[c.Action.Content] = c.Cost
			}
			return costs
		}
		plain, dear := costs(0), costs(3)
		usual := plan(t, b).catalogue.usual
		for id, cost := range plain {
			want := cost
			if id == "ten-off" {
				want += 3 * (2 + 0.1*usual*purchaseChance)
			}
			if got := dear[id]; got-want > 1e-4 || want-got > 1e-4 {
				t.Errorf("%s: %q costs %v at price 3 and %v at price 0, want %v", name, id, got, cost, want)
			}
		}
	}
}

func TestADecisionTellsWhatItGivesAway(t *testing.T) {
	p := plan(t, thrifty(1_000_000))
	q := byMail(marie())
	q.Funds = []aparte.Fund{{Budget: "gifts", Left: 4000, Price: 0.5}}
	q.Explore = Explore{Gamma: 1e9, Scale: 1}
	d := p.Decide(q, byContent{"ten-off": 10_000})
	discount := single(0.1 * p.catalogue.usual * purchaseChance)
	if d.Action.Content != "ten-off" || d.Incentive != discount || !cmp.Equal(d.Funds, q.Funds) {
		t.Fatalf("%q is said, with funds %v and an incentive of %v, want %v", d.Action.Content, d.Funds, d.Incentive, discount)
	}
	var told []string
	for _, r := range d.Reasons {
		if r.Code == aparte.GivesAway || r.Code == aparte.ShadowPrice {
			told = append(told, ExplainReason(r, p.brand, "en"))
		}
	}
	cost := 2 + discount
	want := []string{
		"Expected cost to the budget: Gifts (" + worthIn(-cost, "GBP", "en") + ")",
		"Weighs more, so that the budget lasts: Gifts (" + worthIn(-cost/2, "GBP", "en") + ")",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	roundTrip(t, &d)
}

// Of items, those are left out on which the incentive could come to more than is left.
func TestNothingIsOfferedThatCouldCostMoreThanIsLeft(t *testing.T) {
	b := thrifty(0)
	b.Contents[3].Items, b.Contents[3].Cost, b.Contents[3].Rules = aparte.Recommended, 0, nil
	p := plan(t, b)
	rapid.Check(t, func(t *rapid.T) {
		q := onWeb(somebody(t))
		q.Seed = rapid.Uint64().Draw(t, "seed")
		left := rapid.Int64Range(-100, 1200).Draw(t, "left")
		ask := func(left int64) (items []aparte.ItemID) {
			q.Funds = []aparte.Fund{{Budget: "gifts", Left: left}}
			q.MaxCandidates = 1000
			d := p.Decide(q, nil)
			for _, c := range d.Candidates {
				if c.Action.Content == "ten-off" && c.Excluded == "" && !slices.Contains(items, c.Action.Item) {
					items = append(items, c.Action.Item)
				}
			}
			return items
		}
		var want []aparte.ItemID
		for _, id := range ask(1_000_000) {
			if item, _ := p.Item(id); item.Price.Amount <= 10*left {
				want = append(want, id)
			}
		}
		if diff := cmp.Diff(want, ask(left)); diff != "" {
			t.Fatalf("with %d left (-want +got):\n%s", left, diff)
		}
	})
}

func TestPeriodsFollowOneAnotherWithoutAGap(t *testing.T) {
	var zones []*time.Location
	for _, name := range []string{"UTC", "Europe/Paris", "Asia/Kolkata", "America/St_Johns", "Pacific/Chatham"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		per := rapid.SampledFrom([]aparte.Period{aparte.PerDay, aparte.PerWeek, aparte.PerMonth}).Draw(t, "per")
		at := noon.Add(time.Duration(rapid.IntRange(-400*24*60, 400*24*60).Draw(t, "minutes")) * time.Minute)
		from, until := PeriodOf(per, at, zone)
		if at.Before(from) || !at.Before(until) {
			t.Fatalf("%v is not in [%v, %v)", at, from, until)
		}
		if f, u := PeriodOf(per, from, zone); f != from || u != until {
			t.Fatalf("its first hour is in [%v, %v), not [%v, %v)", f, u, from, until)
		}
		if next, _ := PeriodOf(per, until, zone); next != until {
			t.Fatalf("the next begins %v, not %v", next, until)
		}
		if most := map[aparte.Period]int{aparte.PerDay: 25, aparte.PerWeek: 169, aparte.PerMonth: 745}[per]; until.Sub(from) > time.Duration(most)*time.Hour {
			t.Fatalf("it lasts %v", until.Sub(from))
		}
		local := from.In(zone)
		if local.Minute() == 0 && (local.Hour() != 0 || per == aparte.PerWeek && local.Weekday() != time.Monday || per == aparte.PerMonth && local.Day() != 1) {
			t.Fatalf("it begins %v", local)
		}
	})
}

func TestAPriceIsNeverNegativeNorWithoutBoundNorAnythingButAFunctionOfTheHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &aparte.Budget{Amount: rapid.Int64Range(0, 1e6).Draw(t, "amount"), Per: rapid.SampledFrom([]aparte.Period{aparte.PerDay, aparte.PerWeek}).Draw(t, "per")}
		var hours []Given
		for i := range rapid.IntRange(0, 400).Draw(t, "hours") {
			hours = append(hours, Given{noon.Add(time.Duration(i) * time.Hour), rapid.Int64Range(0, 50).Draw(t, "asked"), rapid.Int64Range(0, 50).Draw(t, "refused"), rapid.Int64Range(-1e5, 1e6).Draw(t, "amount")})
		}
		at := noon.Add(300 * time.Hour)
		price := Pace(b, hours, at, time.UTC)
		if !(price >= 0 && price <= mostPrice) {
			t.Fatalf("price %v", price)
		}
		if got := Pace(b, hours[:min(len(hours), 300)], at, time.UTC); got != price {
			t.Fatalf("what is after it changes the price: %v, %v", price, got)
		}
	})
}

// crowd is a small world: each has an order in mind that a discount may bring about, or that comes anyway.
type crowd struct {
	rng  *rand.Rand
	plan *Plan
}

// need is how likely somebody is to buy, and how much likelier with a discount; most would buy anyway, a few need it.
type need struct{ base, more float64 }

func (c *crowd) next() need {
	switch n := c.rng.Float64(); {
	case n < 0.6:
		return need{0.15, 0.003 + 0.002*c.rng.Float64()} // who needs none: it is hardly worth what it is expected to cost
	case n < 0.9:
		return need{0.004, 0.004 * c.rng.Float64()}
	}
	return need{0.002, 0.03 + 0.05*c.rng.Float64()} // the waverers
}

// season is what came of it, in minor units.
type season struct {
	revenue, discount float64
	overdrawn         bool
	byDay             []float64 // given in each day
	early, late       int       // of the last week, discounts said in its first and its second half
}

// live lets people come for so many days, at the hours of the day, and pays for the discounts that are said.
func (c *crowd) live(t *testing.T, days int, budget, priced bool) season {
	t.Helper()
	var s season
	var hours []Given
	usual := c.plan.catalogue.usual
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // a Monday
	s.byDay = make([]float64, days)
	seed := uint64(0)
	for h := range 24 * days {
		at := start.Add(time.Duration(h) * time.Hour)
		hour := Given{Hour: at}
		fund := aparte.Fund{Budget: "gifts", Left: 1e12}
		if budget {
			one := &c.plan.brand.Budgets[0]
			from, _ := PeriodOf(one.Per, at, time.UTC)
			fund = aparte.Fund{Budget: "gifts", Left: one.Amount}
			if priced {
				fund.Price = Pace(one, hours, at, time.UTC)
			}
			for _, g := range hours {
				if !g.Hour.Before(from) {
					fund.Left -= g.Amount
				}
			}
		}
		for range []int{2, 1, 1, 1, 1, 2, 4, 8, 12, 14, 16, 16, 20, 18, 16, 16, 18, 22, 28, 34, 36, 30, 18, 8}[h%24] {
			seed++
			n := c.next()
			q := &Question{
				Person: &aparte.Person{}, Slot: "hero", Seed: seed, Only: []aparte.ContentID{"ten-off"}, Funds: []aparte.Fund{fund},
				Moment: aparte.Moment{At: at, Channel: aparte.Web}, Explore: Explore{Gamma: 1e9, Scale: 1},
			}
			d := c.plan.Decide(q, byContent{"ten-off": n.more * usual * 0.9}) // true: what it adds, its own discount apart
			hour.Asked++
			if d.Candidates[len(d.Candidates)-1].Excluded == aparte.BudgetSpent {
				hour.Refused++
			}
			chance := n.base
			if !d.Action.Silent() {
				chance += n.more
				hour.Amount += int64(d.Incentive + 2)
				fund.Left -= int64(d.Incentive + 2)
				s.discount += chance * 0.1 * usual
				s.byDay[h/24] += d.Incentive + 2
				if fund.Left < 0 {
					s.overdrawn = true
				}
				if h/24 >= days-7 && (h/24-days+7)*2 < 7 {
					s.early++
				} else if h/24 >= days-7 {
					s.late++
				}
			}
			s.revenue += chance * usual
		}
		hours = append(hours, hour)
	}
	return s
}

// With a budget of a fifth of what is given without one, discounts fall to that, and revenue hardly: they go to whom they
// move. The budget lasts, and is never overdrawn.
func TestWithABudgetDiscountsFallAtNearlyEqualRevenue(t *testing.T) {
	const days = 28
	free := (&crowd{rand.New(rand.NewPCG(1, 1)), plan(t, thrifty(1_000_000))}).live(t, days, false, false)
	week := 0.0
	for _, day := range free.byDay[days-7:] {
		week += day
	}
	tight := plan(t, thrifty(int64(week/5)))
	bounded := (&crowd{rand.New(rand.NewPCG(1, 1)), tight}).live(t, days, true, true)
	unpriced := (&crowd{rand.New(rand.NewPCG(1, 1)), tight}).live(t, days, true, false)
	t.Logf("revenue %.0f with %.0f of discounts without a budget, %.0f with %.0f under one of %.0f a week, %.0f with %.0f under the same without a price; %d said in the first half of the last week, %d in the second",
		free.revenue, free.discount, bounded.revenue, bounded.discount, week/5, unpriced.revenue, unpriced.discount, bounded.early, bounded.late)
	if bounded.discount > free.discount/5 || bounded.revenue < 0.96*free.revenue {
		t.Error("discounts do not fall, or revenue does")
	}
	if gained := bounded.revenue - bounded.discount - unpriced.revenue + unpriced.discount; gained <= 0 {
		t.Errorf("the price loses %.0f: first come, first served does as well", -gained)
	}
	if bounded.overdrawn {
		t.Error("the budget was overdrawn")
	}
	if share := float64(bounded.early) / float64(bounded.early+bounded.late); share < 0.4 || share > 0.7 {
		t.Errorf("%.2f of the last week's discounts are of its first half", share)
	}
}
