package compose

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/gsm"
)

// Text is a text message, as short as it can be said.
type Text struct {
	Body string
	Size gsm.Size
}

// MaxTextSegments is how many segments a text takes at most: each is paid for, and what is longer is not read on a phone's screen.
const MaxTextSegments = 3

// linkWidth is about how long an address of ours is in a text: a short token behind a short host.
const linkWidth = 60

// Text composes a text message: the element text, else the body, else the headline; then the scene's Link; then, of marketing, how
// to end it. Typography is written plainly, as a single curly quote would halve what a segment holds. Words that are too many
// for [MaxTextSegments], as a name may make them, are cut after a whole one; link and ending are not. It fails where the content
// says nothing or the link is not absolute.
func (c *Composer) Text(s *Scene) (Text, error) {
	sc, err := c.scope(s)
	if err != nil {
		return Text{}, err
	}
	words := singleLine(gsm.Plain(sc.first(textElements[:]...)))
	if words == "" {
		return Text{}, fmt.Errorf("text of content %q: %w", s.Content.ID, errNoText)
	}
	if s.Link != "" && !isAbsolute(s.Link) {
		return Text{}, fmt.Errorf("text of content %q: the address of its link must be absolute, http or https", s.Content.ID)
	}
	end := textEnd(s.Brand, s.Content, sc.voice.base, s.Link)
	for n := len([]rune(words)); ; n -= 10 {
		t := Text{Body: gsm.Plain(cutAtWord(words, max(n, 1))) + end}
		if t.Size = gsm.Measure(t.Body); t.Size.Segments <= MaxTextSegments || n <= 1 {
			return t, nil
		}
	}
}

// textElements are what a text says: the first of these that a content has.
var textElements = [...]string{"text", "body", "headline"}

var errNoText = errors.New("it has none of the elements text, body and headline")

// textEnd is what follows the words of a text.
func textEnd(b *aparte.Brand, content *aparte.Content, language, link string) (end string) {
	if link != "" {
		end = " " + link
	}
	if content.Purpose == aparte.Service {
		return end
	}
	if to := b.Sender.Stop; to != "" && language == "fr" {
		return end + "\nSTOP au " + to
	} else if to != "" {
		return end + "\nSTOP to " + to
	}
	if language == "fr" {
		return end + "\nRépondre STOP"
	}
	return end + "\nReply STOP"
}

// outputs are what a template prints, and steps are what it does: of neither is known how long it is.
var (
	outputs = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	steps   = regexp.MustCompile(`(?s)\{%.*?%\}`)
)

// printedWidth is about how long what is printed is: a first name, a price, a short name of an item.
const printedWidth = 12

// TextSize is about what a text would take that says the words of a template: of what is printed, and of the link, lengths are
// assumed. An element other than that which texts say has no size; see [IsText].
func TextSize(b *aparte.Brand, content *aparte.Content, language, words string) gsm.Size {
	plain := outputs.ReplaceAllString(steps.ReplaceAllString(words, ""), strings.Repeat("x", printedWidth))
	base, _, _ := strings.Cut(language, "-")
	return gsm.Measure(singleLine(gsm.Plain(plain)) + textEnd(b, content, base, strings.Repeat("x", linkWidth)))
}

// IsText reports whether an element is what texts of a content say.
func IsText(content *aparte.Content, element string) bool {
	for _, name := range textElements {
		if hasElement(content, name) {
			return isSentOn(content, aparte.SMS) && name == element
		}
	}
	return false
}

// text checks that a content for SMS has something to say there, and that it is short enough.
func (k *checker) text(pointer string, content *aparte.Content) {
	if !isSentOn(content, aparte.SMS) {
		return
	}
	any := false
	for i := range content.Elements {
		e := &content.Elements[i]
		if !IsText(content, e.Name) {
			continue
		}
		any = true
		for j, v := range e.Variants {
			for _, l := range sortedLanguages(v.Words) {
				k.report(fmt.Sprintf("%s/elements/%d/variants/%d/words/%s", pointer, i, j, l), tooLong(TextSize(k.brand, content, l, v.Words[l])))
			}
		}
	}
	if !any {
		k.report(pointer+"/elements", errors.New("a content for SMS must have an element named text, body or headline"))
	}
}

// tooLong says that a text takes too many segments, and which letters make it so where some do.
func tooLong(size gsm.Size) error {
	switch {
	case size.Segments <= MaxTextSegments:
		return nil
	case len(size.Strange) > 0:
		return fmt.Errorf("about %d segments of a text message, more than %d: %q are not in the alphabet of phones, so that a segment holds 67 letters and not 153", size.Segments, MaxTextSegments, string(size.Strange))
	}
	return fmt.Errorf("about %d segments of a text message, more than %d", size.Segments, MaxTextSegments)
}
