package compose

import (
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	"github.com/google/go-cmp/cmp"
)

func TestATextThatNamesWhatWasLearnedIsRefused(t *testing.T) {
	headline := "/contents/0/elements/0/variants/0/words/fr: "
	for name, test := range map[string]struct {
		text, want string
	}{
		"a score":                       {`{{ person.score | default: "" }}`, "is worked out of people"},
		"a persona":                     {`{{ person.persona | default: "" }}`, "is worked out of people"},
		"below affinities":              {`{{ person.affinity.brand | default: "" }}`, "is worked out of people"},
		"the chance of being alive":     {`{{ person.alive | default: 0 }}`, "is worked out of people"},
		"only asked for":                {`{% if person.churn %}Ne partez pas{% endif %}`, "is worked out of people"},
		"kept through a name":           {`{% assign x = person.ltv %}{{ x }}`, "is worked out of people"},
		"sensitive":                     {`{{ person.diet | default: "" }}`, "is sensitive"},
		"below what is sensitive":       {`{{ person.health.allergy | default: "" }}`, "is sensitive"},
		"sensitive, and only asked for": {`{% if person.diet == "halal" %}Pour vous{% endif %}`, "is sensitive"},
		"inferred of all":               {`{{ person.income | default: "" }}`, "inferred or bought in of everybody"},
	} {
		t.Run(name, func(t *testing.T) {
			b := ondine(t)
			b.Policy.Sensitive = []string{"diet", "health"}
			c := newComposer(t)
			b.Contents[0].Elements[0].Variants[0].Words["fr"] = test.text
			if err := c.Check(b, "income"); err == nil || !strings.Contains(err.Error(), headline) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s…%s", err, headline, test.want)
			}
		})
	}
	b := ondine(t)
	b.Policy.Sensitive = []string{"diet"}
	b.Contents[0].Elements[0].Variants[0].Words["fr"] = `{{ person.dietitian | default: "" }} {{ person.firstName | default: "" }}`
	if err := newComposer(t).Check(b, "income"); err != nil {
		t.Errorf("what may be shown is refused: %v", err)
	}
}

// A layout that was refused when it was published may still be in force from before: what it asks for is not known to it.
func TestWhatIsSensitiveIsNotKnownToTexts(t *testing.T) {
	b := ondine(t)
	p := person("diet", "halal", "firstName", "Zoé")
	if got := trait(b, p, "diet"); got != "halal" {
		t.Fatalf("before: %v", got)
	}
	b.Policy.Sensitive = []string{"diet"}
	if got := trait(b, p, "diet"); got != nil {
		t.Errorf("shown: %v", got)
	}
	if got := trait(b, p, "firstName"); got != "Zoé" {
		t.Errorf("another: %v", got)
	}
}

func TestWhatAContentLetsPeopleSee(t *testing.T) {
	b := ondine(t)
	content := &b.Contents[0]
	content.Items, content.Companion, content.Scenarios = aparte.LastViewed, aparte.NoItems, []aparte.ScenarioID{"basket"}
	content.Layouts = []aparte.LayoutID{"own"}
	content.Link = "{{ item.link }}?from={{ person.city | default: 'x' }}"
	content.Elements = []aparte.Element{
		{Name: "headline", Variants: []aparte.Variant{
			{ID: "a", Words: aparte.Words{"fr": "{{ person.firstName | default: 'Bonjour' }}", "en": "Hello"}},
			{ID: "b", Words: aparte.Words{"fr": "{% if nearest %}{{ nearest.name }}{% endif %}"}},
		}},
		{Name: "body", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "{% if person.firstName %}You{% endif %} and {{ item.name }}"}}}},
	}
	b.Layouts = append(b.Layouts, aparte.Layout{ID: "own", HTML: "<p>{{ elements.headline }}{{ person.city | default: '' }}</p>"})
	want := []Reveal{
		{RevealsItem, "last_viewed", []string{"body", "link"}},
		{RevealsMoment, "basket", nil},
		{RevealsPlace, "nearest", []string{"headline"}},
		{RevealsTrait, "city", []string{"link", "layout:own"}},
		{RevealsTrait, "firstName", []string{"headline", "body"}},
	}
	c := newComposer(t)
	if diff := cmp.Diff(want, c.Reveals(b, content)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	*content = aparte.Content{ID: "plain", Items: aparte.OnPage, Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"en": "{{ item.name }} for all"}}}}}}
	if got := c.Reveals(b, content); len(got) != 0 {
		t.Errorf("what is the same for everybody on that page tells %v", got)
	}
}
