package console

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/place"
)

// A map is drawn of plain coordinates: degrees of latitude are as long everywhere, those of longitude as long as they are at the
// window's middle (equirectangular projection). Nothing is fetched for it; moving and zooming are links.

const (
	mapWide, mapHigh = 960, 560
	mostDrawn        = 250     // places one by one; of more, how many are in each cell of a grid
	mapColumns       = 24      // of that grid
	mapRows          = 14      //
	leastSpan        = 0.0005  // degrees from the top of a window to its bottom: some 55 m
	metresADegree    = 111_195 // of latitude, on a sphere of 6,371 km
	smallestDrawn    = 5       // of a fence's reach, in the map's own units; a dot, where it is less
	mostNamed        = 40
)

// mapView is a map.
type mapView struct {
	Wide, High int
	Shapes     []mapShape
	Clusters   []mapCluster
	Names      []mapName
	Grid       []mapLine
	Scale      float64 // how long the bar is, in the map's own units
	ScaleText  string
	Moves      []mapMove
	Drawn      int // places in the window
}

// mapShape is a place: a circle, or the outline of a polygon.
type mapShape struct {
	Address, Title string
	X, Y, R        string // of a circle
	Path           string // of a polygon
	Dot            bool   // too small to be drawn as large as it is
	Here           bool   // the page is that of this place
}

// mapCluster is how many places are in a cell of the grid.
type mapCluster struct {
	X, Y, R  string
	Count    int
	Address  string // of the map of that cell
	Baseline string
}

type mapName struct{ X, Y, Text string }

type mapLine struct{ X1, Y1, X2, Y2, TX, TY, Text string }

// mapMove is a link to another window.
type mapMove struct{ Key, Sign, Address string }

// window is what of the earth is shown: the middle, and how many degrees of latitude from top to bottom.
type window struct {
	lat, lon, span float64
	stretch        float64 // how much shorter a degree of longitude is
}

func windowAt(lat, lon, span float64) window {
	lat = max(-90, min(90, lat))
	return window{lat, around(lon), max(leastSpan, min(180, span)), max(0.05, math.Cos(lat*math.Pi/180))}
}

// around is a longitude from −180 to 180.
func around(lon float64) float64 { return lon - 360*math.Floor((lon+180)/360) }

// at is where a point is on the map, the short way round from its middle.
func (w window) at(p aparte.Point) (x, y float64) {
	scale := mapHigh / w.span
	return mapWide/2 + around(p.Lon-w.lon)*w.stretch*scale, mapHigh/2 - (p.Lat-w.lat)*scale
}

// half is how many degrees of longitude are left and right of the middle.
func (w window) half() float64 { return min(180, w.span*mapWide/mapHigh/w.stretch/2) }

func (w window) query() string {
	text := func(f float64) string { return strconv.FormatFloat(f, 'f', 5, 64) }
	return "?" + url.Values{"at": {text(w.lat) + "," + text(w.lon)}, "span": {text(w.span)}}.Encode() + "#map"
}

// windowAsked is the window that an address asks for.
func windowAsked(q url.Values) (window, bool) {
	lat, lon, _ := strings.Cut(q.Get("at"), ",")
	var f [3]float64
	for i, text := range []string{lat, lon, q.Get("span")} {
		var err error
		if f[i], err = strconv.ParseFloat(text, 64); err != nil || math.IsNaN(f[i]) || math.Abs(f[i]) > 360 {
			return window{}, false
		}
	}
	return windowAt(f[0], f[1], f[2]), f[2] > 0
}

// windowOf is the smallest window with everything in it.
func windowOf(atlas *place.Atlas) window {
	south, north, west, east := 90.0, -90.0, 180.0, -180.0
	for _, id := range atlas.IDs() {
		site, _ := atlas.Site(id)
		reach, c := site.Reach()/metresADegree, site.Centre()
		south, north, west, east = min(south, c.Lat-reach), max(north, c.Lat+reach), min(west, c.Lon-reach), max(east, c.Lon+reach)
	}
	w := windowAt((south+north)/2, (west+east)/2, 1)
	return windowAt(w.lat, w.lon, 1.25*max(north-south, (east-west)*w.stretch*mapHigh/mapWide, 0.004))
}

