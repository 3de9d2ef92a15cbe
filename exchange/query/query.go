// Package query reads the rows of a PostgreSQL query, as records: a line of JSON each, as the database itself writes rows as
// JSON, so that no figure passes through a float and no type has to be known here.
//
// It only reads: a query runs in a read-only transaction that sees one instant, as one statement, and its rows pass through
// without being held. With a cursor, a column that grows as rows are written (an update time, a serial number), what was read is
// left out the next time: rows come in its order, as many as are asked for and the others of the last one's value, so that a
// reading can stop anywhere and go on. What may be missing then is a row whose transaction began before another's and ended
// after it was read; whoever cannot have that reads without a cursor now and then.
//
// It knows PostgreSQL. It never knows what the rows mean, and no password of it stands in an error.
package query

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// Source is a query of a database.
type Source struct {
	config *pgx.ConnConfig
	query  string
	cursor string
}

// New is a source. The address is a URL such as postgres://user@host/database, or keywords and values; what it leaves out (the
// password above all) is taken from the usual places, PGPASSWORD and ~/.pgpass among them. Without a cursor, it is empty.
func New(address, query, cursor string) (*Source, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address is no postgres://user@host/database") // err would quote some of it
	}
	query = strings.TrimRight(query, "; \t\r\n")
	if strings.TrimSpace(query) == "" {
		return nil, errors.New("the query is empty")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 15 * time.Second
	}
	for name, value := range map[string]string{"timezone": "UTC", "datestyle": "ISO", "default_transaction_read_only": "on", "application_name": "aparte import"} {
		config.RuntimeParams[name] = value
	}
	return &Source{config, query, cursor}, nil
}

// ErrUnreached is a database that does not answer.
var ErrUnreached = errors.New("cannot be reached")

// Place is how far rows were read.
type Place struct {
	Value string // of the cursor, as the database writes it; empty: nothing was read
	Past  bool   // all rows of that value were read, at the same reading: go on behind it. Else they are read again, for there may be more by now
}

// Fetched is what was read.
type Fetched struct {
	Rows    int
	Unkept  int // rows whose cursor is empty: they are not read, for it could not be told whether they were; counted where a reading begins
	Columns []string
	Timed   bool      // the cursor is a time
	At      time.Time // the instant, by the database's clock
	Last    Place     // where to go on; the one given where nothing was read
	More    bool      // there may be more
}

// Fetch writes the rows from a place on, a line each. With a cursor, about limit of them; 0: all.
func (s *Source) Fetch(ctx context.Context, from Place, limit int, to io.Writer, tell func(rows int)) (f Fetched, err error) {
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return f, s.fault(err)
	}
	defer func() {
		end, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		_ = conn.Close(end) // it was only read
	}()
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, "select now()").Scan(&f.At); err != nil {
			return err
		}
		if f.Columns, err = s.columns(ctx, tx, &f); err != nil {
			return err
		}
		f.Last = from
		if s.cursor != "" && !from.Past {
			if err := tx.QueryRow(ctx, "select count(*) from ("+s.query+"\n) as q where "+s.column()+" is null").Scan(&f.Unkept); err != nil {
				return err
			}
		}
		return s.read(ctx, tx, from, limit, to, tell, &f)
	})
	return f, s.fault(err)
}

// columns are those of the query.
func (s *Source) columns(ctx context.Context, tx pgx.Tx, f *Fetched) ([]string, error) {
	of, err := tx.Prepare(ctx, "", s.query)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(of.Fields))
	found := s.cursor == ""
	for i, field := range of.Fields {
		names[i] = field.Name
		if s.cursor != "" && field.Name == s.cursor {
			found = true
			f.Timed = slices.Contains([]uint32{pgtype.DateOID, pgtype.TimestampOID, pgtype.TimestamptzOID}, field.DataTypeOID)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("the query answers no rows")
	}
	if !found {
		return nil, fmt.Errorf("the query has no column %q to be its cursor; there are %s", s.cursor, strings.Join(names, ", "))
	}
	return names, nil
}

func (s *Source) read(ctx context.Context, tx pgx.Tx, from Place, limit int, to io.Writer, tell func(int), f *Fetched) error {
	sql, args := s.statement(from, limit)
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	out := bufio.NewWriterSize(to, 64<<10)
	for rows.Next() {
		values := rows.RawValues()
		f.Rows++
		if len(values) > 1 {
			f.Last = Place{Value: string(values[1])}
		}
		if _, err := out.Write(values[0]); err != nil {
			return err
		}
		if err := out.WriteByte('\n'); err != nil {
			return err
		}
		if tell != nil && f.Rows%1000 == 0 {
			tell(f.Rows)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if f.More = s.cursor != "" && limit > 0 && f.Rows >= limit; f.More {
		f.Last.Past = true
	}
	return out.Flush()
}

// statement is the query with its rows as JSON and, where there is a cursor, the rest of them in its order. A line break ends a
// comment that the query may end with.
func (s *Source) statement(from Place, limit int) (sql string, args []any) {
	if s.cursor == "" {
		return "select row_to_json(q)::text from (" + s.query + "\n) as q", nil
	}
	cursor := s.column()
	sql = "select row_to_json(q)::text, " + cursor + "::text from (" + s.query + "\n) as q where " + cursor + " is not null"
	if from.Value != "" {
		compare := " >= $1"
		if from.Past {
			compare = " > $1"
		}
		sql, args = sql+" and "+cursor+compare, append(args, from.Value)
	}
	sql += " order by " + cursor
	if limit > 0 {
		sql += fmt.Sprintf(" fetch first %d rows with ties", limit)
	}
	return sql, args
}

func (s *Source) column() string { return "q." + pgx.Identifier{s.cursor}.Sanitize() }

// fault is an error without what may be a secret or somebody's: addresses of connections, values of rows.
func (s *Source) fault(err error) error {
	var connect *pgconn.ConnectError
	var told *pgconn.PgError
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &told):
		switch told.Code[:min(2, len(told.Code))] {
		case "22", "23", "P0": // about a value
			return fmt.Errorf("the database cannot read its own rows so (SQLSTATE %s)", told.Code)
		case "28", "3D": // about who asks, and for which database
			return fmt.Errorf("the database does not let us in (SQLSTATE %s)", told.Code)
		}
		return fmt.Errorf("the database says: %s (SQLSTATE %s)", told.Message, told.Code)
	case errors.As(err, &connect):
		return fmt.Errorf("the database at %s %w", s.config.Host, ErrUnreached)
	}
	return fmt.Errorf("query: %w", err)
}
