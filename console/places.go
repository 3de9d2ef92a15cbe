package console

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/place"
	"github.com/aparte-dev/aparte/store"
)

// placesView is the page of all places, or that of one.
type placesView struct {
	Done string // what was done, a word; empty: nothing
	All  int
	Map  *mapView // nil: there is nothing to draw
	Rows []placeRow
	Next aparte.PlaceID // where the list goes on; empty: here it ends
	One  *placeRow

	Zone    string // that of the brand, for places that do not say
	Usual   usualPlace
	Faults  []string
	Arrived *arrivedView // what became of a file that was sent; nil: none was
}

// usualPlace is what a form says of places that do not say it themselves.
type usualPlace struct{ Kind, Radius, Zone string }

// placeRow is one place, and how many come to it: never who.
type placeRow struct {
	*place.Site
	Title  string
	Inside int64
	Came   int64 // in the last week
	Line   spark
	Fence  string // its size in words
	Days   []openDay
	Open   bool
	Shelf  []shelfRow
}

// openDay is when a place is open on a day of the week.
type openDay struct{ Day, Hours string }

// shelfRow is an item that is at a place.
type shelfRow struct {
	Name  string
	Stock int64
	Offer aparte.Money
}

const (
	placesShown = 50
	placeDays   = 28
	placeWeek   = 7
)

// places draws the brand's places, and lists them.
func (s *console) places(w http.ResponseWriter, r *http.Request) {
	v := &placesView{Done: r.URL.Query().Get("done")}
	if v.Done != "removed" {
		v.Done = ""
	}
	s.showPlaces(w, r, http.StatusOK, v)
}

// onePlace is one place: when it is open, what is there, how many come.
func (s *console) onePlace(w http.ResponseWriter, r *http.Request) {
	site, known := s.Engine.Atlas().Site(aparte.PlaceID(r.PathValue("id")))
	if !known {
		s.problem(w, r, http.StatusNotFound, "problem.place")
		return
	}
	row := s.placeRow(r, site)
	s.detail(language(r), &row)
	s.showPlaces(w, r, http.StatusOK, &placesView{One: &row})
}

func (s *console) showPlaces(w http.ResponseWriter, r *http.Request, status int, v *placesView) {
	var listed []aparte.Place
	after := aparte.PlaceID(r.URL.Query().Get("after"))
	if v.One == nil {
		listed, v.All = s.Engine.Places(after, placesShown+1)
		if len(listed) > placesShown {
			listed = listed[:placesShown]
			v.Next = listed[placesShown-1].ID
		}
	}
	atlas := s.Engine.Atlas()
	for i := range listed {
		if site, known := atlas.Site(listed[i].ID); known {
			v.Rows = append(v.Rows, s.placeRow(r, site))
		}
	}
	if v.Zone = "UTC"; s.Engine.Plan() != nil {
		v.Zone = cmp.Or(s.Engine.Plan().Brand().Zone, v.Zone)
	}
	if v.Usual == (usualPlace{}) {
		v.Usual = usualPlace{"shop", "150", v.Zone}
	}
	v.Map = mapOf(language(r), atlas, r.URL.Query(), v.One)
	page := s.view(r, "places", v)
	if r.Method == http.MethodPost {
		page.Here = "/console/places"
	}
	if v.One != nil {
		page.Title = v.One.Title
	}
	s.answer(w, status, "places", "frame.html", page)
}

func (s *console) placeRow(r *http.Request, site *place.Site) placeRow {
	lang := language(r)
	row := placeRow{Site: site, Title: wordsText(lang, site.Name), Fence: fenceText(lang, site), Open: site.Open(s.Now())}
	visits, err := s.Engine.Visits(r.Context(), site.ID, placeDays)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "console visits", "place", site.ID, "error", err)
		return row
	}
	row.Inside, row.Line = visits.Inside, sparkOf(padded(visits.Came))
	row.Came = total(visits.Came[placeDays-placeWeek:])
	return row
}

// fenceText is how large a fence is, in words.
func fenceText(lang string, site *place.Site) string {
	if len(site.Polygon) == 0 {
		return strings.ReplaceAll(word(lang, "places.circle"), "{metres}", lengthText(lang, site.Radius))
	}
	corners := 0
	for _, ring := range site.Polygon {
		corners += len(ring) - 1
	}
	return strings.ReplaceAll(word(lang, "places.polygon"), "{corners}", countText(lang, int64(corners)))
}

// lengthText is a length in metres, or in kilometres from a thousand on.
func lengthText(lang string, metres float64) string {
	if metres < 1000 {
		return countText(lang, int64(metres+0.5)) + "\u00a0m"
	}
	return strings.TrimSuffix(strings.TrimSuffix(decimalText(lang, metres/1000), ",0"), ".0") + "\u00a0km"
}

// detail tells what only the page of a place shows.
func (s *console) detail(lang string, row *placeRow) {
	if len(row.Hours) > 0 {
		for day := 1; day <= 7; day++ {
			var spans []string
			for _, h := range row.Hours {
				if h.Day == day {
					spans = append(spans, h.From+"–"+h.Until)
				}
			}
			if len(spans) == 0 {
				spans = []string{word(lang, "places.closed")}
			}
			row.Days = append(row.Days, openDay{word(lang, "weekday."+string(rune('0'+day))), strings.Join(spans, ", ")})
		}
	}
	for _, on := range row.Items {
		offer := on.Offer
		if now := s.Now(); !on.From.IsZero() && now.Before(on.From) || !on.Until.IsZero() && !now.Before(on.Until) {
			offer = aparte.Money{}
		}
		row.Shelf = append(row.Shelf, shelfRow{itemName(s.Engine.Plan(), on.Item, lang), on.Stock, offer})
	}
}

// removePlace lets a place go.
func (s *console) removePlace(w http.ResponseWriter, r *http.Request) {
	id := aparte.PlaceID(r.PathValue("id"))
	if _, err := s.Engine.Place(id); errors.Is(err, store.ErrNotFound) {
		s.problem(w, r, http.StatusNotFound, "problem.place")
		return
	}
	if err := s.Engine.PutPlaces(r.Context(), nil, []aparte.PlaceID{id}); err != nil {
		s.Logger.ErrorContext(r.Context(), "console remove place", "error", err)
		s.problem(w, r, http.StatusInternalServerError, "problem.read")
		return
	}
	http.Redirect(w, r, "/console/places?done=removed", http.StatusSeeOther)
}

// Address is where the page of a place is.
func (row placeRow) Address() string { return placeAddress(row.ID) }

func placeAddress(id aparte.PlaceID) string { return "/console/places/" + url.PathEscape(string(id)) }

// Since is the first day of which is told how many came.
func (v *placesView) Since(now time.Time) time.Time { return now.AddDate(0, 0, 1-placeDays) }
