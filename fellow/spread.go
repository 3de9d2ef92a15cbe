package fellow

import (
	"cmp"
	"slices"

	"github.com/aparte-dev/aparte/store"
)

// Member is a node, and the parts that it has.
type Member struct {
	URL string       `json:"url"` // where the others reach it
	Has []store.Part `json:"has"`
}

// Spread says which parts each of the members is to have, the first of whom has the office: about as many as any other, and as far as that lets it those
// that it has. Part 0 is the office's. What nobody has goes to who has fewest. It depends on nothing but its arguments.
func Spread(parts int, members []Member) [][]store.Part {
	n := len(members)
	wants := make([][]store.Part, n)
	if n == 0 {
		return wants
	}
	taken := make([]bool, parts)
	give := func(i int, part store.Part) {
		wants[i], taken[part] = append(wants[i], part), true
	}
	most := func(i int) int { // those who have most already keep one more, where there is one
		if fuller(members, i) < parts%n {
			return parts/n + 1
		}
		return parts / n
	}
	if parts > 0 {
		give(0, 0)
	}
	for i, m := range members {
		has := slices.Clone(m.Has)
		slices.Sort(has)
		for _, part := range has {
			if int(part) < parts && !taken[part] && len(wants[i]) < max(most(i), 1) {
				give(i, part)
			}
		}
	}
	for part := range store.Part(parts) {
		if taken[part] {
			continue
		}
		least := 0
		for i := range wants {
			if len(wants[i])-most(i) < len(wants[least])-most(least) {
				least = i
			}
		}
		give(least, part)
	}
	for i := range wants {
		slices.Sort(wants[i])
	}
	return wants
}

// fuller is how many members have more parts than one, or as many and stand before it.
func fuller(members []Member, of int) (n int) {
	for i, m := range members {
		if by := cmp.Compare(len(m.Has), len(members[of].Has)); by > 0 || by == 0 && i < of {
			n++
		}
	}
	return n
}
