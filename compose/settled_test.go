package compose

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// drawLayout draws a layout that fills in addresses in many ways; some of it is for the library.
func drawLayout(t *rapid.T) string {
	parts := []string{
		`<a href="{{ link }}">é</a>`, `<img src="{{ image }}" alt="{{ elements.headline | default: brand.name }}">`,
		`<a href="https://a.example/?to={{ link | url_encode }}&i={{ image }}">x</a>`, `{{ link | truncate: 20 }}`, `{{ image | append: "&é" }}`,
		`{% if image and link %}{{ image }}{% else %}–{% endif %}`, `{% unless link %}{{ item.name | default: "-" }}{% endunless %}`,
		`{{ elements.visual | default: "?" }}`, `{% if elements.visual %}<img src="{{ elements.visual }}">{% endif %}`,
		`{% if elements.body %}<p>{{ elements.body | newline_to_br }}</p>{% endif %}`, `{{ elements.headline | default: "" | upcase }}`,
		`{{ person.a | default: "–" }}`, `{{ now | date: "time" }}`, `{{ "2026-03-01T23:30:00Z" | date: "full" }}`, ` {{ item.price | default: "" }} `,
		`{% for i in (1..2) %}{{ i }}{{ item.name | default: "" }}{% endfor %}`, `{% for i in (1..2) %}{{ link }}{% endfor %}`,
		`{% if person.a %}!{% endif %}`, "\n", `{{ item.name }}`,
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 6).Draw(t, "layout"), "")
}

// drawBrand draws a brand of two contents and a layout.
func drawBrand(t *rapid.T, from *aparte.Brand) *aparte.Brand {
	brand := *from
	brand.Layouts = []aparte.Layout{{ID: "drawn", HTML: drawLayout(t)}}
	brand.Contents = nil
	for range 2 {
		words := func() aparte.Words {
			w := aparte.Words{"en": drawTemplate(t, false, 1)}
			if rapid.Bool().Draw(t, "french") {
				w["fr"] = drawTemplate(t, false, 1)
			}
			return w
		}
		link := []string{"", "/p?c={{ item.id | default: \"\" }}", "{{ item.link }}", "/{{ person.a | default: \"x\" }}", "https://a.example/{{ brand.name }}"}
		brand.Contents = append(brand.Contents, aparte.Content{
			ID: "drawn", Link: rapid.SampledFrom(link).Draw(t, "link"),
			Elements: []aparte.Element{
				{Name: "headline", Variants: []aparte.Variant{{Words: aparte.Words{"en": "Hello <b>", "fr": "Allô"}}, {Words: words()}}},
				{Name: "body", Variants: []aparte.Variant{{Words: words()}, {}}},
				{Name: "visual", Variants: []aparte.Variant{{}, {Words: words()}}},
			},
		})
	}
	return &brand
}

func drawScene(t *rapid.T, brand *aparte.Brand) *Scene {
	of := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	s := &Scene{
		Brand: brand, Content: &brand.Contents[rapid.IntRange(0, 1).Draw(t, "content")],
		Item:   rapid.SampledFrom([]*aparte.Item{nil, &brand.Items[0], &brand.Items[1]}).Draw(t, "item"),
		Action: aparte.Action{Variants: rapid.SliceOfN(rapid.Uint8Range(0, 2), 0, 3).Draw(t, "variants")},
		Locale: of("locale", "", "fr", "en", "fr-CA", "de", "x y"), Zone: of("zone", "", "Asia/Tokyo", "Nowhere"),
	}
	if rapid.Bool().Draw(t, "in a layout") {
		s.Layout = &brand.Layouts[0]
	}
	return s
}

// drawReader draws whom the scene is said to, when, and with which addresses.
func drawReader(t *rapid.T, s *Scene) {
	of := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	if s.Person = drawPerson(t); rapid.IntRange(0, 9).Draw(t, "nobody") == 0 {
		s.Person = nil
	} else if rapid.Bool().Draw(t, "from elsewhere") {
		s.Person.Locale, s.Person.Zone = "en-GB", "America/Lima"
	}
	s.Now = time.Date(2026, 12, rapid.IntRange(1, 31).Draw(t, "day"), 17, 5, 0, 0, time.UTC)
	s.Link = of("to", "", "https://a.example/c/", "https://a.example/c/", "https://a.example/c/?a=1&b='", "javascript:x") + of("token", "", "aZ_-1", "b")
	s.ImageURL = of("image", "", "https://a.example/x/", "https://a.example/x/", " https://a.example/x/") + of("token", "", "aZ_-1", "b")
}

