package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/decide"
	"github.com/aparte-dev/aparte/engine"
)

// TestEachAttributeTellsWhatReadsItAndWhatItIsWorth: of those who answered that they camp, two in three order after a decision, of the
// others one in ten; what month they were born in has nothing to do with it, and nothing reads what they drive.
func TestEachAttributeTellsWhatReadsItAndWhatItIsWorth(t *testing.T) {
	h := openStepped(t)
	b := brand()
	words := func(s string) aparte.Words { return aparte.Words{"en": s, "fr": s} }
	ask := func(id aparte.ContentID, trait string, options ...string) aparte.Content {
		c := aparte.Content{
			ID: id, Name: words(string(id)), Kind: "question", Purpose: aparte.Marketing, Channels: []aparte.Channel{aparte.InApp}, Slots: []string{"ask"},
			Layouts: b.Contents[0].Layouts, Elements: b.Contents[0].Elements, Ask: &aparte.Ask{Kind: aparte.AskChoice, Trait: trait, Privacy: words("To fit")},
		}
		for _, o := range options {
			c.Ask.Options = append(c.Ask.Options, aparte.Option{Key: o, Words: words(o)})
		}
		return c
	}
	b.Layouts = append(b.Layouts, aparte.Layout{ID: "form", Name: words("Form"), Channels: []aparte.Channel{aparte.InApp}, HTML: "{{ elements.headline }}{{ form }}"})
	for _, c := range []aparte.Content{ask("camps", "camps", "yes", "no"), ask("born", "born", "spring", "autumn")} {
		c.Layouts = []aparte.LayoutID{"form"}
		b.Contents = append(b.Contents, c)
	}
	b.Rules = append(b.Rules, aparte.Rule{ID: "elsewhere", When: `!has(traits.city) || traits.city != "Lyon"`})
	b.Contents[1].Rules = []aparte.RuleID{"elsewhere"} // said in the slot aside only
	b.Audiences = []aparte.Audience{{ID: "locals", Name: words("Locals"), When: `has(traits.city) && traits.city == "Lyon"`}}
	b.Contents[0].Elements = []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: words("Hello {{ person.nickname | default: 'you' }}")}}}}
	b.Objectives[0].Learn = aparte.LearnReward
	_, err := h.Publish(t.Context(), b)
	h.check(err)

	rng := rand.New(rand.NewPCG(1, 2))
	const people = 300
	for i := range people {
		user := fmt.Sprint("camper-", i)
		camps, born := []string{"yes", "no"}[i%2], []string{"spring", "autumn"}[rng.IntN(2)]
		traits := map[string]any{"camps": camps, "born": born, "drives": fmt.Sprint("car ", i)}
		if i%3 == 0 {
			traits["city"] = "Lyon"
		}
		h.saying(identify(user, "", traits))
	}
	for range 4 {
		for i := range people {
			user := fmt.Sprint("camper-", i)
			_, err := h.Decide(t.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"hero"}})
			h.check(err)
			if chance := []float64{0.66, 0.1}[i%2]; rng.Float64() < chance {
				h.saying(order(user, "lamp", fresh("o-"), 25))
			}
		}
		h.pass(time.Hour)
	}
	_, err = h.Refit(t.Context())
	h.check(err)
	a, err := h.Attributes(t.Context(), time.Minute)
	h.check(err)
	if a.People != people || a.Sight.Evidence == nil || a.Sight.Evidence.Decisions != 4*people {
		t.Fatalf("%d people, evidence %+v", a.People, a.Sight.Evidence)
	}
	of := func(name string) engine.Attribute {
		i := slices.IndexFunc(a.All, func(x engine.Attribute) bool { return x.Name == name })
		if i < 0 {
			t.Fatalf("nothing of %q: %v", name, a.All)
		}
		return a.All[i]
	}
	read := func(x engine.Attribute) (by []decide.UseKind) {
		for _, u := range x.Uses {
			if u.By != decide.InScore { // scores are learned of what enough people have
				by = append(by, u.By)
			}
		}
		return by
	}
	camps, born, drives, city := of("camps"), of("born"), of("drives"), of("city")
	if got := read(camps); camps.People != people || !slices.Equal(got, []decide.UseKind{decide.InQuestion, decide.InAnswers}) || camps.Could != 4*people {
		t.Errorf("camps: %+v", camps)
	}
	if camps.Decide == nil || camps.Decide.Low <= 0 || !camps.Measurable() {
		t.Errorf("what is lost without knowing who camps: %+v", camps.Decide)
	}
	if born.Decide == nil || born.Decide.Low > 0 {
		t.Errorf("what is lost without knowing when they were born: %+v", born.Decide)
	}
	if len(drives.Uses) > 0 || drives.Could != 0 || drives.Measurable() || drives.From != [4]int{people} {
		t.Errorf("drives: %+v", drives)
	}
	if got := read(city); city.People != people/3 || !slices.Equal(got, []decide.UseKind{decide.InRule, decide.InAudience}) || city.Could != 0 {
		t.Errorf("city, which a rule of another slot reads: %+v", city)
	}
}

