package compose

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"io"
	"math"
	"strings"

	"golang.org/x/image/draw"

	"github.com/aparte-dev/aparte"
)

// Limits on banners.
const (
	maxBannerSide   = 1600
	maxBannerPixels = 1_300_000 // a square of 1080 is one that feeds take
	maxBoxes        = 64
	maxScale        = 2
)

// PNG paints the scene's layout as a picture that does not move: its width and height, or twice them where Scale is
// 2. Nothing is written where that fails. It paints anew each time: see [Composer.Picture].
func (c *Composer) PNG(w io.Writer, s *Scene) error {
	p, err := c.proof(s, AsPNG)
	if err != nil {
		return err
	}
	body, err := c.draw(p)
	if err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}

// draw paints a scene and writes it in a format.
func (c *Composer) draw(as proof) ([]byte, error) {
	s, scale := as.scene, as.scale
	if s.Layout == nil || s.Layout.Banner == nil {
		return nil, errors.New("picture: the scene's layout has no banner")
	}
	banner := s.Layout.Banner
	if err := checkSize(banner.Width, banner.Height); err != nil || len(banner.Boxes) > maxBoxes {
		return nil, fmt.Errorf("picture: banner of layout %q is too large", s.Layout.ID)
	}
	if as.format == AsGIF || as.format == AsWebP && CountsDown(s) {
		scale = 1
	}
	var body []byte
	err := c.paint(banner.Width, banner.Height, scale, func(e *easel, cv *canvas) (err error) {
		p := painter{
			canvas: cv, composer: c, scope: as.scope, style: &s.Brand.Style, serif: isSerif(s.Brand.Style.FontFamily),
			rightToLeft: isRightToLeft(as.voice.tongue.tag), width: float64(banner.Width),
		}
		p.banner(banner)
		body, err = p.write(e, banner, as.format)
		return err
	})
	return body, err
}

// write is what was painted in a format; countdowns are painted last, on top of all else.
func (p *painter) write(e *easel, banner *aparte.Banner, f Format) ([]byte, error) {
	var out bytes.Buffer
	switch f {
	case AsGIF:
		err := gif.EncodeAll(&out, p.gif(banner))
		return out.Bytes(), err
	case AsWebP:
		return p.webp(banner)
	}
	s := p.scope.scene
	for _, b := range countdowns(banner, s.Content) {
		p.countdown(b, remaining(endOf(b, s.Content), s.seen()))
	}
	if f == AsJPEG {
		return encodeJPEG(&e.img)
	}
	err := e.png.encode(&out, &e.img)
	return out.Bytes(), err
}

func checkSize(w, h int) error {
	if w < 1 || h < 1 || w > maxBannerSide || h > maxBannerSide || w*h > maxBannerPixels {
		return fmt.Errorf("a banner of %d × %d: each side must be 1 to %d, and all of it at most %d pixels", w, h, maxBannerSide, maxBannerPixels)
	}
	return nil
}

// easel is what painting one picture takes, to be used again.
type easel struct {
	img image.RGBA
	pen *pen
	png pngEncoder
}

// paint lends an easel, and the canvas on it, to draw.
func (c *Composer) paint(width, height int, scale float64, draw func(*easel, *canvas) error) error {
	e, ok := c.easels.Get().(*easel)
	if !ok {
		e = &easel{pen: c.types.newPen()}
	}
	defer c.easels.Put(e)
	e.img.Rect = image.Rect(0, 0, pixels(width, scale), pixels(height, scale))
	e.img.Stride = 4 * e.img.Rect.Dx()
	if n := e.img.Stride * e.img.Rect.Dy(); cap(e.img.Pix) < n {
		e.img.Pix = make([]uint8, n)
	} else {
		e.img.Pix = e.img.Pix[:n]
	}
	return draw(e, &canvas{img: &e.img, scale: scale, pen: e.pen})
}

// pixels is how many a side takes.
func pixels(side int, scale float64) int { return max(1, int(math.Round(float64(side)*scale))) }

