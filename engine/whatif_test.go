package engine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// buys is how likely people are to order after each content of the fair; "" is silence.
var buys = map[aparte.ContentID]float64{"": 0.1, "welcome": 0.5, "hello": 0.2}

// fair is a brand that greets in one of two ways. Nobody is told "stay" unless a rule allows it.
func fair(rules ...string) *aparte.Brand {
	b := brand()
	b.Pressure.Intrusion = 1 // enough that greetings are not all the same to the engine
	for i, id := range []aparte.ContentID{"hello", "stay"} {
		c := b.Contents[0]
		c.ID, c.Rules = id, []aparte.RuleID{aparte.RuleID("rule-" + string(id))}
		b.Contents = append(b.Contents, c)
		b.Rules = append(b.Rules, aparte.Rule{ID: c.Rules[0], Name: c.Name, When: []string{"true", "false"}[i]})
	}
	for _, rule := range rules {
		id, when, _ := strings.Cut(rule, ": ")
		for i := range b.Rules {
			if string(b.Rules[i].ID) == id {
				b.Rules[i].When = when
			}
		}
	}
	return b
}

// visitFair lets people come, hear something in a slot, and buy or not.
func visitFair(h *stepped, people int, rng *rand.Rand) (decisions []aparte.Decision) {
	for i := range people {
		user := fmt.Sprint("visitor-", i)
		d := h.ask(user).Decision
		decisions = append(decisions, d)
		if rng.Float64() < buys[d.Action.Content] {
			h.set(h.now.Load().Add(time.Second))
			bought := order(user, "lamp", fmt.Sprint("order-", i), 25)
			bought.Timestamp, bought.ReceivedAt = *h.now.Load(), *h.now.Load()
			h.check(h.Accept(h.t.Context(), []aparte.Event{bought}))
		}
	}
	h.set(h.now.Load().Add(time.Hour))
	last := event("Product Viewed", "somebody later", "", nil)
	last.Timestamp, last.ReceivedAt = *h.now.Load(), *h.now.Load()
	h.check(h.Accept(h.t.Context(), []aparte.Event{last}))
	h.pass(0)
	return decisions
}

func (h *stepped) whatIf(b *aparte.Brand) *engine.WhatIf {
	h.t.Helper()
	w, err := engine.NewArchive(engine.Config{Store: h.store}).WhatIf(h.t.Context(), b, nil)
	h.check(err)
	return w
}

func TestWhatIfNothingChangesNothingIsGained(t *testing.T) {
	h := openStepped(t)
	rng := rand.New(rand.NewPCG(1, 1))
	_, err := h.Publish(t.Context(), fair())
	h.check(err)
	rows := 0
	for range 4 { // what is learned of one day decides on the next
		rows += len(visitFair(h, 50, rng))
	}
	same := fair() // as a door would read it
	same.Contents[0].Elements[0].Variants[0].Traits, same.Layouts[0].Slots = []string{}, []string{}
	w := h.whatIf(same)
	if lift := w.Lift(0.95); w.Rows() != rows || w.Changed() > 0 || math.Abs(lift.Value) > 1e-6 || lift.High-lift.Low > 1e-6 {
		t.Errorf("of %d decisions, %d of %d change: lift %+v", rows, w.Changed(), w.Rows(), lift)
	}
	if d := w.Diagnose(); d.Unseen > 1e-9 || w.Forgotten+w.Unlearned+w.Assumed+w.Silenced > 0 {
		t.Errorf("%+v, %+v", d, w)
	}
	if len(w.Unraised) != 1 || w.Unraised[0] != "basket" {
		t.Errorf("scenarios without a moment: %q", w.Unraised)
	}
}

