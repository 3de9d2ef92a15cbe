package compose

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	xdraw "golang.org/x/image/draw"
	"pgregory.net/rapid"
)

// headerOnly is the beginning of a PNG that claims to be w × h.
func headerOnly(w, h uint32) []byte {
	chunk := append([]byte("IHDR"), make([]byte, 13)...)
	binary.BigEndian.PutUint32(chunk[4:], w)
	binary.BigEndian.PutUint32(chunk[8:], h)
	chunk[12], chunk[13] = 8, 6
	out := append([]byte(pngSignature), 0, 0, 0, 13)
	out = append(out, chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

func TestAssetsThatCannotBeShownAreRefused(t *testing.T) {
	p := newPictures(fstest.MapFS{
		"bomb.png":  {Data: headerOnly(60000, 60000)},
		"cut.png":   {Data: headerOnly(4, 4)},
		"text.png":  {Data: []byte("not a picture")},
		"empty.png": {},
	})
	for name, want := range map[string]string{
		"bomb.png": "at most 16777216 are decoded", "cut.png": "not a readable picture", "text.png": "not a picture",
		"empty.png": "not a picture", "gone.png": "no such asset", "../secret": "",
	} {
		_, err := p.get(pictureKey{name: name, w: 10, h: 10})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if _, err := newPictures(nil).config("x.png"); err == nil {
		t.Error("without assets there is one")
	}
}

func TestPicturesCoverOrAreContained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 900)
		k := pictureKey{w: side.Draw(t, "box w"), h: side.Draw(t, "box h"), fit: rapid.SampledFrom([]fit{cover, contain}).Draw(t, "fit")}
		b := image.Rect(3, 5, 3+side.Draw(t, "w"), 5+side.Draw(t, "h"))
		size, crop := k.place(b)
		if !crop.In(b) || crop.Empty() || size.X < 1 || size.Y < 1 {
			t.Fatalf("size %v, crop %v of %v", size, crop, b)
		}
		if k.fit == cover && size != image.Pt(k.w, k.h) || k.fit == contain && (size.X > k.w || size.Y > k.h || crop != b) {
			t.Fatalf("%v in %d × %d", size, k.w, k.h)
		}
		// One side is whole; the other is within a pixel of what keeps the proportions.
		near := func(got, num, den int) bool { return math.Abs(float64(got)-float64(num)/float64(den)) <= 1 || got == 1 }
		ok := crop.Dx() == b.Dx() && near(crop.Dy(), b.Dx()*k.h, k.w) || crop.Dy() == b.Dy() && near(crop.Dx(), b.Dy()*k.w, k.h)
		if k.fit == contain {
			ok = size.X == k.w && near(size.Y, b.Dy()*k.w, b.Dx()) || size.Y == k.h && near(size.X, b.Dx()*k.h, b.Dy())
		}
		if !ok {
			t.Fatalf("stretched: %v of %v in %d × %d is %v", crop, b, k.w, k.h, size)
		}
	})
}

func TestRoundedCornersAreTransparent(t *testing.T) {
	p := newPictures(os.DirFS("testdata/assets"))
	img, err := p.get(pictureKey{name: "lipstick.jpg", w: 40, h: 40, radius: 12})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []image.Point{{0, 0}, {39, 0}, {0, 39}, {39, 39}} {
		if _, _, _, a := img.At(at.X, at.Y).RGBA(); a != 0 {
			t.Errorf("the corner %v has alpha %d", at, a)
		}
	}
	if _, _, _, a := img.At(20, 0).RGBA(); a != 0xffff {
		t.Errorf("the middle of a side has alpha %d", a)
	}
}

func TestLargePicturesShrinkWithoutMoire(t *testing.T) {
	checks := image.NewGray(image.Rect(0, 0, 1024, 1024)) // one pixel black, one white: grey from afar
	for y := range 1024 {
		for x := range 1024 {
			checks.SetGray(x, y, color.Gray{uint8((x + y) % 2 * 0xff)})
		}
	}
	var data bytes.Buffer
	if err := png.Encode(&data, checks); err != nil {
		t.Fatal(err)
	}
	p := newPictures(fstest.MapFS{"checks.png": {Data: data.Bytes()}})
	img, err := p.get(pictureKey{name: "checks.png", w: 60, h: 60})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range img.Pix {
		if i%4 != 3 && (v < 0x78 || v > 0x88) {
			t.Fatalf("sample %d is %#x, want grey", i, v)
		}
	}
}

