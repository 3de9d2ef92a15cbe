package compose

import (
	"slices"
	"strings"

	"github.com/aparte-dev/aparte"
)

// TraitsIn are the traits of people that a content's words, its link and its layouts can print or ask for, by name, in order. What
// cannot be parsed reads nothing.
func (c *Composer) TraitsIn(b *aparte.Brand, content *aparte.Content) (names []string) {
	c.eachTemplate(b, content, func(_ string, t *template) {
		for _, n := range t.needs {
			name, ofPerson := strings.CutPrefix(n.path, "person.")
			if at, known := slices.BinarySearch(names, name); ofPerson && !known {
				names = slices.Insert(names, at, name)
			}
		}
	})
	return names
}
