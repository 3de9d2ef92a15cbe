package compose

import (
	"bytes"
	_ "embed" // the signs
	"image"
	"image/png"
	"sync"
	"unicode/utf8"

	"github.com/go-text/typesetting/font"
	"golang.org/x/image/draw"
)

// The emoji of banners are pictures: the commonest ones, small, from Noto Color Emoji (fonts/README.md). What
// is not among them is left out, as is any other character that nothing can show.
var (
	//go:embed emoji/signs.png
	signSheet []byte
	//go:embed emoji/signs.txt
	signList string
)

// How the signs stand on their sheet, and in a line. Lengths are in em.
const (
	signSide     = 60 // in pixels
	signColumns  = 20
	emojiSide    = 1.14
	emojiAdvance = 1.24
	emojiBelow   = 0.2 // of the baseline
)

// signs is what is on the sheet.
var signs = sync.OnceValue(func() map[rune]font.GID {
	places := make(map[rune]font.GID, len(signList)/utf8.UTFMax)
	for _, r := range signList {
		if r != '\n' {
			places[r] = font.GID(len(places))
		}
	}
	return places
})

// signPicture is the signs' picture, decoded when the first of them is drawn; nil where that fails, which a test rules out.
var signPicture = sync.OnceValue(func() image.Image {
	img, err := png.Decode(bytes.NewReader(signSheet))
	if err != nil {
		return nil
	}
	return img
})

// The characters of which emoji are made besides signs (Unicode Technical Standard #51).
const (
	zeroWidthJoiner = '\u200d'
	textStyle       = '\ufe0e'
	emojiStyle      = '\ufe0f'
	lightestSkin    = '\U0001f3fb'
	darkestSkin     = '\U0001f3ff'
)

// emojiAt is how many characters at the beginning of runes are one emoji, 0 where they are none. The tone of a
// skin is left out, and of several that are joined the first is shown.
func emojiAt(runes []rune, prefersType bool) int {
	if _, ok := signs()[runes[0]]; !ok {
		return 0
	}
	n := 1
	if n < len(runes) && (runes[n] == emojiStyle || runes[n] == textStyle) {
		prefersType = runes[n] == textStyle
		n++
	}
	if prefersType {
		return 0
	}
	for n < len(runes) {
		switch r := runes[n]; {
		case r >= lightestSkin && r <= darkestSkin, r == emojiStyle:
			n++
		case r == zeroWidthJoiner && n+1 < len(runes):
			n += 2
		default:
			return n
		}
	}
	return n
}

// isEmojiByItself reports whether a sign is an emoji where nothing says otherwise (Emoji_Presentation in the
// Unicode Character Database, for the signs on the sheet).
func isEmojiByItself(r rune) bool {
	switch r {
	case '⌚', '⌛', '⏰', '⏳', '☔', '☕', '⚡', '⚪', '⚫', '⚽', '⛄', '⛅', '⛪', '⛳', '⛵', '⛺', '✅', '✊', '✋', '✨', '❌', '❓', '❗', '➕', '➖', '⭐':
		return true
	case '🌤', '🌧', '🌶', '🍽', '🎟', '🏋', '🏕', '🏖', '🏷', '🕯', '🕶', '🖼', '🗓', '🗺', '🛋', '🛍', '🛏': // type, say their authors
		return false
	}
	return r >= 0x1f000
}

func emojiGlyph(r rune) font.GID { return signs()[r] }

// emojiCase keeps the signs in the sizes in which a pen wrote them.
type emojiCase struct {
	scaled map[emojiKey]*image.RGBA
}

type emojiKey struct {
	id   font.GID
	side int // in pixels
}

// maxSigns is how many scaled signs a pen keeps.
const maxSigns = 64

func newEmojiCase() *emojiCase { return &emojiCase{scaled: map[emojiKey]*image.RGBA{}} }

// sign is a sign of side × side pixels, nil where it cannot be had.
func (c *emojiCase) sign(id font.GID, side int) *image.RGBA {
	key := emojiKey{id, side}
	if img, ok := c.scaled[key]; ok {
		return img
	}
	from := signPicture()
	if from == nil || side < 1 {
		return nil
	}
	if len(c.scaled) >= maxSigns {
		clear(c.scaled)
	}
	at := image.Pt(int(id)%signColumns*signSide, int(id)/signColumns*signSide)
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(img, img.Rect, from, image.Rectangle{at, at.Add(image.Pt(signSide, signSide))}, draw.Src, nil)
	c.scaled[key] = img
	return img
}
