package compose

import (
	"fmt"
	"image"
	"io"

	"golang.org/x/image/draw"

	"github.com/aparte-dev/aparte"
)

// Fallback paints what a picture's place shows where there is nothing else to show: the content's
// fallback asset, else the brand's colour and name. It has the size of the layout's banner, 600 × 300
// where there is none. Only a failing w makes it fail.
func (c *Composer) Fallback(w io.Writer, s *Scene) error {
	brand := s.Brand
	if brand == nil {
		brand = &aparte.Brand{}
	}
	width, height := 600, 300
	if s.Layout != nil && s.Layout.Banner != nil && checkSize(s.Layout.Banner.Width, s.Layout.Banner.Height) == nil {
		width, height = s.Layout.Banner.Width, s.Layout.Banner.Height
	}
	all := box{0, 0, float64(width), float64(height)}
	err := c.paint(w, width, height, s.Scale, func(cv *canvas) {
		plain := Scene{Brand: brand, Content: &aparte.Content{}}
		p := painter{canvas: cv, composer: c, scope: &scope{scene: &plain}, style: &brand.Style, serif: isSerif(brand.Style.FontFamily)}
		draw.Draw(cv.img, cv.img.Rect, image.NewUniform(mix(white, brandColour("accent", p.style), 1)), image.Point{}, draw.Src)
		if s.Content != nil {
			size := cv.device(all).Size()
			if img := p.scaled(pictureKey{name: s.Content.Fallback.Asset, w: size.X, h: size.Y, fit: cover}); img != nil {
				p.picture(all, img)
				return
			}
		}
		size := min(all.h/4, all.w/9)
		name := aparte.Box{Size: size, MinSize: min(size, 8), Bold: true, Align: "centre", VAlign: "middle"}
		p.text(box{size, 0, all.w - 2*size, all.h}, &name, brand.Name, brandColour("onAccent", p.style))
	})
	if err != nil {
		return fmt.Errorf("fallback picture: %w", err)
	}
	return nil
}

// Silence is the picture that says nothing: one transparent pixel, as a PNG.
func Silence() []byte { return []byte(transparentPNG) }
