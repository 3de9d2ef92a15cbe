package place

import (
	"fmt"
	"math"
	"testing"

	"github.com/aparte-dev/aparte"
	"pgregory.net/rapid"
)

// TestTheNearestShopIsTheNearestOfAll compares with a look at every place: anywhere on earth, over the antimeridian and near the poles.
func TestTheNearestShopIsTheNearestOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		centre := aparte.Point{Lat: rapid.Float64Range(-89.9, 89.9).Draw(t, "lat"), Lon: rapid.Float64Range(-180, 180).Draw(t, "lon")}
		somewhere := func(name string) aparte.Point {
			spread := rapid.SampledFrom([]float64{0.01, 0.1, 0.4}).Draw(t, "spread")
			north := rapid.Float64Range(-spread, spread).Draw(t, name+" north")
			east := rapid.Float64Range(-spread, spread).Draw(t, name+" east") / math.Cos(centre.Lat*degree)
			return aparte.Point{Lat: min(max(centre.Lat+north, -90), 90), Lon: onGlobe(centre.Lon + math.Mod(east, 360))}
		}
		var places []aparte.Place
		for i := range rapid.IntRange(0, 20).Draw(t, "places") {
			at := somewhere("place")
			places = append(places, aparte.Place{
				ID: aparte.PlaceID(fmt.Sprint(i)), Name: aparte.Words{"en": "A"}, Kind: rapid.SampledFrom([]string{"shop", "shop", "town"}).Draw(t, "kind"),
				At: &at, Radius: rapid.SampledFrom([]float64{10, 150, 50_000}).Draw(t, "radius"), Zone: "UTC",
			})
		}
		a, err := new(Atlas).With(places, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := somewhere("person")
		want, away := aparte.PlaceID(""), math.Inf(1)
		for _, s := range places {
			if d := Distance(p, *s.At); s.Kind == "shop" && d <= MaxNear && (d < away || d == away && s.ID < want) {
				want, away = s.ID, d
			}
		}
		got, far := a.nearest(p, "shop", MaxNear)
		switch {
		case got == nil && want != "", got != nil && (got.ID != want || far != away):
			t.Fatalf("found %+v at %v m, want %q at %v m", got, far, want, away)
		}
	})
}

func TestADistanceDoesNotSayWhereSomebodyIs(t *testing.T) {
	for metres, want := range map[float64]int64{0: 100, 149: 100, 151: 200, 9_940: 9_900, 12_400: 12_000, 24_999: 25_000} {
		if got := rounded(metres); got != want {
			t.Errorf("%v m is told as %d, want %d", metres, got, want)
		}
	}
}
