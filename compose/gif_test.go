package compose

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/draw"

	"github.com/aparte-dev/aparte"
)

// moving is what a viewer of a GIF sees, frame after frame.
func moving(t testing.TB, data []byte) (*gif.GIF, []*image.RGBA) {
	t.Helper()
	g, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	screen := image.NewRGBA(image.Rect(0, 0, g.Config.Width, g.Config.Height))
	var seen []*image.RGBA
	for _, frame := range g.Image {
		draw.Draw(screen, frame.Rect, frame, frame.Rect.Min, draw.Over)
		copied := image.NewRGBA(screen.Rect)
		copy(copied.Pix, screen.Pix)
		seen = append(seen, copied)
	}
	return g, seen
}

// unlike is by how much two pictures differ, in the mean over their samples.
func unlike(a, b image.Image) float64 {
	x, y := toRGBA(a), toRGBA(b)
	sum := 0.0
	for i := range x.Pix {
		d := float64(x.Pix[i]) - float64(y.Pix[i])
		sum += max(d, -d)
	}
	return sum / float64(len(x.Pix))
}

// paletteLoss is what a palette may cost, in the mean over samples.
const paletteLoss = 1

func TestACountdownIsRightAtEachSecondFromTheOneItIsOpenedIn(t *testing.T) {
	composer, s := newComposer(t), voucher(t)
	s.Seen = time.Date(2026, 12, 24, 17, 5, 3, 400e6, time.UTC) // another second than that of the decision
	shown, err := composer.Picture(s, AsGIF)
	if err != nil {
		t.Fatal(err)
	}
	g, seen := moving(t, shown.Body)
	if len(seen) != frames || g.LoopCount != -1 {
		t.Fatalf("%d frames, repeated %d times", len(seen), g.LoopCount)
	}
	clockAt := image.Rect(24, 70, 274, 106)
	for n, frame := range seen {
		if n > 0 && !g.Image[n].Rect.In(clockAt) {
			t.Fatalf("frame %d draws %v: more than the clock", n, g.Image[n].Rect)
		}
		if g.Delay[n] != 100 || g.Disposal[n] != gif.DisposalNone {
			t.Fatalf("frame %d lasts %d/100 s and is disposed of as %d", n, g.Delay[n], g.Disposal[n])
		}
		if n%7 != 0 {
			continue
		}
		still := *s
		still.Seen = s.Seen.Add(time.Duration(n) * time.Second)
		var out bytes.Buffer
		if err := composer.PNG(&out, &still); err != nil {
			t.Fatal(err)
		}
		own := unlike(frame.SubImage(clockAt), toRGBA(decoded(t, out.Bytes())).SubImage(clockAt))
		still.Seen = still.Seen.Add(time.Second)
		out.Reset()
		if err := composer.PNG(&out, &still); err != nil {
			t.Fatal(err)
		}
		next := unlike(frame.SubImage(clockAt), toRGBA(decoded(t, out.Bytes())).SubImage(clockAt))
		if own > paletteLoss || 2*own > next {
			t.Errorf("frame %d differs from the picture of its second by %.2f, from that of the next by %.2f", n, own, next)
		}
	}
	checkPicture(t, "voucher-gif", png8(t, seen[0]))
}

func TestACountdownStaysAtItsEnd(t *testing.T) {
	composer, s := newComposer(t), voucher(t)
	end := s.Content.Until
	s.Seen = end.Add(-3 * time.Second)
	shown, err := composer.Picture(s, AsGIF)
	if err != nil {
		t.Fatal(err)
	}
	_, seen := moving(t, shown.Body)
	if len(seen) != 4 {
		t.Fatalf("%d frames in the last three seconds", len(seen))
	}
	for _, after := range []time.Duration{0, time.Second, 1000 * time.Hour} {
		s.Seen = end.Add(after)
		if shown, err = composer.Picture(s, AsGIF); err != nil {
			t.Fatal(err)
		}
		_, over := moving(t, shown.Body)
		if len(over) != 1 || unlike(over[0], seen[3]) > paletteLoss {
			t.Errorf("%v after the end there are %d frames, or another picture", after, len(over))
		}
	}
	checkPicture(t, "voucher-over", png8(t, seen[3]))
}

func TestTheLastSecondOfACountdownIsOne(t *testing.T) {
	end := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for before, want := range map[time.Duration]int64{
		-time.Hour: 0, 0: 0, 1: 1, time.Second: 1, time.Second + 1: 2, 25 * time.Hour: 90000,
	} {
		if got := remaining(end, end.Add(-before)); got != want {
			t.Errorf("%v before the end %d s remain, want %d", before, got, want)
		}
	}
	for left, want := range map[int64]string{0: "00:00:00", 86399: "23:59:59", 90061: "1\u00a0j\u00a001:01:01"} {
		if got := clock(left, "fr"); got != want {
			t.Errorf("%d s are %q, want %q", left, got, want)
		}
	}
}

func TestAJPEGShowsWhatThePNGShows(t *testing.T) {
	composer, s := newComposer(t), scene(t, ondine(t), "hero")
	still, err := composer.Picture(s, AsPNG)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := composer.Picture(s, AsJPEG)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(shown.Body))
	if err != nil {
		t.Fatal(err)
	}
	if d := unlike(img, decoded(t, still.Body)); d > 3 || len(shown.Body) >= len(still.Body) {
		t.Errorf("they differ by %.2f; %d bytes against %d", d, len(shown.Body), len(still.Body))
	}
}

func TestACountdownMustHaveAnEnd(t *testing.T) {
	composer, s := newComposer(t), voucher(t)
	s.Content.Until = time.Time{}
	s.Brand.Contents[0].Until = time.Time{}
	err := composer.Check(s.Brand)
	if err == nil || !strings.Contains(err.Error(), "/layouts/4/banner/boxes/0/until: the countdown has no end") {
		t.Errorf("checked: %v", err)
	}
	if CountsDown(s) {
		t.Error("it counts down to nothing")
	}
	s.Brand.Layouts[4].Banner.Boxes[0].Until = s.Now
	if err := composer.Check(s.Brand); err != nil || !CountsDown(s) {
		t.Errorf("with an end of its own: %v", err)
	}
	box := &s.Brand.Layouts[4].Banner.Boxes[5]
	box.Color, box.Background = "#ffffff", "#000000"
	s.Brand.Contents[0].Elements[len(s.Brand.Contents[0].Elements)-2].Variants[0].Words = aparte.Words{"fr": "3770012345670"}
	err = composer.Check(s.Brand)
	for _, want := range []string{"/layouts/4/banner/boxes/5: scanners need dark on light", "words/fr: cannot be a barcode: the check digit must be 9"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("checked: %v, want %s", err, want)
		}
	}
}

// png8 writes a picture losslessly, to be compared.
func png8(t testing.TB, img *image.RGBA) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := new(pngEncoder).encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
