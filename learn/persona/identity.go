package persona

import (
	"fmt"
	"slices"
	"time"

	"github.com/aparte-dev/aparte"
)

// recognised is from how many people in common, of all in either, a type is the one it was: below, it has dissolved (Hennig 2007,
// "Cluster-wise assessment of cluster stability", section 3).
const recognised = 0.5

// recognise gives ids and names: those it had in before to a type that is recognisably the same, new ones to others.
func (t *Types) recognise(c *Crowd, before *Types, called Called) {
	kept := make([]int, len(t.Found)) // 1 + its place in before; 0: it is new
	if before != nil {
		t.Next, t.Retired = before.Next, slices.Clone(before.Retired)
		kept = t.matched(c, before)
	}
	taken := make(map[string]bool)
	for j := range t.Found {
		if kept[j] > 0 {
			f, was := &t.Found[j], &before.Found[kept[j]-1]
			f.ID, f.Name, f.Since = was.ID, was.Name, was.Since
			taken[f.Name["en"]] = true
		}
	}
	for j := range t.Found {
		if f := &t.Found[j]; kept[j] == 0 {
			f.Since, f.Alike = t.At, 0
			if len(t.Found) == 1 {
				f.ID, f.Name = aparte.EverybodyPersona, everybody.words()
				continue
			}
			f.ID = aparte.PersonaID(fmt.Sprintf("p%d", t.Next))
			t.Next++
			f.Name = nameOf(f.Signs, taken, called)
		}
	}
	if before != nil {
		t.retire(before, kept, t.At)
	}
}

// matched pairs types with those before so that they have the most people in common. The grades of everybody in the crowd, as both see them, say
// how many.
func (t *Types) matched(c *Crowd, before *Types) []int {
	kept := make([]int, len(t.Found))
	if single := len(t.Found) == 1; single || len(before.Found) == 1 {
		if single && len(before.Found) == 1 {
			kept[0], t.Found[0].Alike = 1, 1
		}
		return kept // everybody is no type beside others
	}
	overlap := t.overlap(c, before)
	for j, i := range assign(overlap) {
		if j < len(t.Found) && i < len(before.Found) && overlap[j][i] > recognised {
			kept[j], t.Found[j].Alike = i+1, overlap[j][i]
		}
	}
	return kept
}

// overlap is how alike each type is to each before: Σ min / Σ max of people's grades, which is Jaccard's coefficient where grades are 0 or 1. Rows and
// columns of zeros make it square.
func (t *Types) overlap(c *Crowd, before *Types) [][]float64 {
	n := max(len(t.Found), len(before.Found))
	common, either := make([]float64, n*n), make([]float64, n*n)
	now, then := make([]float64, len(t.Found)), make([]float64, len(before.Found))
	var draws []draw
	for i := range c.people {
		draws = t.scale.read(draws[:0], &c.people[i])
		t.model.grade(draws, now)
		draws = before.scale.read(draws[:0], &c.people[i])
		before.model.grade(draws, then)
		for a, x := range now {
			for b, y := range then {
				common[a*n+b] += min(x, y)
				either[a*n+b] += max(x, y)
			}
		}
	}
	alike := make([][]float64, n)
	for a := range alike {
		alike[a] = make([]float64, n)
		for b := range alike[a] {
			if sum := either[a*n+b]; sum > 0 {
				alike[a][b] = common[a*n+b] / sum
			}
		}
	}
	return alike
}

// retire notes those of before that were not found.
func (t *Types) retire(before *Types, kept []int, until time.Time) {
	for i := range before.Found {
		was := &before.Found[i]
		if was.ID != aparte.EverybodyPersona && !slices.Contains(kept, i+1) {
			t.Retired = append(t.Retired, Retired{was.ID, was.Name, was.Since, until})
		}
	}
	t.Retired = t.Retired[max(0, len(t.Retired)-mostRetired):]
}

// Type is the type found with an id, and whether there is one.
func (t *Types) Type(id aparte.PersonaID) (*Type, bool) {
	for j := range t.Found {
		if t.Found[j].ID == id {
			return &t.Found[j], true
		}
	}
	return nil, false
}

// Called is what a category or a brand of the catalogue is called in a language: "en" or "fr".
type Called func(kind aparte.AffinityKind, key, lang string) string
