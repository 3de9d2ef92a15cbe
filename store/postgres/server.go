package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// server is one database and the connections to it.
type server struct {
	name     string // for people: its host and database, without its password
	schema   string
	pool     *pgxpool.Pool
	patience time.Duration
	closing  <-chan struct{}
	log      *slog.Logger
	citus    bool
	pages    bool // rows are kept as PostgreSQL keeps them
}

// DefaultSchema is where tables are when an address does not say so by its search_path.
const DefaultSchema = "aparte"

func connect(ctx context.Context, address string, o *Options, closing <-chan struct{}) (*server, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address is no postgres://user@host/database") // err would quote some of it
	}
	config.MaxConns = int32(o.Connections)
	at := config.ConnConfig
	if at.ConnectTimeout == 0 {
		at.ConnectTimeout = 5 * time.Second
	}
	s := &server{name: fmt.Sprintf("%s/%s", at.Host, at.Database), schema: DefaultSchema, patience: o.Patience, closing: closing, log: o.Logger}
	if path := at.RuntimeParams["search_path"]; path != "" {
		s.schema = strings.TrimSpace(strings.Split(path, ",")[0])
	}
	at.RuntimeParams["search_path"] = pgx.Identifier{s.schema}.Sanitize()
	if at.RuntimeParams["application_name"] == "" {
		at.RuntimeParams["application_name"] = "aparte"
	}
	at.RuntimeParams["timezone"] = "UTC"
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	return s, nil
}

// do calls f with a connection until it does not fail for a reason that passes, or patience ends. What f does may be done more than once.
func (s *server) do(ctx context.Context, f func(ctx context.Context, conn *pgx.Conn) error) error {
	until, told := time.Now().Add(s.patience), false
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		again, err := s.once(ctx, f)
		if err == nil || !again || ctx.Err() != nil || time.Now().After(until) {
			return err
		}
		if !told {
			s.log.Warn("database does not answer, trying again", "server", s.name, "code", code(err))
			told = true
		}
		select {
		case <-time.After(wait/2 + rand.N(wait)): // not all at once
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closing:
			return err
		}
	}
}

// once says, where f failed, whether to try again.
func (s *server) once(ctx context.Context, f func(ctx context.Context, conn *pgx.Conn) error) (again bool, err error) {
	within, stop := context.WithTimeout(ctx, s.patience)
	defer stop()
	pooled, err := s.pool.Acquire(within)
	if err != nil {
		var refused *pgconn.ConnectError
		return passing(err) || code(err) == "" && errors.As(err, &refused), err
	}
	defer pooled.Release() // one that is closed, or in a transaction, is not used again
	conn := pooled.Conn()
	if err = f(within, conn); err == nil {
		return false, nil
	}
	if conn.IsClosed() {
		return code(err) == "" || passing(err), err
	}
	if conn.PgConn().TxStatus() != 'I' {
		if _, e := conn.Exec(within, "ROLLBACK"); e != nil {
			err = errors.Join(err, e)
		}
	}
	return passing(err), err
}

// exec runs a statement that may run twice.
func (s *server) exec(ctx context.Context, statement string, args ...any) error {
	return s.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement, args...)
		return err
	})
}

// transaction runs statements one after another as one; f may be called more than once.
func (s *server) transaction(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error) error {
	return s.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return f(ctx, tx) })
	})
}
