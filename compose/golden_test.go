package compose

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// tolerance is how far a sample may be from the golden one, and how many may be farther: the
// rasteriser's rounding differs a little between processors.
const (
	tolerance = 3
	strays    = 20
)

func checkPicture(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".png")
	if *update {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if far := differing(t, want, data); far > strays {
		t.Errorf("%s: %d samples differ from the golden picture by more than %d; look at both, then run with -update", name, far, tolerance)
	}
}

func differing(t *testing.T, want, got []byte) int {
	t.Helper()
	w, g := decoded(t, want), decoded(t, got)
	if w.Bounds() != g.Bounds() {
		t.Fatalf("the picture is %v, the golden one %v", g.Bounds(), w.Bounds())
	}
	far := 0
	for y := range w.Bounds().Dy() {
		for x := range w.Bounds().Dx() {
			r1, g1, b1, _ := w.At(x, y).RGBA()
			r2, g2, b2, _ := g.At(x, y).RGBA()
			for _, d := range []int{int(r1) - int(r2), int(g1) - int(g2), int(b1) - int(b2)} {
				if max(d, -d) > tolerance*0x101 {
					far++
				}
			}
		}
	}
	return far
}

func decoded(t testing.TB, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
