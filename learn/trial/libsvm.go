package trial

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/aparte-dev/aparte/exchange/example"
	"github.com/aparte-dev/aparte/exchange/table"
)

// narrow is up to how many columns a row in LIBSVM's format is one of numbers like any other, those left out being 0.
// Wider ones are the values that are there.
const narrow = 100

// ReadLIBSVM reads a set in the format of LIBSVM. The labels, from the least to the greatest, are 0 to K-1.
func ReadLIBSVM(name string, r io.Reader, aside *table.Aside) (*Set, error) {
	set := new(Set)
	var labels []int64 // of the rows
	var sorted []int64 // those there are
	values := 0
	err := example.Rows(name, r, aside, func(row *example.Row) error {
		bad := func(field string, most int) error {
			return &table.Error{File: name, Line: row.Line, Field: field, Reason: fmt.Sprintf("more than %d in all", most), Last: true}
		}
		if at, known := slices.BinarySearch(sorted, row.Label); !known {
			if len(sorted) == MaxActions {
				return bad("different labels", MaxActions)
			}
			sorted = slices.Insert(sorted, at, row.Label)
		}
		cells := make([]Cell, len(row.Values))
		for i, v := range row.Values {
			cells[i] = Cell{Number: v.Value, Category: uint32(v.Index), Kind: Wide}
			set.Columns = max(set.Columns, v.Index+1)
		}
		if values += len(cells) + 1; values > maxCells || len(labels) >= maxCells/narrow {
			return bad("values", maxCells)
		}
		set.Rows, labels = append(set.Rows, cells), append(labels, row.Label)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(set.Rows) == 0:
		return nil, &table.Error{File: name, Line: 1, Field: "rows", Reason: "none", Last: true}
	case set.Columns == 0:
		return nil, &table.Error{File: name, Line: 1, Field: "values", Reason: "none but 0 in all rows", Last: true}
	}
	for _, label := range labels {
		at, _ := slices.BinarySearch(sorted, label)
		set.Labels = append(set.Labels, at)
	}
	set.Actions = max(len(sorted), minActions)
	set.spread()
	return set, nil
}

// spread makes narrow rows of values dense, and names the features of wide ones.
func (s *Set) spread() {
	for n, row := range s.Rows {
		if s.Columns > narrow {
			for i := range row {
				row[i].Category = fold(fnv64(offset, "index "+strconv.Itoa(int(row[i].Category))))
			}
			continue
		}
		dense := make([]Cell, s.Columns)
		for i := range dense {
			dense[i].Kind = Number
		}
		for _, cell := range row {
			dense[cell.Category].Number = cell.Number
		}
		s.Rows[n] = dense
	}
	if s.Columns > narrow {
		s.Columns = 0
	}
}
