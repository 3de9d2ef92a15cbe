package compose

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"image/color"
	"math"

	"github.com/aparte-dev/aparte"
)

// parseColour reads #rgb, #rrggbb, #rrggbbaa, or the name of one of the brand's colours: ink, paper,
// accent, onAccent. A brand that names none has dark grey on white.
func parseColour(s string, style *aparte.Style) (color.NRGBA, error) {
	switch s {
	case "ink":
		s = cmp.Or(style.Ink, "#222222")
	case "paper":
		s = cmp.Or(style.Paper, "#ffffff")
	case "accent":
		s = cmp.Or(style.Accent, "#33343b")
	case "onAccent":
		s = cmp.Or(style.OnAccent, "#ffffff")
	}
	digits := s
	if len(s) == 4 {
		digits = string([]byte{s[0], s[1], s[1], s[2], s[2], s[3], s[3]})
	}
	if len(digits) == 7 {
		digits += "ff"
	}
	var c [4]byte
	if len(digits) != 9 || digits[0] != '#' {
		return color.NRGBA{}, fmt.Errorf("colour %q: want #rrggbb or one of ink, paper, accent, onAccent", s)
	}
	if _, err := hex.Decode(c[:], []byte(digits[1:])); err != nil {
		return color.NRGBA{}, fmt.Errorf("colour %q: not hexadecimal", s)
	}
	return color.NRGBA{c[0], c[1], c[2], c[3]}, nil
}

// colourOr is the colour that s names, else the brand's that otherwise names, else mid grey.
func colourOr(s, otherwise string, style *aparte.Style) color.NRGBA {
	for _, name := range []string{s, otherwise} {
		if c, err := parseColour(name, style); err == nil {
			return c
		}
	}
	return color.NRGBA{0x80, 0x80, 0x80, 0xff}
}

// brandColour is one of the brand's colours, by its name.
func brandColour(name string, style *aparte.Style) color.NRGBA { return colourOr(name, name, style) }

var white = color.NRGBA{0xff, 0xff, 0xff, 0xff}

// mix is a with share of b in it, opaque.
func mix(a, b color.NRGBA, share float64) color.NRGBA {
	blend := func(x, y uint8) uint8 { return uint8(float64(x)*(1-share) + float64(y)*share + 0.5) }
	return color.NRGBA{blend(a.R, b.R), blend(a.G, b.G), blend(a.B, b.B), 0xff}
}

// contrast is how far two colours stand out from one another, from 1 to 21 (WCAG 2.1, contrast ratio).
func contrast(a, b color.NRGBA) float64 {
	dark, light := luminance(a), luminance(b)
	if dark > light {
		dark, light = light, dark
	}
	return (light + 0.05) / (dark + 0.05)
}

// luminance is how light a colour is, from 0 to 1 (WCAG 2.1, relative luminance).
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 0xff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
