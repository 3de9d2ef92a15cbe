package compose

// How type is set. Lengths are in em.
const (
	capHeight = 0.714 // of Noto's capitals
	ascent    = 0.94  // a capital with its accent
	descent   = 0.24
)

// leading is the distance between the lines of type at a size in pixels: the larger, the tighter.
func leading(size float64) float64 {
	return min(max(1.42-0.009*size, 1.12), 1.36)
}

// blockHeight is the height of n lines at a size, both in pixels.
func blockHeight(n int, size float64) float64 {
	if n == 0 {
		return 0
	}
	return size * (float64(n-1)*leading(size) + ascent + descent)
}

// line is one line of a text that has been set.
type line struct {
	glyphs []glyph // from the left
	width  float32 // in em
}

// setter sets words into a box: it chooses size and line breaks.
type setter struct {
	words    []word
	hyphen   word // shown where a word is parted
	ellipsis word // shown where a text is cut
}

// set fits the words into w × h pixels: at the largest size, between most and least, at which all of
// them fit; below least nothing shrinks, long words are parted and what does not fit is cut with an
// ellipsis. At least one line is set however low the box.
func (s *setter) set(w, h, most, least float64) ([]line, float64) {
	if len(s.words) == 0 || w <= 0 {
		return nil, most
	}
	least = min(max(least, 1), most)
	step := max(0.25, most/64)
	for size := most; ; size = max(least, size-step) {
		width := float32(w / size)
		ends, whole := s.breakLines(s.words, width)
		if whole && blockHeight(len(ends), size) <= h {
			return s.lines(s.words, s.balance(ends, width)), size
		}
		if size <= least {
			return s.cut(width, s.room(h, size)), size
		}
	}
}

// room is how many lines have room in h pixels.
func (s *setter) room(h, size float64) int {
	n := 1
	for blockHeight(n+1, size) <= h {
		n++
	}
	return n
}

// breakLines breaks words greedily into lines of at most width: where each line ends, and whether
// every word is whole inside of its line.
func (s *setter) breakLines(words []word, width float32) (ends []int, whole bool) {
	whole = true
	var at float32
	start := 0
	for i := range words {
		w := &words[i]
		wide := w.width
		if w.soft {
			wide += s.hyphen.width // a line might end here
		}
		if i > start && at+wide > width {
			ends = append(ends, i)
			start, at = i, 0
		}
		whole = whole && wide <= width
		at += w.width + w.space
		if w.hard {
			ends = append(ends, i+1)
			start, at = i+1, 0
		}
	}
	if start < len(words) {
		ends = append(ends, len(words))
	}
	return ends, whole
}

// balance breaks short texts again in the narrowest width that takes no more lines, so that the last
// line is not one lonely word.
func (s *setter) balance(ends []int, width float32) []int {
	if len(ends) < 2 || len(ends) > 4 {
		return ends
	}
	low, high := float32(0), width
	for range 10 {
		middle := (low + high) / 2
		if narrower, whole := s.breakLines(s.words, middle); whole && len(narrower) <= len(ends) {
			ends, high = narrower, middle
		} else {
			low = middle
		}
	}
	return ends
}

func (s *setter) lines(words []word, ends []int) []line {
	lines := make([]line, 0, len(ends))
	start := 0
	for _, end := range ends {
		if end > start && end < len(words) && words[end-1].wantsHyphen() {
			lines = append(lines, lineOf(words[start:end], s.hyphen))
		} else {
			lines = append(lines, lineOf(words[start:end]))
		}
		start = end
	}
	return lines
}

// wantsHyphen reports whether a hyphen is shown where a line breaks after the word. Scripts that are read from
// right to left have none.
func (w *word) wantsHyphen() bool {
	return w.soft && (len(w.glyphs) == 0 || !w.glyphs[len(w.glyphs)-1].level.rightToLeft())
}

// lineOf sets words in a line, and what comes right after the last of them.
func lineOf(words []word, after ...word) line {
	n := len(words)
	for i := range words {
		n += len(words[i].glyphs)
	}
	l := line{glyphs: make([]glyph, 0, n+1)}
	for i := range words {
		if i > 0 && words[i-1].space > 0 {
			l.glyphs = append(l.glyphs, glyph{face: blank, advance: words[i-1].space, level: words[i-1].level})
		}
		l.glyphs = append(l.glyphs, words[i].glyphs...)
	}
	for i := range after {
		l.glyphs = append(l.glyphs, after[i].glyphs...)
	}
	l.arrange()
	return l
}

// cut sets at most n lines of the width: words too wide are parted, and what does not fit is replaced
// by an ellipsis.
func (s *setter) cut(width float32, n int) []line {
	var words []word
	for _, w := range s.words {
		words = append(words, s.part(w, width)...)
	}
	ends, _ := s.breakLines(words, width)
	if len(ends) <= n {
		return s.lines(words, ends)
	}
	lines := s.lines(words, ends[:n])
	start := 0
	if n > 1 {
		start = ends[n-2]
	}
	lines[n-1] = s.elide(words[start:ends[n-1]], width)
	return lines
}

// leastTail is how many clusters of a parted word must go to the next line.
const leastTail = 4

// part splits a word that is wider than width into pieces that are not, a hyphen after each but the
// last.
func (s *setter) part(w word, width float32) []word {
	var pieces []word
	for w.width > width {
		at := w.partAt(width - s.hyphen.width)
		if at == 0 {
			break // a single cluster cannot be parted
		}
		var head word
		head, w = parted(w, at)
		head.soft = true
		pieces = append(pieces, head)
	}
	return append(pieces, w)
}

// partAt is the glyph before which the word is parted so that what stands before it is at most width
// and, where that leaves something before it, enough stands after it; 0 where it cannot be parted.
func (w word) partAt(width float32) int {
	var starts []int // of the clusters but the first
	fits := 0        // how many of them begin within the width
	at := float32(0)
	for i := 1; i < len(w.glyphs); i++ {
		at += w.glyphs[i-1].advance
		if w.glyphs[i].cluster != w.glyphs[i-1].cluster {
			starts = append(starts, i)
			if at <= width {
				fits = len(starts)
			}
		}
	}
	n := fits
	if enough := len(starts) - leastTail + 1; n > enough && enough > leastTail {
		n = enough
	}
	if n == 0 {
		n = min(1, len(starts))
	}
	if n == 0 {
		return 0
	}
	return starts[n-1]
}

// parted is a word parted before its i-th glyph.
func parted(w word, i int) (head, tail word) {
	head = word{glyphs: w.glyphs[:i:i], width: advance(w.glyphs[:i])}
	tail = w
	tail.glyphs = w.glyphs[i:]
	tail.width -= head.width
	return head, tail
}

// elide is the words in one line of at most width that ends with an ellipsis: whole words where that
// leaves at least one, else as much of the first as there is room for.
func (s *setter) elide(words []word, width float32) line {
	room := width - s.ellipsis.width
	for n := len(words); n > 0; n-- {
		if l := lineOf(words[:n], s.ellipsis); l.width <= width {
			return l
		}
	}
	if len(words) > 0 {
		first := words[0]
		for i := len(first.glyphs) - 1; i > 0; i-- {
			if first.glyphs[i].cluster != first.glyphs[i-1].cluster && advance(first.glyphs[:i]) <= room {
				head, _ := parted(first, i)
				return lineOf([]word{head}, s.ellipsis)
			}
		}
	}
	return lineOf(nil, s.ellipsis)
}
