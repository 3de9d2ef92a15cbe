package compose

import (
	"bytes"
	"image/png"
	"io"
	"os"
	"testing"

	"github.com/aparte-dev/aparte"
)

// BenchmarkPNG paints and encodes the 600 × 300 banner, its product picture cached.
func BenchmarkPNG(b *testing.B) {
	for _, scale := range []int{1, 2} {
		b.Run([]string{"", "1x", "2x"}[scale], func(b *testing.B) {
			s := scene(b, ondine(b), "hero")
			s.Scale = scale
			composer := newComposer(b)
			var out bytes.Buffer
			b.ReportAllocs()
			for b.Loop() {
				out.Reset()
				if err := composer.PNG(&out, s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(out.Len()), "bytes/picture")
		})
	}
}

// BenchmarkJPEG is the same banner as a JPEG.
func BenchmarkJPEG(b *testing.B) {
	s, composer := scene(b, ondine(b), "hero"), newComposer(b)
	benchmarkFormat(b, composer, s, AsJPEG)
}

// BenchmarkWebP is the same banner as WebP, and a countdown of 60 frames, the voucher of the tests.
func BenchmarkWebP(b *testing.B) {
	b.Run("still", func(b *testing.B) { benchmarkFormat(b, newComposer(b), scene(b, ondine(b), "hero"), AsWebP) })
	b.Run("moving", func(b *testing.B) { benchmarkFormat(b, newComposer(b), voucher(b), AsWebP) })
}

// BenchmarkGIF is a countdown of 60 frames: the voucher, 600 × 300 with a picture and three codes, and a clock alone.
func BenchmarkGIF(b *testing.B) {
	b.Run("banner", func(b *testing.B) { benchmarkFormat(b, newComposer(b), voucher(b), AsGIF) })
	b.Run("clock", func(b *testing.B) {
		s := voucher(b)
		layout := *s.Layout
		clock := layout.Banner.Boxes[0]
		clock.X, clock.Y = 25, 22
		layout.Banner = &aparte.Banner{Width: 300, Height: 80, Boxes: []aparte.Box{clock}}
		s.Layout = &layout
		benchmarkFormat(b, newComposer(b), s, AsGIF)
	})
}

func benchmarkFormat(b *testing.B, composer *Composer, s *Scene, f Format) {
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		p, err := composer.proof(s, f)
		if err != nil {
			b.Fatal(err)
		}
		body, err := composer.draw(p)
		if err != nil {
			b.Fatal(err)
		}
		size = len(body)
	}
	b.ReportMetric(float64(size), "bytes/picture")
}

// BenchmarkPictureAgain is a picture that somebody was shown already.
func BenchmarkPictureAgain(b *testing.B) {
	s, composer := scene(b, ondine(b), "hero"), newComposer(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := composer.Picture(s, AsPNG); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPNGCold is the first opening: the product picture is decoded and scaled.
func BenchmarkPNGCold(b *testing.B) {
	s := scene(b, ondine(b), "hero")
	composer := newComposer(b)
	for b.Loop() {
		composer.pictures = newPictures(composer.pictures.assets)
		if err := composer.PNG(io.Discard, s); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncodePNG compares our encoder with image/png at its fastest, on the same banner.
func BenchmarkEncodePNG(b *testing.B) {
	var out bytes.Buffer
	if err := newComposer(b).PNG(&out, scene(b, ondine(b), "hero")); err != nil {
		b.Fatal(err)
	}
	img := toRGBA(decoded(b, out.Bytes()))
	b.Run("ours", func(b *testing.B) {
		var encoder pngEncoder
		b.ReportAllocs()
		for b.Loop() {
			out.Reset()
			if err := encoder.encode(&out, img); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(out.Len()), "bytes/picture")
	})
	b.Run("std-best-speed", func(b *testing.B) {
		encoder := png.Encoder{CompressionLevel: png.BestSpeed}
		for b.Loop() {
			out.Reset()
			if err := encoder.Encode(&out, img); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(out.Len()), "bytes/picture")
	})
}

func BenchmarkElements(b *testing.B) {
	s, composer := scene(b, ondine(b), "hero"), newComposer(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := composer.Elements(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	s, composer := scene(b, ondine(b), "hero"), newComposer(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := composer.HTML(s); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPage is what a web slot costs: elements, HTML and link, of a page that speaks of the person and
// of one that does not.
func BenchmarkPage(b *testing.B) {
	for name, of := range map[string]func(testing.TB, *aparte.Brand) *Scene{
		"personal": func(b testing.TB, brand *aparte.Brand) *Scene { return scene(b, brand, "hero") },
		"settled":  settledScene,
	} {
		b.Run(name, func(b *testing.B) {
			s, composer := of(b, ondine(b)), newComposer(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := composer.Page(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMembers is what it costs in an answer.
func BenchmarkMembers(b *testing.B) {
	s, composer := settledScene(b, ondine(b)), newComposer(b)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if out, err = composer.AppendMembers(out[:0], s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(out)), "bytes")
}

func BenchmarkMail(b *testing.B) {
	s, composer := mailScene(b, ondine(b)), newComposer(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := composer.Mail(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newComposer(b)
	}
}

// BenchmarkStudy makes a study of a product of the demo's anew: what making a brand's pictures ready costs for each.
func BenchmarkStudy(b *testing.B) {
	p := newPictures(os.DirFS("../demo/brand/assets"))
	for b.Loop() {
		if _, err := p.scale(study("22086.png")); err != nil {
			b.Fatal(err)
		}
	}
}
