package trial

import (
	"fmt"
	"slices"

	"github.com/aparte-dev/aparte/exchange/table"
)

// Bounds of a set.
const (
	MaxActions = 1000
	maxCells   = 1 << 27 // 2 GB
	minActions = 2
)

// Read reads a set: the first column is the label, 0 to K-1, all others are features. Bad rows go aside, or
// end the reading where aside is nil.
func Read(t *table.Table, aside *table.Aside) (*Set, error) {
	columns := t.Columns()
	if len(columns) < 2 {
		return nil, &table.Error{File: t.Name(), Line: 1, Field: "header", Reason: "a label and at least one feature are needed", Last: true}
	}
	set := &Set{Columns: len(columns) - 1}
	features := NewColumns(set.Columns)
	var cells []Cell // room for rows to come
	err := t.Each(aside, func(row table.Row) error {
		label, err := row.Whole(columns[0], 0, MaxActions-1)
		if err != nil {
			return err
		}
		if (len(set.Rows)+1)*set.Columns > maxCells {
			return &table.Error{File: t.Name(), Line: row.Line(), Field: "row", Reason: fmt.Sprintf("more than %d cells", maxCells), Last: true}
		}
		if len(cells) < set.Columns {
			cells = make([]Cell, max(4096, set.Columns))
		}
		for i, c := range columns[1:] {
			if cells[i], err = features.Parse(i, row.Text(c)); err != nil {
				return row.Bad(c, "%v", err)
			}
		}
		set.Rows = append(set.Rows, cells[:set.Columns:set.Columns])
		set.Labels = append(set.Labels, int(label))
		cells = cells[set.Columns:]
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(set.Rows) == 0 {
		return nil, &table.Error{File: t.Name(), Line: 1, Field: "header", Reason: "no rows follow it", Last: true}
	}
	set.Actions = max(slices.Max(set.Labels)+1, minActions)
	return set, nil
}
