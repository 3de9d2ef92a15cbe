package compose

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
	"pgregory.net/rapid"

	"github.com/aparte-dev/aparte"
)

// TestAWebPShowsWhatThePNGShows to the last bit.
func TestAWebPShowsWhatThePNGShows(t *testing.T) {
	composer, s := newComposer(t), scene(t, ondine(t), "hero")
	for s.Scale = 1; s.Scale <= 2; s.Scale++ {
		shown, err := composer.Picture(s, AsWebP)
		if err != nil || shown.Type != AsWebP {
			t.Fatalf("%s, %v", shown.Type, err)
		}
		got, err := webp.Decode(bytes.NewReader(shown.Body))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := composer.PNG(&out, s); err != nil {
			t.Fatal(err)
		}
		if want := decoded(t, out.Bytes()); unlike(got, want) != 0 || got.Bounds() != want.Bounds() {
			t.Errorf("at scale %d WebP and PNG differ by %v, %v and %v", s.Scale, unlike(got, want), got.Bounds(), want.Bounds())
		}
		t.Logf("scale %d: WebP %d bytes, PNG %d", s.Scale, len(shown.Body), out.Len())
	}
}

// TestAnyOpaquePictureIsWrittenAsWebPWithoutLoss holds the library to what it is used for.
func TestAnyOpaquePictureIsWrittenAsWebPWithoutLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := image.NewRGBA(image.Rect(0, 0, rapid.IntRange(2, 70).Draw(t, "w"), rapid.IntRange(2, 40).Draw(t, "h")))
		colours := rapid.SliceOfN(rapid.Uint32(), 1, 12).Draw(t, "colours")
		for i := range len(whole.Pix) / 4 {
			c := colours[rapid.IntRange(0, len(colours)-1).Draw(t, "pixel")]
			copy(whole.Pix[4*i:], []byte{byte(c), byte(c >> 8), byte(c >> 16), 0xff})
		}
		part := whole.SubImage(image.Rect(rapid.IntRange(0, whole.Rect.Dx()-1).Draw(t, "x"), rapid.IntRange(0, whole.Rect.Dy()-1).Draw(t, "y"), 99, 99))
		data, err := lossless(part)
		if err != nil {
			if black(part) {
				return
			}
			t.Fatal(err)
		}
		got, err := webp.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for y := range got.Bounds().Dy() {
			for x := range got.Bounds().Dx() {
				want := part.At(part.Bounds().Min.X+x, part.Bounds().Min.Y+y)
				if got := color.RGBAModel.Convert(got.At(x, y)); got != want {
					t.Fatalf("%d, %d of %v is %v, want %v", x, y, part.Bounds(), got, want)
				}
			}
		}
	})
}

// black reports whether nothing else is in a picture.
func black(img image.Image) bool {
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); r+g+b > 0 {
				return false
			}
		}
	}
	return true
}

// TestWhatCannotBeWebPIsPNGOrGIF shows noise, which the library cannot write.
func TestWhatCannotBeWebPIsPNGOrGIF(t *testing.T) {
	seed := rand.New(rand.NewPCG(1, 1))
	grain := image.NewRGBA(image.Rect(0, 0, 600, 300))
	for i := range grain.Pix {
		grain.Pix[i] = max(byte(seed.IntN(256)), byte(0xff*(i%4/3)))
	}
	if _, err := lossless(grain); !errors.Is(err, errUnwritten) {
		t.Fatalf("the library writes it by now: %v", err)
	}
	composer, err := New(fstest.MapFS{"grain.png": {Data: png8(t, grain)}})
	if err != nil {
		t.Fatal(err)
	}
	s := voucher(t)
	layout, item := *s.Layout, *s.Item
	item.Image = "grain.png"
	s.Layout, s.Item = &layout, &item
	picture := aparte.Box{Kind: "image", W: 600, H: 300}
	clock := s.Layout.Banner.Boxes[0]
	for shown, boxes := range map[Format][]aparte.Box{AsPNG: {picture}, AsGIF: {picture, clock}} {
		layout.Banner = &aparte.Banner{Width: 600, Height: 300, Boxes: boxes}
		if got, err := composer.Picture(s, AsWebP); err != nil || got.Type != shown || http.DetectContentType(got.Body) != string(shown) {
			t.Errorf("shown as %s, %v, want %s", got.Type, err, shown)
		}
	}
}