// TestAnAudienceIsOwedWhatWasSaidWhileTheyWereInIt: everybody is told something before their first order and after it; by the end nobody is
// new any more, and what was said to them while they were stays with the new.
func TestAnAudienceIsOwedWhatWasSaidWhileTheyWereInIt(t *testing.T) {
	h := openStepped(t)
	b := brand()
	words := aparte.Words{"en": "x", "fr": "x"}
	b.Audiences = []aparte.Audience{{ID: "new", Name: words, When: "person.orders == 0"}, {ID: "regular", Name: words, When: "person.orders > 0"}}
	b.Contents[0].Rules, b.Contents[0].Cost = nil, 3
	b.Objectives = b.Objectives[:1]
	b.Objectives[0].Learn = aparte.LearnReward
	_, err := h.Publish(t.Context(), b)
	h.check(err)
	const people = 40
	said, spoke, bought := [2]int{}, [2]int{}, 0 // before and after the first order
	for i := range people {
		user := fmt.Sprint("buyer-", i)
		h.saying(identify(user, "", map[string]any{"n": i}))
		for after := range 2 {
			h.set(h.now.Load().Add(time.Second))
			answers, err := h.Decide(t.Context(), engine.Request{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: user}}, Slots: []string{"hero"}})
			h.check(err)
			d := answers[0].Decision
			said[after]++
			if !d.Action.Silent() {
				spoke[after]++
				h.saying(event(aparte.EventExposed, user, "", map[string]any{"decision": d.ID.String(), "content": d.Action.Content, "channel": d.Channel}))
			}
			h.set(h.now.Load().Add(time.Second))
			if after == 0 {
				h.saying(order(user, "lamp", fresh("o-"), 25))
				if !d.Action.Silent() {
					bought++
				}
			}
		}
	}
	h.pass(time.Hour)
	p := h.customer("buyer-0")
	if len(p.Audiences) != 1 || p.Audiences[0] != aparte.AudienceID("regular").Key() {
		t.Fatalf("in the end they are in %v", p.Audiences)
	}
	c := h.credit(engine.CreditAsked{})
	if len(c.Audiences) != 2 {
		t.Fatalf("audiences: %+v", c.Audiences)
	}
	for i, want := range []aparte.AudienceID{"new", "regular"} {
		x := c.Audiences[i]
		if x.Audience != want || x.Earned == nil || x.Earned.Said != spoke[i] || x.Cost != float64(3*spoke[i]) {
			t.Errorf("%+v: want %q, said %d times", x, want, spoke[i])
		}
	}
	if got := c.Audiences[0].Attributed.Last; got.Conversions != float64(bought) || got.Value != float64(100*bought) || bought == 0 {
		t.Errorf("the new are owed %+v, want %d orders", got, bought)
	}
	if got := c.Audiences[1].Attributed; got != (engine.Attributed{}) {
		t.Errorf("regulars, after whose messages nobody ordered, are owed %+v", got)
	}
}
