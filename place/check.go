package place

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
)

// Bounds of one place, beside those of the root.
const (
	leastRadius = 10      // metres
	mostRadius  = 100_000 // metres
	mostRings   = 32
	mostCorners = 1_000 // of all rings of a polygon
	mostSpans   = 28
	mostExcept  = 366
	mostText    = 300 // bytes, of a name in one language, an address
	mostNames   = 32
	mostWord    = 96 // bytes, of a kind, an item
	mostLink    = 2_048
	mostDwell   = 12 * time.Hour
	mostStock   = 1_000_000_000
	mostPrice   = 10_000_000_000_000 // minor units
)

// site is a place on its way to be one that can be asked.
type site struct {
	*Site
	errs []error
}

func (s *site) wrong(format string, args ...any) {
	s.errs = append(s.errs, fmt.Errorf(format, args...))
}

// siteOf is a place, ready to be asked, and all that is wrong with it. zones has those that were looked up before.
func siteOf(p *aparte.Place, zones map[string]*time.Location) (*Site, []error) {
	s := site{Site: &Site{Place: *p}}
	s.checkWords()
	s.checkFence()
	s.checkHours(zones)
	s.checkItems()
	return s.Site, s.errs
}

func (s *site) checkWords() {
	switch {
	case s.ID == "":
		s.wrong("/id: is missing")
	case len(s.ID) > aparte.MaxPlaceID:
		s.wrong("/id: %d bytes, at most %d", len(s.ID), aparte.MaxPlaceID)
	case !utf8.ValidString(string(s.ID)):
		s.wrong("/id: is no text")
	}
	if len(s.Name) == 0 || len(s.Name) > mostNames {
		s.wrong("/name: %d languages, 1 to %d are allowed", len(s.Name), mostNames)
	}
	for _, language := range slices.Sorted(maps.Keys(s.Name)) {
		name := s.Name[language]
		if name == "" || len(name) > mostText || language == "" {
			s.wrong("/name: in %q has %d bytes, 1 to %d are allowed", clip(language), len(name), mostText)
		}
	}
	if len(s.Kind) > mostWord {
		s.wrong("/kind: %d bytes, at most %d", len(s.Kind), mostWord)
	}
	if len(s.Address) > mostText {
		s.wrong("/address: %d bytes, at most %d", len(s.Address), mostText)
	}
	if s.Dwell < 0 || s.Dwell.Std() >= mostDwell {
		s.wrong("/dwell: %v is not between 0 and %v", s.Dwell.Std(), mostDwell)
	}
	if u, err := url.Parse(s.Link); err != nil || len(s.Link) > mostLink || u.Scheme != "" && u.Scheme != "https" && u.Scheme != "http" {
		s.wrong("/link: is no address of a page")
	}
}

func (s *site) checkFence() {
	if s.At != nil {
		s.checkPoint("/at", s.At.Lon, s.At.Lat)
	}
	switch {
	case len(s.Polygon) > 0 && s.Radius != 0:
		s.wrong("/polygon: there is a radius too: a fence is the one or the other")
	case len(s.Polygon) > 0:
		if s.checkPolygon() {
			s.fence = polygon(s.Polygon)
		}
	case s.At == nil:
		s.wrong("/at: is missing, and there is no polygon")
	case !(s.Radius >= leastRadius && s.Radius <= mostRadius):
		s.wrong("/radius: %g is not between %d and %d metres", s.Radius, leastRadius, mostRadius)
	default:
		s.fence = circle(*s.At, s.Radius)
	}
}

func (s *site) checkPoint(at string, lon, lat float64) bool {
	if !(math.Abs(lat) <= 90) {
		s.wrong("%s: latitude %g is not between -90 and 90", at, lat)
		return false
	}
	if !(math.Abs(lon) <= 180) {
		s.wrong("%s: longitude %g is not between -180 and 180", at, lon)
		return false
	}
	return true
}

