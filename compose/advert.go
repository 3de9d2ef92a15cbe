package compose

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/width"

	"github.com/aparte-dev/aparte"
)

// AdFormat is a size in which advertising platforms take pictures.
type AdFormat struct {
	Width, Height int
	MostBytes     int // that a picture may take; 0: more than one ever does
}

// Slot is what a slot of this size is called, such as 300x250: by it a decision is asked for on the channel aparte.Ads.
func (f AdFormat) Slot() string { return fmt.Sprintf("%dx%d", f.Width, f.Height) }

// displayBytes is the most that Google Ads takes of an uploaded display ad: 150 KB (Google Ads Help, "About uploaded display ads").
const displayBytes = 150_000

// AdFormats are the sizes that most placements take: those of uploaded display ads (Google Ads Help, as above; the names are of the IAB's ad
// units) and those of pictures in feeds (landscape 1.91:1, square, portrait 4:5, story 9:16).
var AdFormats = []AdFormat{
	{300, 250, displayBytes}, {336, 280, displayBytes}, {728, 90, displayBytes}, {970, 250, displayBytes}, {160, 600, displayBytes}, {300, 600, displayBytes},
	{320, 50, displayBytes}, {320, 100, displayBytes}, {1200, 628, 0}, {1080, 1080, 0}, {864, 1080, 0}, {576, 1024, 0},
}

// AdLayouts are layouts of the brand's advertisements, one for each format of which it has none of its own: made of those of the elements
// headline, body, visual and cta that a content for aparte.Ads has. They are data, to be put into a brand as they are or changed.
func AdLayouts(b *aparte.Brand) (layouts []aparte.Layout) {
	has := func(element string) bool {
		return slices.ContainsFunc(b.Contents, func(c aparte.Content) bool { return isAd(&c) && hasElement(&c, element) })
	}
	for _, f := range AdFormats {
		own := slices.ContainsFunc(b.Layouts, func(l aparte.Layout) bool {
			return slices.Contains(l.Channels, aparte.Ads) && l.Banner != nil && l.Banner.Width == f.Width && l.Banner.Height == f.Height
		})
		if own {
			continue
		}
		banner := adBanner(f)
		banner.Boxes = slices.DeleteFunc(banner.Boxes, func(b aparte.Box) bool { return b.Element != "" && !has(b.Element) && b.Kind != "image" })
		for i := range banner.Boxes {
			if box := &banner.Boxes[i]; box.Kind == "image" && !has(box.Element) {
				box.Element = "" // the item's
			}
		}
		layouts = append(layouts, aparte.Layout{
			ID: aparte.LayoutID("ad-" + f.Slot()), Name: aparte.Words{"en": "Advertisement " + f.Slot(), "fr": "Publicité " + f.Slot()},
			Channels: []aparte.Channel{aparte.Ads}, Slots: []string{f.Slot()}, Banner: banner,
		})
	}
	return layouts
}

func isAd(c *aparte.Content) bool { return slices.Contains(c.Channels, aparte.Ads) }

