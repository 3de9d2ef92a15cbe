package compose

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
	"golang.org/x/text/unicode/norm"
)

// fontFiles are the fonts that come with the package: see fonts/README.md.
//
//go:embed fonts/*.ttf
var fontFiles embed.FS

// face is the index of a font in the typecase.
type face uint8

const (
	sansRegular face = iota
	sansBold
	serifRegular
	serifBold
	serifDisplay
	mathSymbols
	symbols
	arabicRegular
	arabicBold
	hebrewRegular
	hebrewBold
	devanagariRegular
	devanagariBold
	armenianRegular
	armenianBold
	georgianRegular
	georgianBold
	faces             // how many fonts there are
	emoji = faces     // its glyphs are pictures: see emoji.go
	blank = faces + 1 // its glyphs are the spaces between words
)

var faceFiles = [faces]string{
	"NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf",
	"NotoSerifDisplay-Bold.ttf", "NotoSansMath-Regular.ttf", "NotoSansSymbols2-Regular.ttf",
	"NotoSansArabic-Regular.ttf", "NotoSansArabic-Bold.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansHebrew-Bold.ttf",
	"NotoSansDevanagari-Regular.ttf", "NotoSansDevanagari-Bold.ttf", "NotoSansArmenian-Regular.ttf", "NotoSansArmenian-Bold.ttf",
	"NotoSansGeorgian-Regular.ttf", "NotoSansGeorgian-Bold.ttf",
}

// hand is how a text is to look.
type hand struct {
	serif, bold bool
	display     bool // large: finer strokes, closer letters
	rightToLeft bool // the text's language is written so
}

// displaySize is the size in pixels from which bold type with serifs is cut for display: below it the
// hairlines of a display face break up.
const displaySize = 22

// chain is the fonts in which a character is looked for, in order: a glyph missing in one is taken
// from the next.
func (h hand) chain() []face {
	switch {
	case h.serif && h.bold && h.display:
		return chains.display
	case h.serif && h.bold:
		return chains.serifBold
	case h.serif:
		return chains.serif
	case h.bold:
		return chains.bold
	}
	return chains.regular
}

var chains = struct{ display, serifBold, serif, bold, regular []face }{
	display:   chain(true, serifDisplay, serifBold, sansBold),
	serifBold: chain(true, serifBold, sansBold),
	serif:     chain(false, serifRegular, sansRegular),
	bold:      chain(true, sansBold, serifBold),
	regular:   chain(false, sansRegular, serifRegular),
}

// chain is the fonts of a hand, then those of other scripts, which come in one cut, then signs.
func chain(bold bool, latin ...face) []face {
	others := []face{arabicRegular, hebrewRegular, devanagariRegular, armenianRegular, georgianRegular}
	if bold {
		others = []face{arabicBold, hebrewBold, devanagariBold, armenianBold, georgianBold}
	}
	return append(append(latin, others...), mathSymbols, symbols)
}

// typecase holds the fonts. One is read when it is first needed: most brands need two.
type typecase struct {
	fonts [faces]func() (*font.Font, error)
}

func newTypecase() (*typecase, error) {
	t := &typecase{}
	for i, name := range faceFiles {
		t.fonts[i] = sync.OnceValues(func() (*font.Font, error) { return readFont(name) })
	}
	_, err := t.fonts[sansRegular]()
	return t, err
}

func readFont(name string) (*font.Font, error) {
	data, err := fontFiles.ReadFile("fonts/" + name)
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", name, err)
	}
	parsed, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", name, err)
	}
	return parsed.Font, nil
}

// pen shapes and draws text. It is for one goroutine at a time.
type pen struct {
	types    *typecase
	faces    [faces]*font.Face // nil until it is needed
	shaper   shaping.HarfbuzzShaper
	segments segmenter.Segmenter
	raster   vector.Rasterizer
	outlines map[outlineKey][]font.Segment
	bidi     bidi.Paragraph
	emoji    *emojiCase
}

type outlineKey struct {
	face face
	id   font.GID
}

