package decide

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

func TestEverythingWrongWithAudiencesIsNamedByItsPointer(t *testing.T) {
	b := shop()
	b.Audiences = []aparte.Audience{
		{ID: "fine", When: "person.orders > 0"},
		{ID: "fine", When: "person.orders > 1"},
		{ID: "", When: "person.orders >"},
		{ID: "hour", When: "moment.hour < 12"},
		{ID: "item", When: "item.price > 2"},
		{ID: "number", When: "person.orders"},
		{ID: "of others", When: `person.orders > 0 && "fine" in audiences`},
		{ID: "named", Name: aparte.Words{"!": "x"}, When: "true"},
	}
	b.Scenarios = append(b.Scenarios, aparte.Scenario{ID: "s", After: aparte.EventEntered, Audience: "unknown", Channel: aparte.Email})
	b.Rules = append(b.Rules, aparte.Rule{ID: "fine", When: `"fine" in audiences && !("fien" in audiences)`}, aparte.Rule{ID: "other", When: `has(audiences.fein) || audiences["fnie"]`})
	_, err := Compile(b, 1)
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, want := range []string{
		`/audiences/1/id: "fine" is the id of /audiences/0`, "/audiences/2/id: ", "/audiences/2/when: ", "/audiences/3/when: speaks of moment.hour",
		"/audiences/4/when: speaks of item.price", "/audiences/5/when: yields int", "/audiences/6/when: speaks of audiences", "/audiences/7/name: ",
		`"fien" is no audience`, `"fein" is no audience`, `"fnie" is no audience`, `/audience: "unknown" is no audience of the brand`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "/audiences/0") && !strings.Contains(err.Error(), "of /audiences/0") {
		t.Errorf("what is right is told to be wrong:\n%v", err)
	}
	b = shop()
	b.Audiences = make([]aparte.Audience, aparte.MaxAudiences+1)
	if _, err := Compile(b, 1); err == nil || !strings.Contains(err.Error(), "/audiences: 101 entries") {
		t.Errorf("too many: %v", err)
	}
}

func TestSomebodyIsInTheAudiencesWhoseConditionsHold(t *testing.T) {
	b := shop()
	b.Audiences = []aparte.Audience{
		{ID: "buyers", When: "person.orders > 0"},
		{ID: "away", When: "person.days_since_order > 30.0"},
		{ID: "french", When: `traits.country == "FR"`},
		{ID: "drawn", When: `counters.product_views_7d > 0.5`},
	}
	plan, err := Compile(b, 1)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	ids := func(p *aparte.Person, at time.Time) (ids []string) {
		for _, x := range plan.AudiencesNamed(plan.Audiences(p, nil, at)) {
			ids = append(ids, string(x.ID))
		}
		return ids
	}
	p := &aparte.Person{
		Orders:   aparte.Orders{Count: 1, LastAt: now.AddDate(0, 0, -20)},
		Counters: []aparte.Counter{{Name: "product_views_7d", Value: 1, At: now}},
	}
	if diff := cmp.Diff([]string{"buyers", "drawn"}, ids(p, now)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"buyers", "away"}, ids(p, now.AddDate(0, 0, 11))); diff != "" {
		t.Errorf("later (-want +got):\n%s", diff)
	}
	p.Consents = []aparte.Consent{{Purpose: aparte.Profiling, Granted: false, At: now}}
	p.Traits = []aparte.Trait{{Name: "country", Value: aparte.TextValue("FR")}}
	if diff := cmp.Diff([]string{"buyers", "french"}, ids(p, now)); diff != "" {
		t.Errorf("who objects to profiling is seen by what was observed (-want +got):\n%s", diff)
	}
	for where, want := range map[string]bool{`"buyers" in audiences`: true, `"away" in audiences`: false, `size(audiences) == 2`: true, `audiences.exists(a, a == "french")`: true} {
		asked, err := plan.Audience(where)
		if err != nil {
			t.Fatal(err)
		}
		p.Audiences = plan.Audiences(p, nil, now)
		if got, err := asked.Holds(p, nil, now); err != nil || got != want {
			t.Errorf("%s: %v, %v", where, got, err)
		}
	}
}

// What one event costs more with audiences: each asks once who the person is.
func BenchmarkAudiences(b *testing.B) {
	conditions := []string{
		"person.orders > 2", "person.days_since_order > 30.0 && person.orders > 0", `person.lifecycle == "at_risk"`, `affinity.category["lanterns"] > 1.0`,
		`has(traits.country) && traits.country in ["FR", "BE"]`, "cart.value > 5000 && !session.active", `counters["product_views_7d"] > 3.0`,
		"person.churn > 0.8", "person.goodwill < 0.5", `person.known`,
	}
	for _, n := range []int{0, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			brand := shop()
			for i := range n {
				brand.Audiences = append(brand.Audiences, aparte.Audience{ID: aparte.AudienceID(fmt.Sprint("a", i)), When: conditions[i%len(conditions)]})
			}
			plan, err := Compile(brand, 1)
			if err != nil {
				b.Fatal(err)
			}
			now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
			p := &aparte.Person{
				Orders: aparte.Orders{Count: 3, LastAt: now.AddDate(0, 0, -40)}, Traits: []aparte.Trait{{Name: "country", Value: aparte.TextValue("FR")}},
				Counters:   []aparte.Counter{{Name: "product_views_7d", Value: 4, At: now}},
				Affinities: []aparte.Affinity{{Kind: aparte.CategoryAffinity, Key: "lanterns", Weight: 2, At: now}},
			}
			b.ReportAllocs()
			for b.Loop() {
				plan.Audiences(p, nil, now)
			}
		})
	}
}
