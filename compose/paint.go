package compose

import (
	"image"
	"image/color"
	"math"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"golang.org/x/image/draw"
)

// canvas is a picture being painted. Its methods take CSS pixels and paint scale × scale of the
// picture's for each.
type canvas struct {
	img   *image.RGBA
	scale float64
	pen   *pen
}

// box is a rectangle in CSS pixels.
type box struct{ x, y, w, h float64 }

// device is the box in the pixels of the picture.
func (c *canvas) device(b box) image.Rectangle {
	px := func(v float64) int { return int(math.Round(v * c.scale)) }
	return image.Rect(px(b.x), px(b.y), px(b.x+b.w), px(b.y+b.h))
}

// fill paints a rectangle, its corners rounded by radius.
func (c *canvas) fill(b box, colour color.NRGBA, radius float64) {
	r := c.device(b)
	if radius <= 0 {
		draw.Draw(c.img, r, image.NewUniform(colour), image.Point{}, draw.Over)
		return
	}
	visible := r.Intersect(c.img.Rect)
	if visible.Empty() {
		return
	}
	c.pen.raster.Reset(visible.Dx(), visible.Dy())
	x, y := float32(r.Min.X-visible.Min.X), float32(r.Min.Y-visible.Min.Y)
	roundedPath(&c.pen.raster, x, y, x+float32(r.Dx()), y+float32(r.Dy()), float32(radius*c.scale))
	c.pen.raster.Draw(c.img, visible, image.NewUniform(colour), image.Point{})
}

// picture paints a picture in the middle of the box.
func (c *canvas) picture(b box, img *image.RGBA) {
	r := c.device(b)
	at := r.Min.Add(r.Size().Sub(img.Rect.Size()).Div(2))
	op := draw.Over
	if img.Opaque() {
		op = draw.Src // is copied
	}
	draw.Draw(c.img, image.Rectangle{at, at.Add(img.Rect.Size())}, img, img.Rect.Min, op)
}

// line writes a line of type from x on the baseline y.
func (c *canvas) line(l line, x, y, size float64, colour color.NRGBA) {
	px := size * c.scale
	left, base := x*c.scale, math.Round(y*c.scale) // a baseline between pixels blurs every letter
	margin := 0.4 * px
	area := image.Rect(
		int(left-margin), int(base-1.4*px), int(left+float64(l.width)*px+margin)+1, int(base+0.6*px)+1,
	).Intersect(c.img.Rect)
	if area.Empty() {
		return
	}
	raster := &c.pen.raster
	raster.Reset(area.Dx(), area.Dy())
	originX, originY := float32(left)-float32(area.Min.X), float32(base)-float32(area.Min.Y)
	for _, g := range l.glyphs {
		if g.face >= faces {
			continue
		}
		f := c.pen.face(g.face)
		unit := float32(px) / float32(f.Upem())
		gx, gy := originX+(g.pen+g.dx)*float32(px), originY-g.dy*float32(px)
		c.pen.trace(c.pen.outline(g.face, g.id), gx, gy, unit)
	}
	raster.Draw(c.img, area, image.NewUniform(colour), image.Point{})
	c.signs(l, left, base, px)
}

// signs draws the emoji of a line.
func (c *canvas) signs(l line, left, base, px float64) {
	for _, g := range l.glyphs {
		if g.face != emoji {
			continue
		}
		img := c.pen.emoji.sign(g.id, int(math.Round(emojiSide*px)))
		if img == nil {
			continue
		}
		x := left + (float64(g.pen)+(emojiAdvance-emojiSide)/2)*px
		at := image.Pt(int(math.Round(x)), int(math.Round(base+emojiBelow*px))-img.Rect.Dy())
		draw.Draw(c.img, img.Rect.Add(at), img, image.Point{}, draw.Over)
	}
}

// trace adds an outline to the path, its origin at x, y.
func (p *pen) trace(outline []font.Segment, x, y, unit float32) {
	at := func(q font.SegmentPoint) (float32, float32) { return x + q.X*unit, y - q.Y*unit }
	for i := range outline {
		s := &outline[i]
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			p.raster.ClosePath()
			p.raster.MoveTo(at(s.Args[0]))
		case opentype.SegmentOpLineTo:
			p.raster.LineTo(at(s.Args[0]))
		case opentype.SegmentOpQuadTo:
			bx, by := at(s.Args[0])
			cx, cy := at(s.Args[1])
			p.raster.QuadTo(bx, by, cx, cy)
		case opentype.SegmentOpCubeTo:
			bx, by := at(s.Args[0])
			cx, cy := at(s.Args[1])
			dx, dy := at(s.Args[2])
			p.raster.CubeTo(bx, by, cx, cy, dx, dy)
		}
	}
	p.raster.ClosePath()
}

// maxOutlines is how many outlines a pen keeps.
const maxOutlines = 1024

func (p *pen) outline(f face, id font.GID) []font.Segment {
	key := outlineKey{f, id}
	if segments, ok := p.outlines[key]; ok {
		return segments
	}
	if len(p.outlines) >= maxOutlines {
		clear(p.outlines)
	}
	data, _ := p.face(f).GlyphData(id).(font.GlyphOutline)
	p.outlines[key] = data.Segments
	return data.Segments
}
