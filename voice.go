package aparte

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Voice is how a brand speaks: for whoever writes for it, and what what is written is held against.
type Voice struct {
	Tone    Words          `json:"tone,omitempty"`    // in words: "warm, short, never shouting"
	Never   []string       `json:"never,omitempty"`   // words and phrases that it never uses
	Claims  []string       `json:"claims,omitempty"`  // words and phrases that claim something: somebody has to have seen the proof
	Longest map[string]int `json:"longest,omitempty"` // by element: how many characters at most
}

// Breach is one way in which a text is not as the brand speaks.
type Breach struct {
	Rule   string `json:"rule"`            // "never", "claim", "long"
	Phrase string `json:"phrase,omitzero"` // the word or phrase; empty where it is too long
	Most   int    `json:"most,omitzero"`   // characters
}

// Breaches are all of them, of an element's text. Words are found whatever their case, and only as whole words.
func (v *Voice) Breaches(element, text string) (all []Breach) {
	words := wordsOf(text)
	for _, x := range []struct {
		rule    string
		phrases []string
	}{{"never", v.Never}, {"claim", v.Claims}} {
		for _, phrase := range x.phrases {
			if said(words, wordsOf(phrase)) {
				all = append(all, Breach{Rule: x.rule, Phrase: phrase})
			}
		}
	}
	if most := v.Longest[element]; most > 0 && utf8.RuneCountInString(text) > most {
		all = append(all, Breach{Rule: "long", Most: most})
	}
	return all
}

// wordsOf are the words of a text, in lower case; what stands between them, but for % and digits, is left out.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '%'
	})
}

// said reports whether words have a phrase somewhere.
func said(words, phrase []string) bool {
	for i := 0; len(phrase) > 0 && i+len(phrase) <= len(words); i++ {
		if slices.Equal(words[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}
