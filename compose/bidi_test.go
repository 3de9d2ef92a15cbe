package compose

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// spoken is the scene said in one language, in words of its own.
func spoken(t testing.TB, locale, headline, body, cta string) *Scene {
	t.Helper()
	s := scene(t, ondine(t), "hero")
	content := *s.Content
	content.Elements = slices.Clone(content.Elements)
	for i := range content.Elements {
		e := &content.Elements[i]
		for name, words := range map[string]string{"headline": headline, "body": body, "cta": cta} {
			if e.Name == name {
				e.Variants = []aparte.Variant{{ID: "a", Words: aparte.Words{locale: words}}}
			}
		}
	}
	s.Content, s.Locale = &content, locale
	return s
}

func TestOtherScriptsLookAsTheirReadersWriteThem(t *testing.T) {
	composer := newComposer(t)
	for _, test := range []struct{ name, locale, headline, body, cta string }{
		{"arabic", "ar", "{{ person.firstName }}، هذا اللون يناسبك تمامًا", "بقي 7 قطع من «Rouge Grenat» حتى الساعة 18:30 (اليوم فقط)!", "أريده الآن"},
		{"hebrew", "he", "{{ person.firstName }}, הגוון הזה נועד לך", "נשארו 7 יחידות של \"Rouge Grenat\" (עד 18:30) – שָׁלוֹם!", "אני רוצה"},
		{"persian", "fa", "می\u200cخواهم این رنگ را ببینم", "تنها ۷ عدد مانده است؛ ۲۵٪ تخفیف تا فردا", "می\u200cخرم"},
		{"hindi", "hi", "यह रंग आप पर खूब जँचेगा", "क्ष त्र ज्ञ श्री: केवल 7 बचे हैं, आज शाम तक।", "मुझे चाहिए"},
		{"greek-cyrillic", "el", "Αυτό το χρώμα σάς πάει πολύ", "Этот оттенок вам очень идёт — Ѐлица, їжак, Ґанок", "Το θέλω"},
		{"armenian-georgian", "hy", "Այս երանգը ձեզ շատ է սազում", "ეს ფერი ძალიან გიხდებათ", "Ուզում եմ"},
		{"marks", "vi", "Ngọt ngào như một giấc mộng", "Ẩn ữ ệ ỗ ﬁ ffi q̣̃ g̃ ñ̀ A\u030a\u0301 — Ĳsland, Łódź", "Tôi muốn"},
		{"emoji", "fr", "Joyeux Noël 🎁 et plein de ❤️ !", "👩‍💻 👍🏽 ♥ © ✈️ ✔ 🇫🇷 🦖 漢字 fin 🎉", "Je le veux 🛍️"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := composer.PNG(&out, spoken(t, test.locale, test.headline, test.body, test.cta)); err != nil {
				t.Fatal(err)
			}
			checkPicture(t, "script-"+test.name, out.Bytes())
		})
	}
}

func TestALineStandsAsRuleL2OfTheBidirectionalAlgorithmSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 4), func(i int) level { return level(i) }), 0, 12).Draw(t, "levels")
		var l line
		for i, at := range levels {
			l.glyphs = append(l.glyphs, glyph{cluster: i, advance: 1, level: at})
		}
		l.arrange()
		var got []int
		for i, g := range l.glyphs {
			if got = append(got, g.cluster); g.pen != float32(i) {
				t.Fatalf("glyph %d stands at %v", i, g.pen)
			}
		}
		if want := visual(levels, 0, 0); !slices.Equal(got, want) {
			t.Fatalf("%v stand in the order %v, want %v", levels, got, want)
		}
	})
}

// visual is the order of what is embedded at least as deep as depth, by its nesting: what is deeper is one piece,
// and the pieces stand from the right where depth is odd.
func visual(levels []level, first int, depth level) []int {
	var pieces [][]int
	for i := 0; i < len(levels); {
		if levels[i] == depth {
			pieces = append(pieces, []int{first + i})
			i++
			continue
		}
		end := i
		for end < len(levels) && levels[end] > depth {
			end++
		}
		pieces = append(pieces, visual(levels[i:end], first+i, depth+1))
		i = end
	}
	if depth.rightToLeft() {
		slices.Reverse(pieces)
	}
	return slices.Concat(pieces...)
}

func TestAParagraphRunsAsItsLanguageDoesWhateverItBeginsWith(t *testing.T) {
	p := newComposer(t).types.newPen()
	for _, test := range []struct {
		text        string
		rightToLeft bool
		want        []level
	}{
		{"Zoé שלום", true, []level{2, 2, 2, 1, 1, 1, 1, 1}},
		{"שלום Zoé", false, []level{1, 1, 1, 1, 0, 0, 0, 0}},
		{"א 12 a", false, []level{1, 1, 2, 2, 0, 0}},
		{"a\nב", true, []level{2, 1, 1}},
		{"א 12, a", false, []level{1, 1, 2, 2, 0, 0, 0}},
		{"א 12,5% a", false, []level{1, 1, 2, 2, 2, 2, 2, 0, 0}},
		{"א\u2029\u2029a", false, []level{1, 0, 0, 0}},
		{"Zoé", false, nil},
	} {
		if got := p.levels([]rune(test.text), test.rightToLeft); !slices.Equal(got, test.want) {
			t.Errorf("%q: %v, want %v", test.text, got, test.want)
		}
	}
}

func TestNothingIsEverDrawnAsABox(t *testing.T) {
	p := newComposer(t).types.newPen()
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.Rune(), 0, 12).Draw(t, "text"))
		h := hand{bold: rapid.Bool().Draw(t, "bold"), serif: rapid.Bool().Draw(t, "serif"), rightToLeft: rapid.Bool().Draw(t, "rtl")}
		for _, w := range p.shape(text, h) {
			for _, g := range w.glyphs {
				if g.face < faces && g.id == 0 {
					t.Fatalf("%+q has a character without a glyph", text)
				}
			}
		}
	})
}
