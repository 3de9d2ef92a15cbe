package compose

import (
	"slices"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"golang.org/x/text/language"
	unicodebidi "golang.org/x/text/unicode/bidi"
)

// level is how deep a character is embedded in text of other directions (Unicode Standard Annex #9):
// what is of an odd level is read from right to left.
type level uint8

func (l level) rightToLeft() bool { return l%2 == 1 }

func (l level) direction() di.Direction {
	if l.rightToLeft() {
		return di.DirectionRTL
	}
	return di.DirectionLTR
}

// isRightToLeft reports whether a language is written from right to left.
func isRightToLeft(tag language.Tag) bool {
	script, _ := tag.Script()
	switch script.String() {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm":
		return true
	}
	return false
}

// levels are those of a text's characters; nil where all of them are 0, as in most texts. A paragraph has
// the direction of the text's language whatever it begins with, which may be somebody's name.
func (p *pen) levels(runes []rune, rightToLeft bool) []level {
	if !rightToLeft && !slices.ContainsFunc(runes, mayTurn) {
		return nil
	}
	direction, whole := bidi.LeftToRight, level(0)
	if rightToLeft {
		direction, whole = bidi.RightToLeft, 1
	}
	levels := make([]level, 0, len(runes))
	for len(levels) < len(runes) {
		start := len(levels)
		end := start
		for end < len(runes) && classOf(runes[end]) != unicodebidi.B {
			end++
		}
		runs := p.bidi.Segment(runes[start:end], direction)
		for i := range runs.NumRuns() {
			run := runs.Run(i)
			for range run.End - run.Start {
				levels = append(levels, level(run.Level))
			}
		}
		if !rightToLeft {
			embedNumbers(runes[start:end], levels[start:])
		}
		if end < len(runes) {
			levels = append(levels, whole)
		}
	}
	return levels
}

// embedNumbers gives a number that goes on a text from right to left the level 2 (rule I1). The segmenter
// tells directions right but makes one run of the levels 0 and 2.
func embedNumbers(runes []rune, levels []level) {
	for i := 1; i < len(levels); i++ {
		if !levels[i-1].rightToLeft() || levels[i].rightToLeft() {
			continue
		}
		end := i + numberAt(runes[i:])
		for j := i; j < len(levels) && !levels[j].rightToLeft(); j++ {
			levels[j] = 0
			if j < end {
				levels[j] = 2
			}
		}
	}
}

// numberAt is how many characters at the beginning of runes are a number, with what stands inside of it and the
// signs at its ends (rules W4 and W5).
func numberAt(runes []rune) int {
	n, digits := 0, 0 // digits is where the last of them ends
	for ; n < len(runes); n++ {
		switch classOf(runes[n]) {
		case unicodebidi.EN, unicodebidi.AN:
			digits = n + 1
		case unicodebidi.ET, unicodebidi.NSM:
			if digits == n {
				digits = n + 1
			}
		case unicodebidi.ES, unicodebidi.CS:
			if n == 0 || digits < n {
				return digits
			}
		default:
			return digits
		}
	}
	return digits
}

func classOf(r rune) unicodebidi.Class {
	properties, _ := unicodebidi.LookupRune(r)
	return properties.Class()
}

const rightToLeftMark = '\u200f'

// mayTurn reports whether a character may be one that is read from right to left: the blocks that have such
// characters (Unicode Character Database, DerivedBidiClass).
func mayTurn(r rune) bool {
	return r >= 0x590 && r < 0x900 || r == rightToLeftMark || r >= 0xfb1d && r < 0xfe00 || r >= 0xfe70 && r < 0xff00 ||
		r >= 0x10800 && r < 0x11000 || r >= 0x1e800 && r < 0x1f000
}

func levelAt(levels []level, i int) level {
	if i < len(levels) {
		return levels[i]
	}
	if len(levels) > 0 {
		return levels[len(levels)-1]
	}
	return 0
}

// arrange puts a line's glyphs, which are in the order of reading, in the order in which they stand
// from the left (rule L2), and gives each its place.
func (l *line) arrange() {
	var highest level
	for i := range l.glyphs {
		highest = max(highest, l.glyphs[i].level)
	}
	for ; highest > 0; highest-- {
		for i := 0; i < len(l.glyphs); i++ {
			start := i
			for i < len(l.glyphs) && l.glyphs[i].level >= highest {
				i++
			}
			slices.Reverse(l.glyphs[start:i])
		}
	}
	l.width = 0
	for i := range l.glyphs {
		l.glyphs[i].pen = l.width
		l.width += l.glyphs[i].advance
	}
}
