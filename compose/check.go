package compose

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"github.com/aparte-dev/aparte"
)

// maxReported is how many errors Check reports at most.
const maxReported = 200

// Check reads a brand as its author does and reports, joined, every mistake that would otherwise show
// in somebody's message: templates that do not parse, variables that are not offered or may be
// missing where they are printed, pictures that are missing or cannot be decoded, boxes outside of
// their banner. Each error begins with the JSON pointer (RFC 6901) of what is wrong in the brand.
//
// Learned are traits that of nobody are known otherwise than inferred or bought in: no text may name them.
//
// The pictures that contents name are decoded whole; of those of items, which may be many, only the
// header is read.
func (c *Composer) Check(b *aparte.Brand, learned ...string) error {
	k := &checker{composer: c, brand: b, learned: learned, assets: map[string]error{}, decoded: map[string]error{}, undrawn: map[string]bool{}, pen: c.types.newPen()}
	k.house()
	k.items()
	for i := range b.Contents {
		k.content(fmt.Sprintf("/contents/%d", i), &b.Contents[i])
	}
	for i := range b.Layouts {
		k.layout(fmt.Sprintf("/layouts/%d", i), &b.Layouts[i])
	}
	return errors.Join(k.errs...)
}

// checker goes through one brand.
type checker struct {
	composer *Composer
	brand    *aparte.Brand
	learned  []string
	errs     []error
	assets   map[string]error // whose header was read
	decoded  map[string]error
	lacking  map[string]bool // properties that an item lacks
	undrawn  map[string]bool // words that cannot be drawn, which were reported
	pen      *pen
}

func (k *checker) report(pointer string, err error) {
	if err != nil && len(k.errs) < maxReported {
		k.errs = append(k.errs, fmt.Errorf("%s: %w", pointer, err))
	}
}

// house checks what the brand says of itself.
func (k *checker) house() {
	b := k.brand
	if !isAbsolute(b.Home) {
		k.report("/home", errors.New("must be an absolute address, http or https"))
	}
	if _, err := currency.ParseISO(b.Currency); err != nil {
		k.report("/currency", fmt.Errorf("%q is no currency of ISO 4217", b.Currency))
	}
	if _, err := language.Parse(b.Locale); err != nil {
		k.report("/locale", fmt.Errorf("%q is no language tag of BCP 47", b.Locale))
	}
	if _, err := time.LoadLocation(b.Zone); err != nil {
		k.report("/zone", fmt.Errorf("%q is no time zone", b.Zone))
	}
	style := map[string]string{"ink": b.Style.Ink, "paper": b.Style.Paper, "accent": b.Style.Accent, "onAccent": b.Style.OnAccent}
	for name, colour := range style {
		if colour != "" {
			_, err := parseColour("#"+strings.TrimPrefix(colour, "#"), &b.Style) // not the name of another
			k.report("/style/"+name, err)
		}
	}
	if !isFontFamily(b.Style.FontFamily) {
		k.report("/style/fontFamily", errors.New("must be a list of font names separated by commas"))
	}
	k.picture("/style/logo", b.Style.Logo)
}

func (k *checker) items() {
	k.lacking = map[string]bool{}
	for i := range k.brand.Items {
		item := &k.brand.Items[i]
		pointer := fmt.Sprintf("/items/%d", i)
		if item.Image != "" {
			k.report(pointer+"/image", k.asset(item.Image))
		}
		if item.Link != "" {
			_, err := absolute(item.Link, k.brand.Home)
			k.report(pointer+"/link", err)
		}
		if _, err := currency.ParseISO(item.Price.Currency); err != nil && item.Price.Currency != "" {
			k.report(pointer+"/price/currency", fmt.Errorf("%q is no currency of ISO 4217", item.Price.Currency))
		}
		k.lack("item.name", item.Name.In(k.brand.Locale, "") == "")
		k.lack("item.price", item.Price.Currency == "")
		k.lack("item.category", item.Category == "")
		k.lack("item.brand", item.Brand == "")
		k.lack("item.link", item.Link == "")
	}
}

func (k *checker) lack(path string, lacks bool) {
	if lacks {
		k.lacking[path] = true
	}
}

// asset reads the header of a picture.
func (k *checker) asset(name string) error {
	err, known := k.assets[name]
	if !known {
		_, err = k.composer.pictures.config(name)
		k.assets[name] = err
	}
	return named(name, err)
}

