package engine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
	"github.com/aparte-dev/aparte/measure"
)

// worded is a fair whose welcome has two headlines.
func worded() *aparte.Brand {
	b := fair()
	b.Contents[0].Elements = []aparte.Element{{Name: "headline", Variants: []aparte.Variant{
		{ID: "warm", Words: aparte.Words{"en": "Come in", "fr": "Entrez"}}, {ID: "dry", Words: aparte.Words{"en": "Welcome", "fr": "Bienvenue"}},
	}}}
	return b
}

// visitOften lets people come several times; each time they may buy by what they are told, and in which words.
func visitOften(h *stepped, people int, rng *rand.Rand) {
	for i := range people {
		user := fmt.Sprint("regular-", i)
		for visit := range 1 + rng.IntN(4) {
			d := h.ask(user).Decision
			chance := buys[d.Action.Content]
			if d.Action.Content == "welcome" && d.Action.Variants[0] == 1 {
				chance = 0.2
			}
			h.set(h.now.Load().Add(time.Second))
			if rng.Float64() < chance {
				e := event("Order Completed", user, fmt.Sprint("bought-", i, "-", visit), map[string]any{"order_id": fmt.Sprint(i, visit)})
				e.Timestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load()
				h.check(h.Accept(h.t.Context(), []aparte.Event{e}))
			}
			h.set(h.now.Load().Add(time.Duration(rng.IntN(600)) * time.Second))
		}
	}
	h.set(h.now.Load().Add(time.Hour))
	last := event("Product Viewed", "somebody later", "", nil)
	last.Timestamp, last.ReceivedAt = *h.now.Load(), *h.now.Load()
	h.check(h.Accept(h.t.Context(), []aparte.Event{last}))
	h.pass(0)
}

func (h *stepped) evidence(l engine.Looking) *engine.Evidence {
	h.t.Helper()
	v, err := engine.NewArchive(engine.Config{Store: h.store}).Evidence(h.t.Context(), l, nil)
	h.check(err)
	return v
}

func earnedBy(v *engine.Evidence, way engine.Way) *engine.Earned {
	for i := range v.Earned {
		if v.Earned[i].Way == way {
			return &v.Earned[i]
		}
	}
	return nil
}

// byHand is what something earned each time, from everybody's story, by the definition: of all decisions in which it might
// have been said or not, what they brought less what those in which it was not said did, each of these for as many as it stands for.
func (h *stepped) byHand(people int, whole, of func(aparte.Action) bool) (value, se float64, said int) {
	type row struct{ person, v, done, w, beyond, direct float64 }
	var rows []row
	for i := range people {
		story := h.story(fmt.Sprint("regular-", i))
		for _, entry := range story {
			d := entry.Decision
			if d == nil || !whole(d.Action) {
				continue
			}
			p, all, expect, expectAll := 0.0, 0.0, 0.0, 0.0
			for _, c := range d.Candidates {
				if whole(c.Action) {
					all += c.Propensity
					expectAll += c.Propensity * c.Value
					if of(c.Action) {
						p += c.Propensity
						expect += c.Propensity * c.Value
					}
				}
			}
			if of(d.Action) {
				said++
			}
			if p == 0 || (all-p)/all < engine.LeastElse {
				continue
			}
			r := row{person: float64(i), w: all / (all - p), direct: expectAll/all - (expectAll-expect)/(all-p), beyond: -d.Candidates[d.Chosen].Value}
			if of(d.Action) {
				r.done, r.w = 1, 0
			}
			for _, later := range story {
				if e := later.Event; e != nil && e.Name == "Order Completed" && later.Seq > entry.Seq && !e.Timestamp.After(d.At.Add(10*time.Minute)) {
					r.beyond += 100
				}
			}
			rows = append(rows, r)
		}
	}
	base, done := 0.0, 0.0
	for _, r := range rows {
		base += r.beyond / float64(len(rows))
		done += r.done
	}
	by := map[float64]float64{}
	for i := range rows {
		r := &rows[i]
		r.v = r.direct + (1-r.w)*(r.beyond-base)
		value += r.v / done
	}
	for _, r := range rows {
		by[r.person] += r.v - value*r.done
	}
	square, n := 0.0, float64(len(by))
	for _, v := range by {
		square += v * v
	}
	return value, math.Sqrt(square*n/(n-1)) / done, said
}

