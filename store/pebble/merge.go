package pebble

import (
	"encoding/binary"
	"fmt"
	"io"

	lsm "github.com/cockroachdb/pebble/v2"
)

// merger is the database's merge operator: counters are added up, histories grow.
var merger = lsm.Merger{
	Name: "aparte.merge",
	Merge: func(key, value []byte) (lsm.ValueMerger, error) {
		switch key[0] {
		case tableCounter:
			return mergeSum(value)
		case tablePerson:
			return mergePerson(value)
		}
		return nil, fmt.Errorf("rows of table %q are not merged", key[0])
	},
}

// sum adds counters up.
type sum int64

func mergeSum(value []byte) (lsm.ValueMerger, error) {
	n, err := readSum(value)
	s := sum(n)
	return &s, err
}

func (s *sum) MergeNewer(value []byte) error {
	n, err := readSum(value)
	*s += sum(n)
	return err
}

func (s *sum) MergeOlder(value []byte) error { return s.MergeNewer(value) }

func (s *sum) Finish(bool) ([]byte, io.Closer, error) { return number(uint64(*s)), nil, nil }

func readSum(v []byte) (int64, error) {
	if len(v) != numberLen {
		return 0, fmt.Errorf("damaged counter: value of %d bytes", len(v))
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}

// growth puts a person's row together from what was written for it: perhaps a whole row, and how far the history has
// grown since. See people.go for both.
type growth struct {
	row  []byte // the whole row, the newest where there are several; nil: none so far
	last []byte // number of the last entry, the newest; nil: that of the row
}

func mergePerson(value []byte) (lsm.ValueMerger, error) {
	g := new(growth)
	return g, g.MergeNewer(value)
}

func (g *growth) MergeNewer(value []byte) error {
	if isGrowth(value) {
		g.last = clone(value[:numberLen])
	} else {
		g.row, g.last = clone(value), nil
	}
	return nil
}

func (g *growth) MergeOlder(value []byte) error {
	if g.row == nil && !isGrowth(value) {
		g.row = clone(value)
	}
	return nil
}

// Finish is the whole row, or how far the history has grown where the row is not at hand.
func (g *growth) Finish(all bool) ([]byte, io.Closer, error) {
	switch {
	case g.row == nil && !all:
		return append(g.last, growthFollows), nil, nil
	case g.row == nil: // there was none
		return g.last, nil, nil
	case len(g.row) < numberLen:
		return nil, nil, fmt.Errorf("damaged person: value of %d bytes", len(g.row))
	}
	copy(g.row, g.last)
	return g.row, nil, nil
}
