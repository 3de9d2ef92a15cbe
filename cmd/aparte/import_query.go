package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/aparte-dev/aparte/exchange/load"
	"github.com/aparte-dev/aparte/exchange/query"
	"github.com/aparte-dev/aparte/exchange/record"
)

// querying is where records come from where that is a database.
type querying struct {
	From   string        `help:"PostgreSQL database to read instead of files, such as postgres://reader@db.example/shop. A password is best left to PGPASSWORD or ~/.pgpass." placeholder:"URL" env:"APARTE_IMPORT_FROM"`
	Query  string        `help:"Query whose rows are the records (with --from)." placeholder:"SQL"`
	Cursor string        `help:"Column of the query that grows as rows are written, such as updated_at: what was read before is left out (with --resume)." placeholder:"COLUMN"`
	Chunk  int           `help:"Rows that are brought in before the place is noted (with --cursor)." default:"100000"`
	Every  time.Duration `help:"Go on until stopped, and bring in what is new this often: 15m." placeholder:"DURATION"`
}

// queryName is what a query is called where something is said of its rows.
const queryName = "query"

// minEvery keeps a database from being asked all the time.
const minEvery = time.Second

// check says what of the flags does not go together.
func (q *querying) check(files []string, cursor bool, resume string) error {
	switch {
	case q.From == "" && len(files) == 0:
		return errors.New("name a file, or a database by --from and --query")
	case q.From == "" && (q.Query != "" || q.Cursor != "" || q.Every != 0):
		return errors.New("--query, --cursor and --every go with --from")
	case q.From == "":
		return nil
	case len(files) > 0:
		return errors.New("name files or a database, not both")
	case q.Query == "":
		return errors.New("--from needs --query")
	case q.Cursor != "" && !cursor:
		return errors.New("--cursor is not for a catalogue: it is read whole")
	case (q.Cursor == "") != (resume == "") && cursor:
		return errors.New("--cursor and --resume go together with --from: where the reading is, is kept in the file")
	case q.Every != 0 && q.Cursor == "" && cursor:
		return errors.New("--every needs --cursor: all rows would come again each time")
	case q.Every != 0 && q.Every < minEvery || q.Chunk < 1:
		return errors.New("--every must be a second or more, --chunk 1 or more")
	}
	return nil
}

// again does it once or, with --every, until it is told to stop. What goes wrong once may go well the next time, but for the first.
func (q *querying) again(ctx context.Context, do func() error) error {
	err := do()
	if q.Every == 0 || err != nil && !errors.Is(err, errNothing) {
		return err
	}
	tick := time.NewTicker(q.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := do(); err != nil && ctx.Err() == nil && !errors.Is(err, errNothing) {
				complain(err)
			}
		}
	}
}

// position is how far a reading with a cursor is, as it is kept in a file.
type position struct {
	Of    string `json:"of"` // which query and cursor, as a hash
	Value string `json:"value"`
}

func (q *querying) hash() string {
	sum := sha256.Sum256([]byte(q.Query + "\x00" + q.Cursor))
	return hex.EncodeToString(sum[:16])
}

func (q *querying) readPosition(path string) (query.Place, error) {
	body, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return query.Place{}, nil
	} else if err != nil {
		return query.Place{}, err
	}
	var p position
	if err := json.Unmarshal(body, &p); err != nil || p.Of != q.hash() {
		return query.Place{}, fmt.Errorf("%s: is not where this query and this cursor are: remove it to begin again, or name another file", path)
	}
	return query.Place{Value: p.Value}, nil
}