// picture decodes a picture, where there is a name.
func (k *checker) picture(pointer, name string) {
	if name == "" {
		return
	}
	err, known := k.decoded[name]
	if !known {
		err = k.composer.pictures.check(name)
		k.decoded[name] = err
	}
	k.report(pointer, named(name, err))
}

func named(asset string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("asset %q: %w", asset, err)
}

func (k *checker) content(pointer string, content *aparte.Content) {
	scene := &Scene{Brand: k.brand, Content: content}
	if content.Items != aparte.NoItems && len(k.brand.Items) > 0 {
		scene.Item = &k.brand.Items[0]
	}
	if content.Companion != aparte.NoItems && len(k.brand.Items) > 0 {
		scene.Companion = &k.brand.Items[0]
	}
	for i := range content.Elements {
		e := &content.Elements[i]
		at := fmt.Sprintf("%s/elements/%d", pointer, i)
		if e.Name == "" {
			k.report(at+"/name", errors.New("an element must have a name"))
		}
		for j := range e.Variants {
			k.variant(fmt.Sprintf("%s/variants/%d", at, j), scene, e.Name, &e.Variants[j])
		}
	}
	if isSentOn(content, aparte.Email) && !hasElement(content, "subject") {
		k.report(pointer+"/elements", errors.New("a content for e-mail must have an element named subject"))
	}
	if (isSentOn(content, aparte.MobilePush) || isSentOn(content, aparte.WebPush)) && !speaks(content) {
		k.report(pointer+"/elements", errors.New("a content for push must have an element named headline or body"))
	}
	k.text(pointer, content)
	if content.Ask != nil {
		k.askable(pointer, content)
	}
	if content.Link != "" {
		k.template(pointer+"/link", addressTemplate, content.Link, scene, maxWordsBytes)
	}
	k.picture(pointer+"/fallback/asset", content.Fallback.Asset)
	if content.Fallback.Link != "" {
		_, err := absolute(content.Fallback.Link, k.brand.Home)
		k.report(pointer+"/fallback/link", err)
	}
}

// isSentOn reports whether a content may be a message of its own on a channel that reaches out.
func isSentOn(content *aparte.Content, on aparte.Channel) bool {
	return slices.Contains(content.Channels, on) && (len(content.Slots) == 0 || slices.Contains(content.Slots, string(on)))
}

// askable checks that what a content asks can be answered wherever it is shown in a page.
func (k *checker) askable(pointer string, content *aparte.Content) {
	for i, id := range content.Layouts {
		at := slices.IndexFunc(k.brand.Layouts, func(l aparte.Layout) bool { return l.ID == id })
		if at < 0 || !slices.Contains(k.brand.Layouts[at].Channels, aparte.Web) && !slices.Contains(k.brand.Layouts[at].Channels, aparte.InApp) {
			continue // a picture or a mail leads to the question's own page
		}
		t, err := k.composer.library.template(markupTemplate, k.brand.Layouts[at].HTML)
		if err == nil && !t.uses("form") {
			k.report(fmt.Sprintf("%s/layouts/%d", pointer, i), fmt.Errorf("layout %q does not print form: what is asked could not be answered", id))
		}
	}
}

func hasElement(content *aparte.Content, name string) bool {
	return slices.ContainsFunc(content.Elements, func(e aparte.Element) bool { return e.Name == name && len(e.Variants) > 0 })
}

func sortedLanguages(words aparte.Words) []string {
	return slices.Sorted(maps.Keys(words))
}

// pointerEscapes are those of RFC 6901.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func (k *checker) variant(pointer string, scene *Scene, element string, v *aparte.Variant) {
	for _, l := range sortedLanguages(v.Words) {
		at := pointer + "/words/" + pointerEscapes.Replace(l)
		if _, err := language.Parse(l); err != nil {
			k.report(at, errors.New("words must be named by a language tag of BCP 47"))
			continue
		}
		spoken := *scene
		spoken.Locale = l
		k.template(at, wordsTemplate, v.Words[l], &spoken, maxWordsBytes)
		k.voice(at, element, v.Words[l])
	}
	k.picture(pointer+"/asset", v.Asset)
}

