package persona

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// Bounds of a scale.
const (
	mostKnots = 5  // of a measure: the middles of fifths of the crowd
	mostKeys  = 24 // of a mix, the rest is other
	otherKeys = ""
)

// scale turns portraits into draws: which key of which facet, and how much of it. A number is told by its place in the crowd, so that neither units
// nor outliers matter: its keys are knots, the middles of fifths of the crowd, and one between two of them draws from both, by how near it is to
// each. So grades change little where a number does.
type scale struct {
	knots   [firstMix][]float64 // of each measure, rising
	keys    [facetsCount][]string
	first   [facetsCount]int // the column of the first key
	columns int
	places  [facetsCount]map[string]int // the column of each key of a mix
}

// draw is some weight in a column.
type draw struct {
	column int
	weight float64
}

// scaleOf makes the scale of a crowd.
func scaleOf(people []Portrait) *scale {
	s := new(scale)
	for f := range firstMix {
		var values []float64
		for i := range people {
			if people[i].known[f] {
				values = append(values, people[i].measured[f])
			}
		}
		s.knots[f] = knotsOf(values)
	}
	var weights [facetsCount]map[string]float64
	for f := range weights {
		weights[f] = map[string]float64{}
	}
	for i := range people {
		for _, m := range people[i].marks {
			weights[m.facet][m.key] += m.weight
		}
	}
	for f := firstMix; f < facetsCount; f++ {
		s.keys[f] = heaviest(weights[f])
	}
	s.index()
	return s
}

// knotsOf are the values at the middles of equal shares, each once; of no values, one that says nothing.
func knotsOf(values []float64) (knots []float64) {
	slices.Sort(values)
	for i := range mostKnots {
		if len(values) == 0 {
			break
		}
		if v := values[len(values)*(2*i+1)/(2*mostKnots)]; len(knots) == 0 || v > knots[len(knots)-1] {
			knots = append(knots, v)
		}
	}
	if len(knots) == 0 {
		return []float64{0}
	}
	return knots
}

// heaviest are the keys that weigh most, by name, and other.
func heaviest(weights map[string]float64) []string {
	keys := make([]string, 0, len(weights))
	for key := range weights {
		if key != otherKeys {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(weights[b], weights[a]), strings.Compare(a, b)) })
	keys = keys[:min(len(keys), mostKeys)]
	slices.Sort(keys)
	return append(keys, otherKeys)
}

// index numbers the columns.
func (s *scale) index() {
	s.columns = 0
	for f := range facetsCount {
		s.first[f] = s.columns
		if f < firstMix {
			s.columns += len(s.knots[f])
			continue
		}
		s.places[f] = make(map[string]int, len(s.keys[f]))
		for i, key := range s.keys[f] {
			s.places[f][key] = s.columns + i
		}
		s.columns += len(s.keys[f])
	}
}

// size is how many keys a facet has.
func (s *scale) size(f facet) int {
	if f+1 < facetsCount {
		return s.first[f+1] - s.first[f]
	}
	return s.columns - s.first[f]
}

// read appends a portrait's draws.
func (s *scale) read(dst []draw, p *Portrait) []draw {
	for f := range firstMix {
		if p.known[f] {
			dst = between(dst, s.knots[f], s.first[f], p.measured[f])
		}
	}
	for i := range p.marks {
		m := &p.marks[i]
		column, known := s.places[m.facet][m.key]
		if !known {
			column = s.first[m.facet] + s.size(m.facet) - 1 // other
		}
		dst = append(dst, draw{column, m.weight})
	}
	return dst
}

// between appends the draws of a value from the knots beside it.
func between(dst []draw, knots []float64, first int, value float64) []draw {
	above := sort.Search(len(knots), func(i int) bool { return value < knots[i] })
	switch {
	case above == 0:
		return append(dst, draw{first, 1})
	case above == len(knots):
		return append(dst, draw{first + above - 1, 1})
	}
	share := (value - knots[above-1]) / (knots[above] - knots[above-1])
	return append(dst, draw{first + above - 1, 1 - share}, draw{first + above, share})
}