func TestASettledPageSaysWhatComposingItWouldSay(t *testing.T) {
	house, composer := ondine(t), newComposer(t)
	met, written := map[*settled]int{}, 0
	rapid.Check(t, func(t *rapid.T) {
		brand := drawBrand(t, house)
		var s *Scene
		for reader := range 4 * 24 {
			if reader%24 == 0 {
				s = drawScene(t, brand) // one of few is settled
			}
			drawReader(t, s)
			got, gotErr := composer.Page(s)
			want, wantErr := composer.compose(s)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%+v\nthe settled page differs (-composed +settled):\n%s", s.Layout, diff)
			}
			if diff := cmp.Diff(text(wantErr), text(gotErr)); diff != "" {
				t.Fatalf("the settled page fails in another way:\n%s", diff)
			}
			if elements, err := composer.Elements(s); err == nil && wantErr == nil && !cmp.Equal(elements, want.Elements) {
				t.Fatalf("elements: %v, want %v", elements, want.Elements)
			}
			members, err := composer.AppendMembers([]byte("{"), s)
			if diff := cmp.Diff(text(wantErr), text(err)); diff != "" {
				t.Fatalf("its members fail in another way:\n%s", diff)
			}
			if err == nil {
				if diff := cmp.Diff(string(want.AppendMembers([]byte("{"))), string(members)); diff != "" {
					t.Fatalf("%+v\nits members differ (-composed +settled):\n%s", s.Layout, diff)
				}
			}
			if page := composer.settled(s); page != nil {
				met[page]++
				if page.written != nil {
					written++
				}
			}
		}
	})
	again := 0
	for _, times := range met {
		again += times - 1
	}
	if written < 50 {
		t.Errorf("%d pages came with their members written: too few to say anything", written)
	}
	if again < 50 {
		t.Errorf("%d pages were settled and met %d times again: too few to say anything", len(met), again)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestPagesThatReadThePersonOrTheHourAreComposedForEach(t *testing.T) {
	composer := newComposer(t)
	for _, test := range []struct {
		words, layout, link string
		settles             bool
	}{
		{"{{ item.name }}", "{{ elements.headline }}{{ link }}", "", true},
		{"x", "{% if image %}{{ image }}{% endif %}", "{{ item.link }}", true},
		{"{{ person.a | default: 1 }}", "x", "", false},
		{"{% if now %}x{% endif %}", "x", "", false},
		{"x", "{{ person.a | default: 1 }}", "", false},
		{"x", "x", "/{{ person.a | default: 1 }}", false},
		{"x", "{% assign to = link %}{{ to }}", "", false}, // the library fills in nothing
		{"{{ item.was }}", "x", "", false},                 // a hole: the caller is told
	} {
		brand := ondine(t)
		brand.Contents[0].Elements = []aparte.Element{{Name: "headline", Variants: []aparte.Variant{{Words: aparte.Words{"fr": test.words}}}}}
		brand.Contents[0].Link, brand.Layouts[0].HTML = test.link, test.layout
		s := scene(t, brand, string(brand.Layouts[0].ID))
		s.Item = &brand.Items[1] // without a reduction
		if got := composer.settled(s) != nil; got != test.settles {
			t.Errorf("%+v: settled is %v", test, got)
		}
	}
}

func TestASettledPageKeepsNobodysAddresses(t *testing.T) {
	brand, composer := ondine(t), newComposer(t)
	s := settledScene(t, brand)
	page := composer.settled(s)
	if page == nil {
		t.Fatal("the page is not settled")
	}
	for _, step := range page.html.quick {
		if strings.Contains(step.text, "token") {
			t.Errorf("kept: %s", step.text)
		}
	}
	for _, text := range page.written.texts {
		if strings.Contains(text, "token") {
			t.Errorf("kept: %s", text)
		}
	}
	for name, text := range page.elements {
		if strings.Contains(text, "token") {
			t.Errorf("kept in %s: %s", name, text)
		}
	}
}

func TestAnotherBrandTakesThePagesOfTheLastOne(t *testing.T) {
	composer := newComposer(t)
	before, after := ondine(t), ondine(t)
	after.Contents[0].Elements[3].Variants[0].Words["fr"] = "Autre chose"
	for _, brand := range []*aparte.Brand{before, after, before} {
		page, err := composer.Page(settledScene(t, brand))
		if want := brand.Contents[0].Elements[3].Variants[0].Words["fr"]; err != nil || page.Elements["cta"] != want {
			t.Errorf("%q, %v, want %q", page.Elements["cta"], err, want)
		}
		if composer.pages.Load().brand != brand {
			t.Error("the pages of another brand are kept")
		}
	}
}

func TestSettledPagesServeManyAtOnceAndAreTheirOwn(t *testing.T) {
	composer, said := newComposer(t), settledScene(t, ondine(t))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			s := new(Scene)
			*s = *said
			s.Link += string(rune('a' + i))
			for range 50 {
				page, err := composer.Page(s)
				if err != nil || !strings.Contains(page.HTML, `"`+s.Link+`"`) {
					t.Errorf("%v: %s", err, page.HTML)
				}
				page.Elements["headline"] = "changed by who asked"
			}
		})
	}
	all.Wait()
	if page, err := composer.Page(said); err != nil || strings.Contains(page.Elements["headline"], "changed") {
		t.Error(page.Elements, err)
	}
}

// settledScene is a scene that says nothing of the person or the hour. It takes out of the brand what does.
func settledScene(t testing.TB, brand *aparte.Brand) *Scene {
	t.Helper()
	elements := brand.Contents[0].Elements
	for i := range elements {
		if elements[i].Name == "preheader" {
			brand.Contents[0].Elements = elements[:i:i]
			break
		}
	}
	s := scene(t, brand, "hero")
	s.Action.Variants = []uint8{1}
	return s
}
