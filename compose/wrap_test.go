package compose

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawWords draws words of glyphs one em wide each and spaces of half an em.
func drawWords(t *rapid.T) []word {
	words := make([]word, rapid.IntRange(0, 12).Draw(t, "words"))
	cluster := 0
	for i := range words {
		n := rapid.IntRange(1, 9).Draw(t, "letters")
		direction := level(rapid.IntRange(0, 2).Draw(t, "level"))
		for range n {
			words[i].glyphs = append(words[i].glyphs, glyph{advance: 1, cluster: cluster, level: direction})
			cluster++
		}
		words[i].width, words[i].space = float32(n), 0.5
		words[i].hard = rapid.IntRange(0, 9).Draw(t, "hard") == 0 && i+1 < len(words)
	}
	return words
}

// fewestLines is the least number of lines of at most width, by trying every break.
func fewestLines(words []word, width float32) int {
	best := make([]int, len(words)+1)
	for end := 1; end <= len(words); end++ {
		best[end] = math.MaxInt32
		for start := range end {
			broken := false
			for i := start; i < end-1; i++ {
				broken = broken || words[i].hard
			}
			if !broken && lineOf(words[start:end]).width <= width {
				best[end] = min(best[end], best[start]+1)
			}
		}
	}
	return best[len(words)]
}

func TestLinesAreAsFewAsCanBeAndNoneIsTooWide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := setter{words: drawWords(t)}
		width := float32(rapid.IntRange(9, 30).Draw(t, "width"))
		ends, whole := s.breakLines(s.words, width)
		if !whole {
			t.Fatal("a word is too wide, and none is")
		}
		if want := fewestLines(s.words, width); len(ends) != want {
			t.Fatalf("%d lines, %d are enough", len(ends), want)
		}
		balanced := s.balance(ends, width)
		if len(balanced) > len(ends) {
			t.Fatalf("balancing makes %d lines of %d", len(balanced), len(ends))
		}
		letters := func(l line) (n int) {
			for _, g := range l.glyphs {
				if g.face != blank {
					n++
				}
			}
			return n
		}
		total := 0
		for _, l := range s.lines(s.words, balanced) {
			if l.width > width {
				t.Fatalf("a line of %v in %v", l.width, width)
			}
			total += letters(l)
		}
		if want := letters(lineOf(s.words)); total != want {
			t.Fatalf("%d glyphs of %d are set", total, want)
		}
	})
}

func TestWhatIsCutFitsItsBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := setter{
			words:    drawWords(t),
			hyphen:   word{glyphs: []glyph{{id: 1, advance: 0.5}}, width: 0.5},
			ellipsis: word{glyphs: []glyph{{id: 2, advance: 1}}, width: 1},
		}
		w, h := rapid.Float64Range(20, 200).Draw(t, "w"), rapid.Float64Range(1, 100).Draw(t, "h")
		most := rapid.Float64Range(6, 40).Draw(t, "most")
		least := rapid.Float64Range(4, most).Draw(t, "least")
		lines, size := s.set(w, h, most, least)
		if len(s.words) > 0 && (size > most+1e-9 || size < least-1e-9) {
			t.Fatalf("set at %v, allowed are %v to %v", size, least, most)
		}
		if len(lines) > 1 && blockHeight(len(lines), size) > h+1e-6 {
			t.Fatalf("%d lines of %v do not fit %v", len(lines), size, h)
		}
		for _, l := range lines {
			if room := math.Max(w, 1.6*size); float64(l.width)*size > room+1e-3 { // one letter and a hyphen are always set
				t.Fatalf("a line of %v in %v", float64(l.width)*size, w)
			}
		}
	})
}

func TestFrenchPunctuationNeverBeginsALine(t *testing.T) {
	composer := newComposer(t)
	p := composer.types.newPen()
	const text = "« Où ça ? » : ici ; là ! 20 % de 30 € — « vrai »"
	for _, w := range p.shape(text, hand{}) {
		runes, _ := p.choose(text, hand{}.chain())
		if len(w.glyphs) == 0 {
			t.Fatal("a word without glyphs")
		}
		switch first := runes[w.glyphs[0].cluster]; first {
		case '?', '!', ';', ':', '»', '%', '€':
			t.Errorf("a line may begin with %q", first)
		}
	}
}

func TestSoftHyphensShowOnlyWhereALineBreaks(t *testing.T) {
	composer := newComposer(t)
	p := painter{canvas: &canvas{pen: composer.types.newPen()}}
	s := p.setter("Donau\u00addampf\u00adschiff", hand{})
	wide, _ := s.set(1000, 20, 10, 10)
	narrow, _ := s.set(40, 60, 10, 10)
	if whole := lineOf(p.pen.shape("Donau", hand{})).width + lineOf(p.pen.shape("dampf", hand{})).width + lineOf(p.pen.shape("schiff", hand{})).width; len(wide) != 1 || math.Abs(float64(wide[0].width-whole)) > 1e-3 {
		t.Errorf("whole, it has %d lines, the first %v wide, want %v", len(wide), wide[0].width, whole)
	}
	if len(narrow) != 3 || len(narrow[0].glyphs) != len("Donau-") {
		t.Errorf("broken, it has %d lines", len(narrow))
	}
}
