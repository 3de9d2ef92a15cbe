package compose

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"slices"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// voucher is the first content with a code for the till and an end, in a layout that shows all kinds of boxes.
func voucher(t testing.TB) *Scene {
	t.Helper()
	brand := ondine(t)
	content := brand.Contents[0]
	content.Until = time.Date(2026, 12, 26, 20, 6, 1, 0, time.UTC)
	content.Elements = append(slices.Clone(content.Elements),
		aparte.Element{Name: "code", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"fr": "ZOE-2026-0042"}}}},
		aparte.Element{Name: "card", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"fr": "3770012345679"}}}},
		aparte.Element{Name: "over", Variants: []aparte.Variant{{ID: "a", Words: aparte.Words{"fr": "C’est fini !"}}}},
	)
	content.Layouts = append(slices.Clone(content.Layouts), "voucher")
	brand.Contents[0] = content
	brand.Layouts = append(brand.Layouts, aparte.Layout{
		ID: "voucher", Channels: []aparte.Channel{aparte.Email},
		Banner: &aparte.Banner{Width: 600, Height: 300, Background: "#f3e6df", Boxes: []aparte.Box{
			{Kind: "countdown", Element: "over", X: 24, Y: 70, W: 250, H: 36, Size: 26, MinSize: 12, Bold: true, Color: "onAccent", Background: "accent", Radius: 18, Align: "centre", VAlign: "middle"},
			{Kind: "image", Element: "visual", X: 300, Y: 20, W: 140, H: 160, Fit: "contain", Shadow: 14},
			{Kind: "badge", X: 410, Y: 14, W: 58, H: 58, Size: 18, MinSize: 9, Bold: true},
			{Kind: "text", Element: "headline", X: 24, Y: 14, W: 260, H: 48, Size: 22, MinSize: 12, Bold: true},
			{Kind: "price", X: 24, Y: 112, W: 250, H: 30, Size: 24, MinSize: 12, Bold: true, Color: "accent", VAlign: "middle"},
			{Kind: "qr", X: 470, Y: 80, W: 120, H: 120},
			{Kind: "barcode", Element: "code", X: 24, Y: 200, W: 270, H: 84, Size: 13},
			{Kind: "barcode", Element: "card", Symbology: "ean13", X: 310, Y: 210, W: 150, H: 74, Size: 12},
		}},
	})
	s := scene(t, brand, "voucher")
	s.Item = &brand.Items[0]
	s.Action.Variants = []uint8{0, 0, 1} // the jar, which is cut out
	return s
}

func TestAVoucherShowsAllThatTheTillNeeds(t *testing.T) {
	s := voucher(t)
	composer := newComposer(t)
	if err := composer.Check(s.Brand); err != nil {
		t.Fatal(err)
	}
	for _, scale := range []int{1, 2} {
		s.Scale = scale
		var out bytes.Buffer
		if err := composer.PNG(&out, s); err != nil {
			t.Fatal(err)
		}
		checkPicture(t, fmt.Sprintf("voucher-%dx", scale), out.Bytes())
		img := decoded(t, out.Bytes())
		if got := readCode(t, qrcode.NewQRCodeReader(), part(img, 470, 80, 120, 120, scale)); got != s.Link {
			t.Errorf("the QR code says %q", got)
		}
		if got := readCode(t, oned.NewCode128Reader(), part(img, 24, 200, 270, 84, scale)); got != "ZOE-2026-0042" {
			t.Errorf("the barcode says %q", got)
		}
		if got := readCode(t, oned.NewEAN13Reader(), part(img, 310, 210, 150, 74, scale)); got != "3770012345679" {
			t.Errorf("the card's barcode says %q", got)
		}
	}
}

func part(img image.Image, x, y, w, h, scale int) image.Image {
	r := image.Rect(x*scale, y*scale, (x+w)*scale, (y+h)*scale)
	out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	for y := range r.Dy() {
		for x := range r.Dx() {
			out.Set(x, y, img.At(r.Min.X+x, r.Min.Y+y))
		}
	}
	return out
}

// readCode reads a code with a decoder that knows nothing of how it was made.
func readCode(t testing.TB, reader gozxing.Reader, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := reader.Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return err.Error()
	}
	return result.GetText()
}

// strip is bars as a picture, three pixels a module.
func strip(bars []bool) image.Image {
	img := image.NewGray(image.Rect(0, 0, 3*len(bars)+120, 40))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for i, bar := range bars {
		for x := 60 + 3*i; bar && x < 63+3*i; x++ {
			for y := range 40 {
				img.SetGray(x, y, color.Gray{})
			}
		}
	}
	return img
}

func TestBarcodesSayWhatTheyWereMadeOf(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringMatching(`([ -~]|[0-9]{1,7}){1,8}`).Filter(func(s string) bool { return len(s) <= maxCode128 }).Draw(rt, "text")
		bars, err := code128(text)
		if err != nil {
			rt.Fatal(err)
		}
		if got := readCode(t, oned.NewCode128Reader(), strip(bars)); got != text {
			rt.Fatalf("%q is read as %q", text, got)
		}
		number := rapid.StringMatching(`[0-9]{12}`).Draw(rt, "number")
		if bars, err = ean13(number); err != nil {
			rt.Fatal(err)
		}
		got := readCode(t, oned.NewEAN13Reader(), strip(bars))
		if len(got) != 13 || got[:12] != number {
			rt.Fatalf("%q is read as %q", number, got)
		}
		if _, err := ean13(got); err != nil {
			rt.Fatalf("with its check digit: %v", err)
		}
		wrong := []byte(got)
		wrong[12] = '0' + (wrong[12]-'0'+1)%10
		if _, err := ean13(string(wrong)); err == nil {
			rt.Fatal("a wrong check digit passes")
		}
	})
}

func TestWhatNoBarcodeCanSayIsWritten(t *testing.T) {
	for _, text := range []string{"", "été", "line\nend", string(make([]byte, maxCode128+1))} {
		if _, err := code128(text); err == nil {
			t.Errorf("%q is a barcode", text)
		}
	}
	for _, text := range []string{"", "12345678901", "12345678901x", "1234567890129"} {
		if _, err := ean13(text); err == nil {
			t.Errorf("%q is an EAN-13", text)
		}
	}
	s := voucher(t)
	content := *s.Content
	content.Elements = slices.Clone(content.Elements)
	content.Elements[len(content.Elements)-2].Variants = []aparte.Variant{{Words: aparte.Words{"fr": "carte n° 12"}}}
	content.Elements[len(content.Elements)-3].Variants = []aparte.Variant{{Words: aparte.Words{"fr": "Zoé-2026-0042"}}}
	s.Content, s.Link = &content, "https://a.example/c/"+string(bytes.Repeat([]byte("x"), 3000))
	var out bytes.Buffer
	if err := newComposer(t).PNG(&out, s); err != nil {
		t.Fatal(err)
	}
	checkPicture(t, "voucher-unsaid", out.Bytes())
}
