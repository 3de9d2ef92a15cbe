package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Purge writes every table anew, so that no file of a table has what was deleted or replaced; see store.Store. Whoever writes to a table
// waits while it is written. What the server keeps besides, its log and its backups, forgets by its own settings, and so does all of one that keeps rows
// in another way than PostgreSQL.
func (s *Store) Purge(ctx context.Context) error {
	return s.vacuum(ctx, s.servers, "person", "identifier", "entry", "timer", "letter", "feed", "counter", "document", "piece", "lease")
}

// PurgeDocuments does so for documents alone.
func (s *Store) PurgeDocuments(ctx context.Context) error {
	return s.vacuum(ctx, s.servers[:1], "document", "piece")
}

func (s *Store) vacuum(ctx context.Context, servers []*server, tables ...string) error {
	if err := s.enter(ctx); err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	defer s.life.RUnlock()
	for _, at := range servers {
		if !at.pages {
			continue
		}
		conn, err := at.pool.Acquire(ctx)
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		for _, table := range tables {
			if _, err = conn.Exec(ctx, "VACUUM (FULL) "+pgx.Identifier{table}.Sanitize()); err != nil {
				break
			}
		}
		conn.Release()
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
	}
	return nil
}
