package decide

import (
	"bytes"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func TestTheSameQuestionGivesTheSameBytes(t *testing.T) {
	one, other := plan(t, shop()), plan(t, shop())
	s := newLinear(20)
	rapid.Check(t, func(t *rapid.T) {
		q := something(t, somebody(t))
		first := one.Decide(q, s)
		want := Marshal(nil, &first)
		for range 3 {
			again := one.Decide(q, s)
			if got := Marshal(nil, &again); !bytes.Equal(got, want) {
				t.Fatalf("decided again, otherwise:\n%s", cmp.Diff(first, again))
			}
		}
		elsewhere := other.Decide(q, s)
		if got := Marshal(nil, &elsewhere); !bytes.Equal(got, want) {
			t.Fatalf("another plan of the same brand decided otherwise:\n%s", cmp.Diff(first, elsewhere))
		}
	})
}

func TestDecidingDoesNotChangeWhatItIsGiven(t *testing.T) {
	p := plan(t, shop())
	rapid.Check(t, func(t *rapid.T) {
		who := somebody(t)
		q := something(t, who)
		person, question := *who, *q
		before := person
		before.Consents, before.Said = slices.Clone(who.Consents), slices.Clone(who.Said)
		p.Decide(q, newLinear(1))
		if diff := cmp.Diff(&before, who); diff != "" {
			t.Fatalf("the person changed:\n%s", diff)
		}
		if diff := cmp.Diff(question, *q); diff != "" {
			t.Fatalf("the question changed:\n%s", diff)
		}
	})
}

func TestNothingOfADecisionIsUsedAgain(t *testing.T) {
	p := plan(t, busy())
	s := newLinear(10)
	q := onWeb(marie())
	kept := p.Decide(q, s)
	want := Marshal(nil, &kept)
	for range 20 {
		q.Seed++
		q.Moment.Context.Device = "tablet"
		p.Decide(q, s)
	}
	if !bytes.Equal(Marshal(nil, &kept), want) {
		t.Error("a decision changed after it was taken")
	}
	kept.Candidates[1].Action.Variants = append(kept.Candidates[1].Action.Variants, 99)
	kept.Features.Context = append(kept.Features.Context, aparte.Feature{Hash: 99})
	if kept.Candidates[2].Action.Variants[0] == 99 || kept.Features.Action[0].Hash == 99 {
		t.Error("appending to one part of a decision writes over another")
	}
}

func TestAPlanServesManyAtOnce(t *testing.T) {
	p := plan(t, shop())
	s := newLinear(10)
	want := p.Decide(onWeb(marie()), s)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 50 {
				q := onWeb(marie())
				if i%2 == 1 {
					p.Decide(byMail(nil), s)
				}
				if got := p.Decide(q, s); !cmp.Equal(got, want) {
					t.Error("decided otherwise beside others")
					return
				}
			}
		})
	}
	all.Wait()
}

func TestSilenceIsACandidateUnlessSomethingMustBeShown(t *testing.T) {
	p := plan(t, shop())
	q := onWeb(marie())
	if d := p.Decide(q, nil); !d.Candidates[0].Action.Silent() || !(d.Candidates[0].Propensity > 0) {
		t.Errorf("the first candidate is %+v", d.Candidates[0])
	}
	q.Fixed = true
	d := p.Decide(q, nil)
	if d.Action.Silent() || slices.ContainsFunc(d.Candidates, func(c aparte.Candidate) bool { return c.Action.Silent() }) {
		t.Errorf("something must be shown, decided %+v", d.Action)
	}
	q.Slot, q.Only = "hero", []aparte.ContentID{"basket-back"}
	if d := p.Decide(q, nil); !d.Action.Silent() || d.Propensity != 1 || d.Reasons[0].Code != aparte.NothingToSay {
		t.Errorf("nothing can be shown, decided %+v because %v", d.Action, d.Reasons)
	}
}

