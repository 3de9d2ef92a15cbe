package decide

import (
	"fmt"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// noon is a Wednesday.
var noon = time.Date(2026, 5, 13, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func money(amount int64) aparte.Money { return aparte.Money{Amount: amount, Currency: "GBP"} }

var categories = []string{"Lanterns", "Mugs", "Bags", "Clocks", "Cushions", "Toys"}

// shop is a brand with everything in it: 60 items in six categories, contents of every source of items,
// outbound and not, with rules of every scope.
func shop() *aparte.Brand {
	b := &aparte.Brand{
		Name: "Shop", Home: "https://shop.example", Currency: "GBP", Locale: "en", Zone: "Europe/London",
		Layouts: []aparte.Layout{
			{ID: "card", Channels: []aparte.Channel{aparte.Web, aparte.Email}},
			{ID: "wide", Channels: []aparte.Channel{aparte.Web}, Slots: []string{"hero"}},
			{ID: "mail", Channels: []aparte.Channel{aparte.Email}, Slots: []string{"email"}},
		},
		Rules: []aparte.Rule{
			{ID: "enough-left", Name: aparte.Words{"en": "items we have plenty of"}, When: "item.stock >= 3", Everywhere: true},
			{ID: "gentle", Name: aparte.Words{"en": "people we have not tired"}, When: "person.goodwill > 0.2", Everywhere: true},
			{ID: "french", Name: aparte.Words{"en": "people in France", "fr": "les personnes en France"}, When: `traits.country == "FR"`},
			{ID: "affordable", When: "item.price <= 5000 || person.revenue > 10000"},
			{ID: "not-worn", When: "content.said < 5"},
		},
		Objectives: []aparte.Objective{
			{ID: "order", Event: "Order Completed", Value: "properties.revenue * 100", Window: aparte.Duration(7 * day)},
		},
		Scenarios: []aparte.Scenario{
			{ID: "basket", After: "Product Added", Delay: aparte.Duration(time.Hour), Channel: aparte.Email},
		},
		Pressure: aparte.Pressure{
			Caps: []aparte.Cap{
				{Channel: aparte.Email, Most: 2, Within: aparte.Duration(7 * day)},
				{Most: 4, Within: aparte.Duration(7 * day)},
				{Channel: aparte.Web, Most: 20, Within: aparte.Duration(day)},
			},
			QuietFrom: 21, QuietUntil: 8, Intrusion: 5,
		},
		Holdout: 0.1,
	}
	for i := range 60 {
		b.Items = append(b.Items, aparte.Item{
			ID: aparte.ItemID(fmt.Sprintf("i%02d", i)), Name: aparte.Words{"en": fmt.Sprintf("Thing %d", i), "fr": fmt.Sprintf("Objet %d", i)},
			Category: categories[i%len(categories)], Brand: []string{"Acme", "Oak"}[i%2],
			Price: money(int64(200 + 150*i)), Margin: 0.4, Stock: int64(i % 13), Popularity: float64((i * 37) % 60),
		})
	}
	b.Contents = shopContents()
	return b
}

func shopContents() []aparte.Content {
	return []aparte.Content{
		{
			ID: "picks", Name: aparte.Words{"en": "Picked for you"}, Kind: "product", Purpose: aparte.Marketing,
			Channels: []aparte.Channel{aparte.Web, aparte.Email}, Layouts: []aparte.LayoutID{"card", "wide", "mail"},
			Items: aparte.Recommended, Elements: elementsWith(3, 2),
		},
		{
			ID: "last-look", Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web},
			Slots: []string{"hero", "side"}, Layouts: []aparte.LayoutID{"card"}, Items: aparte.LastViewed, Elements: elementsWith(2),
			Rules: []aparte.RuleID{"affordable", "not-worn"},
		},
		{
			ID: "basket-back", Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Email},
			Slots: []string{"email"}, Layouts: []aparte.LayoutID{"mail"}, Items: aparte.InCart, Elements: elementsWith(2, 2),
			Scenarios: []aparte.ScenarioID{"basket"}, Cost: 1,
		},
		{
			ID: "ten-off", Kind: "incentive", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web, aparte.Email, aparte.SMS},
			Layouts: []aparte.LayoutID{"card"}, Incentive: aparte.Incentive{Percent: 10, Code: "TEN"}, Elements: elementsWith(2),
			Rules: []aparte.RuleID{"not-worn"}, Cost: 2,
		},
		{
			ID: "bonjour", Kind: "article", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web, aparte.InApp},
			Slots: []string{"hero"}, Elements: elementsWith(1), Rules: []aparte.RuleID{"french"},
		},
		{
			ID: "care", Kind: "service", Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Web, aparte.Email, aparte.SMS},
			Items: aparte.BoughtBefore, Elements: elementsWith(2),
		},
		{
			ID: "spring", Kind: "article", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web, aparte.Email},
			From: noon.Add(-10 * day), Until: noon.Add(10 * day), Elements: elementsWith(2),
		},
		{
			ID: "this-one", Kind: "product", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.Web},
			Items: aparte.OnPage, Elements: elementsWith(1),
		},
	}
}

