package decide

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What is searched for is the clearest of needs. Items are found by the words of their names in all languages, their categories, brands and
// attributes; how well one matches is the share of the query that it has, each word weighing as much as it tells items apart (its
// inverse document frequency; Spärck Jones 1972, "A statistical interpretation of term specificity").
const (
	maxQueryWords = 8   // the first of a query
	maxFound      = 512 // of each word, the most popular items
	fromSearch    = 6   // items that are brought
)

// lexicon is the words of a catalogue.
type lexicon struct {
	words map[string]uint32
	of    [][]uint32 // by item, its words, ascending
	found [][]int32  // by word, the most popular items in stock that have it, best first
	rare  []float64  // by word, how much it tells
	none  float64    // how much a word tells that no item has
}

// spelling makes the lexicon of a catalogue when it is first asked for: most brands are never searched.
func spelling(c *catalogue) func() *lexicon {
	return sync.OnceValue(func() *lexicon {
		l := &lexicon{words: map[string]uint32{}, of: make([][]uint32, len(c.items))}
		var have []int
		for i := range c.items {
			it := &c.items[i]
			texts := []string{it.Category, it.Brand}
			for _, name := range it.Name {
				texts = append(texts, name)
			}
			for _, value := range it.Attributes {
				texts = append(texts, value)
			}
			slices.Sort(texts) // words are numbered in one order
			var all []uint32
			for _, text := range texts {
				for _, w := range wordsOf(text) {
					id, known := l.words[w]
					if !known {
						id = uint32(len(l.words))
						l.words[w] = id
						have = append(have, 0)
					}
					all = append(all, id)
				}
			}
			slices.Sort(all)
			l.of[i] = slices.Compact(all)
			for _, id := range l.of[i] {
				have[id]++
			}
		}
		l.rare, l.found = make([]float64, len(have)), make([][]int32, len(have))
		for id, n := range have {
			l.rare[id] = math.Log(1 + float64(len(c.items))/float64(n))
		}
		l.none = math.Log(1 + float64(len(c.items)))
		for _, i := range c.popular {
			for _, id := range l.of[i] {
				if len(l.found[id]) < maxFound {
					l.found[id] = append(l.found[id], i)
				}
			}
		}
		return l
	})
}

// wordsOf are the words of a text in lower case, without accents and without the s of a plural.
func wordsOf(text string) []string {
	folded := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFD.String(strings.ToValidUTF8(text, " ")))
	words := strings.Fields(folded)
	for i, w := range words {
		if len(w) > 3 {
			words[i] = strings.TrimSuffix(w, "s")
		}
	}
	return words
}

// query is what is searched for at a moment.
type query struct {
	lexicon *lexicon // nil: nothing is
	words   []uint32 // that items have, each once
	whole   float64  // how much all its words tell
}

// search reads what the moment says is searched for.
func (d *deliberation) search() {
	d.query = query{words: d.query.words[:0]}
	text := d.q.Moment.Context.Search
	if text == "" || d.terms() < 2 {
		return
	}
	l := d.plan.catalogue.spelled()
	words := wordsOf(text)
	for _, w := range words[:min(len(words), maxQueryWords)] {
		if id, known := l.words[w]; !known {
			d.query.whole += l.none
		} else if !slices.Contains(d.query.words, id) {
			d.query.words = append(d.query.words, id)
			d.query.whole += l.rare[id]
		}
	}
	if len(d.query.words) > 0 {
		d.query.lexicon = l
	}
}

// match is how much of what is searched for an item is, in [0, 1].
func (q *query) match(item int32) float64 {
	if q.lexicon == nil {
		return 0
	}
	told := 0.0
	for _, id := range q.words {
		if _, has := slices.BinarySearch(q.lexicon.of[item], id); has {
			told += q.lexicon.rare[id]
		}
	}
	return told / q.whole
}

// pickFound takes the items that match best what is searched for, of those that match alike the more popular.
func (d *deliberation) pickFound() {
	q := &d.query
	if q.lexicon == nil {
		return
	}
	type found struct {
		item  int32
		match float64
	}
	var all []found
	for _, id := range q.words {
		for _, i := range q.lexicon.found[id] {
			all = append(all, found{i, q.match(i)})
		}
	}
	popular := func(i int32) float64 { return d.plan.catalogue.items[i].Popularity }
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(b.match, a.match), cmp.Compare(popular(b.item), popular(a.item)), cmp.Compare(a.item, b.item))
	})
	for n, i := 0, 0; i < len(all) && n < fromSearch; i++ {
		n += d.pick(all[i].item)
	}
}
