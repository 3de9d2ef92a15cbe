package compose

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

func (k *checker) layout(pointer string, l *aparte.Layout) {
	if l.HTML == "" && l.Banner == nil {
		k.report(pointer, errors.New("a layout must have html or a banner"))
	}
	users := k.users(l)
	if l.HTML != "" {
		k.markup(pointer+"/html", l, users)
	}
	if l.Banner != nil {
		k.banner(pointer+"/banner", l.Banner, users)
	}
	if l.Video != nil {
		k.video(pointer+"/video", l, users)
	}
}

// users are the contents that may be laid out so.
func (k *checker) users(l *aparte.Layout) []*aparte.Content {
	var users []*aparte.Content
	for i := range k.brand.Contents {
		if c := &k.brand.Contents[i]; slices.Contains(c.Layouts, l.ID) {
			users = append(users, c)
		}
	}
	return users
}

// markup checks a layout's HTML with each content that uses it; what is wrong with several is reported
// once.
func (k *checker) markup(pointer string, l *aparte.Layout, users []*aparte.Content) {
	t, err := k.composer.library.template(markupTemplate, l.HTML)
	if err != nil {
		k.report(pointer, err)
		return
	}
	for _, n := range t.needs {
		if name, ok := strings.CutPrefix(n.path, "elements."); ok {
			k.report(pointer, k.offered(name, users))
		}
	}
	for _, content := range users {
		scene := &Scene{Brand: k.brand, Content: content, Layout: l}
		if content.Items != aparte.NoItems && len(k.brand.Items) > 0 {
			scene.Item = &k.brand.Items[0]
		}
		flaws := k.flaws(markupTemplate, l.HTML, scene, maxMarkupBytes)
		for _, err := range flaws {
			k.report(pointer, fmt.Errorf("with the content %q: %w", content.ID, err))
		}
		if flaws != nil {
			return
		}
		if t.uses("reviews") && scene.Item != nil {
			if err := k.hidden(t, scene); err != nil {
				k.report(pointer, err)
				return
			}
		}
	}
}

// offered is an error where contents use the layout and none of them has the element.
func (k *checker) offered(element string, users []*aparte.Content) error {
	if len(users) == 0 || slices.ContainsFunc(users, func(c *aparte.Content) bool { return hasElement(c, element) }) {
		return nil
	}
	return fmt.Errorf("no content that uses this layout has an element %q", element)
}

func (k *checker) banner(pointer string, b *aparte.Banner, users []*aparte.Content) {
	k.report(pointer, checkSize(b.Width, b.Height))
	k.colour(pointer+"/background", b.Background)
	if len(b.Boxes) > maxBoxes {
		k.report(pointer+"/boxes", fmt.Errorf("%d boxes: at most %d", len(b.Boxes), maxBoxes))
		return
	}
	for i := range b.Boxes {
		k.box(fmt.Sprintf("%s/boxes/%d", pointer, i), b, &b.Boxes[i], users)
	}
}

// minMapSide is how small a map may be.
const minMapSide = 120

// maxTypeSize bounds the size of type in a banner, in pixels.
const maxTypeSize = 200

func (k *checker) box(pointer string, banner *aparte.Banner, b *aparte.Box, users []*aparte.Content) {
	if b.X < 0 || b.Y < 0 || b.W < 1 || b.H < 1 || b.X+b.W > banner.Width || b.Y+b.H > banner.Height {
		k.report(pointer, fmt.Errorf("the box (%d, %d) %d × %d is not inside of the banner", b.X, b.Y, b.W, b.H))
	}
	switch b.Kind {
	case "text", "button":
		if b.Element == "" {
			k.report(pointer+"/element", fmt.Errorf("a %s must name the element whose words it shows", b.Kind))
		} else {
			k.report(pointer+"/element", k.offered(b.Element, users))
		}
		k.typeSize(pointer, b)
		k.drawable(b.Element, users)
	case "price", "badge":
		k.typeSize(pointer, b)
	case "qr":
		k.code(pointer, b)
	case "barcode":
		if b.Element == "" {
			k.report(pointer+"/element", errors.New("a barcode must name the element whose words it is of"))
		}
		k.oneOf(pointer+"/symbology", b.Symbology, "ean13", "code128")
		k.barcode(b, users)
		k.code(pointer, b)
	case "countdown":
		k.typeSize(pointer, b)
		k.ends(pointer, b, users)
	case "map":
		if b.W < minMapSide || b.H < minMapSide {
			k.report(pointer, fmt.Errorf("a map of %d × %d: nothing can be read on less than %d × %d", b.W, b.H, minMapSide, minMapSide))
		}
	case "reviews":
		k.reviewed(pointer, banner, b)
	case "image", "fill", "logo":
	default:
		k.report(pointer+"/kind", fmt.Errorf("%q is none of text, image, fill, button, price, logo, badge, qr, barcode, countdown, map, reviews", b.Kind))
	}
	if b.Element != "" && b.Kind != "text" && b.Kind != "button" {
		k.report(pointer+"/element", k.offered(b.Element, users))
	}
	if !(b.Shadow >= 0 && b.Shadow <= maxShadow) {
		k.report(pointer+"/shadow", fmt.Errorf("must be between 0 and %d", maxShadow))
	}
	k.oneOf(pointer+"/align", b.Align, "left", "centre", "center", "right")
	k.oneOf(pointer+"/valign", b.VAlign, "top", "middle", "bottom")
	k.oneOf(pointer+"/fit", b.Fit, "cover", "contain")
	k.colour(pointer+"/color", b.Color)
	k.colour(pointer+"/background", b.Background)
	if b.Radius < 0 {
		k.report(pointer+"/radius", errors.New("must not be negative"))
	}
}

