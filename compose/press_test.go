package compose

import (
	"bytes"
	"errors"
	"image"
	"sync"
	"testing"
	"time"

	"github.com/aparte-dev/aparte"
)

// crowd makes it look as if who asks now has to wait so long for a desk.
func crowd(c *Composer, wait time.Duration) {
	c.press.ahead, c.press.pace = float64(wait)*float64(cap(c.press.desks)), 1
}

func TestQualityIsSparedBeforeAnythingFails(t *testing.T) {
	composer, brand := newComposer(t), ondine(t)
	paint := func(s *Scene, scale float64) []byte {
		t.Helper()
		p, err := composer.proof(s, AsPNG)
		if err != nil {
			t.Fatal(err)
		}
		p.scale = scale
		body, err := composer.draw(p)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	zoe := scene(t, brand, "hero")
	zoe.Scale = 2
	nobody := *zoe
	nobody.Person = nil
	for _, test := range []struct {
		wait   time.Duration
		spared Spared
		want   []byte
	}{
		{patience[0], SparedNothing, paint(zoe, 2)}, {patience[0] + 1, SparedDensity, paint(zoe, 1)},
		{patience[1] + 1, SparedPerson, paint(&nobody, 1)}, {patience[2] + 1, SparedSharpness, paint(&nobody, 0.5)},
	} {
		fresh := *brand // nothing of it is kept yet
		asked := *zoe
		asked.Brand = &fresh
		crowd(composer, test.wait)
		shown, err := composer.Picture(&asked, AsPNG)
		if err != nil || shown.Spared != test.spared || !bytes.Equal(shown.Body, test.want) {
			t.Errorf("after a wait of %v: %v, spared %q", test.wait, err, shown.Spared)
		}
	}
	none := patience[len(patience)-1] + 1
	crowd(composer, none)
	other := *zoe
	fresh := *brand
	other.Brand = &fresh
	if _, err := composer.Picture(&other, AsPNG); !errors.Is(err, ErrCrowded) {
		t.Errorf("with too many: %v", err)
	}
	crowd(composer, patience[0]+1)
	if shown, err := composer.Picture(&other, AsPNG); err != nil || shown.Spared != SparedDensity {
		t.Fatal(err)
	}
	crowd(composer, none)
	if shown, err := composer.Picture(&other, AsPNG); err != nil || shown.Spared != SparedDensity {
		t.Errorf("of what is there already, the best is not shown: %v, %q", err, shown.Spared)
	}
	again := other
	again.Person = person("firstName", "Anna")
	if _, err := composer.Picture(&again, AsPNG); !errors.Is(err, ErrCrowded) {
		t.Errorf("another person's picture is painted: %v", err)
	}
	crowd(composer, 0)
	if shown, err := composer.Picture(&other, AsPNG); err != nil || shown.Spared != SparedNothing {
		t.Errorf("when the crowd has gone: %v, %q", err, shown.Spared)
	}
	code := voucher(t)
	crowd(composer, none-1)
	shown, err := composer.Picture(code, AsPNG)
	if err != nil {
		t.Fatal(err)
	}
	if size := decoded(t, shown.Body).Bounds().Size(); size != image.Pt(code.Layout.Banner.Width, code.Layout.Banner.Height) {
		t.Errorf("a code is made too small to be read: %v", size)
	}
	for _, moves := range []Format{AsGIF, AsWebP} {
		if shown, err := composer.Picture(code, moves); err != nil || shown.Type != AsPNG {
			t.Errorf("in a crowd %s is written as %s, %v", moves, shown.Type, err)
		}
	}
}

func TestThePressKnowsHowLongOneWaits(t *testing.T) {
	p := newPress()
	if p.wait() != 0 {
		t.Fatalf("at first one waits %v", p.wait())
	}
	first := p.enter(1000)
	if got, want := p.wait(), time.Duration(1000*firstPace/cap(p.desks)); got != want {
		t.Errorf("one waits %v, want %v", got, want)
	}
	first.began = first.began.Add(-time.Hour)
	p.leave(first)
	if p.wait() != 0 {
		t.Errorf("when all is painted one waits %v", p.wait())
	}
	p.enter(1000)
	if got := p.wait(); got < time.Hour/8/time.Duration(cap(p.desks)) {
		t.Errorf("after one that took an hour, one waits %v", got)
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
