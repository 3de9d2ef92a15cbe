package lookalike

import (
	"cmp"
	"math"
	"slices"

	"github.com/aparte-dev/aparte"
)

// Score is the probability that a person of the table is a seed, as far as what is known goes.
func (m *Model) Score(person int) float64 { return 1 / (1 + math.Exp(-m.odds.at(m.raw(person)))) }

// Seen is somebody as the model sees them, a byte a column, whether or not they are of the table.
type Seen []uint8

// See is somebody by their values, in the order of the columns. It is safe for concurrent use.
func (m *Model) See(values []aparte.Value) Seen {
	s := make(Seen, len(m.table.columns))
	for i, c := range m.table.columns {
		if c.reason == "" {
			s[i] = c.levelOf(values[i])
		}
	}
	return s
}

// SeeRow is a person of the table.
func (m *Model) SeeRow(person int) Seen {
	s := make(Seen, len(m.table.columns))
	for i, c := range m.table.columns {
		if c.reason == "" {
			s[i] = c.levels[person]
		}
	}
	return s
}

// Columns is how many values See takes.
func (m *Model) Columns() int { return len(m.table.columns) }

// ScoreOf is Score of somebody seen.
func (m *Model) ScoreOf(s Seen) float64 {
	var room [128]uint8
	return 1 / (1 + math.Exp(-m.odds.at(m.sum(m.coded(s, room[:0])))))
}

func (m *Model) coded(s Seen, codes []uint8) []uint8 {
	for i, c := range m.table.columns {
		code := uint8(0)
		if c.reason == "" {
			code = m.codes[i][s[i]]
		}
		codes = append(codes, code)
	}
	return codes
}

// raw is what the trees say.
func (m *Model) raw(person int) float64 {
	var room [128]uint8
	return m.sum(m.codesOf(person, room[:0]))
}

func (m *Model) sum(codes []uint8) float64 {
	z := m.bias
	for _, t := range m.trees {
		z += t.at(codes)
	}
	return z
}

func (m *Model) codesOf(person int, codes []uint8) []uint8 {
	for i, c := range m.table.columns {
		code := uint8(0)
		if c.reason == "" {
			code = m.codes[i][c.levels[person]]
		}
		codes = append(codes, code)
	}
	return codes
}

// Reason is what a column adds to the log odds of a person.
type Reason struct {
	Column string
	Words  string // the column and what it says of the person
	Adds   float64
}

// Reasons are what the columns in use add to a person's log odds, the largest first: what each parting of the trees on the
// person's way changed, counted for its column (Saabas 2014, "Interpreting random forests"). They are
// those of the trees, before their odds are held against rows they had not seen.
func (m *Model) Reasons(person int) []Reason { return m.ReasonsOf(m.SeeRow(person)) }

// ReasonsOf are Reasons of somebody seen.
func (m *Model) ReasonsOf(s Seen) []Reason {
	reasons := make([]Reason, len(m.table.columns))
	codes := m.coded(s, nil)
	for _, t := range m.trees {
		n := &t.nodes[0]
		for n.column >= 0 {
			next := n.left
			if codes[n.column] > n.upto {
				next++
			}
			reasons[n.column].Adds += t.nodes[next].value - n.value
			n = &t.nodes[next]
		}
	}
	used := reasons[:0]
	for i, c := range m.table.columns {
		if c.reason == "" {
			used = append(used, Reason{c.name, c.describe(s[i]), reasons[i].Adds})
		}
	}
	slices.SortStableFunc(used, func(a, b Reason) int { return cmp.Compare(math.Abs(b.Adds), math.Abs(a.Adds)) })
	return used
}
