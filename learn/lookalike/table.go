package lookalike

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Bounds of a column.
const (
	numberBins = 63      // each with as many people as the others
	binSample  = 100_000 // numbers looked at for the bins' edges
	mostTexts  = 4_096   // a column with more different texts names people instead of describing them
	mostLevels = 254     // of texts, the most frequent; all others are one
)

// Table is what is known about people, column by column. A column is one of numbers if every cell that is not
// missing is one; else its cells are texts.
type Table struct {
	columns []*column
	rows    int
}

type column struct {
	name    string
	numbers []float64 // NaN: missing, or a text
	texts   []uint16  // 1 + index in words; 0: missing, or a number
	words   []string
	index   map[string]uint16
	reason  string // why it is not used

	levels  []uint8 // by row, once sorted out; 0 is missing
	edges   []float64
	names   []string // of the levels of texts, from 1
	ordered bool     // the levels have an order of their own
}

// NewTable has no rows yet.
func NewTable(columns ...string) *Table {
	t := new(Table)
	for _, name := range columns {
		t.columns = append(t.columns, &column{name: name, index: map[string]uint16{}})
	}
	return t
}

// Add takes a person's cells in, in the order of the columns. Cells may be parts of something larger.
func (t *Table) Add(cells []string) {
	for i, c := range t.columns {
		c.add(cells[i])
	}
	t.rows++
}

// Rows is how many people there are.
func (t *Table) Rows() int { return t.rows }

func (c *column) add(cell string) {
	if c.reason != "" {
		return
	}
	s := strings.TrimSpace(cell)
	number, word := math.NaN(), uint16(0)
	switch strings.ToLower(s) {
	case "", "?", "na", "nan", "null":
	default:
		if x, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(x, 0) {
			number = x
			break
		}
		known := false
		if word, known = c.index[s]; !known {
			if len(c.words) == mostTexts {
				c.refuse("more than " + strconv.Itoa(mostTexts) + " different texts: it names people")
				return
			}
			s = strings.Clone(s)
			c.words = append(c.words, s)
			word = uint16(len(c.words))
			c.index[s] = word
		}
	}
	c.numbers, c.texts = append(c.numbers, number), append(c.texts, word)
}

func (c *column) refuse(reason string) {
	*c = column{name: c.name, reason: reason}
}

// Unused says of each column that is not used why.
func (t *Table) Unused() map[string]string {
	unused := map[string]string{}
	for _, c := range t.columns {
		c.sortOut()
		if c.reason != "" {
			unused[c.name] = c.reason
		}
	}
	return unused
}

// sortOut gives each row its level. Afterwards the cells are forgotten.
func (c *column) sortOut() {
	if c.levels != nil || c.reason != "" {
		return
	}
	if c.ordered = len(c.words) == 0; c.ordered {
		c.bin()
	} else {
		c.categorise()
	}
	c.numbers, c.texts, c.words, c.index = nil, nil, nil, nil
	if len(c.levels) > 0 && slices.Min(c.levels) == slices.Max(c.levels) {
		c.refuse("the same for everybody")
	}
}

// bin parts numbers at their quantiles. Values that are more frequent than a bin is wide have one alone.
func (c *column) bin() {
	var known []float64
	for i := 0; i < len(c.numbers); i += 1 + len(c.numbers)/binSample {
		if !math.IsNaN(c.numbers[i]) {
			known = append(known, c.numbers[i])
		}
	}
	slices.Sort(known)
	for k := 1; k < numberBins && len(known) > 0; k++ {
		c.edges = append(c.edges, known[k*(len(known)-1)/numberBins])
	}
	c.edges = slices.Compact(c.edges)
	c.levels = make([]uint8, len(c.numbers))
	for i, x := range c.numbers {
		if !math.IsNaN(x) {
			bin, _ := slices.BinarySearch(c.edges, x)
			c.levels[i] = uint8(1 + bin)
		}
	}
}

// categorise gives each text, and each number among the texts, a level, the most frequent first.
func (c *column) categorise() {
	counts := map[string]int{}
	name := func(i int) string {
		if c.texts[i] != 0 {
			return c.words[c.texts[i]-1]
		}
		return strconv.FormatFloat(c.numbers[i], 'g', -1, 64)
	}
	for i := range c.texts {
		if c.texts[i] != 0 || !math.IsNaN(c.numbers[i]) {
			counts[name(i)]++
		}
	}
	for text := range counts {
		c.names = append(c.names, text)
	}
	slices.SortFunc(c.names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	level := map[string]uint8{}
	for i, text := range c.names {
		level[text] = uint8(min(i+1, mostLevels+1))
	}
	if len(c.names) > mostLevels {
		c.names = append(c.names[:mostLevels], "another")
	}
	c.levels = make([]uint8, len(c.texts))
	for i := range c.texts {
		if c.texts[i] != 0 || !math.IsNaN(c.numbers[i]) {
			c.levels[i] = level[name(i)]
		}
	}
}

// describe says a level in words.
func (c *column) describe(level uint8) string {
	switch {
	case level == 0:
		return c.name + " not known"
	case !c.ordered:
		return c.name + " = " + c.names[level-1]
	case len(c.edges) == 0:
		return c.name
	case level == 1:
		return fmt.Sprintf("%s ≤ %g", c.name, c.edges[0])
	case int(level) > len(c.edges):
		return fmt.Sprintf("%s > %g", c.name, c.edges[len(c.edges)-1])
	}
	return fmt.Sprintf("%s in (%g, %g]", c.name, c.edges[level-2], c.edges[level-1])
}
