package load

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
)

// Of a file of places each row becomes a place or is set aside, in GeoJSON as in a table, and where one cannot be read on, that is told.
func FuzzPlaces(f *testing.F) {
	for _, text := range []string{
		`{"type":"FeatureCollection","features":[{"type":"Feature","id":"quay","properties":{"name":"Quay","radius":50},"geometry":{"type":"Point","coordinates":[2.35,48.85]}}]}`,
		`{"type":"Feature","id":7,"properties":null,"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}`,
		`{"type":"FeatureCollection","features":[{"geometry":{"type":"MultiPolygon","coordinates":[[[[180,90],[-180,90]]]]}},`,
		`{"features":[1,null,{}]}`, `{"features":{}}`, `[]`, `{"geometry":{"type":"Point","coordinates":[1e400,"x"]}}`, "",
	} {
		f.Add([]byte(text), true)
	}
	f.Add([]byte("id,name,lat,lon,hours\na,Four,48.85,2.33,Mo-Fr 09:30-19:00\nb,,x,y,\n"), false)
	f.Fuzz(func(t *testing.T, text []byte, geo bool) {
		name := "places.csv"
		if geo {
			name = "places.geojson"
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		var aside bytes.Buffer
		to := &street{}
		r, err := (&Places{Files: []string{path}, Usual: aparte.Place{Kind: "shop", Radius: 150, Zone: "Europe/Paris"}, Lang: "en", Door: to, Aside: &aside}).Run(t.Context())
		if err != nil {
			return // it cannot be read at all
		}
		if r.Rows != r.Put+r.Aside {
			t.Fatalf("of %d rows %d are put and %d aside", r.Rows, r.Put, r.Aside)
		}
		if set := strings.Count(aside.String(), "\n"); set < r.Aside {
			t.Fatalf("%d rows are set aside, and %d told of", r.Aside, set)
		}
		for _, p := range to.put {
			if p.At != nil && !(p.At.Lat >= -90 && p.At.Lat <= 90 && p.At.Lon >= -180 && p.At.Lon <= 180) {
				t.Logf("a place at %v is for the door to refuse", *p.At)
			}
		}
	})
}
