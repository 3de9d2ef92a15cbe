package compose

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"

	"golang.org/x/image/draw"

	"github.com/aparte-dev/aparte"
)

const (
	frames     = 60 // of a countdown, one a second: whoever looks longer sees the last of them
	gifColours = 255
	jpegGrade  = 82
)

// frames paints the banner as it is in each second of its countdowns and tells what differs from the frame before: of the first all, of
// others what was painted anew. It ends where nothing moves any more.
func (p *painter) frames(banner *aparte.Banner, show func(changed image.Rectangle)) {
	boxes := countdowns(banner, p.scope.scene.Content)
	ground := image.NewRGBA(p.img.Rect)
	copy(ground.Pix, p.img.Pix)
	var before *image.RGBA
	for n := range frames {
		for _, b := range boxes {
			draw.Draw(p.img, p.device(p.at(b)), ground, p.device(p.at(b)).Min, draw.Src)
		}
		left := int64(0)
		for _, b := range boxes {
			seconds := max(0, remaining(endOf(b, p.scope.scene.Content), p.scope.scene.seen())-int64(n))
			left = max(left, seconds)
			p.countdown(b, seconds)
		}
		changed := p.img.Rect
		if before == nil {
			before = image.NewRGBA(p.img.Rect)
		} else if changed = difference(before, p.img, p.spread(boxes)); changed.Empty() {
			return
		}
		show(changed)
		draw.Draw(before, changed, p.img, changed.Min, draw.Src)
		if left == 0 {
			return
		}
	}
}

// gif is the banner's frames with one palette for all. It is played once, so that the time shown is never that of an earlier second; after
// the end it stays at the end.
func (p *painter) gif(banner *aparte.Banner) *gif.GIF {
	q := new(quantiser)
	g := &gif.GIF{LoopCount: -1, Config: image.Config{Width: p.img.Rect.Dx(), Height: p.img.Rect.Dy()}}
	p.frames(banner, func(changed image.Rectangle) {
		if g.Image == nil {
			q.learn(p.img, gifColours)
			g.Config.ColorModel = q.palette
		}
		g.Image = append(g.Image, q.paint(p.img, changed))
		g.Delay = append(g.Delay, 100)
		g.Disposal = append(g.Disposal, gif.DisposalNone)
	})
	return g
}

// spread is the part of the picture in which the countdowns are.
func (p *painter) spread(boxes []*aparte.Box) image.Rectangle {
	var all image.Rectangle
	for _, b := range boxes {
		all = all.Union(p.device(p.at(b)))
	}
	return all.Intersect(p.img.Rect)
}

// difference is the smallest rectangle outside of which two pictures are the same in r.
func difference(a, b *image.RGBA, r image.Rectangle) image.Rectangle {
	var found image.Rectangle
	for y := r.Min.Y; y < r.Max.Y; y++ {
		from, to := a.PixOffset(r.Min.X, y), a.PixOffset(r.Max.X, y)
		if bytes.Equal(a.Pix[from:to], b.Pix[from:to]) {
			continue
		}
		left, right := 0, r.Dx()
		for bytes.Equal(a.Pix[from+4*left:][:4], b.Pix[from+4*left:][:4]) {
			left++
		}
		for bytes.Equal(a.Pix[from+4*right-4:][:4], b.Pix[from+4*right-4:][:4]) {
			right--
		}
		found = found.Union(image.Rect(r.Min.X+left, y, r.Min.X+right, y+1))
	}
	return found
}

// encodeJPEG writes a picture whose pixels are opaque.
func encodeJPEG(img *image.RGBA) ([]byte, error) {
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: jpegGrade})
	return out.Bytes(), err
}
