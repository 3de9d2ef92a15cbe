package compose

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/aparte-dev/aparte"
)

// Note is a message of a few plain words, such as a notification or a line of an inbox: text, never markup.
type Note struct {
	Title string // one line; never empty
	Text  string // one line; never empty
	Image string // the address of its picture; empty: none
	Link  string // where a tap on it goes; empty: nowhere
}

// Bounds of a note, in characters: about what a phone shows of an open notification. A bound of our own, as phones cut
// where their screens end, and tell nobody.
const (
	maxNoteTitle = 65
	maxNoteText  = 240
)

// Note composes a note: its title is the headline, else the subject; its text the body, else the preheader; its picture the
// scene's ImageURL where the content has an element that is one. A content that has only one of title and text speaks under the
// brand's name. What is too long is cut between words. It fails where the content says nothing, or an address is not absolute.
func (c *Composer) Note(s *Scene) (Note, error) {
	sc, err := c.scope(s)
	if err != nil {
		return Note{}, err
	}
	for name, address := range map[string]string{"link": s.Link, "image": s.ImageURL} {
		if address != "" && !isAbsolute(address) {
			return Note{}, fmt.Errorf("note of content %q: the address of its %s must be absolute, http or https", s.Content.ID, name)
		}
	}
	n := Note{Title: sc.first("headline", "subject"), Text: sc.first("body", "preheader"), Link: s.Link}
	if n.Text == "" {
		n.Title, n.Text = "", n.Title
	}
	if n.Text == "" {
		return Note{}, fmt.Errorf("note of content %q: %w", s.Content.ID, errSaysNothing)
	}
	if n.Title == "" {
		n.Title = s.Brand.Name
	}
	n.Title, n.Text = cutAtWord(singleLine(n.Title), maxNoteTitle), cutAtWord(singleLine(n.Text), maxNoteText)
	if s.hasPicture() {
		n.Image = s.ImageURL
	}
	return n, nil
}

var errSaysNothing = errors.New("it has neither headline nor body")

// first is the first of these elements that has something to say.
func (sc *scope) first(names ...string) string {
	for _, name := range names {
		if text := sc.elements[name]; text != "" {
			return text
		}
	}
	return ""
}

// hasPicture reports whether an element of the content is a picture, be it the item's.
func (s *Scene) hasPicture() bool {
	for i := range s.Content.Elements {
		if v := s.variant(i); v != nil && len(v.Words) == 0 {
			return true
		}
	}
	return false
}

// singleLine is a text with every run of blanks, line ends and control characters as one space. Spaces that do not break stay.
func singleLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }), " ")
}

// cutAtWord cuts a text to n characters, the ellipsis included, after its last whole word; within a word only where half of
// what fits would be lost.
func cutAtWord(s string, n int) string {
	short := truncate(s, n, "…")
	if short == s {
		return s
	}
	kept := strings.TrimSuffix(short, "…")
	if at := strings.LastIndexByte(kept, ' '); !strings.HasPrefix(s[len(kept):], " ") && at >= len(kept)/2 {
		kept = kept[:at]
	}
	return strings.TrimRight(kept, ",;:–—- \u00a0\u202f") + "…"
}

// speaks reports whether a content has what a note is made of.
func speaks(content *aparte.Content) bool {
	for _, name := range []string{"headline", "subject", "body", "preheader"} {
		if hasElement(content, name) {
			return true
		}
	}
	return false
}