// mapOf draws the places in the window that an address asks for, else all, or one with what is around it.
func mapOf(lang string, atlas *place.Atlas, q url.Values, one *placeRow) *mapView {
	if atlas.Len() == 0 {
		return nil
	}
	w, asked := windowAsked(q)
	switch {
	case asked:
	case one != nil:
		c := one.Centre()
		w = windowAt(c.Lat, c.Lon, 5*one.Reach()/metresADegree)
	default:
		w = windowOf(atlas)
	}
	m := &mapView{Wide: mapWide, High: mapHigh}
	sites := within(atlas, w)
	if m.Drawn = len(sites); m.Drawn > mostDrawn {
		m.cluster(w, sites)
	} else {
		m.draw(lang, w, sites, one)
	}
	m.graticule(lang, w)
	m.scale(lang, w)
	m.moves(w)
	return m
}

// within are the places in a window, the largest first so that the small lie on top.
func within(atlas *place.Atlas, w window) (sites []*place.Site) {
	south, north := w.lat-w.span/2, w.lat+w.span/2
	search := func(west, east float64) {
		atlas.Within(aparte.Point{Lat: south, Lon: west}, aparte.Point{Lat: north, Lon: east}, func(s *place.Site) bool {
			sites = append(sites, s)
			return true
		})
	}
	switch west, east := w.lon-w.half(), w.lon+w.half(); {
	case w.half() >= 180:
		search(-180, 180)
	case west < -180:
		search(west+360, 180)
		search(-180, east)
	case east > 180:
		search(west, 180)
		search(-180, east-360)
	default:
		search(west, east)
	}
	slices.SortFunc(sites, func(a, b *place.Site) int { return cmp.Or(cmp.Compare(b.Reach(), a.Reach()), cmp.Compare(a.ID, b.ID)) })
	return slices.Compact(sites)
}

func units1(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

func (m *mapView) draw(lang string, w window, sites []*place.Site, one *placeRow) {
	scale := mapHigh / w.span / metresADegree
	var taken [][4]float64 // where no name is to stand
	for _, s := range sites {
		x, y := w.at(s.Centre())
		taken = append(taken, [4]float64{x - smallestDrawn, y - smallestDrawn, x + smallestDrawn, y + smallestDrawn})
	}
	for _, s := range sites {
		x, y := w.at(s.Centre())
		shape := mapShape{Address: placeAddress(s.ID), Title: wordsText(lang, s.Name), X: units1(x), Y: units1(y), Here: one != nil && s.ID == one.ID}
		switch reach := s.Reach() * scale; {
		case reach < smallestDrawn:
			shape.Dot, shape.R = true, strconv.Itoa(smallestDrawn)
		case len(s.Polygon) > 0:
			shape.Path = outline(w, s.Polygon)
		default:
			shape.R = units1(reach)
		}
		m.Shapes = append(m.Shapes, shape)
		m.name(&taken, shape.Title, x, y)
	}
}

// name writes the name of a place under it, where no other stands.
func (m *mapView) name(taken *[][4]float64, text string, x, y float64) {
	const letter, line = 7.4, 17
	if runes := []rune(text); len(runes) > 28 {
		text = string(runes[:27]) + "…"
	}
	half := letter * float64(len([]rune(text))) / 2
	box := [4]float64{x - half, y + 6, x + half, y + 6 + line}
	over := slices.ContainsFunc(*taken, func(b [4]float64) bool { return box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3] })
	if over || len(m.Names) == mostNamed || box[0] < 2 || box[2] > mapWide-2 || box[1] < 2 || box[3] > mapHigh-24 {
		return
	}
	*taken = append(*taken, box)
	m.Names = append(m.Names, mapName{units1(x), units1(y + 20), text})
}

// outline is a polygon as a path: each corner the short way from the one before.
func outline(w window, polygon aparte.Polygon) string {
	var d strings.Builder
	for _, ring := range polygon {
		lon := ring[0][0]
		x0, _ := w.at(aparte.Point{Lat: ring[0][1], Lon: lon})
		gone := 0.0
		for i, c := range ring[:len(ring)-1] {
			gone += around(c[0] - lon)
			lon = c[0]
			_, y := w.at(aparte.Point{Lat: c[1], Lon: c[0]})
			letter := "L"
			if i == 0 {
				letter = "M"
			}
			fmt.Fprintf(&d, "%s%s %s", letter, units1(x0+gone*w.stretch*mapHigh/w.span), units1(y))
		}
		d.WriteByte('Z')
	}
	return d.String()
}

