package compose

import (
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
)

// plan paints where the scene's place is: the place itself, the fence in which the person is, distances about it, north and a
// scale; beside it, its name, its address, and until when it is open. It is drawn from the place's own coordinates, and says of the
// person no more than the fence does. Where there is no place, it is what an image is.
func (p *painter) plan(at box, b *aparte.Box) {
	place := p.scope.scene.Place
	if place == nil || place.At == nil && len(place.Polygon) == 0 {
		p.image(at, b)
		return
	}
	ground := colourOr(b.Background, "paper", p.style)
	p.fill(at, mix(brandColour("paper", p.style), ground, 1), b.Radius)
	chart, words := at, at
	if at.w > 1.5*at.h {
		chart.w = max(at.h, 0.46*at.w)
		words.x, words.w = at.x+chart.w, at.w-chart.w
		if p.rightToLeft {
			chart.x, words.x = at.x+words.w, at.x
		}
	} else {
		chart.h = 0.64 * at.h
		words.y, words.h = at.y+chart.h, at.h-chart.h
	}
	p.chart(chart, place, b.Radius)
	p.placard(words, place, b)
}

// placard says which place it is.
func (p *painter) placard(at box, place *aparte.Place, b *aparte.Box) {
	s := p.scope.scene
	ink, accent := colourOr(b.Color, "ink", p.style), brandColour("accent", p.style)
	size := b.Size
	if size == 0 {
		size = 22
	}
	side := min(24, 0.08*at.w)
	at.x, at.w = at.x+side, at.w-2*side
	small := min(15, 0.7*size)
	lines := []struct {
		text   string
		height float64
		size   float64
		bold   bool
		colour color.NRGBA
	}{
		{place.Name.In(p.scope.voice.locale, s.Brand.Locale), 2.3 * size, size, true, ink},
		{place.Address, 2.6 * small, small, false, mix(colourOr(b.Background, "paper", p.style), ink, 0.78)},
		{p.scope.voice.hours(s.Opening), 1.4 * small, small, true, accent},
		{p.scope.voice.within(place), 1.4 * small, small, false, mix(colourOr(b.Background, "paper", p.style), ink, 0.62)},
	}
	const gap = 6
	free := at.h
	for i := range lines {
		l := &lines[i]
		if l.text != "" && p.rightToLeft {
			l.text = isolated(l.text)
		}
		if l.text == "" {
			l.height = 0
			continue
		}
		label := aparte.Box{Size: l.size, MinSize: min(l.size, 11), Bold: l.bold}
		set, used := p.set(box{at.x, at.y, at.w, l.height}, &label, l.text)
		l.height = float64(len(set)) * used * leading(used)
		free -= l.height + gap
	}
	y := at.y + max(0, free/2)
	for _, l := range lines {
		if l.height == 0 {
			continue
		}
		label := aparte.Box{Size: l.size, MinSize: min(l.size, 11), Bold: l.bold}
		p.text(box{at.x, y, at.w, l.height + 1}, &label, l.text, l.colour)
		y += l.height + gap
	}
}

// isolated is a text that is written in its own direction, whatever stands around it (Unicode Standard Annex 9).
func isolated(text string) string { return "\u2068" + text + "\u2069" }

// chart is the plan itself.
func (p *painter) chart(at box, place *aparte.Place, radius float64) {
	paper, ink, accent := brandColour("paper", p.style), brandColour("ink", p.style), brandColour("accent", p.style)
	p.fill(at, mix(paper, ink, 0.06), radius)
	cx, cy := at.x+at.w/2, at.y+at.h/2
	half := min(at.w, at.h)/2 - 8
	centre, reach := middleOf(place)
	metre := 0.62 * half / reach // CSS pixels
	step := niceBelow(0.5 * half / metre)

	line := mix(mix(paper, ink, 0.06), ink, 0.13)
	for r := step; r*metre <= half; r += step {
		p.outline(at, line, func(d *drawn) { d.ring(cx, cy, r*metre, 1) })
	}
	p.fill(box{cx - half, cy - 0.5, 2 * half, 1}, line, 0)
	p.fill(box{cx - 0.5, cy - half, 1, 2 * half}, line, 0)

	p.outline(at, faint(accent, 0x30), func(d *drawn) {
		if place.Radius > 0 {
			d.disc(cx, cy, place.Radius*metre, false)
			return
		}
		for _, ring := range place.Polygon {
			for i, corner := range ring {
				x, y := metresFrom(centre, corner)
				d.to(i == 0, cx+x*metre, cy-y*metre)
			}
			d.close()
		}
	})
	if place.Radius > 0 {
		p.outline(at, accent, func(d *drawn) { d.ring(cx, cy, place.Radius*metre, 1.5) })
	}
	if place.At != nil {
		x, y := metresFrom(centre, [2]float64{place.At.Lon, place.At.Lat})
		p.pin(at, cx+x*metre, cy-y*metre)
	}
	p.compass(at, ink)
	p.measure(at, step, step*metre, ink)
}

