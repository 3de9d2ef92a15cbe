package compose

import (
	"bytes"
	"slices"
	"testing"

	"github.com/aparte-dev/aparte"
)

func TestBannersLookAsTheyDid(t *testing.T) {
	brand := ondine(t)
	sans := *brand
	sans.Style.FontFamily = "Inter, Helvetica, sans-serif"
	contained := brand.Layouts[0]
	banner := *contained.Banner
	banner.Boxes = slices.Clone(banner.Boxes)
	banner.Boxes[0].Fit, banner.Boxes[0].Background = "contain", "#eadfd8"
	contained.Banner = &banner
	composer := newComposer(t)
	for _, test := range []struct {
		name   string
		layout string
		change func(*Scene)
	}{
		{"hero-french", "hero", func(*Scene) {}},
		{"hero-french-2x", "hero", func(s *Scene) { s.Scale = 2 }},
		{"hero-sans", "hero", func(s *Scene) { s.Brand = &sans }},
		{"hero-question", "hero", func(s *Scene) { s.Action.Variants = []uint8{1, 0, 0, 1} }},
		{"hero-german-long-word", "hero", func(s *Scene) { s.Locale, s.Action.Variants = "de-DE", []uint8{1, 0, 0, 1} }},
		{"hero-very-long-headline", "hero", func(s *Scene) { s.Action.Variants = []uint8{2} }},
		{"hero-decomposed-accents", "hero", func(s *Scene) { s.Person = person("firstName", "E\u0301lodie-A\u0308gathe Garc\u0327on") }},
		{"hero-british", "hero", func(s *Scene) { s.Locale = "en-GB" }},
		{"hero-other-scripts", "hero", func(s *Scene) {
			s.Person = person("firstName", "Ελένη Жанна ★ ÉÀÇœ ŒÆß → ≤ Việt 🎁")
		}},
		{"hero-no-picture", "hero", func(s *Scene) { item := *s.Item; item.Image = "gone.jpg"; s.Item = &item }},
		{"hero-not-reduced", "hero", func(s *Scene) { s.Item, s.Layout = &brand.Items[1], &contained }},
		{"card-tag", "card", func(*Scene) {}},
		{"card-2x", "card", func(s *Scene) { s.Scale = 2; s.Action.Variants = []uint8{1, 0, 0, 1} }},
		{"strip-cut-out", "strip", func(s *Scene) { s.Item = &brand.Items[1] }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scene(t, brand, test.layout)
			test.change(s)
			var out bytes.Buffer
			if err := composer.PNG(&out, s); err != nil {
				t.Fatal(err)
			}
			checkPicture(t, test.name, out.Bytes())
		})
	}
}

func TestFallbackLooksAsItDid(t *testing.T) {
	brand := ondine(t)
	composer := newComposer(t)
	pictured := brand.Contents[0]
	pictured.Fallback = aparte.Fallback{Asset: "lipstick.jpg"}
	for _, test := range []struct {
		name  string
		scene Scene
	}{
		{"fallback-plain", Scene{Brand: brand, Content: &brand.Contents[0], Layout: &brand.Layouts[0]}},
		{"fallback-asset", Scene{Brand: brand, Content: &pictured, Layout: &brand.Layouts[1]}},
	} {
		body, err := composer.Fallback(&test.scene)
		if err != nil {
			t.Fatal(err)
		}
		checkPicture(t, test.name, body)
	}
}