// cluster tells how many places are in each cell of a grid.
func (m *mapView) cluster(w window, sites []*place.Site) {
	var cells [mapRows][mapColumns]struct {
		n    int
		x, y float64
	}
	for _, s := range sites {
		x, y := w.at(s.Centre())
		c := &cells[clamp(y*mapRows/mapHigh, mapRows)][clamp(x*mapColumns/mapWide, mapColumns)]
		c.n, c.x, c.y = c.n+1, c.x+x, c.y+y
	}
	for i := range cells {
		for _, c := range cells[i] {
			if c.n == 0 {
				continue
			}
			x, y := c.x/float64(c.n), c.y/float64(c.n)
			scale := mapHigh / w.span
			there := windowAt(w.lat-(y-mapHigh/2)/scale, w.lon+(x-mapWide/2)/scale/w.stretch, w.span/8)
			m.Clusters = append(m.Clusters, mapCluster{
				X: units1(x), Y: units1(y), R: units1(min(18, 8+3*math.Log10(float64(c.n)))), Count: c.n, Address: "/console/places" + there.query(), Baseline: units1(y + 4),
			})
		}
	}
}

func clamp(f float64, n int) int { return max(0, min(n-1, int(f))) }

// graticule are lines of latitude and longitude at round degrees.
func (m *mapView) graticule(lang string, w window) {
	step := rounded(w.span / 4)
	digits := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	name := func(degrees float64, positive, negative string) string {
		text := strconv.FormatFloat(math.Abs(degrees), 'f', digits, 64)
		if lang == "fr" {
			text = strings.Replace(text, ".", ",", 1)
		}
		side := positive
		if degrees < 0 {
			side = negative
		}
		return text + "°\u00a0" + word(lang, "places."+side)
	}
	for lat := math.Ceil((w.lat-w.span/2)/step) * step; lat <= w.lat+w.span/2; lat += step {
		_, y := w.at(aparte.Point{Lat: lat, Lon: w.lon})
		if y < 18 || y > mapHigh-30 {
			continue
		}
		m.Grid = append(m.Grid, mapLine{"0", units1(y), strconv.Itoa(mapWide), units1(y), "6", units1(y - 4), name(lat, "north", "south")})
	}
	step = rounded(2 * w.half() / 5)
	digits = max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	for lon := math.Ceil((w.lon-w.half())/step) * step; lon <= w.lon+w.half(); lon += step {
		x := mapWide/2 + (lon-w.lon)*w.stretch*mapHigh/w.span
		if x < 60 || x > mapWide-70 {
			continue
		}
		m.Grid = append(m.Grid, mapLine{units1(x), "0", units1(x), strconv.Itoa(mapHigh), units1(x + 4), "14", name(around(lon), "east", "west")})
	}
}

// rounded is the next smaller of 1, 2 and 5 times a power of ten.
func rounded(f float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(f)))
	for _, n := range []float64{5, 2} {
		if f >= n*power {
			return n * power
		}
	}
	return power
}

func (m *mapView) scale(lang string, w window) {
	metres := rounded(w.span * metresADegree / 4)
	m.Scale, m.ScaleText = metres*mapHigh/w.span/metresADegree, lengthText(lang, metres)
}

// moves are the links around a map.
func (m *mapView) moves(w window) {
	side := w.span / 3
	for _, to := range []struct {
		key, sign string
		window
	}{
		{"in", "+", windowAt(w.lat, w.lon, w.span/2)},
		{"out", "−", windowAt(w.lat, w.lon, w.span*2)},
		{"up", "↑", windowAt(w.lat+side, w.lon, w.span)},
		{"down", "↓", windowAt(w.lat-side, w.lon, w.span)},
		{"left", "←", windowAt(w.lat, w.lon-side/w.stretch, w.span)},
		{"right", "→", windowAt(w.lat, w.lon+side/w.stretch, w.span)},
	} {
		m.Moves = append(m.Moves, mapMove{to.key, to.sign, to.query()})
	}
}