// TestACountdownMovesAsWebPAsThePNGsOfItsSeconds reads the file as RFC 9649 has it, each frame by the library's decoder.
func TestACountdownMovesAsWebPAsThePNGsOfItsSeconds(t *testing.T) {
	composer, s := newComposer(t), voucher(t)
	s.Scale = 2 // which only stills have
	for left, want := range map[time.Duration]int{3 * time.Hour: frames, 3 * time.Second: 4} {
		s.Seen = s.Content.Until.Add(-left)
		shown, err := composer.Picture(s, AsWebP)
		if err != nil || shown.Type != AsWebP {
			t.Fatalf("%s, %v", shown.Type, err)
		}
		seen := movingWebP(t, shown.Body)
		if len(seen) != want {
			t.Fatalf("%v before the end: %d frames, want %d", left, len(seen), want)
		}
		for n := 0; n < len(seen); n += 3 {
			still := *s
			still.Scale, still.Seen = 1, s.Seen.Add(time.Duration(n)*time.Second)
			var out bytes.Buffer
			if err := composer.PNG(&out, &still); err != nil {
				t.Fatal(err)
			}
			if by := unlike(seen[n], decoded(t, out.Bytes())); by != 0 {
				t.Errorf("%v before the end: frame %d differs from the picture of its second by %v", left, n, by)
			}
		}
	}
	s.Seen = s.Content.Until.Add(time.Hour)
	shown, err := composer.Picture(s, AsWebP)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := webp.Decode(bytes.NewReader(shown.Body)); err != nil {
		t.Errorf("after the end it is no still: %v", err)
	}
}

// movingWebP is what a viewer sees, frame after frame.
func movingWebP(t *testing.T, data []byte) []*image.RGBA {
	t.Helper()
	if string(data[:4]) != "RIFF" || int(binary.LittleEndian.Uint32(data[4:])) != len(data)-8 || string(data[8:16]) != "WEBPVP8X" {
		t.Fatalf("%q… of %d bytes", data[:16], len(data))
	}
	number := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
	var seen []*image.RGBA
	var screen *image.RGBA
	for at := data[12:]; len(at) > 0; {
		name, size := string(at[:4]), int(binary.LittleEndian.Uint32(at[4:]))
		body := at[8 : 8+size]
		at = at[8+size+size%2:]
		switch name {
		case "VP8X":
			if body[0] != 2 {
				t.Fatalf("flags %x", body[0])
			}
			screen = image.NewRGBA(image.Rect(0, 0, number(body[4:])+1, number(body[7:])+1))
		case "ANIM":
			if loops := binary.LittleEndian.Uint16(body[4:]); loops != 1 {
				t.Fatalf("it is played %d times", loops)
			}
		case "ANMF":
			place := image.Pt(2*number(body), 2*number(body[3:]))
			part := image.Rectangle{place, place.Add(image.Pt(number(body[6:])+1, number(body[9:])+1))}
			if !part.In(screen.Rect) || number(body[12:]) != 1000 || body[15] != 2 {
				t.Fatalf("a frame in %v of %v for %d ms, flags %x", part, screen.Rect, number(body[12:]), body[15])
			}
			frame, err := webp.Decode(bytes.NewReader(chunk("RIFF", append([]byte("WEBP"), body[16:]...))))
			if err != nil || frame.Bounds().Size() != part.Size() {
				t.Fatalf("frame %d: %v", len(seen), err)
			}
			draw.Draw(screen, part, frame, image.Point{}, draw.Src)
			copied := image.NewRGBA(screen.Rect)
			copy(copied.Pix, screen.Pix)
			seen = append(seen, copied)
		default:
			t.Fatalf("chunk %q", name)
		}
	}
	return seen
}
