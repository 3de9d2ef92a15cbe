package compose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/osteele/liquid/values"

	"github.com/aparte-dev/aparte"
)

// enquiry is a brand of one content that asks, laid out with a form.
func enquiry(ask aparte.Ask) (*aparte.Brand, *Scene) {
	if ask.Trait = "asked"; ask.Privacy == nil {
		ask.Privacy = aparte.Words{"en": "Only for <this>.", "fr": "Pour cela seulement."}
	}
	b := &aparte.Brand{
		Name: "Ondine", Home: "https://ondine.example", Currency: "EUR", Locale: "en", Zone: "Europe/Paris",
		Layouts: []aparte.Layout{{ID: "ask", Channels: []aparte.Channel{aparte.Web}, HTML: `<section>{{ form }}</section>`}},
		Contents: []aparte.Content{{
			ID: "who", Purpose: aparte.Service, Channels: []aparte.Channel{aparte.Web}, Layouts: []aparte.LayoutID{"ask"}, Ask: &ask,
			Elements: []aparte.Element{
				{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "For whom & why?", "fr": "Pour qui ?"}}}},
				{Name: "subject", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "One question", "fr": "Une question"}}}},
			},
		}},
	}
	return b, &Scene{
		Brand: b, Content: &b.Contents[0], Layout: &b.Layouts[0], Locale: "en", Link: "https://a.example/c/t", ImageURL: "https://a.example/x/t.png", Answer: "https://a.example/a/t",
	}
}

func gardenOrHouse() aparte.Ask {
	return aparte.Ask{Kind: aparte.AskChoice, Options: []aparte.Option{
		{Key: "garden", Words: aparte.Words{"en": "A garden", "fr": "Un jardin"}}, {Key: "ho\"use", Words: aparte.Words{"en": "A house", "fr": "Une maison"}},
	}}
}

func TestAQuestionIsAFormThatWorksWithoutAScript(t *testing.T) {
	for _, c := range []struct {
		ask  aparte.Ask
		want []string
	}{
		{gardenOrHouse(), []string{`name="answer" value="garden"`, `value="ho&#34;use"`, ">A house</button>"}},
		{aparte.Ask{Kind: aparte.AskYesNo}, []string{`value="yes"`, ">Yes</button>", `value="no"`}},
		{aparte.Ask{Kind: aparte.AskScale, Least: 1, Most: 3, Ends: [2]aparte.Words{{"en": "Never"}, {"en": "Always"}}}, []string{`value="1"`, `value="3"`, "Never", "Always"}},
		{aparte.Ask{Kind: aparte.AskText}, []string{`type="text" name="answer" required maxlength="200"`, "<label"}},
		{aparte.Ask{Kind: aparte.AskDate}, []string{`type="date" name="answer" required`}},
		{aparte.Ask{Kind: aparte.AskAddress}, []string{`type="email" name="answer" required`, `autocomplete="email"`, "No, thank you"}},
	} {
		_, s := enquiry(c.ask)
		page, err := newComposer(t).Page(s)
		if err != nil {
			t.Fatal(err)
		}
		want := append(c.want, `<form method="post" action="https://a.example/a/t"`, "<fieldset", "For whom &amp; why?</legend>", "Only for &lt;this&gt;.", `name="refused" value="1" formnovalidate`)
		for _, part := range want {
			if !strings.Contains(page.HTML, part) {
				t.Errorf("%s: no %s in\n%s", c.ask.Kind, part, page.HTML)
			}
		}
		members, err := newComposer(t).AppendMembers(nil, s)
		if err != nil || string(members) != string(page.AppendMembers(nil)) {
			t.Errorf("%s: as members of JSON it is another page (%v)", c.ask.Kind, err)
		}
	}
}

