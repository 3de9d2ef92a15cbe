package compose

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxSpelt bounds the names that are compared, in characters.
const maxSpelt = 64

// Near is that of the names that is spelt most like another, empty where none is near or it is one of them: at most a third of its characters are another,
// missing, too many or exchanged with their neighbour; capitals, _ and - count for nothing. Of equals it is the first.
func Near(name string, among []string) string {
	plain := plainly(name)
	n := utf8.RuneCountInString(plain)
	if n > maxSpelt || slices.Contains(among, name) {
		return ""
	}
	best, least := "", max(1, n/3)+1
	for _, other := range among {
		if d := apart(plain, plainly(other)); d < least {
			best, least = other, d
		}
	}
	return best
}

// plainly is how a name is compared.
func plainly(name string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
}

// apart is how many edits two names are apart: optimal string alignment, which is Levenshtein's distance where neighbours may also
// change places (L. Boytsov, Indexing methods for approximate dictionary searching, 2011, section 2.2).
func apart(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(y) > maxSpelt {
		return len(y)
	}
	before, last, now := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		now[0] = i + 1
		for j := range y {
			other := 1
			if x[i] == y[j] {
				other = 0
			}
			now[j+1] = min(last[j+1]+1, now[j]+1, last[j]+other)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				now[j+1] = min(now[j+1], before[j-1]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(y)]
}

// meant is a question after what a name may stand for, empty where nothing is near.
func meant(near string) string {
	if near == "" {
		return ""
	}
	return ": did you mean " + strconv.Quote(near) + "?"
}

// nearPath is the variable that is spelt most like an unknown one.
func nearPath(path string) string {
	first, rest, _ := strings.Cut(path, ".")
	offered, known := roots[first]
	if !known {
		if first = Near(first, slices.Sorted(maps.Keys(roots))); first == "" {
			return ""
		}
		offered = roots[first]
		if offered.offers(rest) {
			return strings.TrimSuffix(first+"."+rest, ".")
		}
	}
	if rest = Near(rest, strings.Fields(offered.names)); rest == "" {
		return ""
	}
	return first + "." + rest
}