func TestHowAChoiceIsExplained(t *testing.T) {
	b := shop()
	b.Contents = []aparte.Content{b.Contents[4]} // bonjour: one way to say it
	p := plan(t, b)
	greedy := func(change func(*Question)) *Question {
		q := onWeb(marie())
		q.Explore.Off = true
		if change != nil {
			change(q)
		}
		return q
	}
	tests := []struct {
		story string
		q     *Question
		s     Scorer
		want  aparte.ReasonCode
	}{
		{"worth more than silence", greedy(nil), byContent{"bonjour": 10}, aparte.BestValue},
		{"worth less than silence", greedy(nil), byContent{"bonjour": -10}, aparte.NotWorthIt},
		{"nothing predicted: saying it costs something", greedy(nil), nil, aparte.NotWorthIt},
		{"nothing else may be shown", greedy(func(q *Question) { q.Fixed = true }), nil, aparte.OnlyChoice},
		{"nothing is eligible", greedy(func(q *Question) { q.Person = nil }), nil, aparte.NothingToSay},
	}
	for _, test := range tests {
		t.Run(test.story, func(t *testing.T) {
			if d := p.Decide(test.q, test.s); d.Reasons[0].Code != test.want {
				t.Errorf("because %v, want %s", d.Reasons, test.want)
			}
		})
	}
	q := greedy(nil)
	q.Explore = Explore{Gamma: 1e-9}
	for q.Seed = range 100 {
		d := p.Decide(q, byContent{"bonjour": 10})
		if want := map[bool]aparte.ReasonCode{true: aparte.BestValue, false: aparte.Explored}[d.Chosen == 1]; d.Reasons[0].Code != want {
			t.Fatalf("chose %d because %v, want %s", d.Chosen, d.Reasons, want)
		}
	}
}

func TestReasonsTellRulesAndWhatWeighedIn(t *testing.T) {
	p := plan(t, shop())
	q := onWeb(marie())
	q.Only, q.Fixed = []aparte.ContentID{"last-look"}, true
	facts := p.Decide(q, byContent{}) // knows no contributions
	want := []aparte.Reason{
		{Code: aparte.BestValue}, {Code: aparte.RuleHeld, Detail: "gentle"}, {Code: aparte.RuleHeld, Detail: "not-worn"},
		{Code: aparte.RuleHeld, Detail: "enough-left"}, {Code: aparte.RuleHeld, Detail: "affordable"},
		{Code: aparte.FeatureSpoke, Detail: featureInIntent}, {Code: aparte.FeatureSpoke, Detail: featureCategoryFit}, {Code: aparte.FeatureSpoke, Detail: featureViewed},
	}
	if facts.Reasons[0].Code == aparte.Explored {
		want[0].Code = aparte.Explored
	}
	if diff := cmp.Diff(want, facts.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}

	s := newLinear(10)
	d := p.Decide(q, s)
	amounts := make([]float64, len(d.Features.Context)+len(d.Features.Action))
	s.Contributions(d.Features.Context, d.Features.Action, amounts)
	slices.SortFunc(amounts, func(a, b float64) int { return int(math.Copysign(1, b-a)) })
	n := 0
	for _, r := range d.Reasons {
		if r.Code == aparte.FeatureSpoke {
			if math.Abs(r.Amount-amounts[n]) > 1e-4 {
				t.Errorf("feature %s spoke with %v, the next largest is %v", r.Detail, r.Amount, amounts[n])
			}
			n++
		}
	}
	if n != maxFeaturesTold {
		t.Errorf("%d features spoke: %v", n, d.Reasons)
	}
}

func TestWhoIsHeldOutHearsNothingButService(t *testing.T) {
	p := plan(t, shop())
	who := marie()
	who.ID = held(t)
	q := onWeb(who)
	d := p.Decide(q, byContent{"picks": 1000})
	for _, c := range d.Candidates {
		if id := c.Action.Content; id != "" && id != "care" && c.Excluded == "" {
			t.Errorf("%s can be said to somebody held out", id)
		}
	}
	if !slices.Contains(d.Reasons, aparte.Reason{Code: aparte.InHoldout}) {
		t.Errorf("the holdout is not told: %v", d.Reasons)
	}
}

