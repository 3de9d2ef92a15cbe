package compose

import (
	"bytes"
	"fmt"
	"image"

	"golang.org/x/image/draw"

	"github.com/aparte-dev/aparte"
)

// Fallback is what a picture's place shows where there is nothing else to show, as a PNG: the content's fallback
// asset, else the brand's colour and name. It has the size of the layout's banner, 600 × 300 where there is none. It
// is the same for everybody and kept, so that it costs next to nothing where many ask at once; it must not be changed.
func (c *Composer) Fallback(s *Scene) ([]byte, error) {
	if s.Brand == nil {
		return c.fallback(s)
	}
	key := printKey{layout: s.Layout, content: s.Content, scale: float64(min(max(s.Scale, 1), maxScale)), fallback: true}
	return c.pagesOf(s.Brand).pictures.get(key, func() ([]byte, int64, error) {
		body, err := c.fallback(s)
		return body, int64(len(body)), err
	})
}

func (c *Composer) fallback(s *Scene) ([]byte, error) {
	brand := s.Brand
	if brand == nil {
		brand = &aparte.Brand{}
	}
	width, height := 600, 300
	if s.Layout != nil && s.Layout.Banner != nil && checkSize(s.Layout.Banner.Width, s.Layout.Banner.Height) == nil {
		width, height = s.Layout.Banner.Width, s.Layout.Banner.Height
	}
	var out bytes.Buffer
	err := c.paint(width, height, float64(min(max(s.Scale, 1), maxScale)), func(e *easel, cv *canvas) error {
		plain := Scene{Brand: brand, Content: &aparte.Content{}}
		p := painter{canvas: cv, composer: c, scope: &scope{scene: &plain}, style: &brand.Style, serif: isSerif(brand.Style.FontFamily)}
		p.fallback(box{0, 0, float64(width), float64(height)}, s.Content)
		return e.png.encode(&out, &e.img)
	})
	if err != nil {
		return nil, fmt.Errorf("fallback picture: %w", err)
	}
	return out.Bytes(), nil
}

func (p *painter) fallback(all box, content *aparte.Content) {
	brand := p.scope.scene.Brand
	draw.Draw(p.img, p.img.Rect, image.NewUniform(mix(white, brandColour("accent", p.style), 1)), image.Point{}, draw.Src)
	if content != nil {
		size := p.device(all).Size()
		if img := p.scaled(pictureKey{name: content.Fallback.Asset, w: size.X, h: size.Y, fit: cover}); img != nil {
			p.picture(all, img)
			return
		}
	}
	size := min(all.h/4, all.w/9)
	name := aparte.Box{Size: size, MinSize: min(size, 8), Bold: true, Align: "centre", VAlign: "middle"}
	p.text(box{size, 0, all.w - 2*size, all.h}, &name, brand.Name, brandColour("onAccent", p.style))
}

// Silence is the picture that says nothing: one transparent pixel, as a PNG.
func Silence() []byte { return []byte(transparentPNG) }
