package story

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// picture is one of the house's: a product on a tint, a scene, the logo.
type picture struct {
	name  string
	paint func() *image.RGBA
}

var pictures = []picture{
	{"rouge-12", func() *image.RGBA { return lipstick(0xc98d7e) }},
	{"rouge-28", func() *image.RGBA { return lipstick(0xe4604f) }},
	{"rouge-45", func() *image.RGBA { return lipstick(0xb01c4c) }},
	{"rouge-61", func() *image.RGBA { return lipstick(0x64213f) }},
	{"creme-rose", func() *image.RGBA { return jar(0xf3c8c9, 0xe9a7ad) }},
	{"creme-nuit", func() *image.RGBA { return jar(0xc9c6e0, 0x54507c) }},
	{"cils-noir", lashes},
	{"scene", scene},
	{"logo", logo},
}

// The colours that the pictures share.
const (
	tint  = 0xf7e3dd
	gold  = 0xd9b26a
	shine = 0xf0d9a6
	night = 0x33202a
)

// sheet is a picture that is being painted with flat shapes.
type sheet struct{ *image.RGBA }

func newSheet(w, h int, ground uint32) sheet {
	s := sheet{image.NewRGBA(image.Rect(0, 0, w, h))}
	draw.Draw(s.RGBA, s.Bounds(), image.NewUniform(rgb(ground)), image.Point{}, draw.Src)
	return s
}

func rgb(c uint32) color.RGBA {
	return color.RGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: 255}
}

// polygon fills a shape whose corners are given as x, y, x, y, …
func (s sheet) polygon(c uint32, at ...float32) {
	z := vector.NewRasterizer(s.Bounds().Dx(), s.Bounds().Dy())
	z.MoveTo(at[0], at[1])
	for i := 2; i+1 < len(at); i += 2 {
		z.LineTo(at[i], at[i+1])
	}
	z.ClosePath()
	z.Draw(s.RGBA, s.Bounds(), image.NewUniform(rgb(c)), image.Point{})
}

// oval fills an ellipse about x, y.
func (s sheet) oval(c uint32, x, y, rx, ry float32) {
	const corners = 96
	at := make([]float32, 0, 2*corners)
	for i := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		at = append(at, x+rx*float32(cos), y+ry*float32(sin))
	}
	s.polygon(c, at...)
}

func (s sheet) box(c uint32, x, y, w, h float32) { s.polygon(c, x, y, x+w, y, x+w, y+h, x, y+h) }

const side = 600 // of a product's picture

func lipstick(shade uint32) *image.RGBA {
	s := newSheet(side, side, tint)
	s.oval(0xf1d2cc, 300, 310, 235, 235)
	s.oval(0xe3bdb7, 300, 520, 130, 18)
	s.polygon(shade, 252, 300, 252, 190, 300, 118, 348, 150, 348, 300)
	s.polygon(lighter(shade), 252, 190, 300, 118, 348, 150, 318, 176)
	s.box(gold, 244, 290, 112, 70)
	s.box(shine, 258, 290, 18, 70)
	s.box(night, 228, 354, 144, 166)
	s.box(0x54404b, 246, 354, 20, 166)
	s.box(gold, 228, 354, 144, 10)
	return s.RGBA
}

// lighter is a colour halfway to white.
func lighter(c uint32) uint32 { return (c>>1)&0x7f7f7f + 0x7f7f7f }

func jar(pot, lid uint32) *image.RGBA {
	s := newSheet(side, side, tint)
	s.oval(0xf1d2cc, 300, 310, 235, 235)
	s.oval(0xe3bdb7, 300, 478, 190, 22)
	s.polygon(pot, 136, 280, 464, 280, 448, 462, 430, 476, 170, 476, 152, 462)
	s.polygon(lighter(pot), 160, 290, 206, 290, 216, 462, 176, 462)
	s.box(lid, 124, 206, 352, 84)
	s.box(lighter(lid), 146, 206, 34, 84)
	s.box(gold, 124, 278, 352, 12)
	s.oval(lid, 300, 206, 176, 16)
	s.oval(gold, 300, 380, 38, 38)
	s.oval(pot, 300, 380, 30, 30)
	return s.RGBA
}

func lashes() *image.RGBA {
	s := newSheet(side, side, tint)
	s.oval(0xf1d2cc, 300, 310, 235, 235)
	s.oval(0xe3bdb7, 300, 522, 170, 18)
	s.box(night, 200, 190, 84, 330)
	s.box(0x54404b, 214, 190, 14, 330)
	s.box(gold, 200, 182, 84, 14)
	s.box(night, 336, 330, 84, 190)
	s.box(gold, 336, 322, 84, 14)
	s.box(gold, 372, 210, 12, 112)
	for y := float32(96); y < 214; y += 12 {
		s.polygon(night, 352, y, 404, y+4, 404, y+8, 352, y+12)
	}
	return s.RGBA
}

func scene() *image.RGBA {
	s := newSheet(side, side, 0xf3d6cf)
	s.oval(0xe9b9b3, 430, 170, 150, 150)
	s.oval(0xd98f95, 150, 470, 210, 210)
	s.oval(0xb01c4c, 470, 500, 120, 120)
	s.oval(0x64213f, 250, 250, 90, 90)
	s.oval(0xe4604f, 330, 370, 60, 60)
	s.oval(gold, 250, 250, 22, 22)
	return s.RGBA
}

// logo is five petals and a line.
func logo() *image.RGBA {
	s := newSheet(340, 68, 0xfdf6f3)
	for i := range 5 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 5)
		s.oval(0x9c2f50, 34+15*float32(cos), 34+15*float32(sin), 12, 12)
	}
	s.oval(gold, 34, 34, 7, 7)
	s.box(0x9c2f50, 76, 32, 240, 4)
	return s.RGBA
}
