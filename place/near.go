package place

import (
	"math"
	"time"

	"github.com/aparte-dev/aparte"
)

// What is near.
const (
	MaxNear = 25_000 // metres to the nearest shop, at most

	vaguest = 5_000 // metres by which a fix may be off that says which shop is the nearest
)

// Near is the shop that is nearest to a fix, as it is at an instant: the zero value where none is within MaxNear, or the fix is off by
// more than 5 km.
func (a *Atlas) Near(fix Fix, at time.Time) aparte.Near {
	if fix.Accuracy > vaguest {
		return aparte.Near{}
	}
	s, away := a.nearest(fix.Point, aparte.KindShop, MaxNear)
	if s == nil {
		return aparte.Near{}
	}
	return aparte.Near{Place: s.ID, Open: s.Open(at), Distance: rounded(away)}
}

// nearest is the place of a kind whose centre is nearest to a point, and how far that is; of equally near ones, the first by id. It
// looks farther and farther, so that in a town it does not go through those of a country.
func (a *Atlas) nearest(p aparte.Point, kind string, most float64) (best *Site, away float64) {
	away = math.Inf(1)
	for radius := min(1_000, most); ; radius = min(4*radius, most) {
		for _, b := range about(p, radius).onMap() {
			a.tree.Search(b.low, b.high, func(_, _ [2]float64, s *Site) bool {
				if s.Kind == kind {
					if d := Distance(p, s.Centre()); d <= most && (d < away || d == away && s.ID < best.ID) {
						best, away = s, d
					}
				}
				return true
			})
		}
		if away <= radius || radius >= most { // farther out none is nearer
			return best, away
		}
	}
}

// rounded is a distance that does not say where somebody is: to the hundred metres, and above 10 km to the thousand.
func rounded(metres float64) int64 {
	step := 100.0
	if metres > 10_000 {
		step = 1_000
	}
	return int64(max(1, math.Round(metres/step)) * step)
}
