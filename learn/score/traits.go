package score

import (
	"cmp"
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Bounds of what is made of traits.
const (
	mostTraits  = 40 // columns
	mostTexts   = 32 // different texts of a trait: one with more names people instead of describing them
	fewestAlike = 30 // people who must share a text, or have a number, for it to count
)

// level is one text of a trait, or the trait where it is a number.
type level struct {
	trait, text string
	number      bool
}

// levelOf is what a trait says. Nothing is made of what was computed, which would be to learn from oneself, nor of
// lists and objects.
func levelOf(t *aparte.Trait) (l level, ok bool) {
	if t.Provenance == aparte.Inferred {
		return l, false
	}
	switch t.Value.Kind {
	case aparte.Text:
		return level{t.Name, t.Value.Str, false}, t.Value.Str != ""
	case aparte.Bool:
		return level{t.Name, t.Value.String(), false}, true
	case aparte.Number:
		return level{t.Name, "", true}, !math.IsNaN(t.Value.Num) && !math.IsInf(t.Value.Num, 0)
	}
	return l, false
}

// in is what a level says of somebody with these traits: 1 or 0 for a text, a number's value; and whether it says
// anything. Traits are in the order of their names; rest are those that the next level by name can be among.
func (l *level) in(traits []aparte.Trait) (value float64, says bool, rest []aparte.Trait) {
	for len(traits) > 0 && traits[0].Name < l.trait {
		traits = traits[1:]
	}
	if len(traits) == 0 || traits[0].Name != l.trait {
		return 0, false, traits
	}
	theirs, ok := levelOf(&traits[0])
	switch {
	case !ok || theirs.number != l.number:
		return 0, false, traits
	case l.number:
		return traits[0].Value.Num, true, traits
	case theirs.text == l.text:
		return 1, true, traits
	}
	return 0, true, traits
}

// levels are those of the rows' traits that enough people share: the mostTraits that most do, by name.
func levels(rows []Row) []level {
	people := make(map[level]map[aparte.PersonID]bool)
	texts := make(map[string]map[string]bool)
	for i := range rows {
		for k := range rows[i].Sight.Traits {
			l, ok := levelOf(&rows[i].Sight.Traits[k])
			if !ok || len(texts[l.trait]) > mostTexts {
				continue
			}
			if people[l] == nil {
				people[l] = make(map[aparte.PersonID]bool)
			}
			people[l][rows[i].Person] = true
			if texts[l.trait] == nil {
				texts[l.trait] = make(map[string]bool)
			}
			texts[l.trait][l.text] = true
		}
	}
	var kept []level
	for l, who := range people {
		if len(who) >= fewestAlike && len(texts[l.trait]) <= mostTexts {
			kept = append(kept, l)
		}
	}
	byName := func(a, b level) int { return cmp.Or(cmp.Compare(a.trait, b.trait), cmp.Compare(a.text, b.text)) }
	slices.SortFunc(kept, func(a, b level) int {
		return cmp.Or(cmp.Compare(len(people[b]), len(people[a])), byName(a, b))
	})
	kept = kept[:min(len(kept), mostTraits)]
	slices.SortFunc(kept, byName)
	return kept
}
