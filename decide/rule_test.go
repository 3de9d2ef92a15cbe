package decide

import (
	"testing"

	"github.com/aparte-dev/aparte"
)

// judge is what a rule says of a person on the web, for content "last-look" and item i06.
func judge(t *testing.T, when string, p *aparte.Person, change func(*Question)) verdict {
	t.Helper()
	b := shop()
	b.Rules = append(b.Rules, aparte.Rule{ID: "asked", When: when})
	plan := plan(t, b)
	q := onWeb(p)
	if change != nil {
		change(q)
	}
	d := plan.open(q)
	defer plan.close(d)
	d.content = &plan.contents[plan.byContent["last-look"]]
	i := int32(len(plan.rules) - 1)
	if plan.rules[i].ofItem {
		return d.verdictOn(i, int(d.see(plan.catalogue.index["i06"])))
	}
	return d.verdict(i)
}

func TestWhatRulesSay(t *testing.T) {
	tests := []struct {
		when string
		want verdict
	}{
		{`person.lifecycle == "active"`, holds},
		{`person.lifecycle in ["new", "active"]`, holds},
		{`person.known`, holds},
		{`person.orders == 2 && person.revenue > 7999`, holds},
		{`person.days_since_order > 19.9 && person.days_since_order < 20.1`, holds},
		{`person.days_since_seen < 1`, holds},
		{`person.days_known > 99`, holds},
		{`person.sessions >= 7`, holds},
		{`person.locale.startsWith("fr")`, holds},
		{`person.goodwill == 1.0`, holds},
		{`traits.country == "FR"`, holds},
		{`traits.country == "GB"`, saysNo},
		{`traits.points > 100`, holds},
		{`traits.points == 120`, holds},
		{`"vip" in traits.tags`, holds},
		{`has(traits.country)`, holds},
		{`has(traits.city)`, saysNo},
		{`traits.city == "Lyon"`, failed},
		{`traits.city == "Lyon" || person.orders > 0`, holds},
		{`has(traits.city) && traits.city == "Lyon"`, saysNo},
		{`"country" in traits`, holds},
		{`traits.exists(k, k == "points")`, holds},
		{`size(traits) == 3`, holds},
		{`has(traits.income)`, saysNo},
		{`inferred.income == "high"`, holds},
		{`traits["country"] == "FR"`, holds},
		{`counters.orders_30d >= 2`, holds},
		{`counters.visits_7d < 1`, holds},
		{`affinity.category["Lanterns"] > 5`, holds},
		{`affinity.category["Toys"] == 0.0`, holds},
		{`affinity.category.Lanterns > affinity.category.Mugs`, holds},
		{`affinity.brand["Oak"] > 0`, holds},
		{`affinity.item["i12"] > 2`, holds},
		{`person.days_in_stage > 19.9 && person.days_in_stage < 20.1`, holds},
		{`person.order_due > 0.1 && person.order_due < 1.0 - person.churn`, holds},
		{`due.category["Toys"] == 0.0`, holds},
		{`affinity.category[item.category] > 5`, holds},
		{`session.active && session.pages == 5 && session.minutes >= 10`, holds},
		{`session.intent["Lanterns"] > 3`, holds},
		{`session.intent["Clocks"] > 0`, saysNo},
		{`session.search.contains("lantern")`, holds},
		{`cart.lines == 1 && cart.value == 2800`, holds},
		{`moment.channel == "web" && moment.slot == "hero" && moment.trigger == "request"`, holds},
		{`moment.device == "desktop" && moment.page == "/" && moment.item == "i18"`, holds},
		{`moment.country == "" && moment.category == ""`, holds},
		{`moment.hour == 14 && moment.weekday == 3`, holds}, // Paris, in summer
		{`now > timestamp("2026-01-01T00:00:00Z")`, holds},
		{`context.weather == "rain"`, holds},
		{`has(context.mood)`, saysNo},
		{`content.id == "last-look" && content.kind == "product" && content.purpose == "marketing"`, holds},
		{`content.percent == 0.0 && content.said == 0`, holds},
		{`item.id == "i06" && item.category == "Lanterns" && item.brand == "Acme"`, holds},
		{`item.price == 1100 && item.was_price == 0 && item.stock == 6 && item.margin < 0.5`, holds},
		{`item.price > 1000 && person.orders > 5`, saysNo},
		{`1 / (person.orders - 2) > 0`, failed},
		{`int(traits.country) > 0`, failed},
	}
	for _, test := range tests {
		t.Run(test.when, func(t *testing.T) {
			got := judge(t, test.when, marie(), func(q *Question) {
				q.Moment.Context.Values = []aparte.ContextValue{{Name: "weather", Value: aparte.TextValue("rain")}}
			})
			if got != test.want {
				t.Errorf("verdict %d, want %d", got, test.want)
			}
		})
	}
}

func TestRulesOnAStranger(t *testing.T) {
	for when, want := range map[string]verdict{
		`person.lifecycle == "prospect" && !person.known && person.orders == 0`: holds,
		`person.days_since_order > 30`:                                          holds,
		`person.days_since_order < 30`:                                          saysNo,
		`session.active`:                                                        saysNo,
		`session.minutes > 0 || session.pages > 0`:                              saysNo,
		`person.locale == "en"`:                                                 holds, // the brand's
		`traits.country == "FR"`:                                                failed,
		`moment.hour == 13`:                                                     holds, // London, in summer
	} {
		t.Run(when, func(t *testing.T) {
			if got := judge(t, when, nil, nil); got != want {
				t.Errorf("verdict %d, want %d", got, want)
			}
		})
	}
}

