package compose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

// TraitsIn are the traits of people that a content's words, its link and its layouts can print or ask for, by name, in order. What
// cannot be parsed reads nothing.
func (c *Composer) TraitsIn(b *aparte.Brand, content *aparte.Content) (names []string) {
	read := func(kind templateKind, source string) {
		t, err := c.library.template(kind, source)
		if err != nil {
			return
		}
		for _, n := range t.needs {
			name, ofPerson := strings.CutPrefix(n.path, "person.")
			if at, known := slices.BinarySearch(names, name); ofPerson && !known {
				names = slices.Insert(names, at, name)
			}
		}
	}
	for i := range content.Elements {
		for j := range content.Elements[i].Variants {
			for _, words := range content.Elements[i].Variants[j].Words {
				read(wordsTemplate, words)
			}
		}
	}
	read(addressTemplate, content.Link)
	for i := range b.Layouts {
		if l := &b.Layouts[i]; slices.Contains(content.Layouts, l.ID) {
			read(markupTemplate, cmp.Or(markupOf(l), l.HTML))
		}
	}
	return names
}
