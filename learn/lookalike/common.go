package lookalike

import (
	"cmp"
	"slices"
)

// Trait is what some people have in common that others have not.
type Trait struct {
	Column string
	Words  string  // the column and what it says
	Seeds  float64 // of whom it is said: their share
	Others float64
}

// InCommon is, of each column in use that tells seeds from others, the one thing that does it best: of texts the one, of numbers the
// threshold, at which the shares of both differ most (the statistic of Kolmogorov and Smirnov). The largest difference comes first;
// only what more seeds than others have is told.
func (m *Model) InCommon(seeds, others []Seen) []Trait {
	var found []Trait
	for i, c := range m.table.columns {
		if c.reason != "" {
			continue
		}
		one := c.inCommon(shares(seeds, i), shares(others, i))
		if one.Seeds > one.Others {
			found = append(found, one)
		}
	}
	slices.SortStableFunc(found, func(a, b Trait) int { return cmp.Compare(b.Seeds-b.Others, a.Seeds-a.Others) })
	return found
}

// shares is how people are spread over the levels of a column.
func shares(people []Seen, column int) (s [256]float64) {
	for _, p := range people {
		s[p[column]] += 1 / float64(len(people))
	}
	return s
}

func (c *column) inCommon(seeds, others [256]float64) Trait {
	best := Trait{Column: c.name}
	try := func(seeds, others float64, words func() string) {
		if seeds-others > best.Seeds-best.Others {
			best.Seeds, best.Others, best.Words = seeds, others, words()
		}
	}
	if !c.ordered {
		for level := range len(c.names) + 1 {
			try(seeds[level], others[level], func() string { return c.describe(uint8(level)) })
		}
		return best
	}
	try(seeds[0], others[0], func() string { return c.describe(0) })
	var mine, theirs, known, allKnown float64 // up to a level, and of all levels
	for level := 1; level <= len(c.edges)+1; level++ {
		known, allKnown = known+seeds[level], allKnown+others[level]
	}
	for i, edge := range c.edges {
		mine, theirs = mine+seeds[i+1], theirs+others[i+1]
		try(mine, theirs, func() string { return c.name + " ≤ " + short(edge) })
		try(known-mine, allKnown-theirs, func() string { return c.name + " > " + short(edge) })
	}
	return best
}
