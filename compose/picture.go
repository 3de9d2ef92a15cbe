package compose

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"

	_ "image/gif"  // a format that assets may have
	_ "image/jpeg" // a format that assets may have
	_ "image/png"  // a format that assets may have

	"golang.org/x/image/draw"
	"golang.org/x/image/vector"
	_ "golang.org/x/image/webp" // a format that assets may have
)

// Limits on assets.
const (
	maxAssetBytes  = 16 << 20
	maxAssetPixels = 16 << 20
	maxScaledBytes = 96 << 20 // of scaled pictures kept, where nobody says otherwise: Composer.Within
)

// fit says how a picture fills a box.
type fit uint8

const (
	cover   fit = iota // fills it, cut where its shape differs
	contain            // is whole inside of it
)

// pictures are the brand's assets, decoded and scaled to the sizes in which they are shown. Decoding
// and scaling well takes tens of milliseconds, so what comes of it is kept.
type pictures struct {
	assets fs.FS
	scaled *cache[pictureKey, *image.RGBA]
	sound  *cache[[sha256.Size]byte, struct{}] // what was decoded whole, by its bytes
	desks  chan struct{}                       // bounds how many are decoded at a time, and so the memory that takes
}

type pictureKey struct {
	name   string
	w, h   int
	fit    fit
	radius int
	shadow int  // how far it reaches, in pixels
	quick  bool // made of its study: less sharp
}

func newPictures(assets fs.FS) *pictures {
	return &pictures{
		assets: assets, scaled: newCache[pictureKey, *image.RGBA](maxScaledBytes), sound: newCache[[sha256.Size]byte, struct{}](mostSound), desks: make(chan struct{}, 2),
	}
}

// get is an asset scaled into w × h pixels: exactly that to cover it, at most that to be contained in
// it. Its corners are rounded by radius pixels. The picture is shared: it must not be drawn on.
func (p *pictures) get(key pictureKey) (*image.RGBA, error) {
	return p.scaled.get(key, func() (*image.RGBA, int64, error) {
		p.desks <- struct{}{}
		defer func() { <-p.desks }()
		img, weight, err := weighed(p.scale(key))
		if err != nil {
			return nil, 0, fmt.Errorf("asset %q: %w", key.name, err)
		}
		return img, weight, nil
	})
}

func (p *pictures) scale(key pictureKey) (*image.RGBA, error) {
	source, err := p.source(key)
	if err != nil {
		return nil, err
	}
	size, crop := key.place(source.Bounds())
	source, crop = halve(source, crop, size.Mul(2))
	source = direct(source)
	var scaler draw.Scaler = draw.CatmullRom
	if key.quick {
		scaler = draw.ApproxBiLinear
	}
	scaled := image.NewRGBA(image.Rectangle{Max: size})
	if size == crop.Size() {
		draw.Copy(scaled, image.Point{}, source, crop, draw.Src, nil)
	} else {
		scaler.Scale(scaled, scaled.Rect, source, crop, draw.Src, nil)
	}
	if key.radius > 0 {
		roundCorners(scaled, float32(key.radius))
	}
	if key.shadow > 0 {
		return shaded(scaled, key.shadow), nil
	}
	return scaled, nil
}

// source is what a picture is scaled from.
func (p *pictures) source(key pictureKey) (image.Image, error) {
	if of := study(key.name); key.quick && key != of {
		return p.scaled.get(of, func() (*image.RGBA, int64, error) { return weighed(p.scale(of)) })
	}
	return p.decode(key.name)
}

func weighed(img *image.RGBA, err error) (*image.RGBA, int64, error) {
	if err != nil {
		return nil, 0, err
	}
	return img, int64(len(img.Pix)), nil
}

// place is the size that a picture of these bounds takes, and which part of it is shown.
func (k pictureKey) place(b image.Rectangle) (size image.Point, crop image.Rectangle) {
	w, h := b.Dx(), b.Dy()
	wider := w*k.h > h*k.w // than the box
	if k.fit == contain {
		if wider {
			return image.Pt(k.w, max(1, (h*k.w+w/2)/w)), b
		}
		return image.Pt(max(1, (w*k.h+h/2)/h), k.h), b
	}
	crop = b
	if wider {
		kept := min(w, max(1, (h*k.w+k.h/2)/k.h))
		crop.Min.X += (w - kept) / 2
		crop.Max.X = crop.Min.X + kept
	} else {
		kept := min(h, max(1, (w*k.h+k.w/2)/k.w))
		crop.Min.Y += (h - kept) / 2
		crop.Max.Y = crop.Min.Y + kept
	}
	return image.Pt(k.w, k.h), crop
}

