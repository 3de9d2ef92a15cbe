package compose

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

const (
	maxShadow   = 40   // how far a shadow may reach, in CSS pixels
	shadowShade = 0.38 // of black, where it is darkest
)

// shaded is a picture on its own shadow: soft, a little below it, with a margin of the shadow's reach on all sides.
func shaded(img *image.RGBA, reach int) *image.RGBA {
	size := img.Rect.Size()
	out := image.NewRGBA(image.Rect(0, 0, size.X+2*reach, size.Y+2*reach))
	shadow := image.NewAlpha(out.Rect)
	at := image.Rectangle{image.Pt(reach, reach), image.Pt(reach, reach).Add(size)}
	for y := range size.Y {
		for x := range size.X {
			shadow.Pix[(y+reach+reach/3)*shadow.Stride+x+reach] = uint8(shadowShade * float64(img.Pix[y*img.Stride+4*x+3]))
		}
	}
	for range 3 { // three boxes are nearly a bell
		blur(shadow.Pix, shadow.Rect.Dx(), shadow.Rect.Dy(), 1, shadow.Stride, reach/5)
		blur(shadow.Pix, shadow.Rect.Dy(), shadow.Rect.Dx(), shadow.Stride, 1, reach/5)
	}
	draw.DrawMask(out, out.Rect, image.NewUniform(color.Black), image.Point{}, shadow, image.Point{}, draw.Src)
	draw.Draw(out, at, img, img.Rect.Min, draw.Over)
	return out
}

// blur replaces each sample by the mean of those up to radius before and after it, along lines of n samples that
// stand step apart; there are so many lines, each the next after line samples.
func blur(pix []uint8, n, lines, step, line, radius int) {
	if radius < 1 {
		return
	}
	before := make([]uint8, n)
	for l := range lines {
		sum := 0
		for i := range n {
			before[i] = pix[l*line+i*step]
		}
		for i := range min(radius, n) {
			sum += int(before[i])
		}
		for i := range n {
			if i+radius < n {
				sum += int(before[i+radius])
			}
			if i-radius-1 >= 0 {
				sum -= int(before[i-radius-1])
			}
			pix[l*line+i*step] = uint8(sum / (2*radius + 1))
		}
	}
}
