package compose

import "slices"

// Missing are the variables that the scene's words ask for and that are not known of this person, by their paths, in the order in
// which they are asked for: where they would stand, a default does, or what is said if they are not there.
func (c *Composer) Missing(s *Scene) []string {
	sc, err := c.bareScope(s)
	if err != nil {
		return nil
	}
	var paths []string
	ask := func(kind templateKind, source string) {
		t, err := c.library.template(kind, source)
		if err != nil {
			return
		}
		for _, n := range t.needs {
			if sc.value(n.path) == nil && !slices.Contains(paths, n.path) {
				paths = append(paths, n.path)
			}
		}
	}
	for i := range s.Content.Elements {
		if v := s.variant(i); v != nil && len(v.Words) > 0 {
			words, _ := wordsIn(v.Words, s.wanted(), s.Brand.Locale)
			ask(wordsTemplate, words)
		}
	}
	ask(addressTemplate, s.Content.Link)
	return paths
}
