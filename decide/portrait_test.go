package decide

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

// townsfolk are people with a town each, an account number of their own, a persona that was computed, and tastes.
func townsfolk(n int) (people []*aparte.Person) {
	for i := range n {
		people = append(people, &aparte.Person{
			ID: aparte.PersonID{byte(i), byte(i >> 8)}, FirstSeen: noon.Add(-day), LastSeen: noon,
			Traits: []aparte.Trait{
				{Name: "account", Value: aparte.TextValue(fmt.Sprint("account-", i))},
				{Name: "persona", Value: aparte.TextValue([]string{"a", "b"}[i%2]), Provenance: aparte.Inferred},
				{Name: "town", Value: aparte.TextValue([]string{"Leeds", "York"}[i%2])},
			},
			Affinities: []aparte.Affinity{
				{Kind: aparte.CategoryAffinity, Key: "Bags", Weight: 3, At: noon}, {Kind: aparte.CategoryAffinity, Key: "Mugs", Weight: 1, At: noon},
			},
			Counters: []aparte.Counter{{Name: "clicks_30d", Value: 2, At: noon}, {Name: "orders_90d", Value: 1, At: noon}},
		})
	}
	return people
}

func portrait(t *testing.T, p *Plan, about string, people []*aparte.Person) *Portrait {
	t.Helper()
	condition, err := p.Audience(about)
	if err != nil {
		t.Fatal(err)
	}
	s := p.Survey()
	for _, one := range people {
		s.Add(one)
	}
	return s.Portrait(condition)
}

func columnNames(columns []PortraitColumn) (names []string) {
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return names
}

func TestAPortraitTellsWhatPeopleShareAndNothingThatNamesThem(t *testing.T) {
	p, people := plan(t, shop()), townsfolk(100)
	told := portrait(t, p, "person.goodwill > 0.5", people)
	columns := columnNames(told.Columns)
	for _, name := range []string{"traits.town", `affinity.category["Bags"]`, "counters.clicks_30d", "person.orders", "device", "consent.email", `affinity.hour["0"]`} {
		if !slices.Contains(columns, name) {
			t.Errorf("%s is not told", name)
		}
	}
	for _, name := range columns {
		if strings.Contains(name, "account") || strings.Contains(name, "persona") || strings.HasPrefix(name, "moment") || name == "session.search" || name == "person.goodwill" {
			t.Errorf("%s is told", name)
		}
	}
	values := told.Of(people[0], nil, noon, nil)
	if len(values) != len(columns) {
		t.Fatalf("%d values of %d columns", len(values), len(columns))
	}
	at := func(name string) aparte.Value { return values[slices.Index(columns, name)] }
	if at("traits.town") != aparte.TextValue("Leeds") || math.Abs(at(`affinity.category["Bags"]`).Num-0.75) > 1e-9 || at("person.days_since_order").Kind != aparte.Null {
		t.Errorf("town %v, bags %v, days since an order that never was %v", at("traits.town"), at(`affinity.category["Bags"]`), at("person.days_since_order"))
	}
	for _, c := range told.Columns {
		if c.Words["en"] == "" || c.Words["fr"] == "" {
			t.Errorf("%s has no words", c.Name)
		}
	}
}

func TestWhatAConditionGivesAwayIsLeftOutOfAPortrait(t *testing.T) {
	p, people := plan(t, shop()), townsfolk(100)
	for about, want := range map[string][2]string{ // left out, and still told
		"person.revenue > 5":                    {"person.orders person.ltv person.lifecycle person.churn counters.orders_90d", "traits.town counters.clicks_30d person.sessions"},
		`"town" in traits`:                      {"traits.town person.locale", "person.orders"},
		`affinity.category["Mugs"] > 1.0`:       {`affinity.category["Bags"]`, "person.orders traits.town"},
		"counters.orders_90d > 0.0":             {"counters.clicks_30d person.orders person.sessions", "traits.town"},
		"person.sessions > 3 && cart.value > 2": {"person.sessions cart.value cart.lines", "person.orders traits.town"},
	} {
		told := portrait(t, p, about, people)
		for _, name := range strings.Fields(want[0]) {
			if !slices.Contains(told.LeftOut, name) || slices.Contains(columnNames(told.Columns), name) {
				t.Errorf("%s: %s is told", about, name)
			}
		}
		for _, name := range strings.Fields(want[1]) {
			if !slices.Contains(columnNames(told.Columns), name) {
				t.Errorf("%s: %s is not told", about, name)
			}
		}
	}
}
