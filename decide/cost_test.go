package decide

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func TestIntrusionGrowsWithRepetitionAndShrinksWithRelevance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		repetition := rapid.Float64Range(0, 50).Draw(t, "repetition")
		relevance := rapid.Float64Range(0, mostRelated).Draw(t, "relevance")
		more := rapid.Float64Range(0.01, 1).Draw(t, "more")
		base := Intrusion(repetition, relevance)
		if !(base >= 0) || math.IsInf(base, 0) {
			t.Fatalf("intrusion is %v", base)
		}
		if again := Intrusion(repetition+more, relevance); again <= base {
			t.Fatalf("said more often: %v, before %v", again, base)
		}
		if r := min(relevance+more, mostRelated); r > relevance && Intrusion(repetition, r) >= base {
			t.Fatalf("more relevant, and no less intrusive than %v", base)
		}
	})
	if got := Intrusion(0, 0); got != 1 {
		t.Errorf("one irrelevant message is %v intrusive, want 1", got)
	}
	for _, odd := range []float64{math.Inf(1), -1, 2} {
		if got := Intrusion(0, odd); !(got > 0) || math.IsInf(got, 0) {
			t.Errorf("intrusion with relevance %v is %v", odd, got)
		}
	}
}

// intrusionsOf asks how intrusive each candidate would be, by content and item.
func intrusionsOf(p *Plan, q *Question) map[string]float64 {
	d := p.open(q)
	defer p.close(d)
	d.gather()
	d.enumerate()
	all := map[string]float64{}
	for _, c := range d.candidates {
		if c.content < 0 {
			continue
		}
		key := string(p.contents[c.content].ID)
		if c.view >= 0 {
			key += "/" + string(p.catalogue.items[d.views[c.view].item].ID)
		}
		all[key] = d.perceived(c)
	}
	return all
}

// Whatever was said, where and when: one exposure more, of anything, makes nothing less intrusive, and what it
// was of, more so.
func TestNoExposureMakesAnythingLessIntrusive(t *testing.T) {
	p := plan(t, shop())
	drawSaid := rapid.Custom(func(t *rapid.T) aparte.Said {
		return aparte.Said{
			Content: rapid.SampledFrom([]aparte.ContentID{"picks", "ten-off", "care", "spring", "basket-back", "gone"}).Draw(t, "content"),
			Item:    rapid.SampledFrom([]aparte.ItemID{"", "i06", "i08", "i12", "gone"}).Draw(t, "item"),
			Channel: rapid.SampledFrom([]aparte.Channel{aparte.Web, aparte.Email, aparte.SMS, aparte.MobilePush, aparte.InApp}).Draw(t, "channel"),
			Slot:    rapid.SampledFrom([]string{"hero", "email", ""}).Draw(t, "slot"),
			At:      noon.Add(-time.Duration(rapid.Int64Range(0, int64(100*day)).Draw(t, "age"))),
			Seen:    rapid.Int64Range(0, 9).Draw(t, "seen"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		person := marie()
		person.Said = rapid.SliceOfN(drawSaid, 0, 40).Draw(t, "said")
		q := onWeb(person)
		if rapid.Bool().Draw(t, "by mail") {
			q = byMail(person)
		}
		q.MaxCandidates = mostCandidates
		before := intrusionsOf(p, q)
		more := drawSaid.Draw(t, "one more")
		more.At = noon.Add(-time.Hour)
		person.Said = append(person.Said, more)
		after := intrusionsOf(p, q)
		for what, was := range before {
			is, still := after[what]
			if still && is < was {
				t.Fatalf("%s was %v intrusive, after one exposure more %v", what, was, is)
			}
			if id, _, _ := strings.Cut(what, "/"); still && id == string(more.Content) && is <= was {
				t.Fatalf("%s was said once more and is no more intrusive than %v", what, was)
			}
		}
	})
}

// What the latest visit was about is spoken of less intrusively the more it was about it.
func TestNeedMakesLessIntrusive(t *testing.T) {
	p := plan(t, shop())
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.Float64Range(0, 20).Draw(t, "weight")
		of := func(weight float64) map[string]float64 {
			person := marie()
			person.Session.Intents[0].Weight = weight
			q := byMail(person)
			q.MaxCandidates = mostCandidates
			return intrusionsOf(p, q)
		}
		before, after := of(weight), of(weight+rapid.Float64Range(0.01, 5).Draw(t, "more"))
		for what, was := range before {
			if is, still := after[what]; still && is > was {
				t.Fatalf("%s was %v intrusive, with more need of it %v", what, was, is)
			}
		}
	})
}