// adBanner is a banner of a format: strips have picture, words and button side by side, towers and portraits one above the other.
func adBanner(f AdFormat) *aparte.Banner {
	w, h := f.Width, f.Height
	b := &aparte.Banner{Width: w, Height: h, Background: "paper"}
	unit := float64(min(w, h)) / 100
	px := func(x float64) int { return max(1, int(x)) }
	add := func(kind, element string, x, y, bw, bh, size float64, more func(*aparte.Box)) {
		box := aparte.Box{Kind: kind, Element: element, X: px(x) - 1, Y: px(y) - 1, W: px(bw), H: px(bh), Size: size, MinSize: max(9, 0.45*size)}
		box.MinSize = min(box.MinSize, box.Size)
		if more != nil {
			more(&box)
		}
		box.W, box.H = min(box.W, w-box.X), min(box.H, h-box.Y)
		b.Boxes = append(b.Boxes, box)
	}
	cover := func(box *aparte.Box) { box.Fit, box.Size, box.MinSize = "cover", 0, 0 }
	bold := func(box *aparte.Box) { box.Bold, box.VAlign = true, "middle" }
	label := func(box *aparte.Box) { box.Bold, box.Radius = true, float64(box.H)/2 }
	logo := func(box *aparte.Box) { box.Size, box.MinSize = 0, 0 }
	W, H := float64(w), float64(h)
	switch ratio := W / H; {
	case ratio >= 2.5: // a strip
		size, share := min(0.34*H, 64), 0.62
		if W < 400 {
			share = 0.45
		}
		room := W - 2*H
		add("image", "visual", 1, 1, H, H, 0, cover)
		add("text", "headline", 1.15*H, 0.08*H, share*room, 0.84*H, size, bold)
		button := min(0.44*H, 72)
		add("button", "cta", 1.25*H+share*room, (H-button)/2, W-(1.4*H+share*room), button, min(0.5*button, 30), label)
	case ratio >= 0.75: // landscape, or square: nothing of the picture's height is cut off
		add("image", "visual", 0.52*W, 1, 0.48*W+1, H, 0, cover)
		add("logo", "", 0.05*W, 0.07*H, 0.4*W, 0.09*H, 0, logo)
		add("text", "headline", 0.05*W, 0.2*H, 0.44*W, 0.32*H, 11*unit, bold)
		add("text", "body", 0.05*W, 0.54*H, 0.42*W, 0.15*H, 5*unit, nil)
		add("price", "", 0.05*W, 0.7*H, 0.42*W, 0.08*H, 7*unit, bold)
		add("button", "cta", 0.05*W, 0.81*H, 0.42*W, 0.12*H, 5.6*unit, label)
	default: // portrait, or a tower
		picture := min(max(1.05*W, 0.42*H), 0.6*H)
		add("image", "visual", 1, 1, W, picture, 0, cover)
		under := H - picture
		button := min(0.2*under, 0.22*W)
		size := max(10*unit, min(17*unit, 30))
		add("text", "headline", 0.07*W, picture+0.05*under, 0.86*W, 0.47*under, size, bold)
		add("price", "", 0.07*W, picture+0.55*under, 0.86*W, 0.14*under, 0.7*size, bold)
		add("button", "cta", 0.07*W, H-button-0.07*under, 0.86*W, button, 0.44*button, label)
	}
	return b
}

// Ad is one creative: a content in a format, a language, and one choice of its variants.
type Ad struct {
	Content  aparte.ContentID
	Layout   aparte.LayoutID
	Format   AdFormat
	Locale   string
	Variants []string // of the elements that the layout shows, in their order: element=variant
	Picture  []byte
	Type     Format
	Err      error // why there is no picture
}

// mostAds bounds how many choices of variants are shown of one content in one layout and language.
const mostAds = 12

// Ads composes the brand's advertisements for platforms that are handed pictures beforehand, and visits each in turn: every content for
// aparte.Ads that is for anybody or speaks of the brand's most telling item, in the brand's layouts of that channel and [AdLayouts], in each of its
// languages and in each choice of the variants that the layout shows. They are the pictures that a decision for a slot of this size shows.
func (c *Composer) Ads(b *aparte.Brand, now time.Time, visit func(Ad)) {
	layouts := AdLayouts(b)
	for i := range b.Layouts {
		if l := b.Layouts[i]; slices.Contains(l.Channels, aparte.Ads) && l.Banner != nil {
			layouts = append(layouts, l)
		}
	}
	item := exemplary(b.Items)
	for i := range b.Contents {
		content := &b.Contents[i]
		if !isAd(content) {
			continue
		}
		for j := range layouts {
			for _, locale := range languagesOf(content, b.Locale) {
				s := &Scene{Brand: b, Content: content, Layout: &layouts[j], Locale: locale, Now: now, Link: b.Home, ImageURL: ExampleImage}
				if content.Items != aparte.NoItems {
					s.Item = item
				}
				for _, action := range choices(content, layouts[j].Banner, mostAds) {
					s.Action = action
					visit(c.ad(s))
				}
			}
		}
	}
}

// choices are the ways to choose variants of the elements that a banner shows; the first of those it does not.
func choices(content *aparte.Content, banner *aparte.Banner, most int) []aparte.Action {
	all := []aparte.Action{{Content: content.ID, Variants: make([]uint8, len(content.Elements))}}
	for i := range content.Elements {
		e := &content.Elements[i]
		if !slices.ContainsFunc(banner.Boxes, func(b aparte.Box) bool { return b.Element == e.Name }) {
			continue
		}
		var next []aparte.Action
		for _, a := range all {
			for v := range e.Variants {
				if len(next) < most {
					chosen := slices.Clone(a.Variants)
					chosen[i] = uint8(v)
					next = append(next, aparte.Action{Content: content.ID, Variants: chosen})
				}
			}
		}
		if len(next) > 0 {
			all = next
		}
	}
	return all
}

