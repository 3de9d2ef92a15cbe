package main

import "math"

// Tones are the colours in which a motif is painted: its body, its second colour and its detail.
type Tones struct{ Body, Second, Detail Colour }

const floor = 484 // where things stand

// everywhere is more than the picture, for painting through a clip.
var everywhere = Box(-2000, -2000, 6000, 6000)

// Backdrop is the wall with its arch and the table things stand on.
func (p *Pen) Backdrop(tint Colour) {
	p.Fill(tint, everywhere)
	p.Fill(tint.Mix(White, .38), Path("M110 484 V290 C110 176 192 96 300 96 C408 96 490 176 490 290 V484 Z"))
	p.Fill(tint.Mix(Ink, .07), Box(-10, floor, 620, 130))
	p.Fill(tint.Mix(White, .22), Box(-10, floor, 620, 5))
}

// Shadow is what a thing that stands at x casts on the table.
func (p *Pen) Shadow(x, rx float64) {
	p.Fill(Ink.Faint(.13), Oval(x, floor+3, rx, rx*.075+4))
}

// Solid fills a shape that spans left to right, lit from the left.
func (p *Pen) Solid(c Colour, s Shape, left, right float64) {
	p.Fill(c, s)
	w := right - left
	in := p.In(s)
	in.Fill(White.Faint(.2), Box(left+w*.07, -50, w*.13, 800))
	in.Fill(Ink.Faint(.09), Box(right-w*.2, -50, w*.2+60, 800))
}

// Dots, Stripes, Checks, Hearts and Roses are the prints of the house. They are painted on a pen that
// is clipped to what they cover.
func (p *Pen) Dots(c Colour, x0, y0, x1, y1, step, r float64) {
	for row, y := 0, y0; y <= y1; row, y = row+1, y+step*.87 {
		for x := x0 + step/2*float64(row%2); x <= x1; x += step {
			p.Fill(c, Circle(x, y, r))
		}
	}
}

func (p *Pen) Stripes(c Colour, x0, x1, step, w float64) {
	for x := x0; x <= x1; x += step {
		p.Fill(c, Box(x, -50, w, 800))
	}
}

func (p *Pen) Checks(c Colour, x0, y0, x1, y1, step float64) {
	for x := x0; x <= x1; x += step * 2 {
		p.Fill(c.Faint(.5), Box(x, y0, step, y1-y0))
	}
	for y := y0; y <= y1; y += step * 2 {
		p.Fill(c.Faint(.5), Box(x0, y, x1-x0, step))
	}
}

func (p *Pen) Hearts(c Colour, x0, y0, x1, y1, step, w float64) {
	for row, y := 0, y0; y <= y1; row, y = row+1, y+step*.87 {
		for x := x0 + step/2*float64(row%2); x <= x1; x += step {
			p.Fill(c, Heart(x, y, w))
		}
	}
}

func (p *Pen) Roses(c, leaf Colour, x0, y0, x1, y1, step, r float64) {
	for row, y := 0, y0; y <= y1; row, y = row+1, y+step*.87 {
		for x := x0 + step/2*float64(row%2); x <= x1; x += step {
			p.Rose(c, leaf, x, y, r)
		}
	}
}

// Rose is one flower with two leaves.
func (p *Pen) Rose(c, leaf Colour, x, y, r float64) {
	p.Fill(leaf, Petal(x-r*.4, y+r*.4, r*1.5, r*.5, -115))
	p.Fill(leaf, Petal(x+r*.4, y+r*.4, r*1.5, r*.5, 115))
	for i := range 5 {
		sin, cos := math.Sincos(float64(i)*2*math.Pi/5 - math.Pi/2)
		p.Fill(c, Circle(x+cos*r*.5, y+sin*r*.5, r*.56))
	}
	p.Fill(c.Dark(), Circle(x, y, r*.42))
	p.Line(c.Light(), r*.14, Arc(x, y, r*.26, r*.26, 200, 420))
}

// Glow is the light around a flame or a bulb.
func (p *Pen) Glow(x, y, r float64) {
	for _, ring := range []float64{1, .8, .6, .42} {
		p.Fill(Warm.Faint(.17), Circle(x, y, r*ring))
	}
}

// Flame is a candle's flame whose wick is at x, y.
func (p *Pen) Flame(x, y, h float64) {
	p.Glow(x, y-h*.45, h*1.15)
	p.Fill(Mustard, Petal(x, y, h, h*.42, 0))
	p.Fill(Flame, Petal(x, y-h*.04, h*.62, h*.24, 0))
}

// Sprig is a stem with leaves.
func (p *Pen) Sprig(c Colour, x, y, h, lean float64) {
	p.Line(c.Dark(), h*.035+1, Path(pathf("M%g %g Q%g %g %g %g", x, y, x+lean*.2, y-h*.6, x+lean, y-h)))
	for i := range 5 {
		t := .25 + float64(i)*.16
		lx, ly := x+lean*t*t, y-h*t
		p.Fill(c, Petal(lx, ly, h*.26, h*.1, 55))
		p.Fill(c.Dark(), Petal(lx, ly, h*.26, h*.1, -55))
	}
	p.Fill(c, Petal(x+lean, y-h+2, h*.2, h*.08, lean*.2))
}

// Bow is a ribbon's bow around x, y, w wide.
func (p *Pen) Bow(c Colour, x, y, w float64) {
	q := p.At(x, y, w/100)
	q.Fill(c.Dark(), Path("M-4 2 L-30 52 L-18 48 L-10 58 L4 8 Z"))
	q.Fill(c.Dark(), Path("M4 2 L30 52 L18 48 L10 58 L-4 8 Z"))
	q.Fill(c, Path("M0 0 C-20 -34 -52 -30 -50 -4 C-50 22 -20 20 0 0 Z"))
	q.Fill(c, Path("M0 0 C20 -34 52 -30 50 -4 C50 22 20 20 0 0 Z"))
	q.Fill(c.Dark(), Path("M-8 -2 C-20 -16 -36 -16 -36 -5 C-36 6 -20 6 -8 2 Z"))
	q.Fill(c.Dark(), Path("M8 -2 C20 -16 36 -16 36 -5 C36 6 20 6 8 2 Z"))
	q.Fill(c.Light(), Round(-9, -10, 18, 22, 7))
}