// A departure is foretold from goodwill and from nothing else: the price of two messages that wear the same off
// the same goodwill is the same, and the hazard has no other input. The path from intrusion to return goes
// through goodwill only.
func TestIntrusionReachesReturnThroughGoodwillOnly(t *testing.T) {
	h := reflect.TypeOf(Hazard.Of)
	if h.NumIn() != 2 || h.In(1) != reflect.TypeOf(1.0) {
		t.Errorf("a hazard is asked with %v: want a goodwill only", h)
	}
	rapid.Check(t, func(t *rapid.T) {
		hazard := Hazard{
			Bias: rapid.Float64Range(-8, 0).Draw(t, "bias"), Slope: rapid.Float64Range(-1, 6).Draw(t, "slope"),
			Trust: rapid.Float64Range(0, 1).Draw(t, "trust"),
		}
		loss := Loss{Share: rapid.Float64Range(-1, 2).Draw(t, "share"), Trust: rapid.Float64Range(0, 1).Draw(t, "returns' trust")}
		stake, goodwill := rapid.Float64Range(0, 1e6).Draw(t, "stake"), rapid.Float64Range(0, 1).Draw(t, "goodwill")
		toll := newToll(rapid.Float64Range(0.01, 100).Draw(t, "price"), goodwill, stake, hazard, loss)
		a, b := rapid.Float64Range(0, 50).Draw(t, "a"), rapid.Float64Range(0, 50).Draw(t, "b")
		if a > b {
			a, b = b, a
		}
		if pa, pb := toll.of(a), toll.of(b); pa < 0 || pa > pb || math.IsNaN(pb) || math.IsInf(pb, 0) {
			t.Fatalf("an intrusion of %v costs %v, one of %v costs %v", a, pa, b, pb)
		}
		if less := goodwill - rapid.Float64Range(0, goodwill).Draw(t, "worn"); hazard.Of(less) < hazard.Of(goodwill) {
			t.Fatalf("with less goodwill people go away less")
		}
	})
}

func TestWhatDeparturesTeachReplacesTheMarketersPrice(t *testing.T) {
	learned := Hazard{Bias: PriorBias, Slope: PriorSlope, Trust: 1}
	if got := newToll(7, 1, 20000, Hazard{}, Loss{}); math.Abs(got.of(1)-7) > 1e-9 {
		t.Errorf("with nothing learned an irrelevant message costs %v, want its price", got.of(1))
	}
	poor, rich := newToll(7, 1, 1000, learned, Loss{}), newToll(7, 1, 20000, learned, Loss{})
	if p, r := poor.of(1), rich.of(1); math.Abs(r-20*p) > 1e-9 || p <= 0 {
		t.Errorf("somebody of twenty times the value at stake costs %v to disturb, the other %v", r, p)
	}
	half := learned
	half.Trust = 0.5
	toll := newToll(7, 1, 20000, half, Loss{})
	if want := (7 + rich.of(1)) / 2; math.Abs(toll.of(1)-want) > 1e-9 {
		t.Errorf("half trusted it costs %v, want %v", toll.of(1), want)
	}
}

