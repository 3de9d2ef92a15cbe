package simulate

import (
	"fmt"
	"time"

	"github.com/aparte-dev/aparte"
)

// Brand is what the world's marketer brings: the letters, what counts as value, and the caps. It says
// nothing that only the truth knows: that a letter costs goodwill, and an unsubscription what the letters to come
// would have earned, are round guesses. The letters about topics speak of the topic's items, as a shop's do, so that
// what somebody looks at and likes is known to be what a letter is about. What counts is learned by its effect: most
// of what people buy they would have bought anyway.
func (w *World) Brand(holdout float64) *aparte.Brand {
	b := &aparte.Brand{
		Name: "Simulated", Home: "http://shop.example", Currency: "EUR", Locale: "en", Zone: "UTC",
		Style:  aparte.Style{Ink: "#222222", Paper: "#ffffff", Accent: "#b8381f", OnAccent: "#ffffff", FontFamily: "serif"},
		Sender: aparte.Sender{Name: "Simulated", Address: "hello@shop.example", Postal: "1 Street"},
		Layouts: []aparte.Layout{{
			ID: "letter", Name: words("Letter"), Channels: []aparte.Channel{aparte.Email},
			HTML: `<a href="{{ link }}">{{ elements.subject }}</a>`,
		}},
		Objectives: []aparte.Objective{{
			ID: "margin", Name: words("The margin of an order"), Event: "Order Completed",
			Value:  fmt.Sprintf("minor(properties.revenue) * %v - minor(properties.discount)", margin),
			Window: aparte.Duration(windowDays*day - time.Minute), Learn: aparte.LearnEffect,
		}, {
			ID: "leaving", Name: words("An unsubscription"), Event: aparte.EventUnsubscribed,
			Value: fmt.Sprint(-leavingCosts), Window: aparte.Duration(windowDays*day - time.Minute), Learn: aparte.LearnEffect,
		}},
		Pressure: aparte.Pressure{
			Caps:      []aparte.Cap{{Channel: aparte.Email, Most: w.Most, Within: aparte.Duration(capDays*day - 12*time.Hour)}},
			Intrusion: disturbing,
		},
		Holdout: holdout,
	}
	for i, topic := range topics {
		for n := range 2 {
			b.Items = append(b.Items, aparte.Item{
				ID: aparte.ItemID(fmt.Sprintf("%s-%d", topic, n)), Name: words(topic), Category: topic,
				Price: aparte.Money{Amount: 6000, Currency: "EUR"}, Margin: margin, Stock: 1000, Link: "/" + topic, Popularity: float64(2 - n),
			})
		}
		about := letter(Action(i + 1))
		about.Items, about.Rules = aparte.Recommended, []aparte.RuleID{aparte.RuleID(topic)}
		b.Contents = append(b.Contents, about)
		b.Rules = append(b.Rules, aparte.Rule{ID: about.Rules[0], Name: words(topic), When: fmt.Sprintf("item.category == %q", topic)})
	}
	offer := letter(Offer)
	offer.Kind, offer.Incentive = "incentive", aparte.Incentive{Percent: 100 * discount, Code: "TEN"}
	b.Contents = append(b.Contents, offer, letter(Gazette))
	return b
}

// What the marketer guesses, in minor units.
const (
	disturbing   = 15
	leavingCosts = 300
)

func words(s string) aparte.Words { return aparte.Words{"en": s} }

func letter(a Action) aparte.Content {
	return aparte.Content{
		ID: a.content(), Name: words(string(a.content())), Kind: "article", Purpose: aparte.Marketing,
		Channels: []aparte.Channel{aparte.Email}, Layouts: []aparte.LayoutID{"letter"}, Cost: letterCost, Link: "/",
		Elements: []aparte.Element{{Name: "subject", Variants: []aparte.Variant{{ID: "a", Words: words(string(a.content()))}}}},
	}
}

// content is the name of a letter; silence has none.
func (a Action) content() aparte.ContentID {
	switch a {
	case Silence:
		return ""
	case Offer:
		return "offer"
	case Gazette:
		return "gazette"
	}
	return aparte.ContentID(topics[a-1])
}

func actionOf(c aparte.ContentID) (Action, error) {
	for a := range actions {
		if a.content() == c {
			return a, nil
		}
	}
	return Silence, fmt.Errorf("there is no letter %q", c)
}
