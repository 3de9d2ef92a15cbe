package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Shape is one or more outlines, curves already flattened.
type Shape []outline

type outline struct {
	points []point
	closed bool
}

// Path reads the path syntax of SVG (M, L, H, V, C, Q, Z, and their relative forms). The paths are
// those of this program: one that does not parse is a mistake in it, and panics.
func Path(d string) Shape {
	r := pathReader{}
	for _, f := range pathFields(d) {
		if f[0] >= 'A' && (f[0] <= 'Z' || f[0] >= 'a') {
			r.command(f[0])
			continue
		}
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			panic(fmt.Sprintf("path %q: %v", d, err))
		}
		r.number(n)
	}
	return r.shape
}

// Circle, Oval, Box and Round are the shapes with those names; Round is a box with corners of radius r.
func Circle(x, y, r float64) Shape { return Oval(x, y, r, r) }

func Oval(x, y, rx, ry float64) Shape {
	corners := 96
	points := make([]point, corners)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(corners))
		points[i] = point{x + rx*cos, y + ry*sin}
	}
	return Shape{{points, true}}
}

func Box(x, y, w, h float64) Shape {
	return Shape{{[]point{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}, true}}
}

func Round(x, y, w, h, r float64) Shape {
	var points []point
	for corner, c := range []point{{x + w - r, y + h - r}, {x + r, y + h - r}, {x + r, y + r}, {x + w - r, y + r}} {
		for i := range 13 {
			sin, cos := math.Sincos(math.Pi / 2 * (float64(corner) + float64(i)/12))
			points = append(points, point{c.x + r*cos, c.y + r*sin})
		}
	}
	return Shape{{points, true}}
}

// Heart is a heart of width w whose middle is at x, y.
func Heart(x, y, w float64) Shape {
	return shifted(Path("M0 38 C-46 6 -54 -20 -44 -36 C-34 -52 -10 -50 0 -28 C10 -50 34 -52 44 -36 C54 -20 46 6 0 38 Z"), x, y, w/96)
}

// Star is a star of n points.
func Star(x, y, outer, inner float64, n int) Shape {
	points := make([]point, 2*n)
	for i := range points {
		r := outer
		if i%2 == 1 {
			r = inner
		}
		sin, cos := math.Sincos(math.Pi*float64(i)/float64(n) - math.Pi/2)
		points[i] = point{x + r*cos, y + r*sin}
	}
	return Shape{{points, true}}
}

// Arc is the part of a circle between two angles in degrees, clockwise from three o'clock.
func Arc(x, y, rx, ry, from, to float64) Shape {
	const steps = 48
	points := make([]point, steps+1)
	for i := range points {
		sin, cos := math.Sincos((from + (to-from)*float64(i)/steps) * math.Pi / 180)
		points[i] = point{x + rx*cos, y + ry*sin}
	}
	return Shape{{points, false}}
}

// Petal is a pointed leaf from x, y of a length and width, pointing at degrees clockwise from up.
func Petal(x, y, length, width, degrees float64) Shape {
	s := Path(fmt.Sprintf("M0 0 C%g %g %g %g 0 %g C%g %g %g %g 0 0 Z",
		width, -length*.25, width*.8, -length*.8, -length, -width*.8, -length*.8, -width, -length*.25))
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	for _, o := range s {
		for i, a := range o.points {
			o.points[i] = point{x + cos*a.x - sin*a.y, y + sin*a.x + cos*a.y}
		}
	}
	return s
}

func shifted(s Shape, x, y, scale float64) Shape {
	for _, o := range s {
		for i, a := range o.points {
			o.points[i] = point{x + scale*a.x, y + scale*a.y}
		}
	}
	return s
}

type pathReader struct {
	shape   Shape
	verb    byte
	numbers []float64
	at      point
}

var pathArity = map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'Q': 4}

func (r *pathReader) command(verb byte) {
	if verb == 'Z' || verb == 'z' {
		o := &r.shape[len(r.shape)-1]
		o.closed = true
		r.at = o.points[0]
		return
	}
	r.verb, r.numbers = verb, nil
}

func (r *pathReader) number(n float64) {
	r.numbers = append(r.numbers, n)
	verb := r.verb &^ 0x20
	if len(r.numbers) < pathArity[verb] {
		return
	}
	var origin point
	if r.verb != verb {
		origin = r.at
	}
	v := r.numbers
	p := func(i int) point { return point{origin.x + v[i], origin.y + v[i+1]} }
	switch verb {
	case 'M':
		r.at = p(0)
		r.shape = append(r.shape, outline{points: []point{r.at}})
		r.verb = 'L' | r.verb&0x20
	case 'L':
		r.lineTo(p(0))
	case 'H':
		r.lineTo(point{origin.x + v[0], r.at.y})
	case 'V':
		r.lineTo(point{r.at.x, origin.y + v[0]})
	case 'C':
		r.curveTo(p(0), p(2), p(4))
	case 'Q':
		c, end := p(0), p(2)
		r.curveTo(point{r.at.x + 2*(c.x-r.at.x)/3, r.at.y + 2*(c.y-r.at.y)/3}, point{end.x + 2*(c.x-end.x)/3, end.y + 2*(c.y-end.y)/3}, end)
	}
	r.numbers = nil
}

func (r *pathReader) lineTo(to point) {
	o := &r.shape[len(r.shape)-1]
	o.points = append(o.points, to)
	r.at = to
}

func (r *pathReader) curveTo(c1, c2, to point) {
	const steps = 20
	a := r.at
	for i := 1; i <= steps; i++ {
		t := float64(i) / steps
		u := 1 - t
		k0, k1, k2, k3 := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		r.lineTo(point{k0*a.x + k1*c1.x + k2*c2.x + k3*to.x, k0*a.y + k1*c1.y + k2*c2.y + k3*to.y})
	}
}

// pathFields splits a path into commands and numbers.
func pathFields(d string) []string {
	var b strings.Builder
	for _, c := range d {
		switch {
		case c >= 'A' && (c <= 'Z' || c >= 'a'):
			b.WriteString(" " + string(c) + " ")
		case c == ',':
			b.WriteByte(' ')
		default:
			b.WriteRune(c)
		}
	}
	return strings.Fields(b.String())
}
