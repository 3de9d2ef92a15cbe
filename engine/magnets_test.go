package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/engine"
)

// magnetic is a brand that asks for an address: by a guide, for who looks at one thing after another, by the basket, for who has one, and by a
// letter for anybody.
func magnetic() *aparte.Brand {
	b := brand()
	magnet := func(id aparte.ContentID, rules ...aparte.RuleID) aparte.Content {
		c := b.Contents[0]
		c.ID, c.Kind, c.Rules, c.Items, c.Incentive = id, string(id), rules, aparte.NoItems, aparte.Incentive{}
		c.Elements = []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": string(id), "fr": string(id)}}}}}
		c.Ask = &aparte.Ask{
			Kind: aparte.AskAddress, Trait: "asked_" + string(id), Worth: 150, Consent: aparte.Marketing, Wording: "w1", Rest: aparte.Duration(time.Second),
			Privacy: aparte.Words{"en": "Only for this.", "fr": "Pour cela."},
		}
		c.Link = ""
		return c
	}
	b.Rules = append(b.Rules,
		aparte.Rule{ID: "looks", Name: aparte.Words{"en": "Who look around"}, When: "counters.product_views_7d > 1.5"},
		aparte.Rule{ID: "fills", Name: aparte.Words{"en": "With a basket"}, When: "cart.lines > 0"})
	b.Layouts[0].HTML += "{% if form %}{{ form }}{% endif %}"
	b.Contents = []aparte.Content{magnet("guide", "looks"), magnet("keep", "fills"), magnet("letter")}
	return b
}

// In a world in which a magnet that fits collects three times as much as one for anybody, the log says so: rates with their
// denominators, and an uplift whose interval has the truth in it and nothing that is not above none.
func TestARelevantMagnetCollectsMoreAndTheUpliftIsReported(t *testing.T) {
	skipUnderRace(t)
	const relevant, generic = 0.3, 0.1
	h := openStepped(t)
	_, err := h.Publish(t.Context(), magnetic())
	h.check(err)
	rng := rand.New(rand.NewPCG(3, 4))
	asked, given := map[aparte.ContentID]int64{}, map[aparte.ContentID]int64{}
	for i := range 1500 {
		user := fmt.Sprint("visitor-", i)
		does := []aparte.Event{event("Product Viewed", user, "", map[string]any{"product_id": "lamp"}), event("Product Viewed", user, "", map[string]any{"product_id": "mug"})}
		if i%2 == 0 {
			does = []aparte.Event{event("Product Added", user, "", map[string]any{"product_id": "lamp", "quantity": 1})}
		}
		if i%10 == 9 {
			does = nil // nothing fits: nobody is compared
		}
		for j := range does {
			does[j].Timestamp, does[j].ReceivedAt = *h.now.Load(), *h.now.Load()
		}
		h.check(h.Accept(t.Context(), does))
		h.set(h.now.Load().Add(time.Second))
		d := h.ask(user).Decision
		if d.Action.Silent() {
			continue
		}
		h.expose(user, &d)
		id := d.Action.Content
		asked[id]++
		chance := relevant
		if id == "letter" {
			chance = generic
		}
		answer := map[string]any{"decision": d.ID.String(), "trait": "asked_" + string(id), "answer": aparte.AskPending, "worth": 0}
		switch luck := rng.Float64(); {
		case luck < chance:
			given[id]++
		case luck < chance+0.2:
			delete(answer, "answer")
			answer["refused"] = true
		default:
			continue
		}
		e := event(aparte.EventAnswered, user, "", answer)
		e.Timestamp, e.ReceivedAt = h.now.Load().Add(time.Millisecond), h.now.Load().Add(time.Millisecond)
		h.check(h.Accept(t.Context(), []aparte.Event{e}))
	}
	h.pass(time.Minute)
	m := h.evidence(engine.Looking{}).Magnets
	for _, one := range m.Each {
		if one.Asked != asked[one.Content] || one.Given != given[one.Content] || one.Relevant != (one.Content != "letter") {
			t.Errorf("%+v, want %d of %d", one, given[one.Content], asked[one.Content])
		}
	}
	if m.Relevant.Asked != asked["guide"]+asked["keep"] || m.Generic.Asked != asked["letter"] || len(m.Each) != 3 {
		t.Errorf("%+v", m)
	}
	one, ever := m.Uplift.Estimate(0.95), m.Uplift.Anytime(0.95)
	t.Logf("relevant %d of %d, generic %d of %d; uplift %.3f, %.3f to %.3f (at any time %.3f to %.3f), of %d people",
		m.Relevant.Given, m.Relevant.Asked, m.Generic.Given, m.Generic.Asked, one.Value, one.Low, one.High, ever.Low, ever.High, m.Uplift.N)
	if ever.Low <= 0 || !ever.Contains(relevant-generic) {
		t.Errorf("an uplift of %.3f (%.3f to %.3f), want %.3f", ever.Value, ever.Low, ever.High, relevant-generic)
	}
}