func TestRulesDoNotSeeTastesOfWhoObjectsToProfiling(t *testing.T) {
	p := marie()
	p.Consents = append(p.Consents, aparte.Consent{Purpose: aparte.Profiling, At: noon})
	for when, want := range map[string]verdict{
		`affinity.category["Lanterns"] > 0`:           saysNo,
		`session.intent["Lanterns"] > 0`:              saysNo,
		`counters.orders_30d > 0`:                     saysNo,
		`has(inferred.income)`:                        saysNo,
		`traits.country == "FR" && person.orders > 1`: holds, // what they said and did themselves
	} {
		t.Run(when, func(t *testing.T) {
			if got := judge(t, when, p, nil); got != want {
				t.Errorf("verdict %d, want %d", got, want)
			}
		})
	}
}

// Every variable of the table can be used, whatever else is known.
func TestEveryVariableHasAValue(t *testing.T) {
	for _, v := range Variables() {
		t.Run(v.Name, func(t *testing.T) {
			if v.Words["en"] == "" || v.Words["fr"] == "" || v.Type == "" {
				t.Errorf("not described: %+v", v)
			}
			for _, p := range []*aparte.Person{nil, marie()} {
				if got := judge(t, "type("+v.Name+") != type(b'')", p, nil); got != holds {
					t.Errorf("verdict %d", got)
				}
			}
		})
	}
}

func TestARuleThatReadsNeitherContentNorItemIsAskedOnce(t *testing.T) {
	p := plan(t, shop())
	d := p.open(onWeb(marie()))
	defer p.close(d)
	i := int32(2) // french
	if d.verdict(i) != holds {
		t.Fatal("marie is not french")
	}
	d.person = &aparte.Person{} // whoever they are now, what was said stays
	if d.verdict(i) != holds {
		t.Error("the rule was asked again")
	}
	if rule := p.rules[0]; rule.static == nil || rule.static[2] != saysNo || rule.static[3] != holds {
		t.Errorf("a rule on items alone is not known beforehand: %v", rule.static)
	}
}

// A verdict on an item is remembered for one decision and for no other, and never from one content to
// another where the rule reads the content.
func TestVerdictsOnItemsAreRememberedOnlyWhereTheyHold(t *testing.T) {
	b := shop()
	b.Rules = []aparte.Rule{
		{ID: "affordable", When: "item.price <= 5000 || person.revenue > 10000", Everywhere: true},
		{ID: "page-only", When: `content.id == "this-one" || item.price < 100`, Everywhere: true},
	}
	b.Contents = []aparte.Content{b.Contents[1], b.Contents[7]}
	b.Contents[0].Rules = nil
	p := plan(t, b)
	fate := func(revenue int64) map[aparte.ContentID]aparte.ReasonCode {
		who := marie()
		who.Orders.Revenue = money(revenue)
		who.Session.LastItem = "i40"
		q := onWeb(who)
		q.Moment.Context.Item = "i40"
		q.Only = []aparte.ContentID{"last-look", "this-one"}
		told := make(map[aparte.ContentID]aparte.ReasonCode)
		for _, c := range p.Decide(q, nil).Candidates[1:] {
			told[c.Action.Content] = c.Excluded
		}
		return told
	}
	for range 3 {
		if got := fate(20_000); got["this-one"] != "" || got["last-look"] != aparte.RuleSaidNo {
			t.Fatalf("somebody rich: %q", got)
		}
		if got := fate(0); got["this-one"] != aparte.RuleSaidNo || got["last-look"] != aparte.RuleSaidNo {
			t.Fatalf("somebody poor: %q", got)
		}
	}
}

func TestARuleThatReadsTheContentIsAskedForEach(t *testing.T) {
	b := shop()
	b.Rules[4].Everywhere = true // not-worn
	p := plan(t, b)
	who := marie()
	for range 5 {
		who.Said = append(who.Said, aparte.Said{Content: "ten-off", Channel: aparte.Web, Slot: "hero", At: noon.Add(-day)})
	}
	for _, c := range p.Decide(onWeb(who), nil).Candidates[1:] {
		if worn := c.Action.Content == "ten-off"; worn != (c.Excluded == aparte.RuleSaidNo) {
			t.Errorf("content %s: %q", c.Action.Content, c.Excluded)
		}
	}
}

// Whatever a marketer types is a rule or an error, and a rule has a verdict on anybody.
func FuzzRule(f *testing.F) {
	words, err := newLanguage(&aparte.Brand{Currency: "GBP"})
	if err != nil {
		f.Fatal(err)
	}
	p, err := Compile(shop(), 1)
	if err != nil {
		f.Fatal(err)
	}
	for _, when := range []string{`traits.country == "FR" && item.price > 3`, `cart.value > 100 || has(traits.x)`, `[1, 2].exists(n, n > person.orders)`, `"a" in traits.tags`, `traits.x.matches("a+")`} {
		f.Add(when)
	}
	f.Fuzz(func(t *testing.T, when string) {
		r, err := words.rule(&aparte.Rule{ID: "fuzz", When: when})
		if err != nil {
			return
		}
		d := p.open(onWeb(marie()))
		defer p.close(d)
		d.content, d.item = &p.contents[0], &p.brand.Items[0]
		if v := d.ask(r); v == unasked {
			t.Errorf("rule %q has no verdict", when)
		}
	})
}