func TestWhatReturnsTeachReplacesWhatDeparturesDo(t *testing.T) {
	learned := Hazard{Bias: PriorBias, Slope: PriorSlope, Trust: 1}
	departures := newToll(7, 1, 36500, learned, Loss{})
	whole := newToll(7, 1, 36500, learned, Loss{Share: 0.1, Trust: 1})
	// A tenth of a fortnight's 1400, and as much again for the days that are not counted
	if got, want := whole.of(1), 0.1*1400*20.2/8.7; math.Abs(got-want) > 1e-9 {
		t.Errorf("a tenth of the returns costs %v, want %v", got, want)
	}
	if one, two := whole.of(1), whole.of(2); math.Abs(two-2*one) > 1e-9 {
		t.Errorf("twice the intrusion costs %v, once %v", two, one)
	}
	half := newToll(7, 1, 36500, learned, Loss{Share: 0.1, Trust: 0.5})
	if got, want := half.of(1), (whole.of(1)+departures.of(1))/2; math.Abs(got-want) > 1e-9 {
		t.Errorf("half trusted it costs %v, want %v", got, want)
	}
}

func TestRelevanceGrowsWithEachSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(0, 1)
		v := view{
			need: share.Draw(t, "need"), taste: share.Draw(t, "taste"), liked: share.Draw(t, "liked"),
			viewed: rapid.Bool().Draw(t, "viewed"), inCart: rapid.Bool().Draw(t, "basket"),
		}
		base := v.relevance()
		if base < 0 || base > mostRelated {
			t.Fatalf("relevance is %v", base)
		}
		for name, more := range map[string]func(*view){
			"need":   func(v *view) { v.need = 1 },
			"taste":  func(v *view) { v.taste = 1 },
			"liked":  func(v *view) { v.liked = 1 },
			"viewed": func(v *view) { v.viewed = true },
			"basket": func(v *view) { v.inCart = true },
		} {
			w := v
			more(&w)
			if w.relevance() < base {
				t.Fatalf("with more %s relevance falls from %v to %v", name, base, w.relevance())
			}
		}
	})
}

// costOf is what the first candidate of a content costs.
func costOf(t *testing.T, q *Question, id aparte.ContentID) float64 {
	t.Helper()
	return costUnder(t, shop(), q, id)
}

func costUnder(t *testing.T, b *aparte.Brand, q *Question, id aparte.ContentID) float64 {
	t.Helper()
	d := plan(t, b).Decide(q, nil)
	for _, c := range d.Candidates {
		if c.Action.Content == id && c.Excluded == "" {
			return c.Cost
		}
	}
	t.Fatalf("content %s is not eligible: %+v", id, d.Candidates)
	return 0
}

func TestADiscountThatAnObjectiveCountsIsNotChargedTwice(t *testing.T) {
	charged := costOf(t, byMail(marie()), "ten-off")
	for _, value := range []string{"properties.revenue - properties.discount", `properties.revenue - properties["discount"]`} {
		b := shop()
		b.Objectives[0].Value = value
		given := charged - costUnder(t, b, byMail(marie()), "ten-off")
		if want := 0.1 * 4700 * purchaseChance; math.Abs(given-want) > 1e-4 {
			t.Errorf("where value is %s it costs %v less, want %v", value, given, want)
		}
	}
}

