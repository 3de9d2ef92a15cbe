package compose

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"golang.org/x/image/draw"
	"pgregory.net/rapid"
)

func toRGBA(img image.Image) *image.RGBA {
	rgba := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(rgba, rgba.Rect, img, img.Bounds().Min, draw.Src)
	return rgba
}

// opaque is a picture of w × h whose samples are taken from data, over and over.
func opaque(w, h int, data []byte) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		switch {
		case i%4 == 3:
			img.Pix[i] = 0xff
		case len(data) > 0:
			img.Pix[i] = data[i%len(data)]
		}
	}
	return img
}

func checkDecodesBack(t interface{ Fatalf(string, ...any) }, img *image.RGBA) {
	var out bytes.Buffer
	if err := new(pngEncoder).encode(&out, img); err != nil {
		t.Fatalf("encode: %v", err)
	}
	back, err := png.Decode(&out)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	if out.Len() > 0 {
		t.Fatalf("%d bytes after the end", out.Len())
	}
	if got := toRGBA(back); !bytes.Equal(got.Pix, img.Pix) || got.Rect != img.Rect {
		t.Fatalf("a picture of %v decodes to other pixels", img.Rect)
	}
}

func TestAnyOpaquePictureDecodesBackToItsPixels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 80).Draw(t, "width"), rapid.IntRange(1, 80).Draw(t, "height")
		checkDecodesBack(t, opaque(w, h, rapid.SliceOfN(rapid.Byte(), 0, 512).Draw(t, "samples")))
	})
}

func FuzzEncodePNG(f *testing.F) {
	f.Add(uint8(1), uint8(1), []byte{0})
	f.Add(uint8(200), uint8(3), []byte("aparté"))
	f.Fuzz(func(t *testing.T, w, h uint8, data []byte) {
		checkDecodesBack(t, opaque(int(w)+1, int(h)+1, data))
	})
}

func TestSilenceIsOneTransparentPixel(t *testing.T) {
	img := decoded(t, Silence())
	if _, _, _, alpha := img.At(0, 0).RGBA(); img.Bounds() != image.Rect(0, 0, 1, 1) || alpha != 0 {
		t.Errorf("silence is %v with alpha %d", img.Bounds(), alpha)
	}
}