func (s *site) checkPolygon() bool {
	corners := 0
	for _, ring := range s.Polygon {
		corners += len(ring)
	}
	if len(s.Polygon) > mostRings || corners > mostCorners {
		s.wrong("/polygon: %d rings with %d corners, at most %d with %d", len(s.Polygon), corners, mostRings, mostCorners)
		return false
	}
	for i, ring := range s.Polygon {
		at := fmt.Sprintf("/polygon/%d", i)
		if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
			s.wrong("%s: a ring has at least four corners, of which the last is the first", at)
			return false
		}
		for j, c := range ring {
			if !s.checkPoint(fmt.Sprintf("%s/%d", at, j), c[0], c[1]) {
				return false
			}
		}
		u, east := unrolled(ring)
		if east != 0 {
			s.wrong("%s: goes round a pole: draw a circle there", at)
			return false
		}
		if areaOf(u) < 1 {
			s.wrong("%s: has no area", at)
			return false
		}
	}
	return true
}

func (s *site) checkHours(zones map[string]*time.Location) {
	s.hours.always = len(s.Hours) == 0
	zone, known := zones[s.Zone]
	if !known {
		var err error
		if zone, err = time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
			s.wrong("/zone: %q is no time zone such as Europe/Paris", clip(s.Zone))
			return
		}
		zones[s.Zone] = zone
	}
	s.hours.zone = zone
	if len(s.Hours) > mostSpans {
		s.wrong("/hours: %d of them, at most %d", len(s.Hours), mostSpans)
		return
	}
	if len(s.Except) > mostExcept {
		s.wrong("/except: %d of them, at most %d", len(s.Except), mostExcept)
		return
	}
	for i, h := range s.Hours {
		open, err := parseSpan(h.From, h.Until)
		switch {
		case h.Day < 1 || h.Day > 7:
			s.wrong("/hours/%d/day: %d is not between 1, Monday, and 7", i, h.Day)
		case err != nil:
			s.wrong("/hours/%d%w", i, err)
		default:
			s.hours.week[h.Day%7] = append(s.hours.week[h.Day%7], open)
		}
	}
	for i, e := range s.Except {
		if err := s.hours.make(e); err != nil {
			s.wrong("/except/%d%w", i, err)
		}
	}
}

// make takes in an exception: each of a day's adds to those before it.
func (h *hours) make(e aparte.Except) error {
	if _, err := time.Parse(time.DateOnly, e.Date); err != nil {
		return fmt.Errorf("/date: %q is no date such as 2026-12-25", clip(e.Date))
	}
	if h.except == nil {
		h.except = map[string][]span{}
	}
	if e.From == "" && e.Until == "" {
		if len(h.except[e.Date]) > 0 {
			return errors.New(": the day has hours too")
		}
		h.except[e.Date] = nil
		return nil
	}
	open, err := parseSpan(e.From, e.Until)
	if err != nil {
		return err
	}
	if before, told := h.except[e.Date]; told && before == nil {
		return errors.New(": the day is closed too")
	}
	h.except[e.Date] = append(h.except[e.Date], open)
	return nil
}

func (s *site) checkItems() {
	if len(s.Items) > aparte.MaxPlaceItems {
		s.wrong("/items: %d of them, at most %d", len(s.Items), aparte.MaxPlaceItems)
		return
	}
	seen := make(map[aparte.ItemID]int, len(s.Items))
	for i, on := range s.Items {
		if first, twice := seen[on.Item]; twice {
			s.wrong("/items/%d/item: is that of /items/%d too", i, first)
		}
		seen[on.Item] = i
		switch {
		case on.Item == "" || len(on.Item) > mostWord:
			s.wrong("/items/%d/item: %d bytes, 1 to %d are allowed", i, len(on.Item), mostWord)
		case on.Stock < 0 || on.Stock > mostStock:
			s.wrong("/items/%d/stock: %d is not between 0 and %d", i, on.Stock, mostStock)
		case on.Offer.Amount < 0 || on.Offer.Amount > mostPrice:
			s.wrong("/items/%d/offer/amount: %d is not between 0 and %d", i, on.Offer.Amount, mostPrice)
		case (on.Offer.Amount == 0) != (on.Offer.Currency == ""):
			s.wrong("/items/%d/offer: an amount has a currency, and none has none", i)
		case on.Offer.Currency != "" && len(on.Offer.Currency) != 3:
			s.wrong("/items/%d/offer/currency: %q is no currency such as EUR", i, clip(on.Offer.Currency))
		case !on.Until.IsZero() && !on.Until.After(on.From):
			s.wrong("/items/%d/until: is not after from", i)
		}
	}
}
