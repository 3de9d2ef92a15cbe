package decide

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// asker is a content of a page that asks.
func asker(id aparte.ContentID, slot string, ask aparte.Ask) aparte.Content {
	ask.Privacy = aparte.Words{"en": "why"}
	return aparte.Content{
		ID: id, Kind: "question", Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Web}, Slots: []string{slot}, Elements: elementsWith(1), Ask: &ask,
	}
}

// inquiry is a brand that does nothing but ask.
func inquiry() *aparte.Brand {
	choice := []aparte.Option{{Key: "garden", Words: aparte.Words{"en": "Garden"}}, {Key: "house", Words: aparte.Words{"en": "House"}}}
	alert := asker("alert", "item", aparte.Ask{Kind: aparte.AskAddress, Trait: "alert", Consent: aparte.Service, Wording: "1", Restock: true})
	alert.Items = aparte.OnPage
	return &aparte.Brand{
		Currency: "GBP", Locale: "en",
		Items: []aparte.Item{{ID: "gone", Price: money(100)}, {ID: "there", Price: money(100), Stock: 3}},
		Contents: []aparte.Content{
			asker("for", "hero", aparte.Ask{Kind: aparte.AskChoice, Trait: "buys_for", Options: choice, Again: aparte.Duration(365 * day), Worth: 1000}),
			asker("style", "aside", aparte.Ask{Kind: aparte.AskYesNo, Trait: "plain", Rest: aparte.Duration(90 * day)}),
			asker("letters", "foot", aparte.Ask{Kind: aparte.AskAddress, Trait: "letters", Consent: aparte.Marketing, Wording: "1", Worth: 1000}),
			alert,
		},
	}
}

// fateOf is why a content is not said in a slot, empty where it could be.
func fateOf(p *Plan, person *aparte.Person, slot string, with func(*Question)) aparte.ReasonCode {
	q := &Question{Person: person, Slot: slot, Seed: 1, Moment: aparte.Moment{Channel: aparte.Web, At: noon, Trigger: "request"}}
	if with != nil {
		with(q)
	}
	d := p.Decide(q, nil)
	return d.Candidates[len(d.Candidates)-1].Excluded
}

func told(name string, value aparte.Value, from aparte.Provenance, ago time.Duration) *aparte.Person {
	return &aparte.Person{Traits: []aparte.Trait{{Name: name, Value: value, Provenance: from, At: noon.Add(-ago)}}}
}

