package learn_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/learn"
)

// TestABenefitIsChosenForWhoNeedsIt has two services, each with a cost of its own, and a discount. Who looks for presents orders more
// with a faster delivery, who looks for furniture with advice; regulars order more
// than others whatever is said, and a discount is lost on them: newcomers need it. Nothing but what followed tells the engine which is whose need.
func TestABenefitIsChosenForWhoNeedsIt(t *testing.T) {
	content := func(id aparte.ContentID, kind string, cost int64, percent float64) aparte.Content {
		return aparte.Content{
			ID: id, Kind: kind, Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web}, Cost: cost,
			Incentive: aparte.Incentive{Percent: percent}, Rules: []aparte.RuleID{"known"},
			Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "a"}}}}},
		}
	}
	plan := compiled(t, &aparte.Brand{
		Name: "Shop", Currency: "EUR", Locale: "en",
		Rules: []aparte.Rule{{ID: "known", When: "person.sessions > 0"}},
		Objectives: []aparte.Objective{{
			ID: "order", Event: "Order Completed", Value: "minor(properties.revenue * 0.5) - minor(properties.discount)", Window: aparte.Duration(time.Hour),
		}},
		Items: []aparte.Item{
			{ID: "vase", Category: "presents", Price: aparte.Money{Amount: 4000, Currency: "EUR"}, Stock: 9},
			{ID: "desk", Category: "furniture", Price: aparte.Money{Amount: 4000, Currency: "EUR"}, Stock: 9},
		},
		Contents: []aparte.Content{content("delivery", "service", 20, 0), content("advice", "service", 20, 0), content("ten-off", "incentive", 0, 10)},
	})
	now := time.Date(2026, 5, 13, 12, 0, 0, 0, time.UTC)
	someone := func(looksFor string, orders int64) *aparte.Person {
		p := &aparte.Person{
			ID: aparte.PersonID{1}, FirstSeen: now.AddDate(0, -3, 0), LastSeen: now,
			Session: aparte.Session{StartedAt: now, LastAt: now, Count: 2, Pages: 3},
		}
		p.Session.Intents = []aparte.Affinity{{Kind: aparte.CategoryAffinity, Key: looksFor, Weight: 5, At: now}}
		if orders > 0 {
			p.Orders = aparte.Orders{Count: orders, Revenue: aparte.Money{Amount: 4000 * orders, Currency: "EUR"}, FirstAt: p.FirstSeen, LastAt: now.AddDate(0, 0, -7)}
		}
		return p
	}
	// The chance of an order, and what it brings: 2000, less 400 with the discount.
	truth := func(looksFor string, regular bool, said aparte.ContentID) float64 {
		chance, brings := 0.1, 2000.0
		if regular {
			chance = 0.3
		}
		switch {
		case said == "delivery" && looksFor == "presents", said == "advice" && looksFor == "furniture":
			chance += 0.1
		case said == "ten-off":
			brings -= 400
			if !regular {
				chance += 0.15
			}
		}
		return chance * brings
	}
	model, rng := learn.NewEnsemble(learn.Config{}), rand.New(rand.NewPCG(1, 2))
	ask := func(p *aparte.Person, page string, seed uint64, gamma float64) aparte.Decision {
		return plan.Decide(&decide.Question{
			Person: p, Slot: "hero", Seed: seed, Explore: decide.Explore{Gamma: gamma, Scale: 1},
			Moment: aparte.Moment{Trigger: "request", Channel: aparte.Web, At: now, Context: aparte.Context{Category: page}},
		}, model)
	}
	for seed := range uint64(6000) {
		looksFor := []string{"presents", "furniture"}[rng.IntN(2)]
		orders := []int64{0, 4}[rng.IntN(2)]
		d := ask(someone(looksFor, orders), looksFor, seed, 1e-9)
		worth := truth(looksFor, orders > 0, d.Action.Content)
		reward := 0.0
		if chance := worth / 2000; rng.Float64() < chance {
			reward = 2000
		}
		teach(t, model, &d, reward)
	}
	for _, c := range []struct {
		looksFor string
		orders   int64
		want     aparte.ContentID
	}{{"presents", 4, "delivery"}, {"furniture", 4, "advice"}} {
		if d := ask(someone(c.looksFor, c.orders), c.looksFor, 1, 1e9); d.Action.Content != c.want {
			t.Errorf("a regular who looks for %s is told of %q, want %q; weighed: %v", c.looksFor, d.Action.Content, c.want, worths(&d))
		}
	}
	for _, looksFor := range []string{"presents", "furniture"} {
		d := ask(someone(looksFor, 4), looksFor, 1, 1e9)
		if w := worths(&d); w["ten-off"] > 0 {
			t.Errorf("a discount for a regular who looks for %s is expected to bring %.1f", looksFor, w["ten-off"])
		}
	}
}

