package compose

import (
	"image"
	"image/color"
	"strings"

	"golang.org/x/image/draw"
	"rsc.io/qr"

	"github.com/aparte-dev/aparte"
)

// Quiet zones, in modules (ISO/IEC 18004, section 5.3.8; ISO/IEC 15417, section 4.3; GS1 General Specifications,
// figure 5.2.3.4-1).
const (
	quietQR      = 4
	quietCode128 = 10
	quietEAN13   = 11
)

// qr paints a QR code of the element's words, else of the address that a click on the picture leads to.
func (p *painter) qr(at box, b *aparte.Box) {
	text := p.scope.elements[b.Element]
	if b.Element == "" {
		text = p.scope.scene.Link
	}
	if text == "" {
		return
	}
	r := p.device(at)
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		p.plain(at, b, text)
		return
	}
	modules := code.Size + 2*quietQR
	side := min(r.Dx(), r.Dy()) / modules
	if side < 1 {
		p.plain(at, b, text)
		return
	}
	dark, light := p.ground(at, b)
	draw.Draw(p.img, r, image.NewUniform(light), image.Point{}, draw.Over)
	origin := r.Min.Add(r.Size().Sub(image.Pt(code.Size*side, code.Size*side)).Div(2))
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				at := origin.Add(image.Pt(x*side, y*side))
				draw.Draw(p.img, image.Rectangle{at, at.Add(image.Pt(side, side))}, image.NewUniform(dark), image.Point{}, draw.Over)
			}
		}
	}
}

// barcode paints the element's words as bars, and below them as they are read by people. What the symbology
// cannot say, and what is too long for the box, is written alone, so that it can be typed at the till.
func (p *painter) barcode(at box, b *aparte.Box) {
	text := strings.TrimSpace(p.scope.elements[b.Element])
	if text == "" {
		return
	}
	bars, quiet, err := barsOf(text, b.Symbology)
	r := p.device(at)
	if err != nil || r.Dx()/(len(bars)+2*quiet) < 1 {
		p.plain(at, b, text)
		return
	}
	dark, light := p.ground(at, b)
	draw.Draw(p.img, r, image.NewUniform(light), image.Point{}, draw.Over)
	caption := min(b.Size, at.h/4)
	height := int((at.h - 1.3*caption) * p.scale)
	width := r.Dx() / (len(bars) + 2*quiet)
	x := r.Min.X + (r.Dx()-len(bars)*width)/2
	for i, bar := range bars {
		if bar {
			at := image.Rect(x+i*width, r.Min.Y+int(2*p.scale), x+(i+1)*width, r.Min.Y+height)
			draw.Draw(p.img, at, image.NewUniform(dark), image.Point{}, draw.Over)
		}
	}
	if caption > 0 {
		label := aparte.Box{Size: caption, MinSize: min(caption, 6), Align: "centre", VAlign: "middle"}
		p.text(box{at.x, at.y + at.h - 1.25*caption, at.w, 1.2 * caption}, &label, text, dark)
	}
}

func barsOf(text, symbology string) (bars []bool, quiet int, err error) {
	if symbology == "ean13" {
		bars, err = ean13(text)
		return bars, quietEAN13, err
	}
	bars, err = code128(text)
	return bars, quietCode128, err
}

// ground is the colours of a code: dark on light, as scanners need it.
func (p *painter) ground(at box, b *aparte.Box) (dark, light color.NRGBA) {
	return colourOr(b.Color, "#000000", p.style), colourOr(b.Background, "#ffffff", p.style)
}

// plain writes what no code could be made of.
func (p *painter) plain(at box, b *aparte.Box, text string) {
	dark, light := p.ground(at, b)
	p.fill(at, light, 0)
	label := aparte.Box{Size: max(b.Size, 12), MinSize: 6, Align: "centre", VAlign: "middle"}
	p.text(box{at.x + 4, at.y, at.w - 8, at.h}, &label, text, dark)
}
