package compose

import (
	"maps"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

// settled is what a page says to everybody alike: all of it but the click address and that of the picture,
// which are each person's own. Most pages read neither the person nor the hour, so that they need to be
// composed once, and have those two filled in for whoever comes.
type settled struct {
	voice    voice
	elements map[string]string
	pictures []string  // elements that are the picture's address
	html     *template // nil where the scene has no layout
	link     string
	written  *written // in JSON; nil: to be written for each
}

// pages are the settled pages of one brand, the forms of its questions, and the pictures of it that were seen lately.
type pages struct {
	brand    *aparte.Brand
	kept     *cache[pageKey, *settled] // nil: to be composed for each
	pictures *cache[printKey, []byte]
	forms    *cache[formKey, [2]string] // of questions: what stands before and after the address
}

// pagesOf are those of a brand. Those of the brand before it go.
func (c *Composer) pagesOf(brand *aparte.Brand) *pages {
	of := c.pages.Load()
	if of == nil || of.brand != brand {
		of = &pages{brand: brand, kept: newCache[pageKey, *settled](maxPages), pictures: newCache[printKey, []byte](maxPrints), forms: newCache[formKey, [2]string](maxForms)}
		c.pages.Store(of)
	}
	return of
}

// maxPages is how many bytes of settled pages are kept.
const maxPages = 16 << 20

// pageKey is all that a settled page may depend on.
type pageKey struct {
	content      *aparte.Content
	layout       *aparte.Layout
	item, beside *aparte.Item
	variants     string
	locale, zone string
}

// settled is what the scene says to everybody alike, nil where it has to be composed for each.
func (c *Composer) settled(s *Scene) *settled {
	if s.Brand == nil || s.Content == nil || s.Content.Ask != nil || s.Link == "" || s.ImageURL == "" { // a form is each person's own
		return nil
	}
	of := c.pagesOf(s.Brand)
	key := pageKey{s.Content, s.Layout, s.Item, s.Companion, string(s.Action.Variants), s.wanted(), s.zone()}
	page, _ := of.kept.get(key, func() (*settled, int64, error) { // never fails
		page := c.settle(s)
		return page, page.weight() + int64(len(key.variants)+len(key.locale)+len(key.zone)), nil
	})
	return page
}

// settle composes what the scene says to everybody alike. A scene that cannot be composed is not settled:
// whoever asks for it is told why.
func (c *Composer) settle(s *Scene) *settled {
	page := &settled{}
	for i := range s.Content.Elements {
		e, v := &s.Content.Elements[i], s.variant(i)
		if v == nil {
			continue
		}
		if len(v.Words) == 0 {
			page.pictures = append(page.pictures, e.Name)
			continue
		}
		words, _ := wordsIn(v.Words, s.wanted(), s.Brand.Locale)
		if t, err := c.library.template(wordsTemplate, words); err != nil || t.own {
			return nil
		}
	}
	if t, err := c.library.template(addressTemplate, s.Content.Link); err != nil || t.own {
		return nil
	}
	sc, err := c.scope(s)
	if err != nil {
		return nil
	}
	page.voice, page.elements = sc.voice, sc.elements
	if page.link, err = c.link(sc); err != nil {
		return nil
	}
	if s.Layout != nil {
		t, err := c.library.template(markupTemplate, markupOf(s.Layout))
		if err != nil || t.own {
			return nil
		}
		var ok bool
		if page.html, ok = t.settle(sc, page.fillsIn); !ok {
			return nil
		}
	}
	for _, name := range page.pictures {
		page.elements[name] = "" // an address that is one person's is not kept
	}
	page.written = page.write(&c.library.writers)
	return page
}

// fillsIn reports whether a variable of a layout is each person's own.
func (p *settled) fillsIn(path string) bool {
	element, ok := strings.CutPrefix(path, "elements.")
	return path == "link" || path == "image" || ok && slices.Contains(p.pictures, element)
}

// elementsFor are the elements of the page in a scene.
func (p *settled) elementsFor(s *Scene) map[string]string {
	elements := maps.Clone(p.elements)
	for _, name := range p.pictures {
		elements[name] = s.ImageURL
	}
	return elements
}

// page is the page in a scene.
func (p *settled) page(s *Scene) (Page, error) {
	page := Page{Elements: p.elementsFor(s), Link: p.link}
	if p.html == nil {
		return page, nil
	}
	out, err := p.html.render(&scope{scene: s, voice: p.voice, elements: page.Elements}, maxMarkupBytes)
	page.HTML = strings.TrimSpace(out)
	return page, err
}

// weight is how many bytes the page takes, about.
func (p *settled) weight() int64 {
	const bookkeeping = 512
	if p == nil {
		return bookkeeping
	}
	n := bookkeeping + len(p.link)
	for name, text := range p.elements {
		n += 64 + len(name) + len(text)
	}
	if p.html != nil {
		n += len(p.html.plain)
		for i := range p.html.quick {
			n += 128 + len(p.html.quick[i].text)
		}
	}
	if p.written != nil {
		n += p.written.size
	}
	return int64(n)
}
