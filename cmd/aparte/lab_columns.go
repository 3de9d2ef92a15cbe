package main

import (
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
)

// Bounds of a column that is to describe people.
const (
	numberBins   = 8       // of a column of numbers, each with as many people as the others
	binSample    = 100_000 // rows looked at for the bins' edges
	mostLevels   = 4_096   // different texts; a column with more names people instead of describing them
	missingLevel = "missing"
)

// column is a column of a table that describes people, cell by cell, in whatever form it comes. Numbers
// become bins and texts become categories; a column is one of numbers if every cell that is not missing is
// one.
type column struct {
	name    string
	numbers []float64 // NaN: missing, or a text
	texts   []uint16  // 1 + index in words; 0: missing, or a number. nil while there are only numbers
	words   []string
	index   map[string]uint16
	naming  bool // it has too many words: nothing is kept

	levels   []uint16 // by row, once sorted out
	features []aparte.Feature
	reason   string // why it is not used; empty where it is
}

// add takes the next cell in.
func (c *column) add(cell string) {
	if c.naming {
		return
	}
	s := strings.TrimSpace(cell)
	number, word := math.NaN(), uint16(0)
	if !isMissing(s) {
		if x, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(x, 0) {
			number = x
		} else if word = c.word(s); word == 0 {
			*c = column{name: c.name, naming: true}
			return
		}
	}
	if word != 0 && c.texts == nil {
		c.texts = make([]uint16, len(c.numbers), cap(c.numbers))
	}
	c.numbers = append(c.numbers, number)
	if c.texts != nil {
		c.texts = append(c.texts, word)
	}
}

// isMissing reports whether a cell says that nothing is known.
func isMissing(s string) bool {
	switch strings.ToLower(s) {
	case "", "?", "na", "nan", "null":
		return true
	}
	return false
}

// word is the number of a text, from 1; 0 where there are too many.
func (c *column) word(s string) uint16 {
	if c.index == nil {
		c.index = map[string]uint16{}
	}
	n, known := c.index[s]
	if known || len(c.words) == mostLevels {
		return n
	}
	s = strings.Clone(s) // the cell is part of its row
	c.words = append(c.words, s)
	c.index[s] = uint16(len(c.words))
	return uint16(len(c.words))
}

// sortOut gives each row its level and each level its feature. Afterwards the cells are forgotten.
func (c *column) sortOut() {
	switch {
	case c.naming:
	case c.texts == nil:
		c.bin()
	default:
		c.categorise()
	}
	c.numbers, c.texts, c.words, c.index = nil, nil, nil, nil
	switch {
	case c.naming:
		c.reason = "more than " + strconv.Itoa(mostLevels) + " different texts: it names people"
	case len(c.features) < 2:
		c.reason = "the same for everybody"
	}
}

// bin parts numbers at their quantiles. Values that are more frequent than a bin is wide have one alone.
func (c *column) bin() {
	edges := quantiles(c.numbers)
	number := make([]uint16, len(edges)+2) // of the levels, in order of appearance, from 1
	c.levels = make([]uint16, len(c.numbers))
	for i, x := range c.numbers {
		bin, name := len(edges)+1, missingLevel
		if !math.IsNaN(x) {
			bin, _ = slices.BinarySearch(edges, x)
			name = "bin " + strconv.Itoa(bin)
		}
		if number[bin] == 0 {
			number[bin] = c.level(name)
		}
		c.levels[i] = number[bin] - 1
	}
}

// quantiles are the upper edges of all bins but the last, each once.
func quantiles(numbers []float64) []float64 {
	var sample []float64
	for i := 0; i < len(numbers); i += 1 + len(numbers)/binSample {
		if !math.IsNaN(numbers[i]) {
			sample = append(sample, numbers[i])
		}
	}
	slices.Sort(sample)
	var edges []float64
	for k := 1; k < numberBins && len(sample) > 0; k++ {
		edges = append(edges, sample[k*(len(sample)-1)/numberBins])
	}
	return slices.Compact(edges)
}

// categorise gives each text, each number among the texts, and what is missing, a level.
func (c *column) categorise() {
	number := map[string]uint16{}
	c.levels = make([]uint16, len(c.numbers))
	for i, x := range c.numbers {
		name := missingLevel
		switch {
		case c.texts[i] != 0:
			name = "= " + c.words[c.texts[i]-1]
		case !math.IsNaN(x):
			name = "= " + strconv.FormatFloat(x, 'g', -1, 64)
		}
		n, known := number[name]
		if !known {
			if len(number) == 2*mostLevels {
				c.naming = true
				return
			}
			n = c.level(name)
			number[name] = n
		}
		c.levels[i] = n - 1
	}
}

// level adds a level and gives its number, from 1.
func (c *column) level(name string) uint16 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(c.name + " " + name)) // never fails
	c.features = append(c.features, aparte.Feature{Hash: h.Sum32(), Value: 1})
	return uint16(len(c.features))
}