func (t *typecase) newPen() *pen {
	return &pen{types: t, outlines: map[outlineKey][]font.Segment{}, emoji: newEmojiCase()}
}

// face is a font to write with. One that cannot be read, which a test rules out, is the regular one.
func (p *pen) face(f face) *font.Face {
	if p.faces[f] == nil {
		parsed, err := p.types.fonts[f]()
		if err != nil {
			parsed, _ = p.types.fonts[sansRegular]()
		}
		p.faces[f] = font.NewFace(parsed)
	}
	return p.faces[f]
}

// glyph is one glyph of a shaped word. Lengths are in em, so that one shaping serves every size.
type glyph struct {
	face    face
	id      font.GID
	advance float32 // to the next glyph, kerning included
	pen     float32 // where it stands in its line: known once that is set
	dx, dy  float32 // how far it is drawn from there; up is positive
	cluster int     // glyphs of one cluster must not be parted
	level   level   // of embedding: glyphs of an odd level run from right to left
}

// word is what stands between two places where a line may break. Its glyphs are in the order in which
// they are read.
type word struct {
	glyphs []glyph
	width  float32 // without the space after it
	space  float32 // after it, where the line goes on
	level  level   // of that space
	hard   bool    // the line ends after it
	soft   bool    // it ends with a soft hyphen: a hyphen is shown where the line breaks there
}

const em = 1000 // the size at which text is shaped

// shape makes words of a text. A character that no font has is left out.
func (p *pen) shape(text string, h hand) []word {
	runes, in := p.choose(text, h.chain())
	if len(runes) == 0 {
		return nil
	}
	levels := p.levels(runes, h.rightToLeft)
	p.segments.Init(runes)
	var words []word
	for lines := p.segments.LineIterator(); lines.Next(); {
		line := lines.Line()
		start, end := line.Offset, line.Offset+len(line.Text)
		w := p.shapeWord(runes, in, levels, start, end)
		w.hard = line.IsMandatoryBreak && end < len(runes)
		words = append(words, w)
	}
	return words
}

// choose is the text, composed and with French spaces tied, and the face of each of its characters.
func (p *pen) choose(text string, chain []face) ([]rune, []face) {
	var runes []rune
	var in []face
	gap := false // a character was just left out
	all := tie([]rune(norm.NFC.String(text)))
	for i := 0; i < len(all); i++ {
		r := all[i]
		if n := emojiAt(all[i:], p.prefersType(r, chain)); n > 0 {
			runes, in, gap = append(runes, r), append(in, emoji), false
			i += n - 1
			continue
		}
		f, ok := p.faceOf(r, chain)
		n := len(runes)
		if n > 0 && in[n-1] != emoji && staysWithLetter(r) && (p.has(in[n-1], r) || !ok && hidden(r)) {
			f, ok = in[n-1], true
		}
		if !ok {
			gap = true
			continue
		}
		if gap && n > 0 && runes[n-1] == ' ' && (r == ' ' || r == ',' || r == '.') {
			runes, in = runes[:n-1], in[:n-1] // nor is the space before it left
		}
		gap = false
		runes, in = append(runes, r), append(in, f)
	}
	return runes, in
}

// staysWithLetter reports whether a character is taken from the font of the one before it where that has it: an
// accent, a space, what joins and parts letters.
func staysWithLetter(r rune) bool {
	return isMark(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)
}

// hidden reports whether a character needs no glyph: a space, or one that joins, parts or directs others, which the shaper makes nothing of.
func hidden(r rune) bool {
	const oghamSpace = 0x1680 // is a stroke
	switch {
	case r == softHyphen, r == 0x061c, r == 0x180e, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
		return true
	}
	return unicode.IsSpace(r) && r != oghamSpace
}

// prefersType reports whether a sign that is an emoji as well is type unless it is said otherwise: © and ♥ are,
// 🎁 is not.
func (p *pen) prefersType(r rune, chain []face) bool {
	_, ok := p.faceOf(r, chain)
	return ok && !isEmojiByItself(r)
}

