package intent

import (
	"strings"
	"unicode"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/text/unicode/norm"
)

// wordsOf are the words of a text in lower case, without accents, which people who write in haste leave out. A question mark
// is one; marks alone are nothing.
func wordsOf(text string) []string {
	folded := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'œ', r == 'Œ':
			return 'o'
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		case r == '?':
			return '?'
		}
		return ' '
	}, norm.NFD.String(strings.ToValidUTF8(text, " ")))
	if strings.Trim(folded, " ?") == "" {
		return nil
	}
	return strings.Fields(strings.ReplaceAll(folded, "?", " ? "))
}

// bits is the number of a weight: 2^bits of them an intent.
const bits = 13

// featuresOf are the hashed features of words, each once: the words, pairs of neighbours, and runs of four letters, by which
// forms of a word and slips of the pen are alike.
func featuresOf(words []string) []uint32 {
	seen := map[uint32]bool{}
	var all []uint32
	add := func(kind, s string) {
		h := uint32(xxhash.Sum64String(kind+s) >> (64 - bits))
		if !seen[h] {
			seen[h] = true
			all = append(all, h)
		}
	}
	for i, word := range words {
		add("w", word)
		if i > 0 {
			add("p", words[i-1]+" "+word)
		}
		padded := "<" + word + ">"
		runes := []rune(padded)
		for j := 0; j+4 <= len(runes); j++ {
			add("r", string(runes[j:j+4]))
		}
	}
	add("first", words[0])
	if len(words) <= 3 {
		add("short", "")
	}
	return all
}
