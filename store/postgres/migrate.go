package postgres

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// The tables, version after version. A version is one file for every database and, where there are, more for the database at hand. Versions
// only go forward, and what they change can be read by the program before them while nodes are replaced one by one.
//
//go:embed migrations/*.sql
var migrations embed.FS

const newest = 1 // version of the tables

// migrate brings the tables to the newest version; where it makes them, for so many parts. Of several nodes that begin at once one does it, and the others
// wait.
func (s *server) migrate(ctx context.Context, parts int) error {
	if err := s.prepareMigration(ctx); err != nil {
		return err
	}
	return s.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
			return err
		}
		var version int
		if err := conn.QueryRow(ctx, "SELECT version FROM migration WHERE one FOR UPDATE").Scan(&version); err != nil {
			return err
		}
		if version > newest {
			return fmt.Errorf("its tables are of version %d, this program knows %d", version, newest)
		}
		if s.citus && version == 0 { // a shard without a part would be made for nothing
			if _, err := conn.Exec(ctx, "SELECT set_config('citus.shard_count', least(current_setting('citus.shard_count')::bigint, $1)::text, true)", int64(parts)); err != nil {
				return err
			}
		}
		for v := version + 1; v <= newest; v++ {
			for _, of := range s.dialects() {
				text, err := migrations.ReadFile(fmt.Sprintf("migrations/%04d%s.sql", v, of))
				if err != nil {
					continue // this version has none for it
				}
				if _, err := conn.PgConn().Exec(ctx, string(text)).ReadAll(); err != nil {
					return fmt.Errorf("migration %d: %w", v, err)
				}
			}
		}
		if _, err := conn.Exec(ctx, "UPDATE migration SET version = $1 WHERE one", newest); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, "COMMIT")
		return err
	})
}

// exists is ErrNone where the tables were never made.
func (s *server) exists(ctx context.Context) error {
	return s.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		var there bool
		err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'meta')", s.schema).Scan(&there)
		if err == nil && !there {
			err = ErrNone
		}
		return err
	})
}

// prepareMigration makes the schema and the row that those who migrate wait for.
func (s *server) prepareMigration(ctx context.Context) error {
	return s.do(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		for _, statement := range []string{
			"CREATE SCHEMA IF NOT EXISTS " + pgx.Identifier{s.schema}.Sanitize(),
			"CREATE TABLE IF NOT EXISTS migration (one boolean PRIMARY KEY, version bigint NOT NULL)",
			"INSERT INTO migration VALUES (true, 0) ON CONFLICT DO NOTHING",
		} {
			_, err := conn.Exec(ctx, statement)
			switch code(err) { // IF NOT EXISTS fails where two do it at the same moment
			case uniqueViolation, duplicateSchema, duplicateTable:
				_, err = conn.Exec(ctx, statement)
			}
			if err != nil {
				return err
			}
		}
		var version string
		if err := conn.QueryRow(ctx, "SELECT version(), EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')").Scan(&version, &s.citus); err != nil {
			return err
		}
		s.pages = hasPages(version)
		return nil
	})
}

// hasPages says whether a database, by what it says of itself, keeps rows as PostgreSQL does; others speak its language over a storage of their own
// ("CockroachDB CCL v25…", "PostgreSQL 15.2-YB-2025…").
func hasPages(version string) bool {
	return strings.HasPrefix(version, "PostgreSQL ") && !strings.Contains(version, "-YB-")
}

// dialects are what the database at hand has files by, in order: Citus is PostgreSQL, and spreads tables as they are.
func (s *server) dialects() []string {
	switch {
	case s.citus:
		return []string{"", ".postgres", ".citus"}
	case s.pages:
		return []string{"", ".postgres"}
	}
	return []string{""}
}
