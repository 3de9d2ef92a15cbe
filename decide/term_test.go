package decide

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// expression draws a rule of the shapes marketers write, and of some they should not. Not all compile.
func expression(t *rapid.T, depth int) string {
	one := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	if depth == 0 {
		return one("leaf",
			`true`, `person.known`, `session.active`, `has(traits.country)`, `has(traits.gone)`, `has(inferred.income)`, `has(counters.x)`,
			`has(traits.country.of)`, `"country" in traits`, `"Lanterns" in affinity.category`, `traits.member`, `traits.country`,
			`moment.page.startsWith("/")`, `traits.country.contains("R")`, `moment.channel.endsWith(traits.country)`, `traits.tags.size() > 1`)
	}
	switch one("shape", "and", "or", "not", "compare", "compare", "compare", "compare", "compare", "in", "in list", "leaf", "choice") {
	case "and":
		return "(" + expression(t, depth-1) + " && " + expression(t, depth-1) + ")"
	case "or":
		return "(" + expression(t, depth-1) + " || " + expression(t, depth-1) + " || " + expression(t, 0) + ")"
	case "not":
		return "!(" + expression(t, depth-1) + ")"
	case "compare":
		return operand(t, 2) + one("operator", " == ", " != ", " < ", " <= ", " > ", " >= ") + operand(t, 2)
	case "in":
		return operand(t, 1) + " in " + one("bag", "traits", "inferred", "context", "affinity.brand", "traits.tags")
	case "in list":
		return operand(t, 1) + " in " + one("list", `["FR", "web", "active"]`, `["a"]`, `[]`, `[1, 2]`, `[2.0]`, `[person.locale]`)
	case "choice":
		return "(" + expression(t, 0) + " ? " + expression(t, 0) + " : " + expression(t, 0) + ")"
	}
	return expression(t, 0)
}

func operand(t *rapid.T, depth int) string {
	one := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	if depth > 0 {
		switch one("operand", "leaf", "leaf", "leaf", "variable", "variable", "sum", "entry") {
		case "sum":
			return "(" + operand(t, depth-1) + one("operator", " + ", " - ", " * ", " / ") + operand(t, depth-1) + ")"
		case "variable":
			return variables[rapid.IntRange(0, len(variables)-1).Draw(t, "variable")].name
		case "entry":
			bag := one("bag", "traits", "inferred", "counters", "affinity.category", "affinity.brand", "affinity.item", "due.category", "session.intent", "context")
			return bag + "[" + operand(t, 0) + "]"
		}
	}
	return one("leaf", `0`, `1`, `-3`, `2.0`, `1.5`, `9223372036854775807`, `9007199254740993`, `1e300`, `"FR"`, `"web"`, `"Lanterns"`, `"active"`, `""`, `true`, `null`, `5u`,
		`traits.country`, `traits.points`, `traits.member`, `traits.tags`, `traits.broken`, `traits.gone`, `traits.country.of`, `inferred.income`, `context.weather`, `context.list`,
		`counters.orders_30d`, `affinity.category["Lanterns"]`, `affinity.category.Toys`, `session.intent["Clocks"]`, `item.category`,
		`now.getMonth()`, `now.getDate()`, `now.getDayOfMonth()`, `now.getDayOfWeek()`, `now.getDayOfYear()`, `now.getHours()`, `now.getMinutes()`, `now.getFullYear()`, `now.getHours("Asia/Tokyo")`,
		`timestamp("2026-01-01T00:00:00Z")`, `size(traits)`, `content.said`)
}

// anyone is marie with traits and a moment of all kinds.
func anyone(t *rapid.T) *Question {
	q := onWeb(nil)
	if rapid.IntRange(0, 4).Draw(t, "stranger") > 0 {
		q.Person = marie()
		value := func(name string) aparte.Value {
			return rapid.SampledFrom([]aparte.Value{{}, aparte.TextValue("FR"), aparte.TextValue("web"), aparte.NumberValue(2), aparte.NumberValue(120.5), aparte.BoolValue(true), aparte.BoolValue(false),
				{Kind: aparte.JSON, Str: `["FR","web"]`}, {Kind: aparte.JSON, Str: `{"of":"FR"}`}, {Kind: aparte.JSON, Str: `[`}}).Draw(t, name)
		}
		q.Person.Traits = []aparte.Trait{
			{Name: "broken", Value: value("broken"), Provenance: aparte.BoughtIn}, {Name: "country", Value: value("country")},
			{Name: "income", Value: value("income"), Provenance: aparte.Inferred}, {Name: "member", Value: value("member")},
			{Name: "points", Value: value("points")}, {Name: "tags", Value: value("tags")},
		}
		q.Moment.Context.Values = []aparte.ContextValue{{Name: "weather", Value: value("weather")}, {Name: "list", Value: value("list")}}
		q.Person.Orders.Count = rapid.Int64Range(0, 4).Draw(t, "orders")
		if rapid.Bool().Draw(t, "objects") {
			q.Person.Consents = []aparte.Consent{{Purpose: aparte.Profiling}}
		}
	}
	return q
}