// direct is a picture whose pixels say their colours themselves: those of one with a palette are looked up in a table, instead of by each
// pixel that is made of them.
func direct(source image.Image) image.Image {
	p, ok := source.(*image.Paletted)
	if !ok {
		return source
	}
	colours := lookup(p)
	out := image.NewRGBA(p.Rect)
	for y := range p.Rect.Dy() {
		row := out.Pix[y*out.Stride:]
		for x, i := range p.Pix[y*p.Stride:][:p.Rect.Dx()] {
			copy(row[4*x:], colours[i][:])
		}
	}
	return out
}

// lookup is a picture's palette as pixels have it. What a pixel names and the palette has not is transparent.
func lookup(p *image.Paletted) *[256][4]uint8 {
	var colours [256][4]uint8
	for i, c := range p.Palette {
		r, g, b, a := c.RGBA()
		colours[i] = [4]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)}
	}
	return &colours
}

// halve averages the pixels shown two by two as long as there are enough along each side: far cheaper than a wide kernel
// over all of them. Where twice those needed are enough, a product of the demo's cut to 280 pixels differs from one made by the kernel
// alone by 48 dB in the mean, by 40 at worst.
func halve(source image.Image, crop image.Rectangle, enough image.Point) (image.Image, image.Rectangle) {
	for crop.Dx() >= enough.X && crop.Dy() >= enough.Y {
		half := halved(source, crop)
		source, crop = half, half.Rect
	}
	return source, crop
}

// halved is half as wide and half as high. Of even sides and pixels that say their colours themselves or by a palette, as those of most PNGs
// do, it is what the library's scaler makes of them, to the bit, for less.
func halved(source image.Image, crop image.Rectangle) *image.RGBA {
	half := image.NewRGBA(image.Rect(0, 0, crop.Dx()/2, crop.Dy()/2))
	if crop.Dx()%2 == 0 && crop.Dy()%2 == 0 {
		switch of := source.(type) {
		case *image.RGBA:
			averageColours(half, of, crop)
			return half
		case *image.Paletted:
			averagePalette(half, of, crop)
			return half
		}
	}
	draw.ApproxBiLinear.Scale(half, half.Rect, direct(source), crop, draw.Src, nil)
	return half
}

func averageColours(half, of *image.RGBA, crop image.Rectangle) {
	for y := range half.Rect.Dy() {
		above := of.Pix[of.PixOffset(crop.Min.X, crop.Min.Y+2*y):][:4*crop.Dx()]
		below := of.Pix[of.PixOffset(crop.Min.X, crop.Min.Y+2*y+1):][:4*crop.Dx()]
		row := half.Pix[y*half.Stride:]
		for x := 0; x < len(above); x += 8 {
			a, b, to := above[x:x+8], below[x:x+8], row[x/2:x/2+4]
			for i := range to {
				to[i] = quarter(uint32(a[i]) + uint32(a[i+4]) + uint32(b[i]) + uint32(b[i+4]))
			}
		}
	}
}

func averagePalette(half *image.RGBA, of *image.Paletted, crop image.Rectangle) {
	colours := lookup(of)
	for y := range half.Rect.Dy() {
		above := of.Pix[of.PixOffset(crop.Min.X, crop.Min.Y+2*y):][:crop.Dx()]
		below := of.Pix[of.PixOffset(crop.Min.X, crop.Min.Y+2*y+1):][:crop.Dx()]
		row := half.Pix[y*half.Stride:]
		for x := 0; x < len(above); x += 2 {
			a, b, c, d := &colours[above[x]], &colours[above[x+1]], &colours[below[x]], &colours[below[x+1]]
			to := row[2*x : 2*x+4]
			for i := range to {
				to[i] = quarter(uint32(a[i]) + uint32(b[i]) + uint32(c[i]) + uint32(d[i]))
			}
		}
	}
}

