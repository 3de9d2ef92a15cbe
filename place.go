package aparte

import "time"

// PlaceID names a place of the brand, the same for as long as the place is there.
type PlaceID string

// Bounds of places and of what they hold.
const (
	MaxPlaces     = 100_000
	MaxPlaceID    = 64 // bytes
	MaxPlaceItems = 64
	MaxFences     = 8 // in which one person is at a time
)

// Place is somewhere that matters to the brand: a shop, a showroom, a town. Where Radius is set its fence is a circle about
// At, else it is Polygon. Places are no part of the brand's versions: there may be MaxPlaces of them, each is brought up to date
// by itself, and a decision keeps what it knew of the one where the person was (Stay).
type Place struct {
	ID      PlaceID   `json:"id"`
	Name    Words     `json:"name"`
	Kind    string    `json:"kind,omitempty"` // shop, showroom, town, …: what rules tell places apart by
	At      *Point    `json:"at,omitempty"`   // its door; may be left out where there is a polygon
	Radius  float64   `json:"radius,omitzero"`
	Polygon Polygon   `json:"polygon,omitempty"`
	Dwell   Duration  `json:"dwell,omitzero"`    // how long somebody must be there to have stayed; 0: five minutes
	Zone    string    `json:"zone"`              // IANA time zone, of its hours
	Hours   []Hours   `json:"hours,omitempty"`   // none: it is always open
	Except  []Except  `json:"except,omitempty"`  // days on which other hours hold
	Address string    `json:"address,omitempty"` // as it is written on a letter
	Link    string    `json:"link,omitempty"`    // of its page
	Items   []OnShelf `json:"items,omitempty"`   // what is there
}

// Point is a point of the earth, in degrees of WGS 84.
type Point struct {
	Lat float64 `json:"lat"` // −90 to 90
	Lon float64 `json:"lon"` // −180 to 180
}

// Polygon is an area as GeoJSON has it (RFC 7946, section 3.1.6): rings of [longitude, latitude], closed, the first the border
// and the others holes in it. Edges are straight in longitude and latitude. Of two neighbours that are more than 180 degrees apart
// the edge goes the other way round, over the antimeridian.
type Polygon [][][2]float64

// Hours are opening hours on one day of each week. Where Until is no later than From they end the day after.
type Hours struct {
	Day   int    `json:"day"`   // 1 for Monday to 7
	From  string `json:"from"`  // such as 09:30
	Until string `json:"until"` // not included; 24:00 is the end of the day
}

// Except is one day with hours of its own; none: it is closed.
type Except struct {
	Date  string `json:"date"` // such as 2026-12-25
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
}

// OnShelf is an item that is at a place.
type OnShelf struct {
	Item  ItemID    `json:"item"`
	Stock int64     `json:"stock"`
	Offer Money     `json:"offer,omitzero"` // its price there while it is on offer; zero: it is not
	From  time.Time `json:"from,omitzero"`  // of the offer; zero: always
	Until time.Time `json:"until,omitzero"` // of the offer, before; zero: for good
}

// Fence is a place where a person is, as far as is known. Where exactly they are is not kept.
type Fence struct {
	Place   PlaceID
	Since   time.Time // they came
	Seen    time.Time // it was last heard that they are there
	Dwelled bool      // they have stayed
}

// Stay is the place where a moment finds somebody, as it was then. The zero value is nowhere.
type Stay struct {
	Place PlaceID
	Kind  string
	Since time.Time // they came
	Open  bool
	Items []Offered // what is in stock there, in the order of the place
}

// KindShop is the kind of places that are shops.
const KindShop = "shop"

// Near is the shop that is nearest to somebody who is at none, as it was then. The zero value: none is near, or it is not known
// where they are.
type Near struct {
	Place    PlaceID
	Open     bool
	Distance int64 // metres to its door, to the hundred, and above 10 km to the thousand: where exactly somebody is is not kept
}

// Offered is an item in stock where somebody is.
type Offered struct {
	Item  ItemID
	Stock int64
	Offer int64 // its price while it is on offer, in minor units of the brand's currency; 0: it is not
}

// Offers is what of an item is there, if anything.
func (s *Stay) Offers(item ItemID) (Offered, bool) {
	for _, o := range s.Items {
		if o.Item == item {
			return o, true
		}
	}
	return Offered{}, false
}
