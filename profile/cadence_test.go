package profile

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// order is an order of one thing of a category at a time.
func order(at time.Time, category string) *aparte.Event {
	return track(at, orderCompleted, fmt.Sprintf(`{"products": [{"product_id": "thing", "category": %q}]}`, category))
}

// wholeCadence is what an unbounded list of a person's purchases in a category, all in time, gives.
func wholeCadence(category string, purchases []time.Time) aparte.Cadence {
	var intervals []time.Duration
	var ends []time.Time
	last := purchases[0]
	for _, at := range purchases {
		if interval := at.Sub(last); interval >= day {
			intervals, ends, last = append(intervals, interval), append(ends, at), at
		}
	}
	c := aparte.Cadence{Category: category, LastAt: last}
	var weight, logs, squares float64
	for i, interval := range intervals {
		left := math.Exp2(-last.Sub(ends[i]).Hours() / aparte.CadenceHalfLife.Hours())
		log := math.Log(interval.Hours() / 24)
		weight, logs, squares = weight+left, logs+left*log, squares+left*log*log
	}
	c.Weight, c.Logs, c.Squares = float32(weight), float32(logs), float32(squares)
	return c
}

// While a person buys in no more than MaxCadences categories, nothing of their rhythm is lost but the decay.
func TestCadencesAgreeWithTheWholeStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p aparte.Person
		at := noon
		story := map[string][]time.Time{}
		for range rapid.IntRange(1, 80).Draw(t, "orders") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(40*day)).Draw(t, "later"))).Truncate(time.Microsecond)
			category := fmt.Sprint("category ", rapid.IntRange(1, aparte.MaxCadences-1).Draw(t, "category"))
			p = live(p, order(at, category))
			story[""], story[category] = append(story[""], at), append(story[category], at)
		}
		var want []aparte.Cadence
		for category, purchases := range story {
			want = append(want, wholeCadence(category, purchases))
		}
		slices.SortFunc(want, func(a, b aparte.Cadence) int { return map[bool]int{true: -1, false: 1}[a.Category < b.Category] })
		if d := diff(want, p.Cadences, cmpopts.EquateApprox(1e-4, 1e-4)); d != "" {
			t.Fatal("(-whole story +kept)\n", d)
		}
	})
}

// What somebody buys every month is not lost among the hundreds of things they bought once.
func TestAHabitSurvivesACrowd(t *testing.T) {
	var p aparte.Person
	var tea []time.Time
	at := noon
	for i := range 200 {
		at = at.Add(4 * day)
		p = live(p, order(at, fmt.Sprint("fancy ", i)))
		if i%8 == 0 {
			p, tea = live(p, order(at.Add(time.Hour), "tea")), append(tea, at.Add(time.Hour))
		}
	}
	c, _ := p.Cadence("tea")
	if d := diff(wholeCadence("tea", tea), c, cmpopts.EquateApprox(1e-4, 1e-4)); d != "" {
		t.Error("(-whole story +kept)\n", d)
	}
	if n := len(p.Cadences); n != aparte.MaxCadences {
		t.Errorf("%d cadences are kept", n)
	}
}

// The stages that are kept, and their dates, are those that somebody who looked every day would have written down.
func TestStagesAreThoseThatWereToBeSeenDayByDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := live(aparte.Person{}, page(noon, `{}`))
		gaps := rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 7, 30, 31, 90, 400, 900}), 1, 8).Draw(t, "gaps")
		var seen []aparte.Stage
		look := func(at time.Time) {
			stage := p.StageAt(at)
			if n := len(seen); n == 0 || seen[n-1] != stage {
				seen = append(seen, stage)
			}
			if n := len(seen); stage.Since.After(at) || n > 1 && !follows(seen[n-2].Name, stage.Name) {
				t.Fatalf("on %s: %v", at, seen)
			}
		}
		at := noon
		for _, gap := range gaps {
			for range gap {
				at = at.Add(day)
				look(at)
			}
			p = live(p, order(at, "tea"))
			look(at)
		}
		got := p.StagesUntil(at)
		if n := min(len(got), aparte.MaxStages); len(seen) >= n {
			if d := diff(seen[len(seen)-n:], got[len(got)-n:], exact); d != "" {
				t.Fatal("(-seen +told)\n", d)
			}
		}
		if len(seen) != len(got) && len(got) < aparte.MaxStages {
			t.Fatalf("%d stages were seen, %d are told", len(seen), len(got))
		}
	})
}