// pin marks a point.
func (p *painter) pin(at box, x, y float64) {
	const r = 12
	paper := brandColour("paper", p.style)
	head := y - 2.1*r
	drop := func(grow float64) func(*drawn) {
		return func(d *drawn) {
			w := r + grow
			d.to(true, x, y+grow)
			d.curve(x-0.35*w, y-0.9*w, x-w, head+0.75*w, x-w, head)
			d.curve(x-w, head-0.5523*w, x-0.5523*w, head-w, x, head-w)
			d.curve(x+0.5523*w, head-w, x+w, head-0.5523*w, x+w, head)
			d.curve(x+w, head+0.75*w, x+0.35*w, y-0.9*w, x, y+grow)
			d.close()
		}
	}
	p.outline(at, paper, drop(2))
	p.outline(at, brandColour("accent", p.style), drop(0))
	p.outline(at, brandColour("onAccent", p.style), func(d *drawn) { d.disc(x, head, 0.38*r, false) })
}

// compass shows north, which is up.
func (p *painter) compass(at box, ink color.NRGBA) {
	x, y := at.x+at.w-18, at.y+12
	p.outline(at, faint(ink, 0xb0), func(d *drawn) {
		d.to(true, x, y)
		d.to(false, x+5, y+12)
		d.to(false, x, y+9)
		d.to(false, x-5, y+12)
		d.close()
	})
	p.text(box{x - 10, y + 13, 20, 14}, &aparte.Box{Size: 11, MinSize: 11, Bold: true, Align: "centre"}, "N", faint(ink, 0xb0))
}

// measure shows how long a distance is.
func (p *painter) measure(at box, metres, width float64, ink color.NRGBA) {
	x, y := at.x+12, at.y+at.h-14
	ink = faint(ink, 0xb0)
	p.fill(box{x, y, width, 1.5}, ink, 0)
	p.fill(box{x, y - 3, 1.5, 4.5}, ink, 0)
	p.fill(box{x + width - 1.5, y - 3, 1.5, 4.5}, ink, 0)
	label := box{x, y - 18, max(width, 60), 14}
	align := "left"
	if p.rightToLeft {
		align = "right"
	}
	p.text(label, &aparte.Box{Size: 11, MinSize: 11, Align: align}, isolated(distance(metres)), ink)
}

