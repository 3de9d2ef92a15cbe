package compose

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"image/color"
	"math"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/feature/plural"

	"github.com/osteele/liquid/values"

	"github.com/aparte-dev/aparte"
)

//go:embed frame/reviews.html
var reviewsFrame string

func newReviews() (*htmltemplate.Template, error) {
	return htmltemplate.New("reviews").Parse(reviewsFrame)
}

// Opinions are an item's reviews as one language tells them: the whole of their distribution, and of each part of it what was
// written last.
type Opinions struct {
	Language string
	Mean     string // "4.2"
	OutOf    string // "out of 5"
	Count    string // "128 reviews"
	Rows     []OpinionRow
	Note     string // how the texts were chosen
	Told     []OpinionTold

	Full, Rest string // the stars of the mean
}

// OpinionRow is how many gave so many stars.
type OpinionRow struct {
	Stars       int
	Count       string
	Share, Left int // of a bar, in hundredths of it
}

// OpinionTold is what one customer wrote.
type OpinionTold struct {
	Full, Rest string // their stars
	Said       string // the stars in words: "2 out of 5"
	By, On     string
	Text       string
	Language   string
}

// opinions are the reviews of the scene's item, nil where none are known.
func (sc *scope) opinions() *Opinions {
	if sc.scene.Item == nil || sc.scene.Item.Reviews.Count() == 0 {
		return nil
	}
	r, own, v := sc.scene.Item.Reviews, reviewWordsIn(sc.voice.base), &sc.voice
	mean := math.Round(10*r.Mean()) / 10
	o := &Opinions{
		Language: own.language, Mean: v.decimalOf(mean), OutOf: own.outOf, Note: own.note,
		Count: own.count(r.Count(), v),
	}
	o.Full, o.Rest = stars(int(math.Round(r.Mean())))
	for n := aparte.MostStars; n >= 1; n-- {
		o.Rows = append(o.Rows, rowOf(n, r, v))
	}
	for _, said := range r.Shown() {
		told := OpinionTold{Said: fmt.Sprintf("%d %s", said.Stars, own.outOf), By: tidy(said.By), Text: tidyUpTo(said.Text, maxReview), Language: said.Language}
		told.Full, told.Rest = stars(said.Stars)
		told.On, _ = calendarOf(v.tongue).format(said.At.UTC(), calendarOf(v.tongue).long)
		o.Told = append(o.Told, told)
	}
	return o
}

// maxReview is how many characters of a review are shown: all that it can have.
const maxReview = 1000

// rowOf is the row of so many stars. A bar is never empty where somebody gave them, nor full where somebody gave others.
func rowOf(n int, r *aparte.Reviews, v *voice) OpinionRow {
	of, all := r.Stars[n-1], r.Count()
	share := int(math.Round(100 * float64(of) / float64(all)))
	switch {
	case of > 0 && share == 0:
		share = 1
	case of < all && share == 100:
		share = 99
	}
	return OpinionRow{Stars: n, Count: v.number(of, 0), Share: share, Left: 100 - share}
}

func stars(n int) (full, rest string) {
	return strings.Repeat("★", n), strings.Repeat("★", aparte.MostStars-n)
}

// reviews is the block that a layout prints as {{ reviews }}; nil where there are none.
func (sc *scope) reviews() any {
	o := sc.opinions()
	if o == nil || sc.reviewing == nil {
		return nil
	}
	style := &sc.scene.Brand.Style
	paper, ink, accent := brandColour("paper", style), brandColour("ink", style), brandColour("accent", style)
	var out bytes.Buffer
	err := sc.reviewing.Execute(&out, struct {
		*Opinions
		Ink, Paper, Accent, Faint, Quiet, Line string
		Type                                   htmltemplate.CSS
	}{
		o, hexOf(ink), hexOf(paper), hexOf(accent), hexOf(mix(paper, ink, 0.16)), hexOf(mix(ink, paper, 0.28)), hexOf(mix(paper, ink, 0.12)),
		htmltemplate.CSS(fontFamily(style)),
	})
	if err != nil {
		return nil
	}
	return values.SafeValue{Value: out.String()}
}

// lines are the reviews for who reads text.
func (o *Opinions) lines(colon string) [][]string {
	first := []string{o.Mean + " " + o.OutOf + ", " + o.Count}
	for _, row := range o.Rows {
		first = append(first, fmt.Sprintf("%d ★ %s", row.Stars, row.Count))
	}
	all := [][]string{first}
	if len(o.Told) > 0 {
		all = append(all, []string{o.Note})
	}
	for _, t := range o.Told {
		who := t.On
		if t.By != "" {
			who = t.By + ", " + t.On
		}
		all = append(all, []string{t.Said + ", " + who + colon, t.Text})
	}
	return all
}

// reviewWords are Aparté's own words around reviews.
type reviewWords struct{ language, outOf, one, many, note string }

