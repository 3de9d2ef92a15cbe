package main

import (
	"cmp"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
)

// maxColours is how many colours an indexed PNG can have.
const maxColours = 256

// writeIndexed writes the picture as an indexed PNG: flat pictures have few colours that matter, and
// the rest, on soft edges, take the nearest of them. It keeps a product picture near ten kilobytes.
func writeIndexed(w io.Writer, img *image.RGBA) error {
	palette := paletteOf(img)
	indexed := image.NewPaletted(img.Bounds(), palette)
	nearest := make(map[color.RGBA]uint8, 4096)
	for i := range indexed.Pix {
		c := rgbaAt(img, i)
		index, ok := nearest[c]
		if !ok {
			index = uint8(palette.Index(c))
			nearest[c] = index
		}
		indexed.Pix[i] = index
	}
	return (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(w, indexed)
}

// paletteOf takes the most frequent colours, skipping those too close to one already taken.
func paletteOf(img *image.RGBA) color.Palette {
	counts := make(map[color.RGBA]int)
	for i := range len(img.Pix) / 4 {
		counts[rgbaAt(img, i)]++
	}
	colours := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B), cmp.Compare(a.A, b.A))
	})
	var palette color.Palette
	for _, c := range colours {
		if len(palette) < maxColours && !slices.ContainsFunc(palette, func(p color.Color) bool { return close(p.(color.RGBA), c) }) {
			palette = append(palette, c)
		}
	}
	return palette
}

// close reports whether the eye hardly tells the two apart.
func close(a, b color.RGBA) bool {
	d := func(x, y uint8) int { return (int(x) - int(y)) * (int(x) - int(y)) }
	return d(a.R, b.R)+d(a.G, b.G)+d(a.B, b.B)+d(a.A, b.A) < 60
}

func rgbaAt(img *image.RGBA, i int) color.RGBA {
	p := img.Pix[4*i:]
	return color.RGBA{p[0], p[1], p[2], p[3]}
}