// voice reports words that are not as the brand speaks. How long a text is that has something filled in is not known.
func (k *checker) voice(pointer, element, text string) {
	for _, b := range k.brand.Voice.Breaches(element, text) {
		switch {
		case b.Rule == "never":
			k.report(pointer, fmt.Errorf("has %q, which the brand never says (/voice/never)", b.Phrase))
		case b.Rule == "long" && !strings.Contains(text, "{{"):
			k.report(pointer, fmt.Errorf("has more than the %d characters of %q (/voice/longest)", b.Most, element))
		}
	}
}

// template reports what is wrong with a template.
func (k *checker) template(pointer string, kind templateKind, source string, scene *Scene, most int) {
	for _, err := range k.flaws(kind, source, scene, most) {
		k.report(pointer, err)
	}
}

// flaws are what is wrong with a template: in itself, in what it counts on, and in what it does with
// the scene's values.
func (k *checker) flaws(kind templateKind, source string, scene *Scene, most int) []error {
	t, err := k.composer.library.template(kind, source)
	if err != nil {
		return []error{err}
	}
	var flaws []error
	for _, n := range t.needs {
		if name, ok := strings.CutPrefix(n.path, "person."); ok {
			if err := k.unshown(name); err != nil {
				flaws = append(flaws, err)
			}
		}
	}
	for _, u := range t.bare {
		if k.mayMiss(u, scene) {
			flaws = append(flaws, fmt.Errorf("line %d: %w", u.line, errHole{u.path}))
		}
	}
	if flaws == nil {
		if err := k.tryOut(t, scene, most); err != nil {
			flaws = append(flaws, err)
		}
	}
	return flaws
}

// tryOut renders with nobody's values, to find filters that are given what they cannot take.
func (k *checker) tryOut(t *template, scene *Scene, most int) error {
	if scene.Content.Items != aparte.NoItems && scene.Item == nil {
		return nil // no catalogue to try it with
	}
	tried := *scene
	if scene.Content.Items == aparte.AtPlace {
		tried.Place = &aparte.Place{ID: "somewhere", Name: aparte.Words{k.brand.Locale: "Somewhere"}}
	}
	tried.Nearest, tried.Distance = &aparte.Place{ID: "somewhere", Name: aparte.Words{k.brand.Locale: "Somewhere"}}, 100
	tried.Link, tried.ImageURL, tried.Answer = k.brand.Home, k.brand.Home, k.brand.Home
	tried.Share, tried.Me = k.brand.Home, k.brand.Home
	sc, err := k.composer.bareScope(&tried)
	if err != nil {
		return err
	}
	for i := range tried.Content.Elements {
		sc.elements[tried.Content.Elements[i].Name] = "…"
	}
	if sc.form, err = k.composer.form(sc); err != nil {
		return err
	}
	_, err = t.render(sc, most)
	return err
}

// mayMiss reports whether a variable that is printed as it is may be unknown.
func (k *checker) mayMiss(u use, scene *Scene) bool {
	first, property, _ := strings.Cut(u.path, ".")
	switch first {
	case "person":
		return true
	case "item":
		if scene.Content.Items == aparte.NoItems && !u.rooted {
			return true
		}
		return property == "was" || property == "discount" || k.lacking[u.path]
	case "companion": // of some people's there is none
		return !u.rooted || property == "was" || property == "discount" || k.lacking["item."+property]
	case "place":
		if scene.Content.Items != aparte.AtPlace && !u.rooted {
			return true
		}
		return property == "kind" || property == "address" || property == "link" || property == "offer"
	case "nearest": // most people's is not known
		return !u.rooted || property == "address" || property == "link"
	case "incentive":
		given := scene.Content.Incentive
		return property == "code" && given.Code == "" || property == "percent" && given.Percent == 0
	case "elements":
		return !hasElement(scene.Content, property)
	case "image": // an e-mail's pictures are its slots
		return scene.Layout == nil || scene.Layout.Banner == nil || slices.Contains(scene.Layout.Channels, aparte.Email)
	case "video": // there may be no ffmpeg, and a mail has no film
		return true
	case "share":
		return scene.Content.Kind != aparte.KindShare
	case "me":
		return slices.Contains(scene.Content.Channels, aparte.Ads)
	case "reviews": // of some items there are none
		return true
	case "form":
		return scene.Content.Ask == nil || scene.Layout == nil || slices.Contains(scene.Layout.Channels, aparte.Email)
	case "brand":
		return brandValue(k.brand, property) == nil
	}
	return false
}