func TestWhatContentsAndTheirWordsEarnedIsWhatEverybodysStoryTells(t *testing.T) {
	h := openStepped(t)
	_, err := h.Publish(t.Context(), worded())
	h.check(err)
	const people = 400
	visitOften(h, people, rand.New(rand.NewPCG(3, 1)))
	v := h.evidence(engine.Looking{})
	anything := func(aparte.Action) bool { return true }
	welcome := func(a aparte.Action) bool { return a.Content == "welcome" }
	for name, one := range map[string]struct {
		way         engine.Way
		whole, of   func(aparte.Action) bool
		least, most float64 // of the truth
	}{
		"welcome": {engine.Way{Content: "welcome"}, anything, welcome, 10, 30},
		"hello":   {engine.Way{Content: "hello"}, anything, func(a aparte.Action) bool { return a.Content == "hello" }, -15, 5},
		"warm":    {engine.Way{Content: "welcome", Element: "headline", Variant: "warm"}, welcome, func(a aparte.Action) bool { return welcome(a) && a.Variants[0] == 0 }, 30, 30},
		"dry":     {engine.Way{Content: "welcome", Element: "headline", Variant: "dry"}, welcome, func(a aparte.Action) bool { return welcome(a) && a.Variants[0] == 1 }, -30, -30},
	} {
		got := earnedBy(v, one.way)
		if got == nil {
			t.Fatalf("nothing is told of %s", name)
		}
		value, se, said := h.byHand(people, one.whole, one.of)
		e := got.All.Earned(0.95)
		t.Logf("%s: said %d times, each %.2f (%.2f to %.2f); doubts %q", name, got.Said, e.Value, e.Low, e.High, got.All.Doubts())
		if said != got.Said || math.Abs(e.Value-value) > 1e-6 || math.Abs(e.SE-se) > 1e-6 {
			t.Errorf("%s: %v ± %v, said %d times; by hand %v ± %v, %d times", name, e.Value, e.SE, got.Said, value, se, said)
		}
		if e.High < one.least || e.Low > one.most {
			t.Errorf("%s: from %v to %v, the truth is from %v to %v", name, e.Low, e.High, one.least, one.most)
		}
		if got.Draws.P() < 0.001 {
			t.Errorf("%s was said %d times, %v were expected: p = %v", name, got.Draws.Happened(), got.Draws.Expected(), got.Draws.P())
		}
	}
	if v.Decisions == 0 || v.Open > 0 || v.People < people || v.Sampled || v.Truth.P() < 0.001 {
		t.Errorf("%d decisions of %d people, %d open, p = %v", v.Decisions, v.People, v.Open, v.Truth.P())
	}
}

// All objectives together are worth what each of them is; clicks, here, nothing.
func TestEvidenceIsToldForEachObjectiveAndInAll(t *testing.T) {
	h := openStepped(t)
	_, err := h.Publish(t.Context(), worded())
	h.check(err)
	visitOften(h, 200, rand.New(rand.NewPCG(3, 2)))
	v := h.evidence(engine.Looking{})
	if diff := cmp.Diff([]aparte.ObjectiveID{"order", "click"}, v.Objectives); diff != "" {
		t.Fatal(diff)
	}
	welcome := earnedBy(v, engine.Way{Content: "welcome"})
	all, order, click := welcome.All.OnPolicy(0.95), welcome.By[0].OnPolicy(0.95), welcome.By[1].OnPolicy(0.95)
	if all.Value == 0 || math.Abs(all.Value-order.Value) > 1e-9 || click.Value != 0 {
		t.Errorf("in all %v, by orders %v, by clicks %v", all.Value, order.Value, click.Value)
	}
	if doubts := welcome.By[1].Doubted(); len(doubts) == 0 || doubts[0].Kind != measure.FewRewards {
		t.Errorf("nobody clicked: %v", doubts)
	}
}

func TestEvidenceOfSomePeopleAndOfLatelyIsLessOfTheSame(t *testing.T) {
	h := openStepped(t)
	_, err := h.Publish(t.Context(), worded())
	h.check(err)
	visitOften(h, 60, rand.New(rand.NewPCG(3, 3)))
	whole := h.evidence(engine.Looking{})
	if some := h.evidence(engine.Looking{People: 15}); !some.Sampled || some.People == 0 || some.People > 15 {
		t.Errorf("of 15 people at most, %d are read, sampled %v", some.People, some.Sampled)
	}
	since := whole.Since.Add(whole.Until.Sub(whole.Since) / 2)
	if late := h.evidence(engine.Looking{Since: since}); late.Decisions == 0 || late.Decisions >= whole.Decisions || late.Since.Before(since) {
		t.Errorf("since %v: %d of %d decisions, from %v", since, late.Decisions, whole.Decisions, late.Since)
	}
}

