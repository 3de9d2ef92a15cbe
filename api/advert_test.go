package api

import (
	"fmt"
	"image"
	_ "image/png"
	"testing"
	"testing/fstest"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/compose"
	"github.com/aparte-dev/aparte/store/pebble"
)

// An advertisement is chosen as anything else is, for a slot that is called as large as it is: with its propensity, for somebody who agreed to it, and
// what is clicked leads where what was shown does. For who did not agree there is none.
func TestAnAdvertisementIsDecidedForASlotOfItsSize(t *testing.T) {
	b := loopBrand()
	b.Pressure = aparte.Pressure{}
	first := b.Contents[0]
	first.Purpose = aparte.Marketing
	first.Channels, first.Slots, first.Layouts, first.Rules = []aparte.Channel{aparte.Ads}, nil, nil, nil
	b.Contents = nil
	for _, id := range []aparte.ContentID{"spring", "garden"} {
		c := first
		c.ID, c.Link = id, "/"+string(id)
		b.Contents = append(b.Contents, c)
	}
	layouts := compose.AdLayouts(b)
	b.Layouts = layouts
	for i := range b.Contents {
		for _, l := range layouts {
			b.Contents[i].Layouts = append(b.Contents[i].Layouts, l.ID)
		}
	}
	db, err := pebble.Open(t.TempDir(), pebble.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	composer, err := compose.New(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	h, _ := openOver(t, testKeys, db, composer, b)
	if w := call(h, "POST", "/v1/identify", "wk", `{"userId": "ada", "traits": {"consents": [{"purpose": "marketing", "channel": "ads", "granted": true, "source": "test"}]}}`); w.Code != 200 {
		t.Fatal(w.Code, w.Body)
	}
	ask := func(user, slot string) (id, content, picture string, propensity float64) {
		w := call(h, "POST", "/v1/decide", "wk", fmt.Sprintf(`{"person": {"userId": %q}, "surface": "ads", "slots": [%q]}`, user, slot))
		if w.Code != 200 {
			t.Fatal(w.Code, w.Body)
		}
		d := decoded[struct {
			Decisions []struct {
				ID, Content, Channel, Layout, Image string
				Propensity                          float64
			}
		}](t, w).Decisions[0]
		if d.Content != "" && (d.Channel != "ads" || d.Layout != "ad-"+slot) {
			t.Errorf("%+v in the slot %s", d, slot)
		}
		return d.ID, d.Content, d.Image, d.Propensity
	}
	for _, f := range compose.AdFormats {
		said := map[string]bool{}
		for n := 0; n < 400 && len(said) < 2; n++ {
			_, content, picture, propensity := ask("ada", f.Slot())
			if content == "" || said[content] {
				continue
			}
			said[content] = true
			if !(propensity > 0 && propensity < 1) {
				t.Errorf("%s is said with a propensity of %v", content, propensity)
			}
			w := as(h, "GET", picture)
			config, _, err := image.DecodeConfig(w.Body)
			if err != nil || config.Width%f.Width != 0 || config.Height%f.Height != 0 || config.Width*f.Height != config.Height*f.Width {
				t.Errorf("%s: %v, %v (%d %s)", f.Slot(), config, err, w.Code, w.Header().Get("Content-Type"))
			}
		}
		if len(said) < 2 {
			t.Errorf("in %s only %v was ever said", f.Slot(), said)
		}
	}
	for range 20 {
		if _, content, _, _ := ask("somebody who did not agree", "300x250"); content != "" {
			t.Fatal("who did not agree is shown " + content)
		}
	}
}