// worths are what each thing that could be said is expected to bring, less its cost.
func worths(d *aparte.Decision) map[aparte.ContentID]float64 {
	out := map[aparte.ContentID]float64{}
	for _, c := range d.Candidates {
		out[c.Action.Content] = c.Value - c.Cost
	}
	return out
}

// TestWhoLetTwoMessagesPassIsLeftAloneOrGivenAReason has people to whom a letter is news and others who had two, weeks ago, and ordered after
// neither. A third does nothing for these, where a discount does; for the others any letter does, and a discount only costs. The
// letters of before were others, so that nothing but that they were in vain tells the two apart.
func TestWhoLetTwoMessagesPassIsLeftAloneOrGivenAReason(t *testing.T) {
	content := func(id aparte.ContentID, kind string, percent float64) aparte.Content {
		return aparte.Content{
			ID: id, Kind: kind, Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Email}, Cost: 20, Incentive: aparte.Incentive{Percent: percent},
			Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "a"}}}}},
		}
	}
	plan := compiled(t, &aparte.Brand{
		Name: "Shop", Currency: "EUR", Locale: "en",
		Objectives: []aparte.Objective{{ID: "order", Event: "Order Completed", Value: "minor(properties.revenue)", Window: aparte.Duration(time.Hour)}},
		Items:      []aparte.Item{{ID: "vase", Category: "presents", Price: aparte.Money{Amount: 4000, Currency: "EUR"}, Stock: 9}},
		Contents:   []aparte.Content{content("letter", "article", 0), content("ten-off", "incentive", 10)},
	})
	now := time.Date(2026, 5, 13, 12, 0, 0, 0, time.UTC)
	someone := func(vain bool) *aparte.Person {
		p := &aparte.Person{
			ID: aparte.PersonID{1}, FirstSeen: now.AddDate(0, -3, 0), LastSeen: now.AddDate(0, 0, -30),
			Identifiers: []aparte.Identifier{{Kind: aparte.KindEmail, Value: "ann@example.com"}},
			Consents:    []aparte.Consent{{Purpose: aparte.Marketing, Channel: aparte.Email, Granted: true, At: now.AddDate(0, -3, 0)}},
		}
		if vain {
			for _, days := range []int{-85, -75} {
				p.Said = append(p.Said, aparte.Said{Content: "of-before", Channel: aparte.Email, Slot: "email", At: now.AddDate(0, 0, days)})
			}
		}
		return p
	}
	model, rng := learn.NewEnsemble(learn.Config{}), rand.New(rand.NewPCG(1, 2))
	ask := func(vain bool, seed uint64, gamma float64, only ...aparte.ContentID) aparte.Decision {
		return plan.Decide(&decide.Question{
			Person: someone(vain), Slot: "email", Seed: seed, Explore: decide.Explore{Gamma: gamma, Scale: 1}, Only: only,
			Moment: aparte.Moment{Trigger: "scenario:recall", Channel: aparte.Email, At: now},
		}, model)
	}
	for seed := range uint64(6000) {
		vain := rng.IntN(2) == 0
		d := ask(vain, seed, 1e-9)
		chance, brings := 0.1, 2000.0
		switch said := d.Action.Content; {
		case said == "ten-off":
			chance, brings = 0.25, 1600
		case said == "letter" && !vain:
			chance = 0.25
		}
		reward := 0.0
		if rng.Float64() < chance {
			reward = brings
		}
		teach(t, model, &d, reward)
	}
	fresh, tired := ask(false, 1, 1e9), ask(true, 1, 1e9)
	if fresh.Action.Content != "letter" || tired.Action.Content != "ten-off" {
		t.Errorf("who had none is sent %q, who let two pass %q, want a letter and a discount; weighed %v and %v", fresh.Action.Content, tired.Action.Content, worths(&fresh), worths(&tired))
	}
	if fresh, tired := ask(false, 1, 1e9, "letter"), ask(true, 1, 1e9, "letter"); fresh.Action.Silent() || !tired.Action.Silent() {
		t.Errorf("where there is a letter alone, who had none is sent %q and who let two pass %q, want silence for these; weighed %v and %v", fresh.Action.Content, tired.Action.Content, worths(&fresh), worths(&tired))
	}
}