// quarter is the average of four values of 8 bits, as it comes out of their values of 16.
func quarter(sum uint32) uint8 { return uint8(sum * 257 / 4 >> 8) }

// mostSound is how many pictures are remembered to be sound.
const mostSound = 1 << 16

// check tells whether an asset can be decoded whole. It is decoded but once: publishing a brand again costs no more than reading its pictures.
func (p *pictures) check(name string) error {
	if _, err := p.config(name); err != nil {
		return err
	}
	f, err := p.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxAssetBytes))
	if err != nil {
		return err
	}
	_, err = p.sound.get(sha256.Sum256(b), func() (struct{}, int64, error) {
		_, err := readPicture(bytes.NewReader(b))
		return struct{}{}, 1, err
	})
	return err
}

func (p *pictures) decode(name string) (image.Image, error) {
	if _, err := p.config(name); err != nil {
		return nil, err
	}
	f, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readPicture(io.LimitReader(f, maxAssetBytes))
}

func readPicture(from io.Reader) (image.Image, error) {
	img, _, err := image.Decode(from)
	if err != nil {
		return nil, fmt.Errorf("not a readable picture: %w", err)
	}
	return img, nil
}

// config is the size of an asset, which must be one that can be decoded within bounds.
func (p *pictures) config(name string) (image.Config, error) {
	f, err := p.open(name)
	if err != nil {
		return image.Config{}, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxAssetBytes {
		return image.Config{}, fmt.Errorf("%d bytes: at most %d are read", info.Size(), maxAssetBytes)
	}
	config, _, err := image.DecodeConfig(io.LimitReader(f, maxAssetBytes))
	switch {
	case err != nil:
		return config, fmt.Errorf("not a picture (PNG, JPEG, GIF or WebP): %w", err)
	case config.Width <= 0 || config.Height <= 0:
		return config, errors.New("a picture without pixels")
	case config.Width > maxAssetPixels/config.Height:
		return config, fmt.Errorf("%d × %d pixels: at most %d are decoded", config.Width, config.Height, maxAssetPixels)
	}
	return config, nil
}

func (p *pictures) open(name string) (fs.File, error) {
	if p.assets == nil {
		return nil, errors.New("there are no assets")
	}
	f, err := p.assets.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such asset")
	}
	return f, err
}

// roundCorners makes what lies outside of rounded corners transparent.
func roundCorners(img *image.RGBA, radius float32) {
	mask := image.NewAlpha(img.Rect)
	var r vector.Rasterizer
	r.Reset(img.Rect.Dx(), img.Rect.Dy())
	roundedPath(&r, 0, 0, float32(img.Rect.Dx()), float32(img.Rect.Dy()), radius)
	r.DrawOp = draw.Src
	r.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	for i, a := range mask.Pix {
		if a == 0xff {
			continue
		}
		pixel := img.Pix[4*i : 4*i+4]
		for j := range pixel {
			pixel[j] = uint8(uint32(pixel[j]) * uint32(a) / 0xff)
		}
	}
}

// roundedPath adds a rectangle with rounded corners.
func roundedPath(r *vector.Rasterizer, x0, y0, x1, y1, radius float32) {
	radius = min(radius, (x1-x0)/2, (y1-y0)/2)
	if radius <= 0 {
		r.MoveTo(x0, y0)
		r.LineTo(x1, y0)
		r.LineTo(x1, y1)
		r.LineTo(x0, y1)
		r.ClosePath()
		return
	}
	const kappa = 0.5522848 // a quarter of a circle as a cubic Bézier curve
	c := radius * (1 - kappa)
	r.MoveTo(x0+radius, y0)
	r.LineTo(x1-radius, y0)
	r.CubeTo(x1-c, y0, x1, y0+c, x1, y0+radius)
	r.LineTo(x1, y1-radius)
	r.CubeTo(x1, y1-c, x1-c, y1, x1-radius, y1)
	r.LineTo(x0+radius, y1)
	r.CubeTo(x0+c, y1, x0, y1-c, x0, y1-radius)
	r.LineTo(x0, y0+radius)
	r.CubeTo(x0, y0+c, x0+c, y0, x0+radius, y0)
	r.ClosePath()
}
