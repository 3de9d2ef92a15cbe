package main

import (
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gosmallcaps"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// logo is the linnet with its sprig of thyme, and the name set in Go Smallcaps (The Go Authors, BSD).
func logo() *image.RGBA {
	p := NewPen(572, 112, Colour{})
	linnet(p.At(72, 58, .24))
	letters(p, "Linnet & Thyme", 140, 74, 48, 3.2)
	return p.dst
}

// linnet is the bird of the house, its middle at the origin, a sprig in its beak.
func linnet(p *Pen) {
	tagBird(p, Pine)
	q := p.At(-300, -300, 1)
	q.Fill(Coral, Path("M190 320 C214 380 270 410 330 408 C298 440 232 436 204 392 C194 372 190 350 190 320 Z"))
	q.Line(Green, 12, Path("M140 266 C110 250 90 270 66 262"))
	for _, leaf := range []float64{-60, -20, 200, 240} {
		q.Fill(Green, Petal(96, 262, 46, 18, leaf))
	}
}

// letters sets text from x on the baseline y, size high, with space between letters.
func letters(p *Pen, text string, x, y, size, space float64) {
	f, err := sfnt.Parse(gosmallcaps.TTF)
	if err != nil {
		panic(err) // the font is compiled in
	}
	var buf sfnt.Buffer
	ppem := fixed.Int26_6(size * 64)
	for _, r := range text {
		glyph, err := f.GlyphIndex(&buf, r)
		if err != nil {
			panic(err)
		}
		segments, err := f.LoadGlyph(&buf, glyph, ppem, nil)
		if err != nil {
			panic(err)
		}
		p.Fill(Ink, glyphShape(segments, x, y))
		advance, err := f.GlyphAdvance(&buf, glyph, ppem, font.HintingNone)
		if err != nil {
			panic(err)
		}
		x += float64(advance)/64 + space
	}
}

func glyphShape(segments sfnt.Segments, x, y float64) Shape {
	var r pathReader
	verbs := map[sfnt.SegmentOp]byte{sfnt.SegmentOpMoveTo: 'M', sfnt.SegmentOpLineTo: 'L', sfnt.SegmentOpQuadTo: 'Q', sfnt.SegmentOpCubeTo: 'C'}
	for _, s := range segments {
		r.command(verbs[s.Op])
		for _, a := range s.Args[:pathArity[verbs[s.Op]]/2] {
			r.number(x + float64(a.X)/64)
			r.number(y + float64(a.Y)/64)
		}
	}
	return r.shape
}