// Whoever is still within a window may yet buy: that is no zero.
func TestDecisionsWhoseWindowsAreNotOverDoNotCountYet(t *testing.T) {
	h := openStepped(t)
	_, err := h.Publish(t.Context(), worded())
	h.check(err)
	visitOften(h, 30, rand.New(rand.NewPCG(3, 4)))
	before := earnedBy(h.evidence(engine.Looking{}), engine.Way{Content: "welcome"})
	h.ask("regular-0")
	h.set(h.now.Load().Add(2 * time.Minute)) // the window of clicks is over, that of orders is not
	e := event("Product Viewed", "somebody later", "", nil)
	e.Timestamp, e.ReceivedAt = *h.now.Load(), *h.now.Load()
	h.check(h.Accept(t.Context(), []aparte.Event{e}))
	h.pass(0)
	v := h.evidence(engine.Looking{})
	after := earnedBy(v, engine.Way{Content: "welcome"})
	if v.Open != 1 || after.All.Rows() != before.All.Rows() || after.By[0].Rows() != before.By[0].Rows() || after.By[1].Rows() != before.By[1].Rows()+1 {
		t.Errorf("%d open; rows in all %d → %d, of orders %d → %d, of clicks %d → %d", v.Open,
			before.All.Rows(), after.All.Rows(), before.By[0].Rows(), after.By[0].Rows(), before.By[1].Rows(), after.By[1].Rows())
	}
}

func TestAnEngineAtWorkTellsTheSameAsItsArchive(t *testing.T) {
	h := openStepped(t)
	_, err := h.Publish(t.Context(), worded())
	h.check(err)
	visitOften(h, 50, rand.New(rand.NewPCG(3, 5)))
	want := h.evidence(engine.Looking{})
	seen, err := h.Evidence(t.Context(), time.Hour)
	h.check(err)
	if seen.Looking || seen.Evidence == nil {
		t.Fatalf("after an hour: %+v", seen)
	}
	for i := range want.Earned {
		a, b := &want.Earned[i], &seen.Evidence.Earned[i]
		if a.Way != b.Way || a.Said != b.Said || a.All.Earned(0.95) != b.All.Earned(0.95) && a.All.Dropped() > 0 {
			t.Errorf("%+v: said %d times, in the archive %+v, %d times", b.Way, b.Said, a.Way, a.Said)
		}
	}
	h.set(h.now.Load().Add(time.Second))
	if again, err := h.Evidence(t.Context(), time.Hour); err != nil || again.Evidence != seen.Evidence {
		t.Errorf("a second later everything is read again: %v", err)
	}
	h.set(h.now.Load().Add(time.Hour))
	if again, err := h.Evidence(t.Context(), time.Hour); err != nil || again.Evidence == seen.Evidence {
		t.Errorf("an hour later nothing is: %v", err)
	}
}

// What is wrong is said in both languages, and the worst of it counts.
func TestTrustIsAsGoodAsItsWorstConcern(t *testing.T) {
	v := &engine.Evidence{}
	if trust, concerns := v.Trust(nil); trust != engine.LookAt || len(concerns) != 1 || concerns[0].Kind != engine.FewDecisions {
		t.Errorf("of nothing: %s, %+v", trust, concerns)
	}
	for range 200 {
		if err := v.Truth.Add([]float64{0.5, 0.5}, 0); err != nil {
			t.Fatal(err)
		}
	}
	odd := engine.Compared{Comparison: measure.Comparison{Share: 0.1, EnteredTreated: 900, EnteredHeld: 100}}
	if trust, concerns := v.Trust([]engine.Compared{odd}); trust != engine.Fine || len(concerns) > 0 {
		t.Errorf("as stated: %s, %+v", trust, concerns)
	}
	odd.EnteredHeld = 300
	for range 200 { // always the one that was all but impossible
		if err := v.Truth.Add([]float64{0.9, 0.1}, 1); err != nil {
			t.Fatal(err)
		}
	}
	trust, concerns := v.Trust([]engine.Compared{odd})
	var kinds []engine.ConcernKind
	for i := range concerns {
		kinds = append(kinds, concerns[i].Kind)
		en, fr := concerns[i].In("en", "Tea"), concerns[i].In("fr", "Thé")
		if en == fr || en == "" || fr == "" {
			t.Errorf("%s: %q, %q", concerns[i].Kind, en, fr)
		}
	}
	if diff := cmp.Diff([]engine.ConcernKind{engine.WrongSplit, engine.WrongDraws, engine.WrongWeights}, kinds); diff != "" || trust != engine.Disbelieve {
		t.Errorf("%s: %s", trust, diff)
	}
}
