package decide

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

func TestWhyInEnglishAndFrench(t *testing.T) {
	b := shop()
	p := plan(t, b)
	q := onWeb(marie())
	q.Explore.Off = true
	q.Only = []aparte.ContentID{"last-look"}
	d := p.Decide(q, byContent{"last-look": 100})
	want := []string{
		"You looked at Thing 6.",
		"Of all we could say, this seemed the most useful to you.",
		"It is meant for: people we have not tired.",
		"It is meant for: items we have plenty of.",
		"Your latest visit was about this: Lanterns.",
		"You come back to this often: Lanterns.",
	}
	if diff := cmp.Diff(want, Explain(&d, b, "en-GB")); diff != "" {
		t.Errorf("in English (-want +got):\n%s", diff)
	}
	q.Only = []aparte.ContentID{"bonjour"}
	d = p.Decide(q, byContent{"bonjour": 100})
	want = []string{
		"De tout ce que nous pouvions dire, cela semblait vous être le plus utile.",
		"C’est destiné à : people we have not tired.",
		"C’est destiné à : les personnes en France.",
	}
	if diff := cmp.Diff(want, Explain(&d, b, "fr-FR")); diff != "" {
		t.Errorf("in French (-want +got):\n%s", diff)
	}
}

func TestWhySilence(t *testing.T) {
	b := shop()
	p := plan(t, b)
	who := marie()
	who.Consents = nil
	q := byMail(who)
	q.Only = []aparte.ContentID{"picks"}
	d := p.Decide(q, nil)
	want := []string{"There was nothing fitting to say.", "You have not agreed to be written to here."}
	if diff := cmp.Diff(want, Explain(&d, b, "en")); diff != "" {
		t.Errorf("why (-want +got):\n%s", diff)
	}
}

// What was inferred or bought in is never named, and no number of the model is told.
func TestWhyTellsNoSecrets(t *testing.T) {
	b := shop()
	b.Rules = append(b.Rules,
		aparte.Rule{ID: "rich", Name: aparte.Words{"en": "people of high income", "fr": "les hauts revenus"}, When: `inferred.income == "high"`, Everywhere: true},
		aparte.Rule{ID: "nameless", When: `person.revenue > 10`, Everywhere: true})
	for i := range b.Items { // so that a digit could only come from the model
		b.Items[i].Name = aparte.Words{"en": "Thing", "fr": "Objet"}
	}
	p := plan(t, b)
	s := newLinear(50)
	rapid.Check(t, func(t *rapid.T) {
		q := onWeb(marie())
		q.Seed = rapid.Uint64().Draw(t, "seed")
		d := p.Decide(q, s)
		for _, lang := range []string{"en", "fr"} {
			told := Explain(&d, b, lang)
			if len(told) == 0 {
				t.Fatalf("nothing is told of %v", d.Reasons)
			}
			for _, sentence := range told {
				if strings.Contains(sentence, "income") || strings.Contains(sentence, "revenus") || strings.Contains(sentence, "{}") ||
					strings.Contains(sentence, "nameless") || strings.ContainsFunc(sentence, unicode.IsDigit) {
					t.Fatalf("told: %q", sentence)
				}
			}
			if unique := slices.Compact(slices.Sorted(slices.Values(told))); len(unique) != len(told) {
				t.Fatalf("told twice: %q", told)
			}
		}
	})
}

// A rule that reads what was worked out of somebody, or what the policy calls sensitive, steers and is not named to them.
func TestARuleThatReadsWhatWasLearnedIsNotNamedToThePerson(t *testing.T) {
	b := &aparte.Brand{Policy: aparte.Policy{Sensitive: []string{"diet"}}}
	for when, want := range map[string]bool{
		`persona == "p2"`: false, `personas["p2"] > 0.5`: false, `score["order"] > 0.2`: false, `"p" in audiences`: false, `person.churn>0.5`: false,
		`person.alive < 0.2 && person.known`: false, `inferred.income == "high"`: false, `traits.diet == "halal"`: false, `has(traits.diet)`: false,
		`traits["diet"] == "halal"`: false, `person.ltv > 10.0`: false, `alike["best"] > 0.5`: false,
		`traits.city == "Lyon"`: true, `person.orders > 0`: true, `traits.dietitian == "x"`: true, `personal == 1`: true,
	} {
		if got := tellable(b, &aparte.Rule{Name: aparte.Words{"en": "x"}, When: when}); got != want {
			t.Errorf("%s: told %v, want %v", when, got, want)
		}
	}
	for _, name := range guessed {
		known := slices.ContainsFunc(variables, func(v variable) bool { return v.name == name })
		if !known {
			t.Errorf("%s is no variable of rules", name)
		}
	}
}

func TestEveryReasonHasWordsForTheMarketer(t *testing.T) {
	b := shop()
	for code, words := range toMarketer {
		if words.en == "" || words.fr == "" {
			t.Errorf("reason %s has no words", code)
		}
	}
	for _, test := range []struct {
		r        aparte.Reason
		en, fr   string
		describe string
	}{
		{aparte.Reason{Code: aparte.RuleSaidNo, Detail: "french"}, "A rule says no: people in France", "Une règle dit non : les personnes en France", "a rule with a name"},
		{aparte.Reason{Code: aparte.RuleSaidNo, Detail: "affordable"}, "A rule says no: affordable", "Une règle dit non : affordable", "a rule without"},
		{aparte.Reason{Code: aparte.FeatureSpoke, Detail: "lifecycle=new"}, "It weighed in: stage: new customer", "A pesé : étape : nouvelle cliente", "a feature"},
		{aparte.Reason{Code: aparte.QuietHours}, "Quiet hours where the person is", "Heures calmes chez la personne", "no detail"},
		{aparte.Reason{Code: "new_reason"}, "new_reason", "new_reason", "a code of a later version"},
	} {
		if got := ExplainReason(test.r, b, "en"); got != test.en {
			t.Errorf("%s: %q, want %q", test.describe, got, test.en)
		}
		if got := ExplainReason(test.r, b, "fr-CA"); got != test.fr {
			t.Errorf("%s: %q, want %q", test.describe, got, test.fr)
		}
	}
}
