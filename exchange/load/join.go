package load

import (
	"io"
	"slices"

	"github.com/aparte-dev/aparte/exchange/record"
)

// Join is a file that says more of what records name: the cells of its row with the same value in the column On are added
// to a record, but for those that the record has itself. It is held in memory.
type Join struct {
	File string
	On   string
}

// maxJoined bounds the rows of a file that is joined.
const maxJoined = 1_000_000

type joined struct {
	on    string
	names []string
	rows  map[string][]record.Cell
}

// read reads the file. A row that cannot be read, or that says more of what another row spoke of, is an error: whoever
// names it would get half of what is known.
func (j Join) read() (joined, error) {
	out := joined{on: j.On, rows: map[string][]record.Cell{}}
	from, closer, err := record.Open(j.File, "", nil)
	if err != nil {
		return out, err
	}
	defer func() { _ = closer.Close() }() // it was only read
	for {
		rec, err := from.Next()
		if err == io.EOF {
			return out, nil
		} else if err != nil {
			return out, err
		}
		key, ok := rec.Cell(j.On)
		if !ok {
			return out, rec.Bad(j.On, "empty, or no such column")
		}
		if _, twice := out.rows[key.Plain()]; twice {
			return out, rec.Bad(j.On, "two rows have this value")
		}
		if len(out.rows) == maxJoined {
			return out, rec.Bad(j.On, "more than %d rows; a file that is joined is held in memory", maxJoined)
		}
		out.rows[key.Plain()] = slices.Clone(rec.Cells)
		for _, c := range rec.Cells {
			if !slices.Contains(out.names, c.Name) {
				out.names = append(out.names, c.Name)
			}
		}
	}
}

// add adds what is known of what a record names.
func (j *joined) add(rec *record.Record) {
	key, ok := rec.Cell(j.on)
	if !ok {
		return
	}
	for _, c := range j.rows[key.Plain()] {
		if _, has := rec.Cell(c.Name); !has {
			rec.Cells = append(rec.Cells, c)
		}
	}
}
