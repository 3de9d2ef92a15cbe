package gsm

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// Alphabet is how the letters of a text are written.
type Alphabet string

// The alphabets.
const (
	GSM7 Alphabet = "GSM-7" // one septet a letter, two for those of the extension
	UCS2 Alphabet = "UCS-2" // 16 bits a letter, 32 for those beyond the basic plane
)

// How many septets or 16-bit units fit into a message of one segment, and into each segment of several, which begins with six
// bytes of header (3GPP TS 23.040, sections 9.2.3.16 and 9.2.3.24.1).
const (
	single7, each7   = 160, 153
	single16, each16 = 70, 67
)

// MaxSegments is how many segments a message can have at most.
const MaxSegments = 255

// Size is what a text takes.
type Size struct {
	Alphabet Alphabet
	Units    int // septets or 16-bit units
	Segments int // 0: an empty text

	// Strange are the letters that GSM-7 lacks, each once, in order: one of them is enough to more than halve what fits in.
	Strange []rune
}

// Measure is what a text takes. Bytes that are not UTF-8 count as U+FFFD.
func Measure(text string) Size {
	size := Size{Alphabet: GSM7}
	for _, r := range text {
		if _, ok := septets[r]; !ok && !slices.Contains(size.Strange, r) {
			size.Alphabet, size.Strange = UCS2, append(size.Strange, r)
		}
	}
	for _, s := range Split(text) {
		size.Segments++
		size.Units += len(s)
	}
	if size.Alphabet == UCS2 {
		size.Units /= 2
	}
	return size
}

// Split is a text as the segments that carry it, in the alphabet that Measure tells: septets, one a byte, or big-endian 16-bit
// units. No letter is cut in two. There may be more of them than a message can have.
func Split(text string) [][]byte {
	for _, r := range text {
		if _, ok := septets[r]; !ok {
			return cut(text, units, 2*single16, 2*each16)
		}
	}
	return cut(text, func(r rune) string { return septets[r] }, single7, each7)
}

// units are the 16-bit units of a letter.
func units(r rune) string {
	var b []byte
	for _, u := range utf16.AppendRune(nil, r) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return string(b)
}

// cut writes each letter and begins a segment where the one before is full.
func cut(text string, write func(rune) string, single, each int) [][]byte {
	total := 0
	for _, r := range text {
		total += len(write(r))
	}
	room := single
	if total > single {
		room = each
	}
	var all [][]byte
	for _, r := range text {
		letter := write(r)
		if n := len(all); n == 0 || len(all[n-1])+len(letter) > room {
			all = append(all, make([]byte, 0, room))
		}
		all[len(all)-1] = append(all[len(all)-1], letter...)
	}
	return all
}

// plain replaces what typography adds by what a phone's alphabet has.
var plain = strings.NewReplacer(
	"\u2019", "'", "\u2018", "'", "\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "«\u00a0", `"`, "«\u202f", `"`, "\u00a0»", `"`, "\u202f»", `"`, "«", `"`, "»", `"`,
	"\u2026", "...", "\u2013", "-", "\u2014", "-", "\u2212", "-", "\u2011", "-", "\u00ad", "", "\u200b", "", "\u00a0", " ", "\u202f", " ", "\u2009", " ",
	"œ", "oe", "Œ", "OE", "\t", " ",
)

// Plain is a text with the signs of typography written plainly: curly quotes, dashes, ellipses, spaces that do not break, œ. No
// word is spelled otherwise but by œ: other accents that GSM-7 lacks, such as ê, stay.
func Plain(text string) string { return plain.Replace(text) }
