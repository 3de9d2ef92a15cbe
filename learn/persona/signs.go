package persona

import (
	"cmp"
	"slices"

	"github.com/aparte-dev/aparte/learn"
)

// Sign is one thing that sets a type apart from everybody.
type Sign struct {
	Facet     string  `json:"facet"`
	Key       string  `json:"key"`       // of a mix; of a measure, "high" or "low"
	Here      float64 `json:"here"`      // the median of the type's people; of a mix, the share that the key has
	Everybody float64 `json:"everybody"` // the same, of everybody
	Weight    float64 `json:"weight"`    // what it tells, in nats
}

// Keys of a measure's sign.
const (
	high = "high"
	low  = "low"
)

// Bounds of what is told of a type.
const (
	mostSigns = 6
	leastTold = 0.05 // nats
)

// sign finds what sets each type apart: of a measure, how far its distribution is from everybody's (Kullback, Leibler 1951), of a mix, what each key
// adds to that where it is likelier than for everybody.
func (t *Types) sign(c *Crowd, all *sample) {
	medians, told := t.medians(c, all)
	for j := range t.Found {
		var signs []Sign
		for f := range facetsCount {
			here, everyone := t.Found[j].Chances[f], t.Facets[f].Everyone
			if f < firstMix {
				one := measured(f, here, everyone, medians[f][j], medians[f][len(t.Found)])
				one.Weight *= told[f][j]
				signs = append(signs, one)
				continue
			}
			for i, p := range here {
				if key := t.Facets[f].Keys[i]; p > everyone[i] && key != otherKeys {
					signs = append(signs, Sign{facetNames[f], key, p, everyone[i], draws[f] * divergence(p, everyone[i])})
				}
			}
		}
		signs = slices.DeleteFunc(signs, func(s Sign) bool { return s.Weight < leastTold || s.Here == s.Everybody })
		slices.SortStableFunc(signs, func(a, b Sign) int { return cmp.Compare(b.Weight, a.Weight) })
		t.Found[j].Signs = signs[:min(len(signs), mostSigns)]
	}
}

// divergence is what one key adds to it.
func divergence(p, q float64) float64 { return float64(p * learn.Logarithm(p/q)) }

func measured(f facet, here, everyone []float64, median, medianOfAll float64) Sign {
	s := Sign{Facet: facetNames[f], Key: low, Here: median, Everybody: medianOfAll}
	if median > medianOfAll {
		s.Key = high
	}
	for i, p := range here {
		s.Weight += divergence(p, everyone[i])
	}
	return s
}

// medians are those of each measure, by type; of everybody last. told is of how many of the type's people it is known, as a share: what is known of hardly
// any says little of the type.
func (t *Types) medians(c *Crowd, all *sample) (medians, told [firstMix][]float64) {
	k := len(t.Found)
	grades := make([]float64, len(all.people)*(k+1))
	for i, draws := range all.people {
		t.model.grade(draws, grades[i*(k+1):][:k])
		grades[i*(k+1)+k] = 1
	}
	for f := range firstMix {
		var order []int
		for i := range c.people {
			if c.people[i].known[f] {
				order = append(order, i)
			}
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.people[a].measured[f], c.people[b].measured[f]) })
		for j := range k + 1 {
			known, people := 0.0, 0.0
			for i := range c.people {
				g := grades[i*(k+1)+j]
				if people += g; c.people[i].known[f] {
					known += g
				}
			}
			told[f] = append(told[f], known/max(people, leastChance))
			medians[f] = append(medians[f], medianOf(order, func(i int) (value, weight float64) {
				return c.people[i].measured[f], grades[i*(k+1)+j]
			}))
		}
	}
	return medians, told
}

// medianOf is the value at which half of the weight is reached, in order; 0 of nobody.
func medianOf(order []int, of func(i int) (value, weight float64)) float64 {
	sum := 0.0
	for _, i := range order {
		_, w := of(i)
		sum += w
	}
	reached := 0.0
	for _, i := range order {
		value, w := of(i)
		if reached += w; 2*reached >= sum {
			return value
		}
	}
	return 0
}
