package trial

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte"
	"github.com/aparte-dev/aparte/learn"
)

// Columns turns rows of a table into features, one row after another: what a row becomes depends on the rows
// before it and on itself, never on what comes later.
//
//   - A number x becomes z = (x − mean)/deviation, mean and deviation being those of the column so far, this
//     row's included; and, once the column has shown more than two different numbers, a feature for (z²−1)/2, so that a
//     regression over both can bend.
//   - Any other text is a category: a feature of value 1 for the column and the text.
//   - An empty cell, or one of a question mark, has no feature.
//   - A value of a wide row is divided by the largest of its column so far, its own included.
type Columns struct {
	columns []column
	largest map[uint32]float32 // of wide rows, by feature
}

type column struct {
	number, square uint32 // hashes
	name           uint64

	n, mean, squares float64 // of the numbers so far: how many, their mean, Σ(x−mean)²
	first, second    float64
	bends            bool
}

// farthest is how many deviations from the mean a number is at most.
const farthest = 5

// NewColumns is for rows of n cells.
func NewColumns(n int) *Columns {
	c := &Columns{columns: make([]column, n)}
	for i := range c.columns {
		name := strconv.Itoa(i)
		c.columns[i].name = fnv64(offset, name)
		c.columns[i].number = fold(fnv64(fnv64(offset, name), "\x00number"))
		c.columns[i].square = fold(fnv64(fnv64(offset, name), "\x00square"))
	}
	return c
}

// Cell is one cell: a number, or a category by its hash, or nothing.
type Cell struct {
	Number   float64
	Category uint32
	Kind     Kind
}

// Kind is what a cell holds.
type Kind uint8

// The kinds of cells.
const (
	Missing Kind = iota
	Number
	Category
	Wide // a number of which the cell says itself, in Category, what feature it is
)

// Parse reads the text of a cell of column i. A number that is not finite, or too large, is an error.
func (c *Columns) Parse(i int, text string) (Cell, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "?" {
		return Cell{}, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && !(math.Abs(x) <= MaxNumber):
		return Cell{}, fmt.Errorf("not a number within ±%g", MaxNumber)
	case err == nil:
		return Cell{Number: x, Kind: Number}, nil
	}
	return Cell{Category: fold(fnv64(c.columns[i].name, "="+text)), Kind: Category}, nil
}

// MaxNumber is the largest size of a number.
const MaxNumber = 1e100

// Features appends to dst what a row says.
func (c *Columns) Features(dst []aparte.Feature, row []Cell) []aparte.Feature {
	var n, share float64 // share is 1/n
	for i, cell := range row {
		switch cell.Kind {
		case Number:
			column := &c.columns[i]
			if column.n++; column.n != n {
				n, share = column.n, 1/column.n
			}
			dst = column.scaled(dst, cell.Number, share)
		case Category:
			dst = append(dst, aparte.Feature{Hash: cell.Category, Value: 1})
		case Wide:
			dst = append(dst, c.shrunk(aparte.Feature{Hash: cell.Category, Value: float32(min(max(cell.Number, -learn.MaxValue), learn.MaxValue))}))
		}
	}
	return dst
}

// shrunk is a feature in units of the largest size it was seen in.
func (c *Columns) shrunk(f aparte.Feature) aparte.Feature {
	size := max(f.Value, -f.Value)
	if largest := c.largest[f.Hash]; size <= largest {
		size = largest
	} else if c.largest == nil {
		c.largest = map[uint32]float32{f.Hash: size}
	} else {
		c.largest[f.Hash] = size
	}
	if size > 0 {
		f.Value /= size
	}
	return f
}

// scaled appends the features of the number x, the latest of n. share is 1/n.
func (c *column) scaled(dst []aparte.Feature, x, share float64) []aparte.Feature {
	c.see(x, share)
	if c.squares == 0 {
		return dst
	}
	z := (x - c.mean) / math.Sqrt(float64(c.squares*share))
	if z > farthest {
		z = farthest
	} else if z < -farthest {
		z = -farthest
	}
	dst = append(dst, aparte.Feature{Hash: c.number, Value: float32(z)})
	if c.bends {
		dst = append(dst, aparte.Feature{Hash: c.square, Value: float32((float64(z*z) - 1) / 2)})
	}
	return dst
}

// see takes a number into the column's mean and deviation (Welford 1962).
func (c *column) see(x, share float64) {
	switch {
	case c.n == 1:
		c.first, c.second = x, x
	case c.first == c.second:
		c.second = x
	case x != c.first && x != c.second:
		c.bends = true
	}
	off := x - c.mean
	c.mean += float64(off * share)
	c.squares += float64(off * (x - c.mean))
}

const offset = 14695981039346656037

// fnv64 continues an FNV-1a hash with a text.
func fnv64(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func fold(h uint64) uint32 { return uint32(h ^ h>>32) }
