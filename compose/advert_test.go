package compose

import (
	"bytes"
	"image"
	_ "image/jpeg"
	"image/png"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aparte-dev/aparte"
)

// advertised is the brand whose content may be an advertisement, too.
func advertised(t *testing.T) *aparte.Brand {
	b := ondine(t)
	b.Contents = b.Contents[:1]
	c := &b.Contents[0]
	c.Channels = append(c.Channels, aparte.Ads)
	for i := range c.Elements {
		for j := range c.Elements[i].Variants {
			delete(c.Elements[i].Variants[j].Words, "de")
		}
	}
	return b
}

func TestAdvertisementsComeInEverySizeOfTheSameContents(t *testing.T) {
	b, c := advertised(t), newComposer(t)
	sizes, ways, looked := map[string]int{}, map[string]bool{}, map[aparte.LayoutID]bool{} // the first of each is compared
	c.Ads(b, time.Date(2026, 12, 24, 17, 5, 0, 0, time.UTC), func(a Ad) {
		if a.Err != nil {
			t.Errorf("%s in %s, %s: %v", a.Content, a.Layout, a.Locale, a.Err)
			return
		}
		config, format, err := image.DecodeConfig(bytes.NewReader(a.Picture))
		if err != nil || config.Width != a.Format.Width || config.Height != a.Format.Height || "image/"+format != string(a.Type) {
			t.Errorf("%s: %v, %v, %s", a.Layout, config, err, format)
		}
		if most := a.Format.MostBytes; most > 0 && len(a.Picture) > most {
			t.Errorf("%s: %d bytes, at most %d are taken", a.Layout, len(a.Picture), most)
		}
		name := a.FileName(sizes[a.Format.Slot()])
		if ways[name] {
			t.Errorf("%s is there twice", name)
		}
		ways[name] = true
		sizes[a.Format.Slot()]++
		if a.Locale == "fr" && !looked[a.Layout] {
			looked[a.Layout] = true
			checkPicture(t, string(a.Layout), decodedAsPNG(t, a.Picture))
		}
	})
	for _, f := range AdFormats {
		if sizes[f.Slot()] < 12 {
			t.Errorf("%d of %s", sizes[f.Slot()], f.Slot())
		}
	}
}

// The layouts are sound in a brand, so that decisions for slots of these sizes can be laid out so.
func TestLayoutsOfAdvertisementsAreSound(t *testing.T) {
	b := advertised(t)
	for _, l := range AdLayouts(b) {
		b.Layouts = append(b.Layouts, l)
		b.Contents[0].Layouts = append(b.Contents[0].Layouts, l.ID)
	}
	if err := newComposer(t).Check(b); err != nil {
		t.Error(err)
	}
	if again := AdLayouts(b); len(again) != 0 {
		t.Errorf("%d more of sizes that are there", len(again))
	}
}

func TestTextsOfAdvertisementsAreNeverCut(t *testing.T) {
	texts, err := newComposer(t).AdTexts(advertised(t), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	fit, long := 0, 0
	for _, x := range texts {
		if x.Fits() != (utf8.RuneCountInString(x.Text) <= x.Most) || x.Text == "" {
			t.Errorf("%+v", x)
		}
		if x.Fits() {
			fit++
		} else {
			long++
		}
	}
	if fit == 0 || long == 0 {
		t.Errorf("%d fit, %d do not", fit, long)
	}
}

// decodedAsPNG is a picture as a PNG, whatever it was.
func decodedAsPNG(t *testing.T, body []byte) []byte {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
