package decide

import "github.com/aparte-dev/aparte"

// elementsOf is what a model is told of a content's variants: what each has in common with variants of the
// same element in other contents, which is where a new one begins, and what it is by itself, which is what
// it teaches further. By themselves they are the content's own: the "a" of one headline is no kin of the
// "a" of another. The only variant of an element is nothing by itself that the content is not.
func elementsOf(c *aparte.Content, shared map[asset]bool, tones *tones) []element {
	elements := make([]element, len(c.Elements))
	for i := range c.Elements {
		e := &c.Elements[i]
		elements[i].variants, elements[i].tones = make([]phrase, len(e.Variants)), make([][]int32, len(e.Variants))
		for j := range e.Variants {
			v, all := &e.Variants[j], []hashed(nil)
			if len(e.Variants) > 1 {
				all = append(all, ownFeature(c, e, v))
			}
			for _, trait := range v.Traits {
				all = append(all, feature(e.Name+":"+trait, ""))
				elements[i].tones[j] = append(elements[i].tones[j], tones.number(trait))
			}
			if shared[asset{e.Name, v.Asset}] {
				all = append(all, feature(e.Name+":asset", v.Asset))
			}
			elements[i].variants[j] = phraseOf(all...)
		}
	}
	return elements
}

func ownFeature(c *aparte.Content, e *aparte.Element, v *aparte.Variant) hashed {
	h := feature(e.Name, v.ID)
	h.hash = fold(mix(mix(uint64(h.hash), string(c.ID)), e.Name))
	return h
}

// asset is a file that shows as an element.
type asset struct{ element, file string }

// sharedAssets are those that more than one variant of the brand shows: what one earns, the others begin with.
func sharedAssets(contents []aparte.Content) map[asset]bool {
	shared := make(map[asset]bool) // false: seen once
	for i := range contents {
		for _, e := range contents[i].Elements {
			for _, v := range e.Variants {
				if a := (asset{e.Name, v.Asset}); v.Asset != "" {
					_, again := shared[a]
					shared[a] = again
				}
			}
		}
	}
	return shared
}