func TestTheCacheMakesAValueOnceAndKeepsItsWeight(t *testing.T) {
	c := newCache[int, int](10)
	made := make([]int, 8)
	var lock sync.Mutex
	make1 := func(key int) func() (int, int64, error) {
		return func() (int, int64, error) {
			lock.Lock()
			defer lock.Unlock()
			made[key]++
			return key * key, 3, nil
		}
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if v, err := c.get(3, make1(3)); v != 9 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
		})
	}
	all.Wait()
	if made[3] != 1 {
		t.Errorf("made %d times", made[3])
	}
	for key := range 8 {
		if _, err := c.get(key, make1(key)); err != nil {
			t.Fatal(err)
		}
	}
	if c.weight > c.most || len(c.entries) != 3 || c.recent.Len() != 3 {
		t.Errorf("it keeps %d values that weigh %d", len(c.entries), c.weight)
	}
	failing := func() (int, int64, error) { return 0, 0, fs.ErrNotExist }
	if _, err := c.get(100, failing); err == nil {
		t.Error("an error is lost")
	}
	if v, err := c.get(100, func() (int, int64, error) { return 5, 1, nil }); v != 5 || err != nil {
		t.Errorf("an error is kept: %d, %v", v, err)
	}
}

func TestTheFontsAreThoseTheirChecksumsSay(t *testing.T) {
	sums, err := os.ReadFile("fonts/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(sums)), "\n")
	if len(lines) != len(faceFiles) {
		t.Errorf("%d checksums for %d fonts", len(lines), len(faceFiles))
	}
	for _, line := range lines {
		sum, name, _ := strings.Cut(line, "  ")
		data, err := fontFiles.ReadFile("fonts/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s has another checksum", name)
		}
	}
	for _, name := range faceFiles {
		if _, err := readFont(name); err != nil {
			t.Error(err)
		}
	}
}

// TestAPaletteIsLookedUpAsItIsDrawn draws pictures with palettes, and parts of them, as the library does.
func TestAPaletteIsLookedUpAsItIsDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		palette := make(color.Palette, rapid.IntRange(1, 256).Draw(t, "colours"))
		for i := range palette {
			palette[i] = color.NRGBA{R: rapid.Byte().Draw(t, "r"), G: rapid.Byte().Draw(t, "g"), B: rapid.Byte().Draw(t, "b"), A: rapid.Byte().Draw(t, "a")}
		}
		whole := image.NewPaletted(image.Rect(0, 0, rapid.IntRange(1, 20).Draw(t, "w"), rapid.IntRange(1, 20).Draw(t, "h")), palette)
		for i := range whole.Pix {
			whole.Pix[i] = uint8(rapid.IntRange(0, len(palette)-1).Draw(t, "pixel"))
		}
		part := whole.SubImage(image.Rect(rapid.IntRange(0, 5).Draw(t, "x"), rapid.IntRange(0, 5).Draw(t, "y"), 20, 20)).(*image.Paletted)
		want := image.NewRGBA(part.Rect)
		draw.Draw(want, want.Rect, part, part.Rect.Min, draw.Src)
		if got := direct(part).(*image.RGBA); got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
			t.Fatalf("%v in %v:\n%v\nwant\n%v", part.Rect, whole.Rect, got.Pix, want.Pix)
		}
	})
}

// TestAPictureIsHalvedAsTheLibraryDoes halves pictures of all kinds, and parts of them, with even and odd sides.
func TestAPictureIsHalvedAsTheLibraryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bounds := image.Rect(0, 0, rapid.IntRange(2, 24).Draw(t, "w"), rapid.IntRange(2, 24).Draw(t, "h"))
		pixels := make([]byte, 4*24*24)
		rand.NewChaCha8([32]byte{rapid.Byte().Draw(t, "seed")}).Read(pixels)
		palette := make(color.Palette, 256)
		for i := range palette {
			palette[i] = color.NRGBA{R: pixels[4*i], G: pixels[4*i+1], B: pixels[4*i+2], A: pixels[4*i+3]}
		}
		translucent := image.NewNRGBA(bounds)
		copy(translucent.Pix, pixels)
		colours, paletted, grey := image.NewRGBA(bounds), image.NewPaletted(bounds, palette), image.NewGray(bounds)
		draw.Draw(colours, bounds, translucent, image.Point{}, draw.Src)
		copy(paletted.Pix, pixels)
		copy(grey.Pix, pixels)
		crop := image.Rect(rapid.IntRange(0, bounds.Dx()-2).Draw(t, "x"), rapid.IntRange(0, bounds.Dy()-2).Draw(t, "y"), bounds.Dx(), bounds.Dy())
		for _, source := range []image.Image{colours, paletted, translucent, grey} {
			want := image.NewRGBA(image.Rect(0, 0, crop.Dx()/2, crop.Dy()/2))
			xdraw.ApproxBiLinear.Scale(want, want.Rect, direct(source), crop, xdraw.Src, nil)
			if got := halved(source, crop); got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
				t.Fatalf("%v of %T:\n%v\nwant\n%v", crop, source, got.Pix, want.Pix)
			}
		}
	})
}
