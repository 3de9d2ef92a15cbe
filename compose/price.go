package compose

import (
	"image/color"

	"github.com/aparte-dev/aparte"
)

// How a price is set: what it cost before is smaller, lighter, crossed out, and stands beside it.
const (
	wasSize   = 0.62 // of the price's size
	wasGap    = 0.36 // before it, in em of the price
	wasShade  = 0.62 // of its colour
	tagInside = 0.55 // padding of a tag at its sides, in em of the price
)

// price paints the item's price, and the one before a reduction crossed out. Where the box has a
// background it is a tag that hugs the price. Nothing is painted for a content without item.
func (p *painter) price(at box, b *aparte.Box) {
	item := p.scope.scene.Item
	if item == nil || item.Price.Currency == "" {
		return
	}
	h := p.hand(b)
	now := lineOf(p.pen.shape(p.scope.voice.money(item.Price), h))
	var was line
	if reduced(item) {
		was = lineOf(p.pen.shape(p.scope.voice.money(item.WasPrice), hand{serif: p.serif, rightToLeft: p.rightToLeft}))
	}
	inside := 0.0
	if b.Background != "" {
		inside = tagInside
	}
	size, was := p.fitPrice(at, b, now, was, inside)

	width := size * (priceWidth(now, was) + 2*inside)
	x := p.alignX(at, b.Align, width)
	if b.Background != "" {
		p.fill(box{x, at.y, width, at.h}, colourOr(b.Background, "accent", p.style), b.Radius)
	}
	ink := colourOr(b.Color, "ink", p.style)
	y := p.priceLine(at, b, size)
	x += inside * size
	after := x + size*(float64(now.width)+wasGap)
	if p.rightToLeft && was.width > 0 {
		x, after = x+size*(priceWidth(now, was)-float64(now.width)), x
	}
	p.line(now, x, y, size, ink)
	if was.width > 0 {
		p.crossedOut(was, after, y, size*wasSize, ink)
	}
}

// fitPrice is the largest size at which the price fits the box. The one before is left out where even
// the smallest is too wide for both.
func (p *painter) fitPrice(at box, b *aparte.Box, now, was line, inside float64) (float64, line) {
	size, least := b.Size, minSize(b)
	fits := func(was line) bool { return size*(priceWidth(now, was)+2*inside) <= at.w }
	for size > least && !fits(was) {
		size = max(least, size-max(0.25, b.Size/64))
	}
	if !fits(was) {
		was = line{}
	}
	return size, was
}

func priceWidth(now, was line) float64 {
	if was.width == 0 {
		return float64(now.width)
	}
	return float64(now.width) + wasGap + wasSize*float64(was.width)
}

// priceLine is the baseline: a tag's is in its middle, else it goes by the box's alignment.
func (p *painter) priceLine(at box, b *aparte.Box, size float64) float64 {
	switch {
	case b.VAlign == "middle" || b.Background != "":
		return at.y + (at.h+capHeight*size)/2
	case b.VAlign == "bottom":
		return at.y + at.h - descent*size
	}
	return at.y + ascent*size
}

func (p *painter) crossedOut(l line, x, y, size float64, ink color.NRGBA) {
	ink.A = uint8(float64(ink.A) * wasShade)
	p.line(l, x, y, size, ink)
	const over = 0.08 // how far the stroke goes beyond the figures, in em
	thick := max(1/p.scale, size*0.07)
	p.fill(box{x - over*size, y - 0.36*size - thick/2, size * (float64(l.width) + 2*over), thick}, ink, 0)
}