// painter paints the boxes of one banner.
type painter struct {
	*canvas
	composer *Composer
	scope    *scope
	style    *aparte.Style
	serif    bool // the brand's type has serifs

	rightToLeft bool    // the language is written so: the whole layout is mirrored
	width       float64 // of the banner
}

// isSerif reports whether a CSS font-family asks for a face with serifs.
func isSerif(family string) bool {
	for name := range strings.SplitSeq(strings.ToLower(family), ",") {
		if strings.Trim(name, ` '"`) == "serif" {
			return true
		}
	}
	return false
}

func (p *painter) banner(b *aparte.Banner) {
	background := mix(white, colourOr(b.Background, "paper", p.style), 1)
	draw.Draw(p.img, p.img.Rect, image.NewUniform(background), image.Point{}, draw.Src)
	for i := range b.Boxes {
		p.box(&b.Boxes[i])
	}
}

// at is where a box is.
func (p *painter) at(b *aparte.Box) box {
	at := box{float64(b.X), float64(b.Y), float64(b.W), float64(b.H)}
	if p.rightToLeft {
		at.x = p.width - at.x - at.w
	}
	return at
}

func (p *painter) box(b *aparte.Box) {
	at := p.at(b)
	switch b.Kind {
	case "fill":
		p.fill(at, colourOr(b.Background, b.Color, p.style), b.Radius)
	case "text":
		if text := p.scope.elements[b.Element]; text != "" {
			if b.Background != "" {
				p.fill(at, colourOr(b.Background, "paper", p.style), b.Radius)
			}
			p.text(at, b, text, colourOr(b.Color, "ink", p.style))
		}
	case "button":
		if text := p.scope.elements[b.Element]; text != "" {
			p.button(at, b, text)
		}
	case "image":
		p.image(at, b)
	case "price":
		p.price(at, b)
	case "logo":
		p.logo(at, b)
	case "map":
		p.plan(at, b)
	case "badge":
		p.badge(at, b)
	case "qr":
		p.qr(at, b)
	case "barcode":
		p.barcode(at, b)
	case "reviews":
		p.opinions(at, b)
	}
}

// text sets a text into the box.
func (p *painter) text(at box, b *aparte.Box, text string, colour color.NRGBA) {
	lines, size := p.set(at, b, text)
	p.place(at, b, lines, size, colour)
}

// hand is how the box's text looks.
func (p *painter) hand(b *aparte.Box) hand {
	return hand{serif: p.serif, bold: b.Bold, display: b.Size >= displaySize, rightToLeft: p.rightToLeft}
}

// set chooses size and line breaks, and the cut of the type that suits the size.
func (p *painter) set(at box, b *aparte.Box, text string) ([]line, float64) {
	h := p.hand(b)
	lines, size := p.setter(text, h).set(at.w, at.h, b.Size, minSize(b))
	if h.display && size < displaySize {
		h.display = false
		lines, size = p.setter(text, h).set(at.w, at.h, size, minSize(b))
	}
	return lines, size
}

// place writes lines where the box's alignment wants them.
func (p *painter) place(at box, b *aparte.Box, lines []line, size float64, colour color.NRGBA) {
	step := size * leading(size)
	block := float64(len(lines)-1) * step

	y := at.y + ascent*size
	switch b.VAlign {
	case "middle": // by the capitals: accents and descenders do not weigh
		y = at.y + (at.h-block-capHeight*size)/2 + capHeight*size
	case "bottom":
		y = at.y + at.h - descent*size - block
	}
	for _, l := range lines {
		p.line(l, p.alignX(at, b.Align, float64(l.width)*size), y, size, colour)
		y += step
	}
}

// setter shapes a text for being set.
func (p *painter) setter(text string, h hand) *setter {
	s := &setter{words: p.pen.shape(text, h)}
	if w := p.pen.shape("-", h); len(w) > 0 {
		s.hyphen = w[0]
	}
	if w := p.pen.shape("…", h); len(w) > 0 {
		s.ellipsis = w[0]
	}
	return s
}

func minSize(b *aparte.Box) float64 {
	if b.MinSize > 0 {
		return b.MinSize
	}
	return b.Size
}

