package compose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/gsm"
)

func texting(t *testing.T, purpose aparte.Purpose, locale string, words aparte.Words) *Scene {
	t.Helper()
	return &Scene{
		Brand: &aparte.Brand{Name: "Atelier", Home: "https://atelier.example", Locale: "fr", Currency: "EUR", Zone: "UTC", Sender: aparte.Sender{Stop: "36180"}},
		Content: &aparte.Content{ID: "short", Purpose: purpose, Channels: []aparte.Channel{aparte.SMS}, Elements: []aparte.Element{
			{Name: "headline", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"fr": "Un titre", "en": "A title"}}}},
			{Name: "text", Variants: []aparte.Variant{{ID: "a", Words: words}}},
		}},
		Action: aparte.Action{Content: "short", Variants: []uint8{0, 0}},
		Person: &aparte.Person{}, Locale: locale, Link: "https://a.example/c/abc",
	}
}

func TestATextIsShortSaysHowToEndItAndIsWrittenPlainly(t *testing.T) {
	c := newComposer(t)
	for name, test := range map[string]struct {
		scene *Scene
		want  Text
	}{
		"marketing": {
			texting(t, aparte.Marketing, "fr", aparte.Words{"fr": "L’écharpe vous attend…\n 12,50\u00a0€"}),
			Text{"L'écharpe vous attend... 12,50 € https://a.example/c/abc\nSTOP au 36180", gsm.Size{Alphabet: gsm.GSM7, Units: 71, Segments: 1}},
		},
		"service": {
			texting(t, aparte.Service, "en", aparte.Words{"en": "Your parcel is here"}),
			Text{"Your parcel is here https://a.example/c/abc", gsm.Size{Alphabet: gsm.GSM7, Units: 43, Segments: 1}},
		},
		"an accent that phones lack": {
			texting(t, aparte.Service, "fr", aparte.Words{"fr": "Fête"}),
			Text{"Fête https://a.example/c/abc", gsm.Size{Alphabet: gsm.UCS2, Units: 28, Segments: 1, Strange: []rune{'ê'}}},
		},
	} {
		got, err := c.Text(test.scene)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestATextThatGrewIsCutBetweenWordsBeforeItsLink(t *testing.T) {
	got, err := newComposer(t).Text(texting(t, aparte.Marketing, "en", aparte.Words{"en": strings.Repeat("word ", 200)}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Size.Segments != MaxTextSegments || !strings.HasSuffix(got.Body, "word... https://a.example/c/abc\nSTOP to 36180") {
		t.Errorf("%d segments: …%s", got.Size.Segments, got.Body[len(got.Body)-80:])
	}
}

func TestATextTooLongIsRefusedWhenItIsWrittenAndTheLettersNamed(t *testing.T) {
	c := newComposer(t)
	for _, test := range []struct{ words, want string }{
		{strings.Repeat("a", 380), ""},
		{strings.Repeat("a", 400), "/contents/0/elements/1/variants/0/words/fr: about 4 segments of a text message, more than 3"},
		{strings.Repeat("ê", 120), ""},
		{strings.Repeat("ê", 130), `/contents/0/elements/1/variants/0/words/fr: about 4 segments of a text message, more than 3: "ê" are not in the alphabet of phones`},
		{strings.Repeat("“é” ", 90), ""},
		{strings.Repeat("{{ person.first_name | default: 'vous' }} ", 28), ""},
	} {
		scene := texting(t, aparte.Marketing, "fr", aparte.Words{"fr": test.words})
		scene.Brand.Contents = []aparte.Content{*scene.Content}
		err := c.Check(scene.Brand)
		said := ""
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if strings.Contains(line, "segments") {
					said = line
				}
			}
		}
		if test.want == "" && said != "" || !strings.HasPrefix(said, test.want) {
			t.Errorf("%.20q: %q, want %q", test.words, said, test.want)
		}
	}
}

func TestAContentForSMSMustHaveWords(t *testing.T) {
	scene := texting(t, aparte.Marketing, "fr", nil)
	scene.Content.Elements = scene.Content.Elements[:0]
	scene.Brand.Contents = []aparte.Content{*scene.Content}
	if err := newComposer(t).Check(scene.Brand); err == nil || !strings.Contains(err.Error(), "a content for SMS must have") {
		t.Errorf("error %v", err)
	}
}