func reviewWordsIn(language string) reviewWords {
	if language == "fr" {
		return reviewWords{
			language: "fr", outOf: "sur" + noBreakSpace + "5", one: "avis", many: "avis",
			note: "Tous les avis sont comptés. De chaque sorte, favorable, partagée ou défavorable, voici le plus récent.",
		}
	}
	return reviewWords{
		language: "en", outOf: "out of" + noBreakSpace + "5", one: "review", many: "reviews",
		note: "All reviews are counted. Of each kind, favourable, mixed or unfavourable, here is the latest.",
	}
}

func (w reviewWords) count(n int64, v *voice) string {
	word := w.many
	if v.pluralForm(float64(n)) == plural.One {
		word = w.one
	}
	return v.number(n, 0) + noBreakSpace + word
}

// How reviews are set in a picture, in em of their type.
const (
	meanSize      = 2.1 // of the mean
	opinionsHead  = 3.1 // height of what stands above the rows
	opinionsRow   = 1.5
	opinionsWide  = 15.0 // least width of the rows
	opinionsHigh  = opinionsHead + aparte.MostStars*opinionsRow
	opinionsApart = 1.6  // between rows and texts
	toldWide      = 15.0 // least width of the texts
	toldHigh      = 5.2  // least height of each
)

// opinions paints the reviews of the item on a ground of their own: their whole distribution, and beside it or below it, where the
// box has room for all of them, the latest text of each part. Where there are none it paints nothing.
func (p *painter) opinions(at box, b *aparte.Box) {
	o := p.scope.opinions()
	if o == nil {
		return
	}
	ground, ink := colourOr(b.Background, "paper", p.style), colourOr(b.Color, "ink", p.style)
	p.fill(at, ground, b.Radius)
	defer func(turned bool) { p.rightToLeft = turned }(p.rightToLeft)
	p.rightToLeft = false // its own words are of languages written from the left
	em := b.Size
	at = box{at.x + em, at.y + em, at.w - 2*em, at.h - 2*em}
	rows, texts := at, box{}
	told := float64(len(o.Told))
	switch {
	case told == 0:
	case at.w >= em*(opinionsWide+opinionsApart+toldWide) && at.h >= em*toldHigh*told:
		rows.w = max(em*opinionsWide, 0.42*at.w)
		texts = box{at.x + rows.w + em*opinionsApart, at.y, at.w - rows.w - em*opinionsApart, at.h}
	case at.w >= em*toldWide && at.h >= em*(opinionsHigh+opinionsApart+toldHigh*told):
		rows.h = em * opinionsHigh
		texts = box{at.x, at.y + rows.h + em*opinionsApart, at.w, at.h - rows.h - em*opinionsApart}
	}
	p.distribution(rows, o, em, ink, ground)
	for i := range o.Told {
		if texts.w > 0 {
			high := texts.h / told
			p.told(box{texts.x, texts.y + float64(i)*high, texts.w, high}, &o.Told[i], em, ink, ground)
		}
	}
}

// distribution paints the mean, and a bar for each number of stars.
func (p *painter) distribution(at box, o *Opinions, em float64, ink, ground color.NRGBA) {
	accent, faint := brandColour("accent", p.style), mix(ground, ink, 0.16)
	p.word(box{at.x, at.y, at.w, em * meanSize}, o.Mean, em*meanSize, true, "left", ink)
	after := float64(p.measured(o.Mean, em*meanSize, true)) + 0.6*em
	p.stars(box{at.x + after, at.y + 0.25*em, at.w - after, 1.3 * em}, o.Full, o.Rest, 1.25*em, accent, faint)
	p.word(box{at.x + after, at.y + 1.45*em, at.w - after, em}, o.OutOf+" · "+o.Count, 0.86*em, false, "left", ink)
	y := at.y + em*opinionsHead
	for _, row := range o.Rows {
		line := box{at.x, y, at.w, em * opinionsRow}
		p.word(box{line.x, line.y, 2.2 * em, line.h}, fmt.Sprintf("%d ★", row.Stars), 0.9*em, false, "left", ink)
		p.word(box{line.x + line.w - 4.4*em, line.y, 4.4 * em, line.h}, row.Count, 0.9*em, false, "right", ink)
		bar := box{line.x + 2.6*em, line.y + line.h/2 - 0.28*em, line.w - 7.2*em, 0.56 * em}
		p.fill(bar, faint, bar.h/2)
		if row.Share > 0 {
			bar.w = max(bar.h, bar.w*float64(row.Share)/100)
			p.fill(bar, accent, bar.h/2)
		}
		y += line.h
	}
}

// told paints what one customer wrote. All are given the same room.
func (p *painter) told(at box, t *OpinionTold, em float64, ink, ground color.NRGBA) {
	p.fill(box{at.x, at.y + 0.1*em, 0.2 * em, at.h - 0.9*em}, mix(ground, ink, 0.16), 0.1*em)
	at.x, at.w = at.x+0.9*em, at.w-0.9*em
	accent, faint := brandColour("accent", p.style), mix(ground, ink, 0.16)
	p.stars(box{at.x, at.y, at.w, 1.2 * em}, t.Full, t.Rest, 0.95*em, accent, faint)
	who := t.On
	if t.By != "" {
		who = t.By + ", " + t.On
	}
	after := 5.6 * em
	p.word(box{at.x + after, at.y, at.w - after, 1.2 * em}, who, 0.8*em, false, "left", mix(ink, ground, 0.28))
	p.text(box{at.x, at.y + 1.45*em, at.w, at.h - 2.2*em}, &aparte.Box{Size: em, MinSize: 0.7 * em}, t.Text, ink)
}

