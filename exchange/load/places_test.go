package load

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aparte-dev/aparte"
)

// street keeps places, and refuses those of the kind "bad".
type street struct{ put []aparte.Place }

func (s *street) PutPlaces(_ context.Context, put []aparte.Place) (faults []Fault, err error) {
	for i := range put {
		if put[i].Kind == "bad" {
			faults = append(faults, Fault{fmt.Sprintf("/put/%d/kind", i), "is bad"})
		}
	}
	if faults == nil {
		s.put = append(s.put, put...)
	}
	return faults, nil
}

func located(t *testing.T, name, text string) (*street, *Located, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var aside bytes.Buffer
	to := &street{}
	r, err := (&Places{
		Files: []string{path}, Usual: aparte.Place{Kind: "shop", Radius: 150, Zone: "Europe/Paris"}, Lang: "fr", Door: to, Aside: &aside,
	}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return to, r, strings.ReplaceAll(aside.String(), path, name)
}

func TestATableBecomesPlacesAndARowThatIsWrongIsSetAsideWithItsLine(t *testing.T) {
	to, r, aside := located(t, "shops.csv", `id,name,kind,lat,lon,radius,hours,dwell,address
a,Four,,48.85,2.33,,Mo-Fr 09:30-19:00; Sa 10:00-18:00,10m,"1 rue du Four, Paris"
b,Sud,town,43.3,5.4,2000,24/7,,
c,Bad,bad,43.3,5.4,2000,,,
d,No,,here,5.4,,,,
e,No,,43.3,,,,,
f,No,,43.3,5.4,,always,,
`)
	at := func(lat, lon float64) *aparte.Point { return &aparte.Point{Lat: lat, Lon: lon} }
	var week []aparte.Hours
	for day := 1; day <= 5; day++ {
		week = append(week, aparte.Hours{Day: day, From: "09:30", Until: "19:00"})
	}
	week = append(week, aparte.Hours{Day: 6, From: "10:00", Until: "18:00"})
	want := []aparte.Place{
		{ID: "a", Name: aparte.Words{"fr": "Four"}, Kind: "shop", At: at(48.85, 2.33), Radius: 150, Zone: "Europe/Paris", Hours: week,
			Dwell: aparte.Duration(10 * time.Minute), Address: "1 rue du Four, Paris"},
		{ID: "b", Name: aparte.Words{"fr": "Sud"}, Kind: "town", At: at(43.3, 5.4), Radius: 2000, Zone: "Europe/Paris"},
	}
	if diff := cmp.Diff(want, to.put); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Rows != 6 || r.Put != 2 || r.Aside != 4 {
		t.Errorf("%+v", r)
	}
	for _, want := range []string{`"line":4,"field":"kind","reason":"is bad"`, `"line":5,"field":"lat"`, `"line":6,"field":"lon"`, `"line":7,"field":"hours"`} {
		if !strings.Contains(aside, want) {
			t.Errorf("%s is missing in\n%s", want, aside)
		}
	}
}

func TestGeoJSONBecomesPlaces(t *testing.T) {
	to, r, aside := located(t, "areas.geojson", `{"type": "FeatureCollection", "features": [
{"type": "Feature", "id": 7, "properties": {"name": {"en": "Town"}, "kind": "town", "opening_hours": "Su 10:00-13:00"}, "geometry": {"type": "Polygon", "coordinates": [[[0,0],[1,0,9],[1,1],[0,0]]]}},
{"type": "Feature", "properties": {"id": "p", "name": "Point", "radius": 80}, "geometry": {"type": "Point", "coordinates": [2.5, 48.5]}},
{"type": "Feature", "properties": {"id": "m", "name": "Many"}, "geometry": {"type": "MultiPolygon", "coordinates": []}}
]}`)
	want := []aparte.Place{
		{ID: "7", Name: aparte.Words{"en": "Town"}, Kind: "town", Zone: "Europe/Paris", Polygon: aparte.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}},
			Hours: []aparte.Hours{{Day: 7, From: "10:00", Until: "13:00"}}},
		{ID: "p", Name: aparte.Words{"fr": "Point"}, Kind: "shop", Zone: "Europe/Paris", Radius: 80, At: &aparte.Point{Lat: 48.5, Lon: 2.5}},
	}
	if diff := cmp.Diff(want, to.put); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Put != 2 || r.Aside != 1 || !strings.Contains(aside, `"line":4,"field":"geometry.type"`) {
		t.Errorf("%+v\n%s", r, aside)
	}
	for _, text := range []string{``, `[]`, `{"features": [{]`, `{"type": "Topology"}`} {
		if _, r, _ := located(t, "broken.json", text); len(r.Broken) != 1 || r.Put != 0 {
			t.Errorf("%s: %+v", text, r)
		}
	}
}

func TestPlacesAreReadFromLinesAsTheDoorTakesThem(t *testing.T) {
	to, r, aside := located(t, "shops.ndjson", `{"id":"a","name":{"en":"A"},"at":{"lat":1,"lon":2},"items":[{"item":"lamp","stock":3}]}
{"id":"b","nmae":{"en":"B"},"at":{"lat":1,"lon":2}}
`)
	want := []aparte.Place{{
		ID: "a", Name: aparte.Words{"en": "A"}, Kind: "shop", Zone: "Europe/Paris", Radius: 150, At: &aparte.Point{Lat: 1, Lon: 2},
		Items: []aparte.OnShelf{{Item: "lamp", Stock: 3}},
	}}
	if diff := cmp.Diff(want, to.put); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Aside != 1 || !strings.Contains(aside, `"line":2,"field":"nmae","reason":"is not known here"`) {
		t.Errorf("%+v\n%s", r, aside)
	}
}

func FuzzParseHours(f *testing.F) {
	f.Add("Mo-Fr 09:30-12:30,14:00-19:00; Sa,Su 10:00-18:00")
	f.Add("Sa-Mo 10:00-18:00")
	f.Fuzz(func(t *testing.T, s string) {
		hours, err := ParseHours(s)
		if err == nil && len(hours) > 7*len(s) {
			t.Fatalf("%d hours", len(hours))
		}
	})
}