func TestAQuestionIsAskedWhileItsAnswerIsNotKnown(t *testing.T) {
	p := plan(t, inquiry())
	garden, nothing := aparte.TextValue("garden"), aparte.Value{}
	address := func(consents ...aparte.Consent) *aparte.Person {
		return &aparte.Person{Identifiers: []aparte.Identifier{{Kind: aparte.KindEmail, Value: "a@b.example"}}, Consents: consents}
	}
	for _, c := range []struct {
		name, slot string
		person     *aparte.Person
		want       aparte.ReasonCode
	}{
		{"a stranger", "hero", nil, ""},
		{"who answered", "hero", told("buys_for", garden, aparte.Declared, day), aparte.AlreadyKnown},
		{"who was seen to do so", "hero", told("buys_for", garden, aparte.Observed, day), aparte.AlreadyKnown},
		{"of whom it is only inferred", "hero", told("buys_for", garden, aparte.Inferred, day), ""},
		{"of whom it was bought", "hero", told("buys_for", garden, aparte.BoughtIn, day), ""},
		{"who answered long ago", "hero", told("buys_for", garden, aparte.Declared, 366*day), ""},
		{"who would rather not say", "hero", told("buys_for", nothing, aparte.Declared, 1000*day), aparte.RatherNot},
		{"who would rather not say, for now", "aside", told("plain", nothing, aparte.Declared, 89*day), aparte.RatherNot},
		{"who would rather not have said, a while ago", "aside", told("plain", nothing, aparte.Declared, 91*day), ""},
		{"whose address is to be confirmed", "foot", told("letters", aparte.TextValue(aparte.AskPending), aparte.Declared, day), aparte.AlreadyKnown},
		{"who never confirmed it", "foot", told("letters", aparte.TextValue(aparte.AskPending), aparte.Declared, 4*day), ""},
		{"who has an address and never said whether to write", "foot", address(), ""},
		{"who said so", "foot", address(aparte.Consent{Purpose: aparte.Marketing, Channel: aparte.Email, Granted: true}), aparte.AlreadyKnown},
		{"who unsubscribed", "foot", address(aparte.Consent{Purpose: aparte.Marketing, Channel: aparte.Email}), aparte.AlreadyKnown},
	} {
		if got := fateOf(p, c.person, c.slot, nil); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnAlertIsAskedForOfWhatIsOutOfStock(t *testing.T) {
	p := plan(t, inquiry())
	about := func(item aparte.ItemID) func(*Question) { return func(q *Question) { q.Moment.Context.Item = item } }
	if got := fateOf(p, nil, "item", about("gone")); got != "" {
		t.Errorf("of what is gone: %q", got)
	}
	if got := fateOf(p, nil, "item", about("there")); got != aparte.InStock {
		t.Errorf("of what is there: %q", got)
	}
	if got := fateOf(p, told("alert.gone", aparte.TextValue(aparte.AskConfirmed), aparte.Declared, day), "item", about("gone")); got != aparte.AlreadyKnown {
		t.Errorf("of what they asked for: %q", got)
	}
	if got := fateOf(p, told("alert.other", aparte.TextValue(aparte.AskConfirmed), aparte.Declared, day), "item", about("gone")); got != "" {
		t.Errorf("of what they did not ask for: %q", got)
	}
}

func TestOneQuestionIsAskedAtATime(t *testing.T) {
	p := plan(t, inquiry())
	seen := func(ago time.Duration) *aparte.Person {
		return &aparte.Person{Said: []aparte.Said{{Decision: aparte.DecisionID{Seq: 1}, Content: "for", Channel: aparte.Web, At: noon.Add(-ago), Seen: 1}}}
	}
	answered := seen(time.Hour)
	answered.Traits = told("buys_for", aparte.TextValue("house"), aparte.Declared, time.Minute).Traits
	unseen := seen(time.Hour)
	unseen.Said[0].Seen = 0
	for _, c := range []struct {
		name   string
		person *aparte.Person
		with   func(*Question)
		want   aparte.ReasonCode
	}{
		{"another slot of the page asks", nil, func(q *Question) { q.Except = []aparte.ContentID{"for"} }, aparte.OneQuestion},
		{"another was seen an hour ago", seen(time.Hour), nil, aparte.OneQuestion},
		{"another was seen yesterday", seen(25 * time.Hour), nil, ""},
		{"another was answered since", answered, nil, ""},
		{"another was decided and not seen", unseen, nil, ""},
	} {
		if got := fateOf(p, c.person, "aside", c.with); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := fateOf(p, seen(time.Hour), "hero", nil); got != "" {
		t.Errorf("the same again: %q", got)
	}
}

func TestAnAnswerIsWorthWhatTheBrandSaysUntilItIsLearned(t *testing.T) {
	known := &aparte.Person{Identifiers: []aparte.Identifier{{Kind: aparte.KindUserID, Value: "u"}}}
	value := func(b *aparte.Brand, person *aparte.Person, slot string) float64 {
		d := plan(t, b).Decide(&Question{Person: person, Slot: slot, Seed: 1, Moment: aparte.Moment{Channel: aparte.Web, At: noon}}, nil)
		return d.Candidates[1].Value
	}
	if got := value(inquiry(), nil, "hero"); got != 20 {
		t.Errorf("an answer worth 1000: %v, want one in fifty", got)
	}
	stranger, customer := value(inquiry(), nil, "foot"), value(inquiry(), known, "foot")
	if stranger != 20 || customer != 10 {
		t.Errorf("an address of a stranger %v, of who is known by name %v: want 20 and half of it", stranger, customer)
	}
	counts := inquiry()
	counts.Objectives = []aparte.Objective{{ID: "answers", Event: aparte.EventAnswered, Value: "double(properties.worth)", Window: aparte.Duration(day)}}
	if got := value(counts, nil, "hero"); got != 0 {
		t.Errorf("where an objective counts answers: %v, want what is learned and nothing besides", got)
	}
}

func TestAnAnswerDescribesThePerson(t *testing.T) {
	p := plan(t, inquiry())
	hashes := func(person *aparte.Person) (all []uint32) {
		d := p.Decide(&Question{Person: person, Slot: "hero", Seed: 1, Moment: aparte.Moment{Channel: aparte.Web, At: noon}}, nil)
		for _, f := range d.Features.Context {
			all = append(all, f.Hash)
		}
		return all
	}
	garden := feature("answer", "buys_for: garden").hash
	if !slices.Contains(hashes(told("buys_for", aparte.TextValue("garden"), aparte.Declared, day)), garden) {
		t.Error("what they answered is no feature")
	}
	if slices.Contains(hashes(told("buys_for", aparte.TextValue("garden"), aparte.BoughtIn, day)), garden) {
		t.Error("what was bought is a feature as if they had answered")
	}
	objects := told("buys_for", aparte.TextValue("garden"), aparte.Declared, day)
	objects.Consents = []aparte.Consent{{Purpose: aparte.Profiling}}
	if slices.Contains(hashes(objects), garden) {
		t.Error("who objects to profiling is told apart by their answer")
	}
}

func TestAQuestionThatCannotBePutIsRefused(t *testing.T) {
	for pointer, spoil := range map[string]func(*aparte.Brand){
		"/contents/0/ask/trait":         func(b *aparte.Brand) { b.Contents[0].Ask.Trait = "buys for" },
		"/contents/1/ask/trait":         func(b *aparte.Brand) { b.Contents[1].Ask.Trait = "email" },
		"/contents/0/ask/kind":          func(b *aparte.Brand) { b.Contents[0].Ask.Kind = "guess" },
		"/contents/1/ask/kind":          func(b *aparte.Brand) { b.Contents[1].Ask.Trait = "buys_for" },
		"/contents/0/ask/options":       func(b *aparte.Brand) { b.Contents[0].Ask.Options = b.Contents[0].Ask.Options[:1] },
		"/contents/1/ask/options":       func(b *aparte.Brand) { b.Contents[1].Ask.Options = b.Contents[0].Ask.Options },
		"/contents/0/ask/most":          func(b *aparte.Brand) { b.Contents[0].Ask.Most = 5 },
		"/contents/1/ask/privacy":       func(b *aparte.Brand) { b.Contents[1].Ask.Privacy = nil },
		"/contents/0/ask/worth":         func(b *aparte.Brand) { b.Contents[0].Ask.Worth = -1 },
		"/contents/0/ask/again":         func(b *aparte.Brand) { b.Contents[0].Ask.Again = -1 },
		"/contents/1/ask/rest":          func(b *aparte.Brand) { b.Contents[1].Ask.Rest = -1 },
		"/contents/2/ask/consent":       func(b *aparte.Brand) { b.Contents[2].Ask.Consent = aparte.Profiling },
		"/contents/2/ask/wording":       func(b *aparte.Brand) { b.Contents[2].Ask.Wording = "" },
		"/contents/1/ask/consent":       func(b *aparte.Brand) { b.Contents[1].Ask.Consent = aparte.Marketing },
		"/contents/1/ask/restock":       func(b *aparte.Brand) { b.Contents[1].Ask.Restock = true },
		"/contents/1/channels/0":        func(b *aparte.Brand) { b.Contents[1].Channels[0] = aparte.SMS },
		"/contents/0/elements":          func(b *aparte.Brand) { b.Contents[0].Elements[0].Name = "body" },
		"/contents/0/ask/options/1/key": func(b *aparte.Brand) { b.Contents[0].Ask.Options[1].Key = "garden" },
		"/contents/3/ask/trait":         func(b *aparte.Brand) { b.Policy.Traits = []string{"alert"} },
	} {
		b := inquiry()
		spoil(b)
		if _, err := Compile(b, 1); err == nil || !strings.Contains(err.Error(), pointer+": ") {
			t.Errorf("%s: %v", pointer, err)
		}
	}
}

func TestWhatAPolicyForbidsNoRuleMayRead(t *testing.T) {
	for when, pointer := range map[string]string{
		`traits.gender == "f"`:                                "/rules/0/when",
		`has(traits.gender)`:                                  "/rules/0/when",
		`traits["gender"] == "f"`:                             "/rules/0/when",
		`"gender" in traits`:                                  "/rules/0/when",
		`person.orders > 1 && inferred["address.city"] != ""`: "/rules/0/when",
		`traits["address"] != ""`:                             "/rules/0/when",
		`traits.genderless == "f"`:                            "",
		`traits.country == "FR" && person.days_known > 30.0`:  "",
	} {
		b := inquiry()
		b.Policy.Traits = []string{"gender", "address"}
		b.Rules = []aparte.Rule{{ID: "r", When: when}}
		_, err := Compile(b, 1)
		if got := err != nil && strings.Contains(err.Error(), "/rules/0/when: the policy forbids"); got != (pointer != "") {
			t.Errorf("%s: %v", when, err)
		}
	}
	b := inquiry()
	b.Policy = aparte.Policy{NoInferred: true, NoBoughtIn: true}
	b.Rules = []aparte.Rule{{ID: "r", When: `inferred.persona == "x"`}}
	if _, err := Compile(b, 1); err == nil || !strings.Contains(err.Error(), "/rules/0/when: the policy forbids") {
		t.Errorf("what was computed, where nothing of the kind may be used: %v", err)
	}
	if _, err := plan(t, policed("gender")).Audience(`traits.gender == "f"`); err == nil {
		t.Error("an audience reads what the policy forbids")
	}
}

func TestWhatTheBrandDoesNotHaveNoRuleMayAskFor(t *testing.T) {
	for when, fault := range map[string]string{
		`alike["best"] >= 0.95`:        "",
		`alike["bets"] >= 0.95`:        `"bets" is no look-alike of the brand`,
		`"bets" in alike`:              `"bets" is no look-alike of the brand`,
		`score["order"] > 0.5`:         "",
		`score["odrer"] > 0.5`:         `"odrer" is no objective of the brand`,
		`points.odrer > 0.5`:           `"odrer" is no objective of the brand`,
		`score[traits.wanted] > 0.5`:   "", // known only when it runs
		`has(traits.odrer) && 1.0 > 0`: "",
	} {
		b := inquiry()
		b.Objectives = []aparte.Objective{{ID: "order", Name: aparte.Words{"en": "Order"}, Event: "Order Completed", Value: "1.0", Window: aparte.Duration(24 * time.Hour)}}
		b.Lookalikes = []aparte.Lookalike{{ID: "best", Name: aparte.Words{"en": "Best"}, Seed: "person.orders > 1"}}
		b.Rules = []aparte.Rule{{ID: "r", When: when}}
		_, err := Compile(b, 1)
		if told := err != nil && strings.Contains(err.Error(), "/rules/0/when: "+fault); told != (fault != "") {
			t.Errorf("%s: %v", when, err)
		}
	}
}

func policed(traits ...string) *aparte.Brand {
	b := inquiry()
	b.Policy.Traits = traits
	return b
}

// What a rule looks for by a name that only then is known, and what comes from a third party, is not there.
func TestWhatAPolicyForbidsIsNotThereWhenARuleRuns(t *testing.T) {
	person := &aparte.Person{Traits: []aparte.Trait{
		{Name: "gender", Value: aparte.TextValue("f")}, {Name: "income", Value: aparte.TextValue("f"), Provenance: aparte.BoughtIn},
		{Name: "persona", Value: aparte.TextValue("f"), Provenance: aparte.Inferred},
	}}
	for when, want := range map[string]map[string]bool{
		`traits.exists(k, traits[k] == "f")`: {"": true, "gender": false, "bought": true, "inferred": true},
		`has(inferred.income)`:               {"": true, "gender": true, "bought": false, "inferred": true},
		`has(inferred.persona)`:              {"": true, "gender": true, "bought": true, "inferred": false},
	} {
		for policy, holds := range want {
			b := inquiry()
			switch policy {
			case "gender":
				b.Policy.Traits = []string{"gender"}
			case "bought":
				b.Policy.NoBoughtIn = true
			case "inferred":
				b.Policy.NoInferred = true
			}
			a, err := plan(t, b).Audience(when)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := a.Holds(person, nil, noon); got != holds || err != nil {
				t.Errorf("%s under the policy %q: %v (%v), want %v", when, policy, got, err, holds)
			}
		}
	}
}

func TestDeclaredTraitsVaryWhatIsShown(t *testing.T) {
	b := &aparte.Brand{
		Currency: "GBP", Locale: "en",
		Rules: []aparte.Rule{
			{ID: "women", When: `traits.gender == "f"`}, {ID: "gardeners", When: `traits.interest == "garden"`}, {ID: "seniors", When: `traits.since < 2020.0`},
		},
	}
	for _, r := range b.Rules {
		b.Contents = append(b.Contents, aparte.Content{
			ID: aparte.ContentID(r.ID), Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Web}, Elements: elementsWith(1), Rules: []aparte.RuleID{r.ID},
		})
	}
	said := map[string][]aparte.ContentID{}
	for name, person := range map[string]*aparte.Person{
		"gender": told("gender", aparte.TextValue("f"), aparte.Declared, day), "interest": told("interest", aparte.TextValue("garden"), aparte.Declared, day),
		"seniority": told("since", aparte.NumberValue(2012), aparte.Declared, day),
	} {
		d := plan(t, b).Decide(&Question{Person: person, Slot: "hero", Seed: 1, Moment: aparte.Moment{Channel: aparte.Web, At: noon}}, nil)
		for _, c := range d.Candidates {
			if c.Excluded == "" && !c.Action.Silent() {
				said[name] = append(said[name], c.Action.Content)
			}
		}
	}
	want := map[string][]aparte.ContentID{"gender": {"women"}, "interest": {"gardeners"}, "seniority": {"seniors"}}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	for i, trait := range []string{"gender", "interest", "since"} {
		b.Policy.Traits = []string{trait}
		if _, err := Compile(b, 1); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("/rules/%d/when: the policy forbids", i)) {
			t.Errorf("%s disabled: %v", trait, err)
		}
	}
}
