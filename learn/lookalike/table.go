package lookalike

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
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
	names   []string         // of the levels of texts, from 1
	level   map[string]uint8 // of a text
	ordered bool             // the levels have an order of their own
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

// AddValues takes a person's values in, in the order of the columns: numbers, and texts as they are, where Add has to read which
// is which. Null, a number that is not finite and an empty text are missing.
func (t *Table) AddValues(values []aparte.Value) {
	for i, c := range t.columns {
		if c.reason != "" {
			continue
		}
		number, text := partsOf(values[i])
		c.put(number, text)
	}
	t.rows++
}

// partsOf is a value as a number, NaN where it is none, or a text.
func partsOf(v aparte.Value) (float64, string) {
	switch v.Kind {
	case aparte.Number:
		if !math.IsInf(v.Num, 0) {
			return v.Num, ""
		}
	case aparte.Text:
		return math.NaN(), v.Str
	case aparte.Bool:
		return math.NaN(), strconv.FormatBool(v.Num != 0)
	}
	return math.NaN(), ""
}

// Rows is how many people there are.
func (t *Table) Rows() int { return t.rows }

func (c *column) add(cell string) {
	if c.reason != "" {
		return
	}
	s := strings.TrimSpace(cell)
	switch strings.ToLower(s) {
	case "", "?", "na", "nan", "null":
		s = ""
	default:
		if x, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(x, 0) {
			c.put(x, "")
			return
		}
	}
	c.put(math.NaN(), s)
}

// put takes in a number, or where that is NaN a text, or where that is empty what is missing.
func (c *column) put(number float64, text string) {
	word := uint16(0)
	if text != "" {
		known := false
		if word, known = c.index[text]; !known {
			if len(c.words) == mostTexts {
				c.refuse("more than " + strconv.Itoa(mostTexts) + " different texts: it names people")
				return
			}
			text = strings.Clone(text)
			c.words = append(c.words, text)
			word = uint16(len(c.words))
			c.index[text] = word
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
		c.levels[i] = c.binOf(x)
	}
}

func (c *column) binOf(x float64) uint8 {
	if math.IsNaN(x) {
		return 0
	}
	bin, _ := slices.BinarySearch(c.edges, x)
	return uint8(1 + bin)
}

// categorise gives each text, and each number among the texts, a level, the most frequent first.
func (c *column) categorise() {
	counts := map[string]int{}
	name := func(i int) string {
		if c.texts[i] != 0 {
			return c.words[c.texts[i]-1]
		}
		return numberName(c.numbers[i])
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
	c.level = map[string]uint8{}
	for i, text := range c.names {
		c.level[text] = uint8(min(i+1, mostLevels+1))
	}
	if len(c.names) > mostLevels {
		c.names = append(c.names[:mostLevels], "another")
	}
	c.levels = make([]uint8, len(c.texts))
	for i := range c.texts {
		if c.texts[i] != 0 || !math.IsNaN(c.numbers[i]) {
			c.levels[i] = c.level[name(i)]
		}
	}
}

// numberName is a number among texts.
func numberName(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// levelOf is the level of somebody who is not of the table. A text that nobody of the table had is one of the rare ones, where
// there are such, or is missing.
func (c *column) levelOf(v aparte.Value) uint8 {
	number, text := partsOf(v)
	switch {
	case c.ordered:
		return c.binOf(number)
	case text == "" && math.IsNaN(number):
		return 0
	case text == "":
		text = numberName(number)
	}
	if level, known := c.level[text]; known {
		return level
	}
	if len(c.names) > mostLevels {
		return mostLevels + 1
	}
	return 0
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
		return c.name + " ≤ " + short(c.edges[0])
	case int(level) > len(c.edges):
		return c.name + " > " + short(c.edges[len(c.edges)-1])
	}
	return fmt.Sprintf("%s in (%s, %s]", c.name, short(c.edges[level-2]), short(c.edges[level-1]))
}

// short is a number for people to read.
func short(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }
