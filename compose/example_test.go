package compose_test

import (
	"bytes"
	"fmt"
	"image/png"
	"log"
	"testing/fstest"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
)

// One content, as words, as HTML and as a picture, for a person whose first name is known.
func Example() {
	brand := &aparte.Brand{
		Name: "Ondine", Home: "https://ondine.example", Currency: "EUR", Locale: "fr", Zone: "Europe/Paris",
		Style: aparte.Style{Ink: "#222222", Paper: "#ffffff", Accent: "#a8203c", OnAccent: "#ffffff"},
	}
	words := func(fr string) []aparte.Variant { return []aparte.Variant{{ID: "a", Words: aparte.Words{"fr": fr}}} }
	composer, err := compose.New(fstest.MapFS{})
	if err != nil {
		log.Fatal(err)
	}
	scene := &compose.Scene{
		Brand: brand,
		Content: &aparte.Content{
			ID: "hello", Items: aparte.Recommended,
			Elements: []aparte.Element{
				{Name: "headline", Variants: words(`{{ person.firstName | default: "Vous" }}, {{ item.stock | plural: "la dernière", "les # dernières" }}`)},
				{Name: "cta", Variants: words("Voir {{ item.name }}")},
			},
		},
		Layout: &aparte.Layout{
			ID:   "card",
			HTML: `<a href="{{ link }}" title="{{ elements.headline }}">{{ elements.cta }}</a>`,
			Banner: &aparte.Banner{Width: 300, Height: 100, Background: "paper", Boxes: []aparte.Box{
				{Kind: "text", Element: "headline", X: 12, Y: 8, W: 276, H: 40, Size: 20, MinSize: 12, Bold: true},
				{Kind: "button", Element: "cta", X: 12, Y: 56, W: 120, H: 32, Size: 14, Radius: 16},
			}},
		},
		Item: &aparte.Item{
			ID: "rouge", Name: aparte.Words{"fr": "Rouge"}, Price: aparte.Money{Amount: 2490, Currency: "EUR"}, Stock: 1, Link: "/p/rouge",
		},
		Person: &aparte.Person{Traits: []aparte.Trait{{Name: "firstName", Value: aparte.TextValue("Zoé <3")}}},
		Link:   "https://ondine.example/c/token",
		Now:    time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC),
	}

	elements, err := composer.Elements(scene)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(elements["headline"])

	html, err := composer.HTML(scene)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(html))

	var picture bytes.Buffer
	if err := composer.PNG(&picture, scene); err != nil {
		log.Fatal(err)
	}
	config, err := png.DecodeConfig(&picture)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(config.Width, "×", config.Height)
	// Output:
	// Zoé <3, la dernière
	// <a href="https://ondine.example/c/token" title="Zoé &lt;3, la dernière">Voir Rouge</a>
	// 300 × 100
}

// An author is told what is wrong, and where, before anybody sees it.
func ExampleComposer_Check() {
	composer, err := compose.New(fstest.MapFS{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(composer.Check(&aparte.Brand{
		Home: "https://ondine.example", Currency: "EUR", Locale: "fr", Zone: "Europe/Paris",
		Contents: []aparte.Content{{
			ID: "hello",
			Elements: []aparte.Element{{Name: "headline", Variants: []aparte.Variant{
				{ID: "a", Words: aparte.Words{"fr": "Bonjour {{ person.firstName }}"}},
				{ID: "b", Words: aparte.Words{"fr": "Bonjour {{ customer.name }}"}},
			}}},
		}},
	}))
	// Output:
	// /contents/0/elements/0/variants/0/words/fr: line 1: person.firstName is not known here: give it a default, or put it inside an if
	// /contents/0/elements/0/variants/1/words/fr: line 1: unknown variable "customer.name"
}
