package compose

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/aparte-dev/aparte"
	earth "github.com/aparte-dev/aparte/place"
)

// germain is a shop.
func germain() *aparte.Place {
	return &aparte.Place{
		ID: "germain", Name: aparte.Words{"fr": "Saint-Germain"}, Kind: "shop", At: &aparte.Point{Lat: 48.85333, Lon: 2.33219}, Radius: 150,
		Zone: "Europe/Paris", Address: "1 rue du Four, 75006 Paris",
	}
}

// mapped is a scene at a shop, in a layout that is a map and nothing else.
func mapped(t testing.TB, w, h int) *Scene {
	s := scene(t, ondine(t), "hero")
	s.Layout = &aparte.Layout{ID: "map", Banner: &aparte.Banner{Width: w, Height: h, Boxes: []aparte.Box{{Kind: "map", W: w, H: h, Size: 24, Radius: 8}}}}
	s.Place, s.Opening = germain(), Opening{Known: true, Open: true, Until: "19:30"}
	return s
}

func TestMapsLookAsTheyDid(t *testing.T) {
	composer := newComposer(t)
	for name, test := range map[string]struct {
		w, h   int
		change func(*Scene)
	}{
		"map":    {600, 300, func(*Scene) {}},
		"map-2x": {600, 300, func(s *Scene) { s.Scale = 2 }},
		"map-dark": {600, 300, func(s *Scene) {
			s.Brand.Style.Ink, s.Brand.Style.Paper, s.Brand.Style.Accent, s.Brand.Style.OnAccent = "#f2eee9", "#1d1a1f", "#e8798c", "#1d1a1f"
			s.Opening = Opening{Known: true}
		}},
		"map-tall-area": {300, 400, func(s *Scene) {
			s.Place.Radius, s.Place.Polygon = 0, aparte.Polygon{{{2.3290, 48.8520}, {2.3345, 48.8510}, {2.3360, 48.8545}, {2.3310, 48.8560}, {2.3290, 48.8520}}}
			s.Opening = Opening{}
		}},
		"map-arabic":  {600, 300, func(s *Scene) { s.Locale = "ar"; s.Content = arabic(s.Content) }},
		"map-nowhere": {600, 300, func(s *Scene) { s.Place = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			s := mapped(t, test.w, test.h)
			test.change(s)
			var out bytes.Buffer
			if err := composer.PNG(&out, s); err != nil {
				t.Fatal(err)
			}
			checkPicture(t, name, out.Bytes())
		})
	}
}

// arabic is a content that says its body in Arabic.
func arabic(c *aparte.Content) *aparte.Content {
	other := *c
	other.Elements = nil
	for _, e := range c.Elements {
		variants := make([]aparte.Variant, len(e.Variants))
		for i, v := range e.Variants {
			variants[i] = v
			if len(v.Words) > 0 {
				variants[i].Words = aparte.Words{"ar": "متجرنا قريب منك"}
			}
		}
		e.Variants = variants
		other.Elements = append(other.Elements, e)
	}
	return &other
}

func TestAMapIsTrueToScale(t *testing.T) {
	paris := aparte.Point{Lat: 48.85333, Lon: 2.33219}
	for _, other := range []aparte.Point{{Lat: 48.8560, Lon: 2.3290}, {Lat: 48.80, Lon: 2.40}, {Lat: 48.85333, Lon: 2.33219}} {
		x, y := metresFrom(paris, [2]float64{other.Lon, other.Lat})
		if got, want := math.Hypot(x, y), earth.Distance(paris, other); math.Abs(got-want) > 0.01*want {
			t.Errorf("%v is drawn %.0f m away, and is %.0f", other, got, want)
		}
	}
	if x, _ := metresFrom(aparte.Point{Lon: 179.9}, [2]float64{-179.9, 0}); math.Abs(x-0.2*metresADegree) > 1 {
		t.Errorf("over the antimeridian: %.0f m", x)
	}
	for x, want := range map[float64]float64{1: 1, 1.99: 1, 4: 2, 7: 5, 99: 50, 130: 100, 0.3: 0.2} {
		if got := niceBelow(x); math.Abs(got-want) > 1e-9 {
			t.Errorf("below %v: %v, want %v", x, got, want)
		}
	}
}

func TestWhoIsAtAnotherPlaceIsShownAnotherMap(t *testing.T) {
	composer := newComposer(t)
	s := mapped(t, 600, 300)
	one, err := composer.Picture(s, AsPNG)
	if err != nil {
		t.Fatal(err)
	}
	other := germain()
	other.ID, other.Name = "marais", aparte.Words{"fr": "Le Marais"}
	for what, change := range map[string]func(*Scene){
		"the place":  func(s *Scene) { s.Place = other },
		"the hours":  func(s *Scene) { s.Opening = Opening{Known: true} },
		"that it is": func(s *Scene) { s.Place = nil },
	} {
		again := *s
		change(&again)
		if two, err := composer.Picture(&again, AsPNG); err != nil || bytes.Equal(one.Body, two.Body) {
			t.Errorf("with %s changed, the map is the same (%v)", what, err)
		}
	}
	s.Place.Address = "3 rue du Four, 75006 Paris" // where the one before stood in memory
	if two, err := composer.Picture(s, AsPNG); err != nil || bytes.Equal(one.Body, two.Body) {
		t.Errorf("with another address in the same place of memory, the map is the same (%v)", err)
	}
}

func TestAMapThatNobodyCanReadIsRefused(t *testing.T) {
	brand := ondine(t)
	brand.Layouts[0].Banner.Boxes = append(brand.Layouts[0].Banner.Boxes, aparte.Box{Kind: "map", W: 60, H: 60})
	if err := newComposer(t).Check(brand); err == nil || !strings.Contains(err.Error(), "a map of 60 × 60") {
		t.Errorf("got %v", err)
	}
}
