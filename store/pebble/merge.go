package pebble

import (
	"encoding/binary"
	"fmt"
	"io"

	lsm "github.com/cockroachdb/pebble/v2"
)

// merger is the database's merge operator: counters are added up, states are patched.
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

// changes puts a person's row together from the values written for it, of which the oldest may be a whole row
// and the others say what changed. See people.go for both.
type changes struct {
	values [][]byte // oldest first, none but perhaps the first a whole row
}

func mergePerson(value []byte) (lsm.ValueMerger, error) {
	return &changes{[][]byte{clone(value)}}, nil
}

func (c *changes) MergeNewer(value []byte) error {
	if !isChange(value) { // a whole row makes all before it void
		c.values = c.values[:0]
	}
	c.values = append(c.values, clone(value))
	return nil
}

func (c *changes) MergeOlder(value []byte) error {
	if isChange(c.values[0]) {
		c.values = append([][]byte{clone(value)}, c.values...)
	}
	return nil
}

// Finish is the whole row, or one change for all where the row they begin with is not at hand.
func (c *changes) Finish(all bool) ([]byte, io.Closer, error) {
	switch whole := !isChange(c.values[0]); {
	case len(c.values) == 1 && (whole || !all):
		return c.values[0], nil, nil
	case whole:
		v, err := changed(c.values[0], c.values[1:])
		return v, nil, err
	case all: // there was no row
		v, err := changed(number(0), c.values)
		return v, nil, err
	}
	one := append(clone(c.values[len(c.values)-1][:numberLen]), changeFollows)
	for _, v := range c.values {
		one = append(one, v[stateHeaderLen:]...)
	}
	return one, nil, nil
}

// changed is a whole row after changes, oldest first.
func changed(row []byte, changes [][]byte) ([]byte, error) {
	_, state, hasState, err := readPersonValue(row)
	if err != nil {
		return nil, err
	}
	var room [2][]byte // the state is patched from one into the other
	for _, c := range changes {
		for patches := c[stateHeaderLen:]; len(patches) > 0; {
			size, n := binary.Uvarint(patches)
			if n <= 0 || size > uint64(len(patches)-n) || !hasState {
				return nil, errPatch
			}
			room[0], room[1] = room[1], room[0]
			if room[0], err = applyPatch(room[0][:0], state, patches[n:n+int(size)]); err != nil {
				return nil, err
			}
			state, patches = room[0], patches[n+int(size):]
		}
	}
	last := changes[len(changes)-1][:numberLen]
	if !hasState {
		return clone(last), nil
	}
	out := make([]byte, 0, stateHeaderLen+len(state))
	return append(append(append(out, last...), stateFollows), state...), nil
}