// lacking is the first character of a text that a picture would leave out, if there is one.
func (p *pen) lacking(text string) (rune, bool) {
	all := []rune(norm.NFC.String(text))
	for i := 0; i < len(all); i++ {
		if n := emojiAt(all[i:], false); n > 0 {
			i += n - 1
			continue
		}
		if _, ok := p.faceOf(all[i], chains.regular); !ok && !hidden(all[i]) && !unicode.Is(unicode.Variation_Selector, all[i]) {
			return all[i], true
		}
	}
	return 0, false
}

func (p *pen) faceOf(r rune, chain []face) (face, bool) {
	for _, f := range chain {
		if p.has(f, r) {
			return f, true
		}
	}
	return chain[0], r == '\n' || r == softHyphen
}

func (p *pen) has(f face, r rune) bool {
	_, ok := p.face(f).NominalGlyph(r)
	return ok
}

func (p *pen) shapeWord(runes []rune, in []face, levels []level, start, end int) word {
	var w word
	visible := end
	for visible > start && unicode.IsSpace(runes[visible-1]) {
		visible--
	}
	if visible > start && runes[visible-1] == softHyphen {
		w.soft = true
		visible--
	}
	w.glyphs = p.run(nil, runes, in, levels, start, visible)
	w.width = advance(w.glyphs)
	spaces := visible
	for spaces < end && runes[spaces] != '\n' && runes[spaces] != softHyphen {
		spaces++
	}
	w.space = advance(p.run(nil, runes, in, levels, visible, spaces))
	w.level = levelAt(levels, visible)
	return w
}

func advance(glyphs []glyph) float32 {
	var all float32
	for i := range glyphs {
		all += glyphs[i].advance
	}
	return all
}

// run shapes runes[start:end], face by face and direction by direction.
func (p *pen) run(glyphs []glyph, runes []rune, in []face, levels []level, start, end int) []glyph {
	for start < end {
		at := levelAt(levels, start)
		if in[start] == emoji {
			glyphs = append(glyphs, glyph{face: emoji, id: emojiGlyph(runes[start]), advance: emojiAdvance, cluster: start, level: at})
			start++
			continue
		}
		stop := start + 1
		for stop < end && in[stop] == in[start] && levelAt(levels, stop) == at {
			stop++
		}
		out := p.shaper.ShapeNoExtents(shaping.Input{
			Text: runes, RunStart: start, RunEnd: stop, Direction: at.direction(),
			Face: p.face(in[start]), Size: fixed.I(em), Script: scriptOf(runes[start:stop]),
		})
		from := len(glyphs)
		for _, g := range out.Glyphs {
			glyphs = append(glyphs, glyph{
				face: in[start], id: g.GlyphID, advance: inEm(g.Advance), dx: inEm(g.XOffset), dy: inEm(g.YOffset),
				cluster: g.TextIndex(), level: at,
			})
		}
		if at.rightToLeft() { // they come from the left, and are read from the right
			slices.Reverse(glyphs[from:])
		}
		start = stop
	}
	return glyphs
}

func inEm(x fixed.Int26_6) float32 { return float32(x) / (64 * em) }

func scriptOf(runes []rune) language.Script {
	for _, r := range runes {
		if s := language.LookupScript(r); s != language.Common && s != language.Inherited {
			return s
		}
	}
	return language.Latin
}

const softHyphen = '\u00ad'

func isMark(r rune) bool { return unicode.Is(unicode.M, r) }

// tie makes the spaces of French punctuation, before ; : ! ? » and after «, spaces at which no line
// breaks. Other languages put no spaces there, so it does no harm to them.
func tie(runes []rune) []rune {
	for i, r := range runes {
		if r != ' ' {
			continue
		}
		if i+1 < len(runes) {
			switch runes[i+1] {
			case ';', ':', '!', '?', '»', '%', '€', '›':
				runes[i] = '\u00a0'
			}
		}
		if i > 0 && (runes[i-1] == '«' || runes[i-1] == '‹') {
			runes[i] = '\u00a0'
		}
	}
	return runes
}
