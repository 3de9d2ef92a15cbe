package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/query"
	"github.com/aparte-dev/aparte/exchange/record"
)

// brought is what became of a chunk of rows.
type brought struct {
	Counts
	unkept  int
	reasons []load.Reason
	place   string // of the cursor, up to which rows are in
	more    bool
}

// bring asks for the rows after a place and brings them in. before is how many rows of the run stand before them.
func (s *Sources) bring(ctx context.Context, k *kept, before int) (b brought, err error) {
	address, err := s.Addresses.read(k.Address)
	if err != nil {
		return b, err
	}
	asked, err := query.New(address, k.Query, k.Cursor)
	if err != nil {
		return b, errors.New("its address is no postgres://user@host/database") // of which nothing is told
	}
	file, err := os.CreateTemp(s.Temp, rowsBegin+"*.ndjson") // for its owner's eyes only
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	limit := s.Chunk
	if k.Brings.whole() {
		limit = 0
	}
	within, stop := context.WithTimeout(ctx, s.Within)
	f, err := asked.Fetch(within, query.Place{Value: k.Place, Past: k.past}, limit, file, nil)
	stop()
	if err = errors.Join(err, file.Close()); err != nil {
		return b, fault(ctx, err, s)
	}
	b.unkept, b.more, b.place = f.Unkept, f.More, f.Last.Value
	if f.Rows == 0 {
		return b, nil
	}
	origin := &load.Origin{Name: "row", Columns: f.Columns, At: f.At, Before: before, Of: k.of()}
	if f.Timed {
		origin.Time = k.Cursor
	}
	return b, s.load(ctx, k, file.Name(), origin, &b)
}

// fault is why a query was not answered, without where its database is.
func fault(ctx context.Context, err error, s *Sources) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, query.ErrUnreached):
		return errors.New("the database cannot be reached")
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the query takes more than %s", s.Within)
	}
	return err
}

// of names what is asked, and what its rows become.
func (k *kept) of() string {
	return strings.Join([]string{k.ID, k.Query, k.Cursor, string(k.Map)}, "\x00")
}

// load brings a file of rows in.
func (s *Sources) load(ctx context.Context, k *kept, path string, origin *load.Origin, b *brought) error {
	door, rows := s.doors(k.ID), &aside{s: s, ctx: ctx, id: k.ID}
	f, lenient, err := k.form()
	if err != nil {
		return err
	}
	switch k.Brings {
	case Costs:
		brand, err := door.Brand(ctx)
		if err != nil {
			return err
		}
		r, err := (&load.Costs{Files: []string{path}, Origin: origin, Format: record.NDJSON, Currency: brand.Currency, Door: door, Aside: rows}).Run(ctx)
		if r != nil {
			b.Counts, b.reasons = Counts{Rows: r.Rows, Taken: r.Put, Aside: r.Aside}, r.Reasons
		}
		return errors.Join(err, rows.flush())
	case Catalogue:
		r, err := (&load.Catalogue{Files: []string{path}, Origin: origin, Format: record.NDJSON, Form: f, Stock: usualStock, Door: door, Aside: rows, Now: s.Now}).Run(ctx)
		if r != nil {
			b.Counts, b.reasons = Counts{Rows: r.Rows, Taken: r.New + r.Changed, Repeated: r.Unchanged, Aside: r.Aside}, r.Reasons
		}
		return errors.Join(err, rows.flush())
	}
	r, err := (&load.Load{
		Kind: load.Kind(k.Brings), Files: []string{path}, Origin: origin, Format: record.NDJSON, Form: f, Lenient: lenient, Door: door, Aside: rows, Now: s.Now, Temp: s.Temp,
	}).Run(ctx)
	if r != nil {
		b.Counts, b.reasons = Counts{Rows: r.Rows, Taken: r.Taken, Repeated: r.Repeated, Aside: r.Aside}, r.Reasons
	}
	return errors.Join(err, rows.flush())
}

// usualStock is the stock of an item that is said to be there, without how many, as of aparte import catalogue.
const usualStock = 100

// Row is a row that was set aside.
type Row struct {
	Line   int // of the run, from 1
	Field  string
	Reason string
	Body   []byte // as the database wrote it
}

// aside hands rows that a load sets aside on to where they are kept. What the doors refused is not among them: they keep it themselves.
type aside struct {
	s     *Sources
	ctx   context.Context // of the load, whose writer it is
	id    string
	rows  []Row
	bytes int
}

const maxAsideHeld = 4 << 20 // bytes of rows

// Write takes a line of a load's.
func (a *aside) Write(line []byte) (int, error) {
	rec, err := record.Parse("", 0, line)
	if err != nil {
		return 0, err
	}
	var why struct {
		Line   int    `json:"line"`
		Field  string `json:"field"`
		Reason string `json:"reason"`
		Rows   int    `json:"rows"`
	}
	row := record.Record{}
	for _, c := range rec.Cells {
		if c.Name != record.AsideName {
			row.Cells = append(row.Cells, c)
		} else if err := json.Unmarshal([]byte(c.Text), &why); err != nil {
			return 0, err
		}
	}
	if why.Rows > 0 { // an event, which a door refused
		return len(line), nil
	}
	one := Row{why.Line, why.Field, why.Reason, row.JSON()}
	a.rows, a.bytes = append(a.rows, one), a.bytes+len(one.Body)
	if a.bytes > maxAsideHeld {
		return len(line), a.flush()
	}
	return len(line), nil
}

func (a *aside) flush() error {
	if len(a.rows) == 0 {
		return nil
	}
	err := a.s.aside(a.ctx, a.id, a.rows)
	a.rows, a.bytes = a.rows[:0], 0
	return err
}
