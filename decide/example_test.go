package decide_test

import (
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
)

// A shop with two things to say decides for Ana, who is looking at lanterns.
func Example() {
	brand := &aparte.Brand{
		Name: "Lamplight", Currency: "GBP", Locale: "en", Zone: "Europe/London",
		Items: []aparte.Item{
			{ID: "storm", Name: aparte.Words{"en": "Storm lantern"}, Category: "Lanterns", Price: aparte.Money{Amount: 2400, Currency: "GBP"}, Stock: 8, Popularity: 3},
			{ID: "mug", Name: aparte.Words{"en": "Red mug"}, Category: "Mugs", Price: aparte.Money{Amount: 900, Currency: "GBP"}, Stock: 20, Popularity: 9},
		},
		Contents: []aparte.Content{
			{ID: "seen", Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web}, Items: aparte.LastViewed},
			{ID: "sale", Kind: "incentive", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web}, Rules: []aparte.RuleID{"regulars"}},
		},
		Rules: []aparte.Rule{{ID: "regulars", When: "person.orders >= 3"}},
	}
	plan, err := decide.Compile(brand, 1)
	if err != nil {
		fmt.Println(err)
		return
	}

	now := time.Date(2026, 5, 13, 12, 0, 0, 0, time.UTC)
	ana := &aparte.Person{ID: aparte.PersonID{1}, LastSeen: now, Session: aparte.Session{LastAt: now, LastItem: "storm"}}
	decision := plan.Decide(&decide.Question{
		Person: ana,
		Slot:   "hero",
		Moment: aparte.Moment{Trigger: "request", Channel: aparte.Web, At: now},
		Seed:   1,
	}, nil) // no model yet: everything is worth the same, and one learns most by trying all

	for _, c := range decision.Candidates {
		if c.Excluded != "" {
			fmt.Printf("%q: not now (%s)\n", c.Action.Content, c.Excluded)
			continue
		}
		fmt.Printf("%q about %q: propensity %.2f\n", c.Action.Content, c.Action.Item, c.Propensity)
	}
	fmt.Printf("chosen: %q\n", decision.Action.Content)
	for _, sentence := range decide.Explain(&decision, brand, "en") {
		fmt.Println(sentence)
	}

	// Output:
	// "" about "": propensity 0.50
	// "seen" about "storm": propensity 0.50
	// "sale": not now (rule)
	// chosen: "seen"
	// You looked at Storm lantern.
	// We try different things to learn what is useful to people; this is one of them.
}
