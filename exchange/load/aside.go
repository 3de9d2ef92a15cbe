package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/aparte-dev/aparte/exchange/record"
	"github.com/aparte-dev/aparte/exchange/table"
)

// asides counts what was set aside by its reason, and writes it down: a line each, the record with the member "_aside",
// which says where it stood and what was wrong. Such a file can be corrected and loaded like any other.
type asides struct {
	to      io.Writer // nil: nowhere
	rows    int
	reasons []Reason
	index   map[[2]string]int // of reasons
	err     error             // the first of writing
}

// why is the member "_aside".
type why struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Rows   int    `json:"rows,omitzero"` // where the record stands for several
	Text   string `json:"text,omitzero"` // what could not be read
}

// maxReasons bounds how many reasons are told apart.
const maxReasons = 1000

// each takes the records of a file in order, which a reader reads, and counts them. What cannot be read is set aside; broken is why
// nothing after it could be read either, empty where all was. A record is good until take returns.
func (a *asides) each(ctx context.Context, file string, from record.Reader, rows *int, take func(*record.Record) error) (broken string, err error) {
	for ctx.Err() == nil {
		rec, err := from.Next()
		var bad *table.Error
		switch {
		case err == io.EOF:
			return "", nil
		case errors.As(err, &bad) && bad.Last:
			return bad.Error(), nil
		case errors.As(err, &bad):
			*rows++
			a.unread(bad, from.Text())
		case err != nil:
			return "", fmt.Errorf("%s: %w", file, err)
		default:
			*rows++
			if err := take(&rec); err != nil {
				return "", err
			}
		}
	}
	return "", ctx.Err()
}

// record sets a row aside.
func (a *asides) record(bad *table.Error, r *record.Record) {
	a.count(bad, 1)
	a.write(why{File: bad.File, Line: bad.Line, Field: bad.Field, Reason: bad.Reason}, r.Cells)
}

// unread sets aside what could not be read as a row.
func (a *asides) unread(bad *table.Error, text string) {
	a.count(bad, 1)
	a.write(why{File: bad.File, Line: bad.Line, Field: bad.Field, Reason: bad.Reason, Text: text}, nil)
}

// event sets aside an event that stands for rows, the first of them at the place of bad.
func (a *asides) event(bad *table.Error, rows int, e jsontext.Value) {
	a.count(bad, rows)
	r, err := record.Parse("", 0, e)
	if err != nil { // never: it was put together here
		a.err = cmp.Or(a.err, err)
		return
	}
	a.write(why{File: bad.File, Line: bad.Line, Field: bad.Field, Reason: bad.Reason, Rows: rows}, r.Cells)
}

func (a *asides) count(bad *table.Error, rows int) {
	a.rows += rows
	if a.index == nil {
		a.index = map[[2]string]int{}
	}
	key := [2]string{bad.Field, general(bad.Reason)}
	i, known := a.index[key]
	switch {
	case known:
	case len(a.reasons) < maxReasons:
		i = len(a.reasons)
		a.reasons = append(a.reasons, Reason{Field: key[0], Reason: key[1], First: fmt.Sprintf("%s:%d", bad.File, bad.Line)})
	default:
		i = len(a.reasons) - 1
		a.reasons[i].Field, a.reasons[i].Reason = "", "other reasons"
	}
	a.index[key] = i
	a.reasons[i].Rows += rows
}

// general is a reason without the place that it names, so that rows with the same fault count together.
func general(reason string) string {
	if i := strings.Index(reason, " (line "); i >= 0 {
		if j := strings.IndexByte(reason[i:], ')'); j >= 0 {
			return reason[:i] + reason[i+j+1:]
		}
	}
	if i := strings.Index(reason, " of its group ("); i >= 0 {
		return reason[:i] + " of its group outside of lists and sums"
	}
	return reason
}

func (a *asides) write(w why, cells []record.Cell) {
	if a.to == nil || a.err != nil {
		return
	}
	latin := record.Cell{Text: w.Text}
	quoted := record.Cell{Text: string(latin.Value()), JSON: true}
	w.Text = quoted.Plain() // in UTF-8, whatever it was
	member, err := json.Marshal(w)
	if err != nil {
		a.err = err
		return
	}
	line := record.Record{Cells: []record.Cell{{Name: record.AsideName, Text: string(member), JSON: true}}}
	for _, c := range cells {
		if c.Name != record.AsideName {
			line.Cells = append(line.Cells, c)
		}
	}
	_, a.err = a.to.Write(append(line.JSON(), '\n'))
}

// told are the reasons, the commonest first.
func (a *asides) told() []Reason {
	out := slices.Clone(a.reasons)
	slices.SortStableFunc(out, func(x, y Reason) int { return cmp.Compare(y.Rows, x.Rows) })
	return out
}
