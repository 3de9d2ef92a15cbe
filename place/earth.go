package place

import (
	"math"

	"github.com/aparte-dev/aparte"
)

// earthRadius is the mean radius of the earth, in metres (IUGG: R₁ of GRS 80, Moritz 2000). Distances on a sphere of that size are
// off by half a per cent at most: less than a phone's own error at the size of fences.
const earthRadius = 6_371_008.8

const (
	degree          = math.Pi / 180
	metresPerDegree = earthRadius * degree
)

// Distance is how far two points are apart on the sphere, in metres, by the haversine formula (Sinnott, Virtues of the Haversine,
// Sky and Telescope 68, 1984).
func Distance(a, b aparte.Point) float64 {
	north, east := math.Sin((b.Lat-a.Lat)*degree/2), math.Sin((b.Lon-a.Lon)*degree/2)
	h := north*north + math.Cos(a.Lat*degree)*math.Cos(b.Lat*degree)*east*east
	return 2 * earthRadius * math.Asin(math.Sqrt(min(1, h)))
}

// box is what lies between two longitudes and two latitudes: [longitude, latitude] each.
type box struct{ low, high [2]float64 }

// onMap is a box whose longitudes may leave −180 to 180 as boxes that do not.
func (b box) onMap() []box {
	switch {
	case b.high[0]-b.low[0] >= 360:
		b.low[0], b.high[0] = -180, 180
		return []box{b}
	case b.low[0] < -180:
		west := box{[2]float64{b.low[0] + 360, b.low[1]}, [2]float64{180, b.high[1]}}
		return append([]box{west}, box{[2]float64{-180, b.low[1]}, b.high}.onMap()...)
	case b.high[0] > 180:
		east := box{[2]float64{-180, b.low[1]}, [2]float64{b.high[0] - 360, b.high[1]}}
		return append(box{b.low, [2]float64{180, b.high[1]}}.onMap(), east)
	}
	return []box{b}
}

// about is a box that holds the circle of a radius about a point. Near a pole it goes all around.
func about(p aparte.Point, radius float64) box {
	const slack = 1e-9 // degrees: a tenth of a millimetre, for what is lost in rounding
	angle := radius / earthRadius
	north := angle/degree + slack
	b := box{[2]float64{-180, p.Lat - north}, [2]float64{180, p.Lat + north}}
	if b.low[1] <= -90 || b.high[1] >= 90 {
		b.low[1], b.high[1] = max(b.low[1], -90), min(b.high[1], 90)
		return b
	}
	// The meridians that touch the circle do so where its radius is at right angles to them.
	east := math.Asin(min(1, math.Sin(angle)/math.Cos(p.Lat*degree)))/degree + slack
	b.low[0], b.high[0] = p.Lon-east, p.Lon+east
	return b
}