func faint(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

// drawn is an outline in CSS pixels, cut at the edges of a box.
type drawn struct {
	canvas *canvas
	origin image.Point
}

func (p *painter) outline(at box, colour color.NRGBA, trace func(*drawn)) {
	area := p.device(at).Intersect(p.img.Rect)
	if area.Empty() {
		return
	}
	p.pen.raster.Reset(area.Dx(), area.Dy())
	trace(&drawn{p.canvas, area.Min})
	p.pen.raster.Draw(p.img, area, image.NewUniform(colour), image.Point{})
}

func (d *drawn) at(x, y float64) (float32, float32) {
	return float32(x*d.canvas.scale - float64(d.origin.X)), float32(y*d.canvas.scale - float64(d.origin.Y))
}

func (d *drawn) to(first bool, x, y float64) {
	if first {
		d.canvas.pen.raster.MoveTo(d.at(x, y))
		return
	}
	d.canvas.pen.raster.LineTo(d.at(x, y))
}

func (d *drawn) curve(bx, by, cx, cy, x, y float64) {
	ax, ay := d.at(bx, by)
	mx, my := d.at(cx, cy)
	ex, ey := d.at(x, y)
	d.canvas.pen.raster.CubeTo(ax, ay, mx, my, ex, ey)
}

func (d *drawn) close() { d.canvas.pen.raster.ClosePath() }

// disc is a circle, turned the other way to be a hole in one around it.
func (d *drawn) disc(x, y, r float64, hole bool) {
	const kappa = 0.5522848 // a quarter of a circle as a cubic Bézier curve
	k := kappa * r
	if hole {
		k = -k
		d.to(true, x, y-r)
		d.curve(x+k, y-r, x-r, y-kappa*r, x-r, y)
		d.curve(x-r, y+kappa*r, x+k, y+r, x, y+r)
		d.curve(x-k, y+r, x+r, y+kappa*r, x+r, y)
		d.curve(x+r, y-kappa*r, x-k, y-r, x, y-r)
		d.close()
		return
	}
	d.to(true, x, y-r)
	d.curve(x+k, y-r, x+r, y-k, x+r, y)
	d.curve(x+r, y+k, x+k, y+r, x, y+r)
	d.curve(x-k, y+r, x-r, y+k, x-r, y)
	d.curve(x-r, y-k, x-k, y-r, x, y-r)
	d.close()
}

// ring is the line of a circle.
func (d *drawn) ring(x, y, r, thick float64) {
	d.disc(x, y, r+thick/2, false)
	d.disc(x, y, max(0, r-thick/2), true)
}

// middleOf is about where a plan of a place is, and how far its fence reaches from there, in metres.
func middleOf(place *aparte.Place) (aparte.Point, float64) {
	if place.Radius > 0 && place.At != nil {
		return *place.At, place.Radius
	}
	if len(place.Polygon) == 0 || len(place.Polygon[0]) == 0 {
		return *place.At, 100
	}
	first := place.Polygon[0][0]
	origin := aparte.Point{Lon: first[0], Lat: first[1]}
	var low, high [2]float64
	for _, corner := range place.Polygon[0] {
		x, y := metresFrom(origin, corner)
		low, high = [2]float64{min(low[0], x), min(low[1], y)}, [2]float64{max(high[0], x), max(high[1], y)}
	}
	x, y := (low[0]+high[0])/2, (low[1]+high[1])/2
	return aparte.Point{
		Lat: origin.Lat + y/metresADegree, Lon: origin.Lon + x/(metresADegree*math.Cos(origin.Lat*math.Pi/180)),
	}, max(10, math.Hypot(high[0]-low[0], high[1]-low[1])/2)
}

// metresADegree is the length of a degree of latitude.
const metresADegree = 111_320

// metresFrom is how far east and north of a point a position [longitude, latitude] is, on a plane that touches the earth there.
func metresFrom(from aparte.Point, to [2]float64) (east, north float64) {
	lon := math.Remainder(to[0]-from.Lon, 360)
	return lon * metresADegree * math.Cos(from.Lat*math.Pi/180), (to[1] - from.Lat) * metresADegree
}

// niceBelow is the largest of 1, 2 and 5 times a power of ten that is not more than x.
func niceBelow(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, n := range []float64{5, 2} {
		if n*power <= x {
			return n * power
		}
	}
	return power
}

// distance is so many metres, as maps write it.
func distance(metres float64) string {
	if metres >= 1000 {
		return strconv.FormatFloat(metres/1000, 'g', 3, 64) + " km"
	}
	return strconv.FormatFloat(metres, 'f', 0, 64) + " m"
}

// Opening is whether a place is open, by the clock on its wall.
type Opening struct {
	Known bool // false: it is always open
	Open  bool
	Until string // such as 19:30, where it is open
}

// hours says it, in English and French.
func (v *voice) hours(o Opening) string {
	if !o.Known {
		return ""
	}
	switch v.base {
	case "fr":
		if o.Open {
			return "Ouvert jusqu’à " + o.Until
		}
		return "Fermé en ce moment"
	case "en":
		if o.Open {
			return "Open until " + o.Until
		}
		return "Closed at the moment"
	}
	return ""
}

// within says how near the person is, as far as the fence tells: not at all of large ones, and of areas of other shapes.
func (v *voice) within(place *aparte.Place) string {
	if place.Radius <= 0 || place.Radius > 5000 {
		return ""
	}
	switch v.base {
	case "fr":
		return "À moins de " + distance(place.Radius) + " de vous"
	case "en":
		return "Less than " + distance(place.Radius) + " from you"
	}
	return ""
}

// away is so many metres, as people of the language write it.
func (v *voice) away(metres int64) string {
	text := distance(float64(metres))
	if v.base != "en" {
		text = strings.ReplaceAll(text, ".", ",")
	}
	return text
}
