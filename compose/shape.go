package compose

import (
	"bytes"
	"embed"
	"fmt"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/di"
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
	faces // how many there are
)

var faceFiles = [faces]string{
	"NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf",
	"NotoSerifDisplay-Bold.ttf", "NotoSansMath-Regular.ttf", "NotoSansSymbols2-Regular.ttf",
}

// hand is how a text is to look.
type hand struct {
	serif, bold bool
	display     bool // large: finer strokes, closer letters
}

// displaySize is the size in pixels from which bold type with serifs is cut for display: below it the
// hairlines of a display face break up.
const displaySize = 22

// chain is the fonts in which a character is looked for, in order: a glyph missing in one is taken
// from the next.
func (h hand) chain() []face {
	switch {
	case h.serif && h.bold && h.display:
		return []face{serifDisplay, serifBold, sansBold, mathSymbols, symbols}
	case h.serif && h.bold:
		return []face{serifBold, sansBold, mathSymbols, symbols}
	case h.serif:
		return []face{serifRegular, sansRegular, mathSymbols, symbols}
	case h.bold:
		return []face{sansBold, serifBold, mathSymbols, symbols}
	}
	return []face{sansRegular, serifRegular, mathSymbols, symbols}
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
}

type outlineKey struct {
	face face
	id   font.GID
}

func (t *typecase) newPen() *pen { return &pen{types: t, outlines: map[outlineKey][]font.Segment{}} }

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
	pen     float32 // where it stands in its word, kerning included
	dx, dy  float32 // how far it is drawn from there; up is positive
	cluster int     // glyphs of one cluster must not be parted
}

// word is what stands between two places where a line may break.
type word struct {
	glyphs []glyph
	width  float32 // without the space after it
	space  float32 // after it, where the line goes on
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
	p.segments.Init(runes)
	var words []word
	for lines := p.segments.LineIterator(); lines.Next(); {
		line := lines.Line()
		start, end := line.Offset, line.Offset+len(line.Text)
		w := p.shapeWord(runes, in, start, end)
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
	for _, r := range tie([]rune(norm.NFC.String(text))) {
		f, ok := p.faceOf(r, chain)
		n := len(runes)
		if (isMark(r) || unicode.IsSpace(r) || r == softHyphen) && n > 0 && (!ok || p.has(in[n-1], r)) {
			f, ok = in[n-1], true // stays with its letter
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

func (p *pen) shapeWord(runes []rune, in []face, start, end int) word {
	var w word
	visible := end
	for visible > start && unicode.IsSpace(runes[visible-1]) {
		visible--
	}
	if visible > start && runes[visible-1] == softHyphen {
		w.soft = true
		visible--
	}
	at := p.run(&w, runes, in, start, visible, 0)
	w.width = at
	spaces := visible
	for spaces < end && runes[spaces] != '\n' && runes[spaces] != softHyphen {
		spaces++
	}
	var rest word
	w.space = p.run(&rest, runes, in, visible, spaces, 0)
	return w
}

// run shapes runes[start:end], face by face, and is where the pen stands after it.
func (p *pen) run(w *word, runes []rune, in []face, start, end int, at float32) float32 {
	for start < end {
		stop := start + 1
		for stop < end && in[stop] == in[start] {
			stop++
		}
		out := p.shaper.ShapeNoExtents(shaping.Input{
			Text: runes, RunStart: start, RunEnd: stop, Direction: di.DirectionLTR,
			Face: p.face(in[start]), Size: fixed.I(em), Script: scriptOf(runes[start:stop]),
		})
		for _, g := range out.Glyphs {
			w.glyphs = append(w.glyphs, glyph{
				face: in[start], id: g.GlyphID, pen: at, dx: inEm(g.XOffset), dy: inEm(g.YOffset), cluster: g.TextIndex(),
			})
			at += inEm(g.Advance)
		}
		start = stop
	}
	return at
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