// What a rule is worth is known here: people buy by what they are told, and by nothing else.
func TestWhatIfARuleForbadeWhatSellsLessIsAnsweredWithItsTruth(t *testing.T) {
	forbid := "rule-hello: false"
	was, is := openStepped(t), openStepped(t)
	_, err := was.Publish(t.Context(), fair())
	was.check(err)
	_, err = is.Publish(t.Context(), fair(forbid))
	is.check(err)
	mean := func(h *stepped, decisions []aparte.Decision) (truth float64) { // nothing was learned: windows were open
		for _, d := range decisions {
			d, err := h.Decision(t.Context(), d.ID)
			h.check(err)
			for _, c := range d.Candidates {
				truth += c.Propensity * buys[c.Action.Content] * 100 / float64(len(decisions))
			}
		}
		return truth
	}
	heard := visitFair(was, 1500, rand.New(rand.NewPCG(1, 2)))
	live, changed := mean(was, heard), mean(is, visitFair(is, 100, rand.New(rand.NewPCG(1, 3))))

	w := was.whatIf(fair(forbid))
	if doubts := w.Doubts(); len(doubts) > 0 || w.Rows() != len(heard) {
		t.Fatalf("%d decisions, doubts %q", w.Rows(), doubts)
	}
	for name, one := range map[string]struct{ low, value, high, truth float64 }{
		"live":  {w.OnPolicy(0.95).Low, w.OnPolicy(0.95).Value, w.OnPolicy(0.95).High, live},
		"ipw":   {w.IPW(0.95).Low, w.IPW(0.95).Value, w.IPW(0.95).High, changed},
		"snipw": {w.SNIPW(0.95).Low, w.SNIPW(0.95).Value, w.SNIPW(0.95).High, changed},
		"dr":    {w.DR(0.95).Low, w.DR(0.95).Value, w.DR(0.95).High, changed},
		"lift":  {w.Lift(0.95).Low, w.Lift(0.95).Value, w.Lift(0.95).High, changed - live},
	} {
		t.Logf("%s: %.2f to %.2f, %.2f; truth %.2f", name, one.low, one.high, one.value, one.truth)
		if one.truth < one.low || one.truth > one.high {
			t.Errorf("%s: from %v to %v, the truth is %v", name, one.low, one.high, one.truth)
		}
	}
	if changed-live < 2 {
		t.Errorf("the rule makes no difference worth finding: %v instead of %v", changed, live)
	}
}

func TestWhatWasNeverSaidIsNotJudgedFromTheLog(t *testing.T) {
	h := openStepped(t)
	_, err := h.Publish(t.Context(), fair())
	h.check(err)
	visitFair(h, 300, rand.New(rand.NewPCG(1, 4)))
	reworded := fair()
	reworded.Contents[0].Elements = []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "Other words"}}}}}
	for name, b := range map[string]*aparte.Brand{"a content that no rule allowed": fair("rule-stay: true"), "other words under the same name": reworded} {
		w := h.whatIf(b)
		if d := w.Diagnose(); d.Unseen < 0.1 || !strings.Contains(strings.Join(w.Doubts(), "; "), "was never done there") {
			t.Errorf("%s: %.2f without support, doubts %q", name, d.Unseen, w.Doubts())
		}
	}
}

func TestABrandThatWouldBeRefusedIsNotJudged(t *testing.T) {
	h := openStepped(t)
	_, err := engine.NewArchive(engine.Config{Store: h.store}).WhatIf(t.Context(), fair("rule-stay: no such thing"), nil)
	if err == nil || !strings.Contains(err.Error(), "/rules/") {
		t.Errorf("answered %v", err)
	}
}

func TestDecisionsWhoseWindowsAreOpenAreLeftOut(t *testing.T) {
	h := openStepped(t)
	_, err := h.Publish(t.Context(), fair())
	h.check(err)
	visitFair(h, 20, rand.New(rand.NewPCG(1, 5)))
	h.ask("one")
	h.ask("two")
	h.pass(0)
	if w := h.whatIf(fair()); w.Rows() != 20 || w.Open != 2 {
		t.Errorf("%d decisions are judged, %d left out as open", w.Rows(), w.Open)
	}
}