// alignX is where something of a width begins. A layout is written from the left: for who reads from the right,
// its left is their right.
func (p *painter) alignX(at box, align string, width float64) float64 {
	free := at.w - width
	switch {
	case align == "centre" || align == "center":
		return at.x + free/2
	case (align == "right") != p.rightToLeft:
		return at.x + free
	}
	return at.x
}

// button paints a label in the middle of a filled box: on one line where its smallest size allows
// that, on more where the box is high enough.
func (p *painter) button(at box, b *aparte.Box, text string) {
	p.fill(at, colourOr(b.Background, "accent", p.style), b.Radius)
	label := *b
	label.Align, label.VAlign = "centre", "middle"
	side := min(0.35*at.h, 0.12*at.w)
	inner := box{at.x + side, at.y, at.w - 2*side, at.h}

	s := p.setter(text, p.hand(b))
	one := []line{lineOf(s.words)}
	size := min(b.Size, inner.w/max(float64(one[0].width), 0.01))
	if size < minSize(b) {
		one, size = s.set(inner.w, 0.8*at.h, minSize(b), minSize(b))
	}
	p.place(inner, &label, one, size, colourOr(b.Color, "onAccent", p.style))
}

// image paints the element's asset, else the item's, else a quiet panel: never a hole.
func (p *painter) image(at box, b *aparte.Box) {
	key := pictureKey{name: p.asset(b.Element), fit: cover}
	size := p.device(at).Size()
	key.w, key.h = size.X, size.Y
	if b.Fit == "contain" {
		key.fit = contain
	}
	key.radius = int(b.Radius * p.scale)
	key.shadow = int(min(max(b.Shadow, 0), maxShadow) * p.scale)
	if b.Background != "" {
		p.fill(at, colourOr(b.Background, "paper", p.style), b.Radius)
	}
	if img := p.scaled(key); img != nil {
		p.picture(at, img)
		return
	}
	p.panel(at, b.Radius)
}

// scaled is a picture that is there, nil else.
func (p *painter) scaled(key pictureKey) *image.RGBA {
	if key.name == "" || key.w <= 0 || key.h <= 0 {
		return nil
	}
	key.quick = p.scale < 1
	img, err := p.composer.pictures.get(key)
	if err != nil {
		return nil // Check says so to the marketer; the person sees a panel
	}
	return img
}

// asset is the asset that an element chose, else the item's.
func (p *painter) asset(element string) string {
	s := p.scope.scene
	for i := range s.Content.Elements {
		if s.Content.Elements[i].Name == element {
			if v := s.variant(i); v != nil && v.Asset != "" {
				return v.Asset
			}
		}
	}
	if s.Item != nil {
		return s.Item.Image
	}
	return ""
}

// panel stands where a picture is missing: a tint of the brand's, with its name.
func (p *painter) panel(at box, radius float64) {
	paper, accent := brandColour("paper", p.style), brandColour("accent", p.style)
	p.fill(at, mix(paper, accent, 0.10), radius)
	size := min(at.h/5, at.w/8, 28)
	label := aparte.Box{Size: size, MinSize: 8, Bold: true, Align: "centre", VAlign: "middle"}
	if size < 8 {
		return
	}
	inner := box{at.x + size, at.y, at.w - 2*size, at.h}
	p.text(inner, &label, p.scope.scene.Brand.Name, mix(paper, accent, 0.38))
}

// logo paints the brand's logo, else its name.
func (p *painter) logo(at box, b *aparte.Box) {
	size := p.device(at).Size()
	if img := p.scaled(pictureKey{name: p.style.Logo, w: size.X, h: size.Y, fit: contain}); img != nil {
		free := at.w - float64(img.Rect.Dx())/p.scale
		at.x, at.w = p.alignX(at, b.Align, at.w-free), at.w-free
		p.picture(at, img)
		return
	}
	label := *b
	label.Bold, label.VAlign = true, "middle"
	if label.Size == 0 {
		label.Size, label.MinSize = at.h, 8
	}
	p.text(at, &label, p.scope.scene.Brand.Name, colourOr(b.Color, "ink", p.style))
}