// elementsWith makes one element for each number, with that many variants.
func elementsWith(variants ...int) []aparte.Element {
	elements := make([]aparte.Element, len(variants))
	for i, n := range variants {
		elements[i].Name = []string{"headline", "cta", "tone"}[i]
		for j := range n {
			id := string(rune('a' + j))
			elements[i].Variants = append(elements[i].Variants, aparte.Variant{ID: id, Words: aparte.Words{"en": id}})
		}
	}
	return elements
}

// marie is known, likes lanterns, has bought a mug and has a bag in her basket.
func marie() *aparte.Person {
	return &aparte.Person{
		ID:        aparte.PersonID{1, 2, 3},
		FirstSeen: noon.Add(-100 * day), LastSeen: noon.Add(-time.Minute),
		Identifiers: []aparte.Identifier{{Kind: aparte.KindEmail, Value: "marie@example.org"}, {Kind: aparte.KindUserID, Value: "marie"}},
		Traits: []aparte.Trait{
			{Name: "country", Value: aparte.TextValue("FR")},
			{Name: "income", Value: aparte.TextValue("high"), Provenance: aparte.BoughtIn},
			{Name: "points", Value: aparte.NumberValue(120)},
			{Name: "tags", Value: aparte.Value{Kind: aparte.JSON, Str: `["vip","garden"]`}},
		},
		Consents: []aparte.Consent{{Purpose: aparte.Marketing, Channel: aparte.Email, Granted: true, At: noon.Add(-50 * day)}},
		Counters: []aparte.Counter{{Name: "orders_30d", Value: 2, At: noon}},
		Affinities: []aparte.Affinity{
			{Kind: aparte.BrandAffinity, Key: "Oak", Weight: 1, At: noon.Add(-day)},
			{Kind: aparte.CategoryAffinity, Key: "Lanterns", Weight: 6, At: noon.Add(-day)},
			{Kind: aparte.CategoryAffinity, Key: "Mugs", Weight: 2, At: noon.Add(-40 * day)},
			{Kind: aparte.ItemAffinity, Key: "i12", Weight: 3, At: noon.Add(-day)},
		},
		Orders: aparte.Orders{Count: 2, Revenue: money(8000), FirstAt: noon.Add(-90 * day), LastAt: noon.Add(-20 * day), Items: []aparte.ItemID{"i07"}},
		Session: aparte.Session{
			StartedAt: noon.Add(-10 * time.Minute), LastAt: noon.Add(-time.Minute), Count: 7, Pages: 5, LastItem: "i06",
			Intents: []aparte.Affinity{{Kind: aparte.CategoryAffinity, Key: "Lanterns", Weight: 4, At: noon.Add(-time.Minute)}},
			Search:  "storm lantern",
		},
		Cart:   aparte.Cart{Lines: []aparte.CartLine{{Item: "i08", Quantity: 2, Price: money(1400)}}},
		Said:   []aparte.Said{{Content: "spring", Channel: aparte.Email, Slot: "email", At: noon.Add(-3 * day), Seen: 1}},
		Locale: "fr-FR", Zone: "Europe/Paris", Device: "mobile",
	}
}

