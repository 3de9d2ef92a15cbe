package compose

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// noteScene is the brand's first content as a notification to Zoé.
func noteScene(t testing.TB, brand *aparte.Brand) *Scene {
	s := scene(t, brand, "hero")
	s.Layout = nil
	return s
}

func TestANoteIsMadeOfTheElementsOfItsContent(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	without := func(s *Scene, names ...string) {
		content := *s.Content
		content.Elements = nil
		for _, e := range s.Content.Elements {
			if !strings.Contains(strings.Join(names, " "), e.Name) {
				content.Elements = append(content.Elements, e)
			}
		}
		s.Content = &content
	}
	const link, image = "https://a.example/c/token", "https://a.example/x/token.png"
	for _, test := range []struct {
		name   string
		change func(*Scene)
		want   Note
	}{
		{"headline, body and visual", func(*Scene) {},
			Note{"Zoé, il vous va à ravir", "« Rouge Grenat » : un fini velours, tenue 12 h. Il en reste 7 exemplaires !", image, link}},
		{"in another language", func(s *Scene) { s.Locale = "en-GB" },
			Note{"Zoé, it suits you so well", "A velvet finish that stays for 12 hours. Only 7 pieces left.", image, link}},
		{"without a headline the subject stands over it", func(s *Scene) { without(s, "headline") },
			Note{"Rouge Grenat à 24,90 €, pour vous", "« Rouge Grenat » : un fini velours, tenue 12 h. Il en reste 7 exemplaires !", image, link}},
		{"without a visual there is no picture", func(s *Scene) { without(s, "visual") },
			Note{"Zoé, il vous va à ravir", "« Rouge Grenat » : un fini velours, tenue 12 h. Il en reste 7 exemplaires !", "", link}},
		{"a headline alone is said by the brand", func(s *Scene) { without(s, "body preheader") },
			Note{"Maison Ondine", "Zoé, il vous va à ravir", image, link}},
		{"a body alone is said by the brand", func(s *Scene) { without(s, "headline subject preheader visual") },
			Note{"Maison Ondine", "« Rouge Grenat » : un fini velours, tenue 12 h. Il en reste 7 exemplaires !", "", link}},
		{"a headline that goes on for lines is cut between words", func(s *Scene) { s.Action.Variants = []uint8{2} },
			Note{"Ne laissez plus jamais passer, sous aucun prétexte et quelle que…", "« Rouge Grenat » : un fini velours, tenue 12 h. Il en reste 7 exemplaires !", image, link}},
		{"what a person says of themselves is words, never a template", func(s *Scene) { s.Person = person("firstName", "{{ person.email }}\n<b>") },
			Note{"{{ person.email }} <b>, il vous va à ravir", "« Rouge Grenat » : un fini velours, tenue 12 h. Il en reste 7 exemplaires !", image, link}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := noteScene(t, brand)
			test.change(s)
			got, err := composer.Note(s)
			if err != nil {
				t.Fatal(err)
			}
			got.Text, got.Title = plainSpaces.Replace(got.Text), plainSpaces.Replace(got.Title)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// plainSpaces lets tests be read: French spaces that do not break look like others.
var plainSpaces = strings.NewReplacer(noBreakSpace, " ", "\u202f", " ")

func TestANoteThatSaysNothingIsRefused(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	for _, test := range []struct {
		change func(*Scene)
		want   string
	}{
		{func(s *Scene) { s.Content = &aparte.Content{ID: "mute"} }, "neither headline nor body"},
		{func(s *Scene) { s.Link = "/c/token" }, "link must be absolute"},
		{func(s *Scene) { s.ImageURL = "javascript:alert(1)" }, "image must be absolute"},
	} {
		s := noteScene(t, brand)
		test.change(s)
		if _, err := composer.Note(s); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

func TestWhatIsCutBetweenWordsIsWholeWordsOfTheTextAndFits(t *testing.T) {
	word := rapid.StringMatching(`[a-zà-ü\x{1F600}]{1,20}[,.]?`)
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(word, 1, 30).Draw(t, "words"), " ")
		n := rapid.IntRange(1, 80).Draw(t, "n")
		got := cutAtWord(s, n)
		if utf8.RuneCountInString(s) <= n {
			if got != s {
				t.Fatalf("%q fits in %d and became %q", s, n, got)
			}
			return
		}
		whole := "" // the longest run of whole words that fits with the ellipsis
		for _, w := range strings.Split(s, " ") {
			if more := strings.TrimPrefix(whole+" "+w, " "); utf8.RuneCountInString(more) < n {
				whole = more
				continue
			}
			break
		}
		want := whole
		if hard := strings.TrimSuffix(truncate(s, n, "…"), "…"); whole == "" || len(whole) < len(hard)/2 { // a word longer than what came before it
			want = hard
		}
		if want = strings.TrimRight(want, ",;:–—- \u00a0\u202f") + "…"; got != want {
			t.Fatalf("%q was cut to %d as %q, want %q", s, n, got, want)
		}
		if utf8.RuneCountInString(got) > n {
			t.Fatalf("%q was cut to %d as %q", s, n, got)
		}
	})
}