// follows reports whether a stage can come right after another.
func follows(before, after string) bool {
	return slices.Contains(map[string][]string{
		aparte.Prospect: {aparte.New},
		aparte.New:      {aparte.Active, aparte.AtRisk},
		aparte.Active:   {aparte.AtRisk},
		aparte.WonBack:  {aparte.Active, aparte.AtRisk},
		aparte.AtRisk:   {aparte.Active, aparte.Dormant},
		aparte.Dormant:  {aparte.WonBack, aparte.Lost},
		aparte.Lost:     {aparte.WonBack},
	}[before], after)
}

// Whoever buys every month is missed sooner than whoever bought once.
func TestStagesAreRelativeToTheirOwnRhythm(t *testing.T) {
	weekly, once := aparte.Person{}, live(aparte.Person{}, order(noon.Add(20*7*day), "tea"))
	for i := range 21 {
		weekly = live(weekly, order(noon.Add(time.Duration(i)*7*day), "tea"))
	}
	last := noon.Add(20 * 7 * day)
	for after, want := range map[int][2]string{
		5: {aparte.Active, aparte.New}, 15: {aparte.AtRisk, aparte.New}, 60: {aparte.Lost, aparte.New}, 200: {aparte.Lost, aparte.AtRisk}, 1500: {aparte.Lost, aparte.Lost},
	} {
		now := last.Add(time.Duration(after) * day)
		if got := [2]string{weekly.Lifecycle(now), once.Lifecycle(now)}; got != want {
			t.Errorf("after %d days: %v, want %v", after, got, want)
		}
	}
	back := live(weekly, order(last.Add(100*day), "tea"))
	want := []aparte.Stage{{Name: aparte.Lost, Since: weekly.StageAt(last.Add(100 * day)).Since}, {Name: aparte.WonBack, Since: last.Add(100 * day)}}
	if d := diff(want, back.Stages[len(back.Stages)-2:], exact); d != "" {
		t.Error("(-want +got)\n", d)
	}
}

// A prediction is its own distribution: within the time until each of its dates, somebody buys with the probability
// that the date stands for, and what is expected of one who is asked later is what Bayes' rule makes of it.
func TestPredictionsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p aparte.Person
		at := noon
		for range rapid.IntRange(1, 12).Draw(t, "orders") {
			at = at.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "gap")) * day)
			p = live(p, order(at, "tea"))
		}
		now := at.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "silence")) * day)
		due, ok := p.Due(nil, "tea", now)
		if !ok {
			return
		}
		for _, quantile := range []struct {
			at    time.Time
			share float64
		}{{due.From, 1.0 / 9}, {due.At, 5.0 / 9}, {due.Until, 1}} {
			got, want := p.Buys(nil, "tea", now, quantile.at.Sub(now)), quantile.share*due.Probability
			if math.Abs(got-want) > 1e-6 && quantile.at.Sub(now) < 80*365*day {
				t.Fatalf("%v: until %s with probability %v, want %v", due, quantile.at, got, want)
			}
		}
		first, both := p.Buys(nil, "", now, 30*day), p.Buys(nil, "", now, 60*day)
		if chained := first + (1-first)*p.Buys(nil, "", now.Add(30*day), 30*day); math.Abs(chained-both) > 1e-9 {
			t.Fatalf("in 60 days %v, in twice 30 days %v", both, chained)
		}
	})
}