func onWeb(p *aparte.Person) *Question {
	return &Question{Person: p, Slot: "hero", Seed: 7, Model: 1000, Moment: aparte.Moment{
		Trigger: "request", Channel: aparte.Web, At: noon, Context: aparte.Context{Device: "desktop", Page: "/", Item: "i18"},
	}}
}

func byMail(p *aparte.Person) *Question {
	return &Question{Person: p, Slot: "email", Scenario: "basket", Seed: 7, Model: 1000, Moment: aparte.Moment{
		Trigger: "scenario:basket", Channel: aparte.Email, At: noon,
	}}
}

func plan(t testing.TB, b *aparte.Brand) *Plan {
	t.Helper()
	p, err := Compile(b, 3)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	return p
}

// linear is a scorer as costly as a hashed linear model: a weight for each feature of the action and
// for each pair of one of the context and one of the action.
type linear struct {
	weights []float32
}

func newLinear(spread float32) *linear {
	l := &linear{make([]float32, 1<<18)}
	for i := range l.weights {
		l.weights[i] = spread * (float32(unit(mix(uint64(i), "w"))) - 0.5)
	}
	return l
}

func (l *linear) Score(context []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	mask := uint32(len(l.weights) - 1)
	for i, action := range actions {
		var sum float32
		for _, a := range action {
			w := l.weights[a.Hash&mask]
			h := a.Hash * 0x9E3779B1
			for _, c := range context {
				w += l.weights[(h^c.Hash)&mask] * c.Value
			}
			sum += w * a.Value
		}
		values[i] = float64(sum)
	}
}

func (l *linear) Contributions(context, action []aparte.Feature, amounts []float64) {
	mask := uint32(len(l.weights) - 1)
	for j, a := range action {
		amounts[len(context)+j] += float64(l.weights[a.Hash&mask] * a.Value)
		for i, c := range context {
			w := float64(l.weights[(a.Hash*0x9E3779B1^c.Hash)&mask] * a.Value * c.Value)
			amounts[i] += w
			amounts[len(context)+j] += w
		}
	}
}

// byContent scores an action by its content's feature alone.
type byContent map[aparte.ContentID]float64

func (s byContent) Score(_ []aparte.Feature, actions [][]aparte.Feature, values []float64) {
	worth := make(map[uint32]float64)
	for id, v := range s {
		worth[feature("content", string(id)).hash] = v
	}
	for i, a := range actions {
		for _, f := range a {
			values[i] += worth[f.Hash]
		}
	}
}

// busy is shop with ten more contents that can be said in the hero slot.
func busy() *aparte.Brand {
	b := shop()
	b.Holdout = 0
	b.Rules = []aparte.Rule{
		{ID: "person", When: `traits.country == "FR" && person.orders >= 1`, Everywhere: true},
		{ID: "content", When: `content.kind != "incentive" || person.revenue > 5000`, Everywhere: true},
		{ID: "item", When: `item.price <= 5000 || person.revenue > 10000`, Everywhere: true},
	}
	b.Contents = nil
	for i := range 10 {
		b.Contents = append(b.Contents, aparte.Content{
			ID: aparte.ContentID(fmt.Sprintf("c%d", i)), Kind: []string{"product", "incentive"}[i%2], Purpose: aparte.Marketing,
			Channels: []aparte.Channel{aparte.Web}, Layouts: []aparte.LayoutID{"card", "wide"}, Items: aparte.Recommended,
			Elements: elementsWith(3, 2),
		})
	}
	return b
}
