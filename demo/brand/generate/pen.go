package main

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// Pen paints flat shapes on a picture. Coordinates are those of a 600 × 600 square, whatever the
// picture's size: At moves and scales them, so that a motif drawn once serves a product picture and a
// scene alike.
type Pen struct {
	dst  *image.RGBA
	move transform
	clip *image.Alpha // nil: everywhere
}

// NewPen is a pen on a new picture of w × h pixels filled with paper.
func NewPen(w, h int, paper Colour) *Pen {
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if paper.A != 0 {
		draw.Draw(dst, dst.Bounds(), image.NewUniform(color.NRGBA(paper)), image.Point{}, draw.Src)
	}
	return &Pen{dst: dst, move: identity}
}

// At is the pen with its origin moved to x, y and what it draws scaled.
func (p *Pen) At(x, y, scale float64) *Pen {
	q := *p
	q.move = p.move.then(transform{scale, 0, x, 0, scale, y})
	return &q
}

// Turned is the pen turned clockwise by degrees around x, y.
func (p *Pen) Turned(degrees, x, y float64) *Pen {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	q := *p
	q.move = p.move.then(transform{cos, -sin, x - cos*x + sin*y, sin, cos, y - sin*x - cos*y})
	return &q
}

// Mirrored is the pen mirrored on the vertical line at x.
func (p *Pen) Mirrored(x float64) *Pen {
	q := *p
	q.move = p.move.then(transform{-1, 0, 2 * x, 0, 1, 0})
	return &q
}

// In is the pen that only paints inside the shape.
func (p *Pen) In(s Shape) *Pen {
	q := *p
	q.clip = p.mask(s)
	return &q
}

// Fill paints the inside of the shape.
func (p *Pen) Fill(c Colour, s Shape) {
	p.paint(c, p.mask(s))
}

// Line paints the shape's outline, width wide, with round ends and corners.
func (p *Pen) Line(c Colour, width float64, s Shape) {
	p.paint(c, p.strokeMask(s, width))
}

func (p *Pen) paint(c Colour, mask *image.Alpha) {
	draw.DrawMask(p.dst, p.dst.Bounds(), image.NewUniform(color.NRGBA(c)), image.Point{}, mask, image.Point{}, draw.Over)
}

func (p *Pen) mask(s Shape) *image.Alpha {
	z := p.rasterizer()
	for _, line := range s {
		addPolygon(z, p.move.all(line.points))
	}
	return p.rasterized(z)
}

// strokeMask adds up, all with the same orientation, a quadrilateral a segment and a disc a corner.
func (p *Pen) strokeMask(s Shape, width float64) *image.Alpha {
	z := p.rasterizer()
	r := width / 2 * p.move.scale()
	for _, line := range s {
		points := p.move.all(line.points)
		if line.closed && len(points) > 0 {
			points = append(points, points[0])
		}
		for i, a := range points {
			addOriented(z, disc(a, r))
			if i > 0 {
				addOriented(z, band(points[i-1], a, r))
			}
		}
	}
	return p.rasterized(z)
}

func (p *Pen) rasterizer() *vector.Rasterizer {
	b := p.dst.Bounds()
	z := vector.NewRasterizer(b.Dx(), b.Dy())
	z.DrawOp = draw.Src
	return z
}

func (p *Pen) rasterized(z *vector.Rasterizer) *image.Alpha {
	mask := image.NewAlpha(p.dst.Bounds())
	z.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	if p.clip != nil {
		for i, a := range p.clip.Pix {
			mask.Pix[i] = uint8(uint32(mask.Pix[i]) * uint32(a) / 255)
		}
	}
	return mask
}

func addPolygon(z *vector.Rasterizer, points []point) {
	for i, a := range points {
		if i == 0 {
			z.MoveTo(float32(a.x), float32(a.y))
			continue
		}
		z.LineTo(float32(a.x), float32(a.y))
	}
	if len(points) > 0 {
		z.ClosePath()
	}
}

func addOriented(z *vector.Rasterizer, points []point) {
	area := 0.0
	for i, a := range points {
		b := points[(i+1)%len(points)]
		area += a.x*b.y - b.x*a.y
	}
	if area < 0 {
		for i, j := 0, len(points)-1; i < j; i, j = i+1, j-1 {
			points[i], points[j] = points[j], points[i]
		}
	}
	addPolygon(z, points)
}

func disc(c point, r float64) []point {
	const corners = 24
	points := make([]point, corners)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		points[i] = point{c.x + r*cos, c.y + r*sin}
	}
	return points
}

func band(a, b point, r float64) []point {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return nil
	}
	nx, ny := -(b.y-a.y)/length*r, (b.x-a.x)/length*r
	return []point{{a.x + nx, a.y + ny}, {b.x + nx, b.y + ny}, {b.x - nx, b.y - ny}, {a.x - nx, a.y - ny}}
}

type point struct{ x, y float64 }

// transform is a 2 × 3 matrix, row by row.
type transform [6]float64

var identity = transform{1, 0, 0, 0, 1, 0}

// then is the transform that applies inner first and t after it.
func (t transform) then(inner transform) transform {
	return transform{
		t[0]*inner[0] + t[1]*inner[3], t[0]*inner[1] + t[1]*inner[4], t[0]*inner[2] + t[1]*inner[5] + t[2],
		t[3]*inner[0] + t[4]*inner[3], t[3]*inner[1] + t[4]*inner[4], t[3]*inner[2] + t[4]*inner[5] + t[5],
	}
}

func (t transform) all(points []point) []point {
	moved := make([]point, len(points), len(points)+1)
	for i, a := range points {
		moved[i] = point{t[0]*a.x + t[1]*a.y + t[2], t[3]*a.x + t[4]*a.y + t[5]}
	}
	return moved
}

func (t transform) scale() float64 { return math.Sqrt(math.Abs(t[0]*t[4] - t[1]*t[3])) }
