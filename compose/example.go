package compose

import (
	"maps"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// Example is one content in one layout and one language, as somebody would see it of whom nothing is known.
type Example struct {
	Content aparte.ContentID
	Layout  aparte.LayoutID
	Locale  string
	Picture []byte // of the layout's banner, as a PNG; nil where it has none
	HTML    string // of the layout; empty where it has none
	Err     error  // why there is neither
}

// ExampleImage stands in an example's HTML where the address of its picture would.
const ExampleImage = "https://picture.invalid/example.png"

// Examples shows all that a brand can say to each visit in turn: every content in each of its layouts and languages. An
// item that is reduced, where there is one, shows most of a layout.
func (c *Composer) Examples(b *aparte.Brand, now time.Time, visit func(Example)) {
	item := exemplary(b.Items)
	for i := range b.Contents {
		content := &b.Contents[i]
		for j := range b.Layouts {
			layout := &b.Layouts[j]
			if !slices.Contains(content.Layouts, layout.ID) {
				continue
			}
			for _, locale := range languagesOf(content, b.Locale) {
				s := &Scene{
					Brand: b, Content: content, Layout: layout, Locale: locale, Now: now, Link: b.Home, ImageURL: ExampleImage, Answer: b.Home,
				}
				if content.Items != aparte.NoItems {
					s.Item = item
				}
				visit(c.example(s))
			}
		}
	}
}

func (c *Composer) example(s *Scene) Example {
	e := Example{Content: s.Content.ID, Layout: s.Layout.ID, Locale: s.Locale}
	sc, err := c.scope(s)
	if err == nil && s.Layout.Banner != nil {
		e.Picture, err = c.draw(proof{sc, AsPNG, 1})
	}
	if err == nil && s.Layout.HTML != "" {
		e.HTML, err = c.html(sc)
	}
	e.Err = err
	return e
}

// exemplary is an item that has much to show, nil where there is none at all.
func exemplary(items []aparte.Item) *aparte.Item {
	best := -1
	for i := range items {
		if items[i].Image != "" && (best < 0 || !reduced(&items[best]) && reduced(&items[i])) {
			best = i
		}
	}
	switch {
	case best >= 0:
		return &items[best]
	case len(items) > 0:
		return &items[0]
	}
	return nil
}

// languagesOf are those in which a content has words, in order; the brand's where it has none.
func languagesOf(content *aparte.Content, fallback string) []string {
	found := map[string]bool{}
	for i := range content.Elements {
		for j := range content.Elements[i].Variants {
			for l := range content.Elements[i].Variants[j].Words {
				found[l] = true
			}
		}
	}
	if len(found) == 0 {
		return []string{fallback}
	}
	return slices.Sorted(maps.Keys(found))
}

// Creatives counts what a brand can show of what was made for it by hand: how many different creatives come out, of
// how many pieces (words and assets, each in one language, and the pictures of items), without the limits that rules
// set for a person.
func Creatives(b *aparte.Brand) (creatives, pieces int) {
	assets := map[string]bool{}
	pictured := 0
	for i := range b.Items {
		if b.Items[i].Image != "" {
			assets[b.Items[i].Image] = true
			pictured++
		}
	}
	words := 0
	for i := range b.Contents {
		content := &b.Contents[i]
		ways := 1
		for j := range content.Elements {
			variants := content.Elements[j].Variants
			ways *= max(1, len(variants))
			for k := range variants {
				words += len(variants[k].Words)
				if variants[k].Asset != "" {
					assets[variants[k].Asset] = true
				}
			}
		}
		if content.Items != aparte.NoItems {
			ways *= max(1, pictured)
		}
		layouts := 0
		for j := range b.Layouts {
			if slices.Contains(content.Layouts, b.Layouts[j].ID) {
				layouts++
			}
		}
		creatives += ways * layouts * len(languagesOf(content, b.Locale))
	}
	return creatives, words + len(assets)
}