func TestWhoObjectsToProfilingIsDecidedForWithoutIt(t *testing.T) {
	p := plan(t, shop())
	a, b := marie(), marie()
	b.Affinities, b.Session.Intents, b.Counters, b.Session.LastItem = nil, nil, nil, ""
	b.Device, b.Orders.Count, b.LastSeen = "tablet", 9, noon.Add(-99*day)
	for _, who := range []*aparte.Person{a, b} {
		who.Consents = append(who.Consents, aparte.Consent{Purpose: aparte.Profiling, Granted: false})
	}
	s := newLinear(20)
	da, db := p.Decide(onWeb(a), s), p.Decide(onWeb(b), s)
	if diff := cmp.Diff(da, db); diff != "" {
		t.Errorf("two people who differ in their tastes are told different things:\n%s", diff)
	}
	if !slices.Contains(da.Reasons, aparte.Reason{Code: aparte.ProfilingOff}) {
		t.Errorf("it is not told: %v", da.Reasons)
	}
	if granted := p.Decide(onWeb(marie()), s); len(granted.Features.Context) <= len(da.Features.Context) {
		t.Errorf("%d features with profiling, %d without", len(granted.Features.Context), len(da.Features.Context))
	}
}

type constant float64

func (c constant) Score(_ []aparte.Feature, _ [][]aparte.Feature, values []float64) {
	for i := range values {
		values[i] = float64(c) * float64(i)
	}
}

func TestAScorerThatGoesWrongIsWorthNothing(t *testing.T) {
	p := plan(t, shop())
	for _, wrong := range []constant{constant(math.NaN()), constant(math.Inf(1)), constant(math.Inf(-1)), 1e300} {
		d := p.Decide(onWeb(marie()), wrong)
		sum := 0.0
		for _, c := range d.Candidates {
			sum += c.Propensity
			if math.IsNaN(c.Value) || math.IsInf(c.Value, 0) {
				t.Errorf("scorer %v: value %v", wrong, c.Value)
			}
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("scorer %v: propensities sum to %v", wrong, sum)
		}
	}
}

// Two people of the same segment, at the same instant, are told different things when their histories
// differ.
func TestHistoriesDecide(t *testing.T) {
	p := plan(t, shop())
	a, b := marie(), marie()
	b.Session.Intents[0].Key, b.Affinities = "Clocks", nil
	b.Session.LastItem = "i09"
	s := byContent{"picks": 500}
	q, r := onWeb(a), onWeb(b)
	q.Explore.Off, r.Explore.Off = true, true
	q.Moment.Context.Item, r.Moment.Context.Item = "", ""
	one, other := p.Decide(q, s), p.Decide(r, s)
	if one.Action.Content != "picks" || other.Action.Content != "picks" || one.Action.Item == other.Action.Item {
		t.Errorf("one is told %+v, the other %+v", one.Action, other.Action)
	}
}

func TestTheSituationHasItsFeatures(t *testing.T) {
	p := plan(t, shop())
	d := p.open(onWeb(marie()))
	defer p.close(d)
	d.context.naming = true
	d.describeContext(&d.context)
	var got []string
	for _, h := range d.context.names {
		got = append(got, h.String())
	}
	want := []string{
		"situation", "device=desktop", "hour=12-15", "day=weekday", "channel=web", "slot=hero", "language=fr", "page_category=Lanterns",
		"lifecycle=active", "last_seen=now", "orders=2", "last_order=3_weeks", "first_order=15_weeks", "orders_a_year=8-15", "known=yes", "in_vain=1", "basket=filled",
		"likes_category=Lanterns", "likes_category=Mugs", "wants_category=Lanterns",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("features (-want +got):\n%s", diff)
	}
	seen := make(map[uint32]string)
	for _, h := range d.context.names {
		if other, twice := seen[h.hash]; twice {
			t.Errorf("%s and %s have the same hash", h, other)
		}
		seen[h.hash] = h.String()
	}
}