// What is expected of somebody is what becomes of people like them: drawn many times, from the same beliefs.
func TestPredictionsAreThoseOfTheModel(t *testing.T) {
	var p aparte.Person
	at := noon
	for _, gap := range []int{0, 28, 35, 25, 30, 33, 27} {
		at = at.Add(time.Duration(gap) * day)
		p = live(p, order(at, "tea"))
	}
	due, ok := p.Due(nil, "tea", at.Add(10*day))
	if !ok || due.At.Before(at.Add(20*day)) || due.At.After(at.Add(45*day)) || due.Probability < 0.7 {
		t.Errorf("who buys tea every month and did ten days ago: %+v", due)
	}
	late, ok := p.Due(nil, "tea", at.Add(60*day))
	if !ok || !late.At.After(at.Add(60*day)) || late.Probability >= due.Probability {
		t.Errorf("and who did two months ago: %+v, before %+v", late, due)
	}
	if _, ok := p.Due(nil, "coffee", at); ok || p.Buys(nil, "coffee", at, 30*day) != 0 {
		t.Error("something is foretold of what they never bought")
	}
}

// Of two people who turn out to be one, each one's intervals count, whoever absorbs whom.
func TestTheRhythmsOfBothAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (p aparte.Person) {
			at := noon
			for range rapid.IntRange(0, 8).Draw(t, name) {
				at = at.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "gap")) * day)
				p = live(p, order(at, rapid.SampledFrom([]string{"tea", "coffee"}).Draw(t, "category")))
			}
			return p
		}
		a, b := draw("a"), draw("b")
		one, other := Absorb(a, b), Absorb(b, a)
		if d := diff(one.Cadences, other.Cadences, cmpopts.EquateEmpty(), cmpopts.EquateApprox(1e-5, 1e-5)); d != "" {
			t.Fatal("(-a absorbs b +b absorbs a)\n", d)
		}
		weight := func(p aparte.Person) float64 {
			c, _ := p.Cadence("")
			return aparte.Decay(float64(c.Weight), c.LastAt, noon.Add(1000*day), aparte.CadenceHalfLife)
		}
		if got, want := weight(one), weight(a)+weight(b); math.Abs(got-want) > 1e-5*(1+want) {
			t.Fatalf("intervals weigh %v, want %v", got, want)
		}
	})
}

var manyEvents = flag.Int("events", 20_000, "how many events a long story has")

// However long the story, the record of it is bounded: with -events 1000000 in two minutes.
func TestALongStoryFitsTheRecord(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var p aparte.Person
	at, items := noon, newShop()
	do := func(name, properties string) {
		e := track(at, name, properties)
		p = Apply(p, e, nil, items, "EUR")
	}
	for i := range *manyEvents {
		at = at.Add(time.Duration(r.IntN(3000)) * time.Second)
		switch sku := r.IntN(5000); i % 20 {
		case 0:
			do(orderCompleted, fmt.Sprintf(`{"order_id": "o-%d", "revenue": 10, "products": [{"product_id": "sku-%d", "category": "shelf %d"}]}`, i, sku, sku))
		case 1:
			do(aparte.EventExposed, fmt.Sprintf(`{"decision": "d_%032x_%x", "content": "content-%d", "channel": "email", "slot": "hero"}`, sku, i, sku))
		default:
			do(productViewed, fmt.Sprintf(`{"product_id": "sku-%d", "category": "shelf %d"}`, sku, sku))
		}
	}
	n := len(Encode(nil, &p))
	t.Logf("%d bytes, %d orders", n, p.Orders.Count)
	if want := int64(*manyEvents+19) / 20; n > MaxRecord || p.Orders.Count != want {
		t.Errorf("%d bytes, want at most %d; %d orders, want %d", n, MaxRecord, p.Orders.Count, want)
	}
}
