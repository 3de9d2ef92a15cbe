package pebble

import (
	"context"
	"fmt"

	lsm "github.com/cockroachdb/pebble/v2"
)

// checkpointFolder is where the files of a checkpoint are, below the store's directory, while it is used.
const checkpointFolder = "checkpoint"

// Checkpoint has use look at the files of the store as they are at an instant after the call began: opened, they are a store with all that
// was committed before the call, lazy batches included, and no batch by half. They are in a directory of their own, on the same disk, which
// goes when use returns: files that do not change are linked and take no room until the store replaces them. The store is read and written
// meanwhile. One checkpoint is made at a time; others wait. It is for stores on the operating system's disk.
func (s *Store) Checkpoint(ctx context.Context, use func(dir string) error) error {
	if err := s.enter(ctx); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	defer s.life.RUnlock()
	select {
	case s.checkpoints <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("checkpoint: %w", ctx.Err())
	}
	defer func() { <-s.checkpoints }()
	dir := s.room.fs.PathJoin(s.room.dir, checkpointFolder)
	if err := s.db.Checkpoint(dir, lsm.WithFlushedWAL()); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	err := use(dir)
	if gone := s.room.fs.RemoveAll(dir); gone != nil && err == nil {
		err = fmt.Errorf("remove checkpoint: %w", gone)
	}
	return err
}

// dropCheckpoint removes what a process that was killed left of a checkpoint.
func (s *Store) dropCheckpoint() error {
	if err := s.room.fs.RemoveAll(s.room.fs.PathJoin(s.room.dir, checkpointFolder)); err != nil {
		return fmt.Errorf("remove checkpoint: %w", err)
	}
	return nil
}
