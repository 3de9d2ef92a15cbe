package place

import (
	"math"

	"github.com/aparte-dev/aparte"
)

// fence is the area of a place: a circle, or a polygon where there are rings.
type fence struct {
	centre aparte.Point
	radius float64
	rings  [][][2]float64 // without jumps over the antimeridian: longitudes may leave −180 to 180
	bounds box
	reach  float64 // the radius of a circle of the same size, in metres
}

func circle(centre aparte.Point, radius float64) fence {
	return fence{centre: centre, radius: radius, bounds: about(centre, radius), reach: radius}
}

// polygon is the fence of rings that are known to be in order.
func polygon(rings aparte.Polygon) fence {
	f := fence{bounds: box{[2]float64{math.Inf(1), 90}, [2]float64{math.Inf(-1), -90}}}
	var area float64
	for i, ring := range rings {
		u, _ := unrolled(ring)
		if i > 0 { // a hole is where its border is
			shift(u, f.bounds.low[0])
		}
		if i == 0 {
			for _, c := range u {
				f.bounds.low = [2]float64{min(f.bounds.low[0], c[0]), min(f.bounds.low[1], c[1])}
				f.bounds.high = [2]float64{max(f.bounds.high[0], c[0]), max(f.bounds.high[1], c[1])}
			}
			area = areaOf(u)
		} else {
			area -= areaOf(u)
		}
		f.rings = append(f.rings, u)
	}
	f.centre = aparte.Point{Lat: (f.bounds.low[1] + f.bounds.high[1]) / 2, Lon: onGlobe((f.bounds.low[0] + f.bounds.high[0]) / 2)}
	f.reach = math.Sqrt(max(0, area) / math.Pi)
	return f
}

// unrolled is a ring in which no edge is longer than half way round, and by how much its end is east of its beginning: ±360 where
// it goes round a pole.
func unrolled(ring [][2]float64) ([][2]float64, float64) {
	u := make([][2]float64, len(ring))
	east := 0.0
	for i, c := range ring {
		if i > 0 {
			switch step := c[0] - ring[i-1][0]; {
			case step > 180:
				east -= 360
			case step < -180:
				east += 360
			}
		}
		u[i] = [2]float64{c[0] + east, c[1]}
	}
	return u, east
}

// shift turns a ring by whole turns so that it begins no farther west than from, and by less than a turn farther east.
func shift(ring [][2]float64, from float64) {
	turns := 360 * math.Ceil((from-ring[0][0])/360)
	for i := range ring {
		ring[i][0] += turns
	}
}

func onGlobe(lon float64) float64 { return math.Mod(lon+540, 360) - 180 }

// areaOf is about how many square metres are within a ring, as on a map that is true at its middle.
func areaOf(ring [][2]float64) float64 {
	var twice, lat float64
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		twice += (a[0]-ring[0][0])*(b[1]-ring[0][1]) - (b[0]-ring[0][0])*(a[1]-ring[0][1])
		lat += b[1] / float64(len(ring)-1)
	}
	return math.Abs(twice) / 2 * metresPerDegree * metresPerDegree * math.Cos(lat*degree)
}

// contains reports whether a point is in the fence.
func (f *fence) contains(p aparte.Point) bool {
	if f.rings == nil {
		return Distance(f.centre, p) <= f.radius
	}
	x := p.Lon + 360*math.Ceil((f.bounds.low[0]-p.Lon)/360)
	if x > f.bounds.high[0] || p.Lat < f.bounds.low[1] || p.Lat > f.bounds.high[1] {
		return false
	}
	in := false // a line to the east crosses the rings an odd number of times (Shimrat, Algorithm 112, CACM 5, 1962)
	for _, ring := range f.rings {
		for i := 1; i < len(ring); i++ {
			a, b := ring[i-1], ring[i]
			if (a[1] > p.Lat) != (b[1] > p.Lat) && x < a[0]+(b[0]-a[0])*(p.Lat-a[1])/(b[1]-a[1]) {
				in = !in
			}
		}
	}
	return in
}

// beyond is how far outside the fence a point is, in metres; 0: it is not.
func (f *fence) beyond(p aparte.Point) float64 {
	if f.rings == nil {
		return max(0, Distance(f.centre, p)-f.radius)
	}
	if f.contains(p) {
		return 0
	}
	best, at := math.Inf(1), p
	squeeze := math.Cos(p.Lat * degree)
	for _, ring := range f.rings {
		for i := 1; i < len(ring); i++ {
			a, b := ring[i-1], ring[i]
			lon := p.Lon + 360*math.Round((a[0]-p.Lon)/360) // the turn in which the point is nearest
			ax, ay := (a[0]-lon)*squeeze, a[1]-p.Lat
			bx, by := (b[0]-lon)*squeeze, b[1]-p.Lat
			s := 0.0 // how far along the edge its nearest point is
			if length := (bx-ax)*(bx-ax) + (by-ay)*(by-ay); length > 0 {
				s = min(1, max(0, -(ax*(bx-ax)+ay*(by-ay))/length))
			}
			x, y := ax+s*(bx-ax), ay+s*(by-ay)
			if square := x*x + y*y; square < best {
				best, at = square, aparte.Point{Lat: a[1] + s*(b[1]-a[1]), Lon: a[0] + s*(b[0]-a[0])}
			}
		}
	}
	return Distance(p, at)
}

// Reach is the radius of a circle of the fence's size, in metres.
func (f *fence) Reach() float64 { return f.reach }