// stars paints stars of which some are full.
func (p *painter) stars(at box, full, rest string, size float64, accent, faint color.NRGBA) {
	p.word(at, full+rest, size, false, "left", faint)
	if full != "" {
		p.word(at, full, size, false, "left", accent)
	}
}

// word writes a few words on one line in the middle of a box's height.
func (p *painter) word(at box, text string, size float64, bold bool, align string, ink color.NRGBA) {
	p.text(at, &aparte.Box{Size: size, MinSize: 0.6 * size, Bold: bold, Align: align, VAlign: "middle"}, text, ink)
}

// measured is how wide a text is on one line.
func (p *painter) measured(text string, size float64, bold bool) float64 {
	return size * float64(lineOf(p.pen.shape(text, p.hand(&aparte.Box{Size: size, Bold: bold}))).width)
}

// reviewed checks a box of reviews: that all of their distribution has room, that it can be read, and that nothing is painted
// over it.
func (k *checker) reviewed(pointer string, banner *aparte.Banner, b *aparte.Box) {
	k.typeSize(pointer, b)
	wide, high := int(math.Ceil(b.Size*(opinionsWide+2))), int(math.Ceil(b.Size*(opinionsHigh+2)))
	if b.W < wide || b.H < high {
		k.report(pointer, fmt.Errorf("reviews of size %g take at least %d × %d: none of them may be cut off", b.Size, wide, high))
	}
	ink, ground := colourOr(b.Color, "ink", &k.brand.Style), colourOr(b.Background, "paper", &k.brand.Style)
	if ground.A < 0xff || contrast(ink, ground) < leastContrast {
		k.report(pointer, errors.New("reviews must be read: color must stand out from background, and that be opaque"))
	}
	under := true
	for i := range banner.Boxes {
		over := &banner.Boxes[i]
		if over == b {
			under = false
			continue
		}
		if !under && over.X < b.X+b.W && b.X < over.X+over.W && over.Y < b.Y+b.H && b.Y < over.Y+over.H {
			k.report(pointer, fmt.Errorf("box %d is painted over the reviews: none of them may be hidden", i))
		}
	}
}

// hidden is an error where a layout puts the reviews into something that may hide some of them.
func (k *checker) hidden(t *template, scene *Scene) error {
	known := *scene.Item
	known.Reviews = &aparte.Reviews{Stars: []int64{1, 1, 1, 1, 1}}
	tried := *scene
	tried.Item = &known
	tried.Link, tried.ImageURL, tried.Answer, tried.Share, tried.Me = k.brand.Home, k.brand.Home, k.brand.Home, k.brand.Home, k.brand.Home
	sc, err := k.composer.bareScope(&tried)
	if err != nil {
		return err
	}
	for i := range tried.Content.Elements {
		sc.elements[tried.Content.Elements[i].Name] = "…"
	}
	out, err := t.render(sc, maxMarkupBytes)
	if err != nil {
		return err
	}
	root, err := html.Parse(strings.NewReader(out))
	if err != nil {
		return fmt.Errorf("the HTML cannot be read: %w", err)
	}
	for n := range root.Descendants() {
		if !hasAttribute(n, "data-aparte-reviews") {
			continue
		}
		for around := range n.Ancestors() {
			if by := hidesBy(around); by != "" {
				return fmt.Errorf("the reviews stand in <%s> with %s, which may hide some of them", around.Data, by)
			}
		}
	}
	return nil
}

func hasAttribute(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// hidesBy is what of an element may hide what it holds, empty where nothing does. Style sheets are not read.
func hidesBy(n *html.Node) string {
	switch n.Data {
	case "details", "dialog", "template", "noscript", "select", "textarea", "title", "svg", "marquee":
		return "its own ways"
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden", "height":
			return a.Key
		case "style":
			for declaration := range strings.SplitSeq(strings.ToLower(a.Val), ";") {
				name, value, _ := strings.Cut(declaration, ":")
				if name, value = strings.TrimSpace(name), strings.TrimSpace(value); hidingStyle(name, value) {
					return name
				}
			}
		}
	}
	return ""
}

func hidingStyle(name, value string) bool {
	switch name {
	case "display":
		return strings.HasPrefix(value, "none") || strings.HasPrefix(value, "-webkit-box")
	case "height", "max-height":
		return !strings.HasPrefix(value, "auto") && !strings.HasPrefix(value, "none") && !strings.HasPrefix(value, "100%")
	case "overflow", "overflow-x", "overflow-y":
		return !strings.HasPrefix(value, "visible")
	case "visibility", "opacity", "clip", "clip-path", "mask", "mask-image", "transform", "filter", "zoom", "text-indent", "content-visibility", "mso-hide", "position":
		return true
	}
	return false
}
