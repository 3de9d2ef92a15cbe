package example

import (
	"io"
	"strconv"
	"strings"

	"github.com/aparte-dev/aparte/exchange/table"
)

// MaxIndex is the largest index of a value of a row.
const MaxIndex = 1 << 30

// Row is a labelled row: the values that are not 0, in order of their indices.
type Row struct {
	Line   int
	Label  int64
	Values []Value
}

// Value is a value and where it stands.
type Value struct {
	Index int
	Value float64
}

// Rows hands labelled rows to use, in their order. They are in the format of LIBSVM (Chang and Lin 2011,
// "LIBSVM: a library for support vector machines"): a line each,
//
//	label index:value index:value ...
//
// with rising indices; what is not there is 0. Labels are whole numbers here, since they name classes. What follows a # is a
// comment, and empty lines are none. A bad row goes aside, or ends the reading where aside is nil.
func Rows(name string, r io.Reader, aside *table.Aside, use func(*Row) error) error {
	l, err := newLines(name, r)
	if err != nil {
		return err
	}
	for {
		text, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		text, _, _ = strings.Cut(text, "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		row, bad := l.row(words)
		switch {
		case bad == nil:
			if err := use(row); err != nil {
				return err
			}
		case aside == nil:
			return bad
		default:
			aside.Add(bad)
		}
	}
}

func (l *lines) row(words []string) (*Row, *table.Error) {
	label, err := number(words[0], 1e9)
	switch {
	case err != nil:
		return nil, l.bad("label", "%v", err)
	case label != float64(int64(label)):
		return nil, l.bad("label", "%v is not a whole number", label)
	}
	row := &Row{Line: l.line, Label: int64(label)}
	last := -1
	for _, word := range words[1:] {
		before, after, found := strings.Cut(word, ":")
		index, err := strconv.Atoi(before)
		switch {
		case !found:
			return nil, l.bad("value", "not of the form index:value")
		case err != nil || index < 0 || index > MaxIndex:
			return nil, l.bad("index", "not a whole number from 0 to %d", MaxIndex)
		case index <= last:
			return nil, l.bad("index", "%d after %d: indices rise", index, last)
		}
		last = index
		value, err := number(after, MaxNumber)
		if err != nil {
			return nil, l.bad("value of "+before, "%v", err)
		}
		if value == 0 {
			continue
		}
		if len(row.Values) == MaxFeatures {
			return nil, l.bad("values", "more than %d that are not 0", MaxFeatures)
		}
		row.Values = append(row.Values, Value{index, value})
	}
	return row, nil
}

// MaxNumber is the largest size of a value of a row.
const MaxNumber = 1e100