// leastContrast is that of the dark and the light of a code which scanners can be trusted to tell apart (relative
// luminances as in WCAG 2.1).
const leastContrast = 4.5

// code checks that scanners can read what is painted: dark on light, on ground of its own.
func (k *checker) code(pointer string, b *aparte.Box) {
	dark, light := colourOr(b.Color, "#000000", &k.brand.Style), colourOr(b.Background, "#ffffff", &k.brand.Style)
	if light.A < 0xff || (luminance(light)+0.05)/(luminance(dark)+0.05) < leastContrast {
		k.report(pointer, errors.New("scanners need dark on light: color must be far darker than background, and that opaque"))
	}
}

// ends checks that a countdown counts down to something with every content that shows it.
func (k *checker) ends(pointer string, b *aparte.Box, users []*aparte.Content) {
	for _, content := range users {
		if endOf(b, content).IsZero() {
			k.report(pointer+"/until", fmt.Errorf("the countdown has no end with the content %q: give it one here, or the content its until", content.ID))
		}
	}
}

// drawable reports words that a picture is to show and has no letters for: it would leave them out.
func (k *checker) drawable(element string, users []*aparte.Content) {
	k.each(element, users, func(pointer, text string) {
		if r, lacks := k.pen.lacking(text); lacks {
			k.once(pointer, fmt.Errorf("pictures have no letters for %q (U+%04X): it would be left out", r, r))
		}
	})
}

// barcode reports words that are the same for everybody and of which no bars can be made.
func (k *checker) barcode(b *aparte.Box, users []*aparte.Content) {
	k.each(b.Element, users, func(pointer, text string) {
		if strings.Contains(text, "{") {
			return // each person's own
		}
		if _, _, err := barsOf(strings.TrimSpace(text), b.Symbology); err != nil {
			k.once(pointer, fmt.Errorf("cannot be a barcode: %w", err))
		}
	})
}

// each visits the words of an element in all contents that show it, in all variants and languages.
func (k *checker) each(element string, users []*aparte.Content, visit func(pointer, text string)) {
	for _, content := range users {
		i := slices.IndexFunc(k.brand.Contents, func(c aparte.Content) bool { return c.ID == content.ID })
		for j := range content.Elements {
			if content.Elements[j].Name != element {
				continue
			}
			for v := range content.Elements[j].Variants {
				words := content.Elements[j].Variants[v].Words
				for _, l := range slices.Sorted(maps.Keys(words)) {
					visit(fmt.Sprintf("/contents/%d/elements/%d/variants/%d/words/%s", i, j, v, l), words[l])
				}
			}
		}
	}
}

// once reports what is wrong with words, however many layouts show them.
func (k *checker) once(pointer string, err error) {
	if !k.undrawn[pointer] {
		k.undrawn[pointer] = true
		k.report(pointer, err)
	}
}

func (k *checker) typeSize(pointer string, b *aparte.Box) {
	if !(b.Size > 0 && b.Size <= maxTypeSize) {
		k.report(pointer+"/size", fmt.Errorf("must be more than 0 and at most %d", maxTypeSize))
	}
	if !(b.MinSize >= 0 && b.MinSize <= b.Size) {
		k.report(pointer+"/minSize", errors.New("must be between 0 and size"))
	}
}

func (k *checker) oneOf(pointer, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		k.report(pointer, fmt.Errorf("%q is none of %s", value, strings.Join(allowed, ", ")))
	}
}

func (k *checker) colour(pointer, value string) {
	if value != "" {
		_, err := parseColour(value, &k.brand.Style)
		k.report(pointer, err)
	}
}
