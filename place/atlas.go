package place

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/tidwall/rtree"
)

// Atlas is all of a brand's places, found by id and by where they are. It is immutable and safe for concurrent use. The zero value
// has none.
type Atlas struct {
	sites map[aparte.PlaceID]*Site
	tree  rtree.RTreeG[*Site]
}

// Site is a place, ready to be asked.
type Site struct {
	aparte.Place
	fence
	hours hours
}

// Open reports whether the place is open at an instant.
func (s *Site) Open(at time.Time) bool { return s.hours.open(at) }

// Closes is when the place closes, such as 19:30 by the clock on its wall, where it is open at an instant; known is false where it is always
// open.
func (s *Site) Closes(at time.Time) (until string, open, known bool) {
	if s.hours.always {
		return "", s.Open(at), s.hours.except != nil
	}
	until = s.hours.closes(at)
	return until, until != "", true
}

// Centre is where the place is: its door, else the middle of its polygon.
func (s *Site) Centre() aparte.Point {
	if s.At != nil {
		return *s.At
	}
	return s.centre
}

// Len is how many places there are.
func (a *Atlas) Len() int { return len(a.sites) }

// Site is a place by its id.
func (a *Atlas) Site(id aparte.PlaceID) (*Site, bool) {
	s, ok := a.sites[id]
	return s, ok
}

// With is the atlas with some places put in the stead of those of the same ids, and others gone. The error joins all that is wrong
// with places, each with its JSON pointer into them.
func (a *Atlas) With(places []aparte.Place, gone []aparte.PlaceID) (*Atlas, error) {
	sites, err := sitesOf(places)
	if err != nil {
		return nil, err
	}
	next := &Atlas{sites: maps.Clone(a.sites), tree: *a.tree.Copy()}
	if next.sites == nil {
		next.sites = make(map[aparte.PlaceID]*Site, len(sites))
	}
	for _, id := range gone {
		next.remove(id)
	}
	for _, s := range sites {
		next.remove(s.ID)
		next.sites[s.ID] = s
		for _, b := range s.bounds.onMap() {
			next.tree.Insert(b.low, b.high, s)
		}
	}
	if len(next.sites) > aparte.MaxPlaces {
		return nil, fmt.Errorf("%d places, at most %d", len(next.sites), aparte.MaxPlaces)
	}
	return next, nil
}

func (a *Atlas) remove(id aparte.PlaceID) {
	s, known := a.sites[id]
	if !known {
		return
	}
	for _, b := range s.bounds.onMap() {
		a.tree.Delete(b.low, b.high, s)
	}
	delete(a.sites, id)
}

func sitesOf(places []aparte.Place) ([]*Site, error) {
	var errs []error
	zones := map[string]*time.Location{}
	seen := make(map[aparte.PlaceID]int, len(places))
	sites := make([]*Site, 0, len(places))
	for i := range places {
		s, wrong := siteOf(&places[i], zones)
		if first, twice := seen[s.ID]; twice {
			wrong = append(wrong, fmt.Errorf("/id: %q is the id of /%d too", clip(string(s.ID)), first))
		}
		seen[s.ID] = i
		for _, err := range wrong {
			if errs = append(errs, fmt.Errorf("/%d%w", i, err)); len(errs) == mostErrors {
				return nil, errors.Join(append(errs, errors.New("and perhaps more"))...)
			}
		}
		sites = append(sites, s)
	}
	return sites, errors.Join(errs...)
}

// mostErrors is after how many nobody reads on.
const mostErrors = 100

// Find appends to dst the places in whose fences a point is, the smallest first.
func (a *Atlas) Find(dst []*Site, p aparte.Point) []*Site {
	from := len(dst)
	at := [2]float64{p.Lon, p.Lat}
	a.tree.Search(at, at, func(_, _ [2]float64, s *Site) bool {
		if s.contains(p) {
			dst = append(dst, s)
		}
		return true
	})
	slices.SortFunc(dst[from:], func(a, b *Site) int { return cmp.Or(cmp.Compare(a.reach, b.reach), cmp.Compare(a.ID, b.ID)) })
	return slices.Compact(dst) // what is on both sides of the antimeridian may be found twice on it
}

// Within hands to use the places whose fences may reach into a window, from its south-west to its north-east, until it answers
// false. A window that goes over the antimeridian is two.
func (a *Atlas) Within(southWest, northEast aparte.Point, use func(*Site) bool) {
	a.tree.Search([2]float64{southWest.Lon, southWest.Lat}, [2]float64{northEast.Lon, northEast.Lat}, func(_, _ [2]float64, s *Site) bool { return use(s) })
}

// IDs are those of all places, in order.
func (a *Atlas) IDs() []aparte.PlaceID { return slices.Sorted(maps.Keys(a.sites)) }