// Whatever address answers go to, in whatever language and with whatever question, a form that was filled in for somebody else before is the
// one that would be filled in for them alone.
func TestAFormIsTheSameAsIfItWereFilledInAlone(t *testing.T) {
	c := newComposer(t)
	brand, s := enquiry(gardenOrHouse())
	addresses := []string{
		"https://a.example/a/t", "http://a.example/a/other", `https://a.example/a/"><script>`, "https://a.example/a?x=1&y='2'#é",
		"https://a.example/a/ b%20c%zz", "https://somewhere.invalid/a", "https://a.example/{{.Legend}}", "https://é.example/\u2028`=",
	}
	for range 2 {
		for _, locale := range []string{"en", "fr", "fr-CA", "de"} {
			for _, words := range []string{"For whom & why?", "https://somewhere.invalid/", `"><form action="`} {
				brand.Contents[0].Elements[0].Variants[0].Words = aparte.Words{"en": words, "fr": words + "é"}
				for _, s.Answer = range addresses {
					s.Locale = locale
					if !isAbsolute(s.Answer) {
						continue
					}
					sc, err := c.scope(s)
					if err != nil {
						t.Fatal(err)
					}
					alone, err := c.formTo(sc, s.Answer)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(alone, sc.form.(values.SafeValue).Value); diff != "" {
						t.Errorf("%s, %q, to %s:\n%s", locale, words, s.Answer, diff)
					}
				}
			}
		}
	}
}

func TestAQuestionIsPutInThePersonsLanguage(t *testing.T) {
	_, s := enquiry(gardenOrHouse())
	s.Locale = "fr"
	got, err := newComposer(t).Question(s)
	if err != nil {
		t.Fatal(err)
	}
	want := Question{
		Kind: aparte.AskChoice, Language: "fr", Legend: "Pour qui ?", Choices: []Choice{{"garden", "Un jardin"}, {"ho\"use", "Une maison"}},
		Privacy: "Pour cela seulement.", Send: "Envoyer", Refuse: "Je préfère ne pas répondre", Thanks: "Merci, c’est noté.", Pending: got.Pending,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAMailAsksByALinkForEachChoice(t *testing.T) {
	_, s := enquiry(gardenOrHouse())
	s.Layout = nil
	m, err := newComposer(t).Mail(&MailScene{Scene: *s})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"https://a.example/a/t?v=1", "https://a.example/a/t?v=2", "https://a.example/a/t?refused=1", "A garden", "Only for"} {
		if !strings.Contains(m.HTML, part) || !strings.Contains(m.Text, part) {
			t.Errorf("a part of the mail does not say %s:\n%s", part, m.Text)
		}
	}
	if strings.Contains(m.HTML, "garden\"") || strings.Contains(m.HTML, "<form") {
		t.Error("an address tells the answer, or a mail carries a form")
	}
}

func TestAFormStandsBetweenElementsAndNowhereElse(t *testing.T) {
	for html, want := range map[string]string{
		`<p>{{ form }}</p>`: "", `{% if form %}{{ form }}{% endif %}`: "", `{% case elements.headline %}{% when "x" %}{% else %}{{ form }}{% endcase %}`: "",
		`<a title="{{ form }}">x</a>`: "between elements only", `{{ form | upcase }}`: "only be printed as it is", `{% assign f = form %}{{ f }}`: "only be printed as it is",
		`<p>{{ elements.headline }}</p>`: "does not print form",
	} {
		b, _ := enquiry(gardenOrHouse())
		b.Layouts[0].HTML = html
		err := newComposer(t).Check(b)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", html, err, want)
		}
	}
	b, s := enquiry(gardenOrHouse())
	b.Layouts[0].HTML = `{% case elements.headline %}{% when "x" %}{% else %}{{ form }}{% endcase %}`
	if page, err := newComposer(t).Page(s); err != nil || !strings.Contains(page.HTML, "<form method") {
		t.Errorf("in a template that takes the library: %v\n%s", err, page.HTML)
	}
}

func TestWhatAPolicyForbidsIsInNoTemplate(t *testing.T) {
	b, s := enquiry(gardenOrHouse())
	b.Policy.Traits = []string{"gender"}
	b.Contents[0].Elements[0].Variants[0].Words["en"] = `Dear {{ person.gender | default: "you" }}`
	if err := newComposer(t).Check(b); err == nil || !strings.Contains(err.Error(), "/contents/0/elements/0/variants/0/words/en: the policy forbids") {
		t.Errorf("published all the same: %v", err)
	}
	s.Person = person("gender", "f")
	if elements, err := newComposer(t).Elements(s); err != nil || elements["headline"] != "Dear you" {
		t.Errorf("shown all the same: %v (%v)", elements, err)
	}
}