// writePosition replaces the file whole, so that a crash leaves the one before.
func (q *querying) writePosition(path string, at query.Place) error {
	body, err := json.Marshal(position{q.hash(), at.Value})
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = next.Write(append(body, '\n'))
	if err == nil {
		err = next.Sync()
	}
	if err = errors.Join(err, next.Close()); err == nil {
		err = os.Rename(next.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return nil
}

// fetch brings in the rows of a query, from where the last reading was, a chunk after another.
func (q *querying) fetch(ctx context.Context, l *load.Load, resume string) (*load.Result, error) {
	total := &load.Result{}
	source, err := query.New(q.From, q.Query, q.Cursor)
	if err != nil {
		return total, err
	}
	at, limit := query.Place{}, 0
	if q.Cursor != "" {
		limit = q.Chunk
		if at, err = q.readPosition(resume); err != nil {
			return total, err
		}
	}
	for {
		more, err := q.chunk(ctx, source, &at, limit, l, total)
		if err == nil && q.Cursor != "" && at.Value != "" {
			err = q.writePosition(resume, at)
		}
		if err != nil || !more {
			return total, err
		}
	}
}

// chunk brings in rows from a place on, and moves the place.
func (q *querying) chunk(ctx context.Context, source *query.Source, at *query.Place, limit int, l *load.Load, total *load.Result) (more bool, err error) {
	spool, f, err := spoolOf(ctx, source, *at, limit)
	if err != nil {
		return false, err
	}
	defer spool.remove()
	if f.Unkept > 0 {
		fmt.Fprintf(os.Stderr, "aparte: %d rows have no %s: they are not read\n", f.Unkept, q.Cursor)
	}
	if f.Rows == 0 {
		return false, nil
	}
	part := *l
	part.Files, part.Format, part.State = []string{spool.path}, record.NDJSON, ""
	part.Origin = &load.Origin{Name: queryName, Columns: f.Columns, At: f.At, Before: total.Rows, Of: q.hash()}
	if f.Timed {
		part.Origin.Time = q.Cursor
	}
	r, err := part.Run(ctx)
	add(total, r)
	if err != nil {
		return false, err
	}
	*at = f.Last
	return f.More, nil
}

// spool brings in all rows of a query for a catalogue.
func (q *querying) spool(ctx context.Context, l *load.Catalogue) (done func(), err error) {
	source, err := query.New(q.From, q.Query, "")
	if err != nil {
		return nil, err
	}
	s, f, err := spoolOf(ctx, source, query.Place{}, 0)
	if err != nil {
		return nil, err
	}
	if f.Rows == 0 {
		s.remove()
		return nil, errors.New("the query has no rows: the catalogue stays as it is")
	}
	l.Files, l.Format, l.Origin = []string{s.path}, record.NDJSON, &load.Origin{Name: queryName}
	return s.remove, nil
}

// spooled are rows in a file of their own, so that they are held by nobody's memory, and the database is not kept waiting.
type spooled struct{ path string }

func (s spooled) remove() {
	if err := os.Remove(s.path); err != nil {
		fmt.Fprintln(os.Stderr, "aparte:", err)
	}
}

func spoolOf(ctx context.Context, source *query.Source, at query.Place, limit int) (s spooled, f query.Fetched, err error) {
	file, err := os.CreateTemp("", "aparte-query-*.ndjson") // for its owner's eyes only
	if err != nil {
		return s, f, err
	}
	s.path = file.Name()
	f, err = source.Fetch(ctx, at, limit, file, counting(os.Stderr))
	if err = errors.Join(err, file.Close()); err != nil {
		s.remove()
	}
	return s, f, err
}

// counting shows how many rows were read, on a terminal.
func counting(out *os.File) func(int) {
	if info, err := out.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(rows int) { _, _ = fmt.Fprintf(io.Writer(out), "\rReading the query: %d rows\033[K\r", rows) }
}

// add adds a chunk's result to those before.
func add(total, r *load.Result) {
	total.Rows += r.Rows
	total.Taken += r.Taken
	total.Repeated += r.Repeated
	total.Aside += r.Aside
	total.Events.Taken += r.Events.Taken
	total.Events.Repeated += r.Events.Repeated
	total.Broken = append(total.Broken, r.Broken...)
	for _, reason := range r.Reasons {
		i := slices.IndexFunc(total.Reasons, func(t load.Reason) bool { return t.Field == reason.Field && t.Reason == reason.Reason })
		if i < 0 {
			total.Reasons = append(total.Reasons, reason)
		} else {
			total.Reasons[i].Rows += reason.Rows
		}
	}
}