func TestWhatAContentCosts(t *testing.T) {
	on := func(mail bool, change func(*aparte.Person)) *Question {
		p := marie()
		p.Said, p.Goodwill = nil, aparte.Goodwill{}
		if change != nil {
			change(p)
		}
		if mail {
			return byMail(p)
		}
		return onWeb(p)
	}
	web, mail := costOf(t, on(false, nil), "ten-off"), costOf(t, on(true, nil), "ten-off")
	toll := newToll(5, 1, 0, Hazard{}, Loss{})
	if want := toll.of(1) - toll.of(webShare); math.Abs(mail-web-want) > 1e-4 {
		t.Errorf("by mail %v, on the web %v: want %v between them", mail, web, want)
	}
	// 2 for saying it, a tenth of a usual item's 4700 with the chance that it is bought, and the intrusion
	if want := 2 + 0.1*4700*purchaseChance + 5; math.Abs(mail-want) > 1e-4 {
		t.Errorf("by mail it costs %v, want %v", mail, want)
	}
	said := costOf(t, on(true, func(p *aparte.Person) {
		p.Said = []aparte.Said{{Content: "ten-off", Channel: aparte.Web, Slot: "hero", At: noon.Add(-RepetitionHalfLife), Seen: 2}}
	}), "ten-off")
	again := 1 + 1 + webShare*(sameKind+anything) // seen twice a half-life ago: once
	if want := mail - toll.of(1) + toll.of(again); math.Abs(said-want) > 1e-4 {
		t.Errorf("said before it costs %v, want %v", said, want)
	}
	tired := costOf(t, on(true, func(p *aparte.Person) { p.Goodwill = aparte.Goodwill{Value: 0.5, At: noon} }), "ten-off")
	if tired < mail+5 {
		t.Errorf("at half the goodwill it costs %v, at full %v: want at least its price more", tired, mail)
	}
	look := func(said ...aparte.Said) float64 {
		return costOf(t, on(false, func(p *aparte.Person) { p.Said = said }), "last-look")
	}
	item := aparte.Said{Content: "other", Item: "i06", Channel: aparte.Web, At: noon}
	if once, twice := look(item), look(item, item); !(look() < once) || math.Abs(twice-once-(once-look())) > 1e-2*(once-look()) {
		t.Errorf("an item spoken of never, once and twice costs %v, %v and %v", look(), once, twice)
	}
	if care := costOf(t, on(true, nil), "care"); care >= 1 {
		t.Errorf("service costs %v", care)
	}
}

func TestAFirstOrderYesterdayMakesNoCustomerForLife(t *testing.T) {
	p := plan(t, shop())
	stake := func(orders, since int) float64 {
		person := &aparte.Person{FirstSeen: noon.Add(-time.Duration(since) * day)}
		if orders > 0 {
			person.Orders = aparte.Orders{Count: int64(orders), FirstAt: person.FirstSeen, LastAt: noon, Revenue: money(int64(orders) * 5000)}
		}
		d := p.open(onWeb(person))
		defer p.close(d)
		return d.stake()
	}
	if once, faithful := stake(1, 1), stake(12, 360); once >= faithful {
		t.Errorf("who ordered once, yesterday, is worth %v a year, who did so every month %v", once, faithful)
	}
	if new, old := stake(0, 1), stake(0, 720); new <= old || old <= 0 {
		t.Errorf("who never ordered is worth %v on the first day, %v after two years", new, old)
	}
	if once, more := stake(1, 90), stake(3, 90); once >= more {
		t.Errorf("one order in a quarter is worth %v, three are %v", once, more)
	}
}

// A discount is said to those to whom it adds more than it costs, and withheld from those who buy anyway: to them a service
// is the better thing to say, as it gives no margin away.
func TestADiscountIsWithheldWhereItAddsNoMoreThanItCosts(t *testing.T) {
	q := byMail(marie())
	q.Person.Orders.Items = []aparte.ItemID{"i18"}
	likeliest := func(uplift float64) aparte.ContentID {
		q.Explore = Explore{Gamma: 1e9, Scale: 1}
		d := plan(t, shop()).Decide(q, byContent{"ten-off": uplift, "care": 4})
		best := d.Candidates[0]
		for _, c := range d.Candidates {
			if c.Propensity > best.Propensity {
				best = c
			}
		}
		return best.Action.Content
	}
	cost := costOf(t, q, "ten-off")
	if got := likeliest(cost + 20); got != "ten-off" {
		t.Errorf("where a discount adds 20 more than it costs, %q is said", got)
	}
	for _, uplift := range []float64{-50, 0, cost / 2, cost} {
		if got := likeliest(uplift); got != "care" {
			t.Errorf("where a discount that costs %v adds %v, %q is said, want the service", cost, uplift, got)
		}
	}
}
