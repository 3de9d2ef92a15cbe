package place

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

func shop(spoil ...func(*aparte.Place)) aparte.Place {
	p := aparte.Place{
		ID: "shop", Name: aparte.Words{"en": "Shop"}, At: &aparte.Point{Lat: 48.85, Lon: 2.35}, Radius: 150, Zone: "Europe/Paris",
		Hours:  []aparte.Hours{{Day: 1, From: "09:00", Until: "12:30"}, {Day: 1, From: "14:00", Until: "19:00"}, {Day: 6, From: "20:00", Until: "02:00"}},
		Except: []aparte.Except{{Date: "2030-01-07"}, {Date: "2030-01-14", From: "10:00", Until: "11:00"}, {Date: "2030-01-14", From: "12:00", Until: "24:00"}},
	}
	for _, f := range spoil {
		f(&p)
	}
	return p
}

func TestAShopIsOpenByTheClockOnItsWall(t *testing.T) {
	p := shop()
	s, errs := siteOf(&p, map[string]*time.Location{})
	if errs != nil {
		t.Fatal(errs)
	}
	for at, want := range map[string]bool{
		"2030-01-21T07:59:59Z": false, // Monday, 8:59:59 there
		"2030-01-21T08:00:00Z": true,
		"2030-01-21T11:29:59Z": true,
		"2030-01-21T11:30:00Z": false,
		"2030-01-21T13:00:00Z": true,
		"2030-07-15T07:00:00Z": true, // in summer
		"2030-07-15T06:59:00Z": false,
		"2030-01-22T09:00:00Z": false, // Tuesday
		"2030-01-26T18:59:00Z": false, // Saturday, from eight in the evening until two
		"2030-01-26T19:00:00Z": true,
		"2030-01-27T00:59:00Z": true,
		"2030-01-27T01:00:00Z": false,
		"2030-01-07T09:00:00Z": false, // closed
		"2030-01-14T08:30:00Z": false, // other hours
		"2030-01-14T09:30:00Z": true,
		"2030-01-14T22:59:59Z": true,
		"2030-01-14T23:00:00Z": false,
	} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if s.Open(instant) != want {
			t.Errorf("%s: open is %v", at, !want)
		}
	}
	always, _ := siteOf(&aparte.Place{ID: "town", Zone: "UTC"}, map[string]*time.Location{})
	if !always.Open(time.Time{}) {
		t.Error("a place without hours is closed")
	}
}

