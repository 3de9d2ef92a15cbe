package compose

import (
	"bytes"
	"errors"
	"sync"
	"testing"

	"github.com/aparte-dev/aparte"
)

// crowd makes it look as if so many waited at each desk.
func crowd(c *Composer, many int) { c.press.waiting.Store(int64(many * cap(c.press.desks))) }

func TestQualityIsSparedBeforeAnythingFails(t *testing.T) {
	composer, brand := newComposer(t), ondine(t)
	paint := func(s *Scene, f Format) []byte {
		t.Helper()
		sc, err := composer.scope(s)
		if err != nil {
			t.Fatal(err)
		}
		body, err := composer.draw(sc, f, s.Scale)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	zoe := scene(t, brand, "hero")
	zoe.Scale = 2
	once, nobody := *zoe, *zoe
	once.Scale = 1
	nobody.Scale, nobody.Person = 1, nil
	for _, test := range []struct {
		waiting int
		spared  Spared
		want    *Scene
	}{
		{manyForDensity - 1, SparedNothing, zoe}, {manyForDensity, SparedDensity, &once}, {manyForPerson, SparedPerson, &nobody},
	} {
		fresh := *brand // nothing of it is kept yet
		asked := *zoe
		asked.Brand = &fresh
		crowd(composer, test.waiting)
		shown, err := composer.Picture(&asked, AsPNG)
		if err != nil || shown.Spared != test.spared || !bytes.Equal(shown.Body, paint(test.want, AsPNG)) {
			t.Errorf("%d wait: %v, spared %q", test.waiting, err, shown.Spared)
		}
	}
	crowd(composer, manyForAny)
	other := *zoe
	fresh := *brand
	other.Brand = &fresh
	if _, err := composer.Picture(&other, AsPNG); !errors.Is(err, ErrCrowded) {
		t.Errorf("with too many: %v", err)
	}
	crowd(composer, 0)
	if _, err := composer.Picture(&other, AsPNG); err != nil {
		t.Fatal(err)
	}
	crowd(composer, manyForAny)
	if shown, err := composer.Picture(&other, AsPNG); err != nil || shown.Spared != SparedNothing {
		t.Errorf("what is there already is spared: %v, %q", err, shown.Spared)
	}
	again := other
	again.Person = person("firstName", "Anna")
	if _, err := composer.Picture(&again, AsPNG); !errors.Is(err, ErrCrowded) {
		t.Errorf("another person's picture is painted: %v", err)
	}
}

func TestScenesThatLookTheSameArePaintedOnce(t *testing.T) {
	composer, brand := newComposer(t), ondine(t)
	shown := make([]Print, 24)
	var all sync.WaitGroup
	for i := range shown {
		all.Go(func() {
			s := scene(t, brand, "hero")
			s.Person = person("firstName", "Zoé", "city", string(rune('A'+i))) // differs in what is not shown
			s.Link = s.Link + string(rune('A'+i))
			var err error
			if shown[i], err = composer.Picture(s, AsPNG); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range shown {
		if &shown[i].Body[0] != &shown[0].Body[0] {
			t.Fatalf("picture %d was painted for itself", i)
		}
	}
	s := scene(t, brand, "hero")
	for name, change := range map[string]func(*Scene){
		"the name":    func(s *Scene) { s.Person = person("firstName", "Anna") },
		"the item":    func(s *Scene) { s.Item = &brand.Items[1] },
		"a variant":   func(s *Scene) { s.Action.Variants = []uint8{1} },
		"the tongue":  func(s *Scene) { s.Locale = "en" },
		"the density": func(s *Scene) { s.Scale = 2 },
		"the layout":  func(s *Scene) { s.Layout = &brand.Layouts[1] },
	} {
		other := *s
		change(&other)
		got, err := composer.Picture(&other, AsPNG)
		if err != nil || bytes.Equal(got.Body, shown[0].Body) {
			t.Errorf("with %s changed, the picture is the same (%v)", name, err)
		}
	}
	code := voucher(t) // a QR code is of one person's address
	one, err := composer.Picture(code, AsPNG)
	if err != nil {
		t.Fatal(err)
	}
	code.Link += "x"
	if two, err := composer.Picture(code, AsPNG); err != nil || bytes.Equal(one.Body, two.Body) {
		t.Errorf("two people are given one code (%v)", err)
	}
}

func TestEverythingABrandCanSayIsShown(t *testing.T) {
	brand := ondine(t)
	seen := map[string]bool{}
	newComposer(t).Examples(brand, scene(t, brand, "hero").Now, func(e Example) {
		if e.Err != nil {
			t.Errorf("%s in %s, %s: %v", e.Content, e.Layout, e.Locale, e.Err)
		}
		seen[string(e.Content)+"/"+string(e.Layout)+"/"+e.Locale] = e.Picture != nil
	})
	want := map[string]bool{}
	for _, l := range []string{"de", "en", "fr"} {
		want["encore/hero/"+l], want["encore/card/"+l], want["encore/strip/"+l], want["encore/letter/"+l] = true, true, true, false
	}
	if len(seen) != len(want) {
		t.Errorf("%d examples, want %d", len(seen), len(want))
	}
	for name, pictured := range want {
		if got, ok := seen[name]; !ok || got != pictured {
			t.Errorf("%s: shown %v, with a picture %v", name, ok, got)
		}
	}
	// 3 headlines, 1 body, 2 visuals, 2 calls, 1 subject and preheader, of 2 items, in 4 layouts and 3 languages.
	creatives, pieces := Creatives(brand)
	if creatives != 3*2*2*2*4*3 || pieces != 23 {
		t.Errorf("%d creatives of %d pieces", creatives, pieces)
	}
	none := &aparte.Brand{}
	if creatives, pieces := Creatives(none); creatives != 0 || pieces != 0 {
		t.Error("of nothing, something can be made")
	}
}
