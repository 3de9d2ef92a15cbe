package pebble

import (
	"context"
	"fmt"

	lsm "github.com/cockroachdb/pebble/v2"

	"github.com/aparte-dev/aparte/store"
)

// What is deleted stays in the files until they are merged, which may be never, and in the log. Purge merges all files, a part's table
// after the other so that little room is needed at once, and has the log begin anew. Logs are deleted and not used again: a log that is
// keeps what was in it behind what is in it now.
//
// The database's own journal of its files, the MANIFEST, names the first and the last key of each, which may be somebody's: an id, or an
// identifier's hash, that no row has any more. It is written anew when it has 1 MB, and the one before goes with the next.

// cleaner deletes files that are not needed any more. Of a cleaner that is said to look at what is in them, which is what reading gives it,
// logs are not used again.
type cleaner struct {
	lsm.DeleteCleaner
	reading
}

type reading struct{ lsm.ArchiveCleaner }

// manifestSize is how large the journal of files becomes before it is written anew.
const manifestSize = 1 << 20

// Purge has the files forget what was deleted or replaced before the call; see store.Store.
func (s *Store) Purge(ctx context.Context) error {
	for _, table := range []byte{tablePerson, tableIdentifier, tableEntry, tableEventKey, tableTimer, tableDue, tableLetter, tableFeed} {
		for part := range s.parts {
			low := appendPartKey(nil, table, store.Part(part))
			if err := s.purge(ctx, low, upper(low)); err != nil {
				return fmt.Errorf("purge table %q of part %d: %w", table, part, err)
			}
		}
	}
	return s.purgeTables(ctx, tableCounter, tableDocument, tableNewest, tableMark)
}

// PurgeDocuments has the files forget versions of documents that were dropped before the call, and reads and writes no more than documents.
func (s *Store) PurgeDocuments(ctx context.Context) error { return s.purgeTables(ctx, tableDocument) }

func (s *Store) purgeTables(ctx context.Context, tables ...byte) error {
	for _, table := range tables {
		if err := s.purge(ctx, []byte{table}, []byte{table + 1}); err != nil {
			return fmt.Errorf("purge table %q: %w", table, err)
		}
	}
	return s.beginLog(ctx)
}

func (s *Store) purge(ctx context.Context, low, high []byte) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.life.RUnlock()
	return s.db.Compact(ctx, low, high, false)
}

// beginLog leaves all logs behind, and what was merged with them.
func (s *Store) beginLog(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.life.RUnlock()
	if err := s.db.Set(nameKey(tableMeta, metaPurged), nil, lsm.Sync); err != nil { // what is empty is not left behind
		return fmt.Errorf("begin the log anew: %w", err)
	}
	if err := s.db.Flush(); err != nil {
		return fmt.Errorf("begin the log anew: %w", err)
	}
	return nil
}