// ad composes one: as a PNG where bytes are counted and it takes no more than the format allows, else as a JPEG.
func (c *Composer) ad(s *Scene) Ad {
	b := s.Layout.Banner
	ad := Ad{Content: s.Content.ID, Layout: s.Layout.ID, Format: AdFormat{Width: b.Width, Height: b.Height}, Locale: s.Locale, Type: AsPNG}
	if i := slices.IndexFunc(AdFormats, func(f AdFormat) bool { return f.Width == b.Width && f.Height == b.Height }); i >= 0 {
		ad.Format = AdFormats[i]
	}
	for i := range s.Content.Elements {
		e := &s.Content.Elements[i]
		if v := s.variant(i); v != nil && slices.ContainsFunc(b.Boxes, func(b aparte.Box) bool { return b.Element == e.Name }) {
			ad.Variants = append(ad.Variants, e.Name+"="+v.ID)
		}
	}
	ad.Err = c.adPicture(&ad, s)
	return ad
}

func (c *Composer) adPicture(ad *Ad, s *Scene) error {
	sc, err := c.scope(s)
	if err != nil {
		return err
	}
	most := ad.Format.MostBytes
	if most > 0 {
		if ad.Picture, err = c.draw(proof{sc, AsPNG, 1}); err != nil || len(ad.Picture) <= most {
			return err
		}
	}
	ad.Type = AsJPEG
	if ad.Picture, err = c.draw(proof{sc, AsJPEG, 1}); err == nil && most > 0 && len(ad.Picture) > most {
		return fmt.Errorf("takes %d bytes, at most %d are taken", len(ad.Picture), most)
	}
	return err
}

// AdText is a text of responsive advertisements, which platforms put together themselves.
type AdText struct {
	Content aparte.ContentID
	Locale  string
	Field   string // headline, long headline, description
	Text    string
	Most    int // characters that are taken
}

// Fits reports whether it is as short as it must be. What is not is never cut: it would say something else.
func (t AdText) Fits() bool { return t.Characters() <= t.Most }

// Characters is how many characters it has; those that are twice as wide count twice, as platforms have it.
func (t AdText) Characters() (n int) {
	for _, r := range t.Text {
		n++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}

// adFields are the texts of responsive display ads: Google Ads Help, "About responsive display ads" (headlines of up to 30 characters, a long
// headline and descriptions of up to 90). Others take longer ones.
var adFields = []struct {
	element, field string
	most           int
}{{"headline", "headline", 30}, {"headline", "long headline", 90}, {"body", "description", 90}}

// AdTexts are the words of the brand's advertisements, by content, language and field, as somebody would read them of whom nothing is known. What
// depends on the item is said of the brand's most telling one.
func (c *Composer) AdTexts(b *aparte.Brand, now time.Time) (texts []AdText, err error) {
	item := exemplary(b.Items)
	for i := range b.Contents {
		content := &b.Contents[i]
		if !isAd(content) {
			continue
		}
		for _, locale := range languagesOf(content, b.Locale) {
			s := &Scene{Brand: b, Content: content, Locale: locale, Now: now, Link: b.Home}
			if content.Items != aparte.NoItems {
				s.Item = item
			}
			for _, f := range adFields {
				said, err := c.variantsSaid(s, f.element)
				if err != nil {
					return texts, err
				}
				for _, text := range said {
					texts = append(texts, AdText{content.ID, locale, f.field, text, f.most})
				}
			}
		}
	}
	slices.SortStableFunc(texts, func(a, b AdText) int {
		return cmp.Or(cmp.Compare(a.Content, b.Content), cmp.Compare(a.Locale, b.Locale), cmp.Compare(a.Field, b.Field))
	})
	return texts, nil
}

// variantsSaid are an element's words in all its variants, each once.
func (c *Composer) variantsSaid(s *Scene, element string) (said []string, err error) {
	i := slices.IndexFunc(s.Content.Elements, func(e aparte.Element) bool { return e.Name == element })
	if i < 0 {
		return nil, nil
	}
	for v := range s.Content.Elements[i].Variants {
		scene := *s
		scene.Action.Variants = make([]uint8, len(s.Content.Elements))
		scene.Action.Variants[i] = uint8(v)
		elements, err := c.Elements(&scene)
		if err != nil {
			return nil, err
		}
		if text := strings.TrimSpace(elements[element]); text != "" && !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	return said, nil
}

// FileName is what an advertisement's picture is called: its content, size, language and number.
func (a *Ad) FileName(number int) string {
	ending := map[Format]string{AsPNG: "png", AsJPEG: "jpg"}[a.Type]
	clean := func(s string) string {
		var b bytes.Buffer
		for _, r := range s {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
				b.WriteRune(r)
			} else {
				b.WriteByte('-')
			}
		}
		return b.String()
	}
	return fmt.Sprintf("%s-%s-%s-%d.%s", clean(string(a.Content)), a.Format.Slot(), clean(a.Locale), number, ending)
}