func TestEverythingWrongWithAPlaceIsNamedByItsJSONPointer(t *testing.T) {
	square := aparte.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}
	for _, c := range []struct {
		want  string
		spoil func(*aparte.Place)
	}{
		{"/1/id: is missing", func(p *aparte.Place) { p.ID = "" }},
		{"/1/id: 65 bytes", func(p *aparte.Place) { p.ID = aparte.PlaceID(strings.Repeat("x", 65)) }},
		{`/1/id: "shop" is the id of /0 too`, func(*aparte.Place) {}},
		{"/1/name: 0 languages", func(p *aparte.Place) { p.Name = nil }},
		{"/1/at: is missing", func(p *aparte.Place) { p.At = nil }},
		{"/1/at: latitude 91", func(p *aparte.Place) { p.At = &aparte.Point{Lat: 91} }},
		{"/1/at: longitude", func(p *aparte.Place) { p.At = &aparte.Point{Lon: math.NaN()} }},
		{"/1/radius: 9 is not", func(p *aparte.Place) { p.Radius = 9 }},
		{"/1/radius: NaN", func(p *aparte.Place) { p.Radius = math.NaN() }},
		{"/1/polygon: there is a radius too", func(p *aparte.Place) { p.Polygon = square }},
		{"/1/polygon/0: a ring has", func(p *aparte.Place) { p.Radius, p.Polygon = 0, aparte.Polygon{{{0, 0}, {1, 0}, {1, 1}}} }},
		{"/1/polygon/0: a ring has", func(p *aparte.Place) { p.Radius, p.Polygon = 0, aparte.Polygon{{{0, 0}, {1, 0}, {1, 1}, {2, 2}}} }},
		{"/1/polygon/0/1: longitude 181", func(p *aparte.Place) { p.Radius, p.Polygon = 0, aparte.Polygon{{{0, 0}, {181, 0}, {1, 1}, {0, 0}}} }},
		{"/1/polygon/0: goes round a pole", func(p *aparte.Place) {
			p.Radius, p.Polygon = 0, aparte.Polygon{{{0, 80}, {120, 80}, {-120, 80}, {0, 80}}}
		}},
		{"/1/polygon/0: has no area", func(p *aparte.Place) { p.Radius, p.Polygon = 0, aparte.Polygon{{{0, 0}, {1, 1}, {2, 2}, {0, 0}}} }},
		{"/1/polygon: 1 rings with 1001", func(p *aparte.Place) { p.Radius, p.Polygon = 0, aparte.Polygon{make([][2]float64, 1001)} }},
		{"/1/dwell: ", func(p *aparte.Place) { p.Dwell = -1 }},
		{`/1/zone: "Mars/Base" is no time zone`, func(p *aparte.Place) { p.Zone = "Mars/Base" }},
		{`/1/zone: "" is no`, func(p *aparte.Place) { p.Zone = "" }},
		{"/1/hours/0/day: 0", func(p *aparte.Place) { p.Hours = []aparte.Hours{{From: "09:00", Until: "10:00"}} }},
		{`/1/hours/0/from: "9:00" is no time`, func(p *aparte.Place) { p.Hours = []aparte.Hours{{Day: 1, From: "9:00", Until: "10:00"}} }},
		{"/1/hours/0/from: is the end", func(p *aparte.Place) { p.Hours = []aparte.Hours{{Day: 1, From: "24:00", Until: "10:00"}} }},
		{`/1/except/0/date: "2030-02-30"`, func(p *aparte.Place) { p.Except = []aparte.Except{{Date: "2030-02-30"}} }},
		{"/1/except/1: the day is closed too", func(p *aparte.Place) {
			p.Except = []aparte.Except{{Date: "2030-02-03"}, {Date: "2030-02-03", From: "09:00", Until: "10:00"}}
		}},
		{"/1/except/1: the day has hours too", func(p *aparte.Place) {
			p.Except = []aparte.Except{{Date: "2030-02-03", From: "09:00", Until: "10:00"}, {Date: "2030-02-03"}}
		}},
		{"/1/link: ", func(p *aparte.Place) { p.Link = "javascript:alert(1)" }},
		{"/1/items: 65", func(p *aparte.Place) { p.Items = make([]aparte.OnShelf, 65) }},
		{"/1/items/0/item: 0 bytes", func(p *aparte.Place) { p.Items = make([]aparte.OnShelf, 1) }},
		{"/1/items/1/item: is that of /items/0 too", func(p *aparte.Place) { p.Items = []aparte.OnShelf{{Item: "a"}, {Item: "a"}} }},
		{"/1/items/0/stock: -1", func(p *aparte.Place) { p.Items = []aparte.OnShelf{{Item: "a", Stock: -1}} }},
		{"/1/items/0/offer: an amount", func(p *aparte.Place) { p.Items = []aparte.OnShelf{{Item: "a", Offer: aparte.Money{Amount: 1}}} }},
		{"/1/items/0/until: is not after", func(p *aparte.Place) {
			p.Items = []aparte.OnShelf{{Item: "a", From: time.Unix(9, 0), Until: time.Unix(9, 0)}}
		}},
	} {
		t.Run(c.want, func(t *testing.T) {
			bad := shop(func(p *aparte.Place) { p.ID = "bad" }, c.spoil)
			if strings.Contains(c.want, "/0 too") && strings.HasPrefix(c.want, "/1/id") {
				bad.ID = "shop"
			}
			_, err := new(Atlas).With([]aparte.Place{shop(), bad}, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.HasPrefix(err.Error(), "/0/") {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestAPolygonMayLieAcrossTheAntimeridianOrBeCutThere(t *testing.T) {
	p := aparte.Place{ID: "fiji", Name: aparte.Words{"en": "Fiji"}, Zone: "UTC", Polygon: aparte.Polygon{
		{{179, -18}, {-179, -18}, {-179, -16}, {179, -16}, {179, -18}},
		{{179.9, -17.1}, {-179.9, -17.1}, {-179.9, -16.9}, {179.9, -16.9}, {179.9, -17.1}},
	}}
	a, err := new(Atlas).With([]aparte.Place{p}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[aparte.Point]bool{
		{Lat: -17, Lon: 179.5}: true, {Lat: -17, Lon: -179.5}: true, {Lat: -17.5, Lon: 180}: true, {Lat: -17.5, Lon: -180}: true,
		{Lat: -17, Lon: 180}: false, {Lat: -17, Lon: -179.95}: false, {Lat: -17, Lon: 178.9}: false, {Lat: -17, Lon: -178.9}: false, {Lat: -17}: false,
	} {
		if found := a.Find(nil, at); (len(found) == 1) != want {
			t.Errorf("%v: found %d times", at, len(found))
		}
	}
	s, _ := a.Site("fiji")
	if off := s.beyond(aparte.Point{Lat: -16.5, Lon: -178.5}); math.Abs(off-53_300) > 200 {
		t.Errorf("half a degree to the east is %.0f m off", off)
	}
	if off := s.beyond(aparte.Point{Lat: -17, Lon: 180}); math.Abs(off-10_630) > 200 {
		t.Errorf("the middle of the hole is %.0f m off", off)
	}
}

func TestWhatAnEventSaysOfItsPlaceIsRead(t *testing.T) {
	at := time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC)
	fix := func(lat, lon, accuracy float64) *Fix { return &Fix{aparte.Point{Lat: lat, Lon: lon}, accuracy, at} }
	for _, c := range []struct {
		name, properties, context string
		want                      *Fix
	}{
		{aparte.EventLocated, `{"lat": 1.5, "lon": -2, "accuracy": 7}`, ``, fix(1.5, -2, 7)},
		{aparte.EventLocated, `{"lat": 1, "lon": 2}`, ``, fix(1, 2, 100)},
		{aparte.EventLocated, `{"lat": 1, "lon": 2, "at": "2030-01-01T08:00:03Z"}`, ``, fix(1, 2, 100)}, // by a clock that is three seconds fast
		{aparte.EventLocated, `{"lat": 1, "lon": 2, "at": "now"}`, ``, nil},
		{aparte.EventLocated, `{"lat": "1", "lon": 2}`, ``, nil},
		{aparte.EventLocated, `{"lat": 91, "lon": 2}`, ``, nil},
		{aparte.EventLocated, `{"lat": 1, "lon": 181}`, ``, nil},
		{aparte.EventLocated, `{"lat": 1, "lon": 2, "accuracy": -1}`, ``, nil},
		{aparte.EventLocated, `{"lat": 1}`, ``, nil},
		{aparte.EventLocated, `[]`, ``, nil},
		{aparte.EventLocated, ``, `{"location": {"latitude": 3, "longitude": 4}}`, fix(3, 4, 100)},
		{"Product Viewed", `{"lat": 1, "lon": 2}`, `{"location": {"latitude": 3, "longitude": 4, "accuracy": 5}}`, fix(3, 4, 5)},
		{"Product Viewed", `{"lat": 1, "lon": 2}`, ``, nil},
		{"Product Viewed", ``, `{"location": "Paris"}`, nil},
		{"Product Viewed", ``, `{"location": {"city": "Paris"}}`, nil},
	} {
		e := &aparte.Event{
			Type: aparte.Track, Name: c.name, Properties: json.RawMessage(c.properties), Context: json.RawMessage(c.context),
			Timestamp: at, OriginalTimestamp: at.Add(3 * time.Second),
		}
		got, ok := Read(e)
		if !ok && c.want == nil {
			continue
		}
		if c.want == nil || !ok || !cmp.Equal(*c.want, got) {
			t.Errorf("%s %s %s: %+v, %v", c.name, c.properties, c.context, got, ok)
		}
	}
}

func FuzzWithout(f *testing.F) {
	f.Add([]byte(`{"lat":1,"lon":2,"accuracy":3}`), []byte(`{"location":{"latitude":1,"city":"Paris"},"locale":"fr"}`))
	f.Add([]byte(``), []byte(`{"loc\u0061tion":{"latitude":1}}`))
	f.Add([]byte(``), []byte(`{"location":{"latitude":1},"location":{"latitude":2}}`))
	f.Fuzz(func(t *testing.T, properties, context []byte) {
		e := &aparte.Event{Type: aparte.Track, Name: aparte.EventLocated, Properties: properties, Context: context}
		left := Without(e)
		if fix, told := Read(left); told {
			t.Fatalf("what is left still says %v", fix)
		}
		if left.Properties != nil {
			t.Fatalf("properties %s are left", left.Properties)
		}
	})
}

// hundredThousand are as many fences as there may be, a third of them areas, about as dense as shops are in a country.
func hundredThousand() []aparte.Place {
	r := rand.New(rand.NewPCG(1, 2))
	places := make([]aparte.Place, aparte.MaxPlaces)
	for i := range places {
		at := aparte.Point{Lat: 42 + 9*r.Float64(), Lon: -4 + 12*r.Float64()}
		p := aparte.Place{ID: aparte.PlaceID(fmt.Sprint("p", i)), Name: aparte.Words{"en": "Shop"}, Zone: "Europe/Paris", At: &at}
		if i%3 > 0 {
			p.Radius = 100 + 1_900*r.Float64()
		} else {
			var ring [][2]float64
			for k := range 12 {
				sin, cos := math.Sincos(float64(k) * math.Pi / 6)
				ring = append(ring, [2]float64{at.Lon + 0.01*cos*(0.5+r.Float64()/2), at.Lat + 0.01*sin*(0.5+r.Float64()/2)})
			}
			p.Polygon = aparte.Polygon{append(ring, ring[0])}
		}
		places[i] = p
	}
	return places
}

func BenchmarkFind(b *testing.B) {
	a, err := new(Atlas).With(hundredThousand(), nil)
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	points := make([]aparte.Point, 4096)
	for i := range points {
		points[i] = aparte.Point{Lat: 42 + 9*r.Float64(), Lon: -4 + 12*r.Float64()}
	}
	var found []*Site
	n, in := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		found = a.Find(found[:0], points[n%len(points)])
		n, in = n+1, in+len(found)
	}
	b.ReportMetric(float64(in)/float64(n), "places/point")
}

func BenchmarkStep(b *testing.B) {
	a, err := new(Atlas).With(hundredThousand(), nil)
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	var open []aparte.Fence
	fix := Fix{aparte.Point{Lat: 48, Lon: 2}, 20, time.Unix(1_900_000_000, 0)}
	for b.Loop() {
		fix.At = fix.At.Add(time.Minute)
		fix.Lat, fix.Lon = fix.Lat+0.001*(r.Float64()-0.5), fix.Lon+0.001*(r.Float64()-0.5)
		open, _ = a.Step(open, fix)
	}
}

func BenchmarkWith(b *testing.B) {
	all := hundredThousand()
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			if _, err := new(Atlas).With(all, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	a, err := new(Atlas).With(all, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			if _, err := a.With(all[:1], nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestWhatIsKeptOfACallThatWasRefusedDoesNotSayWhereItsDeviceIs(t *testing.T) {
	for call, want := range map[string]string{
		`{"event":"Location Updated","properties":{"lat":48.85},"userId":""}`:                    `{"event":"Location Updated","userId":""}`,
		`{"type":"page","context":{"locale":"fr","location":{"latitude":48.85,"city":"Paris"}}}`: `{"context":{"locale":"fr","location":{"city":"Paris"}},"type":"page"}`,
		`{"event":"Location Updated","properties":{"lat":48.85}`:                                 ``,
		`{"type":"page","context":{"page":{"path":"/"}}}`:                                        `{"type":"page","context":{"page":{"path":"/"}}}`,
	} {
		if got := string(VagueCall([]byte(call))); got != want {
			t.Errorf("%s: kept %s, want %s", call, got, want)
		}
	}
}

func TestAPlaceSaysWhenItCloses(t *testing.T) {
	atlas, err := new(Atlas).With([]aparte.Place{
		{ID: "shop", Name: aparte.Words{"fr": "Boutique"}, At: &aparte.Point{Lat: 48.8, Lon: 2.3}, Radius: 100, Zone: "Europe/Paris",
			Hours:  []aparte.Hours{{Day: 1, From: "10:00", Until: "19:30"}, {Day: 2, From: "20:00", Until: "02:00"}},
			Except: []aparte.Except{{Date: "2026-12-21"}}},
		{ID: "town", Name: aparte.Words{"fr": "Ville"}, At: &aparte.Point{Lat: 48.8, Lon: 2.3}, Radius: 100, Zone: "Europe/Paris"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		id    aparte.PlaceID
		at    string
		until string
		open  bool
		known bool
	}{
		{"shop", "2026-11-30T10:00:00+01:00", "19:30", true, true},
		{"shop", "2026-11-30T19:30:00+01:00", "", false, true},
		{"shop", "2026-12-01T23:00:00+01:00", "02:00", true, true},
		{"shop", "2026-12-02T01:59:00+01:00", "02:00", true, true},
		{"shop", "2026-12-21T12:00:00+01:00", "", false, true},
		{"town", "2026-12-02T04:00:00+01:00", "", true, false},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		site, _ := atlas.Site(test.id)
		if until, open, known := site.Closes(at); until != test.until || open != test.open || known != test.known || open != site.Open(at) {
			t.Errorf("%s at %s: %q, %v, %v", test.id, test.at, until, open, known)
		}
	}
}