// CEL is the judge: what a rule was compiled to says the same of anybody, errors included, or leaves it
// to CEL.
func TestTermsSayWhatCELSays(t *testing.T) {
	words, err := newLanguage(&aparte.Brand{Currency: "GBP"})
	if err != nil {
		t.Fatal(err)
	}
	p := plan(t, shop())
	compiled, alone := 0, 0
	said := make(map[verdict]int)
	rapid.Check(t, func(t *rapid.T) {
		when := expression(t, rapid.IntRange(0, 3).Draw(t, "depth"))
		r, err := words.rule(&aparte.Rule{ID: "drawn", When: when})
		if err != nil {
			return
		}
		if compiled++; r.condition == nil {
			return
		}
		for range 4 {
			d := p.open(anyone(t))
			d.content = &p.contents[rapid.IntRange(0, len(p.contents)-1).Draw(t, "content")]
			d.item, d.itemAt = &p.brand.Items[6], 6
			got, want := r.condition(d).verdict(), d.askCEL(r)
			if got != unasked && got != want {
				t.Fatalf("%s: verdict %d, CEL says %d", when, got, want)
			}
			if got != unasked {
				alone++
			}
			said[got]++
			p.close(d)
		}
	})
	if alone < 4*compiled/10 || said[holds] == 0 || said[saysNo] == 0 || said[failed] == 0 {
		t.Errorf("of %d rules on four people each, CEL was not needed for %d: %v", compiled, alone, said)
	}
}

// The rules of everyday are compiled.
func TestCommonRulesNeedNoCEL(t *testing.T) {
	words, err := newLanguage(&aparte.Brand{Currency: "GBP"})
	if err != nil {
		t.Fatal(err)
	}
	p := plan(t, shop())
	for when, want := range map[string]verdict{
		`person.orders == 0`: saysNo,
		`person.lifecycle == 'active' && person.orders >= 2`: holds,
		`person.lifecycle in ['at_risk', 'dormant', 'lost']`: saysNo,
		`!has(traits.email)`:                                                  holds,
		`traits.country == "FR"`:                                              holds,
		`traits.points > 100`:                                                 holds,
		`traits.city == "Lyon"`:                                               failed,
		`traits.city == "Lyon" || person.orders > 0`:                          holds,
		`has(inferred.income) && inferred.income != "low"`:                    holds,
		`affinity.category['Lanterns'] + session.intent['Lanterns'] > 0.5`:    holds,
		`affinity.category[item.category] > 1`:                                holds,
		`now.getMonth() >= 9 && (now.getMonth() < 11 || now.getDate() <= 24)`: saysNo,
		`item.price <= 5000 || person.revenue > 10000`:                        holds,
		`item.category in ['Lanterns', 'Mugs']`:                               holds,
		`content.said < 12`:                                                   holds,
		`content.kind != "incentive"`:                                         holds,
		`moment.page.startsWith("/shop")`:                                     saysNo,
	} {
		t.Run(when, func(t *testing.T) {
			r, err := words.rule(&aparte.Rule{ID: "common", When: when})
			if err != nil {
				t.Fatal(err)
			}
			d := p.open(onWeb(marie()))
			defer p.close(d)
			d.content, d.item, d.itemAt = &p.contents[0], &p.brand.Items[6], 6
			if r.condition == nil {
				t.Fatal("it is CEL's alone")
			}
			if got := r.condition(d).verdict(); got != want {
				t.Errorf("verdict %d, want %d", got, want)
			}
		})
	}
}

// What only CEL knows is left to it.
func TestRulesOfOtherShapesAreCELs(t *testing.T) {
	words, err := newLanguage(&aparte.Brand{Currency: "GBP"})
	if err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{`traits.exists(k, k == "points")`, `size(traits) == 3`, `now > timestamp("2026-01-01T00:00:00Z")`, `person.locale.matches("^fr")`, `1 / (person.orders - 2) > 0`} {
		r, err := words.rule(&aparte.Rule{ID: "other", When: when})
		if err != nil {
			t.Fatal(err)
		}
		if r.condition != nil {
			t.Errorf("%s is compiled", when)
		}
	}
}

// BenchmarkRule asks one rule, by its term and by CEL.
func BenchmarkRule(b *testing.B) {
	words, err := newLanguage(&aparte.Brand{Currency: "GBP"})
	if err != nil {
		b.Fatal(err)
	}
	p := plan(b, shop())
	d := p.open(onWeb(marie()))
	defer p.close(d)
	for i, when := range []string{`person.orders >= 2`, `affinity.category['Lanterns'] + session.intent['Lanterns'] > 0.5`, `now.getMonth() >= 9 && (now.getMonth() < 11 || now.getDate() <= 24)`} {
		r, err := words.rule(&aparte.Rule{ID: "asked", When: when})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("term/%d", i), func(b *testing.B) {
			for b.Loop() {
				d.ask(r)
			}
		})
		b.Run(fmt.Sprintf("CEL/%d", i), func(b *testing.B) {
			for b.Loop() {
				clear(d.boxes)
				d.askCEL(r)
			}
		})
	}
}
